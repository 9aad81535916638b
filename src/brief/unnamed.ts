import { COUNT_LEAD, counted, machines } from "./nodes.ts";
import type { Quantity } from "./numbers.ts";
import { open, type Reading, say, takeWithin } from "./reading.ts";
import { after, before } from "./text.ts";

const GPU =
  "(?:gpus?|graphics cards?|video cards?|cards?|accelerators?|grafikkarten?|gráficas?|placas?(?: de vídeo)?|cartes?(?: graphiques?)?|显卡|卡|グラボ)";
const VRAM =
  "(?:v-?ram|gpu (?:ram|memory|mem)|video (?:ram|memory)|grafikspeicher|videospeicher|mémoire (?:vidéo|gpu)|memoria (?:de )?(?:vídeo|video|gpu)|memória (?:de vídeo|da gpu)|ビデオメモリ|显存|显卡|graphics memory)";
const GIB = "(?:gi?gs?|gb|gib|g)";
const VRAM_AFTER = new RegExp(`^\\s?${GIB}\\s?(?:of )?(?:\\w+ )?(?:${VRAM})`);
const CARD_AFTER = new RegExp(
  `^\\s?-?\\s?${GIB}\\s?(?:nvidia |laptop |consumer |gaming |notebook |desktop |memory |class |的|single )*(?:${GPU}|gpus?)(?![a-z])`,
);
const VRAM_BEFORE = new RegExp(
  `(?:${VRAM}|(?:gpus?|${GPU})(?: with| w\\/| has| of| mit| con| com| avec| de)?)\\s?(?:is|of|:|=|,|\\(|共|有|只有|each)?\\s?(?:only |about |~|around )?$`,
);
const COUNT_AFTER =
  /^\s?(?:x|张|块|个)?\s?(?:nvidia |consumer |gaming |rented |big |small |cloud |identical |more )?(?:gpus?|graphics cards|卡|张显卡|显卡|accelerators|gráficas|placas|grafikkarten)(?![a-z])(?!\s?(?:memory|ram|hours?|hrs?|h\b|days?))/;

/** As a configuration writes it: "gpus=4", "num_gpus: 8", "nproc_per_node 8". */
const COUNT_BEFORE =
  /(?:\b(?:num[_ -]?|n[_-]?)?gpus?(?:[_ -]?count)?["']?\s?[=:]|nproc[_-]per[_-]node[ =]|--gpus |number of gpus(?: is|:|=)?|gpu count(?::|=| is)?)\s?$/;
const UNIT = new RegExp(`^\\s?-?\\s?${GIB}(?![a-z0-9])`);
const HOST_AFTER = /^\s?\w+ ?(?:of )?(?:system |host |cpu )?(?:ram|ddr)/;
/** "2x24gb" and "qlora on 16gb": memory with nothing said of whose it is means the card's, to people who train. */
const CARD_IMPLIED = /(?:^|[^a-z0-9.])\d{1,2}\s?[x*]\s?$|\bon (?:an? |just |only |one )?$/;
const ENDS =
  /^\s?-?\s?g(?:i?b|igs?)?\s?(?:$|[,):]|bs\b|seq\b|ctx\b|fsdp|ddp|zero|deepspeed|each\b|for\b|with\b|or\b|and\b|enough|possible)/;
/** How much something needs is no statement of what there is. */
const NEEDED =
  /\b(?:need|needs|require\w*|at least|takes?|uses?|using|peak\w*|hits?|out of|over)\s(?:about |around |~)?$/;
const COUNTED_BEFORE = new RegExp(`(?:^|[^a-z0-9.])${COUNT_LEAD}\\s?(?:x|\\*|张|块|个)?\\s?(?:single )?$`);

/** Hardware known by its memory or its number alone: "one 24 GB GPU", "16 gigs vram", "8卡", "8 gpus". */
export function readUnnamed(reading: Reading): void {
  readCardMemory(reading);
  readCardCount(reading);
  readNodeCount(reading);
}

function isCardMemory(lead: string, tail: string): boolean {
  if (VRAM_AFTER.test(tail) || CARD_AFTER.test(tail)) return true;
  if (!UNIT.test(tail) || HOST_AFTER.test(tail)) return false;
  return VRAM_BEFORE.test(lead) || (CARD_IMPLIED.test(lead) && ENDS.test(tail));
}

function readCardMemory(reading: Reading): void {
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 40);
    const lead = before(reading.text, q.start, 40);
    if (q.multiplier !== "" || !isCardMemory(lead, tail)) continue;
    const isCard = CARD_AFTER.test(tail);
    if (NEEDED.test(lead) && !isCard) continue;
    reading.taken.add(q);
    const unit = /^\s?-?\s?(?:gi?gs?|gb|gib|g)/.exec(tail)![0].length;
    say(reading, "acceleratorMemoryGib", q.high, [q.start, q.end + unit]);
    const count = COUNTED_BEFORE.exec(lead);
    // An article counts a card, and no memory: "a 24gb gpu" is one, "my 24gb vram" says nothing of how many.
    const article = count !== null && /^(?:an?|my)$/.test(count[1]!);
    if (!count || (article && !isCard)) continue;
    const start = q.start - count[0].length + count[0].indexOf(count[1]!);
    takeWithin(reading, [start, q.end]);
    say(reading, "acceleratorCount", counted(count[1])!, [start, q.start], article ? "inferred" : "stated");
  }
}

function readCardCount(reading: Reading): void {
  for (const q of open(reading)) {
    if (q.multiplier !== "" || q.high < 1 || !Number.isInteger(q.high)) continue;
    const tail = after(reading.text, q.end, 32);
    const match =
      COUNT_AFTER.exec(tail) ??
      (COUNT_BEFORE.test(before(reading.text, q.start, 24)) && !/^\s?-?(?:gb|g\b|gib|%|x\b)/.test(tail)
        ? /^/.exec(tail)
        : null);
    if (!match) continue;
    reading.taken.add(q);
    const node = unnamedNodes(reading, q, match[0].length);
    say(reading, "acceleratorCount", node ? node.total : q.high, [q.start, q.end + match[0].length]);
    if (node) say(reading, "nodeCount", node.nodes, [q.start, q.end]);
  }
}

function readNodeCount(reading: Reading): void {
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 24);
    if (
      q.multiplier !== "" ||
      !/^\s?x?\s?(?:gpu |compute )?(?:nodes|node cluster|machines|hosts|台机器|机)(?![a-z])/.test(tail)
    )
      continue;
    if (!Number.isInteger(q.high) || q.high < 1 || reading.brief.nodeCount) continue;
    reading.taken.add(q);
    say(reading, "nodeCount", q.high, [q.start, q.end]);
  }
}

/** "4 nodes of 8 gpus", "8 gpus per node x 4 nodes". */
function unnamedNodes(reading: Reading, q: Quantity, unit: number): { nodes: number; total: number } | undefined {
  const lead = before(reading.text, q.start, 64);
  const tail = after(reading.text, q.end + unit, 48);
  const around = machines(lead, tail, lead.length);
  if (!around) return undefined;
  for (const other of reading.quantities) {
    if (other.start >= q.start - lead.length + around.start && other.end <= q.end + unit + around.after)
      reading.taken.add(other);
  }
  return { nodes: around.nodes, total: around.each ? around.nodes * q.high : q.high };
}
