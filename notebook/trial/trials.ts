import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readTriedProject } from "../../src/adapters/smoke.ts";
import {
  AdvisorError,
  type Calibrated,
  type Catalog,
  calibrate,
  gibText,
  nearestNames,
  type Plan,
} from "../../src/index.ts";
import { CONFIG_FILES, SMOKE_OUTPUT } from "../../src/project.ts";
import type { PlannedCell } from "../cells/cell.ts";
import type { Command } from "../magic/parse.ts";
import type { Stage } from "../proxy/magician.ts";
import { configure } from "./configure.ts";
import { type Failed, repairsOf, repairText } from "./failed.ts";
import { configCells, repairCell, smokeCells } from "./planned-cells.ts";
import { isTrialStep, runStep, TRIAL_STEPS, type TrialStep } from "./run-step.ts";

export interface TrialsOptions {
  catalog: Catalog;
  today(): string;
  /** The plan that stands; undefined before there is one. */
  plan(): Plan | undefined;
  /** The project of a plan as path → text. */
  files(plan: Plan, folder: string): Promise<ReadonlyMap<string, string>>;
}

/** The project of this notebook: its configuration, its smoke test, and what both gave back. */
export class Trials {
  private readonly options: TrialsOptions;
  private folder: string | undefined;
  private failed: Failed | undefined;
  private measured: { planHash: string; calibrated: Calibrated } | undefined;

  constructor(options: TrialsOptions) {
    this.options = options;
  }

  /** A plan with what was measured of it. */
  withMeasured(plan: Plan): Plan {
    return this.measured?.planHash === plan.planHash ? this.measured.calibrated.plan : plan;
  }

  /** The folder that was named last is meant from then on. */
  named(text: string, plan = this.options.plan()): string {
    const [folder, ...more] = wordsOf(text);
    if (more.length > 0)
      throw new AdvisorError(
        "invalid-input",
        `"${text}" is more than a folder`,
        `Name one folder, in quotes where it has spaces. Steps are ${TRIAL_STEPS.join(", ")}.`,
      );
    this.folder = folder?.replace(/[\\/]+$/, "") ?? this.folder ?? folderFor(plan);
    return this.folder;
  }

  async configCells(plan: Plan, text: string): Promise<PlannedCell[]> {
    const folder = this.named(text, plan);
    const files = new Map(await this.options.files(plan, folder));
    // What was edited already is what the cells say.
    const project = await readTriedProject(folder, "").catch(() => undefined);
    for (const path of CONFIG_FILES) {
      const now = project?.configs.get(path);
      if (now !== undefined) files.set(path, now);
    }
    return configCells(plan.planHash, folder, files);
  }

  /** The cell's text becomes the file. */
  async configure(command: Command): Promise<string> {
    const failed = (failure: Failed): void => this.fail(failure);
    return await configure(command.text, command.body!, { dryRun: command.dryRun, failed });
  }

  smokeCells({ text, python, minutes, yes }: Command): PlannedCell[] {
    const options = [
      ...(python === undefined ? [] : [`--python ${JSON.stringify(python)}`]),
      ...(minutes === undefined ? [] : [`--timeout ${minutes}`]),
      ...(yes ? ["--yes"] : []),
    ];
    return smokeCells(
      this.options.plan()?.planHash ?? "",
      this.named(text),
      options.map((option) => ` ${option}`).join(""),
    );
  }

  /** The step that the words begin with; undefined where they name a folder at most. */
  stepIn(text: string): { step: TrialStep; folder: string } | undefined {
    const [step = "", ...rest] = wordsOf(text);
    if (isTrialStep(step)) return { step, folder: this.named(rest.map((word) => JSON.stringify(word)).join(" ")) };
    if (rest.length === 0) return undefined;
    const near = nearestNames(step, TRIAL_STEPS, 1)[0];
    throw new AdvisorError(
      "unknown-name",
      `There is no step "${step}"`,
      `${near ? `Did you mean "${near}"? ` : ""}Steps are ${TRIAL_STEPS.join(", ")}.`,
    );
  }

  async run({ step, folder }: { step: TrialStep; folder: string }, command: Command, stage: Stage): Promise<void> {
    await runStep(step, folder, {
      python: command.python ?? (process.env.ML_ARCHITECT_PYTHON || undefined),
      yes: command.yes,
      minutes: command.minutes,
      stage,
      plan: this.options.plan(),
      failed: (failure) => this.fail(failure),
      measured: (probe) => this.take(probe, folder),
    });
  }

