import { stat } from "node:fs/promises";
import { Command } from "commander";
import { AdvisorError } from "../src/index.ts";
import { teach } from "./help.ts";
import { answer, answerJson, note } from "./output.ts";
import { type Colors, screenOf } from "./paint.ts";
import { startProgress } from "./progress.ts";
import { withoutControls } from "./width.ts";

type ItemStatus = "pass" | "fail" | "unknown";
interface Item {
  id: string;
  title: string;
  status: ItemStatus;
  evidence: readonly string[];
}

export function verifyCommand(): Command {
  const command = new Command("verify")
    .description(
      "Check a generated project: it installs, its tests pass, a training step runs, nothing secret is in it",
    )
    .argument("<dir>", "the project's folder")
    .option("--json", "print the checklist as one JSON document")
    .action(verify);
  return teach(command, {
    examples: [
      { does: "Check a project", command: "ml-architect verify tickets" },
      { does: "For a script", command: "ml-architect verify tickets --json" },
    ],
    exits: { 0: "no item failed; an item may be unknown", 1: "an item failed" },
    more: "README.md; each line says what was tried, and `unknown` what was missing to try it.",
  });
}

async function verify(dir: string, options: { json?: boolean }): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (!found?.isDirectory())
    throw new AdvisorError(
      "invalid-input",
      `Cannot check "${dir}": there is no such folder`,
      "Give the folder that `ml-architect new` wrote.",
    );
  const { verifyProject } = await import("../src/adapters/python.ts");
  const progress = startProgress(process.stderr, screenOf(process.stderr).colors);
  let at = "";
  const report = await verifyProject(dir, {
    onProgress({ step, text }) {
      if (step === "warning") note(text);
      else if (step === at) progress.detail(text);
      else progress.step(text);
      at = step;
    },
  }).finally(() => progress.done());
  if (report.items.some(({ status }) => status === "fail")) process.exitCode = 1;
  if (options.json) await answerJson(report);
  else await answer(checklist(report.items, screenOf(process.stdout).colors));
}

/** One line an item: mark, word, title and evidence. A failed item shows what failed, a passed one all that held. */
function checklist(items: readonly Item[], colors: Colors): string {
  const mark: Record<ItemStatus, string> = {
    pass: colors.green("✓ pass   "),
    fail: colors.red("✗ fail   "),
    unknown: colors.dim("? unknown"),
  };
  const oneLine = (text: string) => withoutControls(text).replace(/\s+/g, " ").trim();
  const lines = items.map(({ title, status, evidence }) => {
    const found = oneLine((status === "pass" ? evidence : evidence.slice(0, 1)).join("; "));
    return `${mark[status]} ${oneLine(title)}${found === "" ? "" : colors.dim(`: ${found}`)}`;
  });
  const count = (status: ItemStatus) => items.filter((item) => item.status === status).length;
  return `${lines.join("\n")}\n\n${count("pass")} passed, ${count("fail")} failed, ${count("unknown")} unknown\n`;
}
