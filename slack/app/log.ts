import type { Logger, LogLevel } from "@slack/bolt";
import { AdvisorError, redactSecrets } from "../../src/index.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];
type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line of JSON an event. What people say is never part of one; keys that got into it are masked. */
export interface Log {
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  failed(error: unknown, during?: string): void;
  /** For the libraries, which log words of their own. */
  logger: Logger;
}

export interface LogSetting {
  level: Level;
  /** Values that must not be seen, whatever they look like. */
  secrets: readonly string[];
  write(line: string): void;
  now(): Date;
}

/** Who has such an address can write in our name for half an hour. */
const RESPONSE_URL = /(hooks\.slack(?:-gov)?\.com\/)[^\s"'\\]+/g;
/** Of a stack, where it began; the rest is the libraries'. */
const STACK_LINES = 12;

export function logOf({ level, secrets, write, now }: LogSetting): Log {
  const masked = (text: string): string => {
    let out = redactSecrets(text).text.replace(RESPONSE_URL, "$1•");
    for (const secret of secrets) if (secret !== "") out = out.replaceAll(secret, "•");
    return out;
  };
  const least = LEVELS.indexOf(level);
  const put = (at: Level, event: string, fields: Fields = {}): void => {
    if (LEVELS.indexOf(at) < least) return;
    write(masked(JSON.stringify({ time: now().toISOString(), level: at, event, ...fields })));
  };
  const words =
    (at: Level) =>
    (...said: unknown[]) =>
      put(at, "library", { message: said.map(textOf).join(" ") });
  return {
    info: (event, fields) => put("info", event, fields),
    warn: (event, fields) => put("warn", event, fields),
    failed: (error, during) => put("error", "failed", { during, ...fieldsOf(error) }),
    logger: {
      debug: words("debug"),
      info: words("info"),
      warn: words("warn"),
      error: words("error"),
      setLevel: () => {},
      getLevel: () => level as LogLevel,
      setName: () => {},
    },
  };
}

const textOf = (value: unknown): string => (value instanceof Error ? `${value.name}: ${value.message}` : String(value));

/** What helps to find a fault. Details of a database's error quote the row, and with it people: they stay out. */
function fieldsOf(error: unknown): Fields {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = error instanceof AdvisorError ? error.code : (error as NodeJS.ErrnoException).code;
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(cause instanceof Error ? { cause: textOf(cause) } : {}),
    ...(stack
      ? {
          stack: stack
            .split("\n")
            .slice(1, 1 + STACK_LINES)
            .join("\n"),
        }
      : {}),
  };
}
