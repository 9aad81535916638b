import { resolve } from "node:path";
import { Command } from "commander";
import type { Runtime, Where } from "../src/adapters/kernels.ts";
import { AdvisorError } from "../src/index.ts";
import { teach } from "./help.ts";
import { answer } from "./output.ts";
import { screenOf } from "./paint.ts";
import { shown } from "./terminal.ts";

interface PlaceOptions {
  user?: boolean;
  prefix?: string;
  sysPrefix?: boolean;
}

interface InstallOptions extends PlaceOptions {
  kernel: string;
  runtime: string;
}

export function notebookCommand(): Command {
  const command = new Command("notebook").description("Set up %architect in TypeScript notebooks: Jupyter, VS Code");
  const placed = (each: Command): Command =>
    each
      .option("--user", "for you alone (the default)")
      .option("--prefix <folder>", "into FOLDER/share/jupyter, such as a virtual environment")
      .option("--sys-prefix", "into the environment of the python3 on your path");
  const install = placed(command.command("install").description("Make a kernel that understands %architect"))
    .option("--kernel <name>", "what runs your code: tslab, deno, or a kernel that Jupyter knows", "tslab")
    .option("--runtime <name>", "what runs ours: node, bun or deno", "node")
    .action((options: InstallOptions) => installIt(options));
  const uninstall = placed(command.command("uninstall").description("Remove the kernels that install made"))
    .option("--kernel <name>", "this one alone")
    .action((options: PlaceOptions & { kernel?: string }) => uninstallIt(options));
  const doctor = placed(command.command("doctor").description("Say what is missing, and what to do about it"))
    .option("--json", "print as one JSON document")
    .action((options: PlaceOptions & { json?: boolean }) => examineIt(options));
  const apply = command
    .command("apply <notebook>")
    .description("Insert the cells that a saved notebook shows")
    .requiredOption("-o, --out <file>", "where to write it; the same name writes over it")
    .action((notebook: string, { out }: { out: string }) => applyIt(notebook, out));
  const more = "docs/notebook.md";
  teach(install, {
    examples: [
      { does: "TypeScript on tslab (npm install tslab)", command: "ml-architect notebook install" },
      {
        does: "TypeScript on Deno, into a virtual environment",
        command: "ml-architect notebook install --kernel deno --prefix .venv",
      },
    ],
    exits: { 1: null },
    more,
  });
  teach(uninstall, {
    examples: [{ does: "All of ours", command: "ml-architect notebook uninstall" }],
    exits: { 1: null },
    more,
  });
  teach(apply, {
    examples: [{ does: "After nbclient or papermill", command: "ml-architect notebook apply in.ipynb -o out.ipynb" }],
    exits: { 1: null },
    more,
  });
  teach(doctor, { examples: [{ does: "Look", command: "ml-architect notebook doctor" }], more });
  command.helpCommand(false);
  return teach(command, {
    examples: [
      { does: "Set up", command: "ml-architect notebook install" },
      { does: "What is wrong?", command: "ml-architect notebook doctor" },
    ],
    more,
  });
}

function placeOf({ user, prefix, sysPrefix }: PlaceOptions): Where | undefined {
  if ([user, prefix, sysPrefix].filter((each) => each !== undefined).length > 1)
    throw new AdvisorError("invalid-input", "--user, --prefix and --sys-prefix are three places", "Name one of them.");
  if (prefix !== undefined) return { prefix: resolve(prefix) };
  return sysPrefix ? { sysPrefix } : user ? { user } : undefined;
}

async function installIt({ kernel, runtime, ...place }: InstallOptions): Promise<void> {
  const { installKernel, RUNTIMES } = await import("../src/adapters/kernels.ts");
  if (!(RUNTIMES as readonly string[]).includes(runtime))
    throw new AdvisorError("invalid-input", `There is no runtime "${runtime}"`, `It is one of ${RUNTIMES.join(", ")}.`);
  const { name, folder, spec } = installKernel(kernel, runtime as Runtime, placeOf(place) ?? { user: true });
  await tell(
    `**Installed "${spec.display_name}" in ${folder}.**\n\nOpen a notebook with this kernel (\`jupyter lab\`, or in VS Code the kernel \`${name}\`) and write:\n\n\`\`\`\n%architect plan fine-tune Llama 3.1 8B on 50k support tickets, $500\n\`\`\`\n`,
  );
}

async function uninstallIt({ kernel, ...place }: PlaceOptions & { kernel?: string }): Promise<void> {
  const { uninstallKernels } = await import("../src/adapters/kernels.ts");
  const gone = uninstallKernels(kernel, placeOf(place) ?? { user: true });
  await tell(
    gone.length === 0
      ? "There was nothing of ours to remove.\n"
      : `${gone.map((folder) => `- removed ${folder}`).join("\n")}\n`,
  );
}

async function applyIt(notebook: string, out: string): Promise<void> {
  // By its place in the package: the command line is bundled, and this is not part of it.
  const file = new URL("dist/notebook/cells/apply.js", import.meta.resolve("ml-architect/package.json"));
  const { applyFile } = (await import(file.href)) as { applyFile(from: string, to: string): Promise<string> };
  await tell(await applyFile(notebook, out));
}

const SIGNS = { pass: "✓", fail: "✗", unknown: "?" } as const;

async function examineIt({ json, ...place }: PlaceOptions & { json?: boolean }): Promise<void> {
  const { examine } = await import("../src/adapters/kernels.ts");
  const checks = examine(placeOf(place));
  if (checks.some(({ status }) => status === "fail")) process.exitCode = 1;
  if (json) return answer(`${JSON.stringify({ checks }, null, 2)}\n`);
  const lines = checks.map(({ status, text, hint }) => `- ${SIGNS[status]} ${text}${hint ? `. ${hint}` : ""}`);
  await tell(`${lines.join("\n")}\n`);
}

const tell = (markdown: string): Promise<void> => answer(shown(markdown, screenOf(process.stdout)));
