import type { Brief, BriefField, BriefValues } from "../brief/brief.ts";
import { gathered, isOpen, NONE, numeric, type Unknown } from "./unknown.ts";
import type { Workload } from "./workload.ts";

/** Which hardware there is, and whose. */
export function machineUnknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => isOpen(brief, ...fields);
  const { out, add } = gathered();
  // What may be chosen from a stock is no question.
  if (w.hardware.stock) return out;
  const named = !open("accelerator") || !open("acceleratorMemoryGib");
  const home = w.constraints.some((c) => c === "no-cloud" || c === "air-gapped" || c === "offline");
  // Trees grow on a processor.
  add(w.modality !== "tabular" && !named && open("platform") && brief.deploymentTarget?.value !== "cloud", () => ({
    id: "accelerator",
    field: "accelerator",
    text: "Which GPU do you have, or shall one be rented?",
    options: [
      { value: "rent", label: "rent what fits best", weight: 0.5, set: {} },
      ...([16, 24, 48, 80] as const).map((gib, i) => ({
        value: `${gib}gb`,
        label: `our own, ${gib} GB`,
        weight: [0.15, 0.2, 0.05, 0.1][i]!,
        set: { acceleratorMemoryGib: gib, owned: true },
      })),
    ],
    default: "rent",
    beside: { owned: true },
  }));
  // Who runs on a cloud's account has said whose machines they are.
  const account = w.ownAccount === true || w.constraints.some((c) => /^existing-(?:aws|gcp|azure)$/.test(c));
  add(named && open("owned", "deploymentTarget", "platform") && !home && !account, () => ({
    id: "owned",
    field: "owned",
    text: "Is the GPU yours, or shall it be rented?",
    options: [
      { value: true, label: "it is ours", weight: 0.5, set: { owned: true } },
      { value: false, label: "rent it", weight: 0.5, set: { owned: false } },
    ],
    default: w.hardware.owned,
  }));
  add(named && open("acceleratorCount", "nodeCount"), () =>
    numeric(
      "acceleratorCount",
      "How many of these GPUs are there?",
      [
        [1, 0.6],
        [2, 0.2],
        [4, 0.1],
        [8, 0.1],
      ],
      w.hardware.acceleratorCount ?? 1,
      (n) => `${n} ${n === 1 ? "GPU" : "GPUs"}`,
    ),
  );
  return out;
}

/** Where the model runs, and where data may go. */
export function placeUnknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => isOpen(brief, ...fields);
  const { out, add } = gathered();
  const named = !open("accelerator") || !open("acceleratorMemoryGib") || w.hardware.stock !== undefined;
  const constraints = (name: NonNullable<BriefValues["constraints"]>[number]): BriefValues => ({
    constraints: [...(brief.constraints?.value ?? []), name],
  });
  add(open("deploymentTarget", "platform") && !named, () => ({
    id: "deploymentTarget",
    field: "deploymentTarget",
    text: "Where will the model run?",
    options: [
      { value: "cloud", label: "in a cloud", weight: 0.6, set: { deploymentTarget: "cloud" } },
      { value: "on-premises", label: "in our own rooms", weight: 0.2, set: { deploymentTarget: "on-premises" } },
      { value: "local", label: "on one computer", weight: 0.1, set: { deploymentTarget: "local" } },
      { value: "edge", label: "on a device at the edge", weight: 0.1, set: { deploymentTarget: "edge" } },
    ],
    default: "cloud",
  }));
  add(
    !w.hardware.owned &&
      open("constraints", "platform", "ownAccount") &&
      brief.deploymentTarget?.value !== "on-premises",
    () => ({
      id: "constraints",
      field: "constraints",
      text: "Is there a rule about where data may go, or a cloud that you must use?",
      options: [
        { value: NONE, label: "no", weight: 0.6, set: {} },
        { value: "no-cloud", label: "it must stay with us", weight: 0.1, set: constraints("no-cloud") },
        { value: "eu-only", label: "it must stay in the EU", weight: 0.1, set: constraints("eu-only") },
        { value: "own-account", label: "it must stay in our VPC", weight: 0.05, set: { ownAccount: true } },
        { value: "existing-aws", label: "we use AWS", weight: 0.05, set: constraints("existing-aws") },
        { value: "existing-gcp", label: "we use Google Cloud", weight: 0.05, set: constraints("existing-gcp") },
        { value: "existing-azure", label: "we use Azure", weight: 0.05, set: constraints("existing-azure") },
      ],
      default: NONE,
    }),
  );
  const accounts = ["existing-aws", "existing-gcp", "existing-azure"] as const;
  const inVpc = w.ownAccount === true && !accounts.some((account) => w.constraints.includes(account));
  add(inVpc && !w.hardware.owned && open("platform"), () => ({
    id: "account",
    field: "constraints",
    text: "Which cloud is your VPC in?",
    options: [
      { value: "existing-aws", label: "AWS", weight: 0.6, set: constraints("existing-aws") },
      { value: "existing-gcp", label: "Google Cloud", weight: 0.2, set: constraints("existing-gcp") },
      { value: "existing-azure", label: "Azure", weight: 0.2, set: constraints("existing-azure") },
    ],
    default: "existing-aws",
  }));
  return out;
}
