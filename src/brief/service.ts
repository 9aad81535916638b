import { counted } from "./nodes.ts";
import type { Quantity } from "./numbers.ts";
import { note, open, type Reading, say, takeWithin } from "./reading.ts";
import { after, before, type Span, type Text } from "./text.ts";

const PER_SECOND =
  /^\s?\+?\s?(?:rps|qps|req(?:uest)?s?\s?(?:\/|per |a |p)\s?(?:s\b|sec|second)|(?:queries|calls|inferences|predictions|images|pictures|photos|docs|documents|texts|sentences|passages|chunks|embeddings|clips|messages|hits|transactions|events|classifications)\s?(?:\/|per |a )\s?(?:s\b|sec|second)|reqs?\/s|requests? ?(?:pro sekunde|por segundo|par seconde)|anfragen (?:pro|\/) ?s\w*|peticiones por segundo|requisições por segundo|次\/秒|请求\/秒|个?请求每秒|并发请求每秒|tps\b(?= requests))(?![a-z])/;
const RATE_OF =
  /^\s?\+?\s?(?:[a-z]+ )*?(?:rpm|(?:req(?:uest)?s?|queries|calls|hits|inferences|predictions|classifications|transactions|messages|documents|docs|images|emails|tickets|pages|reviews|tweets|posts|articles|chats|conversations|invoices|events|files|items|transcriptions|scans|anfragen|peticiones|requisições|requêtes|请求|次请求|次)\s?(?:\/|per |an? |each |every |pro |por |par |每)\s?(?<per>min|minute|hour|hr|h\b|day|d\b|week|month|tag|día|dia|jour|分钟|小时|天)|(?:requests?|queries|calls|docs|documents|images) (?<adverb>daily|hourly))/;
/** Frames of one camera; several cameras ask for their sum. */
const FRAMES =
  /^\s?\+?\s?-?(?:fps|frames?\s?(?:\/|per |a )\s?s(?:ec(?:ond)?)?|bilder pro sekunde|images par seconde|帧(?:每秒|\/秒)?)(?![a-z])/;
const CAMERAS =
  /(\d{1,4}|two|three|four|six|eight|ten) (?:(?!fps|frames)[a-z]+ )?(?:streams?|cameras?|cams?|feeds?|kameras|caméras|cámaras|câmeras)\b/;
const EACH_SECOND = /(?:每秒|毎秒)\s?(?:大概|约|約)?\s?$/;
const EACH_DAY = /每天\s?(?:大概|约)?\s?$/;
const SECONDS: [RegExp, number][] = [
  [/^(?:min|minute|分钟)/, 60],
  [/^(?:h|hr|hour|hourly|小时)/, 3600],
  [/^(?:d\b|day|daily|tag|día|dia|jour|天)/, 86_400],
  [/^week/, 604_800],
  [/^month/, 2_592_000],
];
/** Amounts said without a number: "a few", "several hundred", "tens of thousands of". */
const VAGUE =
  /\b(?:(?<few>a few|a handful of|several)(?: (?<times>hundred|thousand))?|(?<orders>(?:(?:tens|dozens|hundreds|thousands|millions) of )+))\s?(?=[a-z])/g;
/** The least that a word of amount means, and the most that people use it for. */
const ORDERS: Record<string, [number, number]> = {
  tens: [10, 100],
  dozens: [12, 100],
  hundreds: [100, 1000],
  thousands: [1000, 10_000],
  millions: [1e6, 1e7],
};
const MOST_OF_A_FEW = 5;
const TOKEN_RATE =
  /^\s?\+?\s?(?:output |generated )?(?:(?:tokens?|toks?)\s?(?:\/|per |a |p)\s?(?:s\b|sec|second)|t\/s\b|tps\b|tok\/s)/;
/** What a system does today is not what is asked of it. */
const OBSERVED =
  /\b(?:tried\b[^.;]{0,40}|get|getting|gets|got|gives?|giving|currently|at the moment|now|seeing|see|only get|runs? at|running at|achiev\w+|says|reach\w*|stuck at|hitting|hits|doing|does|manages?|from|measured|was|were|around)\s(?:only |about |like |around |~|just |maybe )*$/;

