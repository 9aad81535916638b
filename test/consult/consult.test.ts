import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import {
  type Conversation,
  consult,
  current,
  type Effect,
  type Event,
  emptyConversation,
  type Reply,
  render,
} from "../../src/consult.ts";
import { advise, readText } from "../../src/index.ts";

const today = "2026-11-22";
const setting = { catalog, today, effects: ["write-project", "save-plan"] as const };
const REQUEST = "fine-tune Llama 3.1 8B on 50k chats, budget $100";

interface Talk {
  state: Conversation;
  replies: Reply[];
  effects: Effect[];
}

/** Each event after the other, as a front end would: the state travels as JSON in between. */
function talk(...events: (string | Event)[]): Talk {
  let state = emptyConversation();
  let last: Talk = { state, replies: [], effects: [] };
  for (const event of events) {
    const turn = consult(state, typeof event === "string" ? { type: "said", text: event } : event, setting);
    state = JSON.parse(JSON.stringify(turn.state));
    expect(state).toEqual(turn.state);
    last = { ...turn, state };
  }
  return last;
}

const kinds = (t: Talk): string[] => t.replies.map((r) => r.kind);
const reply = <K extends Reply["kind"]>(t: Talk, kind: K): Extract<Reply, { kind: K }> =>
  t.replies.find((r): r is Extract<Reply, { kind: K }> => r.kind === kind)!;
const values = (t: Talk): Record<string, unknown> =>
  Object.fromEntries(Object.entries(current(t.state)!.brief).map(([field, said]) => [field, said.value]));
const planned = (text: string): string => advise(readText(text, catalog, { today }), catalog, { today }).planHash;

describe("a first request", () => {
  const first = talk(REQUEST);

  test("is answered with what was understood, the plan, and at most three questions", () => {
    expect(kinds(first).slice(0, 2)).toEqual(["understood", "plan"]);
    expect(reply(first, "understood").fields).toContainEqual({
      field: "exampleCount",
      value: 50_000,
      words: "50k chats",
    });
    expect(kinds(first).filter((k) => k === "question").length).toBeLessThanOrEqual(3);
  });

  test("leads to the plan that the command line makes of the same words", () => {
    expect(current(first.state)!.planHash).toBe(planned(REQUEST));
  });

  test("that says nothing is an error, and nothing is remembered", () => {
    const t = talk("hello there");
    expect(kinds(t)).toEqual(["error"]);
    expect(t.state).toEqual(emptyConversation());
  });
});

