import { App, type Receiver } from "@slack/bolt";
import type { Logger } from "@slack/logger";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import { AdvisorError, type Catalog } from "../../src/index.ts";
import { EFFECTS } from "../actions.ts";
import { openDatabase, type Place } from "../store/database.ts";
import { migrate } from "../store/migrations.ts";
import { settingsOf } from "../store/settings.ts";
import { buttonValues } from "../values.ts";
import { fileCountOf } from "../work/project.ts";
import { openQueue, type Queue } from "../work/queue.ts";
import { type Outside, work } from "../work/worker.ts";
import { admission, type Policy } from "./admission.ts";
import { answersOf } from "./answers.ts";
import { channelsOf } from "./channels.ts";
import { intake } from "./intake.ts";
import { listen } from "./listeners.ts";
import { notesOf } from "./notes.ts";
import { outsideOf } from "./outside.ts";
import { socketsReceiver } from "./receivers.ts";

export interface BotSetting {
  botToken: string;
  transport: { type: "socket"; appToken: string; connections: number; pingMs?: number };
  place: Place;
  /** The current secret first. */
  secrets: readonly [string, ...string[]];
  policy: Policy;
  admins: readonly string[];
  repositories: readonly string[];
  hosts: readonly string[];
  prompts: readonly { title: string; message: string }[];
  catalog: Catalog;
  /** What performs the effects of buttons. */
  effects: (client: WebClient) => Outside;
  logger: Logger;
  failed(error: unknown): void;
  now(): Date;
  /** Another Slack than slack.com: the local one. */
  slackApiUrl?: string;
}

export interface Bot {
  stop(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const CONCURRENCY = 4;
const POLL_SECONDS = 1;
const LEASE_SECONDS = 60;

/** The outbox repeats what failed, and knows what must not be: the client repeats nothing. */
const clientOptions = ({ slackApiUrl, logger }: BotSetting): WebClientOptions => ({
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  timeout: TIMEOUT_MS,
  logger,
  ...(slackApiUrl === undefined ? {} : { slackApiUrl }),
});

/** Starts the bot: store, queue, listeners. It takes no delivery before everything behind is ready. */
export async function startBot(setting: BotSetting): Promise<Bot> {
  const { catalog, now, failed, hosts, logger } = setting;
  const client = new WebClient(setting.botToken, clientOptions(setting));
  const us = await client.auth.test().catch((cause: unknown) => {
    throw new AdvisorError(
      "outside-failed",
      `Slack does not take SLACK_BOT_TOKEN: ${cause instanceof Error ? cause.message : "no answer"}`,
      "Copy the Bot User OAuth Token again: api.slack.com/apps → your app → OAuth & Permissions; and see that this machine reaches slack.com.",
      cause,
    );
  });
  const [bot, team] = [us.user_id!, us.team_id!];
  const db = await openDatabase(setting.place);
  await migrate(db);
  const values = buttonValues(setting.secrets);
  const channels = channelsOf(client, bot);
  const notes = notesOf(failed);
  const repositoriesOf = async (channel: string): Promise<readonly string[]> => {
    const own = (await settingsOf(db, team, channel)).repositories;
    return own.length === 0 ? setting.repositories : setting.repositories.filter((each) => own.includes(each));
  };
  const outside = outsideOf({
    client,
    channels,
    notes,
    connect: setting.policy.connect,
    effects: setting.effects(client),
  });
  const queue: Queue = await openQueue({
    db,
    failed,
    concurrency: CONCURRENCY,
    pollSeconds: POLL_SECONDS,
    work: (run) =>
      work(run, {
        db,
        catalog,
        outside,
        sign: values.sign,
        fileCountOf,
        now,
        leaseSeconds: LEASE_SECONDS,
        async policyOf({ channel }) {
          const repositories = await repositoriesOf(channel);
          const effects = EFFECTS.filter((effect) => effect !== "pull-request" || repositories.length > 0);
          return { effects, hosts, repository: repositories.length === 1 ? repositories[0]! : "" };
        },
      }),
  });
  const take = intake({ db, values, bot, admission: admission(db, setting.policy), repositoriesOf, now });
  const receiver = socketsReceiver({
    ...setting.transport,
    clientOptions: clientOptions(setting),
    logger,
    intake: take,
  });
  const app = new App({
    receiver: receiver as Receiver,
    clientOptions: clientOptions(setting),
    logger,
    authorize: async () => ({ botToken: setting.botToken, botId: us.bot_id!, botUserId: bot, teamId: team }),
  });
  app.error(async (error) => failed(error));
  listen(
    app,
    answersOf({
      db,
      client,
      values,
      notes,
      catalog,
      admins: setting.admins,
      prompts: setting.prompts,
      hosts,
      repositoriesOf,
      fileCountOf,
      wake: (run) => queue.wake(run),
      failed,
      now,
    }),
  );
  await app.start();
  return {
    async stop() {
      await receiver.close();
      await queue.stop(25_000);
      await db.close();
    },
  };
}