const WISHED =
  /\b(?:want|need|target(?:ing)?|aim(?:ing)? for|hoping for|goal(?: is)?|would like)\s(?:about |around |at least |~)?$/;

const MILLISECONDS = /^\s?(?:ms|msec|millis(?:econds?)?|毫秒)(?![a-z])/;
const SECOND = /^\s?(?:s|sec|secs|seconds?|segundos?|sekunden?|secondes?|秒)(?![a-z0-9])/;
const LATENCY_CUE =
  /\b(?:p\d{2}(?:\.\d)?|latency|ttft|under|below|within|less than|max|sub|respond\w*|response(?: time)?|answers?(?: in)?|end[ -]to[ -]end|e2e|budget|faster than|inference|per request|first token|latencia|latência|latenz|latence|unter|menos de|moins de|in)\b[^,;]{0,20}$|<\s?$|延迟[^,;]{0,8}$|响应[^,;]{0,8}$/;
const LATENCY_AFTER =
  /^\s?(?:p\d{2}|latency|response|end[ -]to[ -]end|e2e|per (?:request|image|query|page|doc|call|answer|frame)|ttft|max|or less|budget|tops|以内|内|de latencia|de latência|latenz)/;
const MEDIA =
  /^\s?-?(?:s|sec|secs|seconds?)\s(?:of |long )?(?:audio|clips?|clip|videos?|samples?|utterances?|recordings?|segments?|chunks?|songs?|speech|each|long|per (?:step|it|iter|epoch)|windows?)/;
/** How soon an answer begins: people say so of the first token, and no field asks for it. */
const FIRST_TOKEN =
  /(?:\bttft|\b(?:first|1st)[ -](?:tokens?|words?|chunks?|bytes?)|\bprefill|\btime to first(?: \w+)?)\b(?:p\d{2}|[^,;\d]){0,32}$/;
const FIRST_TOKEN_AFTER =
  /^\s?(?:(?:p\d{2}|max|or less|tops)\s)?(?:to |for |until |till |before |on |in )?(?:the |a )?(?:ttft|(?:time to )?(?:first|1st)[ -](?:tokens?|words?|chunks?)|prefill)\b/;
/** How soon each further token follows: a rate, told as its inverse. */
const NEXT_TOKEN =
  /(?:\b(?:tpot|itl)|\b(?:inter|per)[ -]?(?:output[ -])?token(?: latency)?|\btime per (?:output )?token)\b[^,;]{0,24}$/;
const NEXT_TOKEN_AFTER =
  /^\s?(?:\/|per |a |an |each |for each )\s?(?:output |generated |further |next )?tok(?:en)?(?![a-z])|^\s?(?:tpot|itl|inter-?token)\b/;
const STEP = /^\s?(?:ms|s|sec|seconds?)\s?(?:\/|per )\s?(?:it\b|step|iter|batch|epoch|sample)/;

const PEOPLE =
  /^\s?\+?\s?-?(?:(?:concurrent|simultaneous|parallel|active|internal|at once|named|human|live|support|call[ -]center|customer|software|backend|power|beta|test|office|camera|video|audio|max|peak|happy) )*(?:users?|devs|developers|engineers|people|ppl|persons?|employees|staff|seats|agents(?= (?:use|using|at|in|on))|colleagues|analysts|lawyers|doctors|nurses|students|teachers|clients|customers|coders|programmers|researchers|reps|sessions|streams|cameras|connections|clinicians|operators|concurrent|concurrency|parallel requests|requests (?:at once|in parallel|in flight|concurrently)|usuarios|usuários|nutzern?|benutzer|mitarbeitern?|utilisateurs|人|个?并发(?:用户)?|个?用户|ユーザー|名)(?![a-z])/;
const PEOPLE_BEFORE =
  /\b(?:concurrency|concurrent (?:users|requests)|users|parallel requests|并发(?:数|量)?)\s?(?:of|=|:|is|about|~)?\s?$|并发(?:数|量)?\s?$/;
