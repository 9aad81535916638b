import { App } from "@slack/bolt";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import type { Catalog } from "../../src/index.ts";
import { EFFECTS } from "../actions.ts";
import type { Where } from "../incoming.ts";
import type { Draw } from "../pictures/drawing-thread.ts";
import { sharing } from "../pictures/share.ts";
import { type Database, openDatabase, type Place } from "../store/database.ts";
import { expire } from "../store/deletion.ts";
import { releaseAll } from "../store/lease.ts";
import { migrate } from "../store/migrations.ts";
import { settingsOf } from "../store/settings.ts";
import { buttonValues } from "../values.ts";
import { type Policy as ChannelPolicy, type Think, thinkHere } from "../work/answer.ts";
import { type Planner, plannerHere } from "../work/planner.ts";
import { fileCountOf } from "../work/project.ts";
import { openQueue } from "../work/queue.ts";
import { Waking } from "../work/waking.ts";
import { type Outside, work } from "../work/worker.ts";
import { admission, type Policy } from "./admission.ts";
import { answersOf } from "./answers.ts";
import { channelsOf } from "./channels.ts";
import { type Health, openHealth } from "./health.ts";
import { httpWay } from "./http.ts";
import { intake } from "./intake.ts";
import { listen } from "./listeners.ts";
import { liveOfBot } from "./live.ts";
import type { Log } from "./log.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { notesOf } from "./notes.ts";
import { outsideOf } from "./outside.ts";
import { Passing } from "./passing.ts";
import { presenceOf } from "./presence.ts";
import { socketsWay } from "./sockets.ts";
import { begin, PATIENCE_SECONDS, type Starting } from "./starting.ts";
import type { Way } from "./way.ts";

/** What those who perform effects are given. */
interface EffectParts {
  client: WebClient;
  db: Database;
  catalog: Catalog;
  planner: Planner;
  now(): Date;
  failed(error: unknown): void;
}

export type Transport =
  | { type: "socket"; appToken: string; connections: number }
  /** `acknowledgeMs`: how long Slack waits; left out, its three seconds. */
  | { type: "http"; signingSecret: string; host: string; port: number; acknowledgeMs?: number };

export interface BotSetting {
  botToken: string;
  transport: Transport;
  place: Place;
  /** The current secret first; earlier ones still open the buttons that they signed. */
  secrets: readonly [string, ...string[]];
  policy: Policy;
  /** People who may change a channel's settings. */
  admins: readonly string[];
  /** Repositories that a channel may use, out of those that it chose for itself; none chosen is all. */
  repositoriesIn(channel: string, chosen: readonly string[]): readonly string[];
  /** Hosts that links may lead to. */
  hosts: readonly string[];
  prompts: readonly { title: string; message: string }[];
  catalog: Catalog;
  /** Performs the effects of buttons. */
  effects(parts: EffectParts): Outside;
  /** Draws the charts of plans for their threads; left out, there are none. */
  draw?: Draw;
  /** Works answers out elsewhere; left out, in this thread. */
  think?: Think;
  /** Works out elsewhere what is shown beside answers; left out, in this thread. */
  planner?: Planner;
  /** Threads worked on at once. */
  concurrency: number;
  retentionDays: number;
  /** Where health, readiness and metrics are told; left out, nowhere. */
  health?: { host: string; port: number };
  log: Log;
  now(): Date;
  /** How long a start waits for a Slack that is away; left out, a minute. */
  patienceSeconds?: number;
  /** Another Slack than slack.com: the local one. */
  slackApiUrl?: string;
}

