import type { Template } from "../generate.ts";

/** Deadlines, and times that are observations. Today is Sunday 22 November 2026. */
export const deadlines: Template[] = [
  { says: "need it in {days}. {model} {adapter} {rows} {cards}" },
  { says: "must finish within {hours} on {cards}, {model} {adapter}" },
  { says: "first version in {weeks} please. {rows}, {model}", mayMean: {} },
  { says: "by friday!! {model} {adapter} {rows}", means: { deadlineHours: { min: 96, max: 145 } } },
  { says: "deadline is tomorrow, {model}, {adapter}, {card}", means: { deadlineHours: { min: 12, max: 48 } } },
  { says: "has to be done until dec 1, {model} {adapter} {rows}", means: { deadlineHours: { min: 190, max: 241 } } },
  {
    says: "launch is 2026-12-15, {model} {adapter} {rows} on {cards}",
    means: { deadlineHours: { min: 530, max: 577 } },
  },
  { says: "it took 9 hours on {card} last time. {model} {adapter} {rows}", never: ["deadlineHours"] },
  { says: "tqdm says 37h remaining, {model} {adapter} {card} {epochs}. normal?", never: ["deadlineHours"] },
  { says: "5 working days left, {rows}, {model} {adapter}", means: { deadlineHours: { min: 120, max: 170 } } },
  { says: "within 10 business days pls; {model}, {rows}, {adapter}", means: { deadlineHours: { min: 240, max: 337 } } },
  { says: "until june, {model} {adapter} {rows}", means: { deadlineHours: { min: 4500, max: 5300 } } },
  { says: "before christmas. {model} {adapter} {rows}, {card}", means: { deadlineHours: { min: 740, max: 800 } } },
  {
    says: "end of next week is when the client wants {model} tuned on {rows}",
    means: { deadlineHours: { min: 240, max: 340 } },
  },
  { says: "retrain nightly on new tickets, {model} {adapter} {card}", never: ["deadlineHours"] },
  { says: "asap, like {hours} max. {model} {adapter} {rows} {cards}" },
  {
    says: "600 hours of call recordings, whisper large v3, {card}",
    means: { model: "whisper-large-v3", modality: "audio" },
    never: ["deadlineHours", "exampleCount"],
    mayMean: { task: "*" },
  },
  { says: "we have {cards} for {days}, then they're gone. {model} {method} {rows}" },
  { says: "how long would {model} {adapter} with {rows} take on {cards}?", never: ["deadlineHours"] },
  { says: "EOD monday, {model} {adapter} {rows}", means: { deadlineHours: { min: 12, max: 49 } } },
];
