import type { Catalog } from "../catalog/schema.ts";
import { estimate, quickEstimate } from "../estimate/estimate.ts";
import { setup } from "../estimate/setup.ts";
import type { Calibrated } from "./calibrated.ts";
import { ranOut } from "./calibrated-failure.ts";
import { ran } from "./calibrated-run.ts";
import { count } from "./format.ts";
import type { Measured } from "./measured.ts";
import { counted } from "./measured-units.ts";
import type { Plan } from "./plan.ts";
import { checkSameRun, plannedTraining } from "./same-run.ts";

/**
 * The plan again, with what the project's probe measured in place of what was estimated: memory, speed, time, cost, the
 * verdict, and what follows. Memory was measured at the longest sample that the probe ran and speed on such samples;
 * where the plan speaks of other lengths, the measurement is carried there by the ratio of two estimates, and the band says so.
 * `today` is the UTC day, YYYY-MM-DD.
 */
export function calibrate(plan: Plan, probe: Measured, catalog: Catalog, options: { today: string }): Calibrated {
  const planned = plannedTraining(plan);
  const measured = counted(probe, planned);
  const notes = checkSameRun(planned, measured, catalog);
  const { request, training } = planned;
  // Estimated anew, so that a plan that was calibrated before is compared with its prediction, not with that measurement.
  const memory = estimate(request, catalog);
  const atProbe = quickEstimate(setup({ ...request, sequenceLength: measured.longestTokens }, catalog));
  const frame = { plan, planned, measured, catalog, date: options.today, predicted: memory, atProbe };
  if (measured.longestTokens !== training.sequenceLength)
    notes.push(
      `The probe's longest sample has ${count(measured.longestTokens)} tokens and the plan allows ${count(training.sequenceLength)}: memory is carried there by the estimate's difference. \`make probe OPTIONS=--full-length\` measures it.`,
    );
  return measured.status === "out-of-memory" ? ranOut(frame, notes) : ran(frame, notes);
}
