import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const shown = (name: string): string[] =>
  new RegExp(`<!-- output: ${name} -->\\n\`\`\`\\n([\\s\\S]*?)\`\`\``)
    .exec(readme)![1]!
    .split("\n")
    .filter((l) => l !== "");

test("README's first command prints the lines that README shows", () => {
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  const sentence = /npm start -- "(Fine-tune Llama[^\n]*?)" --out support-llm/.exec(readme)![1]!.replace("\\$", "$");
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, "dist/cli/main.js"), sentence, "--out", "support-llm"],
    { cwd: folder, encoding: "utf8" },
  );
  rmSync(folder, { recursive: true, force: true });
  expect(status).toBe(0);
  const printed = new Set(`${stdout}${stderr}`.split("\n"));
  expect(shown("plan").filter((line) => !printed.has(line))).toEqual([]);
});

test("README's account of the test command matches the script", () => {
  const script = readFileSync(join(ROOT, "scripts/test.mjs"), "utf8");
  expect(script).toContain('"tests of the core and the command line"');
  expect(script).toContain("generated projects installed from their hashed locks and checked (several gigabytes)");
});

test("README's pictures, documents and npm scripts are there", () => {
  const paths = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((m) => m[1]!);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const run = [...readme.matchAll(/npm run ([a-z:]+)/g)].map((m) => m[1]!);
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
  expect(run).toContain("slack:playground");
});

test("README names every part that setup:full prepares", () => {
  const setup = readFileSync(join(ROOT, "scripts/setup.mjs"), "utf8");
  const environments = readFileSync(join(ROOT, "scripts/python-environment.mjs"), "utf8");
  const line = readme.split("\n").find((l) => l.includes("npm run setup:full"))!;
  for (const [, part, size] of line.matchAll(/`([a-z]+)` \(([\d.]+ [MG]B)/g))
    expect(`${setup}${environments}`, part).toMatch(new RegExp(`${part}: \\{[^}]*size: "${size}"`));
  expect([...line.matchAll(/`[a-z]+` \([\d.]+ [MG]B/g)]).toHaveLength(3);
});

test("README lists every brief field and every command's flags", async () => {
  const { BRIEF_FIELDS } = await import("../src/brief/fields.ts");
  expect(BRIEF_FIELDS.filter((f) => !readme.includes(`\`${f}\``))).toEqual([]);
  for (const command of [
    "plan",
    "consult",
    "why",
    "what-if",
    "compare",
    "read",
    "estimate",
    "new",
    "verify",
    "calibrate",
    "catalog",
  ]) {
    const { stdout } = spawnSync(process.execPath, [join(ROOT, "dist/cli/main.js"), command, "--help"], {
      encoding: "utf8",
    });
    const documented = readme.split("\n").find((l) => l.startsWith(`| \`${command} `))!;
    const flags = [...documented.matchAll(/--([a-z-]+)/g)].map((m) => m[1]!);
    expect(
      flags.filter((f) => !stdout.includes(`--${f}`)),
      command,
    ).toEqual([]);
  }
});

test("README's counts of facts are the catalog's", async () => {
  const { catalog } = await import("../src/catalog/catalog.ts");
  const { length: offers } = catalog.prices;
  const counts = readme.split("\n").find((line) => line.startsWith("| facts |"));
  expect(counts).toContain(
    `${catalog.accelerators.length} accelerators, ${catalog.models.length} models, ${offers.toLocaleString("en")} offers`,
  );
});

test("README's team.yaml is one that is accepted whole", async () => {
  const { catalog } = await import("../src/catalog/catalog.ts");
  const { parseTeam, Team } = await import("../src/team/schema.ts");
  const { parse } = await import("yaml");
  const value = parse(/```yaml\n([\s\S]*?)```/.exec(readme)![1]!);
  expect(() => parseTeam(value, catalog)).not.toThrow();
  expect(Object.keys(value).sort()).toEqual(Object.keys(Team.shape).sort());
});
