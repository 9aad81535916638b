import type { CostPlan } from "../plan/plan.ts";
import { HOURS_PER_MONTH } from "../plan/risks.ts";
import { mostUsdPerHour } from "../plan/serving-cost.ts";
import { choiceOf, type ProjectContext, planName } from "./context.ts";
import { workSentence } from "./example.ts";
import { code, list, page, sentence, table } from "./markdown.ts";
import { leastInstances } from "./platform-settings.ts";
import { counted, hours, number, ranged, seconds, secondsPerStep, usd } from "./quantities.ts";
import { onSageMaker } from "./sagemaker-endpoint.ts";
import { stepsOf } from "./settings.ts";

/** COSTS.md: what training and serving cost, from which price of which day, and what is not in it. */
export function costs(context: ProjectContext): string {
  const { plan } = context;
  const { cost, time } = plan;
  const kept = keeping(context);
  return page(
    "# Costs",
    `Computed on ${plan.today} by ml-architect ${plan.plannerVersion} (plan ${code(planName(plan))}). Ranges are meant to hold nine outcomes in ten.`,
    cost ? figures(context, cost) : "The plan has no cost figures.",
    cost &&
      page(
        "## How it is computed",
        code(cost.formula),
        time && `Time: ${code(time.formula)}`,
        priceSource(cost),
      ).trimEnd(),
    cost && page("## Not included", list(cost.notIncluded.map(sentence))).trimEnd(),
    kept.length > 0 ? page("## Keeping it there", list(kept)).trimEnd() : undefined,
    cheaper(context),
  );
}

function figures(context: ProjectContext, cost: CostPlan): string {
  const { plan, hardware, workload } = context;
  const owned = hardware?.owned === true;
  const rows: string[][] = [];
  if (hardware) {
    const { offer } = hardware;
    const machine = `${hardware.nodeCount} machine${hardware.nodeCount > 1 ? "s" : ""}, ${hardware.acceleratorCount} x ${hardware.accelerator.name} in all`;
    rows.push(["Hardware for training", machine]);
    if (offer)
      rows.push([
        "Price",
        `${usd(offer.usdPerHour)} an hour, ${code(offer.instanceType)} on ${code(offer.platform)}, ${code(offer.region)}, ${offer.pricing}`,
      ]);
    if (plan.time) rows.push(["Time for training", ranged(plan.time.trainHours, hours)]);
    rows.push(["Training", owned ? `${usd(0)} to rent: the hardware is yours` : ranged(cost.trainUsd, usd)]);
  }
  if (plan.serving) {
    const { serving } = plan;
    rows.push([
      "Hardware for serving",
      `${serving.replicas} x (${serving.acceleratorCountPerReplica} x ${serving.accelerator.name})`,
    ]);
    if (serving.usdPerHourPerReplica !== undefined)
      rows.push(["Price of serving", `${usd(serving.usdPerHourPerReplica)} an hour and replica`]);
    const most = mostUsdPerHour(serving);
    if (most !== undefined)
      rows.push([
        "Serving at most",
        `${usd(most)} an hour, ${usd(most * HOURS_PER_MONTH)} in a month of ${HOURS_PER_MONTH} hours: ${counted(serving.autoscaling.maxReplicas, "replica")}, which autoscaling does not exceed`,
      ]);
  }
  if (plan.serving?.owned) rows.push(["Serving, a month", `${usd(0)} to rent: the hardware is yours`]);
  else if (cost.servingUsdPerMonth) rows.push(["Serving, a month", ranged(cost.servingUsdPerMonth, usd)]);
  if (cost.usdPerMillionTokens) rows.push(["Serving, a million tokens", ranged(cost.usdPerMillionTokens, usd)]);
  if (cost.usdPerThousandRequests)
    rows.push(["Serving, a thousand requests", ranged(cost.usdPerThousandRequests, usd)]);
  if (workload.budgetUsd !== undefined)
    rows.push(["Your budget", `${usd(workload.budgetUsd)} (${workload.budgetPeriod})`]);
  return table(["What", "How much"], rows);
}

function priceSource(cost: CostPlan): string {
  if (cost.priceSource === undefined) return "No price was needed, or none was known.";
  return `Price: ${sentence(cost.priceSource)}, as of ${cost.priceAsOf ?? "an unknown day"}. Prices change: look again before you rent.`;
}

function keeping(context: ProjectContext): string[] {
  const { plan, hardware, workload } = context;
  const rented = hardware?.offer;
  return [
    ...(plan.time
      ? [
          `Training is ${number(stepsOf(context))} optimizer steps over ${workSentence(workload)}, less the share of it that \`data.validation_fraction\` holds out: about ${seconds(secondsPerStep(plan.time))} a step: look after the first hundred whether that holds.`,
        ]
      : []),
    ...(rented && plan.cost
      ? [
          `Stop and look when ${usd(plan.cost.trainUsd.high)} are spent: that is the high end. Set the provider's own spending alert there.`,
        ]
      : []),
    ...(rented && (hardware?.acceleratorCount ?? 1) > 1
      ? ["All devices are paid for as long as one of them works: a run that hangs costs as much as one that trains."]
      : []),
    ...(rented ? ["End the machine when the run is over; a stopped one often still bills its disk."] : []),
    ...(rented?.pricing === "spot"
      ? [
          "Spot machines may be taken away: the run then goes on from its last checkpoint, and the lost minutes are paid twice.",
        ]
      : []),
    ...(workload.serving ? ofServing(context) : []),
    ...(hardware?.owned || context.plan.serving?.owned
      ? ["Your own hardware costs electricity and the time it is not free for others; neither is in the table."]
      : []),
  ];
}

/** What keeps the month's bill where the plan has it, by the way that is served. */
function ofServing(context: ProjectContext): string[] {
  const idle = context.plan.serving?.autoscaling.idleSeconds;
  switch (choiceOf(context, "deployment")?.used?.id) {
    case "hf-inference-endpoints":
      return [
        "The endpoint costs by the hour that a replica stands, asked or not: `make endpoint-pause` ends that. A dearer machine than planned is refused (usd_per_hour in endpoint.yaml).",
      ];
    case "modal-functions":
      return [
        `Containers are billed by the second that they are up${idle === undefined ? "" : `, ${idle} idle seconds after each burst included`}: min_containers above 0 in modal.yaml is billed around the clock.`,
      ];
    default:
      if (context.plan.serving && onSageMaker(context)) {
        const least = leastInstances(context.plan.serving);
        return [
          `The endpoint costs by the hour that a machine stands, asked or not, and ${least} always ${least === 1 ? "stands" : "stand"}: \`scripts/launch_sagemaker.sh undeploy\` ends that.`,
        ];
      }
      return context.plan.serving?.owned
        ? []
        : [
            "Serving costs by the hour that a replica runs, not by the request: scale to zero what nobody uses at night.",
          ];
  }
}

function cheaper(context: ProjectContext): string | undefined {
  const { alternatives } = context.plan;
  if (alternatives.length === 0) return undefined;
  const rows = alternatives.map((a) => [
    sentence(a.name),
    sentence(a.summary),
    ranged(a.trainHours, hours),
    a.hardware.owned ? "your hardware" : ranged(a.trainUsd, usd),
  ]);
  return page("## What else was possible", table(["", "What", "Time", "Training"], rows)).trimEnd();
}
