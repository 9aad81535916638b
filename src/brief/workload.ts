import { addSides, isChoice } from "./alternatives.ts";
import type { BriefValues } from "./brief.ts";
import type { ModelMention } from "./models.ts";
import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import { after, before, type Span } from "./text.ts";

const INTO = /\b(?:into|to|for (?:the )?student|student)\b|->|>|=>/;

/** The model, or its size alone, and the models that are compared. */
export function readModel(reading: Reading): void {
  const wanted = reading.models.filter((m) => !m.refused && !m.vague);
  const compared = choices(reading, wanted);
  const sides = compared.map((m) => ({ values: { model: m.name }, span: m.span }));
  if (compared.length < 2 || !addSides(reading, sides)) {
    const model = student(reading, wanted) ?? main(wanted);
    if (model) {
      say(reading, "model", model.name, model.span);
      // The catalog counts a known model's parameters better than its name does; "Nemo 12b" says what the name does not.
      if (model.parameterCount && !(model.known && /\d[bm](?![a-z])/i.test(model.name)))
        say(reading, "parameterCount", model.parameterCount, model.span);
    }
  }
  readSize(reading);
}

/** A text that names an embedder or a detector beside a language model is about the language model. */
function main(wanted: ModelMention[]): ModelMention | undefined {
  return wanted.find((m) => m.modality === "llm" && m.parameterCount !== undefined) ?? wanted[0];
}

/** In a distillation the model that is trained is the one the arrow points at. */
function student(reading: Reading, wanted: ModelMention[]): ModelMention | undefined {
  if (!/\bdistil(?:l|ling|lation|led)?\b|teacher|student/.test(reading.text.low)) return undefined;
  return (
    wanted.find((m) => /\bstudent\b[^,.;]{0,16}$/.test(before(reading.text, m.span[0], 32))) ??
    wanted.find((m) => /(?:\binto|\bto|->|>)\s?(?:an?\s|the\s)?$/.test(before(reading.text, m.span[0], 16))) ??
    wanted.find((m) => !/\b(?:teacher|from|distill)\b[^,.;]{0,16}$/.test(before(reading.text, m.span[0], 24)))
  );
}

function choices(reading: Reading, wanted: ModelMention[]): ModelMention[] {
  const run: ModelMention[] = wanted.slice(0, 1);
  for (const model of wanted.slice(1)) {
    const last = run.at(-1)!;
    const between = reading.text.low.slice(last.span[1], model.span[0]);
    const joined = isChoice(reading, last.span[1], model.span[0]) || (/^\s?,\s?$/.test(between) && wanted.length > 2);
    if (joined && last.name !== model.name) run.push(model);
    else if (run.length < 2) run.splice(0, 1, model);
  }
  // A plain list without "or" is an enumeration of parts, not a choice.
  return run.length > 1 && isChoice(reading, run.at(-2)!.span[1], run.at(-1)!.span[0]) ? run : [];
}

const PARAMETERS =
  /^\s?-?\s?(?:ish\s?)?(?:-?\s?(?:model|dense|sized?|class)?\s?)(?:params?|parameters?|parametros|parâmetros|parámetros|parameter|paramètres|参数|モデル|模型)/;
const NOT_A_SIZE =
  /^\s?-?(?:tokens?|tok\b|rows?|examples?|samples?|images?|pairs|docs|documents|records|articles|words|chars|events|requests|users|usd|dollars|urls?|pages|lines|interactions|transactions|vectors?|messages|products?|queries|calls|条|个样本|张|token|texts|reviews|edges|people|impressions|clicks|impr)/;

/** A size without a name: "7b", "7-8b", "1.5 billion parameters", "350M params", "参数量 7B". */
function readSize(reading: Reading): void {
  const sizes: Quantity[] = [];
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 32);
    const lead = before(reading.text, q.start, 24);
    const billions = /^(?:b|bn|bil|billion|billions)$/.test(q.multiplier);
    const named =
      PARAMETERS.test(tail) ||
      /(?:params?|parameters?|参数量?|parámetros|parâmetros)\s?(?:is|of|:|=|about|~)?\s?$/.test(lead);
    const plainWords = /^\s(?:[a-z]+\s){0,2}/.exec(tail)?.[0] ?? "";
    const counts =
      NOT_A_SIZE.test(tail) ||
      plainWords
        .trim()
        .split(" ")
        .some((w) =>
          /^(?:tokens?|rows|examples|samples|images|records|pairs|documents|docs|users|interactions|transactions|events|vectors|urls|messages|words|products)$/.test(
            w,
          ),
        );
    if (/[$€£¥]\s?$/.test(lead) || /^\s?(?:usd|eur|dollars|gb|it\b|-?bit)/.test(tail)) continue;
    if (
      !(
        named ||
        (billions && q.multiplier === "b" && !counts && q.high <= 5e12) ||
        (q.multiplier === "m" &&
          /^\s?-?(?:model|llm|encoder|transformer|version|from scratch|gpt|net\b|network)\b/.test(tail))
      )
    )
      continue;
    reading.taken.add(q);
    sizes.push(q);
  }
  const [first] = sizes;
  if (!first || reading.brief.model || reading.brief.parameterCount) return;
  const text = reading.text.low;
  const small = sizes.find(
    (q, i) => i > 0 && INTO.test(text.slice(sizes[i - 1]!.end, q.start)) && /distil|teacher|student/.test(text),
  );
  const student = sizes.find((q) => /\bstudent\b[^,;.]{0,12}$/.test(before(reading.text, q.start, 24)));
  const chosen = student ?? small ?? first;
  const second = sizes[1];
  const sides = sizes.map((q) => ({ values: { parameterCount: q.high }, span: [q.start, q.end] as Span }));
  if (second && chosen === first && isChoice(reading, first.end, second.start) && addSides(reading, sides)) return;
  // Of "7-8b" the larger is planned for: what fits it fits the smaller.
  say(reading, "parameterCount", chosen.high, [chosen.start, chosen.end]);
}

