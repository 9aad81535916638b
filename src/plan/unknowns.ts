import type { Brief } from "../brief/brief.ts";
import type { Unknown } from "./unknown.ts";
import { machineUnknowns, placeUnknowns } from "./unknown-machine.ts";
import { loadUnknowns } from "./unknown-serving.ts";
import { dataUnknowns, limitUnknowns, workUnknowns } from "./unknown-training.ts";
import type { Workload } from "./workload.ts";

/** Everything that a brief leaves open and a plan may depend on, among it what an advisor always asks: kind of model, place, hardware, money and time, data. */
export const unknowns = (brief: Brief, w: Workload): Unknown[] =>
  [workUnknowns, machineUnknowns, dataUnknowns, limitUnknowns, loadUnknowns, placeUnknowns].flatMap((of) =>
    of(brief, w),
  );
