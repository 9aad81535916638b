import { type Cued, cued, find } from "./cues.ts";
import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before, type Span, type Text } from "./text.ts";

/** What one example of a data set is called. Singular where a "-" or "个" follows the number. */
const THINGS = new Set(
  `rows row lines examples example samples sample tickets ticket images image imgs pics pictures photos photo pairs pair docs documents document records record
  conversations convos chats dialogues dialogs reviews emails mails messages sentences articles pdfs pdf invoices invoice descriptions questions transcripts clips
  recordings files entries instances datapoints datapoint points items products tweets posts comments texts prompts completions snippets functions contracts cases reports
  pages scans x-rays xrays slides videos video utterances utts instructions annotations abstracts papers patents notes letters forms receipts resumes cvs listings
  volumes meshes clouds summaries screenshots frames drawings logs traces queries answers faqs stories poems songs tracks chapters books essays translations captions segments
  sequences molecules proteins transactions customers patients events claims orders complaints issues commits prs problems trajectories tiles patches crops faces plates spectrograms repos scripts ads jobs profiles memos manuals policies studies sheets postings applications
  translations descriptions threads letters wavs mp3s jsons xmls htmls urls webpages subtitles jokes recipes menus
  imagens imagem fotos linhas exemplos amostras registros documentos contratos perguntas conversas mensagens notas avaliações
  imágenes imagenes ejemplos muestras filas registros facturas correos preguntas frases reseñas líneas
  bilder bildern beispiele beispielen zeilen datensätze datensätzen dokumente dokumenten rechnungen verträge nachrichten e-mails sätze fotos belege
  dialoge dialogen gespräche gesprächen anfragen bewertungen artikel mails seiten zeile einträge einträgen kundenanfragen
  conversaciones diálogos correos artículos páginas tickets reseñas conversas mensagens páginas artigos
  exemples lignes factures contrats phrases échantillons enregistrements avis courriels
  esempi righe immagini documenti fatture messaggi domande contratti recensioni conversazioni frasi testi campioni referti
  afbeeldingen voorbeelden facturen berichten gesprekken vragen documenten regels recensies texten briefe akten befunde berichte urteile
  zdjęć przykładów wierszy dokumentów wiadomości
  datasets-rows`.split(/\s+/),
);
/**
 * What ends the compounds that German, Dutch and the Nordic languages build: "Kundenmails", "Supporttickets", "klantmails".
 * Long enough to end no other word.
 */
const COMPOUND =
  /^[a-zà-öø-ÿ-]{2,}(?:e?mails?|tickets?|bildern?|aufnahmen|fotos|dokumenten?|rechnungen|verträgen?|anfragen|beispielen?|datensätzen?|bewertungen|nachrichten|gesprächen?|dialogen?|berichten?|protokollen?|briefen?|befunden?|urteilen?|beschwerden|bestellungen|belegen?|formularen?|artikeln?|kommentaren?|zeilen|sätzen?|seiten|akten|fragen|chats|texten?|rezensionen|transkripten?|videos|afbeeldingen|facturen|berichten|voorbeelden|gesprekken|vragen|documenten|recensies|bilder|meldinger|samtaler)$/;

/** Words after which the number speaks of something else. */
const STOP = new Set(
  `to on with for in and per a an at by from using via then into vs or is are was were we i it the that which but so as than each every x gb g gib tb ram vram gpu gpus epochs epoch tokens token
  tok steps classes categories class labels columns cols features column users hours hrs h days weeks minutes min sec seconds ms usd eur dollars month months mo year years yrs
  params parameters nodes machines cards layers concurrent k en em de para con com mit für auf und y e pour avec par por pro do da dos das del un una um uma des les du`.split(
    /\s+/,
  ),
);
/** Small words that may stand between a number and its thing. */
const PASS = /^(?:of|de|von|our|my|their|his|the|these|those|more|about|roughly|or|so)$/;

const HAN_THING =
  /^\s?(?:多|左右)?\s?(?:条|張?张?图[片像]?|张(?:照片|图片|图|影像|发票|样本)|篇|份|个?样本|个?例子|行|对|段|幅|封|部|本|则|首|个?文[档件]|个?工单|个?问答|件の|枚の?|件|문장|장의|개의|건의?)/;
