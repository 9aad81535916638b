import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { AdvisorError } from "../../src/index.ts";
import { parseManifest } from "../manifest.ts";
import { startPlaygroundBot } from "./bot.ts";
import { startPlayground } from "./playground.ts";

/** Where the page is looked for first; a free port where another program has it. */
const PORT = 4780;

const HELP = `Usage: npm run slack:playground -- [--port N]

Starts the bot against a Slack on this machine and prints the address of a page that shows it. Nothing leaves the
machine: no token of a real workspace is read, and what is said is forgotten at the end. Ctrl+C ends it.`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) return console.log(HELP);
  const port = Number(values.port ?? PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new AdvisorError("invalid-input", `--port takes 0 to 65535, not "${values.port}"`, "Leave it out for any.");
  // dist/slack/playground/ in a build.
  const manifest = parseManifest(readFileSync(new URL("../../../manifest.yml", import.meta.url), "utf8"));
  const playground = await startPlayground(manifest, { port });
  const bot = await startPlaygroundBot(playground, manifest);
  console.log(`The playground: ${playground.url}\nIts GitHub: git clone ${bot.cloneUrl}`);
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    await bot.stop();
    await playground.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());
}

try {
  await main();
} catch (error) {
  const found = error instanceof AdvisorError ? error : undefined;
  console.error(`error: ${found?.message ?? error}${found ? `\nhint: ${found.hint}` : ""}`);
  process.exit(found?.code === "invalid-input" ? 2 : 3);
}
