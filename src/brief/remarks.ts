import { type Reading, say } from "./reading.ts";
import { noteSpokenLanguage } from "./spoken.ts";
import { after, before, type Text } from "./text.ts";
import { readUnknownName } from "./unknown-names.ts";

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
  if (closed.length === 0) readUnknownName(reading);
  if (!reading.brief.alternatives) noteWish(reading.text, reading.notices);
  noteComputer(reading);
  noteSpokenLanguage(reading);
  // Trees grow on a processor anyway.
  if (
    brief.modality?.value !== "tabular" &&
    /\bcpu[ -]?only\b|\bonly (?:a |on )?cpus?\b|\b(?:no|0|zero) gpus?\b/.test(reading.text.low)
  )
    reading.notices.push(
      `Without a GPU of yours a rented card is planned: ${LANGUAGE.has(brief.modality?.value ?? "llm") ? "training a language model on a CPU takes weeks" : "training on a CPU is slow"}. Say which card you have, if any.`,
    );
}

const WISH =
  /\b(?:(?:as )?(?:cheap(?:ly)?|fast|quick(?:ly)?|soon|inexpensive(?:ly)?) as (?:possible|it gets|we can)|(?:the )?(?:cheapest|fastest|quickest|least expensive|most affordable)(?! (?:model|gpu|card))(?: (?:way|option|possible|setup|set-up|solution|plan))?|(?:lowest|minimal|minimum) (?:possible )?cost|at (?:the )?lowest cost|keep (?:it|costs?) (?:cheap|low|down))\b|am (?:billigsten|schnellsten)|lo más (?:barato|rápido)|最便宜|最快/;

/** The answer weighs money, time and risk for everybody; what is cheaper or faster stands among its alternatives. */
function noteWish(text: Text, notices: string[]): void {
  const match = WISH.exec(text.low);
  if (!match) return;
  const words = text.given.slice(match.index, match.index + match[0].length);
  notices.push(
    `"${words}": the plan weighs money, time and risk together; where something is cheaper or faster than its answer, it stands among the alternatives.`,
  );
}

/** A computer of one's own without a card or a memory cannot be planned on. */
function noteComputer({ brief, text, notices }: Reading): void {
  if (brief.accelerator || brief.acceleratorMemoryGib || brief.alternatives) return;
  if (brief.phase?.value === "serve" && brief.parameterCount === undefined && brief.model === undefined) return;
  const match = /\b(?:laptop|macbook(?: air| pro)?|imac|mac mini|mac studio|gaming pc)\b/.exec(text.low);
  if (match && brief.owned?.value === true)
    notices.push(
      `What your ${text.given.slice(match.index, match.index + match[0].length)} has was not said: name its GPU or chip and the memory, such as "RTX 4070 8 GB" or "M3 Max 64 GB", and it is planned on.`,
    );
}
