import { parseArgs } from "node:util";
import { AdvisorError } from "../src/index.ts";
import { readConnectionFile } from "./proxy/connection-file.ts";
import { DIALECTS, type Dialect } from "./proxy/dialect.ts";
import type { Magician } from "./proxy/magician.ts";
import { KernelProxy } from "./proxy/proxy.ts";

/** What a kernelspec starts: `kernel.js --dialect NAME [--interrupt HOW] --connection-file FILE -- COMMAND …`. */
async function main(args: string[]): Promise<void> {
  const at = args.indexOf("--");
  const { values } = parseArgs({
    args: at < 0 ? args : args.slice(0, at),
    options: { dialect: { type: "string" }, interrupt: { type: "string" }, "connection-file": { type: "string" } },
  });
  const command = at < 0 ? [] : args.slice(at + 1);
  const dialect = DIALECTS[values.dialect as Dialect["name"]];
  if (!dialect || command.length === 0)
    throw new AdvisorError(
      "invalid-input",
      "This program is started by Jupyter",
      "Make its kernel with: ml-architect notebook install",
    );
  // How a kernel of another make is interrupted, its own kernelspec says.
  const interrupt =
    values.interrupt === "message" || values.interrupt === "signal" ? values.interrupt : dialect.interrupt;
  const connectionFile = values["connection-file"] ?? "";
  const info = readConnectionFile(connectionFile);
  const proxy = new KernelProxy({
    info,
    command,
    dialect: { ...dialect, interrupt },
    magician: whenAsked(connectionFile),
    ended: (code) => process.exit(code),
  });
  // Ctrl-C in the terminal of a Jupyter server reaches every process there; interrupts of a cell come as messages.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => void proxy.terminate());
  await proxy.ready;
}

/** The planner and its facts are loaded beside the kernel's own start, and not before the first cell needs them. */
function whenAsked(connectionFile: string): Magician {
  const loading = Promise.all([
    import("./answer/architect.ts"),
    import("./answer/standing.ts"),
    import("./cells/insert.ts"),
  ]).then(async ([{ architect }, { standingOf }, { Inserter }]) =>
    architect({
      ...(await standingOf(process.cwd())),
      today: () => new Date().toISOString().slice(0, 10),
      inserter: new Inserter(connectionFile, process.env),
    }),
  );
  let loaded: Magician | undefined;
  loading.then(
    (magician) => {
      loaded = magician;
    },
    () => {},
  );
  return {
    answer: async (magic, stage) => (await loading).answer(magic, stage),
    complete: (text, cursor, cell) => loaded?.complete(text, cursor, cell),
    inspect: (text, cursor, cell) => loaded?.inspect(text, cursor, cell),
    after: (code, language) => loaded?.after(code, language),
  };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const told = error instanceof AdvisorError ? `${error.message}\nhint: ${error.hint}` : String(error);
  process.stderr.write(`error: ${told}\n`);
  process.exit(3);
}
