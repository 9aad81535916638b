import { explain } from "../plan/explain.ts";
import { explainDifference } from "../plan/explain-difference.ts";
import { bullets, shownValue, table } from "../plan/markdown.ts";
import { type Phrasing, SPOKEN } from "../plan/phrasing.ts";
import { explainReasons } from "../plan/why.ts";
import type { EffectKind, Reply, Understood } from "./conversation.ts";

const HELP = `Say what you want to train or serve, then ask on:

- change it: "actually 100k examples", "on AWS", "two 4090s", \`epochs=2\`
- try it: "what if two 4090s", "what would 32k context cost", "compare with A100"; then "keep it"
- wish: "cheaper", "faster", "simplest"
- ask: "why" (the decisions), "why this GPU", "why not QLoRA"; "show the plan", "show the config", "alternatives", "questions", "compare"
- answer a question: its number, "the second", a value, "don't know", "use your judgement"
- go back: "undo", "start over"
`;

const ACTS: Record<EffectKind, string> = {
  "write-project": '"write it to DIR"',
  "save-plan": '"save it as plan.json"',
  zip: '"zip"',
  "pull-request": '"open a pull request"',
  cells: '"write the cells"',
  "hand-off": '"hand off to NAME"',
};

/** What can be said here, with the effects that this front end has. */
const help = (effects: readonly EffectKind[]): string =>
  effects.length === 0 ? HELP : `${HELP}- act: ${effects.map((e) => ACTS[e]).join(", ")}\n`;

/** One reply as Markdown: the rendering that every front end may show as it is. */
export function render(reply: Reply, phrasing: Phrasing = SPOKEN): string {
  switch (reply.kind) {
    case "notice":
      return `> ${reply.text}\n`;
    case "conflict":
      return `> These do not go together: ${reply.text}\n`;
    case "understood":
      return understood(reply.fields);
    case "plan":
      return explain(reply.plan, { short: !reply.whole, phrasing });
    case "difference":
      return difference(reply);
    case "question": {
      const { text, options, default: taken, why } = reply.question;
      const lines = options.map(
        ({ label, value, leadsTo }, i) =>
          `${i + 1}. ${label}${value === taken ? " (taken until you say)" : ""}${leadsTo ? `: ${leadsTo}` : ""}`,
      );
      return `**Question ${reply.number}: ${text}** ${why}\n\n${lines.join("\n")}\n${options.length + 1}. use your judgement\n`;
    }
    case "reasons":
      return explainReasons(reply.reasons);
    case "alternatives":
      return `${bullets(reply.plan.alternatives.map((a) => `**${a.name}**: ${a.summary}`)) ?? "No other plan that was tried is cheaper, faster or simpler."}\n`;
    case "config":
      return `\`\`\`yaml\n${reply.yaml}\`\`\`\n`;
    case "action":
      return `Revision ${reply.revision}, plan \`${reply.planHash.slice(0, 12)}\`: ${reply.effect}${reply.target === "" ? "" : ` to \`${reply.target}\``}?\n`;
    case "done":
      return `${reply.text}\n`;
    case "help":
      return help(reply.effects);
    case "error":
      return `${reply.message.replace(/\.?$/, ".")}${reply.hint === "" ? "" : ` ${reply.hint}`}\n`;
    default:
      return reply satisfies never;
  }
}

/** Fields as they were understood; a wish or an answer has no words of its own, and a first word changes nothing. */
function understood(fields: readonly Understood[]): string {
  const columns: [string, (f: Understood) => string][] = [
    ["understood", (f) => `\`${f.field}\``],
    ["value", (f) => shownValue(f.value)],
    ["before", (f) => (f.before === undefined ? "" : shownValue(f.before))],
    ["your words", (f) => f.words],
  ];
  const used = columns.filter(([, cell]) => fields.some((f) => cell(f) !== ""));
  return `${table(
    used.map(([name]) => name),
    fields.map((f) => used.map(([, cell]) => cell(f))),
  )}\n`;
}

function difference({ headline, difference: d, revision, seen }: Extract<Reply, { kind: "difference" }>): string {
  if (d.same) return "Nothing changes: that is what the plan took already.\n";
  if (seen) return `Taken. **${headline}**\n`;
  const proposed = revision === undefined ? '\nThe plan is as it was; "keep it" takes this one.\n' : "";
  return `**${headline}**\n\n${explainDifference(d)}${proposed}`;
}