const NOT_CONCURRENT =
  /^\s?\+?\s?(?:[a-z]+ )?(?:daily|monthly|weekly|registered|total|active daily)\b|^\s?(?:dau|mau)\b/;
const TEAM =
  /\b(?:team of|we(?:'re| are)(?: only| just)?|company of|startup of|org of|team:|firm of|us)\s(?:a |an )?(?:team of )?(?:about |~|only |just )?$/;
/** "(4 backend devs, no ML people)" counts colleagues. */
const TEAM_OPENS = /\bteam \($/;
const PER_TIME = /^\s?(?:max |min )?(?:per|a|\/|each)\s?(?:min|sec|s\b|hour|day|week|month)/;

/** What the service must bear: rates, latency, speed of generation, people at once. */
export function readService(reading: Reading): void {
  const { text } = reading;
  const vague = vagueRate(text);
  // The hundred of "several hundred" is no number of its own.
  if (vague) takeWithin(reading, vague.span);
  /** What a system does today: a bare number wished for after it has the same unit. */
  let observed: "tokensPerSecond" | "requestsPerSecond" | undefined;
  for (const q of open(reading)) {
    if (q.high <= 0) continue;
    const tail = after(text, q.end, 56);
    const lead = before(text, q.start, 48);
    const tokenRate = TOKEN_RATE.exec(tail);
    if (tokenRate) {
      reading.taken.add(q);
      // Payments are counted per second in the same letters.
      const payments = /tps/.test(tokenRate[0]) && /\btransactions?|payments?|fraud\b/.test(text.low);
      if (payments) say(reading, "requestsPerSecond", q.high, [q.start, q.end + tokenRate[0].length]);
      else if (OBSERVED.test(lead)) observed = "tokensPerSecond";
      else say(reading, "tokensPerSecond", q.high, [q.start, q.end + tokenRate[0].length]);
      continue;
    }
    // "9 tok/s now. want 25": the wish leaves out the unit.
    if (observed && WISHED.test(lead) && /^\s?\+?\s?(?:$|,|or more|at least|instead)/.test(tail)) {
      reading.taken.add(q);
      say(reading, observed, q.high, [q.start, q.end]);
      continue;
    }
    const frames = FRAMES.exec(tail);
    if (frames) {
      reading.taken.add(q);
      const streams = counted(CAMERAS.exec(text.low)?.[1]) ?? 1;
      if (OBSERVED.test(lead)) observed = "requestsPerSecond";
      else
        say(
          reading,
          "requestsPerSecond",
          q.high * streams,
          [q.start, q.end + frames[0].length],
          streams > 1 ? "inferred" : "stated",
        );
      continue;
    }
    const second = PER_SECOND.exec(tail);
    if (second || (EACH_SECOND.test(lead) && /^\s?(?:次|个?请求|requests?|リクエスト|件|条)/.test(tail))) {
      reading.taken.add(q);
      if (!OBSERVED.test(lead)) say(reading, "requestsPerSecond", q.high, [q.start, q.end + (second?.[0].length ?? 0)]);
      continue;
    }
    const rate = RATE_OF.exec(tail);
    if (rate || (EACH_DAY.test(lead) && /^\s?(?:次|个?请求|requests?|条)/.test(tail))) {
      reading.taken.add(q);
      const seconds = rate ? secondsOf(rate) : 86_400;
      // The given figure is an average; peaks are a question, not a guess.
      say(reading, "requestsPerSecond", q.high / seconds, [q.start, q.end + (rate?.[0].length ?? 0)], "inferred");
      continue;
    }
    const ms = MILLISECONDS.exec(tail);
    const s = ms ? null : SECOND.exec(tail);
    if ((ms || s) && !MEDIA.test(tail) && !STEP.test(tail)) {
      const unit = (ms ?? s)![0];
      const rest = tail.slice(unit.length);
      const takes =
        /\bfrom\s$|\b(?:takes?|took|currently|now|atm|runs? (?:in|at)|getting|sees?|seeing)\b[^,;]{0,14}$/.test(lead);
      if (
        !takes &&
        q.multiplier === "" &&
        (ms || LATENCY_CUE.test(lead) || LATENCY_AFTER.test(rest) || FIRST_TOKEN_AFTER.test(rest))
      ) {
        reading.taken.add(q);
        sayLatency(reading, q, q.high * (ms ? 1 : 1000), unit.length);
      }
      continue;
    }
    const people = PEOPLE.exec(tail);
    if (people || PEOPLE_BEFORE.test(lead)) {
      const unit = people?.[0] ?? "";
      if (
        NOT_CONCURRENT.test(tail) ||
        TEAM.test(lead) ||
        TEAM_OPENS.test(lead) ||
        PER_TIME.test(tail.slice(unit.length))
      )
        continue;
      if (
        /^\s?(?:ml |data |software )?(?:engineers?|researchers?|students?|persons?|people|devs|developers)$/.test(
          unit,
        ) &&
        /\b(?:we have|with|by|and|me and|i have)\s$/.test(lead) &&
        q.high < 6
      )
        continue;
      if (/customers|clients|students|employees/.test(unit) && q.high > 5000) continue;
      if (
        /engineers|devs|developers|people/.test(unit) &&
        /^\s?(?:in|on) (?:the|our) team|^\s?team/.test(tail.slice(unit.length))
      )
        continue;
      reading.taken.add(q);
      say(reading, "concurrentUsers", q.high, [q.start, q.end + unit.length]);
    }
  }
  if (vague && !reading.brief.requestsPerSecond) {
    say(reading, "requestsPerSecond", vague.most / vague.seconds, vague.span, "inferred");
    note(
      reading,
      `"${text.given.slice(...vague.span).trim()}" is taken as ${vague.most.toLocaleString("en-US")} at most; a number makes the cost of serving exact.`,
    );
  }
  const subsecond = /\bsub[ -]?second\b|\bunder a second\b|\bless than a second\b|亚秒/.exec(text.low);
  if (subsecond) say(reading, "latencyMs", 1000, [subsecond.index, subsecond.index + subsecond[0].length], "inferred");
}

/** A rate without a number, read as the most that it can mean: what serves must bear that. */
function vagueRate(text: Text): { most: number; seconds: number; span: Span } | undefined {
  for (const match of text.low.matchAll(VAGUE)) {
    const end = match.index + match[0].length;
    const tail = after(text, end, 56);
    const second = PER_SECOND.exec(tail);
    const rate = second ?? RATE_OF.exec(tail);
    if (!rate || OBSERVED.test(before(text, match.index, 48))) continue;
    return {
      most: mostOf(match.groups!),
      seconds: second ? 1 : secondsOf(rate),
      span: [match.index, end + rate[0].length],
    };
  }
}

/** Of "requests a day", the day. */
function secondsOf({ groups = {} }: RegExpExecArray): number {
  const per = groups.per ?? groups.adverb ?? "min";
  return SECONDS.find(([pattern]) => pattern.test(per))?.[1] ?? 60;
}

function mostOf({ few, times = "", orders = "" }: Record<string, string | undefined>): number {
  if (few) return MOST_OF_A_FEW * ({ hundred: 100, thousand: 1000 }[times] ?? 1);
  const [first, ...rest] = orders.trim().split(/ of ?/).filter(Boolean);
  return rest.reduce((product, word) => product * ORDERS[word]![0], ORDERS[first!]![1]);
}

/** A whole answer's time goes to the brief; a first token's is said back, a further token's is a rate. */
function sayLatency(reading: Reading, q: Quantity, ms: number, unit: number): void {
  const { text } = reading;
  const span: Span = [q.start, q.end + unit];
  const lead = before(text, q.start, 64);
  const rest = after(text, span[1], 48);
  if (NEXT_TOKEN.test(lead) || NEXT_TOKEN_AFTER.test(rest))
    say(reading, "tokensPerSecond", 1000 / ms, span, "inferred");
  else if (FIRST_TOKEN.test(lead) || FIRST_TOKEN_AFTER.test(rest))
    note(
      reading,
      `"${text.given.slice(...span).trim()}" is asked of the first token. The plan states its time to first token to compare with, and is not searched by it; a limit for the whole answer is said as "answers within 3 s".`,
    );
  else say(reading, "latencyMs", ms, span);
}