export interface Bot {
  /** Our own user. */
  user: string;
  /** Where Slack posts to, in HTTP mode. */
  port?: number;
  healthPort?: number;
  /** Takes nothing more, finishes what it can within the time, says what is left to whoever waits, and lets go. */
  stop(drainMs?: number): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const SHOWN_TIMEOUT_MS = 5_000;
const POLL_SECONDS = 1;
const LEASE_SECONDS = 60;
const SWEEP_MS = 60_000;
const EXPIRE_MS = 3_600_000;
const DRAIN_MS = 25_000;

/** The outbox repeats what failed and knows what must not be: its client repeats nothing. */
const NEVER = { retries: 0 };
/** What may happen twice, or shows somebody nothing otherwise, is tried again while they wait. */
const SOON = { retries: 3, minTimeout: 100, maxTimeout: 500 };

const clientOptions = (
  { slackApiUrl, log }: Pick<BotSetting, "slackApiUrl" | "log">,
  timeout: number,
  retryConfig: WebClientOptions["retryConfig"],
): WebClientOptions => ({
  // Always given: where it is not, the libraries repeat a call a hundred times.
  retryConfig,
  rejectRateLimitedCalls: true,
  timeout,
  logger: log.logger,
  ...(slackApiUrl === undefined ? {} : { slackApiUrl }),
});

/** Starts the bot: store, queue, listeners, in this order, so that everything behind a delivery is there when it comes. */
export async function startBot(setting: BotSetting): Promise<Bot> {
  const { catalog, now, hosts, log } = setting;
  const client = new WebClient(setting.botToken, clientOptions(setting, TIMEOUT_MS, NEVER));
  // For what is shown at once.
  const quick = new WebClient(setting.botToken, clientOptions(setting, SHOWN_TIMEOUT_MS, SOON));
  const starting: Starting = {
    patienceSeconds: setting.patienceSeconds ?? PATIENCE_SECONDS,
    failed: (error) => log.failed(error, "start"),
  };
  const us = await begin("SLACK_BOT_TOKEN", () => whoWeAre(quick), starting);
  const db = await openDatabase(setting.place);
  const closing: (() => Promise<unknown>)[] = [() => db.close()];
  try {
    return await behind();
  } catch (error) {
    for (const close of closing.reverse()) await close().catch(() => {});
    throw error;
  }

  async function behind(): Promise<Bot> {
    await migrate(db);
    // A folder has one process: whoever held a thread is dead.
    if ("folder" in setting.place) await releaseAll(db);
    const metrics = metricsOf(db);
    const failed = (error: unknown): void => {
      metrics.failed();
      log.failed(error);
    };
    const values = buttonValues(setting.secrets);
    const channels = channelsOf(client, us.user);
    const notes = notesOf(failed);
    const repositoriesOf = async (channel: string): Promise<readonly string[]> =>
      setting.repositoriesIn(channel, (await settingsOf(db, us.team, channel)).repositories);
    const planner = setting.planner ?? plannerHere(catalog);
    const effects = setting.effects({ client, db, catalog, planner, now, failed });
    const pictures = setting.draw && sharing({ db, client, planner, draw: setting.draw });
    const { connect } = setting.policy;
    const outside = outsideOf({ client, channels, notes, connect, effects, pictures, files: setting });
    const presence = presenceOf(quick);
    const live = liveOfBot({ db, client: quick, catalog, presence, failed, now });
    const think = setting.think ?? thinkHere({ catalog, sign: values.sign, fileCountOf });
    const policyOf = async ({ channel }: Where): Promise<ChannelPolicy> => {
      const repositories = await repositoriesOf(channel);
      return {
        effects: EFFECTS.filter((effect) => effect !== "pull-request" || repositories.length > 0),
        hosts,
        repository: repositories.length === 1 ? repositories[0]! : "",
        repositories,
      };
    };
    const queue = await openQueue({
      db,
      failed,
      concurrency: setting.concurrency,
      pollSeconds: POLL_SECONDS,
      work: (run) =>
        work(run, {
          db,
          catalog,
          sign: values.sign,
          fileCountOf,
          outside: measured(outside, metrics, failed),
          think: timed(think, metrics),
          live,
          policyOf,
          now,
          leaseSeconds: LEASE_SECONDS,
        }),
    });
    closing.push(() => queue.stop(0));
    const waking = new Waking(queue, failed);
    const first = db.first ?? db;
    const take = intake({
      db: first,
      values,
      bot: us.user,
      admission: admission(first, setting.policy),
      repositoriesOf,
      now,
    });
    const passing = new Passing(take, metrics.acknowledged);
    const way = wayOf(setting, passing, failed, starting);
    closing.push(async () => way.stop());
    const app = new App({
      receiver: way,
      // Ours is the store; theirs would look something up in memory for every delivery.
      convoStore: false,
      clientOptions: clientOptions(setting, TIMEOUT_MS, NEVER),
      logger: log.logger,
      authorize: async () => ({
        botToken: setting.botToken,
        botId: us.bot,
        botUserId: us.user,
        teamId: us.team,
      }),
    });
    app.error(async (error) => failed(error));
    listen(
      app,
      answersOf({
        db: first,
        client: quick,
        values,
        notes,
        planner,
        admins: setting.admins,
        prompts: setting.prompts,
        hosts,
        repositoriesOf,
        wake: (run) => waking.wake(run),
        failed,
        now,
      }),
    );
    let isStopping = false;
    const health: Health | undefined =
      setting.health &&
      (await openHealth({
        ...setting.health,
        metrics,
        async unready() {
          if (isStopping) return "shutting down";
          if (!way.isOpen()) return "not connected to Slack";
          await db.query("select 1");
          return undefined;
        },
      }));
    if (health) closing.push(() => health.close());
    await app.start();
    // What another replica kept and then died of, and what was kept while the queue was away.
    const sweep = setInterval(() => void queue.sweep().catch(failed), SWEEP_MS);
    const tidy = (): void => void expire(db, setting.retentionDays, now()).catch(failed);
    const retention = setInterval(tidy, EXPIRE_MS);
    tidy();
    log.info("started", {
      team: us.team,
      user: us.user,
      transport: setting.transport.type,
      ...(health ? { healthPort: health.port } : {}),
    });
    return {
      user: us.user,
      port: way.port?.(),
      ...(health ? { healthPort: health.port } : {}),
      async stop(drainMs = DRAIN_MS) {
        isStopping = true;
        log.info("stopping");
        clearInterval(sweep);
        clearInterval(retention);
        await passing.close();
        await way.stop();
        await waking.settled();
        await queue.stop(drainMs);
        await live.pause();
        await presence.settled();
        await health?.close();
        await db.close();
        log.info("stopped");
      },
    };
  }
}

function wayOf(setting: BotSetting, passing: Passing, failed: (error: unknown) => void, starting: Starting): Way {
  const { transport, log, now } = setting;
  const parts = { logger: log.logger, passing, failed };
  return transport.type === "http"
    ? httpWay({ ...transport, ...parts, nowMs: () => now().getTime() })
    : socketsWay({ ...transport, ...parts, starting, clientOptions: clientOptions(setting, TIMEOUT_MS, SOON) });
}

interface Us {
  team: string;
  user: string;
  bot: string;
}

async function whoWeAre(client: WebClient): Promise<Us> {
  const { team_id, user_id, bot_id } = await client.auth.test();
  return { team: team_id!, user: user_id!, bot: bot_id! };
}

/** Counts what is sent, and logs what nobody knows the end of. */
const measured = (outside: Outside, metrics: Metrics, failed: (error: unknown) => void): Outside => ({
  find: outside.find,
  async send(where, outgoing, key) {
    try {
      const sent = await outside.send(where, outgoing, key);
      metrics.sent(outgoing.type, sent.type);
      return sent;
    } catch (error) {
      metrics.sent(outgoing.type, "unknown");
      failed(error);
      throw error;
    }
  },
});

const timed =
  (think: Think, metrics: Metrics): Think =>
  async (asked) => {
    const from = performance.now();
    try {
      return await think(asked);
    } finally {
      metrics.answered(asked.incoming.type, (performance.now() - from) / 1000);
    }
  };
