import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Who may import whom: the one table of the house. A room is a folder under src; `root` are the files directly in it.
 * A front end reads input, calls the core and shows the answer, so it sees the public entries and the adapters only.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  root: ["root"],
  catalog: ["catalog", "root"],
  estimate: ["estimate", "catalog", "root"],
  brief: ["brief", "catalog", "root"],
  plan: ["plan", "brief", "estimate", "catalog", "root"],
  existing: ["existing", "plan", "brief", "catalog", "root"],
  team: ["team", "brief", "catalog", "root"],
  picture: ["picture", "plan", "estimate", "root"],
  project: ["project", "plan", "estimate", "brief", "catalog", "root"],
  consult: ["consult", "team", "project", "plan", "brief", "catalog", "root"],
  adapters: ["adapters", "existing", "picture", "project", "plan", "estimate", "brief", "catalog", "root"],
  entry: ["brief", "consult", "existing", "picture", "team", "plan", "estimate", "catalog", "project", "root"],
  cli: ["cli", "entry", "adapters"],
  slack: ["slack", "entry", "adapters"],
  notebook: ["notebook", "entry", "adapters"],
};

/** Public entries: re-exports without logic. */
const ENTRIES = new Set(["src/consult.ts", "src/existing.ts", "src/index.ts", "src/parse.ts", "src/project.ts"]);

/** The only outside packages a room may use. Node's own modules belong to adapters and front ends. */
const PACKAGES: Record<string, readonly string[]> = {
  root: ["@noble/hashes"],
  catalog: ["zod", "fastest-levenshtein", "@noble/hashes"],
  estimate: ["zod"],
  brief: ["zod"],
  plan: ["zod"],
  existing: ["yaml"],
  team: ["fastest-levenshtein", "zod"],
  picture: [],
  consult: [],
  project: ["yaml", "zod", "fflate", "@noble/hashes"],
  entry: [],
};

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".ts"))
    .map((f) => join(folder, f).replaceAll("\\", "/"));
}

function roomOf(path: string): string {
  if (ENTRIES.has(path)) return "entry";
  const [top, room, rest] = path.split("/");
  return top !== "src" ? top! : rest === undefined ? "root" : room!;
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g;

const imports = [...sources("src"), ...sources("cli"), ...sources("slack"), ...sources("notebook")].flatMap((file) =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(IMPORT)].map((m) => ({ file, target: (m[1] ?? m[2])! })),
);

test("imports follow the arrows of the house", () => {
  const broken = imports
    .filter(({ target }) => target.startsWith("."))
    .map(({ file, target }) => ({
      file,
      to: relative(ROOT, resolve(ROOT, dirname(file), target)).replaceAll("\\", "/"),
    }))
    .filter(({ to }) => !to.endsWith("package.json"))
    .filter(({ file, to }) => !MAY_IMPORT[roomOf(file)]?.includes(roomOf(to)))
    .map(({ file, to }) => `${file} → ${to}`);
  expect(broken).toEqual([]);
});

test("the core uses only the packages that its rooms are allowed", () => {
  const broken = imports
    .filter(({ file, target }) => file.startsWith("src/") && !target.startsWith("."))
    .filter(({ file, target }) => {
      const room = roomOf(file);
      return room !== "adapters" && !PACKAGES[room]?.some((p) => target === p || target.startsWith(`${p}/`));
    })
    .map(({ file, target }) => `${file} → ${target}`);
  expect(broken).toEqual([]);
});

test("adapters never import each other; each has its parts in a folder of its own", () => {
  const adapter = /^src\/adapters\/[^/]+\.ts$/;
  const broken = imports
    .filter(({ file, target }) => adapter.test(file) && /^\.\/[^/]+\.ts$/.test(target))
    .map(({ file, target }) => `${file} → ${target}`);
  expect(broken).toEqual([]);
});

/** What a runtime loads with this built file: types are gone there, and what is imported later is not followed. */
function loadedWith(entry: string): Set<string> {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const m of text.matchAll(/(?:^|\n)(?:import|export)\s(?!type\b)[^;]*?from\s+"([^"]+)"/g)) {
      const target = m[1]!;
      if (target.startsWith(".") && !target.endsWith(".json"))
        visit(relative(ROOT, resolve(ROOT, dirname(file), target)).replaceAll("\\", "/"));
      else reached.add(target);
    }
  };
  visit(entry);
  return reached;
}

test("the planning path loads neither zod nor yaml: a plan starts fast", () => {
  expect([...loadedWith("dist/src/index.js")].filter((x) => x === "zod" || x === "yaml")).toEqual([]);
});

/** The sources that a part of the bundled command line holds: the bundler writes where each begins. */
const heldBy = (part: string): string[] =>
  [...readFileSync(join(ROOT, part), "utf8").matchAll(/^\/\/ (\S+\.ts)$/gm)].map((m) => m[1]!);

test("the command line starts without anything of Slack's, of the notebook's, of adapters, of zod and of yaml", () => {
  const loaded = [...loadedWith("dist/cli/main.js")];
  const held = loaded.filter((x) => x.startsWith("dist/cli/")).flatMap(heldBy);
  expect(held).toContain("src/plan/advise.ts");
  expect(held.filter((x) => /^(?:slack|notebook|src\/adapters)\//.test(x))).toEqual([]);
  expect(loaded.filter((x) => /^@slack\/|^@octokit\/|^@electric-sql\/|^(?:pg|pg-boss|ws|zod|yaml)$/.test(x))).toEqual(
    [],
  );
});

test("block validation and its limits are pure: zod and each other", () => {
  const outside = imports
    .filter(({ file }) => /^slack\/blocks\/(validate|limits|.*-schema)\.ts$/.test(file))
    .filter(({ target }) => target !== "zod" && !target.startsWith("./"))
    .map(({ file, target }) => `${file} → ${target}`);
  expect(outside).toEqual([]);
});

test.each(["src/tsconfig.json", "src/adapters/tsconfig.json", "slack/playground/page/tsconfig.json", "tsconfig.json"])(
  "%s compiles: the core sees no runtime of its own",
  (config) => {
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", config, "--noEmit"], {
      cwd: ROOT,
      stdio: "pipe",
    });
  },
);

test("no source file names a day or a random number of its own in the core", () => {
  const broken = sources("src")
    .filter((f) => !f.startsWith("src/adapters/"))
    .filter((f) => /\bnew Date\b|\bDate\.now\b|\bMath\.random\b/.test(readFileSync(join(ROOT, f), "utf8")));
  expect(broken).toEqual([]);
});

test("what tests leave behind lies in one temporary folder of the run, which goes with it", () => {
  expect(tmpdir()).toContain("ml-architect-tests-");
});