  /** What a probe in this folder, or this file, says of the plan. */
  async calibrate(text: string): Promise<Plan> {
    const named = this.named(text);
    const places = /\.json$/i.test(named)
      ? [named]
      : [join(named, SMOKE_OUTPUT, "probe.json"), join(named, "outputs", "probe.json")];
    if (places[0] === named) this.folder = undefined;
    const found = await newest(places);
    if (found === undefined)
      throw new AdvisorError(
        "invalid-input",
        `There is no measurement in "${named}"`,
        `\`%architect smoke train ${named}\` makes one, on the machine that will train.`,
      );
    return (await this.measure(JSON.parse(await readFile(found, "utf8")), found)).plan;
  }

  /** A repair for the failure that a cell showed; undefined where the failure was not a project's. */
  async repair(error: { text: string } | undefined): Promise<{ told: string; cells: PlannedCell[] } | undefined> {
    const { failed } = this;
    if (!failed || !error?.text.includes(failed.message.split("\n", 1)[0]!)) return undefined;
    const plan = this.options.plan();
    const files = plan?.status === "feasible" ? await this.options.files(plan, failed.folder) : undefined;
    const repaired = repairsOf(failed, files);
    const { say } = failed.diagnosis;
    if (repaired.length === 0)
      return { told: `**${failed.message}**\n\n${say || "No setting of the configuration repairs this."}`, cells: [] };
    const changes = repaired.map((each) => repairText(failed.folder, each)).join("\n");
    const told = `**${failed.message}**\n\nThe smallest change:\n\n${changes}\n\nRun the repaired cell in place of the one that wrote the file, then the step that failed.`;
    const cells = repaired.flatMap(({ path, text }) => repairCell(plan?.planHash ?? "", failed.folder, path, text));
    return { told, cells: cells.map((cell, step) => ({ ...cell, step })) };
  }

  private fail(failure: Failed): void {
    this.failed = failure;
  }

  /** A measurement of the smoke test goes into the plan where it is one of the planned machine and settings. */
  private async take(probe: unknown, folder: string): Promise<string> {
    if (!this.options.plan()) return "";
    try {
      const { headline, comparison } = await this.measure(probe, `${folder}/${SMOKE_OUTPUT}/probe.json`);
      const rows = comparison.map(
        ({ name, unit, predicted, measured }) =>
          `| ${name} | ${shown(predicted.expected, unit)} | ${shown(measured, unit)} |`,
      );
      return [
        `**The plan was calibrated.** ${headline}`,
        ["| | predicted | measured |", "| --- | ---: | ---: |", ...rows].join("\n"),
      ].join("\n\n");
    } catch (error) {
      // Told and not thrown: the step itself went well.
      const { message, hint } = error as Partial<AdvisorError>;
      if (hint === undefined) throw error;
      return `The plan stays as estimated. ${message}. ${hint}`;
    }
  }

  private async measure(probe: unknown, named: string): Promise<Calibrated> {
    const plan = this.options.plan();
    if (!plan)
      throw new AdvisorError(
        "invalid-input",
        "There is no plan to calibrate",
        "`%architect plan …` or `%architect open FILE` first.",
      );
    const { parseMeasured } = await import("../../src/parse.ts");
    const { catalog, today } = this.options;
    const calibrated = calibrate(plan, parseMeasured(probe, named), catalog, { today: today() });
    this.measured = { planHash: plan.planHash, calibrated };
    return calibrated;
  }
}

const shown = (value: number, unit: string): string =>
  unit === "GiB" ? gibText(value) : `${Math.round(value).toLocaleString("en-US")} ${unit}`;

/** Words, those in quotes whole. */
const wordsOf = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => (double ?? single ?? bare)!);

/** `meta-llama/Llama-3.1-8B` → `llama-3-1-8b` */
function folderFor(plan: Plan | undefined): string {
  const name = plan?.workload?.model.id
    .split("/")
    .at(-1)
    ?.toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (name) return /^\d/.test(name) ? `ml-${name}` : name;
  throw new AdvisorError(
    "invalid-input",
    "The project's folder is missing",
    "For example: %architect smoke support-llm",
  );
}

async function newest(places: readonly string[]): Promise<string | undefined> {
  const times = await Promise.all(
    places.map((place) =>
      stat(place).then(
        ({ mtimeMs }) => mtimeMs,
        () => -1,
      ),
    ),
  );
  const best = Math.max(...times);
  return best < 0 ? undefined : places[times.indexOf(best)];
}
