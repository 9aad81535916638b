import type { AllMiddlewareArgs, App, Context } from "@slack/bolt";
import type { Answers } from "./answers.ts";
import type { Passed } from "./passing.ts";

/** What we listen to: `manifest.yml` subscribes to these and no more (test/slack/app/drift.test.ts). */
export const LISTENED = {
  events: ["agent_session_stopped", "app_home_opened", "app_mention", "app_uninstalled", "message", "tokens_revoked"],
  commands: ["/ml-architect"],
  shortcuts: ["design_from_message"],
} as const;

type Args = AllMiddlewareArgs & { context: Context };
const passed = ({ context }: { context: Context }): Passed => context as unknown as Passed;

/** Acknowledges, and has the person answered: what was said is in the inbox already. */
export function listen(app: App, answers: Answers): void {
  for (const name of LISTENED.events)
    app.event(name, async (args) => {
      await answers.event(passed(args as Args));
    });
  for (const name of LISTENED.commands)
    app.command(name, async ({ ack, context }) => {
      const { body, after } = await answers.command(passed({ context }));
      await ack(body);
      await after?.();
    });
  for (const name of LISTENED.shortcuts)
    app.shortcut(name, async ({ ack, context }) => {
      await ack();
      await answers.rest(passed({ context }));
    });
  // One for each kind that nobody listens to by name: what nobody acknowledges stalls three seconds and then fails.
  app.action(/.*/s, async ({ ack, context }) => {
    await ack();
    await answers.rest(passed({ context }));
  });
  app.view({ type: "view_submission", callback_id: /.*/s }, async ({ ack, context }) => {
    await ack(answers.submission(passed({ context })));
    await answers.rest(passed({ context }));
  });
  app.view({ type: "view_closed", callback_id: /.*/s }, async ({ ack }) => ack());
  app.shortcut(/.*/s, async ({ ack, shortcut }) => {
    if (!LISTENED.shortcuts.some((name) => name === shortcut.callback_id)) await ack();
  });
  app.command(/.*/s, async ({ ack, command }) => {
    if (!LISTENED.commands.some((name) => name === command.command)) await ack("I do not know this command.");
  });
  app.options(/.*/s, async ({ ack }) => ack({ options: [] }));
}
