import type { BriefValues } from "../fields.ts";
import type { Span, Text } from "../text.ts";
import type { Evidence } from "./evidence.ts";

/** The host ran out: the kernel's log, a launcher that lost a process to signal 9, a container's status. */
const KILLED =
  /(?:\[\s{0,8}\d{1,9}\.\d{1,6}\] )?out of memory: kill(?:ed)? process \d{1,10} \([^)\n]{1,40}\)[^\n]{0,300}|oom-kill:[^\n]{0,300}|\boomkilled\b|exit(?:s|ed)? (?:with )?(?:return )?code:?(?: =)? ?-?(?:9|137)\b|exitcode ?: ?-9\b|signal 9 \(sigkill\)|sigkill\b|\bkill(?:ed)? -9\b|dataloader worker \([^)\n]{1,40}\) (?:is|was) killed by signal: killed|cpuallocator: not enough memory[^\n]{0,200}/g;
const RESIDENT = /anon-rss:(\d{1,15})kb/;

/** A process that the host killed for its memory. */
export function readHostKill(text: Text): Evidence {
  if (!/kill|exit|not enough memory/.test(text.low)) return { findings: [], spans: [] };
  const spans = [...text.low.matchAll(KILLED)].map((m): Span => [m.index, m.index + m[0].length]);
  const [first] = spans;
  if (first === undefined) return { findings: [], spans };
  const measured: NonNullable<BriefValues["measured"]> = { failed: "host-memory" };
  const resident = RESIDENT.exec(text.low);
  if (resident && Number(resident[1]) > 0) measured.hostGib = Number(resident[1]) / 1024 ** 2;
  return { findings: [{ field: "measured", value: measured, span: first }], spans };
}
