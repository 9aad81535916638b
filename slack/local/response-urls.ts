import { refuseMessage } from "../blocks/validate.ts";
import { withIds } from "./block-ids.ts";
import type { ResponseTarget, Site } from "./site.ts";
import type { Answer } from "./web-api.ts";

interface ResponseBody {
  readonly text?: string;
  readonly blocks?: unknown;
  readonly response_type?: "ephemeral" | "in_channel";
  readonly replace_original?: boolean;
  readonly delete_original?: boolean;
  readonly thread_ts?: string;
}

const reply = (status: number, body: string): Answer => ({
  status,
  headers: { "content-type": "application/json" },
  body,
});
const refused = (status: number, error: string): Answer => reply(status, JSON.stringify({ ok: false, error }));

/** A post to a `response_url`: five within thirty minutes, also where the app is not a member. */
export function respond(site: Site, key: string, body: ResponseBody): Answer {
  const target = site.responses.use(key);
  if (target === "unknown") return refused(404, "no_active_hooks");
  if (target === "expired" || target === "used") return refused(404, `${target}_url`);
  const error = show(site, target, body);
  return error === undefined ? reply(200, "ok") : refused(400, error);
}

/** Shows what the app answered to a command or a click; the error, where Slack would not take it. */
export function show(site: Site, target: ResponseTarget, body: ResponseBody): string | undefined {
  const { world } = site;
  const original = target.message;
  if (body.delete_original && original !== undefined) {
    world.remove(original);
    return undefined;
  }
  const refusal = refuseMessage({ text: body.text, blocks: body.blocks });
  if (refusal !== undefined) return refusal.error;
  const content = { text: body.text ?? "", blocks: withIds(body.blocks, world) };
  if (body.replace_original && original !== undefined) {
    world.edit(original, content, world.bot.id);
    return undefined;
  }
  world.post(world.channels.get(target.channelId)!, {
    ...content,
    user: world.bot.id,
    team: world.team.id,
    isFromApp: true,
    threadTs: body.thread_ts ?? target.threadTs,
    visibleTo: body.response_type === "in_channel" ? undefined : target.userId,
  });
  return undefined;
}
