import { open, type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const GIB = "(?<unit>gi?gs?|gb|gib|g|tb|tib|t|terabytes?|gigabytes?)";
const RAM =
  "(?:ram|ddr\\d\\w{0,2}|(?:system |host |cpu |main |server |node )memory|system ram|内存|主内存|メモリ|memoria ram|arbeitsspeicher|mémoire vive|memory (?:on|in) the (?:host|server|machine|box|node)|memory)";
const RAM_AFTER = new RegExp(
  `^\\s?-?\\s?${GIB}\\s?(?:of )?(?:system |host |cpu |main |total |unified |de |的)?(?:${RAM})(?![a-z])`,
);
const RAM_BEFORE =
  /(?:(?<!v|v-|gpu |video )\bram|内存|メモリ|host memory|system memory|cpu memory|arbeitsspeicher|memoria ram)\s?(?:is|of|:|=|de|\()?\s?(?:only |about |~)?$/;
const UNIT = new RegExp(`^\\s?-?\\s?${GIB}(?![a-z0-9])`);
/** Small computers whose one memory belongs to the host: nothing there is VRAM. */
const SMALL =
  /\b(?:raspberry ?pi|rpi|\bpi) ?(?:zero|cm)?\d?b?\+?(?: model b)?\s?[(,w/]{0,2}\s?(?:with )?$|\b(?:laptop|macbook(?: air| pro)?|mac mini|mac studio|desktop pc|pc)(?: with| w\/| has|,)? $/;
const SMALL_AFTER =
  /^\s?-?\s?(?:gb|g|gig|gigs)\s(?:raspberry|rpi|pi\b|phone|android|iphone|vps|macbook|laptop(?! gpu)|mac\b|imac|pc\b|desktop|workstation(?! gpu)|server(?! gpu)|box|machine)/;

const VIDEO = /^\s?-?\s?g(?:i?b|igs?)?\s?(?:of )?(?:v-?ram|gpu|video|显存)/;

/** Memory of the host, so that it is never mistaken for a card's. */
export function readHostMemory(reading: Reading): void {
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 40);
    const lead = before(reading.text, q.start, 40);
    const unit = UNIT.exec(tail);
    const ram = RAM_AFTER.exec(tail);
    const keyed = unit !== null && RAM_BEFORE.test(lead);
    const small = unit !== null && (SMALL.test(lead) || SMALL_AFTER.test(tail));
    if ((!ram && !keyed && !small) || VIDEO.test(tail)) continue;
    const bareMemory =
      ram !== null && /memory$/.test(ram[0]) && !/(?:system|host|cpu|main|server|node) memory$/.test(ram[0]);
    // "24gb memory" is a card's when a card or nothing else is spoken of.
    if (bareMemory && !/\b(?:cpu|host|laptop|server|machine|box|node)\b/.test(lead)) continue;
    if (/\b(?:need|needs|require\w*|takes?|uses?|using)\s(?:about |around |~)?$/.test(lead) && !keyed) continue;
    if (q.high <= 0) continue;
    reading.taken.add(q);
    const scale = /^t/.test((ram ?? unit)!.groups!.unit!) ? 1024 : 1;
    const end = q.end + (ram ?? unit)![0].length;
    // One memory serves both halves of an Apple chip; said as RAM it is that chip's memory too.
    if (reading.cards.some((c) => c.id.startsWith("apple")))
      say(reading, "acceleratorMemoryGib", q.high * scale, [q.start, end], "inferred");
    say(reading, "hostMemoryGib", q.high * scale, [q.start, end]);
  }
}
