import { explain, outline, type Phrasing, type Plan } from "../src/index.ts";
import { memoryBars, memoryLine } from "./bars.ts";
import { costBars } from "./cost-bars.ts";
import type { Colors, Screen } from "./paint.ts";
import { shown } from "./terminal.ts";

/**
 * A plan where it is read: a file or another program gets the whole document, a screen the short form with memory as a
 * bar, and with `full` everything with its pictures.
 */
export function planShown(plan: Plan, screen: Screen, phrasing: Phrasing, full: boolean): string {
  const { columns } = screen;
  if (columns === undefined || full) {
    const text = shown(explain(plan, { phrasing }), screen);
    return columns === undefined ? text : [text, ...pictures(plan, columns, screen.colors)].join("\n");
  }
  return outline(plan, phrasing)
    .flatMap(({ name, text }) => [
      shown(text, screen),
      ...(name === "numbers" ? bars(plan, columns, screen.colors) : []),
    ])
    .join("\n");
}

type Memory = { title: string; label: string; estimate: NonNullable<Plan["memory"]> };

/** What is held in training and in serving; a plan that only serves has one of them. */
function memories({ memory, serving, hardware, workload }: Plan): Memory[] {
  const card = hardware?.accelerator.name ?? "device";
  const out: Memory[] = [];
  if (memory && workload?.phase !== "serve")
    out.push({ title: `Training memory of one ${card}`, label: "training", estimate: memory });
  if (serving?.estimate)
    out.push({
      title: `Serving memory of one ${serving.accelerator.name}`,
      label: "serving ",
      estimate: serving.estimate,
    });
  return out;
}

function bars(plan: Plan, columns: number, colors: Colors): string[] {
  const lines = memories(plan).map(({ label, estimate }) => memoryLine(label, estimate, columns, colors));
  return lines.length === 0 ? [] : [lines.join("")];
}

function pictures(plan: Plan, columns: number, colors: Colors): string[] {
  const costs = costBars(plan, columns, colors);
  return [
    ...memories(plan).map(({ title, estimate }) => memoryBars(title, estimate, columns, colors)),
    ...(costs === "" ? [] : [costs]),
  ];
}