describe("follow-ups understood without a model", () => {
  test.each([
    ["what if two 4090s", { accelerator: "rtx-4090", acceleratorCount: 2 }],
    ["what about an A100", { accelerator: "a100-80gb-sxm" }],
    ["compare with A100", { accelerator: "a100-80gb-sxm" }],
    ["what would 32k context cost?", { sequenceLength: 32_768 }],
    ["how about QLoRA", { method: "qlora" }],
    ["what if we had 200k examples", { exampleCount: 200_000 }],
    ["what if it ran on AWS", { platform: "aws" }],
  ])("“%s” is tried and not taken; “keep it” takes it", (text, fields) => {
    const tried = talk(REQUEST, text);
    expect(tried.state.revisions).toHaveLength(1);
    expect(reply(tried, "difference").difference.before).toBe(current(tried.state)!.planHash);
    const kept = talk(REQUEST, text, "keep it");
    expect(values(kept)).toMatchObject(fields);
    expect(current(kept.state)!.planHash).toBe(reply(tried, "difference").difference.after);
  });

  test.each([
    ["actually 100k examples", { exampleCount: 100_000 }],
    ["no, use Qwen3 8B", { model: "Qwen/Qwen3-8B" }],
    ["on AWS please", { platform: "aws" }],
    ["epochs=2", { epochs: 2 }],
    ["serve 5 requests per second", { requestsPerSecond: 5, phase: "both" }],
    ["QLoRA", { method: "qlora", phase: "train" }],
    ["make it $300", { budgetUsd: 300 }],
  ])("“%s” is a correction: a new revision and what changed", (text, fields) => {
    const t = talk(REQUEST, text);
    expect(values(t)).toMatchObject(fields);
    expect(t.state.revisions.map((r) => r.number)).toEqual([1, 2]);
    expect(reply(t, "difference")).toMatchObject({ revision: 2, difference: { after: current(t.state)!.planHash } });
  });

  test("“no deadline” and “no budget” take back what was said", () => {
    expect(values(talk(REQUEST, "no budget limit")).budgetUsd).toBeUndefined();
    expect(values(talk(`${REQUEST}, within 5 days`, "forget the deadline")).deadlineHours).toBeUndefined();
  });

  test("another model replaces a size, another card a memory", () => {
    const t = talk("fine-tune a 7B model on a 24 GB GPU", "actually Llama 3.1 8B", "on an L40S");
    expect(values(t)).toMatchObject({ model: "meta-llama/Llama-3.1-8B", accelerator: "l40s" });
    expect(values(t)).not.toHaveProperty("parameterCount");
    expect(values(t)).not.toHaveProperty("acceleratorMemoryGib");
  });

  test.each(["cheaper", "make it cheaper", "is there something faster?", "the fastest one"])(
    "“%s” proposes a plan that is, or says that none is",
    (text) => {
      const t = talk("fine-tune Llama 3.1 8B on 50k chats on one A100, budget $100", text);
      const [first] = t.replies;
      if (first!.kind === "done") expect(first!.text).toMatch(/Nothing that was tried is/);
      else {
        const { changes } = reply(t, "difference").difference;
        const wanted = /cheap/.test(text) ? "training cost" : "training time";
        expect(changes.map((c) => c.name)).toContain(wanted);
        expect(t.state.proposal).toBeDefined();
      }
    },
  );

  test("“cheaper” costs less, and taking it makes it so", () => {
    const words = "fine-tune Llama 3.1 8B on 50k chats on one A100, budget $100";
    const before = reply(talk(words), "plan").plan.cost!.trainUsd.expected;
    const kept = talk(words, "cheaper", "keep it", "show the plan");
    expect(reply(kept, "plan").plan.cost!.trainUsd.expected).toBeLessThan(before);
  });

  test.each([
    ["why not QLoRA", "method"],
    ["why this GPU?", "hardware"],
    ["why", "verdict"],
    ["why did you choose runpod", "platform"],
  ])("“%s” is answered from the decision record", (text, topic) => {
    const t = talk(REQUEST, text);
    expect(reply(t, "reasons").reasons.topic).toBe(topic);
    expect(t.state.revisions).toHaveLength(1);
  });

  test("“why not an L4” was never decided: it is tried", () => {
    expect(kinds(talk(REQUEST, "why not an L4"))).toEqual(["understood", "difference"]);
  });

  test("“show the config” is what a written project's configuration holds", () => {
    const { yaml } = reply(talk(REQUEST, "show me the config"), "config");
    const { training } = reply(talk(REQUEST), "plan").plan;
    expect(yaml).toContain(`micro_batch_size: ${training!.microBatchSize}`);
    expect(yaml).toContain("id: meta-llama/Llama-3.1-8B");
  });

  test("“compare” shows what the last change changed", () => {
    const t = talk(REQUEST, "actually 100k examples", "what changed?");
    const [first, second] = t.state.revisions;
    expect(reply(t, "difference").difference).toMatchObject({ before: first!.planHash, after: second!.planHash });
  });

  test("“help” works before there is a plan, and names what can be said", () => {
    expect(render(reply(talk("help"), "help"))).toMatch(/what if two 4090s[\s\S]*why not QLoRA[\s\S]*undo/);
  });
});

describe("undo and start over", () => {
  test("undo gives the plan before, and numbers are not given twice", () => {
    const t = talk(REQUEST, "actually 100k examples", "undo");
    expect(current(t.state)!.planHash).toBe(planned(REQUEST));
    expect(talk(REQUEST, "actually 100k examples", "undo", "epochs=2").state.revisions.map((r) => r.number)).toEqual([
      1, 3,
    ]);
  });

  test("there is nothing to undo before the first change", () => {
    expect(kinds(talk(REQUEST, "undo"))).toEqual(["error"]);
  });

  test("start over forgets everything that was said", () => {
    const t = talk(REQUEST, "start over");
    expect(t.state.revisions).toEqual([]);
    expect(JSON.stringify(t.state)).not.toContain("Llama");
  });
});