const RATE =
  /^\s?(?:\/|per |a |an |each |every |pro |por |par |al |à |每)\s?(?:s\b|sec|second|min|minute|hour|hr|day|d\b|week|month|mo\b|year|tag|día|dia|mes|jour|mois|秒|天|月)|^\s?(?:daily|weekly|monthly|每天)/;
/** "2 images per listing" describes an example and counts none. */
const EACH = /^\s?(?:(?:\+|and|,)\s?\d{1,4} [a-z]+ )?(?:per|each in|\/)\s?[a-z]/;
const HELD_OUT = /\b(?:eval\w*|test(?:ing)?|val(?:id\w*)?|hold-?out|held-?out|dev set|benchmark|gold|sanity)\b/;
const LABELLED = /\b(?:label+ed|annotated|training|train|tagged|curated|clean)\b/;
/** The number is an allowance or a piece of something, not a data set. */
const NOT_DATA =
  /\b(?:top|version|release|batch(?: size)?|batch of|chunks? of|up to|max(?:imum)?|context of|groups? of|every|first|last|page|resolution|rank|costs?|price)\s?(?:=|:)?\s?$/;

/** The words from the end of a number to the thing it counts, if it counts one. */
function thing(tail: string): { end: number; words: string[] } | undefined {
  const han = HAN_THING.exec(tail);
  if (han) return { end: han[0].length, words: [han[0].trim()] };
  const words: string[] = [];
  const pattern =
    /^[\s-]{0,2}\+?\s?\(?(?:[1-4]-?d[ -])?(q&a|[a-zà-öø-ÿ][a-zà-öø-ÿ'-]{0,24})(?:\/(?!(?:s|sec|min|h|hr|hour|d|day|week|month|mo|year)(?![a-z]))[a-z]+)?/;
  let at = 0;
  for (let i = 0; i < 6; i++) {
    const match = pattern.exec(tail.slice(at));
    if (!match) return undefined;
    const word = match[1]!;
    at += match[0].length;
    words.push(word);
    if (THINGS.has(word) || THINGS.has(word.split("-").at(-1)!) || COMPOUND.test(word)) {
      return { end: at, words };
    }
    if (STOP.has(word) && !PASS.test(word)) return undefined;
  }
  return undefined;
}

interface Counted {
  q: Quantity;
  span: Span;
  heldOut: boolean;
  labelled: boolean;
  /** What was counted, where one plain word says it. */
  noun: string | undefined;
}

/** "15.250 klantmails": what is counted comes in wholes, so the dot groups thousands whatever the language. */
function readThousands(text: Text, q: Quantity): void {
  const written = text.low.slice(q.start, q.end);
  if (!/^[1-9]\d{0,2}\.\d{3}$/.test(written)) return;
  q.low = q.high = q.bare = Number(written.replace(".", ""));
}

/** How many examples there are to train on, and how many bytes of data. */
export function readData(reading: Reading): void {
  const { text } = reading;
  const found: Counted[] = [];
  for (const q of open(reading)) {
    const tail = after(text, q.end, 72);
    const lead = before(text, q.start, 40);
    const size =
      /^\s?-?\s?(k|m|g|t|p)(?:i?b|igs?)?(?: (?:worth )?(?:of )?|的|\s)(?:\w+ ){0,3}?(text|data|images?|audio|logs?|pdfs?|corpus|corpora|parquet|json|jsonl|csvs?|docs|documents|videos?|files|code|books|notes|recordings|speech|transcripts|datos|dados|daten|texte?|texto|documentos|数据|文本|语料|dataset)\b/.exec(
        tail,
      );
    if (size && /^\s?-?\s?(?:[kmgtp]i?b|[gt]igs?|g )/.test(tail) && !/\b(?:ram|memory|vram|disk)\b/.test(size[0])) {
      reading.taken.add(q);
      const scale = { k: 1 / 1024 ** 2, m: 1 / 1024, g: 1, t: 1024, p: 1024 ** 2 }[size[1]!]!;
      say(reading, "dataSizeGib", q.high * scale, [q.start, q.end + size[0].length]);
      continue;
    }
    if (/[$€£¥₹]\s?$/.test(lead)) continue;
    const match = thing(tail);
    if (match) readThousands(text, q);
    const bare =
      /(?:data ?set|data|dataset size|training set|corpus|train set)\s?(?:of|size|has|is|with|:|=|about|around|~|roughly)?\s?(?:of |is |about |~)?$/.test(
        lead,
      ) &&
      /^\s?(?:[,.)]|$)/.test(tail) &&
      q.high >= 10;
    const listed = !match && !bare && countsBefore(text, q, lead, tail);
    const bareAfter = /^\s?-?(?:data ?set|data|labelled|labeled|数据)(?![a-z])/.exec(tail);
    if (!match && !bare && !bareAfter && !listed) continue;
    const rest = match ? tail.slice(match.end) : "";
    if (
      match &&
      (RATE.test(rest) ||
        EACH.test(rest) ||
        (NOT_DATA.test(lead) && !/\b(?:train\w*|tune\w*|for about|on)\b/.test(lead)))
    )
      continue;
    if (match && q.high < 3 && !match.words.some((w) => /^(?:rows|examples|samples)$/.test(w))) continue;
    if (q.word && q.high <= 3) continue;
    const around = `${lead.slice(-24)} ${match ? match.words.join(" ") : ""} ${rest.slice(0, 20)}`;
    reading.taken.add(q);
    found.push({
      q,
      span: [q.start, q.end + (match?.end ?? bareAfter?.[0].length ?? 0)],
      heldOut:
        HELD_OUT.test(`${match?.words.join(" ") ?? ""} ${rest.split(/[,;(.]/)[0]!.slice(0, 14)}`) ||
        /\b(?:eval\w*|test|validat\w+) (?:on|set of|with) $/.test(lead),
      noun: match?.words.length === 1 ? match.words[0] : undefined,
      labelled: LABELLED.test(around) && !/\bun-?label|not label/.test(around),
    });
  }
  const usable = found.filter((f) => !f.heldOut && f.q.high > 0);
  const best = (usable.length > 1 ? usable.find((f) => f.labelled) : undefined) ?? usable[0];
  if (best) say(reading, "exampleCount", best.q.high, best.span);
  contradictedCount(reading, usable);
  readStatus(reading);
}

/** "Support tickets (50k)", "discharge summaries: 20k", "notes, ~20k": the count stands behind what it counts, alone. */
function countsBefore(text: Text, q: Quantity, lead: string, tail: string): boolean {
  const noun =
    /([a-zà-öø-ÿ][a-zà-öø-ÿ'-]{2,24})\s?(?:[:,(=~]\s?){1,2}(?:about |around |roughly |approx\.? |ca\.? |~ ?)?$/.exec(
      lead,
    )?.[1];
  if (noun === undefined || q.word || q.high < 1000 || !/^\s?(?:$|[,.;)|]|in total\b|total\b)/.test(tail)) return false;
  if (!THINGS.has(noun) && !COMPOUND.test(noun)) return false;
  // A bare number behind "images" may be their side; thousands are said as thousands.
  return q.multiplier !== "" || /\d[,.' ]\d{3}(?!\d)/.test(text.low.slice(q.start, q.end)) || q.high >= 10_000;
}

/** "Exactly 20k rows. The 45k rows are ready": the same plain noun counted twice, in two sentences, differently. */
function contradictedCount(reading: Reading, counted: readonly Counted[]): void {
  const plain = counted.filter((c) => c.noun !== undefined && !c.labelled);
  const [first] = plain;
  const second = plain.find((c) => c.noun === first?.noun && c.q.high !== first?.q.high);
  if (!first || !second || !/[.;!?\n]/.test(reading.text.low.slice(first.span[1], second.span[0]))) return;
  const says = (c: Counted) => reading.text.given.slice(...c.span).trim();
  reading.conflicts.push({
    fields: ["exampleCount"],
    text: `Two sizes of the data: "${says(first)}" and "${says(second)}". The first was taken.`,
  });
}

export const LABEL: Cued = cued(
  /label|annot|tag|etiquet|gelabelt|beschriftet|étiquet|rótul|rotulad|anotar|标注|ラベル|アノテ/,
  /\b(?:un-?label+ed|not (?:yet )?label+ed|no labels|needs? (?:to be )?(?:label\w*|annotat\w*)|(?:need|have|has|going) to (?:label|annotate|tag)|(?:none|nothing)(?: of (?:it|them|that|this))? (?:is|are|was|has been) (?:label\w*|annotat\w*|tagged)|(?:isn'?t|aren'?t) (?:yet )?(?:label+ed|annotated)|(?:label+ing|annotation|tagging) (?:is|still|in progress|ongoing|starts?|will|pending|has to|needs)|without labels|sin etiquetar|nicht (?:annotiert|gelabelt|beschriftet)|non (?:annotées?|étiquetées?)|pas (?:encore )?annotées?|não rotulad\w+|sem rótulos?|sin anotar)\b|未标注|没(?:有)?标注|未ラベル|ラベル(?:なし|がない|付けが必要)|アノテーションが必要/,
);
export const COLLECT: Cued = cued(
  /data|label|collect|gather|scrap|crawl|exampl|dataset|\b(?:0|zero)\b|daten|données|datos|dados|数据|データ/,
  /\b(?:no (?:training )?data(?:set)?(?: yet| at all)?(?! leaves|\s?(?:can|may|must|out))|(?:don'?t have|haven'?t got|have no|got no) (?:any |a |the )?(?:training |real )?(?:data|dataset|examples|labels)(?: yet)?|(?:data|dataset) collection (?:hasn'?t|has not|is (?:still )?(?:ongoing|planned|pending))|(?:plan|idea|first|step 1):? (?:is to |we )?(?:collect|gather|scrape)|(?:data|dataset) (?:doesn'?t|does not) exist|haven'?t (?:even )?(?:started )?collect(?:ed|ing)|(?:plan|idea|going|want) (?:is )?to (?:collect|scrape|gather|crawl)|need to (?:collect|gather|scrape)|(?:will|have to) (?:collect|scrape|gather)|still collecting|(?:0|zero) (?:labelled |labeled )?(?:examples|rows|samples)|noch keine daten|pas encore de données|(?:aún|todavía) no (?:hay|tenemos) datos|ainda não (?:há|temos) dados)\b|(?:还)?没有数据|データはまだ(?:ない|ありません)|データがない/,
);
export const HAVE: Cued = cued(
  /have|'ve|got|own|有|ten[eghi]|temos|haben|avons|label|annot|tagged|ready|there|done|available|clean|complete|finished/,
  /\b(?:we|i)(?:'ve| have|'ve got| got| own)\b|我们有|我有|tenemos|tengo|temos|tenho|wir haben|nous avons|\b(?:already|hand|human|freshly|fully) (?:label+ed|annotated|tagged)\b|\blabel+ed (?:by|set|data(?:set)?)\b|\b(?:data|dataset|labels?|annotations?) (?:is|are) (?:all )?(?:ready|there|done|available|clean|complete|finished)\b|\bhave\b/,
);

/** Whether the data is there, has to be gathered, or has to be labelled. */
function readStatus(reading: Reading): void {
  const { low } = reading.text;
  const label = find(low, LABEL);
  const collect = find(low, COLLECT);
  const have = find(low, HAVE);
  const at = (m: RegExpExecArray): Span => [m.index, m.index + m[0].length];
  if (label) say(reading, "dataStatus", "label", at(label));
  else if (collect) say(reading, "dataStatus", "collect", at(collect));
  else if (have && (reading.brief.exampleCount || reading.brief.dataSizeGib || reading.brief.tokenCount))
    say(reading, "dataStatus", "have", at(have), "inferred");
  const place =
    /\b(?:s3|gs|abfss?|wasbs|hdfs|azure|r2|hf):\/\/[^\s"'<>,;]{1,150}/.exec(low) ??
    /\bin (?:an? |our |my )?(s3(?: bucket)?|gcs(?: bucket)?|bigquery|snowflake|redshift|databricks|azure blob(?: storage)?|blob storage|postgres(?:ql)?|mongo(?:db)?|sharepoint|google drive|gdrive|onedrive|dropbox|elasticsearch|confluence|zendesk)\b/.exec(
      low,
    );
  if (place) {
    const start = place.index + (place[1] ? place[0].lastIndexOf(place[1]) : 0);
    const end = place.index + place[0].length;
    say(reading, "dataLocation", reading.text.given.slice(start, end).slice(0, 200), [start, end]);
  }
}
