import type { Finding, ItemId } from "./checklist.ts";
import { no, open, yes } from "./finding.ts";

/** One test as pytest's JUnit report tells it. */
export interface TestResult {
  /** `tests.test_data.test_rows…` */
  name: string;
  outcome: "passed" | "failed" | "skipped";
  /** What a failed one said, in one line. */
  message?: string;
}

/** Reads `pytest --junitxml`: the attributes and children we need, in any order of attributes. */
export function readJunit(xml: string): TestResult[] {
  const results: TestResult[] = [];
  for (const match of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const attribute = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(match[1] ?? "")?.[1] ?? "";
    const inside = match[2] ?? "";
    const outcome = /<(?:failure|error)\b/.test(inside) ? "failed" : /<skipped\b/.test(inside) ? "skipped" : "passed";
    const said = outcome === "failed" ? /<(?:failure|error)\b[^>]*?\bmessage="([^"]*)"/.exec(inside)?.[1] : undefined;
    const message = said === undefined ? {} : { message: plain(said).slice(0, 160) };
    results.push({ name: `${attribute("classname")}.${attribute("name")}`, outcome, ...message });
  }
  return results;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", "#10": " ", amp: "&" };
/** An attribute's text on one line. */
const plain = (text: string): string =>
  text
    .replace(/&(lt|gt|quot|apos|#10|amp);/g, (_, name: string) => ENTITIES[name] ?? "")
    .replace(/\s+/g, " ")
    .trim();

/** `tests.test_data.test_rows` → `test_data`: the file. */
const moduleOf = (name: string): string => name.split(".").find((part) => part.startsWith("test_")) ?? name;

/** Which tests speak for which item, by their file's name (or, for resuming, by the test's own). */
const SUBJECTS: readonly { item: ItemId; subject: string; pattern: RegExp }[] = [
  { item: "data", subject: "data loading", pattern: /^test_(data|prepare|dataset)/ },
  { item: "model", subject: "model initialisation", pattern: /^test_(model|init|memory|tiny)/ },
  { item: "model", subject: "training step", pattern: /^test_(train|loss|step)/ },
  { item: "configs", subject: "configuration", pattern: /^test_config/ },
  {
    item: "deployment",
    subject: "serving",
    pattern: /^test_(serv|routes|inference|app|engine|export|limits|schemas|ready|readiness)/,
  },
  { item: "reproducibility", subject: "resume", pattern: /(?:resum|checkpoint|reproduc|seed|determin)/ },
];

/** Patterns of files start at the file's name; the one of resuming looks at all of it. */
const speaks = (pattern: RegExp, name: string): boolean => pattern.test(moduleOf(name)) || pattern.test(name);

const theFirst = ({ name, message }: TestResult): string => `the first: ${name}${message ? ` (${message})` : ""}`;

/**
 * What a run of `command` shows about the items. A subject without any test is open; a skipped test proves nothing.
 */
export function testFindings(results: readonly TestResult[], command: string): Finding[] {
  const findings = SUBJECTS.map(({ item, subject, pattern }): Finding => {
    const own = results.filter((r) => speaks(pattern, r.name));
    const failed = own.filter((r) => r.outcome === "failed");
    const passed = own.filter((r) => r.outcome === "passed").length;
    const [first] = failed;
    if (first !== undefined)
      return no(item, `${command}: ${failed.length} of ${own.length} tests of ${subject} failed, ${theFirst(first)}`);
    const skipped = own.length - passed;
    if (passed === 0)
      return open(
        item,
        `${command}: no test of ${subject} ran${skipped > 0 ? `, ${skipped} were skipped` : ""}`,
        "`python -m pytest -rs` says which tests there are, and why any was skipped.",
      );
    const modules = [...new Set(own.map((r) => moduleOf(r.name)))].sort();
    return yes(
      item,
      `${command}: ${passed} tests of ${subject} passed${skipped > 0 ? ` (${skipped} skipped)` : ""}: ${modules.slice(0, 4).join(", ")}`,
    );
  });
  const other = results.filter(
    (r) => r.outcome === "failed" && !SUBJECTS.some(({ pattern }) => speaks(pattern, r.name)),
  );
  const [first] = other;
  // A failure of any test is a failure of the checks, whatever it speaks of.
  return first
    ? [...findings, no("model", `${command}: ${other.length} other tests failed, ${theFirst(first)}`)]
    : findings;
}

/** The same findings when the tests could not run. */
export const testsNotRun = (why: string): Finding[] =>
  SUBJECTS.map(({ item, subject }) => open(item, `tests of ${subject} did not run: ${why}`, "`make check` runs them."));
