import type { Database } from "../store/database.ts";

/** Who may speak with us, and how often. An absent list allows everybody. */
export interface Policy {
  teams?: readonly string[];
  channels?: readonly string[];
  users?: readonly string[];
  /** Whether we answer in channels that another company sees. */
  connect: boolean;
  /** Requests of a person: this many at once, and this many an hour for long. */
  burst: number;
  perHour: number;
}

export interface Asking {
  team: string;
  channel: string;
  person: string;
  isDirect: boolean;
  isExternal: boolean;
}

export interface Admission {
  /** Why something is not for us to answer; undefined where it is. */
  refusal(asking: Asking): string | undefined;
  /** Takes one request out of a person's bucket; why not, where it is empty. */
  spend(team: string, person: string, now: Date): Promise<string | undefined>;
}

export function admission(db: Database, policy: Policy): Admission {
  const allows = (list: readonly string[] | undefined, id: string): boolean => !list || list.includes(id);
  return {
    refusal({ team, channel, person, isDirect, isExternal }) {
      if (!allows(policy.teams, team)) return "This workspace is not among those that I answer in.";
      if (!allows(policy.users, person)) return "You are not among the people whom I answer. Ask whoever runs me.";
      // A list of channels is about channels: people's own direct messages are theirs.
      if (!isDirect && !allows(policy.channels, channel))
        return "I do not answer in this channel. Write to me directly, or ask whoever runs me.";
      if (isExternal && !policy.connect) return EXTERNAL;
      return undefined;
    },
    async spend(team, person, now) {
      // One statement, so that two replicas cannot spend the same token. A bucket that would be overdrawn stays as it is.
      const spent = await db.query(
        `insert into slack.allowance as a (team, person, tokens, at) values ($1, $2, $3 - 1, $5)
         on conflict (team, person) do update set
           tokens = least($3, a.tokens + $4 * greatest(0, extract(epoch from $5::timestamptz - a.at))) - 1, at = $5
         where least($3, a.tokens + $4 * greatest(0, extract(epoch from $5::timestamptz - a.at))) >= 1
         returning tokens`,
        [team, person, policy.burst, policy.perHour / SECONDS_PER_HOUR, now],
      );
      if (spent.length > 0) return undefined;
      const minutes = Math.max(1, Math.ceil(60 / policy.perHour));
      return `That was a lot at once: ${policy.burst} requests, then ${policy.perHour} an hour. Try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
    },
  };
}

const SECONDS_PER_HOUR = 3600;
export const EXTERNAL = "This channel is shared with another company: I do not answer here. Write to me directly.";
