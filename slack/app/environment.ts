import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { AdvisorError } from "../../src/index.ts";
import type { Place } from "../store/database.ts";
import type { Policy } from "./admission.ts";
import type { Transport } from "./bot.ts";
import type { Level } from "./log.ts";

/** Everything that is set from outside. */
export interface Environment {
  botToken: string;
  transport: Transport;
  place: Place;
  /** Absent: one is made, and kept beside the data. */
  secret: string | undefined;
  earlierSecrets: readonly string[];
  policy: Policy;
  admins: readonly string[];
  hosts: readonly string[];
  retentionDays: number;
  health: { host: string; port: number };
  logLevel: Level;
  slackApiUrl: string | undefined;
}

/** A variable as `docs/slack.md` lists it: what it looks like, and where it comes from. */
interface Variable<T> {
  schema: z.ZodType<T>;
  looks: string;
  from: string;
}

const variable = <T>(schema: z.ZodType<T>, looks: string, from: string): Variable<T> => ({ schema, looks, from });
const list = z
  .string()
  .default("")
  .transform((text) => text.split(/[\s,]+/).filter((each) => each !== ""));
const ids = (letters: string, looks: string, from: string) =>
  variable(
    list.refine((all) => all.every((id) => new RegExp(`^[${letters}][A-Z0-9]{2,20}$`).test(id))),
    looks,
    from,
  );
const whole = (least: number, most: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((n) => n >= least && n <= most)
    .or(z.undefined().transform(() => otherwise));
const IDS = "Slack: its name → View details → the id at the bottom";
const OURS = "yours to choose";
const APP = "api.slack.com/apps → your app";

/** Every variable there is; `docs/slack.md` is checked against this table. */
export const VARIABLES = {
  SLACK_BOT_TOKEN: variable(
    z.string().regex(/^xoxb-[A-Za-z0-9-]{10,}$/),
    "xoxb-…",
    `${APP} → OAuth & Permissions → Bot User OAuth Token`,
  ),
  SLACK_APP_TOKEN: variable(
    z
      .string()
      .regex(/^xapp-[A-Za-z0-9-]{10,}$/)
      .optional(),
    "xapp-…",
    `${APP} → Basic Information → App-Level Tokens → Generate, with the scope connections:write`,
  ),
  SLACK_SIGNING_SECRET: variable(
    z
      .string()
      .regex(/^[A-Za-z0-9]{16,128}$/)
      .optional(),
    "32 hexadecimal digits",
    `${APP} → Basic Information → Signing Secret`,
  ),
  ML_ARCHITECT_TRANSPORT: variable(z.enum(["socket", "http"]).default("socket"), "socket or http", OURS),
  ML_ARCHITECT_HOST: variable(z.string().min(1).default("0.0.0.0"), "an address to listen on, in HTTP mode", OURS),
  ML_ARCHITECT_PORT: variable(whole(1, 65_535, 3000), "a port, in HTTP mode", OURS),
  ML_ARCHITECT_HEALTH_HOST: variable(z.string().min(1).default("127.0.0.1"), "an address that only you reach", OURS),
  ML_ARCHITECT_HEALTH_PORT: variable(whole(0, 65_535, 9464), "a port, or 0 for any that is free", OURS),
  DATABASE_URL: variable(
    z
      .string()
      .regex(/^postgres(?:ql)?:\/\/\S+$/)
      .optional(),
    "postgres://user:password@host/database",
    "your PostgreSQL; left out, the data is in a folder",
  ),
  ML_ARCHITECT_DATA: variable(z.string().min(1).optional(), "a folder that is only the bot's", OURS),
  ML_ARCHITECT_SECRET: variable(
    z.string().min(32).optional(),
    "32 characters or more",
    "`openssl rand -base64 48`, the same for all replicas",
  ),
  ML_ARCHITECT_EARLIER_SECRETS: variable(
    list.refine((all) => all.every((secret) => secret.length >= 32)),
    "secrets that were used before, separated by commas",
    "what ML_ARCHITECT_SECRET was",
  ),
  ML_ARCHITECT_ADMINS: ids("UW", "user ids: U0123ABCD,…", IDS),
  ML_ARCHITECT_CHANNELS: ids("CG", "channel ids: C0123ABCD,…", IDS),
  ML_ARCHITECT_USERS: ids("UW", "user ids: U0123ABCD,…", IDS),
  ML_ARCHITECT_TEAMS: ids("TE", "workspace ids: T0123ABCD,…", "Slack in a browser: app.slack.com/client/T…"),
  ML_ARCHITECT_SLACK_CONNECT: variable(z.enum(["refuse", "allow"]).default("refuse"), "refuse or allow", OURS),
  ML_ARCHITECT_BURST: variable(whole(1, 1000, 10), "requests of a person at once, 1 to 1000", OURS),
  ML_ARCHITECT_PER_HOUR: variable(whole(1, 10_000, 60), "requests of a person an hour, 1 to 10000", OURS),
  ML_ARCHITECT_RETENTION_DAYS: variable(whole(1, 3650, 90), "days, 1 to 3650", OURS),
  ML_ARCHITECT_LINK_HOSTS: variable(
    list.refine((all) => all.every((host) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host))),
    "hosts that answers may link to, beside those of the documents they cite",
    OURS,
  ),
  ML_ARCHITECT_LOG_LEVEL: variable(
    z.enum(["debug", "info", "warn", "error"]).default("info"),
    "debug, info, warn or error",
    OURS,
  ),
  SLACK_API_URL: variable(
    z
      .string()
      .regex(/^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)[:/]).*\/api\/$/)
      .optional(),
    "https://…/api/, or the local Slack's",
    "left out: slack.com",
  ),
} as const;

