import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysFromCivil, weekday } from "../../src/brief/dates.ts";
import { type BriefField, problemWith } from "../../src/brief/fields.ts";
import { readText } from "../../src/brief/read.ts";
import { READ_LIMIT } from "../../src/brief/text.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { AdvisorError } from "../../src/error.ts";
import { processorMs } from "../doubles/processor.ts";

const today = "2026-11-22";
const read = (text: string) => readText(text, catalog, { today });

describe("a whole sentence", () => {
  it("gives every field it states and nothing else", () => {
    const text = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s";
    const { brief, conflicts, questions, notices } = read(text);
    expect(Object.fromEntries(Object.entries(brief).map(([k, v]) => [k, v.value]))).toEqual({
      model: "meta-llama/Llama-3.1-8B",
      exampleCount: 50_000,
      acceleratorMemoryGib: 24,
      acceleratorCount: 1,
      budgetUsd: 200,
      budgetPeriod: "total",
      requestsPerSecond: 5,
      phase: "both",
      modality: "llm",
      task: "sft",
    });
    expect({ conflicts, questions, notices }).toEqual({ conflicts: [], questions: [], notices: [] });
  });

  it("points at the words of each value", () => {
    const text = "lora llama 3.1 8b, 50k rows, budget $200";
    const { brief } = read(text);
    const words = (field: keyof typeof brief) => text.slice(...brief[field]!.span!);
    expect([words("method"), words("model"), words("exampleCount"), words("budgetUsd")]).toEqual([
      "lora",
      "llama 3.1 8b",
      "50k rows",
      "$200",
    ]);
  });

  it("keeps positions true after full-width signs, control characters and emoji", () => {
    const text = "😀\u0007ｌora，　ｌｌａｍａ３．１　８ｂ on ５０ｋ rows";
    const { brief } = read(text);
    expect(brief.exampleCount?.value).toBe(50_000);
    expect(text.slice(...brief.exampleCount!.span!)).toBe("５０ｋ rows");
  });

  it.each(["", "hello", "asdf qwer zxcv", "🙂🙂🙂", "????"])("without a wish gives an empty brief: %j", (text) => {
    expect(read(text)).toEqual({ brief: {}, conflicts: [], questions: [], notices: [] });
  });
});

describe("statements that cannot both hold are shown", () => {
  it.each([
    ["on-prem only, mistral 7b, under $200 if we have to rent", ["constraints", "budgetUsd"]],
    ["strictly on-prem but on sagemaker", ["constraints", "platform"]],
    ["qlora full fine-tune of a 7b", ["method"]],
    ["fine-tune a 7b, no data yet", ["dataStatus", "phase"]],
  ])("%s", (text, fields) => {
    expect(read(text).conflicts.map((c) => c.fields)).toEqual([fields]);
  });

  it("a plain wish has none", () => {
    expect(read("two 3090s on-prem, lora mistral 7b, 50k rows").conflicts).toEqual([]);
  });
});

describe("values that cannot be", () => {
  it.each([
    ["-$200 budget for llama 3.1 8b", "-$200"],
    ["budget $-200", "$-200"],
    ["10^30 parameters", "10^30"],
    ["1e30 tokens", "1e30 tokens"],
  ])("%s is refused with its words", (text, words) => {
    expect(() => read(text)).toThrowError(
      expect.objectContaining({ name: "AdvisorError", code: "invalid-input", message: expect.stringContaining(words) }),
    );
  });

  it("a list with hyphens is no list of debts", () => {
    expect(read("- lora\n-$200 budget\n- llama 3.1 8b").brief.budgetUsd?.value).toBe(200);
  });
});

describe("secrets", () => {
  it("are named in a notice, never repeated, and read as nothing", () => {
    const key = `h${"f_"}aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA`;
    const answer = read(`lora llama 3.1 8b with ${key}`);
    expect(answer.notices).toEqual([expect.stringMatching(/Hugging Face token.*revoke it at Hugging Face/)]);
    expect(JSON.stringify(answer)).not.toContain(key.slice(4, 14));
    expect(answer.brief.model?.value).toBe("meta-llama/Llama-3.1-8B");
  });
});

describe("any text at all", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    // Lone surrogates and control characters.
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((codes) => String.fromCharCode(...codes)),
    // Words of the trade in any order.
    fc
      .array(
        fc.constantFrom(
          "8",
          "x",
          "a100",
          "80g",
          "llama",
          "3.1",
          "8b",
          "k",
          "rows",
          "$",
          "tokens",
          "/s",
          "by",
          "in",
          "friday",
          "weeks",
          "or",
          "vs",
          "no",
          "lora",
          "万",
          "张",
          "4090",
          "gb",
          "ram",
          ",",
          "\n",
          "2-3",
          "1e3",
          "batch",
          "ctx",
          "m3",
          "max",
        ),
        { maxLength: 30 },
      )
      .map((words) => words.join(" ")),
  );

  it("is read without an exception other than a refused value", () => {
    fc.assert(
      fc.property(anything, (text) => {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AdvisorError);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("gives values of their fields' schemas, and spans within the text", () => {
    fc.assert(
      fc.property(anything, (text) => {
        let answer: ReturnType<typeof read>;
        try {
          answer = read(text);
        } catch {
          return;
        }
        for (const [field, said] of Object.entries(answer.brief)) {
          expect(problemWith(field as BriefField, said.value), field).toBeUndefined();
          const [start, end] = said.span!;
          expect(start >= 0 && start <= end && end <= text.length, `${field} ${said.span}`).toBe(true);
        }
      }),
      { numRuns: 800 },
    );
  });

  it("is read to its first 65,536 characters, and says so", () => {
    const answer = read(`lora llama 3.1 8b ${" ".repeat(READ_LIMIT)} 50k rows`);
    expect(answer.brief.method?.value).toBe("lora");
    expect(answer.brief.exampleCount).toBeUndefined();
    expect(answer.notices).toEqual([expect.stringContaining("65536")]);
  });

  it("takes time in proportion: a megabyte of one pattern in under three seconds, a sentence in under three milliseconds", () => {
    for (const unit of [
      "a",
      "1",
      " ",
      "1 ",
      "$5 ",
      "llama 3 ",
      "8 4090 ",
      "两张",
      "1,000,",
      "x8x",
      "\n",
      "we are on the data in our ",
    ]) {
      const text = unit.repeat(Math.ceil(1e6 / unit.length));
      expect(
        processorMs(() => read(text)),
        JSON.stringify(unit),
      ).toBeLessThan(3000);
    }
    const sentence =
      "two 3090s at the office, on-prem only, mistral 7b, batch 1 seq 4096, ~50k rows, by friday and under $200";
    for (let i = 0; i < 50; i++) read(sentence);
    const hundred = processorMs(() => {
      for (let i = 0; i < 100; i++) read(sentence);
    });
    expect(hundred / 100).toBeLessThan(3);
  });
});

describe("days without a clock", () => {
  it("counts from 1970 and across leap years", () => {
    expect(daysFromCivil(1970, 1, 1)).toBe(0);
    expect(daysFromCivil(2000, 3, 1) - daysFromCivil(2000, 2, 28)).toBe(2);
    expect(daysFromCivil(2100, 3, 1) - daysFromCivil(2100, 2, 28)).toBe(1);
  });

  it("knows that 22 November 2026 is a Sunday", () => {
    expect(weekday(daysFromCivil(2026, 11, 22))).toBe(0);
  });
});
