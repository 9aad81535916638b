import {
  CONFIG_FILES,
  type ConfigurationRepair,
  changeText,
  type Diagnosis,
  repairConfiguration,
  settingsOf,
} from "../../src/project.ts";

/** What failed last of a project in this notebook. */
export interface Failed {
  /** As the cell said it. */
  message: string;
  folder: string;
  /** `configs/train.yaml` → text that was tried. */
  texts: ReadonlyMap<string, string>;
  diagnosis: Diagnosis;
}

export interface Repaired {
  path: string;
  text: string;
  changes: ConfigurationRepair[];
}

/**
 * The files with the smallest change that repairs the failure: what the project's own error proposes, else the plan's
 * own value for the settings that it names. Empty where neither says one.
 */
export function repairsOf(failed: Failed, plan: ReadonlyMap<string, string> | undefined): Repaired[] {
  const { repairs, keys } = failed.diagnosis;
  const wanted = repairs.length > 0 ? repairs : asPlanned(keys, failed.texts, plan ?? new Map());
  return [...failed.texts].flatMap(([path, before]) => {
    let text = before;
    const changes = wanted.filter((repair) => {
      const repaired = repairConfiguration(text, repair);
      if (repaired === undefined || repaired === text) return false;
      text = repaired;
      return true;
    });
    return changes.length === 0 ? [] : [{ path, text, changes }];
  });
}

/** Settings that somebody changed since the plan wrote them. */
function asPlanned(
  keys: readonly string[],
  tried: ReadonlyMap<string, string>,
  plan: ReadonlyMap<string, string>,
): ConfigurationRepair[] {
  const [now, planned] = [tried, plan].map((files) => settingsOf(CONFIG_FILES.map((path) => files.get(path) ?? "")));
  return keys.flatMap((key) => {
    const value = planned!.get(key);
    const scalar = value === null || ["string", "number", "boolean"].includes(typeof value);
    return scalar && now!.has(key) && now!.get(key) !== value
      ? [{ key, value: value as string | number | boolean | null }]
      : [];
  });
}

export const repairText = (folder: string, { path, changes }: Repaired): string =>
  changes.map((change) => `- \`${folder}/${path}\`: change ${changeText(change)}`).join("\n");
