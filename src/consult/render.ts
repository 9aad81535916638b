import { explain } from "../plan/explain.ts";
import { explainDifference } from "../plan/explain-difference.ts";
import { bullets, shownValue, table } from "../plan/markdown.ts";
import type { Plan } from "../plan/plan.ts";
import { explainReasons } from "../plan/why.ts";
import type { Reply } from "./conversation.ts";

const HELP = `Say what you want to train or serve, then ask on:

- change it: "actually 100k examples", "on AWS", "two 4090s", \`epochs=2\`
- try it: "what if two 4090s", "what would 32k context cost", "compare with A100"; then "keep it"
- wish: "cheaper", "faster", "simplest"
- ask: "why this GPU", "why not QLoRA", "why", "show the plan", "show the config", "alternatives", "questions", "compare"
- answer a question: its number, "the second", a value, "don't know", "use your judgement"
- go back: "undo", "start over"
- act: "write it to DIR", "save it as plan.json"
`;

/** One reply as Markdown: the rendering that every front end may show as it is. */
export function render(reply: Reply): string {
  switch (reply.kind) {
    case "notice":
      return `> ${reply.text}\n`;
    case "conflict":
      return `> These do not go together: ${reply.text}\n`;
    case "understood":
      return `${table(
        ["understood", "value", "before", "your words"],
        reply.fields.map((f) => [`\`${f.field}\``, shownValue(f.value), shownValue(f.before), f.words]),
      )}\n`;
    case "plan":
      return reply.whole ? explain(reply.plan) : summary(reply.plan);
    case "difference":
      return `**${reply.headline}**\n\n${explainDifference(reply.difference)}${reply.revision === undefined ? '\nThe plan is as it was. Say "keep it" to take this one.\n' : ""}`;
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
      return HELP;
    case "error":
      return `${reply.message.replace(/\.?$/, ".")}${reply.hint === "" ? "" : ` ${reply.hint}`}\n`;
    default:
      return reply satisfies never;
  }
}

/** The plan in brief: verdict, decisions, cost, what was assumed. The whole of it is one "show the plan" away. */
function summary(plan: Plan): string {
  const { cost, memory } = plan;
  const blocks = [
    `**${plan.headline}**`,
    bullets(plan.blockers.map((b) => b.text)),
    plan.decisions.length > 0
      ? table(
          ["decision", "choice", "why"],
          plan.decisions.map((d) => [d.name, d.title, d.reasons[0] ?? ""]),
        )
      : undefined,
    bullets(
      plan.status === "feasible"
        ? plan.risks.filter((r) => r.severity === "high").map((r) => `${r.text} ${r.mitigation}`)
        : plan.repairs.map((r) => r.summary),
    ),
    plan.assumptions.length > 0
      ? `Assumed: ${plan.assumptions.map((a) => `\`${a.field}\` ${shownValue(a.value)}`).join(", ")}.`
      : undefined,
    cost || memory ? 'Say "show the plan" for memory by part, time, cost, serving and risks.' : undefined,
  ];
  return `${blocks.filter((b) => b !== undefined).join("\n\n")}\n`;
}
