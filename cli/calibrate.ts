import { Command } from "commander";
import { AdvisorError, calibrate, catalog } from "../src/index.ts";
import { readNamedFile } from "./brief-file.ts";
import { teach } from "./help.ts";
import { answer, answerJson } from "./output.ts";
import { screenOf } from "./paint.ts";
import { FLAGS } from "./phrasing.ts";
import { planShown } from "./shown-plan.ts";
import { today } from "./understood.ts";

interface CalibrateOptions {
  plan?: string;
  measured?: string;
  json?: boolean;
}

const LARGEST_FILE_BYTES = 16 * 2 ** 20;

export function calibrateCommand(): Command {
  const command = new Command("calibrate")
    .description("Put what the project's memory probe measured into the plan, and decide again")
    .option("--plan <file>", "the plan: plan.json of the written project, or what `plan --json` printed")
    .option("--measured <file>", "what `make probe` wrote: outputs/probe.json of the project")
    .option("--json", "print the calibrated plan as one JSON document")
    .action(calibrateFiles);
  return teach(command, {
    examples: [
      {
        does: "After `make probe` in the project, on the machine that will train",
        command: "ml-architect calibrate --plan plan.json --measured outputs/probe.json",
      },
      {
        does: "Write the project again from the measured plan",
        command:
          "ml-architect calibrate --plan tickets/plan.json --measured tickets/outputs/probe.json --json > measured.json && ml-architect new tickets --plan measured.json",
      },
    ],
    exits: {
      0: "the measured plan is feasible",
      1: "the probe ran out of memory, or what was measured breaks the budget or the deadline; the answer lists what would work",
      2: "a file is not what it should be, or the probe measured another card or configuration",
    },
    more: "README.md; docs/how-numbers-are-made.md.",
  });
}

async function calibrateFiles(options: CalibrateOptions): Promise<void> {
  const files = { plan: given(options.plan, "--plan"), measured: given(options.measured, "--measured") };
  const { parseMeasured, parsePlan } = await import("../src/parse.ts");
  const plan = parsePlan(await jsonOf(files.plan, "the plan"), files.plan);
  const measured = parseMeasured(await jsonOf(files.measured, "the measurement"), files.measured);
  const calibrated = calibrate(plan, measured, catalog, { today: today() });
  process.exitCode = calibrated.plan.status === "infeasible" ? 1 : 0;
  if (options.json) await answerJson(calibrated.plan);
  else await answer(planShown(calibrated.plan, screenOf(process.stdout), FLAGS, true));
}

function given(file: string | undefined, flag: string): string {
  if (file !== undefined) return file;
  throw new AdvisorError(
    "invalid-input",
    `${flag} is missing: calibrate needs a plan and a measurement of it`,
    "For example: ml-architect calibrate --plan plan.json --measured outputs/probe.json",
  );
}

async function jsonOf(path: string, what: string): Promise<unknown> {
  const text = await readNamedFile(path, what, LARGEST_FILE_BYTES);
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new AdvisorError(
      "invalid-input",
      `Cannot read ${what} "${path}": it is not JSON`,
      "The plan is what `plan --json` printed; the measurement is outputs/probe.json of the project.",
      cause,
    );
  }
}
