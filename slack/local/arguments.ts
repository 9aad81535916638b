import { Refused } from "./refused.ts";

/**
 * The arguments of one call. The client library sends forms whose values are text, with blocks, chunks, views and
 * metadata as JSON inside; a JSON body carries them as they are.
 */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  maybe(name: string): string | undefined {
    const value = this.#values[name];
    return value === undefined || value === null || value === "" ? undefined : String(value);
  }

  text(name: string): string {
    const value = this.maybe(name);
    if (value !== undefined) return value;
    throw invalid(`missing required field: ${name}`, name);
  }

  flag(name: string): boolean {
    return ["true", "1"].includes(this.maybe(name) ?? "");
  }

  count(name: string, otherwise: number): number {
    const value = Number(this.maybe(name) ?? otherwise);
    if (!Number.isInteger(value) || value < 1) throw invalid("must be a positive integer", name);
    return value;
  }

  /** Undefined when absent; text that is not JSON is refused with `error`. */
  json(name: string, error: string): unknown {
    const value = this.#values[name];
    if (typeof value !== "string") return value ?? undefined;
    if (value === "") return undefined;
    try {
      return JSON.parse(value);
    } catch {
      throw new Refused(error);
    }
  }
}

function invalid(what: string, name: string): Refused {
  return new Refused("invalid_arguments", {
    response_metadata: { messages: [`[ERROR] ${what} [json-pointer:/${name}]`] },
  });
}
