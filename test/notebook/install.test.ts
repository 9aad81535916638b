import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../cli/run.ts";

let prefix: string;
beforeEach(() => {
  prefix = mkdtempSync(join(tmpdir(), "ml-architect prefix ü "));
});
afterEach(() => rmSync(prefix, { recursive: true, force: true }));

const notebook = (...args: string[]) =>
  run(["notebook", ...args], {
    env: {
      JUPYTER_PATH: join(prefix, "share", "jupyter"),
      JUPYTER_DATA_DIR: join(prefix, "own"),
      XDG_CONFIG_HOME: prefix,
    },
  });
const folderOf = (name: string): string => join(prefix, "share", "jupyter", "kernels", name);
const specOf = (name: string) => JSON.parse(readFileSync(join(folderOf(name), "kernel.json"), "utf8"));
const other = (name: string, spec: object): void => {
  mkdirSync(folderOf(name), { recursive: true });
  writeFileSync(join(folderOf(name), "kernel.json"), JSON.stringify(spec));
};

test("install writes a kernel that Jupyter interrupts by message and whose own file alone has Jupyter's placeholder", async () => {
  const { code, stdout } = await notebook("install", "--prefix", prefix);
  expect(code).toBe(0);
  expect(stdout).toContain("%architect plan");
  const spec = specOf("ml-architect-tslab");
  expect(spec).toMatchObject({
    language: "typescript",
    interrupt_mode: "message",
    display_name: "TypeScript (tslab) + %architect",
  });
  expect(spec.argv.filter((word: string) => word.includes("{connection_file}"))).toEqual(["{connection_file}"]);
  const child = spec.argv.slice(spec.argv.indexOf("--"));
  expect(child).toContain("@connection_file@");
  expect(existsSync(spec.argv[0]) && existsSync(spec.argv[1])).toBe(true);
});

test("the kernel underneath deno is the program itself, not npm's wrapper around it", async () => {
  await notebook("install", "--kernel", "deno", "--runtime", "bun", "--prefix", prefix);
  const { argv, metadata } = specOf("ml-architect-deno");
  const deno: string = argv[argv.indexOf("--") + 1];
  expect(readFileSync(deno).subarray(1, 4).toString()).toMatch(/^ELF|^\xfa\xed\xfe/);
  expect(metadata["ml-architect"]).toMatchObject({ kernel: "deno", runtime: "bun" });
});

test("without a place, the person's own Jupyter folder is meant", async () => {
  await notebook("install");
  expect(existsSync(join(prefix, "own", "kernels", "ml-architect-tslab", "kernel.json"))).toBe(true);
  await notebook("uninstall", "--user");
  expect(existsSync(join(prefix, "own", "kernels", "ml-architect-tslab"))).toBe(false);
});

test("any kernel that Jupyter knows can stand underneath, with its own environment and way of interrupting", async () => {
  other("python-mine", {
    argv: ["python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    display_name: "Mine",
    language: "python",
    env: { A: "b" },
  });
  expect((await notebook("install", "--kernel", "python-mine", "--prefix", prefix)).code).toBe(0);
  const spec = specOf("ml-architect-python-mine");
  expect(spec).toMatchObject({ display_name: "Mine + %architect", language: "python", env: { A: "b" } });
  expect(spec.argv.join(" ")).toContain("--dialect generic --interrupt signal");
  expect(spec.argv.slice(-6)).toEqual(["--", "python3", "-m", "ipykernel_launcher", "-f", "@connection_file@"]);
});

test.each([
  [["install", "--kernel", "nope"], 3, "was not found", "tslab and deno"],
  [["install", "--runtime", "nope"], 2, 'no runtime "nope"', "node, bun, deno"],
  [["install", "--user", "--prefix", "x"], 2, "three places", "one of them"],
])("%j is refused with what to do", async (args, exit, message, hint) => {
  const { code, stderr } = await notebook(...args);
  expect(code).toBe(exit);
  expect(stderr).toContain(message);
  expect(stderr).toContain(hint);
});

test("uninstall takes away what install wrote and nothing else", async () => {
  other("theirs", { argv: ["x"], display_name: "Theirs", language: "x" });
  await notebook("install", "--prefix", prefix);
  const { stdout } = await notebook("uninstall", "--prefix", prefix);
  expect(stdout).toContain("removed");
  expect(existsSync(folderOf("ml-architect-tslab"))).toBe(false);
  expect(existsSync(folderOf("theirs"))).toBe(true);
  expect((await notebook("uninstall", "--prefix", prefix)).stdout).toContain("nothing of ours");
});

test("a kernel of somebody else with our name is not written over", async () => {
  other("ml-architect-tslab", { argv: ["x"], display_name: "Theirs", language: "x" });
  const { code, stderr } = await notebook("install", "--prefix", prefix);
  expect(code).toBe(2);
  expect(stderr).toContain("not ours");
});

test("doctor says what is wrong and the command that mends it", async () => {
  const none = await notebook("doctor", "--prefix", prefix);
  expect(none.code).toBe(1);
  expect(none.stdout).toContain("No kernel with %architect is installed. ml-architect notebook install");
  await notebook("install", "--prefix", prefix);
  const well = await notebook("doctor", "--prefix", prefix);
  expect(well.code).toBe(0);
  expect(well.stdout).toContain("tslab is here");
  const spec = specOf("ml-architect-tslab");
  const broken: [object, string][] = [
    [{ ...spec, argv: ["/gone/node", ...spec.argv.slice(1)] }, "/gone/node is gone"],
    [{ ...spec, interrupt_mode: "signal" }, 'interrupt_mode is "signal", expected "message"'],
    [{ ...spec, metadata: { "ml-architect": { version: "0.0.1" } } }, "was written by version 0.0.1"],
  ];
  for (const [changed, text] of broken) {
    other("ml-architect-tslab", changed);
    const { code, stdout } = await notebook("doctor", "--prefix", prefix, "--json");
    expect(code).toBe(1);
    const failed = JSON.parse(stdout).checks.find(({ status }: { status: string }) => status === "fail");
    expect(failed.text).toContain(text);
    expect(failed.hint).toContain("ml-architect notebook install --kernel tslab");
  }
});
