import type { Plan } from "../../src/index.ts";
import type { Bundle } from "../proxy/magician.ts";

/**
 * What was answered. As the last value of a cell, or logged, it shows itself as richly as its kernel can: Markdown and
 * charts in Deno's and tslab's, plain text elsewhere.
 */
export interface Answer {
  /** Everything as Markdown. */
  text: string;
  /** The plan that stands after a plan, an answer or a change. */
  plan?: Plan;
  toString(): string;
}

/** Deno's kernel asks a value for its display; every runtime's `console.log` for its text. */
const DISPLAY = Symbol.for("Jupyter.display");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export function answerOf(bundles: readonly Bundle[], plan: Plan | undefined): Answer {
  const text = bundles.map((bundle) => bundle["text/plain"]).join("\n\n");
  const answer: Answer = { text, ...(plan ? { plan } : {}), toString: () => text };
  const hidden = (key: symbol, value: () => unknown): void =>
    void Object.defineProperty(answer, key, { value, enumerable: false });
  hidden(DISPLAY, () => inDeno(bundles));
  hidden(INSPECT, () => (inTslab(bundles) ? (plan?.headline ?? "") : text));
  Object.defineProperty(answer, "toString", { enumerable: false });
  return answer;
}

interface Kernels {
  Deno?: { jupyter?: { broadcast(type: string, content: object): Promise<void> } };
  __tslab__?: { require(name: "tslab"): { display: TslabDisplay } };
}

interface TslabDisplay {
  markdown(text: string): void;
  svg(text: string): void;
}

const kernels = globalThis as Kernels;

/** A value has one display: what comes before it is told to the front end as displays of their own. */
async function inDeno(bundles: readonly Bundle[]): Promise<Bundle> {
  const last = bundles.at(-1) ?? { "text/plain": "" };
  const jupyter = kernels.Deno?.jupyter;
  if (!jupyter) return bundles[0] ?? last;
  for (const data of bundles.slice(0, -1))
    await jupyter.broadcast("display_data", { data, metadata: {}, transient: {} });
  return last;
}

/** tslab shows one form at a time, when it is told to; false in other kernels. */
function inTslab(bundles: readonly Bundle[]): boolean {
  const tslab = kernels.__tslab__;
  if (!tslab) return false;
  const { display } = tslab.require("tslab");
  for (const bundle of bundles) {
    const svg = bundle["image/svg+xml"];
    if (typeof svg === "string") display.svg(svg);
    else display.markdown(String(bundle["text/markdown"] ?? bundle["text/plain"]));
  }
  return true;
}
