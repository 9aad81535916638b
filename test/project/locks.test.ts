import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pinsOf, ROOT, readVersions, requirementSets, withVersions } from "../../scripts/requirement-sets.mjs";

const sets = requirementSets();
const versions = readVersions();
const lockText = (lock: string): string => readFileSync(join(ROOT, lock), "utf8");
/** Lines that ask for something: neither comments nor `-r other.txt`. */
const asked = (text: string): string[] =>
  text
    .replace(/\\\r?\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(#|-r |-c )/.test(line));

describe.each(sets.map((set) => [set.path, set] as const))("%s", (_path, set) => {
  test("names exact versions, and those of templates/versions.txt", () => {
    expect(asked(set.text)).toHaveLength(set.pins.length);
    for (const { name, version } of set.pins)
      expect(`${name} ${version}`).toBe(`${name} ${versions.get(name)?.version}`);
  });

  const { lock } = set;
  if (lock === undefined) return;

  test("has a lock beside it that holds every pin", () => {
    expect(existsSync(join(ROOT, lock)), "npm run templates:lock").toBe(true);
    const locked = new Map(pinsOf(lockText(lock)).map(({ name, version }) => [name, version]));
    for (const { name, version } of set.pins) expect(`${name} ${locked.get(name)}`).toBe(`${name} ${version}`);
  });

  test("is locked by hashes of public files alone: no local build, index, folder or address", () => {
    const lines = asked(lockText(lock));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatch(/^[\w.-]+(\[[\w,-]+\])?==\d[\w.!]*( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$/);
  });
});

test("a package that is installed together with others has one version in all their locks", () => {
  const found = new Map<string, Map<string, string[]>>();
  for (const { lock, apart } of sets) {
    if (apart !== undefined || lock === undefined) continue;
    for (const { name, version } of pinsOf(lockText(lock))) {
      const of = found.get(name) ?? new Map<string, string[]>();
      found.set(name, of.set(version, [...(of.get(version) ?? []), lock]));
    }
  }
  const split = [...found].filter(([, of]) => of.size > 1).map(([name, of]) => [name, Object.fromEntries(of)]);
  expect(Object.fromEntries(split)).toEqual({});
});

test("a version that nothing asks for does not stand in templates/versions.txt", () => {
  const used = new Set(sets.flatMap(({ pins }) => pins.map(({ name }) => name)));
  expect([...versions.keys()].filter((name) => !used.has(name))).toEqual([]);
});

test("a new version reaches a requirements file, and nothing else in it changes", () => {
  const text = "# of the run\nTorch==2.9.0\nuvicorn[standard]==0.1 ; python_version < '3.12'  # why\n-r other.txt\n";
  const next = withVersions(
    text,
    new Map([
      ["torch", { version: "2.10.0" }],
      ["uvicorn", { version: "0.2" }],
    ]),
  );
  expect(next).toBe(text.replace("2.9.0", "2.10.0").replace("==0.1 ", "==0.2 "));
});
