import type { Quantity } from "./numbers.ts";
import { note, type Reading } from "./reading.ts";
import { after, before } from "./text.ts";

/** What can be counted, and cannot be less than one where it is counted. */
const COUNTED =
  /^\s?-?(?:(?:training|labell?ed|gold|support|nvidia|total|input|output|concurrent|clean) )?(?:examples?|samples?|rows?|images?|docs|documents?|tickets?|records?|pairs?|conversations?|gpus?|cards?|nodes?|machines?|epochs?|tokens?|users?|requests?|rps|qps|days?|weeks?|hours?|hrs?|months?|(?:gb|gib|tb)(?: (?:v?ram|memory|gpu))?|batch(?: size)?|parameters?|params?|[bm] (?:params?|model)|beispiele|bilder|zeilen|epochen|ejemplos|filas|épocas|exemples|lignes|条|张|轮)(?![a-z])/;
/** A key that counts: "batch size 0", "epochs = -1". */
const KEY =
  /\b(?:epochs?|batch(?:[ _]size)?|gpus?|seq(?:uence)?(?:[ _]len(?:gth)?)?|context(?: length)?|rank)\s?(?:=|:|of|is)?\s?-?$/;
/** A minus after these is a sign; after other words it is a dash. */
const SIGN =
  /(?:^|[=:(,\n]|\b(?:on|with|of|for|have|has|got|are|is|about|only|just|use|using|at|in|over|want|need|by|train|epochs?|batch|size|gpus?|mit|con|avec|com|have:))\s?-$/;
/** Words of plenty and lack that begin with a nought: "zero-shot", "0 downtime", "zero data retention". */
const FREE_OF = /^\s?-?(?:shot|downtime|cost|trust|budget|data|config|copy|shot|loss|day)\b/;

/** A count of none or fewer is said back and read as nothing: no plan follows from it. */
export function noteImpossible(reading: Reading): void {
  const { text } = reading;
  for (const q of reading.quantities) {
    const lead = before(text, q.start, 40);
    const negative = SIGN.test(lead) && !listMark(reading, q) && !/(?:budget|[$€£¥])[^,]{0,8}-$/.test(lead);
    if (!negative && q.high !== 0) continue;
    const tail = after(text, q.end, 32);
    const unit = COUNTED.exec(tail)?.[0];
    if ((unit === undefined && !KEY.test(lead)) || FREE_OF.test(tail)) continue;
    // "0 labelled examples so far" is a state of the data, "0 GPUs" of the room: others read it.
    if (q.high === 0 && !negative && /exampl|sampl|row|gpu/.test(unit ?? "")) continue;
    reading.taken.add(q);
    const words = text.given
      .slice(
        unit ? q.start - (negative ? 1 : 0) : q.start - (KEY.exec(lead)?.[0].length ?? 0),
        q.end + (unit?.length ?? 0),
      )
      .trim();
    note(reading, `"${words}" cannot be: it takes at least one. It was left out; say how many there are.`);
  }
}

/** A hyphen at the start of a line marks an item where several lines have one. */
function listMark(reading: Reading, q: Quantity): boolean {
  const { low } = reading.text;
  return (
    /(?:^|\n)\s{0,4}-$/.test(low.slice(Math.max(0, q.start - 6), q.start)) &&
    (low.match(/(?:^|\n)\s{0,4}-/g)?.length ?? 0) > 1
  );
}
