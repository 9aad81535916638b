import type { ActionsBlock, Button, KnownBlock } from "@slack/types";
import fc from "fast-check";
import { expect, test } from "vitest";
import { actionOf } from "../../../slack/actions.ts";
import { exampleBlocks } from "../../../slack/blocks/help.ts";
import { markdownBlocks } from "../../../slack/blocks/markdown.ts";
import { type Message, messages } from "../../../slack/blocks/message.ts";
import { replyMessages } from "../../../slack/blocks/reply.ts";
import { listBlocks, type RunLine, statusBlocks } from "../../../slack/blocks/runs.ts";
import { tables } from "../../../slack/blocks/table.ts";
import { refuseMessage, refuseView } from "../../../slack/blocks/validate.ts";
import { changeView, wordsView } from "../../../slack/views/answer.ts";
import { formView, formWords } from "../../../slack/views/form.ts";
import { homeView } from "../../../slack/views/home.ts";
import { repositoryView } from "../../../slack/views/repository.ts";
import type { Reply } from "../../../src/consult.ts";
import type { Plan } from "../../../src/index.ts";
import { stage, talk, values } from "../stage.ts";

const REQUESTS = [
  "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500, serve 5 requests/s",
  "Fine-tune Llama 3.1 70B on 200k documents of 8k tokens on one RTX 4090, budget $10",
  "Serve Qwen2.5 32B to 20 people at once on two L40S",
  "Train a vision transformer on 2 million photos, two A100s, a week, HIPAA, on AWS",
  "Fine-tune Whisper large v3 on 100 hours of Dutch calls, must stay on-premises",
  "Classify tickets from a table with 30 columns and 5000 rows",
  "Our product prices change every week; teach a model to answer about them, 60 examples",
  "Pretrain a 1B model from scratch on 20B tokens with 8 H100s",
  "DPO on Mistral 7B with 20k preference pairs, then serve 100 requests/s under 300 ms, EU only, air-gapped",
  "Fine-tune SDXL on 500 pictures on a 16 GB card",
];
const TALK = [
  "what if two 4090s",
  "why",
  "why not QLoRA",
  "alternatives",
  "show the config",
  "cheaper",
  "show the plan",
  "actually 100k examples",
  "open a pull request in team/models",
  "make a zip",
  "help",
  "purple",
  "compare",
  // A key that was pasted: masked, and its owner is told.
  `90k examples, and the token is ghp_${"0a".repeat(18)}`,
];

const replies = REQUESTS.flatMap((request) => talk(request, ...TALK).replies);
const every = replies.flat();
const json = (value: unknown): string => JSON.stringify(value);

function expectSent(found: readonly Message[]): void {
  expect(found.length).toBeGreaterThan(0);
  for (const message of found) {
    expect(refuseMessage(message)).toBeUndefined();
    expect(message.text.trim()).not.toBe("");
    expectInert(message);
  }
}

/** Everything that Slack would read for mentions and links: mrkdwn, and the text beside the blocks. */
function expectInert(message: Message): void {
  const live: string[] = [message.text];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const found = value as { type?: unknown; text?: unknown; verbatim?: unknown };
    if (found.type === "mrkdwn") {
      live.push(String(found.text));
      expect(found.verbatim).toBe(true);
    }
    expect(found.type).not.toBe("markdown");
    for (const child of Object.values(value)) visit(child);
  };
  visit(message.blocks);
  for (const text of live)
    expect(text.replace(/<https:\/\/(?:huggingface\.co|github\.com)[^<>|]*\|[^<>]*>|<#C[A-Z0-9]+>/g, "")).not.toMatch(
      /[<>]/,
    );
}

/** All that a person can read, as they would read it. */
const readable = (found: readonly Message[]): string =>
  json(found.map((m) => m.blocks))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

test("the talk that is tested here holds every kind of reply", () => {
  expect([...new Set(every.map((reply) => reply.kind))].sort()).toEqual(
    [
      "action",
      "alternatives",
      "config",
      "difference",
      "done",
      "error",
      "help",
      "notice",
      "plan",
      "question",
      "reasons",
      "understood",
    ].sort(),
  );
  expect(new Set(every.flatMap((r) => (r.kind === "plan" ? [r.plan.status] : [])))).toEqual(
    new Set(["feasible", "infeasible", "off-ramp"]),
  );
});

test("Slack takes every message of every turn, and nothing in it is a mention", () => {
  for (const turn of replies) if (turn.length > 0) expectSent(replyMessages(turn, stage()));
  for (const reply of every) expectSent(replyMessages([reply], stage({ effects: [], proposal: undefined })));
  expectSent(
    replyMessages(
      [
        { kind: "notice", text: "<!here> a key" },
        { kind: "conflict", text: "a & b" },
      ],
      stage(),
    ),
  );
});

