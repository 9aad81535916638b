import { parseDocument } from "yaml";
import { z } from "zod";
import { nearestNames } from "../catalog/names.ts";
import { knownKeys, readSchema } from "./configuration-schema.ts";
import { PYYAML, type YamlScalar } from "./yaml-edit.ts";

/** The smallest change to a configuration: another value, or another name for the same value. */
export type ConfigurationRepair = { key: string; value: YamlScalar } | { key: string; renamed: string };

/** What is wrong with one key of a configuration. */
export interface Complaint {
  /** `training.micro_batch_size`; "" where the text as a whole is wrong. */
  key: string;
  text: string;
  repair?: ConfigurationRepair;
}

type Issue = z.core.$ZodIssue;

/**
 * What the project's own schema refuses in one file of its configuration. Rules between keys are the project's code's:
 * its loader tells them.
 */
export function checkConfiguration(text: string, schemaText: string): Complaint[] {
  const document = parseDocument(text, PYYAML);
  const [error] = document.errors;
  if (error) return [{ key: "", text: `it is not valid YAML: ${error.message.trim()}` }];
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== "object" || Array.isArray(value)) return [{ key: "", text: "it must hold sections with keys" }];
  const schema = readSchema("configs/schema.json", schemaText);
  const known = knownKeys(schema);
  const checked = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return checked.success ? [] : checked.error.issues.flatMap((issue) => complaintsOf(issue, value as Sections, known));
}

type Sections = Record<string, unknown>;
type Known = ReturnType<typeof knownKeys>;

function complaintsOf(issue: Issue, given: Sections, known: Known): Complaint[] {
  const key = issue.path.join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => unknownKey(key === "" ? name : `${key}.${name}`, known));
  const found = issue.path.reduce<unknown>((at, name) => (at as Sections | undefined)?.[String(name)], given);
  const value = legal(issue, found) ?? known.keys.find((each) => each.key === key)?.default;
  const scalar = value === null || ["string", "number", "boolean"].includes(typeof value);
  return [
    {
      key,
      text: `${key}: ${expected(issue)}, got ${JSON.stringify(found) ?? "nothing"}`,
      ...(scalar ? { repair: { key, value: value as YamlScalar } } : {}),
    },
  ];
}

function unknownKey(key: string, known: Known): Complaint {
  const [section, name] = key.split(".", 2) as [string, string?];
  const candidates =
    name === undefined
      ? known.sections
      : known.keys.filter((each) => each.key.startsWith(`${section}.`)).map((each) => each.key.split(".")[1]!);
  const [near] = nearestNames(name ?? section, candidates, 1);
  if (near !== undefined) {
    const renamed = name === undefined ? near : `${section}.${near}`;
    return { key, text: `unknown key "${key}", did you mean "${renamed}"?`, repair: { key, renamed } };
  }
  // The right name in the wrong section.
  const elsewhere = known.keys.find((each) => each.key.endsWith(`.${name ?? section}`))?.key;
  return { key, text: `unknown key "${key}"${elsewhere ? `, did you mean "${elsewhere}"?` : ""}` };
}

const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "keys with values",
};

function expected(issue: Issue): string {
  switch (issue.code) {
    case "too_small":
      return `expected ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `expected ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_value":
      return `expected one of ${issue.values.map(String).join(", ")}`;
    case "invalid_type":
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_union":
      return `expected ${[...new Set(issue.errors.flat().map((each) => expected(each).replace(/^expected /, "")))].join(", or ")}`;
    default:
      return issue.message;
  }
}

/** The legal value nearest to the one that is refused. */
function legal(issue: Issue, found: unknown): unknown {
  if (issue.code === "too_small" && issue.inclusive) return Number(issue.minimum);
  if (issue.code === "too_big" && issue.inclusive) return Number(issue.maximum);
  if (issue.code === "invalid_value") return nearestNames(String(found), issue.values.map(String), 1)[0];
  if (issue.code === "invalid_type" && issue.expected === "int" && typeof found === "number") return Math.round(found);
  return undefined;
}
