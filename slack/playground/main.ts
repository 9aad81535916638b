import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AdvisorError, catalog } from "../../src/index.ts";
import { startBot } from "../app/bot.ts";
import { parseManifest } from "../manifest.ts";
import { startPlayground } from "./playground.ts";
import { quietLogger } from "./quiet-logger.ts";

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
  const folder = mkdtempSync(join(tmpdir(), "ml-architect-playground-"));
  const { slack } = playground;
  const bot = await startBot({
    botToken: slack.tokens.bot,
    transport: { type: "socket", appToken: slack.tokens.app, connections: 2 },
    place: { folder: join(folder, "data") },
    secrets: [randomBytes(32).toString("hex")],
    policy: { connect: false, burst: 100, perHour: 1000 },
    admins: [playground.people[0]!.user.id],
    repositories: [],
    hosts: ["huggingface.co", "github.com"],
    prompts: manifest.features.agent_view.suggested_prompts,
    catalog,
    effects: () => ({
      send: async () => ({ type: "refused", why: "not in the playground" }),
      find: async () => ({ type: "absent" }),
    }),
    logger: quietLogger,
    failed: (error) => console.error(error),
    now: () => new Date(),
    slackApiUrl: slack.apiUrl,
  });
  console.log(`The playground: ${playground.url}`);
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    await bot.stop();
    await playground.close();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
}

try {
  await main();
} catch (error) {
  const found = error instanceof AdvisorError ? error : undefined;
  console.error(`error: ${found?.message ?? error}${found ? `\nhint: ${found.hint}` : ""}`);
  process.exitCode = found?.code === "invalid-input" ? 2 : 3;
}
