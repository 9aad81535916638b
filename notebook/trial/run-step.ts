import { hasAccelerator, pythonFor, readTriedProject, type Tried, trySmokeStep } from "../../src/adapters/smoke.ts";
import { AdvisorError, gibText, type Plan } from "../../src/index.ts";
import { diagnose, isSmokeStep, SMOKE, SMOKE_STEPS, type SmokeStep } from "../../src/project.ts";
import type { Stage } from "../proxy/magician.ts";
import type { Failed } from "./failed.ts";
import { Live } from "./live.ts";

/** `%architect smoke train support-llm`: one step of the smoke test, shown while it runs. */

export interface StepOptions {
  /** What is named on the line, or in ML_ARCHITECT_PYTHON. */
  python: string | undefined;
  /** Gigabytes may be installed or downloaded. */
  yes: boolean;
  minutes: number | undefined;
  stage: Stage;
  failed: (failure: Failed) => void;
  /** For the size of what would be downloaded. */
  plan: Plan | undefined;
  /** What the memory probe measured becomes part of the answer. */
  measured: (probe: unknown) => Promise<string>;
}

export type TrialStep = SmokeStep | "environment";
export const isTrialStep = (text: string): text is TrialStep => text === "environment" || isSmokeStep(text);
export const TRIAL_STEPS: readonly TrialStep[] = ["environment", ...SMOKE_STEPS];

const BYTES_PER_GB = 1e9;
/** Weights on the hub are 16-bit as a rule. */
const WEIGHT_BYTES = 2;

export async function runStep(step: TrialStep, folder: string, options: StepOptions): Promise<void> {
  const { stage, yes, python: named } = options;
  const { signal } = stage;
  const project = await readTriedProject(folder, `\`%architect project ${folder}\` writes it.`);
  const hint = `\`%architect smoke environment ${folder} --yes\` installs them into ${folder}/.venv. A Python that has them is named with --python, or in ML_ARCHITECT_PYTHON.`;
  if (step === "environment") {
    const live = new Live(stage, "Looking for the project's Python");
    try {
      const python = await pythonFor(project, { named, install: yes, hint, say: live.line, signal });
      live.end(`✔ **The project's Python** is ready${named === undefined ? "" : ` (\`${python}\`, as it is)`}.`);
    } catch (error) {
      live.end("✘ **The project's Python** is not ready.");
      throw error;
    }
    return;
  }
  const python = await pythonFor(project, { named, install: false, hint, say: () => {}, signal });
  const accelerator = await hasAccelerator(signal);
  const { title } = SMOKE[step];
  const live = new Live(stage, title);
  const from = performance.now();
  try {
    const { minutes } = options;
    const tried = await trySmokeStep(project, step, {
      python,
      accelerator,
      download: yes,
      minutes,
      onLine: live.line,
      signal,
    });
    const seconds = (performance.now() - from) / 1000;
    if (tried.end.code !== 0) throw failure(tried, folder, project.configs, accelerator, options);
    const parts = [`✔ **${title}** (${seconds.toFixed(1)} s)${untried(tried)}`];
    if (tried.cutOff !== undefined)
      parts.push(`The last run of \`${tried.cutOff}\` was cut off with its kernel; nothing of it runs any more.`);
    if (tried.probe !== undefined) parts.push(probeTable(tried.probe as Probe), await options.measured(tried.probe));
    live.end(parts.filter(Boolean).join("\n\n"));
  } catch (error) {
    live.end(`✘ **${title}**`);
    throw error;
  }
}

const untried = ({ replaced }: Tried): string =>
  replaced.length === 0 ? "" : `. No NVIDIA accelerator here: ${replaced.map((each) => `\`${each}\``).join(", ")}`;

function failure(
  { end }: Tried,
  folder: string,
  texts: ReadonlyMap<string, string>,
  accelerator: boolean,
  { yes, plan, failed, minutes }: StepOptions,
): AdvisorError {
  if (accelerator && !yes && /offline|LocalEntryNotFound|cannot find the requested files/i.test(end.tail)) {
    const { parameterCount } = plan?.workload?.model.architecture ?? {};
    const size = parameterCount ? `, about ${((parameterCount * WEIGHT_BYTES) / BYTES_PER_GB).toFixed(0)} GB` : "";
    return new AdvisorError(
      "not-available",
      `The model's weights are not on this machine${size}`,
      `\`%architect smoke ${end.step} ${folder} --yes\` downloads them.`,
    );
  }
  const diagnosis = diagnose(end, texts.get("configs/schema.json")!, minutes);
  const message = `"${end.step}" failed: ${diagnosis.why}`;
  const yaml = new Map([...texts].filter(([path]) => path.endsWith(".yaml")));
  failed({ message, folder, texts: yaml, diagnosis });
  return new AdvisorError("outside-failed", message, `${diagnosis.say} \`%architect fix\` proposes the change.`);
}

interface Probe {
  longest_tokens: number;
  host_gib: number | null;
  allocated_gib: number | null;
  reserved_gib: number | null;
  device_gib: number | null;
  tokens_per_second: number | null;
  device: string;
}

function probeTable(probe: Probe): string {
  const rows: [string, number | null, (value: number) => string][] = [
    ["device memory (nvidia-smi)", probe.device_gib, gibText],
    ["allocated by PyTorch", probe.allocated_gib, gibText],
    ["reserved by PyTorch", probe.reserved_gib, gibText],
    ["memory of the process", probe.host_gib, gibText],
    ["speed, tokens a second", probe.tokens_per_second, (value) => Math.round(value).toLocaleString("en-US")],
  ];
  const told = rows.flatMap(([name, value, text]) => (value === null ? [] : [`| ${name} | ${text(value)} |`]));
  return [`| measured on ${probe.device}, ${probe.longest_tokens} tokens | |`, "| --- | ---: |", ...told].join("\n");
}
