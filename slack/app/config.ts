import { audit } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import { type Settings, saveSetting, settingsOf } from "../store/settings.ts";
import type { HomeSetting } from "../views/home.ts";

/** A setting as administrators type it: its name, what it takes, and what was typed as its value. */
interface Typed<Name extends keyof Settings = keyof Settings> {
  name: Name;
  takes: string;
  read(words: readonly string[]): Settings[Name] | undefined;
  show(value: Settings[Name]): string;
}

const LONGEST_DAYS = 3650;
const typed = <Name extends keyof Settings>(setting: Typed<Name>): Typed => setting as unknown as Typed;

/** Typed with underscores, as the documentation of the bot writes them. */
const TYPED: Readonly<Record<string, Typed>> = {
  thread_replies: typed({
    name: "threadReplies",
    takes: "`auto` (every message of my threads is for me) or `mention` (only those that mention me)",
    read: ([word]) => (word === "auto" || word === "mention" ? word : undefined),
    show: (value) => value,
  }),
  repositories: typed({
    name: "repositories",
    takes: "`owner/name owner/name …`, out of GITHUB_REPOSITORIES; `none` for all of them",
    read: (words) =>
      words.length === 1 && words[0] === "none"
        ? []
        : words.length > 0 && words.every((word) => /^[\w.-]{1,39}\/[\w.-]{1,100}$/.test(word))
          ? [...words]
          : undefined,
    show: (value) => (value.length === 0 ? "all that I may use" : value.join(", ")),
  }),
  retention_days: typed({
    name: "retentionDays",
    takes: `days that runs are kept here, 1 to ${LONGEST_DAYS}`,
    read: ([word]) =>
      /^\d{1,4}$/.test(word ?? "") && Number(word) >= 1 && Number(word) <= LONGEST_DAYS ? Number(word) : undefined,
    show: (value) => `${value} days`,
  }),
};

export async function settingLines(db: Database, team: string, channel: string): Promise<HomeSetting[]> {
  const settings = await settingsOf(db, team, channel);
  return Object.entries(TYPED).map(([name, each]) => ({ name, value: each.show(settings[each.name]) }));
}

/** `config` shows; `config NAME VALUE` changes. What is not understood says what would be. */
export async function configure(
  db: Database,
  where: { team: string; channel: string; person: string },
  [name, ...words]: readonly string[],
  now: Date,
): Promise<string> {
  if (name === undefined) {
    const lines = await settingLines(db, where.team, where.channel);
    return [
      "Settings of this channel:",
      ...lines.map((l) => `• \`${l.name}\` ${l.value}`),
      "",
      "To change one: `/ml-architect config NAME VALUE`",
      ...Object.entries(TYPED).map(([n, { takes }]) => `• \`${n}\`: ${takes}`),
    ].join("\n");
  }
  const setting = TYPED[name.toLowerCase()];
  if (!setting)
    return `There is no such setting. There are: ${Object.keys(TYPED)
      .map((n) => `\`${n}\``)
      .join(", ")}.`;
  const value = setting.read(words);
  if (value === undefined) return `\`${name.toLowerCase()}\` takes ${setting.takes}.`;
  await saveSetting(db, where, setting.name, value, now);
  await audit(
    db,
    { team: where.team, person: where.person, what: "setting", target: `${setting.name}=${setting.show(value)}` },
    now,
  );
  return `\`${name.toLowerCase()}\` of this channel is ${setting.show(value)} now.`;
}
