import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCell } from "../../../notebook/magic/cell.ts";
import { completionOf } from "../../../notebook/magic/complete.ts";
import { helpOf } from "../../../notebook/magic/help.ts";
import { inspectionOf } from "../../../notebook/magic/inspect.ts";
import { interpolated } from "../../../notebook/magic/interpolate.ts";
import { parseMagic } from "../../../notebook/magic/parse.ts";
import { entryOf, flagsOf, VERB_NAMES } from "../../../notebook/magic/verbs.ts";
import { catalog } from "../../../src/index.ts";

const magics = (text: string): string[] => readCell(text).magics.map(({ words }) => words);
const parsed = (words: string, body?: string) => parseMagic({ words, ...(body === undefined ? {} : { body }) });

describe("where a cell speaks to us", () => {
  test.each([
    ["%architect plan x", ["plan x"]],
    ["//% architect plan x", ["plan x"]],
    ["// %architect plan x", ["plan x"]],
    ["\n// a remark\n  %architect why\n%architect config\nconst x = 1", ["why", "config"]],
    ["%architect", [""]],
    ["const x = 1;\n%architect plan x", []],
    ["const s = `\n%architect plan x\n`", []],
    ["%architects plan", []],
    ["%architect-plan", []],
    ["x % architect", []],
    ["", []],
  ])("%j holds the magics %j", (text, expected) => {
    expect(magics(text)).toEqual(expected);
  });

  test("%%architect takes the whole cell, whatever its lines look like", () => {
    const [magic] = readCell("%%architect plan\nfine-tune Llama\nconst x = 1\n").magics;
    expect(magic).toMatchObject({ words: "plan", body: "fine-tune Llama\nconst x = 1\n" });
    expect(readCell("%%architect plan\nfine-tune Llama").hasCode).toBe(false);
    expect(readCell("//%% architect plan\n// fine-tune Llama\n// on a 4090").magics[0]?.body).toBe(
      "fine-tune Llama\non a 4090",
    );
  });

  test("what is left for the kernel keeps its lines and columns, so that its errors and cursors are true", () => {
    const { code, hasCode } = readCell("%architect plan 🦀\r\nconst x: number = 'a'");
    expect(code).toBe(`${" ".repeat(17)}\r\nconst x: number = 'a'`);
    expect(hasCode).toBe(true);
    expect(readCell("%architect why\n\n// nothing else").hasCode).toBe(false);
  });

  test("code without magics is never touched", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const cell = readCell(text);
        if (cell.magics.length === 0) expect(cell.code).toBe(text);
        expect([...cell.code].length).toBe([...text].length);
      }),
    );
  });
});

describe("what a line says", () => {
  test("verb, words and flags, in any order", () => {
    expect(parsed("plan -f json fine-tune Llama 3.1 8B --as best -o plan.json")).toEqual({
      verb: "plan",
      text: "fine-tune Llama 3.1 8B",
      format: "json",
      as: "best",
      out: "plan.json",
      dryRun: false,
      yes: false,
      help: false,
    });
    expect(parsed("config --insert=next --dry-run")).toMatchObject({ verb: "config", insert: "next", dryRun: true });
  });

  test("words that begin with no verb are said as they are", () => {
    expect(parsed("what if two 4090s")).toMatchObject({ text: "what if two 4090s" });
    expect(parsed("what if two 4090s").verb).toBeUndefined();
    for (const words of ["rent it", "cheaper", "undo", "keep it", "on AWS", "yes"])
      expect(parsed(words).text).toBe(words);
  });

  test("quotes around the whole text are taken off; an apostrophe inside a word quotes nothing", () => {
    expect(parsed('plan "fine-tune Llama"').text).toBe("fine-tune Llama");
    expect(parsed("plan we don't own a GPU -f json and can't rent").text).toBe("we don't own a GPU and can't rent");
  });

  test("after -- everything is text", () => {
    expect(parsed("plan -f json -- use --flash-attention")).toMatchObject({
      format: "json",
      text: "use --flash-attention",
    });
  });

  test("a cell's body follows the words of its first line", () => {
    expect(parsed("plan -f json for us", "fine-tune Llama\non -f card").text).toBe(
      "for us\nfine-tune Llama\non -f card",
    );
  });

  test.each([
    ["plan x -f jsn", '-f cannot be "jsn"', "markdown, json, yaml, chart"],
    ["plan x -f", "-f needs a FORMAT", "markdown"],
    ["plan x --frmat json", '`plan` has no flag "--frmat"', "Did you mean --format?"],
    ["why method --dry-run", '`why` has no flag "--dry-run"', "--format"],
    ["plan x --as a.b", '"a.b" is not a variable\'s name', "--as plan"],
    ["plan x --as 1x;evil()", '"1x;evil()" is not', "Letters"],
    ["pln x", 'There is no verb "pln"', 'Did you mean "plan"?'],
    ["stauts", 'There is no verb "stauts"', "status"],
  ])("%j is refused: %s", (words, message, hint) => {
    expect(() => parsed(words)).toThrow(message);
    try {
      parsed(words);
    } catch (error) {
      expect((error as { hint: string }).hint).toContain(hint);
    }
  });

  test("every verb's examples are read as that verb, and its help names every flag it takes", () => {
    for (const verb of VERB_NAMES) {
      for (const example of entryOf(verb).examples) expect(parsed(example).verb, example).toBe(verb);
      expect(parsed(`${verb} --help`)).toMatchObject({ verb, help: true });
      for (const flag of flagsOf(verb)) expect(helpOf(verb)).toContain(flag === "dryRun" ? "--dry-run" : `--${flag}`);
    }
  });

  test("any words lead to a command or to a refusal with a hint", () => {
    fc.assert(
      fc.property(fc.string(), (words) => {
        try {
          parsed(words);
        } catch (error) {
          expect((error as { hint?: string }).hint).toBeTruthy();
        }
      }),
    );
  });
});

