/** A secret that was found in a text. The secret itself is never part of this. */
export interface FoundSecret {
  kind: string;
  /** Who issued it, and so where it must be revoked. */
  service: string;
  /** [start, end) in UTF-16 code units. */
  start: number;
  end: number;
}

interface Rule {
  kind: string;
  service: string;
  /** Global. A group named `secret` marks the part to hide; without one, the whole match is hidden. */
  pattern: RegExp;
  /** A last look at the candidate, for rules that need more than a shape. */
  looksReal?: (secret: string) => boolean;
}

/** What stands in place of a secret. One character for one, so spans of other fields stay true. */
const MASK = "•";

const EDGE = "(?<![A-Za-z0-9_-])";

/** Shapes that an issuer gave its own keys. Every repetition is bounded or runs over one class that ends it: linear time. */
const ISSUED: Rule[] = [
  rule("Anthropic key", "Anthropic", `${EDGE}sk-ant-[A-Za-z0-9_-]{16,300}`),
  rule("OpenAI key", "OpenAI", `${EDGE}sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,300}`),
  rule("OpenRouter key", "OpenRouter", `${EDGE}sk-or-(?:v1-)?[A-Za-z0-9]{24,128}`),
  rule("OpenAI key", "OpenAI", `${EDGE}sk-(?=[A-Za-z]{0,60}\\d)[A-Za-z0-9]{20,200}`),
  rule("GitHub token", "GitHub", `${EDGE}gh[pousr]_[A-Za-z0-9]{20,255}`),
  rule("GitHub token", "GitHub", `${EDGE}github_pat_[A-Za-z0-9_]{22,255}`),
  rule("GitLab token", "GitLab", `${EDGE}glpat-[A-Za-z0-9_-]{20,64}`),
  // Real ones are letters alone as often as not; "hf_xxxx…" is how people write a placeholder.
  rule("Hugging Face token", "Hugging Face", `${EDGE}hf_[A-Za-z0-9]{30,64}`, (s) => !/^(.)\1+$/.test(s.slice(3))),
  rule("AWS access key", "AWS", `${EDGE}(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])`, (s) => !s.endsWith("EXAMPLE")),
  rule(
    "AWS secret key",
    "AWS",
    `aws.{0,20}(?:secret|key)["' ]{0,3}[=:]{1,2}>?["' ]{0,3}(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])`,
    mixed,
    "i",
  ),
  rule("Google API key", "Google", `${EDGE}AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])`),
  rule("Google OAuth secret", "Google", `${EDGE}GOCSPX-[A-Za-z0-9_-]{20,40}`),
  rule("Slack token", "Slack", `${EDGE}xox[abeoprs]-(?=[A-Za-z-]{0,60}\\d)[A-Za-z0-9-]{10,250}`),
  rule("Slack token", "Slack", `${EDGE}xapp-\\d-[A-Za-z0-9-]{10,250}`),
  rule(
    "Slack webhook",
    "Slack",
    "hooks\\.slack\\.com/(?:services|workflows|triggers)/(?<secret>[A-Za-z0-9/_-]{20,200})",
  ),
  rule("Stripe key", "Stripe", `${EDGE}[rs]k_(?:live|test)_[A-Za-z0-9]{16,200}`),
  rule("Stripe webhook secret", "Stripe", `${EDGE}whsec_[A-Za-z0-9]{24,100}`),
  rule("npm token", "npm", `${EDGE}npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])`),
  rule("PyPI token", "PyPI", `${EDGE}pypi-AgE[A-Za-z0-9_-]{40,300}`),
  rule("Replicate token", "Replicate", `${EDGE}r8_[A-Za-z0-9]{37}(?![A-Za-z0-9])`),
  rule("Modal token", "Modal", `${EDGE}a[ks]-[A-Za-z0-9]{22}(?![A-Za-z0-9])`, mixed),
  rule(
    "W&B key",
    "Weights & Biases",
    "(?:wandb|weights.{1,5}biases).{0,40}?(?<![0-9a-f])(?<secret>[0-9a-f]{40})(?![0-9a-f])",
    mixed,
    "is",
  ),
  rule(
    "W&B key",
    "Weights & Biases",
    `api.?key["' ]{0,3}[=:]{0,1}["' ]{0,3}(?<![0-9a-f])(?<secret>[0-9a-f]{40})(?![0-9a-f])`,
    mixed,
    "i",
  ),
  // A block cut off by a paste is as secret as a whole one, so END is optional. "\\n" is how JSON and .env write it.
  rule(
    "private key",
    "the servers that trust it",
    "-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?<secret>(?:[A-Za-z0-9+/=\\s:,.]|\\\\[nr]|-(?!----)){8,20000})",
    (s) => /[A-Za-z0-9+/]{8}/.test(s),
  ),
  rule(
    "JSON web token",
    "the service it opens",
    `${EDGE}eyJ[A-Za-z0-9_-]{8,3000}\\.eyJ[A-Za-z0-9_-]{4,5000}(?:\\.[A-Za-z0-9_-]{0,3000})?`,
  ),
  rule(
    "URL with a password",
    "the server in it",
    // "://" stands first, which is found fast; a scheme tried at every letter was half the time of a scan.
    "://(?<=[a-z][a-z0-9+]{1,20}://)[^\\s/:@\"'<>]{0,100}:(?<secret>[^\\s/@\"'<>]{3,200})@",
    (s) => !placeholder(s),
    "i",
  ),
  rule(
    "bearer token",
    "the service it opens",
    "authorization[\"' ]{0,3}[:=][\"' ]{0,3}bearer (?<secret>[A-Za-z0-9._~+/-]{20,2000})",
    (s) => mixed(s) && !placeholder(s),
    "i",
  ),
];

