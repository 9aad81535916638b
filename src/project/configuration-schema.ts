import { AdvisorError } from "../error.ts";

/** What `configs/schema.json` says of one key. */
export interface KnownKey {
  /** `training.micro_batch_size` */
  key: string;
  default?: unknown;
}

type JsonSchema = { [name: string]: unknown };

/** The project's own schema, as its code wrote it. */
export function readSchema(name: string, text: string): JsonSchema {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonSchema;
  } catch {
    // Said below.
  }
  throw new AdvisorError(
    "invalid-input",
    `"${name}" is not a JSON schema`,
    "Write it again with `make schema` in the project.",
  );
}

/** Sections and their keys, in the schema's order. */
export function knownKeys(schema: JsonSchema): { sections: string[]; keys: KnownKey[] } {
  const definitions = (schema.$defs ?? {}) as Record<string, JsonSchema>;
  const sections = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const keys = sections.flatMap(([section, { $ref }]) => {
    const definition = definitions[String($ref).split("/").at(-1)!];
    return Object.entries((definition?.properties ?? {}) as Record<string, JsonSchema>).map(([key, facts]) => ({
      key: `${section}.${key}`,
      default: facts.default,
    }));
  });
  return { sections: sections.map(([section]) => section), keys };
}
