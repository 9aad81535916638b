import type { KnownBlock } from "@slack/types";
import { type Reply, render } from "../../src/consult.ts";
import { type Plan, shownValue } from "../../src/index.ts";
import { EFFECTS, type SlackEffect } from "../actions.ts";
import { effectButton } from "./acts.ts";
import { differenceBlocks } from "./difference.ts";
import { helpBlocks } from "./help.ts";
import { markdownBlocks } from "./markdown.ts";
import { type Message, messages } from "./message.ts";
import { planBlocks, wholePlan } from "./plan.ts";
import { questionBlocks } from "./question.ts";
import { button, type Stage } from "./stage.ts";
import { heading, list, preformatted, sections } from "./text.ts";

/** What the conversation replied in one turn, as messages: the answer first, questions apart from it. */
export function replyMessages(replies: readonly Reply[], stage: Stage): Message[] {
  const asks = replies.filter((reply) => reply.kind === "question");
  const change = replies.some((reply) => reply.kind === "difference");
  // What nobody said (a cheaper plan's spot prices) stands with what it changes.
  const isUnderstood = (reply: Reply): boolean =>
    reply.kind === "understood" && (!change || reply.fields.some(({ words }) => words !== ""));
  const answers = replies.filter(
    (reply) => reply.kind !== "question" && (reply.kind !== "understood" || isUnderstood(reply)),
  );
  const isRequestShown = answers.some(({ kind }) => kind === "understood");
  return [answers, asks].flatMap((group) =>
    messages(
      group.flatMap((reply) => replyBlocks(reply, stage, isRequestShown)),
      group.map(says).join("\n"),
    ),
  );
}

function replyBlocks(reply: Reply, stage: Stage, isRequestShown: boolean): KnownBlock[] {
  const { hosts } = stage;
  switch (reply.kind) {
    case "notice":
      return sections([`ⓘ ${reply.text}`], hosts);
    case "conflict":
      return sections([`**These do not go together:** ${reply.text}`], hosts);
    case "understood":
      return sections(
        [
          "**What I understood**",
          ...reply.fields.map((f) => {
            const before = f.before === undefined ? "" : ` (before: ${shownValue(f.before)})`;
            return `• \`${f.field}\` **${shownValue(f.value)}**${before}${f.words === "" ? "" : `, from “${f.words.trim()}”`}`;
          }),
        ],
        hosts,
      );
    case "plan":
      return reply.whole ? wholePlan(reply.plan, stage) : planBlocks(reply.plan, stage);
    case "difference":
      return differenceBlocks(reply, stage, isRequestShown);
    case "question":
      return questionBlocks(reply.number, reply.question, stage);
    case "reasons":
      return markdownBlocks(render(reply), hosts);
    case "alternatives":
      return alternatives(reply.plan, stage);
    case "config":
      return [...sections(["**Configuration of the project**"], []), ...preformatted(reply.yaml)];
    case "action":
      return action(reply, stage);
    case "done":
      return markdownBlocks(reply.text, hosts);
    case "help":
      return helpBlocks(hosts);
    case "error":
      return [
        ...sections([`**${reply.message.replace(/\.?$/, ".")}**`], hosts),
        ...(reply.hint === "" ? [] : sections([reply.hint], hosts)),
      ];
    default:
      return reply satisfies never;
  }
}

const WISHES = { cheapest: "cheaper", fastest: "faster", simplest: "simplest", "most private": "private" } as const;

function alternatives(plan: Plan, stage: Stage): KnownBlock[] {
  if (plan.alternatives.length === 0) return markdownBlocks(render({ kind: "alternatives", plan }), stage.hosts);
  return [
    ...heading("Alternatives"),
    ...plan.alternatives.flatMap((a) => {
      const wish = Object.entries(WISHES).find(([name]) => name === a.name)?.[1];
      const found = list([`**${a.name}**: ${a.summary}`], stage.hosts);
      if (!wish) return found;
      const compare = button(stage, { type: "wish", wish }, "Compare", { says: `Compare with the ${a.name}` });
      return found.map((section, i) => (i === 0 ? { ...section, accessory: compare } : section));
    }),
  ];
}

/** What was asked for in words is a button here: only a click on this revision does it. */
function action(reply: Extract<Reply, { kind: "action" }>, stage: Stage): KnownBlock[] {
  const effect = EFFECTS.find((e): e is SlackEffect => e === reply.effect);
  const on = { ...stage, revision: reply.revision };
  if (!effect) return sections([`Slack has no button for “${reply.effect}”. Take the zip instead.`], []);
  return [
    ...sections([`Ready: revision ${reply.revision}, plan \`${reply.planHash.slice(0, 12)}\`.`], []),
    { type: "actions", elements: [effectButton(on, effect)] },
  ];
}

/** What a notification says: the first thing a person needs of it. */
function says(reply: Reply): string {
  switch (reply.kind) {
    case "notice":
    case "conflict":
    case "done":
      return reply.text;
    case "understood":
      return `Understood: ${reply.fields.map((f) => `${f.field} ${shownValue(f.value)}`).join(", ")}`;
    case "plan":
      return reply.plan.headline;
    case "difference":
      return `${reply.because}: ${reply.headline}`;
    case "question":
      return `Question ${reply.number}: ${reply.question.text} ${reply.question.options.map((o) => o.label).join(", ")}`;
    case "reasons":
      return `${reply.reasons.topic}: ${reply.reasons.title}`;
    case "alternatives":
      return `Alternatives: ${reply.plan.alternatives.map((a) => `${a.name}: ${a.summary}`).join("; ") || "none"}`;
    case "config":
      return "Configuration of the project";
    case "action":
      return `Ready: ${reply.effect}, revision ${reply.revision}`;
    case "help":
      return "What you can say";
    case "error":
      return `${reply.message} ${reply.hint}`.trim();
    default:
      return reply satisfies never;
  }
}
