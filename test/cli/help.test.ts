import { describe, expect, test } from "vitest";
import { run } from "./run.ts";

/** Every flag of the public contract that works in this version. */
const FLAGS: Record<string, string[]> = {
  plan: ["--set", "--brief", "--project", "--team", "--pictures", "--out", "--json"],
  read: ["--json"],
  estimate: ["--json"],
  new: ["--plan", "--force", "--no-input"],
  verify: ["--json"],
  calibrate: ["--plan", "--measured", "--json"],
  consult: ["--plan", "--brief", "--project", "--team", "--no-team"],
  why: ["--plan", "--json"],
  "what-if": ["--plan", "--json"],
  compare: ["--plan", "--json"],
  catalog: ["--json"],
  slack: [],
  notebook: [],
};

describe.concurrent("help", () => {
  test.each(Object.entries(FLAGS))(
    "of %s lists its flags, examples, exit codes and where to read on",
    async (command, flags) => {
      const { code, stdout, stderr } = await run([command, "--help"]);
      expect(code).toBe(0);
      expect(stderr).toBe("");
      for (const flag of flags) expect(stdout).toContain(flag);
      for (const part of ["Examples:", "Exit codes:", "Learn more:", "$ "]) expect(stdout).toContain(part);
    },
  );

  test("names the commands that work and none that do not", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of Object.keys(FLAGS)) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    expect(stdout).not.toMatch(/^ {2}refresh\b/m);
  });

  test("`help plan` is the help of plan; `--version` is a number", async () => {
    expect((await run(["help", "plan"])).stdout).toContain("Usage: ml-architect plan");
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
