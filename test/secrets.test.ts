import { describe, expect, it } from "vitest";
import { findSecrets, redactSecrets } from "../src/secrets.ts";
import { processorMs } from "./doubles/processor.ts";

// Keys are put together here from parts, so that no key-looking words stand in the repository.
const letters = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzAbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
const take = (n: number) => letters.repeat(5).slice(0, n);
const hex = (n: number) => "9f3a7c1e5b8d204f6a1c".repeat(4).slice(0, n);

const SECRETS: [kind: string, text: string, secret: string][] = [
  ["Anthropic key", `ANTHROPIC_API_KEY=sk-${"ant"}-api03-${take(80)}`, `sk-${"ant"}-api03-${take(80)}`],
  ["OpenAI key", `key sk-${"proj"}-${take(60)} ok`, `sk-${"proj"}-${take(60)}`],
  ["OpenAI key", `old one sk-${take(48)}`, `sk-${take(48)}`],
  ...["p", "o", "u", "s", "r"].map((c): [string, string, string] => [
    "GitHub token",
    `use gh${c}_${take(36)}.`,
    `gh${c}_${take(36)}`,
  ]),
  ["GitHub token", `github${"_pat_"}${take(22)}_${take(59)}`, `github${"_pat_"}${take(22)}_${take(59)}`],
  ["Hugging Face token", `login with h${"f_"}${take(34)}`, `h${"f_"}${take(34)}`],
  [
    "Hugging Face token",
    `letters alone: h${"f_"}${"QwErTyUiOp".repeat(4).slice(0, 34)}`,
    `h${"f_"}${"QwErTyUiOp".repeat(4).slice(0, 34)}`,
  ],
  ["AWS access key", `id AK${"IA"}QWERTYUIOPASDFGH there`, `AK${"IA"}QWERTYUIOPASDFGH`],
  ["AWS access key", `id AS${"IA"}QWERTYUIOPASDFGH there`, `AS${"IA"}QWERTYUIOPASDFGH`],
  ["AWS secret key", `aws_secret_access_key = ${take(40)}`, take(40)],
  ["Google API key", `AI${"za"}${take(35)}`, `AI${"za"}${take(35)}`],
  ["Slack token", `xox${"b"}-1234567890-${take(24)}`, `xox${"b"}-1234567890-${take(24)}`],
  ["Slack token", `xox${"p"}-1234567890-${take(24)}`, `xox${"p"}-1234567890-${take(24)}`],
  ["Slack token", `xa${"pp"}-1-A012345-${take(24)}`, `xa${"pp"}-1-A012345-${take(24)}`],
  ["Slack webhook", `https://hooks.slack.com/services/T000/B000/${take(24)}`, `T000/B000/${take(24)}`],
  ["Stripe key", `sk_${"live"}_${take(24)}`, `sk_${"live"}_${take(24)}`],
  ["W&B key", `wandb login ${hex(40)}`, hex(40)],
  ["W&B key", `WANDB_API_KEY: ${hex(40)}`, hex(40)],
  [
    "JSON web token",
    `token ey${"J"}hbGciOiJIUzI1NiJ9.ey${"J"}zdWIiOiIxMjM0In0.${take(43)}`,
    `ey${"J"}hbGciOiJIUzI1NiJ9.ey${"J"}zdWIiOiIxMjM0In0.${take(43)}`,
  ],
  ["URL with a password", `postgres://app:${take(14)}@db.acme.io:5432/x`, take(14)],
  ["password or key", `password = "${"Tr0ub4dor"}&3xyz"`, `${"Tr0ub4dor"}&3xyz`],
  ["password or key", `api_key: "${take(32)}"`, take(32)],
];

