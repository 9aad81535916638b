import type { SeenRoom } from "../protocol.ts";

const read = new Map<string, string>();

/** Everything in this room was looked at. */
export function markRead(room: SeenRoom): void {
  read.set(room.id, room.order.at(-1) ?? "");
}

/** Messages that came since the room was looked at; before that, nothing counts as new. */
export function unread(room: SeenRoom): number {
  const last = read.get(room.id);
  if (last === undefined) markRead(room);
  return last === undefined ? 0 : room.order.filter((ts) => ts > last).length;
}