test("the recommendation leaves nothing out: decisions, numbers, assumptions, risks", () => {
  for (const reply of every) {
    if (reply.kind !== "plan" || reply.whole) continue;
    const text = readable(replyMessages([reply], stage()));
    const { plan } = reply;
    for (const said of [
      ...plan.decisions.map((d) => d.title),
      ...plan.assumptions.map((a) => a.why.replaceAll("`", "")),
      ...plan.risks.map((r) => r.mitigation),
      ...plan.blockers.map((b) => b.text),
    ])
      expect(text.replaceAll("`", "")).toContain(
        json(said.replaceAll("`", "").replaceAll("**", "")).slice(1, -1).slice(0, 60),
      );
  }
});

test("every assumption that is a field of the brief has a Change button, signed for this run and revision", () => {
  const plan = every.find((reply) => reply.kind === "plan")!;
  const blocks = replyMessages([plan], stage({ revision: 7 })).flatMap((m) => m.blocks);
  const changes = blocks.flatMap((b) => (b.type === "section" && b.accessory?.type === "button" ? [b.accessory] : []));
  expect(changes.map((b) => b.action_id)).toContain("change:epochs");
  for (const each of buttons(blocks))
    expect(values.open(each.action_id!, each.value)).toEqual({ run: stage().run, revision: 7 });
  for (const each of buttons(blocks)) expect(actionOf(each.action_id!)).toBeDefined();
});

const buttons = (blocks: readonly KnownBlock[]): Button[] =>
  blocks.flatMap((b) => {
    if (b.type === "actions") return (b as ActionsBlock).elements.filter((e) => e.type === "button");
    return b.type === "section" && b.accessory?.type === "button" ? [b.accessory] : [];
  });

test("the pull request's dialog names repository, branch and file count; without a repository a modal asks", () => {
  const plan = every.find((reply) => reply.kind === "plan" && reply.plan.status === "feasible")!;
  const found = (over: Parameters<typeof stage>[0]) =>
    buttons(replyMessages([plan], stage(over)).flatMap((m) => m.blocks)).find(
      (b) => b.action_id === "effect:pull-request",
    );
  const text = json(found({})?.confirm?.text);
  for (const name of ["team/models", "ml-architect/5f0c9a52-r1", "41 files"]) expect(text).toContain(name);
  expect(found({ pullRequest: undefined })?.confirm).toBeUndefined();
  expect(found({ effects: ["zip"] })).toBeUndefined();
});

test("a question has a button for each answer, one for words and one for our judgement", () => {
  const asked = every.find((reply) => reply.kind === "question")!;
  const ids = buttons(replyMessages([asked], stage()).flatMap((m) => m.blocks)).map(
    (b) => actionOf(b.action_id!)?.type,
  );
  expect(ids).toEqual([...asked.question.options.map(() => "answer"), "words", "judgement"]);
});

/** Replies in which every word that could come from a person was replaced. */
function poisoned<T>(value: T, words: string, key = ""): T {
  if (typeof value === "string")
    return (
      /^(?:kind|effect|status|planHash|inputHash|verdict|from|severity|bindingTerm|peakMoment|calibration|name|id|field|today)$/.test(
        key,
      )
        ? value
        : words
    ) as T;
  if (Array.isArray(value)) return value.map((each) => poisoned(each, words, key)) as T;
  if (typeof value !== "object" || value === null) return value;
  // The values of a question's answers are ours, as its id is.
  const ours = "label" in value ? ["value"] : [];
  return Object.fromEntries(
    Object.entries(value).map(([k, each]) => [k, ours.includes(k) ? each : poisoned(each, words, k)]),
  ) as T;
}

test("words of any kind and length in any field give messages that Slack takes", () => {
  const nasty = fc.oneof(
    fc.constantFrom(
      "<!channel>",
      "<@U1>",
      "<https://evil.example|huggingface.co>",
      "|a|b|\n|---|---|",
      "```",
      "# x",
      "",
      " ",
      "\n",
    ),
    fc.string({ unit: "grapheme", maxLength: 200 }),
  );
  const words = fc
    .tuple(nasty, nasty, fc.constantFrom(1, 2, 40, 300))
    .map(([a, b, times]) => `${a} ${b}`.repeat(times).slice(0, 9000) || "x");
  const kinds = [...new Set(every.map((r) => r.kind))].map((kind) => every.find((r) => r.kind === kind)!);
  fc.assert(
    fc.property(fc.nat(kinds.length - 1), words, (kind, text) => {
      const changed: Reply = poisoned(kinds[kind]!, text);
      for (const message of replyMessages([changed], stage())) {
        expect(refuseMessage(message)).toBeUndefined();
        expectInert(message);
      }
    }),
    { numRuns: process.env.ML_ARCHITECT_FULL ? 2000 : 150 },
  );
});

