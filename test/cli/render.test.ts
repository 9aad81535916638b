import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { memoryBars, memoryLine } from "../../cli/bars.ts";
import { costBars } from "../../cli/cost-bars.ts";
import { inline, textOf, wrapped } from "../../cli/inline.ts";
import { screenOf } from "../../cli/paint.ts";
import { startProgress } from "../../cli/progress.ts";
import { shown } from "../../cli/terminal.ts";
import { columnsOf, pieces, shortened, withoutControls } from "../../cli/width.ts";
import type { EstimateAnswer } from "../../src/estimate/answer.ts";
import type { Plan } from "../../src/plan/plan.ts";

const plain = pc.createColors(false);
const coloured = pc.createColors(true);
const WIDTHS = [40, 80, 120];
const longest = (text: string) => Math.max(...text.split("\n").map(columnsOf));
const uncoloured = (text: string) => text.replace(/\x1b\[[\d;]*m/g, "");

const DOCUMENT = `# Fine-tune Llama 3.1 8B

Use **Transformers** with \`trl\` on [your card](https://example.org/a): it takes about 5 hours and costs nothing beyond electricity.

## Decisions

| decision | choice | hours | why |
| --- | --- | ---: | --- |
| framework | Hugging Face Transformers | 5 | pre-trained weights, and PEFT covers QLoRA as it stands |
| 方法 | QLoRA 量子化 | 12 | 24 GiB のカードに収まる |

- a bullet that is long enough to need a second line on every terminal that is not as wide as a wall
  - nested **bold**

\`\`\`
make install && make check
\`\`\`
`;

describe("a document on a terminal", () => {
  test.each(WIDTHS)("no line is wider than %i columns", (columns) => {
    expect(longest(shown(DOCUMENT, { columns, colors: plain }))).toBeLessThanOrEqual(columns);
  });

  test("a wide terminal draws the table, a narrow one stacks it", () => {
    const wide = shown(DOCUMENT, { columns: 120, colors: plain });
    expect(wide).toMatch(/decision +choice +hours +why/);
    const narrow = shown(DOCUMENT, { columns: 40, colors: plain });
    expect(narrow).toContain("decision: framework\n  choice: Hugging Face Transformers\n  hours: 5");
  });

  test("wide characters line up: every cell of a column begins in the same place", () => {
    const lines = shown(DOCUMENT, { columns: 120, colors: plain }).split("\n");
    const start = (word: string) => {
      const line = lines.find((each) => each.includes(word)) ?? "";
      return columnsOf(line.slice(0, line.indexOf(word)));
    };
    expect(start("QLoRA 量子化")).toBe(start("Hugging Face Transformers"));
    expect(start("24 GiB のカード")).toBe(start("pre-trained"));
  });

  test("colour changes nothing but colour", () => {
    const [bare, painted] = [plain, coloured].map((colors) => shown(DOCUMENT, { columns: 80, colors }));
    expect(painted).toContain("\x1b[1m");
    expect(uncoloured(painted ?? "")).toBe(bare);
  });

  test("marks are gone, words stay, an address is shown whole", () => {
    const text = shown(DOCUMENT, { columns: 100, colors: plain });
    expect(text).not.toMatch(/\*\*|`/);
    expect(text).toContain("your card https://example.org/a");
    expect(text).toContain("  make install && make check");
  });

  test("literal marks, entities and double fences appear as their author meant", () => {
    const text = shown("a \\*b\\* &lt;c&gt; `` `d` `` `e\\f`\n", { columns: 80, colors: plain });
    expect(text).toBe("a *b* <c> `d` e\\f\n");
  });
});

test("a word longer than its line is filled in, not pushed from line to line", () => {
  const lines = wrapped(inline("allocated (`torch.cuda.max_memory_allocated`)"), 20).map(textOf);
  expect(lines).toEqual(["allocated", "(torch.cuda.max_memo", "ry_allocated)"]);
});

describe("a document in a pipe", () => {
  const piped = screenOf({ isTTY: false }, {});

  test("is the Markdown itself", () => {
    expect(shown(DOCUMENT, piped)).toBe(DOCUMENT);
  });

  test("holds nothing that would steer the terminal it may reach later", () => {
    const hostile = "model \x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\r\n";
    expect(shown(hostile, piped)).toBe("model 31mevil\n");
    expect(withoutControls(hostile)).not.toMatch(/[\x1b\x07\x9b\u202e]/);
  });
});

describe("a screen", () => {
  const colourOf = (isTTY: boolean, environment: NodeJS.ProcessEnv) =>
    screenOf({ isTTY, columns: 80 }, environment).colors.isColorSupported;

  test("has colour only on a terminal, and not with NO_COLOR or TERM=dumb", () => {
    expect(colourOf(true, {})).toBe(true);
    expect(colourOf(true, { NO_COLOR: "1" })).toBe(false);
    expect(colourOf(true, { NO_COLOR: "" })).toBe(true);
    expect(colourOf(true, { TERM: "dumb" })).toBe(false);
    expect(colourOf(false, { FORCE_COLOR: "1" })).toBe(false);
  });
});

const ANSWER = {
  status: "tight",
  usableGib: 22.9,
  neededGib: { low: 20, expected: 21, high: 24 },
  perDevice: {
    allocatedGib: { low: 19, expected: 20, high: 22 },
    reservedGib: { low: 19.5, expected: 21.4, high: 23 },
    deviceGib: { low: 20, expected: 22, high: 24 },
  },
  parts: [
    { name: "weights", gib: 6 },
    { name: "activations", gib: 6 },
    { name: "logits", gib: 8 },
  ],
  peakMoment: "loss",
  bindingTerm: "logits",
} as EstimateAnswer;

describe("memory as bars", () => {
  test.each(WIDTHS)("no line is wider than %i columns", (columns) => {
    expect(longest(memoryBars("Training memory", ANSWER, columns, plain))).toBeLessThanOrEqual(columns);
  });

  test("each part, the band and the limit can be read without colour", () => {
    const text = memoryBars("Training memory", ANSWER, 80, plain);
    for (const name of ["weights", "activations", "logits", "rounding and driver", "in all"])
      expect(text).toContain(name);
    expect(text).toContain("! is tight: 20.0–24.0 GiB of 22.9 GiB usable");
    expect(text).toContain("▓ logits: cut this first");
    expect(text.split("\n").find((line) => line.includes("in all"))).toMatch(/├─*●─*┃─*┤/);
  });

  test("each part begins where the one above ended", () => {
    const lines = memoryBars("Training memory", ANSWER, 100, plain).split("\n");
    const bar = (name: string) => lines.find((line) => line.trimStart().startsWith(name)) ?? "";
    const end = Math.max(...["█", "▌", "▊", "▉", "▋", "▍", "▎", "▏"].map((block) => bar("weights").lastIndexOf(block)));
    expect(Math.abs(bar("activations").indexOf("█") - end)).toBeLessThanOrEqual(1);
  });

  test("the limit stands in one column of every row, also when everything is over it", () => {
    const over = { ...ANSWER, status: "does-not-fit", usableGib: 4 } as EstimateAnswer;
    for (const answer of [ANSWER, over]) {
      const rows = memoryBars("m", answer, 80, plain).split("\n").slice(2, 7);
      const columns = rows.map((row) => row.search(/[┊┃]/));
      expect(new Set(columns).size, rows.join("\n")).toBe(1);
    }
  });
});

describe("memory in one line", () => {
  test.each([60, 80, 120])("fits %i columns, and the bar ends where the figures say", (columns) => {
    const line = memoryLine("training", ANSWER, columns, plain);
    expect(longest(line)).toBeLessThanOrEqual(columns);
    expect(longest(memoryLine("training", ANSWER, 40, plain))).toBeLessThanOrEqual(40);
    expect(line).toContain("! 21.0 of 22.9 GiB  ▓ logits");
    const bar = line.slice("training  ".length, line.indexOf("  !"));
    // 24 GiB fill the bar: 21 of them are expected, of which 8 are logits, and the limit stands at 22.9.
    const cells = [...bar].length - 1;
    expect(bar.indexOf("┃")).toBe(Math.round((22.9 / 24) * cells));
    expect(bar.lastIndexOf("▓") + 1).toBe(Math.round((8 / 24) * cells));
    expect(bar.lastIndexOf("█") + 1).toBe(Math.round((21 / 24) * cells));
  });
});

describe("progress", () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { isTTY, columns: 40, written, write: (text: string) => written.push(text) };
  };

  test("is one line on a terminal, removed at the end", () => {
    const terminal = stream(true);
    const progress = startProgress(terminal, plain);
    progress.step("one");
    progress.step("x".repeat(100));
    progress.done();
    expect(terminal.written.join("")).not.toContain("\n");
    expect(terminal.written.at(-1)).toBe("\r\x1b[2K");
    expect(longest(uncoloured(terminal.written[1] ?? "").replace("\r\x1b[2K", ""))).toBeLessThan(40);
  });

  test("is plain lines elsewhere", () => {
    const pipe = stream(false);
    const progress = startProgress(pipe, coloured);
    for (const text of ["one", "one", "two"]) progress.step(text);
    progress.done();
    expect(pipe.written.join("")).toBe("one\ntwo\n");
  });
});

describe("widths", () => {
  test("are those of a terminal: ideographs and emoji two columns, combining marks none", () => {
    expect(["ab", "量子", "e\u0301", "👩‍🔬", "✓", "│"].map(columnsOf)).toEqual([2, 4, 1, 2, 1, 1]);
  });

  test("words are never cut inside a character", () => {
    expect(pieces("量子化x", 3)).toEqual(["量", "子", "化x"]);
    expect(shortened("量子化", 4)).toBe("量…");
  });
});

describe("cost and time as bars", () => {
  const range = (x: number) => ({ low: x, expected: x, high: x });
  const card = {
    accelerator: { id: "a", name: "RTX 4090", memoryGib: 24 },
    acceleratorCount: 1,
    nodeCount: 1,
    owned: false,
  };
  const plan = {
    hardware: card,
    time: { trainHours: range(4) },
    cost: { trainUsd: range(10) },
    alternatives: [{ name: "cheapest", hardware: card, trainHours: range(8), trainUsd: range(5) }],
  } as unknown as Plan;

  test.each(WIDTHS)("no line is wider than %i columns", (columns) => {
    expect(longest(costBars(plan, columns, plain))).toBeLessThanOrEqual(columns);
  });

  test("half the money is half the bar, twice the time twice the bar", () => {
    const lines = costBars(plan, 100, plain).split("\n").slice(2, 4);
    const bars = lines.map((line) => [...line.matchAll(/█+/g)].map(([bar]) => bar.length));
    const [chosen, cheapest] = bars as [[number, number], [number, number]];
    expect(Math.abs(cheapest[0] / chosen[0] - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(cheapest[1] / chosen[1] - 2)).toBeLessThan(0.2);
  });

  test("one plan alone has nothing to compare", () => {
    expect(costBars({ ...plan, alternatives: [] }, 80, plain)).toBe("");
  });
});
