import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
  expect(script).toContain("a generated project installed from its hashed lock and checked (several gigabytes)");
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