type Method = NonNullable<BriefValues["method"]>;

const METHODS: [Method, RegExp][] = [
  [
    "qlora",
    /(?<![a-z])q-?lora(?![a-z])|(?<![a-z])(?:(?:4|8)[ -]?bit|int[48]|gptq|awq)[ -](?:\w+ )?lora|(?<![a-z])lora (?:\w+ ){0,2}(?:in |on |w\/ |with )?(?:(?:4|8)[ -]?bit|int[48]|gptq|awq)(?![a-z])|bnb[ -]4bit \+? ?lora|4bit微调|量化微调/g,
  ],
  ["lora", /(?<![a-z])(?:rs|do|ada)?-?lora(?![a-z])(?! adapters? (?:at|in|per) )/g],
  [
    "full",
    /\bfull[ -]?(?:param(?:eter)?s?[ -]?)?(?:fine[ -]?tun\w*|ft\b|sft\b|finetun\w*|train(?:ing)?\b|tune)|\bfull[ -]weights? (?:fine|training|tun)\w*|\bfull[ -]?ft\b|\bfft\b(?! )|全参数?|全量(?:微调|训练|参数)?|fine[ -]?tun\w+ all (?:the )?(?:weights|parameters|layers)|(?<!\b(?:is|are|disk|memory|mem|ram|in) )\bfull\b(?=\s?(?:[,.?!/)]|$|or\b|vs\b|on\b(?! the)))|フルファインチューニング|vollständig\w* (?:fine|fein)|fine[ -]?tuning (?:completo|complet)|ajuste completo/g,
  ],
  [
    "freeze",
    /\b(?:freez(?:e|ing)|frozen) (?:the |all |most |its )?(?:\w+ )?(?:backbone|encoder|base|layers?|trunk|body|weights|features?)|\b(?:backbone|encoder|base|trunk) (?:is |stays |kept )?(?:frozen|freeze)|\blinear prob(?:e|ing)|\b(?:only )?(?:train|tune|fine-?tune|retrain)(?:ing)? (?:just |only )?the (?:classification |classifier )?(?:head|last layer)s?|\bhead[ -]only|\bfrozen (?:backbone|encoder|base)/g,
  ],
];
/** Mentions of one message that are read. */
const MOST_METHODS = 100;

interface MethodMention {
  method: Method;
  span: Span;
}

/** How it is to be trained, where one way is named and not refused. */
export function readMethod(reading: Reading): void {
  const { text } = reading;
  const found: MethodMention[] = [];
  for (const [method, pattern] of METHODS) {
    for (const match of text.low.matchAll(pattern)) {
      if (found.length >= MOST_METHODS) break;
      const span: Span = [match.index, match.index + match[0].length];
      if (found.some((f) => f.span[0] < span[1] && span[0] < f.span[1])) continue;
      if (isRefused(text, span)) continue;
      found.push({ method, span });
    }
  }
  found.sort((a, b) => a.span[0] - b.span[0]);
  const kinds = [...new Set(found.map((f) => f.method))];
  if (found.length === 0) return;
  const [first, second] = found as [MethodMention, MethodMention | undefined];
  if (kinds.length === 1) {
    say(reading, "method", first.method, first.span);
    return;
  }
  const between = text.low.slice(first.span[1], second!.span[0]);
  const sides = found.map(({ method, span }) => ({ values: { method }, span }));
  // One way of training a side: they belong to the sides in order.
  if (reading.compared.length > 1 && addSides(reading, sides)) return;
  if (
    isChoice(reading, first.span[1], second!.span[0]) ||
    /\b(?:or|vs\.?|versus|oder|ou|instead|possible|enough)\b|还是|或|\//.test(between)
  ) {
    addSides(
      reading,
      kinds.map((method) => sides.find((side) => side.values.method === method)!),
    );
    return;
  }
  if (kinds.includes("full") && (kinds.includes("qlora") || kinds.includes("lora")) && between.trim().length <= 4) {
    reading.conflicts.push({
      fields: ["method"],
      text: `"${text.given.slice(first.span[0], second!.span[1])}" asks for two ways of training at once: an adapter trains few weights, full fine-tuning all of them.`,
    });
    return;
  }
  const qlora = found.find((f) => f.method === "qlora");
  const chosen = qlora && kinds.every((k) => k === "qlora" || k === "lora") ? qlora : first;
  say(reading, "method", chosen.method, chosen.span);
}