test("what was understood, and outcomes of answers, are said once", () => {
  const [, whatIf] = talk(REQUESTS[0]!, "what if two 4090s").replies;
  const said = readable(replyMessages(whatIf!, stage()));
  expect(said).toContain("What I understood");
  expect(said).not.toContain("In the request");
  const [, cheaper] = talk(REQUESTS[0]!, "cheaper").replies;
  const wish = readable(replyMessages(cheaper!, stage()));
  // Nobody said what a cheaper plan changes: it is part of the difference.
  expect(wish).not.toContain("What I understood");
  expect(wish).toContain("In the request");
  const question = every.find((r) => r.kind === "question")!;
  expect(question.question.why).toContain("It decides between");
  expect(readable(replyMessages([question], stage()))).not.toContain("It decides between");
});

test("numbers keep the unit, and names the asterisk, that the Markdown gave them", () => {
  const shown = (text: string): string => json(markdownBlocks(text, []));
  expect(shown("| part | GiB |\n| --- | --- |\n| weights | 27.75 |")).toContain("27.75 GiB");
  // Slack reads a pair of asterisks as bold and takes them away.
  expect(shown("systems/*.yaml and hardware*.ts")).toContain("`systems/*.yaml` and `hardware*.ts`");
});

test("a table longer than a message goes on in the next, under the same head, with every row", () => {
  const rows = Array.from({ length: 250 }, (_, i) => [`row ${i}`, "x".repeat(90), ""]);
  const found = messages(tables(["a", "b", "c"], rows), "a table");
  expectSent(found);
  const texts = found.flatMap((m) => m.blocks.flatMap((b) => (b.type === "table" ? b.rows : [])));
  expect(texts.filter((r) => json(r[0]).includes('"a"'))).toHaveLength(found.length);
  for (const [name] of rows) expect(json(texts)).toContain(`"${name}"`);
});

test("the views are ones that Slack opens", () => {
  const plan = every.find((reply) => reply.kind === "plan")!.plan as Plan;
  const asked = every.find((reply) => reply.kind === "question")!.question;
  const long = "w".repeat(5000);
  const run = (i: number): RunLine => ({
    id: `run-${i}`,
    channel: i % 2 ? "C012AB3" : "not <!here> a channel",
    headline: `<!here> ${long.slice(0, 400)}`,
    revision: i,
    state: "waiting",
    updated: "2026-11-20",
  });
  const views = [
    formView(values.sign("new", { run: "C1", revision: 0 }), long),
    changeView("epochs", plan, stage()),
    changeView("deadlineHours", plan, stage()),
    wordsView(asked, stage()),
    repositoryView(
      Array.from({ length: 150 }, (_, i) => `team/${"m".repeat(i)}`),
      "ml-architect/x-r1",
      stage(),
    ),
    homeView([], []),
    homeView(
      Array.from({ length: 200 }, (_, i) => run(i)),
      [{ name: "threadReplies", value: "auto" }],
    ),
  ];
  for (const view of views) expect(refuseView(view)).toBeUndefined();
  expect(json(views)).not.toMatch(/"type":"mrkdwn","text":"[^"]*<!/);
  expect(
    json(
      homeView(
        Array.from({ length: 200 }, (_, i) => run(i)),
        [],
      ),
    ),
  ).toMatch(/\d+ more/);
  expectSent(messages(statusBlocks(run(1), 2, stage()), "status"));
  expectSent(messages(exampleBlocks([]), "examples"));
  expect(refuseMessage(messages(listBlocks([run(2), run(4)]), "list")[0]!)).toBeUndefined();
});

test("the form says what a person would have typed", () => {
  expect(
    formWords({
      request: "Fine-tune Llama 3.1 8B on 50k tickets",
      accelerator: " ",
      budget: "$500",
      deadline: "3 days",
      place: "aws",
    }),
  ).toBe("Fine-tune Llama 3.1 8B on 50k tickets, budget $500, deadline 3 days, on AWS");
  const plan = talk(
    formWords({ request: "Fine-tune Llama 3.1 8B on 50k tickets", budget: "$500", place: "eu" }),
  ).replies[0]!.find((r) => r.kind === "plan")!.plan;
  expect(plan.brief).toMatchObject({ budgetUsd: { value: 500 }, constraints: { value: ["eu-only"] } });
});
