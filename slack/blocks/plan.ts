import type { KnownBlock, SectionBlock } from "@slack/types";
import {
  BRIEF_FIELDS,
  blockersBeside,
  explain,
  gibText,
  hoursText,
  memoryRows,
  type Plan,
  partsBeside,
  type Range,
  shownValue,
  usdText,
  verdictTitle,
} from "../../src/index.ts";
import { planActions } from "./acts.ts";
import { batches, pieces } from "./cut.ts";
import { escaped, mrkdwn } from "./escape.ts";
import { LIMITS } from "./limits.ts";
import { markdownBlocks } from "./markdown.ts";
import { button, type Stage } from "./stage.ts";
import { tables } from "./table.ts";
import { aside, heading, list, preformatted, sections } from "./text.ts";

/** The recommendation: verdict, numbers, decisions, memory, what was assumed, risks, and what can be done with it. */
export function planBlocks(plan: Plan, stage: Stage): KnownBlock[] {
  const { hosts } = stage;
  return [
    ...heading(verdictTitle(plan)),
    ...sections([`**${plan.headline}**`], hosts),
    ...list([...partsBeside(plan), ...blockersBeside(plan)], hosts),
    ...numbers(plan),
    ...under(
      "What would work instead",
      plan.status === "feasible"
        ? []
        : list(
            plan.repairs.map((r) => r.summary),
            hosts,
          ),
    ),
    ...under(
      "Without training",
      list(plan.status === "off-ramp" ? plan.offRamps.map((r) => `**${r.title}**: ${r.why}`) : [], hosts),
    ),
    ...under(
      "Decisions",
      plan.decisions.length === 0
        ? []
        : tables(
            ["decision", "choice", "why"],
            plan.decisions.map((d) => [d.name, d.title, d.reasons[0] ?? ""]),
          ),
    ),
    ...under("Memory of one device", memory(plan)),
    ...under("Assumed: correct what is wrong", assumptions(plan, stage)),
    ...under(
      "Risks",
      list(
        plan.risks.map((r) => `**${r.severity}** ${r.text} ${r.mitigation}`),
        hosts,
      ),
    ),
    ...planActions(stage),
    ...footer(plan, stage),
  ];
}

/** Everything that the plan says: the core's own rendering. */
export const wholePlan = (plan: Plan, stage: Stage): KnownBlock[] => [
  ...markdownBlocks(explain(plan), stage.hosts),
  ...planActions(stage),
];

const under = (title: string, blocks: KnownBlock[]): KnownBlock[] =>
  blocks.length > 0 ? [...sections([`**${title}**`], []), ...blocks] : [];

/** What is expected, and under it the range where there is one. */
function range(r: Range, show: (x: number) => string): string {
  const [low, expected, high] = [show(r.low), show(r.expected), show(r.high)];
  return low === high ? expected : `${expected}\n${low} to ${high}`;
}

function numbers({ memory: m, time, cost, hardware }: Plan): SectionBlock[] {
  const found: [string, string | undefined][] = [
    [
      "Machine",
      hardware &&
        `${hardware.acceleratorCount} × ${hardware.accelerator.name}${hardware.owned ? "\nyour own" : hardware.offer ? `\n${hardware.offer.platform}, ${usdText(hardware.offer.usdPerHour)} an hour (${hardware.offer.asOf})` : ""}`,
    ],
    ["Memory needed", m && `${range(m.neededGib, gibText)} of ${gibText(m.usableGib)} usable`],
    ["Training time", time && range(time.trainHours, hoursText)],
    ["Training cost", time && cost && range(cost.trainUsd, usdText)],
    ["Serving a month", cost?.servingUsdPerMonth && range(cost.servingUsdPerMonth, usdText)],
  ];
  const fields = found
    .flatMap(([name, value]) => (value ? pieces(`*${name}*\n${escaped(value)}`, LIMITS.sectionFieldCharacters) : []))
    .map(mrkdwn);
  // So few that full ones fit into one message.
  const most = Math.floor(LIMITS.messageBlockCharacters / LIMITS.sectionFieldCharacters);
  return batches(fields, Math.min(most, LIMITS.sectionFields)).map((batch) => ({ type: "section", fields: batch }));
}

const BAR = 24;

/** Memory by part as bars of text; each is as long as its share of the largest. */
function memory({ memory: m }: Plan): KnownBlock[] {
  if (!m) return [];
  const rows = memoryRows(m);
  const most = Math.max(...rows.map((row) => row.gib));
  const name = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map(
    (row) =>
      `${row.name.padEnd(name)} ${"█".repeat(Math.max(1, Math.round((row.gib / most) * BAR))).padEnd(BAR)} ${gibText(row.gib)}`,
  );
  return preformatted(lines.join("\n"));
}

function assumptions(plan: Plan, stage: Stage): SectionBlock[] {
  return plan.assumptions.flatMap((a): SectionBlock[] => {
    const found = sections([`\`${a.field}\` **${shownValue(a.value)}**: ${a.why}`], stage.hosts);
    const field = BRIEF_FIELDS.find((f) => f === a.field);
    if (field === undefined) return found;
    const change = button(stage, { type: "change", field }, "Change", { says: `Change ${field}` });
    return found.map((section, i) => (i === 0 ? { ...section, accessory: change } : section));
  });
}

const footer = (plan: Plan, stage: Stage): KnownBlock[] =>
  aside(
    `Run ${stage.run.slice(0, 8)}, revision ${stage.revision}, plan \`${plan.planHash.slice(0, 12)}\` of ${plan.today}, planner ${plan.plannerVersion}, no model used. Numbers are estimates: run the project's memory probe before renting for long.`,
    stage.hosts,
  );