describe("values of the notebook in words", () => {
  test.each([
    ["budget {{usd}} for {{ n * 2 }} examples", ["budget ", "usd", " for ", "n * 2", " examples"]],
    ['{{ {a: "}}"}.a }}', ['{a: "}}"}.a']],
    ['{"json": {"stays": 1}} \\{{ too', ['{"json": {"stays": 1}} {{ too']],
  ])("%j", (text, expected) => {
    expect(interpolated(text).map((part) => ("text" in part ? part.text : part.expression))).toEqual(expected);
  });

  test.each(["{{ never closed", "{{ }}", "{{ 'a }}"])("%j is refused", (text) => {
    expect(() => interpolated(text)).toThrow("does not end it");
  });
});

describe("TAB", () => {
  const at = (marked: string) => {
    const cursor = [...marked.slice(0, marked.indexOf("|"))].length;
    const text = marked.replace("|", "");
    const found = completionOf(text, cursor, readCell(text), catalog);
    const units = [...text];
    return found && { matches: found.matches, replaced: units.slice(found.start, found.end).join("") };
  };

  test.each([
    ["%arch|", ["%architect"], "%arch"],
    ["%architect p|", ["plan", "project"], "p"],
    ["%architect plan x --f|", ["--format"], "--f"],
    ["%architect plan -f |", ["markdown", "json", "yaml", "chart"], ""],
    ["%architect config --insert n|", ["next", "none"], "n"],
    ["%architect help st|", ["status"], "st"],
    ["%architect set epo|", ["epochs="], "epo"],
    ["%architect set accelerator=rtx-4090|", ["rtx-4090"], "rtx-4090"],
    ["%architect plan 🦀 fine-tune llama-3.1-8b-i|", ["meta-llama/Llama-3.1-8B-Instruct"], "llama-3.1-8b-i"],
  ])("at %j offers %j", (marked, matches, replaced) => {
    expect(at(marked)).toEqual({ matches, replaced });
  });

  test("in code it is the kernel's, also below a magic", () => {
    expect(at("const x = p|")).toBeUndefined();
    expect(at("%architect why\nconst x = p|")).toBeUndefined();
  });
});

describe("Shift-TAB", () => {
  const at = (marked: string) => {
    const text = marked.replace("|", "");
    return inspectionOf(text, [...marked.slice(0, marked.indexOf("|"))].length, readCell(text), catalog);
  };

  test("explains the verb, the flag, the model or the accelerator under the cursor", () => {
    expect(at("%architect con|fig")).toContain("%architect config");
    expect(at("%architect plan x --fo|rmat json")).toContain("markdown, json, yaml, chart");
    expect(at("%architect plan on rtx-4|090, cheap")).toContain("24 GiB");
    expect(at("%architect set model=meta-llama/Llama-3.1-8|B")).toContain("8.03B parameters");
    expect(at("%arch|itect")).toContain("TAB completes");
    expect(at("%architect plan xyz|zy")).toBe("");
    expect(at("const x| = 1")).toBeUndefined();
  });
});
