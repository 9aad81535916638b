import { type Reading, say } from "./reading.ts";

const HARDWARE =
  "(?:\\d{1,3} ?x? ?|one |two |three |four |eight |a |an |single )?(?:nvidia |geforce |rtx |gtx |tesla |amd |apple )*(?:gpus?|cards?|laptop|workstation|server|machine|box|rig|cluster|(?:rtx|gtx|a|h|l|v|t)? ?-?\\d{2,4}(?: ?ti| ?super)?s?)\\b";
/** "our own 4090", "my laptop GPU", "we own two L40S", "we have an A100": not "we have 50k tickets". */
const OWNED = new RegExp(
  `\\b(?:our|my)(?: own)? ${HARDWARE}|\\b(?:we|i) (?:already )?(?:own|bought|(?:have|'ve) got|have) ${HARDWARE}(?! ?(?:k|rows|examples|samples|tickets|images|hours|users|documents|docs|gb|tb))|\\bon[ -]?prem(?:ises?)?\\b|\\b(?:in|at) (?:our|the|my) (?:office|basement|server room|rack|lab)\\b`,
);
const RENTED = /\b(?:rent(?:ed|ing)?|on loan|lease[ds]?|cloud|aws|gcp|azure|modal|runpod|lambda)\b/;

/** Whether the hardware is theirs. A word of renting or of a cloud leaves the question open. */
export function readOwnership(reading: Reading): void {
  const match = OWNED.exec(reading.text.low);
  if (!match || RENTED.test(reading.text.low)) return;
  say(reading, "owned", true, [match.index, match.index + match[0].length]);
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

/** What must be said about words that no field can hold. */
export function noteUnusable(reading: Reading, closed: readonly [number, number][]): void {
  for (const [start, end] of closed) {
    const name = reading.text.given.slice(start, end).trim();
    reading.notices.push(
      `"${name}" is a closed model: its weights are not published, so nobody else can fine-tune or serve it. An open model is planned unless you name one.`,
    );
  }
  if (/\bcpu[ -]?only\b|\bonly (?:a |on )?cpus?\b|\bno gpus?\b/.test(reading.text.low))
    reading.notices.push(
      "No GPU was mentioned as a condition: training a language model on a CPU takes weeks, so a rented card is planned. Say which card you have, if any.",
    );
}
