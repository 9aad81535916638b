import { LocalSlack, type LocalSlackOptions } from "../local/local-slack.ts";
import type { Person } from "../local/person.ts";
import type { Manifest } from "../manifest.ts";
import { PageServer } from "./page-server.ts";

export interface Playground {
  readonly slack: LocalSlack;
  readonly people: readonly Person[];
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Here one machine does Slack's work, the app's and the page's, and may be busy besides: what Slack gives three seconds
 * has longer, so that no click is lost.
 */
const PATIENT: LocalSlackOptions["settings"] = { acknowledgeMs: 30_000, triggerMs: 60_000 };

/** A workspace to try the app in: three people, a channel of each kind that the app treats in its own way. */
export async function startPlayground(
  manifest: Manifest,
  { port = 0, settings }: { port?: number; settings?: LocalSlackOptions["settings"] } = {},
): Promise<Playground> {
  const slack = await LocalSlack.start({ manifest, settings: { ...PATIENT, ...settings } });
  const [ada, grace, alan] = ["ada", "grace", "alan"].map((name) => slack.person(name)) as [Person, Person, Person];
  slack.channel("ml-platform", [ada, grace, alan]);
  slack.channel("support-bots", [ada, grace]);
  slack.channel("secret-model", [ada, grace], { kind: "private" });
  slack.channel("random", [ada, grace, alan], { withoutApp: true });
  slack.channel("with-a-customer", [ada, grace], { isExternal: true });
  const people = [ada, grace, alan];
  for (const person of people) slack.world.directMessage(person.user);
  const page = await PageServer.start(slack, manifest, people, port);
  return {
    slack,
    people,
    url: page.url,
    close: async () => {
      await page.close();
      await slack.close();
    },
  };
}
