import { type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const HARDWARE =
  "(?:\\d{1,3} ?x? ?|one |two |three |four |eight |a |an |single )?(?:nvidia |geforce |rtx |gtx |tesla |amd |apple )*(?:gpus?|cards?|laptop|workstation|server|machine|box|rig|cluster|(?:rtx|gtx|a|h|l|v|t)? ?-?\\d{2,4}(?: ?ti| ?super)?s?)\\b";
/** "our own 4090", "my laptop GPU", "we own two L40S", "we have an A100": not "we have 50k tickets". */
const OWNED = new RegExp(
  `\\b(?:our|my)(?: own)? ${HARDWARE}|\\b(?:we|i) (?:already )?(?:own|bought|(?:have|'ve) got|have) ${HARDWARE}(?! ?(?:k|hours|gb|tb|(?:[a-z-]{1,20} ){0,3}(?:rows|examples|samples|tickets|images|users|documents|docs|pairs|records|emails|conversations|reviews)))|\\bon[ -]?prem(?:ises?)?\\b|\\b(?:in|at) (?:our|the|my) (?:office|basement|server room|rack|lab)\\b`,
);
const RENTED = /\b(?:rent(?:ed|ing)?|on loan|lease[ds]?|cloud|aws|gcp|azure|modal|runpod|lambda)\b/;

/** Whether the hardware is theirs. A word of renting or of a cloud leaves the question open. */
export function readOwnership(reading: Reading): void {
  const match = OWNED.exec(reading.text.low);
  if (!match || RENTED.test(reading.text.low)) return;
  say(reading, "owned", true, [match.index, match.index + match[0].length]);
}

const FAILURE =
  /\b(?:cuda )?(?:oom(?:s|ed|'d)?|ran out of (?:memory|vram)|runs out of (?:memory|vram)|out of (?:gpu )?memory(?: error)?)\b|爆显存|显存不足|显存溢出|メモリ不足/g;
const NO_FAILURE =
  /\b(?:no|not|without|avoid(?:ing)?|never|will it|would it|does it|will this|would this|can it|or|if it|risk(?: of)?|to)\s(?:it\s)?$/;

/** A run that died of memory, told in words. A pasted error says more and is read elsewhere. */
export function readFailure(reading: Reading): void {
  for (const match of reading.text.low.matchAll(FAILURE)) {
    if (
      NO_FAILURE.test(before(reading.text, match.index, 24)) ||
      /^\s?(?:or not|risk)/.test(after(reading.text, match.index + match[0].length, 8))
    )
      continue;
    say(reading, "measured", { failed: "device-memory" }, [match.index, match.index + match[0].length], "inferred");
    return;
  }
}

const TRACKERS = [
  ["wandb", /\b(?:wandb|weights (?:&|and) biases|w&b)(?![a-z])/],
  ["mlflow", /\bml ?flow\b/],
  ["tensorboard", /\btensor ?board\b/],
] as const;

/** The experiment tracker that they name. */
export function readTracker(reading: Reading): void {
  for (const [tracker, name] of TRACKERS) {
    const match = name.exec(reading.text.low);
    if (!match || /\b(?:no|not|without|instead of)\s(?:\w+\s)?$/.test(reading.text.low.slice(0, match.index))) continue;
    say(reading, "tracker", tracker, [match.index, match.index + match[0].length]);
    return;
  }
}

const LANGUAGE: ReadonlySet<string> = new Set(["llm", "vlm"]);

/** What must be said about words that no field can hold. */
export function noteUnusable(reading: Reading, closed: readonly [number, number][]): void {
  const { brief } = reading;
  for (const [start, end] of closed) {
    const name = reading.text.given.slice(start, end).trim();
    reading.notices.push(
      `"${name}" is a closed model: its weights are not published, so nobody else can fine-tune or serve it. An open model is planned unless you name one.`,
    );
  }
  if (closed.length === 0) noteUnknownName(reading);
  // Trees grow on a processor anyway.
  if (
    brief.modality?.value !== "tabular" &&
    /\bcpu[ -]?only\b|\bonly (?:a |on )?cpus?\b|\bno gpus?\b/.test(reading.text.low)
  )
    reading.notices.push(
      `Without a GPU of yours a rented card is planned: ${LANGUAGE.has(brief.modality?.value ?? "llm") ? "training a language model on a CPU takes weeks" : "training on a CPU is slow"}. Say which card you have, if any.`,
    );
}

/** After a verb of training or serving: a word that looks like a name, with a hyphen, a digit or a capital inside. */
const NAMED =
  /\b(?:fine-?tun(?:e|ing)|train(?:ing)?|serv(?:e|ing)|deploy(?:ing)?|q?lora(?: on| for)?)\s+(?:a |an |the |my |our )?((?:[A-Za-z][A-Za-z0-9.]*[-_][A-Za-z0-9][\w.-]*)|(?:[A-Z][a-z]+[A-Z]\w+)|(?:[A-Za-z]{3,}\d[\w.]*))/i;
const ORDINARY =
  /^(?:on-|in-|multi-|pre-|re-|open-|long-|low-|self-|chat-?bot|end-to|state-of|top-|domain-|instruction-|full-|few-|zero-)/i;

/** A name that the catalog does not know is said back, never replaced in silence. */
function noteUnknownName(reading: Reading): void {
  const { brief, text } = reading;
  if (brief.model !== undefined || brief.parameterCount !== undefined) return;
  const name = NAMED.exec(text.given)?.[1];
  if (name === undefined || ORDINARY.test(name) || name.length > 60) return;
  reading.notices.push(
    `"${name}" was not recognised as a model: an open model is planned instead. Name a model of the catalog (\`catalog show models\`), or say its size, such as 7B.`,
  );
}
