import { writePictures } from "../src/adapters/picture.ts";
import { type Chart, costChart, memoryChart, type Plan, type Theme } from "../src/index.ts";

const THEMES: readonly Theme[] = ["light", "dark"];

/** Draws what a plan has to show into a folder, over older pictures of the same names; says what was written. */
export async function drawPictures(plan: Plan, folder: string): Promise<string> {
  const charts = new Map(THEMES.flatMap((theme) => chartsOf(plan, theme).map(([name, c]) => [`${name}-${theme}`, c])));
  if (charts.size === 0) return `Nothing was drawn in ${folder}: this plan has no memory and no cost to show.`;
  const written = await writePictures(folder, charts);
  return `Drawn: ${written.join(", ")}`;
}

function chartsOf(plan: Plan, theme: Theme): [string, Chart][] {
  const out: [string, Chart][] = [];
  const add = (name: string, chart: Chart | undefined): void => {
    if (chart) out.push([name, chart]);
  };
  if (plan.memory && plan.workload?.phase !== "serve")
    add(
      "training-memory",
      memoryChart(`Training memory of one ${plan.hardware?.accelerator.name ?? "device"}`, plan.memory, theme),
    );
  if (plan.serving)
    add(
      "serving-memory",
      memoryChart(`Serving memory of one ${plan.serving.accelerator.name}`, plan.serving.estimate, theme),
    );
  add("cost-and-time", costChart(plan, theme));
  return out;
}