/** `password = …` and its kin, judged by how random the value looks. `secret_name: …` says where one lies, and holds none. */
const ASSIGNED = rule(
  "password or key",
  "the service it opens",
  `(?:passw(?:or)?d|passwd|pwd|secret|token|api.?key|access.?key|private.?key|auth.?key|client.?secret|credential)(?!_?name\\b)[a-z_]{0,12}["'\`]?\\s{0,3}(?::=|=>|[:=])\\s{0,3}(?:"(?<quoted>[^"\\n]{6,200})"|'(?<ticked>[^'\\n]{6,200})'|(?<secret>[^\\s"'\`,;()<>{}[\\]]{8,200}))`,
  random,
  "i",
);

function rule(kind: string, service: string, source: string, looksReal?: Rule["looksReal"], flags = ""): Rule {
  return { kind, service, pattern: new RegExp(source, `g${flags}`), looksReal };
}

/** Letters and digits both: words and plain numbers are not keys. */
function mixed(value: string): boolean {
  return /[a-z]/i.test(value) && /\d/.test(value) && new Set(value).size >= 8;
}

/** What documentation and templates write where a secret would stand. */
function placeholder(value: string): boolean {
  return (
    /[{}<>$]|\.\.\.|…|•|\*{3}/.test(value) ||
    /your|example|placeholder|change.?me|replace|dummy|sample|redacted|insert|xxxx|fake|todo|here$|^env[.:]|environ|getenv|secrets?\.|process\.|config\.|settings\.|vault:/i.test(
      value,
    ) ||
    /^(?:password|passwd|secret|token|postgres|none|null|true|false|undefined|user|pass|root|admin|test)$/i.test(value)
  );
}

/** A value a person would not have typed as a word: several classes of characters and few repeats. */
function random(value: string): boolean {
  if (placeholder(value) || /\s/.test(value)) return false;
  // Addresses, paths, versions, dates, hashes with their algorithm, commit ids, UUIDs and names_like_this are public.
  if (/^(?:https?:|s3:|gs:|\.{0,2}\/|~\/|sha\d{1,3}[:-]|arn:)/i.test(value)) return false;
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)) return false;
  if (/^[0-9a-f]{7,12}$/i.test(value) || /^[\d.,:_-]+$/.test(value)) return false;
  if (/^[A-Za-z]+(?:[-_./][A-Za-z0-9]{1,12}){0,12}$/.test(value) && !/[A-Za-z]\d[A-Za-z]/.test(value)) return false;
  // `tokenizer:` and on the next line `max_seq_len: 8192`: a key of YAML, no value.
  if (/^[A-Za-z_]+:$/.test(value)) return false;
  // `secret = match.groups?.secret` is code that reads a value.
  if (/^[A-Za-z_]+(?:\??\.[A-Za-z_]+)+$/.test(value)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((c) => c.test(value)).length;
  return classes >= 2 && entropy(value) >= (value.length >= 20 ? 3.2 : 2.75) && /\d|[^A-Za-z0-9_.-]/.test(value);
}

/** Shannon entropy in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const c of value) counts.set(c, (counts.get(c) ?? 0) + 1);
  let bits = 0;
  for (const n of counts.values()) bits -= (n / value.length) * Math.log2(n / value.length);
  return bits;
}

/** Every secret in a text, in order and without overlaps. */
export function findSecrets(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const { kind, service, pattern, looksReal } of [...ISSUED, ASSIGNED]) {
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match.groups?.quoted ?? match.groups?.ticked ?? match[0];
      if (looksReal && !looksReal(secret)) continue;
      const start = match.index + match[0].lastIndexOf(secret);
      found.push({ kind, service, start, end: start + secret.length });
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: FoundSecret[] = [];
  for (const f of found) {
    const last = kept.at(-1);
    if (!last || f.start >= last.end) kept.push(f);
    else last.end = Math.max(last.end, f.end);
  }
  return kept;
}

/** The text with each secret masked by as many characters, and what was found. */
export function redactSecrets(text: string): { text: string; found: FoundSecret[] } {
  const found = findSecrets(text);
  if (found.length === 0) return { text, found };
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of found) {
    parts.push(text.slice(at, start), MASK.repeat(end - start));
    at = end;
  }
  parts.push(text.slice(at));
  return { text: parts.join(""), found };
}

/** What a person is told about secrets that were masked: never the secret, always where to revoke it. */
export const secretNotices = (found: readonly FoundSecret[]): string[] => [
  ...new Set(
    found.map(
      ({ kind, service }) =>
        `The text holds ${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}. It was masked before anything else was done with it; revoke it at ${service} and make a new one.`,
    ),
  ),
];
