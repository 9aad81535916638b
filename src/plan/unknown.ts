import type { Brief, BriefField, BriefValues } from "../brief/brief.ts";
import { count } from "./format.ts";

type Answer = string | number | boolean;

/** One thing a person might not have said, with the answers worth trying. */
export interface Unknown {
  id: string;
  /** What a free answer is a value of. */
  field: BriefField;
  text: string;
  /** `weight`: how plausible the answer is; the weights of one question sum to one. */
  options: { value: Answer; label: string; weight: number; set: BriefValues }[];
  /** What is planned until an answer comes. */
  default: Answer;
  /** What a free answer says as well. */
  beside?: BriefValues;
}

/** The value that stands for "no such limit". */
export const NONE = "none";

/** Whether a brief says nothing of any of these fields. */
export const isOpen = (brief: Brief, ...fields: BriefField[]): boolean =>
  fields.every((field) => brief[field] === undefined);

/** A list of unknowns; one that does not arise is not made. */
export function gathered(): { out: Unknown[]; add(when: boolean, unknown: () => Unknown): void } {
  const out: Unknown[] = [];
  return {
    out,
    add: (when, unknown) => {
      if (when) out.push(unknown());
    },
  };
}

export const tokens = (n: number): string => `${count(n)} tokens`;

/** A question for a number. What is assumed is always among the options: keeping it is an answer too. */
export function numeric(
  field:
    | "parameterCount"
    | "acceleratorCount"
    | "exampleCount"
    | "sequenceLength"
    | "averageTokens"
    | "outputTokens"
    | "requestsPerSecond",
  text: string,
  choices: readonly (readonly [number, number])[],
  assumed: number,
  label: (n: number) => string,
): Unknown {
  const values = new Map<number, number>();
  for (const [value, weight] of choices) values.set(value, (values.get(value) ?? 0) + weight);
  if (!values.has(assumed)) {
    // The assumption takes the place of the nearest choice.
    const distance = (n: number): number => Math.abs(Math.log(n / assumed));
    const nearest = [...values.keys()].reduce((a, b) => (distance(b) < distance(a) ? b : a));
    values.set(assumed, values.get(nearest)!);
    values.delete(nearest);
  }
  const options = [...values]
    .sort(([a], [b]) => a - b)
    .map(([value, weight]) => ({ value, label: label(value), weight, set: { [field]: value } as BriefValues }));
  return { id: field, field, text, options, default: assumed };
}
