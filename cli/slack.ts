import { Command } from "commander";
import { teach } from "./help.ts";

/** Starts the other front end; nothing of it is loaded before. */
export function slackCommand(): Command {
  const command = new Command("slack")
    .description("Run the Slack bot, as the environment says, until it is told to stop")
    .action(async () => {
      const file = new URL(`../slack/app/main${import.meta.url.slice(-3)}`, import.meta.url);
      const { main } = (await import(file.href)) as { main(env: NodeJS.ProcessEnv): Promise<void> };
      await main(process.env);
      // What the libraries left open does not keep a bot that has stopped.
      process.exit(0);
    });
  return teach(command, {
    examples: [
      {
        does: "Socket Mode, data in a folder",
        command: "SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… ml-architect slack",
      },
      { does: "Without Slack, to try it", command: "npm run slack:playground" },
    ],
    exits: { 1: null },
    more: "docs/slack.md: tokens, every variable, scopes, what is kept.",
  });
}
