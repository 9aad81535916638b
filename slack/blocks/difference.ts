import type { KnownBlock } from "@slack/types";
import type { Reply } from "../../src/consult.ts";
import type { Change } from "../../src/index.ts";
import { planActions } from "./acts.ts";
import { button, type Stage } from "./stage.ts";
import { tables } from "./table.ts";
import { aside, heading, sections } from "./text.ts";

/** Many and speaking for themselves: one line each kind. */
const IN_A_LINE: readonly Change["kind"][] = ["setting", "said"];

/** What changed between two plans, or what would: then with a button that takes it. */
export function differenceBlocks(
  reply: Extract<Reply, { kind: "difference" }>,
  stage: Stage,
  isRequestShown: boolean,
): KnownBlock[] {
  const { changes, same } = reply.difference;
  const rows = changes.filter((change) => !IN_A_LINE.includes(change.kind));
  const line = (kind: Change["kind"], title: string): string[] => {
    const found = changes.filter((change) => change.kind === kind);
    return found.length > 0
      ? [`${title}: ${found.map((c) => `\`${c.name}\` ${c.before} → ${c.after}`).join("; ")}.`]
      : [];
  };
  const { proposal } = stage;
  const keep: KnownBlock = {
    type: "actions",
    elements: [
      ...(proposal ? [button(stage, { type: "keep", proposal }, "Keep it", { style: "primary" })] : []),
      button(stage, { type: "verb", verb: "show" }, "Whole plan"),
    ],
  };
  const proposed = reply.revision === undefined;
  return [
    ...heading(`${proposed ? "What if" : same ? "Noted" : "Changed"}: ${reply.because}`),
    ...sections([`**${reply.headline}**`], stage.hosts),
    ...(same ? sections([`The plan ${proposed ? "would stay" : "stays"} as it is.`], []) : []),
    ...(!same && rows.length === 0 ? sections(["The answer stays the same."], []) : []),
    ...(rows.length > 0 && !reply.seen
      ? tables(
          ["what", "before", "after", "why"],
          rows.map((c) => [c.name, c.before, c.after, c.why ?? ""]),
        )
      : []),
    ...sections(
      [...line("setting", "Settings"), ...(isRequestShown ? [] : line("said", "In the request"))],
      stage.hosts,
    ),
    ...(proposed ? [keep, ...aside("The plan is as it was until somebody keeps this one.", [])] : planActions(stage)),
  ];
}