describe("answers to questions", () => {
  const asked = talk(REQUEST).state.asked;
  const [question] = asked;
  const second = question!.options[1]!;

  test.each(["2", "the second", "option 2", second.label])(
    "“%s” is the second option of the first question",
    (text) => {
      const byButton = talk(REQUEST, { type: "answered", question: question!.id, value: second.value });
      expect(current(talk(REQUEST, text).state)!.planHash).toBe(current(byButton.state)!.planHash);
    },
  );

  test.each(["use your judgement", "you decide", "your call"])(
    "“%s” leaves all of them to us: they are not asked again",
    (text) => {
      const t = talk(REQUEST, text);
      expect(current(t.state)!.planHash).toBe(planned(REQUEST));
      const again = t.state.asked.map((q) => q.id);
      for (const { id } of asked) expect(again).not.toContain(id);
    },
  );

  test("“don't know” leaves the first one to us", () => {
    const again = talk(REQUEST, "don't know").state.asked.map((q) => q.id);
    expect(again).not.toContain(asked[0]!.id);
    expect(again).toContain(asked[1]!.id);
  });

  test("several answers come in the order of the questions", () => {
    const t = talk(REQUEST, asked.map(() => "1").join(", "));
    expect(
      current(t.state)!
        .because.split(", ")
        .map((part) => part.split(":")[0]),
    ).toEqual(asked.map((q) => q.id));
  });

  test("a number of one's own is taken, with its k", () => {
    const t = talk("fine-tune Llama 3.1 8B", { type: "answered", question: "exampleCount", value: 12_000 });
    expect(values(t).exampleCount).toBe(12_000);
    const words = talk("fine-tune Llama 3.1 8B").state.asked.findIndex((q) => q.id === "exampleCount");
    expect(values(talk("fine-tune Llama 3.1 8B", `q${words + 1}: 12k`)).exampleCount).toBe(12_000);
  });

  test("“no deadline” is an answer although no field can hold it", () => {
    const before = talk("fine-tune Llama 3.1 70B on 100k examples of 2k tokens on 4 rented A100");
    const question = before.state.asked.find((q) => q.options.some((o) => o.value === "none"))!;
    const t = talk("fine-tune Llama 3.1 70B on 100k examples of 2k tokens on 4 rented A100", {
      type: "answered",
      question: question.id,
      value: "none",
    });
    expect(t.state.asked.map((q) => q.id)).not.toContain(question.id);
    expect(current(t.state)!.settled).toContain(question.id);
  });

  test("an answer to a question that is not asked is an error", () => {
    expect(kinds(talk(REQUEST, { type: "answered", question: "nonsense", value: 1 }))).toEqual(["error"]);
  });
});

test("the same values give the same plan, whether said, answered, set, or opened from a plan", () => {
  const whole = planned("fine-tune Llama 3.1 8B on 50k chats, budget $100, 2 epochs");
  const opened = reply(talk("fine-tune Llama 3.1 8B on 50k chats, budget $100, 2 epochs"), "plan").plan;
  const ways = [
    talk(REQUEST, "2 epochs"),
    talk(REQUEST, "epochs=2"),
    talk(REQUEST, { type: "changed", field: "epochs", value: 2 }),
    talk(REQUEST, "what if 2 epochs", "yes"),
    talk({ type: "opened", plan: opened }),
  ];
  for (const way of ways) expect(current(way.state)!.planHash).toBe(whole);
});

test("standing words of a team hold from the first sentence, and what a person says is stronger", () => {
  const standing = {
    budgetUsd: { value: 70, from: "team" as const },
    tracker: { value: "mlflow" as const, from: "team" as const },
  };
  const turn = consult(emptyConversation(), { type: "said", text: REQUEST }, { ...setting, standing });
  expect(current(turn.state)!.brief).toMatchObject({ budgetUsd: { value: 100 }, tracker: { value: "mlflow" } });
});

describe("secrets", () => {
  const key = `sk-ant-${"abcDEF123456".repeat(3)}`;
  const t = talk(`${REQUEST}. My key is ${key}`);

  test("are masked before anything else sees the text, and the person is told to rotate", () => {
    expect(JSON.stringify(t)).not.toContain(key);
    expect(reply(t, "notice").text).toMatch(/revoke it at Anthropic/);
    expect(current(t.state)!.planHash).toBe(planned(REQUEST));
  });

  test("in a field or an answer are refused without being repeated", () => {
    const set = talk(REQUEST, { type: "changed", field: "dataLocation", value: key });
    expect(kinds(set)).toEqual(["error"]);
    expect(JSON.stringify(set)).not.toContain(key);
    expect(JSON.stringify(talk(REQUEST, `dataLocation=${key}`))).not.toContain(key);
  });
});

