import { nearestNames } from "../catalog/names.ts";
import { type Reading, say } from "./reading.ts";
import { overlap, type Span } from "./text.ts";

/** A verb of training or serving, and what may stand before the name of what is trained. */
const VERB =
  /\b(?:fine-?tun(?:e|ing)|train(?:ing)?|serv(?:e|ing)|deploy(?:ing)?|host(?:ing)?|adapt(?:ing)?|q?lora(?: on| for| of)?)\s+(?:an? |the |my |our |model )?/g;
/** A name and no word: digits glued or hyphenated to letters, or capitals inside. */
const NAME =
  /^(?:[A-Za-z][A-Za-z.]*[-_]?\d[\w.]*(?:-[\w.]+)*|[A-Z][a-z]+[A-Z]\w*(?:[-_][\w.]+)*|[A-Za-z]\w*(?:[-_][\w.]+)*[-_](?:[A-Z]\w*|\w*\d\w*))(?![\w-])/;
/** Names of other things: programs, places, standards, styles. */
const OTHER =
  /^(?:[a-z]+-(?:prem|house|the|art|shot|turn|hop|step|bit|class|label|task|node|gpu)|k8s|s3|ec2|g\d|p\d|q\d.*|v\d|mp[34]|h26[45]|python\d?.*|cuda.*|pytorch.*|tensorflow.*|deepspeed.*|huggingface.*|github.*|gitlab.*|langchain.*|llamaindex.*|postgresql|mysql|mongodb|javascript|typescript|fastapi|openai.*|runpod|sagemaker|coreweave|digitalocean|lora|qlora|rslora|dpo.*|grpo.*|[a-z]{2,5}\d?-(?:based|style|like|compliant|only|ready|trained|tuned)|b2[bc].*|t-shirts?|x-rays?|e-?mails?|iso.*|icd.*|soc2?|hl7|covid.*|gpt-?\d.*-?(?:like|style))$/i;
/** A name that the catalog does not know is said back with what is planned instead, never replaced in silence. */
export function readUnknownName(reading: Reading): void {
  const { brief, text } = reading;
  if (brief.model !== undefined || brief.alternatives !== undefined) return;
  for (const verb of text.low.matchAll(VERB)) {
    const start = verb.index + verb[0].length;
    const name = NAME.exec(text.given.slice(start, start + 60))?.[0].replace(/[.,]+$/, "");
    if (name === undefined || OTHER.test(name) || text.low.slice(start, start + 1) === "\n") continue;
    const span: Span = [start, start + name.length];
    if ([...reading.cards, ...reading.models].some((known) => overlap(known.span, span))) continue;
    const size = brief.parameterCount?.span;
    const its = size !== undefined && size[0] >= span[0] && size[0] <= span[1] + 1;
    if (size && !its) continue;
    const near = nearestNames(
      name,
      reading.catalog.models.map((m) => m.id),
      1,
    )[0];
    const meant = near ? ` Did you mean ${near}?` : "";
    if (its) say(reading, "model", name, span);
    reading.notices.push(
      its
        ? `"${name}" was not recognised as a model: a typical decoder of its size, ${sized(brief.parameterCount!.value)}, is planned.${meant}`
        : `"${name}" was not recognised as a model: an open model is planned instead.${meant} Name a model of the catalog (\`catalog show models\`), or say its size, such as 7B.`,
    );
    return;
  }
}

const sized = (parameters: number): string => (parameters >= 1e9 ? `${parameters / 1e9}B` : `${parameters / 1e6}M`);
