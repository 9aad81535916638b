import { z } from "zod";
import { Refused } from "../refused.ts";
import type { Site } from "../site.ts";
import { type SessionStatus, sessionKey } from "../world.ts";
import { joinedChannel, type Method, needs, threadOf } from "./method.ts";

const STATUSES: readonly string[] = ["processing", "active", "suspended", "closed"] satisfies SessionStatus[];
const promptsShape = z
  .array(z.strictObject({ title: z.string().min(1), message: z.string().min(1) }))
  .min(1)
  .max(4);

/** Sets the status of the agent's session in a thread, opening the session if there is none. */
export function setSession(site: Site, channelId: string, threadTs: string | undefined, status: string): void {
  if (!STATUSES.includes(status)) throw new Refused("invalid_status");
  site.world.sessions.set(sessionKey(channelId, threadTs), status as SessionStatus);
  site.world.announce({ kind: "other" });
}

const setSessionStatus: Method = {
  tier: "tier3",
  scopes: needs("chat:write"),
  call(args, site) {
    const channel = joinedChannel(site, args.text("channel_id"));
    const threadTs = threadOf(site, channel, args.text("thread_ts"));
    const status = args.text("status");
    setSession(site, channel.id, threadTs, status);
    const title = args.maybe("title");
    if (title !== undefined && title.length > 200) throw new Refused("invalid_arguments");
    return { status, agent_status: status, ...(title === undefined ? {} : { title }) };
  },
};

const setThreadStatus: Method = {
  tier: "tier3",
  scopes: needs("assistant:write", "chat:write"),
  call(args, site) {
    const channel = joinedChannel(site, args.text("channel_id"));
    const key = sessionKey(channel.id, threadOf(site, channel, args.text("thread_ts")));
    const status = args.maybe("status");
    if (status === undefined) site.world.statuses.delete(key);
    else site.world.statuses.set(key, status);
    site.world.announce({ kind: "other" });
    return {};
  },
};

const setSuggestedPrompts: Method = {
  tier: "tier3",
  scopes: needs("assistant:write"),
  call(args, site) {
    const channel = joinedChannel(site, args.text("channel_id"));
    if (channel.kind !== "im") throw new Refused("channel_type_not_supported");
    const prompts = promptsShape.safeParse(args.json("prompts", "invalid_arguments"));
    if (!prompts.success) throw new Refused("invalid_arguments");
    site.world.suggestedPrompts.set(sessionKey(channel.id, args.maybe("thread_ts")), prompts.data);
    site.world.announce({ kind: "other" });
    return {};
  },
};

export const SESSIONS: Readonly<Record<string, Method>> = {
  "agents.sessions.setStatus": setSessionStatus,
  "assistant.threads.setStatus": setThreadStatus,
  "assistant.threads.setSuggestedPrompts": setSuggestedPrompts,
};