type Name = keyof typeof VARIABLES;
type Values = { [Each in Name]: (typeof VARIABLES)[Each] extends Variable<infer T> ? T : never };
type Given = Readonly<Record<string, string | undefined>>;

/** Reads the environment; says all that is wrong with it at once, each with what it should be and where to get it. */
export function readEnvironment(given: Given): Environment {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  const fault = (name: Name, what: string): void => {
    const { looks, from } = VARIABLES[name];
    faults.push(`${name} ${what}: expected ${looks} (${from})`);
  };
  for (const name of Object.keys(VARIABLES) as Name[]) {
    // An empty variable is how many places write one that is not set.
    const value = given[name]?.trim() || undefined;
    const read = VARIABLES[name].schema.safeParse(value);
    if (read.success) values[name] = read.data;
    // The value is left out: it may be a secret in the wrong place.
    else fault(name, value === undefined ? "is missing" : "is wrong");
  }
  const v = values as Values;
  const needed = v.ML_ARCHITECT_TRANSPORT === "http" ? "SLACK_SIGNING_SECRET" : "SLACK_APP_TOKEN";
  if (v[needed] === undefined && !given[needed]?.trim()) fault(needed, "is missing");
  if (v.DATABASE_URL !== undefined && v.ML_ARCHITECT_SECRET === undefined && !given.ML_ARCHITECT_SECRET?.trim())
    fault("ML_ARCHITECT_SECRET", "is missing, and replicas must share it");
  if (given.NODE_ENV === "production" && (v.ML_ARCHITECT_LOG_LEVEL === "debug" || given.DEBUG))
    faults.push("DEBUG and ML_ARCHITECT_LOG_LEVEL=debug are refused in production: they log what people say");
  if (faults.length > 0) throw missing(faults);
  return {
    botToken: v.SLACK_BOT_TOKEN,
    transport:
      v.ML_ARCHITECT_TRANSPORT === "http"
        ? { type: "http", signingSecret: v.SLACK_SIGNING_SECRET!, host: v.ML_ARCHITECT_HOST, port: v.ML_ARCHITECT_PORT }
        : { type: "socket", appToken: v.SLACK_APP_TOKEN!, connections: CONNECTIONS },
    place: v.DATABASE_URL === undefined ? { folder: v.ML_ARCHITECT_DATA ?? ownFolder(given) } : { url: v.DATABASE_URL },
    secret: v.ML_ARCHITECT_SECRET,
    earlierSecrets: v.ML_ARCHITECT_EARLIER_SECRETS,
    policy: {
      teams: some(v.ML_ARCHITECT_TEAMS),
      channels: some(v.ML_ARCHITECT_CHANNELS),
      users: some(v.ML_ARCHITECT_USERS),
      connect: v.ML_ARCHITECT_SLACK_CONNECT === "allow",
      burst: v.ML_ARCHITECT_BURST,
      perHour: v.ML_ARCHITECT_PER_HOUR,
    },
    admins: v.ML_ARCHITECT_ADMINS,
    hosts: v.ML_ARCHITECT_LINK_HOSTS,
    retentionDays: v.ML_ARCHITECT_RETENTION_DAYS,
    health: { host: v.ML_ARCHITECT_HEALTH_HOST, port: v.ML_ARCHITECT_HEALTH_PORT },
    logLevel: v.ML_ARCHITECT_LOG_LEVEL,
    slackApiUrl: v.SLACK_API_URL,
  };
}

/** One is open while Slack renews the other. */
const CONNECTIONS = 2;

/** An empty list is none: it allows everybody, as a variable that is not set. */
const some = (all: readonly string[]): readonly string[] | undefined => (all.length > 0 ? all : undefined);

const ownFolder = (given: Given): string =>
  join(given.XDG_DATA_HOME || join(homedir(), ".local", "share"), "ml-architect", "slack");

function missing(faults: readonly string[]): AdvisorError {
  return new AdvisorError(
    "invalid-input",
    `The Slack bot cannot start. ${faults.join(". ")}`,
    "docs/slack.md sets a workspace up in five minutes. Without Slack: `npm run slack:playground`.",
  );
}