describe("effects", () => {
  test("never follow from words: words get an action that a person may take", () => {
    const t = talk(REQUEST, "write it to my-project");
    expect(t.effects).toEqual([]);
    expect(reply(t, "action")).toMatchObject({ effect: "write-project", target: "my-project", revision: 1 });
  });

  const command = { type: "command", command: { verb: "write-project", target: "x", revision: 1 } } as const;

  test("follow from a command on a revision, and carry that revision's plan", () => {
    const t = talk(REQUEST, "actually 100k examples", command);
    expect(t.effects).toEqual([
      { id: "1:write-project:x", kind: "write-project", target: "x", revision: 1, planHash: planned(REQUEST) },
    ]);
  });

  test("pressed twice happen once; reported done they may happen again", () => {
    expect(talk(REQUEST, command, command).effects).toEqual([]);
    const done = { type: "effectDone", id: "1:write-project:x", ok: true, text: "Wrote 93 files." } as const;
    expect(kinds(talk(REQUEST, command, done))).toEqual(["done"]);
    expect(talk(REQUEST, command, done, command).effects).toHaveLength(1);
  });

  test("on a revision that is gone, or that this front end cannot do, are refused", () => {
    expect(
      kinds(
        talk(REQUEST, "epochs=2", "undo", {
          type: "command",
          command: { verb: "write-project", target: "x", revision: 2 },
        }),
      ),
    ).toEqual(["error"]);
    expect(reply(talk(REQUEST, "open a pull request"), "error").message).toMatch(/cannot open a pull request/);
  });

  test("have nothing to write where nothing fits", () => {
    const t = talk("full fine-tuning of Llama 3.1 70B on one RTX 4090 that I own", "write it to x");
    expect(kinds(t)).toEqual(["error"]);
  });
});

test("every reply has a rendering", () => {
  const lines = [
    REQUEST,
    "1",
    "what if two 4090s",
    "yes",
    "why not QLoRA",
    "alternatives",
    "questions",
    "show the plan",
    "config",
    "undo",
    "start over",
    "undo",
  ];
  for (let i = 1; i <= lines.length; i++)
    for (const r of talk(...lines.slice(0, i)).replies) expect(render(r)).toMatch(/\S[\s\S]*\n$/);
});

test("whatever is typed, the machine answers and never throws", () => {
  const odd = [
    "",
    "   ",
    "?",
    "2",
    "yes",
    "no",
    "why",
    "why not",
    "what if",
    "compare",
    "keep it",
    "=",
    "a=b",
    "💥",
    "q9: 4",
    "1,2,3,4,5",
    "x".repeat(10_000),
    "write it to",
    `why not ${"z".repeat(500)}`,
    "what would",
    "(((((((",
    "[a-",
    "\\",
    "the last",
    "epochs=-1",
    "model=nobody/knows",
  ];
  for (const text of odd) {
    for (const before of [[], [REQUEST]]) expect(talk(...before, text).replies.length, text).toBeGreaterThan(0);
  }
});

describe("what this front end can do", () => {
  const effects = ["zip"] as const;
  const say = (text: string) =>
    consult(talk(REQUEST).state, { type: "said", text }, { ...setting, effects })
      .replies.map((r) => render(r))
      .join("\n");

  test("is what help says, and what a refusal says instead", () => {
    expect(say("help")).toContain('act: "zip"');
    expect(say("help")).not.toContain("write it to");
    expect(say("write it to support")).toBe("This front end cannot write a project. It can make a zip.\n");
  });
});

describe("saying it short", () => {
  test("several fields at once, each as it is", () => {
    expect(values(talk(REQUEST, "epochs=2, method=qlora"))).toMatchObject({ epochs: 2, method: "qlora" });
  });

  test("an answer that the plan had taken already changes nothing, and says just that", () => {
    const t = talk(REQUEST, "epochs=3");
    expect(render(reply(t, "difference"))).toMatch(/In the request: `epochs`/);
    expect(
      render(reply(talk(REQUEST, "epochs=3", "what if epochs=3.0"), "error") ?? { kind: "done", text: "" }),
    ).toBeDefined();
  });

  test("what was shown as a proposal is not shown again when it is kept", () => {
    const kept = reply(talk(REQUEST, "what if epochs=1", "keep it"), "difference");
    expect(render(kept)).toBe(`Taken. **${kept.headline}**\n`);
  });

  test("a remark is said once, beside the first plan and not in it", () => {
    const first = talk("fine-tune GPT-4o on 50k chats");
    const said = first.replies.map((r) => render(r)).join("\n");
    expect(said.split("closed model").length).toBe(2);
  });

  test("why alone is the record of the main decisions, and what can be asked about", () => {
    const record = render(reply(talk(REQUEST, "why"), "reasons"));
    for (const name of ["framework", "platform", "method", "deployment", "data", "tracking"])
      expect(record).toContain(`- ${name}: `);
    expect(record).toMatch(/Ask about any of these: framework, .*cost; or why not an option\./);
    expect(record.split("\n").length).toBeLessThan(16);
  });
});
