import { type DocumentOptions, isNode, parseDocument, type ScalarTag, type SchemaOptions, stringify } from "yaml";
import { AdvisorError } from "../error.ts";

export type YamlScalar = string | number | boolean | null;

/** PyYAML takes 1e-7 for a string: its numbers need a dot before the exponent. */
const exponent: ScalarTag = {
  identify: (value) => typeof value === "number" && /^-?\de/.test(String(value)),
  default: true,
  tag: "tag:yaml.org,2002:float",
  test: /^[-+]?\d+e[-+]?\d+$/i,
  resolve: (text) => Number(text),
  stringify: ({ value }) => String(value).replace("e", ".0e"),
};

/** YAML 1.1 is what PyYAML reads: under its rules "no", "12:30" and "1e5" are quoted where they are text. */
export const PYYAML: DocumentOptions & SchemaOptions = { version: "1.1", customTags: (tags) => [exponent, ...tags] };

/** One value as PyYAML will read it back, on one line. Text that is not plainly a name is quoted. */
export function yamlScalar(value: YamlScalar): string {
  if (typeof value !== "string" || /^[A-Za-z0-9][\w./-]*$/.test(value)) {
    return stringify(value, { ...PYYAML, lineWidth: 0 }).trimEnd();
  }
  // JSON strings are YAML strings, but for characters that PyYAML refuses unless they are escaped.
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value in a file of settings: the keys that lead to it, and what it becomes. */
export interface YamlEdit {
  path: readonly string[];
  value: YamlScalar;
}

/**
 * Puts values into a YAML text and leaves everything else byte for byte as it was, comments and their columns
 * included. A key that is not there is an error: a decision must not be lost in silence.
 */
export function editYaml(name: string, text: string, edits: readonly YamlEdit[]): string {
  const document = parse(name, text);
  const splices = edits.map(({ path, value }) => {
    const node = document.getIn(path, true);
    if (!isNode(node) || !node.range) throw missing(name, path);
    return { start: node.range[0], end: node.range[1], insert: yamlScalar(value) };
  });
  let result = text;
  for (const { start, end, insert } of splices.sort((a, b) => b.start - a.start)) {
    const after = result.slice(end);
    result = result.slice(0, start) + insert + keepColumn(after, insert.length - (end - start));
  }
  const written = parse(name, result);
  const lost = edits.find(({ path, value }) => written.getIn(path) !== value);
  if (lost !== undefined) throw missing(name, lost.path);
  return result;
}

/**
 * Takes a key at the root with its value and the comment that stands on it out of a YAML text; all else stays byte for
 * byte. The blank line that set it apart goes with it.
 */
export function cutYaml(name: string, text: string, keys: readonly string[]): string {
  return keys.reduce((left, key) => {
    const start = new RegExp(`(?:^#.*\\n)*^${key}:`, "m").exec(left);
    if (start === null) throw missing(name, [key]);
    const end = /\n(?=[^\s])/.exec(left.slice(start.index + start[0].length));
    const until = end === null ? left.length : start.index + start[0].length + end.index + 1;
    const cut = left.slice(0, start.index) + left.slice(until);
    if (parse(name, cut).has(key)) throw missing(name, [key]);
    return cut;
  }, text);
}

/** A comment behind the value stays in its column while there are spaces to take or to add. */
function keepColumn(after: string, longer: number): string {
  const gap = /^( +)#/.exec(after)?.[1]?.length;
  if (gap === undefined) return after;
  return " ".repeat(Math.max(1, gap - longer)) + after.slice(gap);
}

function parse(name: string, text: string) {
  const document = parseDocument(text, PYYAML);
  const [error] = document.errors;
  if (error === undefined) return document;
  throw new AdvisorError(
    "invalid-fact",
    `The template's ${name} is not valid YAML: ${error.message}`,
    "Correct the template.",
  );
}

const missing = (name: string, path: readonly string[]): AdvisorError =>
  new AdvisorError(
    "invalid-fact",
    `The template's ${name} has no key ${path.join(".")}`,
    "Every setting that a plan makes stands in the template's configs with its default.",
  );
