import type { Question } from "../brief/brief.ts";
import type { Command, Conversation, EffectKind } from "./conversation.ts";

/** What a line means, before anybody acts on it. */
export type Meaning =
  | { type: "command"; command: Command }
  | { type: "answers"; answers: Answer[] }
  /** Words that ask for an effect: offered as an action, because only a person's explicit action causes one. */
  | { type: "action"; effect: EffectKind; target: string }
  | { type: "words" };

export type Answer = { question: string; value: unknown } | { question: string; judgement: true };

const COMMANDS: [RegExp, (m: RegExpExecArray) => Command][] = [
  [/^(?:help|\?|what can (?:you|i) (?:do|say|ask))$/, () => ({ verb: "help" })],
  [/^(?:undo|go back|revert|take (?:that|it) back)(?: that| it)?$/, () => ({ verb: "undo" })],
  [/^(?:start over|reset|restart|begin again|new consultation)$/, () => ({ verb: "start-over" })],
  [
    /^(?:(?:yes|ok(?:ay)?)[, ]+)?(?:keep|adopt|apply|take|use) (?:it|that|this)$|^(?:yes|ok(?:ay)?)[, ]+do (?:it|that)$|^do it$/,
    () => ({ verb: "keep" }),
  ],
  [
    /^(?:(?:show|print|give|see)(?: me| us)? )?(?:the )?(?:config(?:uration)?s?|settings|ya?ml)$/,
    () => ({ verb: "config" }),
  ],
  [/^(?:(?:show|print)(?: me| us)? )?(?:the )?(?:whole |full )?plan$|^show$/, () => ({ verb: "show" })],
  [/^(?:(?:show|any|more)(?: me| us)? )?(?:the )?questions?$|^ask(?: me)?$/, () => ({ verb: "questions" })],
  [
    /^(?:(?:show|what are|any)(?: me| us)? )?(?:the )?(?:alternatives|other options|options)$|^what else$/,
    () => ({ verb: "alternatives" }),
  ],
  [wishing("cheaper|cheapest|less expensive|lower cost"), () => ({ verb: "wish", wish: "cheaper" })],
  [wishing("faster|fastest|quicker|quickest|sooner"), () => ({ verb: "wish", wish: "faster" })],
  [wishing("simpler|simplest|easier|easiest"), () => ({ verb: "wish", wish: "simplest" })],
  [wishing("more private|most private|private"), () => ({ verb: "wish", wish: "private" })],
  [
    /^(?:compare|difference|diff|what changed)(?: (?:with|to|against) (?:the )?(?:last|previous)(?: one| plan)?)?$/,
    () => ({ verb: "compare" }),
  ],
  [
    /^why (?:not|no|isn't it|don't (?:we|you|i) (?:use|take)|didn't you (?:use|take|choose|pick)) (.+)$/,
    (m) => ({ verb: "why", about: m[1]! }),
  ],
  [
    /^why(?: (?:this|that|the|do you (?:use|take|suggest|recommend)|did you (?:use|take|choose|pick)|is it|is the))*(?: (.+))?$/,
    (m) => ({ verb: "why", about: m[1] ?? "" }),
  ],
  [
    /^(?:and )?(?:what if|what about|how about|what happens (?:if|with)|suppose|try|compare (?:it |this )?(?:with|to|against)|compare)(?: (?:we|i|it)(?: (?:had|have|used?|were|was|got|took|ran|run))?(?: on)?)? (.+)$/,
    (m) => ({ verb: "what-if", change: m[1]! }),
  ],
  [
    /^(?:and )?(?:what|how much) would (.+?)(?: (?:cost|take|need|be|change|mean|do))?$/,
    (m) => ({ verb: "what-if", change: m[1]! }),
  ],
];

function wishing(words: string): RegExp {
  return new RegExp(
    `^(?:(?:make (?:it|this)|go|something|anything|is there (?:something|anything)|can (?:it|this|we) be|what is|what's|the|a)(?: (?:a|the))? )*(?:${words})(?: (?:one|option|plan|way|please))?$`,
  );
}

const ACTIONS: [RegExp, EffectKind][] = [
  [/^(?:save|write)(?: (?:it|this|the plan))? (?:to|as|in|into) (\S+\.json)$/i, "save-plan"],
  [
    /^(?:write|generate|create|make|save)(?: (?:it|this|(?:me )?(?:the |a )?project))? (?:to|in|into|at|as) (?:the folder |folder )?(.+)$/i,
    "write-project",
  ],
  [/^(?:(?:make|give me|download|as) )?(?:a |the )?zip()$/i, "zip"],
  [/^(?:open|make|create) (?:a |the )?(?:pull request|pr)(?: (?:in|on|to|for) (\S+))?$/i, "pull-request"],
  [/^(?:write|insert|add) (?:the )?cells()$/i, "cells"],
  [/^hand (?:it |this )?(?:off|over)(?: to (?:the )?(.+))?$/i, "hand-off"],
];

/** Said of everything that is asked; "I don't know" is said of one question. */
const ALL_YOURS =
  /^(?:use your (?:own )?judge?ment|your (?:call|choice)|you (?:decide|choose)|skip(?: them| all)?|defaults?|whatever)$/;
const YOURS =
  /^(?:use your (?:own )?judge?ment|your (?:call|choice)|you (?:decide|choose)|(?:i )?(?:don'?t|do not) know|no idea|not sure|unsure|whatever|skip|default|dunno)$/;
const LEAD = /^(?:please|well|so|hm+|ok(?:ay)?|and|but|actually|no|sorry|i mean(?:t)?)[,:]? +/;

/** What a line means in this conversation. Only forms that are surely ours are taken; everything else is words for the reader. */
export function meaningOf(text: string, state: Conversation): Meaning {
  const plain = text.replace(/[’‘]/g, "'").replace(/\s+/g, " ").trim();
  const low = plain.toLowerCase().replace(/[?!.\s]+$/, "") || plain;
  if (state.proposal && /^(?:yes|ok(?:ay)?|sure|y)$/.test(low)) return { type: "command", command: { verb: "keep" } };
  const answers = answersTo(state.asked, low);
  if (answers) return { type: "answers", answers };
  const started = state.revisions.length > 0;
  const spoken = low.replace(LEAD, "");
  for (const [pattern, command] of COMMANDS) {
    const match = pattern.exec(low) ?? pattern.exec(spoken);
    // Before there is a plan, "what if …" can only be a request.
    if (match && (started || ["help", "start-over"].includes(command(match).verb)))
      return { type: "command", command: command(match) };
  }
  if (started)
    for (const [pattern, effect] of ACTIONS) {
      const match = pattern.exec(plain.replace(/[!.]+$/, ""));
      if (match) return { type: "action", effect, target: (match[1] ?? "").replace(/^["'`]|["'`]$/g, "") };
    }
  return { type: "words" };
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"];

/** Answers to the questions that stand: one for the first of them, or as many as there are, separated by commas. */
function answersTo(asked: readonly Question[], low: string): Answer[] | undefined {
  if (asked.length === 0) return undefined;
  if (ALL_YOURS.test(low)) return asked.map((q) => ({ question: q.id, judgement: true as const }));
  const named = /^(?:question |q)(\d)[:. ]+(.+)$/.exec(low);
  if (named) {
    const question = asked[Number(named[1]) - 1];
    const answer = question && answerTo(question, named[2]!);
    return answer && [answer];
  }
  const one = answerTo(asked[0]!, low);
  if (one) return [one];
  const parts = low.split(/\s*[,;]\s*/);
  if (parts.length < 2 || parts.length > asked.length) return undefined;
  const all = parts.map((part, i) => answerTo(asked[i]!, part));
  return all.every((answer) => answer !== undefined) ? all : undefined;
}

function answerTo(question: Question, low: string): Answer | undefined {
  if (YOURS.test(low)) return { question: question.id, judgement: true };
  const options = question.options;
  const pick = (option: Question["options"][number] | undefined): Answer | undefined =>
    option && { question: question.id, value: option.value };
  const position = /^(?:the |option |number |#)?(\d)(?:\.|\))?$/.exec(low);
  if (position && Number(position[1]) === options.length + 1) return { question: question.id, judgement: true };
  if (position && Number(position[1]) >= 1 && Number(position[1]) <= options.length)
    return pick(options[Number(position[1]) - 1]);
  const ordinal = /^(?:the )?([a-z]+)(?: one| option)?$/.exec(low)?.[1] ?? "";
  if (ORDINALS.includes(ordinal)) return pick(options[ORDINALS.indexOf(ordinal)]);
  if (ordinal === "last") return pick(options.at(-1));
  if (/^(?:yes|yep|yeah|y)$/.test(low)) return pick(options.find((o) => o.value === true));
  if (/^(?:no|none|nope|n)$/.test(low)) return pick(options.find((o) => o.value === false || o.value === "none"));
  const exact = options.filter((o) => o.label.toLowerCase() === low || String(o.value).toLowerCase() === low);
  const near = options.filter(
    (o) =>
      low.length > 2 &&
      !/\d/.test(low) &&
      new RegExp(`\\b${low.replace(/[^a-z0-9 ]/g, ".")}\\b`).test(o.label.toLowerCase()),
  );
  const found = exact.length > 0 ? exact : near;
  if (found.length === 1) return pick(found[0]);
  return numberOf(question, low);
}

const SCALE: Record<string, number> = { "": 1, k: 1e3, m: 1e6, b: 1e9 };

/** "3000", "100k", "3,000 tokens": only where the question is for a number, and no unit says otherwise. */
function numberOf(question: Question, low: string): Answer | undefined {
  if (typeof question.default !== "number" && !question.options.some((o) => typeof o.value === "number"))
    return undefined;
  const match =
    /^(?:about |around |~|\$)?(\d[\d,]*(?:\.\d+)?) ?([kmb]?)(?: (?:tokens?|examples?|rows|samples|a second|per second|parameters))?$/.exec(
      low,
    );
  if (!match) return undefined;
  return { question: question.id, value: Number(match[1]!.replaceAll(",", "")) * SCALE[match[2]!]! };
}
