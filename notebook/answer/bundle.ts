import { svgOf } from "../../src/adapters/picture.ts";
import { type Reply, render } from "../../src/consult.ts";
import {
  type Chart,
  costChart,
  costPoints,
  gibText,
  hoursText,
  memoryChart,
  memoryRows,
  type Plan,
  usdText,
} from "../../src/index.ts";
import type { Bundle } from "../proxy/magician.ts";
import { MAGIC } from "./phrasing.ts";

/** What is shown, in every form that a notebook may know: JupyterLab and VS Code draw the chart, others show the SVG. */

const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** What a notebook says to a person, who types `%architect …` and no sentence to a machine. */
export const markdownOf = (replies: readonly Reply[]): string =>
  replies
    .map((reply) => render(reply, MAGIC))
    .join("\n")
    .trimEnd();

export const textBundle = (markdown: string): Bundle => ({
  "text/markdown": withoutMathematics(markdown),
  "text/plain": markdown,
});

/** Between two dollar signs of one text, also where they are escaped, notebooks see a formula; in code they do not. */
const withoutMathematics = (markdown: string): string =>
  markdown.replace(/(```[\s\S]*?```|`[^`\n]*`)|\$/g, (_, code?: string) => code ?? "<span>&#36;</span>");

export const jsonBundle = (value: unknown): Bundle => ({
  "application/json": value,
  "text/plain": JSON.stringify(value, null, 2),
});

export const yamlBundle = (yaml: string): Bundle => ({
  "text/markdown": `\`\`\`yaml\n${yaml.trimEnd()}\n\`\`\``,
  "text/plain": yaml,
});

/** A plan's charts; none where it has nothing to draw. */
export async function chartBundles(plan: Plan): Promise<Bundle[]> {
  const charts: { chart: Chart; rows: string[][] }[] = [];
  if (plan.memory)
    charts.push({
      chart: memoryChart("Memory of one device", plan.memory),
      rows: [["part", "memory"], ...memoryRows(plan.memory).map((row) => [row.name, gibText(row.gib)])],
    });
  const cost = costChart(plan);
  if (cost)
    charts.push({
      chart: cost,
      rows: [
        ["plan", "machine", "hours", "cost"],
        ...costPoints(plan).map((p) => [p.name, p.machine, hoursText(p.hours.expected), usdText(p.usd.expected)]),
      ],
    });
  return Promise.all(
    charts.map(async ({ chart, rows }) => {
      const [head = [], ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
      const rule = `|${" --- |".repeat(rows[0]!.length)}`;
      const markdown = [head, rule, ...body].join("\n");
      return {
        [VEGA_LITE]: chart,
        "image/svg+xml": await svgOf(chart),
        ...textBundle(markdown),
      };
    }),
  );
}
