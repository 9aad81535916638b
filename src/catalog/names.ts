import { distance } from "fastest-levenshtein";
import { AdvisorError } from "../error.ts";

export { acceleratorNames, findAccelerator } from "./accelerator-names.ts";
export { findModel, modelNames } from "./model-names.ts";

/**
 * The candidates most like `name`, for "did you mean": at most two fifths of the letters may differ.
 * Candidates that differ equally keep their order.
 */
export function nearestNames(name: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = squash(name);
  return candidates
    .map((candidate) => {
      const letters = squash(candidate);
      return { candidate, edits: distance(wanted, letters), length: Math.max(wanted.length, letters.length) };
    })
    .filter(({ edits, length }) => length > 0 && edits <= length * 0.4)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Whether a word is a name with a slip of the fingers: the same letters in another order, or one letter too many, too few or wrong. */
export function isSlip(word: string, name: string): boolean {
  const sorted = (text: string) => [...text].sort().join("");
  if (sorted(word) === sorted(name)) return true;
  const [short, long] = word.length <= name.length ? [word, name] : [name, word];
  let same = 0;
  while (same < short.length && short[same] === long[same]) same += 1;
  const tail = short.length === long.length ? same + 1 : same;
  return long.length - short.length <= 1 && short.slice(tail) === long.slice(same + 1);
}

/** Lower case without the organisation and without separators: spelling is what counts. */
const squash = (name: string) =>
  name
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/[^a-z0-9]+/g, "");

/** The error for a name that the catalog does not know: the near ones, and `otherwise` what works instead. */
export function unknownName(
  kind: "model" | "accelerator",
  name: string,
  facts: readonly { id: string }[],
  otherwise: string,
): AdvisorError {
  const near = nearestNames(
    name,
    facts.map((fact) => fact.id),
  );
  const hint = near.length > 0 ? `Did you mean ${near.join(", ")}? ${otherwise}` : otherwise;
  return new AdvisorError("unknown-name", `Unknown ${kind} "${name}"`, hint);
}