describe("secrets are found", () => {
  it.each(SECRETS)("%s in %j", (kind, text, secret) => {
    const [found, ...more] = findSecrets(text);
    expect(more).toEqual([]);
    expect(found?.kind).toBe(kind);
    expect(text.slice(found?.start, found?.end)).toBe(secret);
  });

  it("a private key is found whole, as JSON writes it, and cut off before its end", () => {
    const head = `-----BEGIN ${"PRIVATE"} KEY-----`;
    const body = Array.from({ length: 6 }, () => take(64));
    const whole = `${head}\n${body.join("\n")}\n-----END ${"PRIVATE"} KEY-----`;
    const json = `{"private_key": "${head}\\n${body.join("\\n")}\\n-----END ${"PRIVATE"} KEY-----\\n"}`;
    const cut = `${head}\n${body.slice(0, 2).join("\n")}`;
    for (const text of [whole, json, cut]) {
      expect(findSecrets(text).map((f) => f.kind)).toEqual(["private key"]);
      expect(redactSecrets(text).text).not.toContain(take(64));
    }
  });
});

describe("what looks like a secret and is none is left alone", () => {
  it.each([
    "ANTHROPIC_API_KEY=your_service_key_here",
    "api_key: {project}_{env}_your_key_here",
    `password = "${"$"}{DB_PASSWORD}"`,
    "token = <token>",
    'api_key = os.environ["OPENAI_API_KEY"]',
    "api_key=os.getenv('KEY')",
    `torch==2.4.0 --hash=sha256:${hex(64)}`,
    `commit ${hex(40)}`,
    `see ${hex(40)} in the log`,
    "run 550e8400-e29b-41d4-a716-446655440000 failed",
    "secret: 550e8400-e29b-41d4-a716-446655440000",
    "model: meta-llama/Llama-3.1-8B-Instruct",
    "token: Qwen/Qwen2.5-7B-Instruct",
    "password: changeme",
    "password = password",
    "tokens: 300000000000",
    "max_new_tokens=2048",
    "token_count: 12,000,000",
    "sk-learn and scikit-learn are the same",
    "hf_hub_download from huggingface_hub",
    "use hf_transfer",
    "https://example.com:8080/path@v2",
    `postgres://user:${"$"}{PASSWORD}@host/db`,
    "AKIAIOSFODNN7EXAMPLE",
    "secretName: my-app-secrets",
    "secret_name: qwen3-8b-tickets-serving",
    "password: ********",
    "api_key=None",
    "tokenizer: mistralai/Mistral-7B-v0.3",
    "-----BEGIN PUBLIC KEY-----",
    "risk-averse-strategy-for-a-long-sentence-with-hyphens",
  ])("%j", (text) => {
    expect(findSecrets(text)).toEqual([]);
  });
});

describe("redaction", () => {
  it("keeps the length, so that spans in the text and in the redacted text agree", () => {
    const key = `sk-${"ant"}-api03-${take(60)}`;
    const text = `deploy llama 3.1 8b, my key is ${key}, budget $200`;
    const redacted = redactSecrets(text);
    expect(redacted.text).toHaveLength(text.length);
    expect(redacted.text).not.toContain(take(10));
    expect(redacted.text.indexOf("$200")).toBe(text.indexOf("$200"));
    expect(redacted.found).toEqual([{ kind: "Anthropic key", service: "Anthropic", start: 31, end: 31 + key.length }]);
  });

  it("finds nothing more in a text it has redacted", () => {
    for (const [, text] of SECRETS) expect(findSecrets(redactSecrets(text).text)).toEqual([]);
  });

  it("reads a megabyte of any one pattern in well under two seconds", () => {
    for (const unit of [
      "a",
      "a-",
      "sk-",
      "password = ",
      "http://",
      "eyJhbGciOi",
      "wandb ",
      "aws secret=",
      "-----BEGIN PRIVATE KEY-----\n",
      " ",
    ]) {
      const text = unit.repeat(Math.ceil(1e6 / unit.length));
      expect(
        processorMs(() => findSecrets(text)),
        JSON.stringify(unit),
      ).toBeLessThan(2000);
    }
  });
});
