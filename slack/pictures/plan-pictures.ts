import { svgOf } from "../../src/adapters/picture.ts";
import { type Chart, costChart, gibText, hoursText, memoryChart, type Plan, usdText } from "../../src/index.ts";
import { pngOf } from "./png.ts";

/** A picture for a thread: what it is called, what it says to who does not see it, and its bytes. */
export interface Picture {
  name: string;
  title: string;
  alt: string;
  bytes: Buffer;
}

/**
 * Memory by part against what the device can use, and cost against time. Light on a ground of their own: Slack shows
 * everybody the same picture, whatever their theme is.
 */
export async function planPictures(plan: Plan): Promise<Picture[]> {
  const { memory, time, cost, hardware } = plan;
  const found: (Omit<Picture, "bytes"> & { chart: Chart })[] = [];
  if (memory)
    found.push({
      name: "memory.png",
      title: "Memory of one device",
      alt: `${gibText(memory.perDevice.deviceGib.expected)} expected of ${gibText(memory.usableGib)} usable on one device. ${memory.parts.map((p) => `${p.name} ${gibText(p.gib)}`).join(", ")}.`,
      chart: memoryChart(hardware ? `Memory of one ${hardware.accelerator.name}` : "Memory of one device", memory),
    });
  const costs = costChart(plan);
  // One plan alone is a point: its time and cost stand in the message.
  if (costs && time && cost && plan.alternatives.length > 0)
    found.push({
      name: "cost.png",
      title: "Cost against time",
      alt: `This plan: ${hoursText(time.trainHours.expected)}, ${usdText(cost.trainUsd.expected)}. ${plan.alternatives.map((a) => `${a.name}: ${hoursText(a.trainHours.expected)}, ${usdText(a.trainUsd.expected)}`).join(". ")}.`,
      chart: costs,
    });
  return Promise.all(found.map(async ({ chart, ...rest }) => ({ ...rest, bytes: await pngOf(await svgOf(chart)) })));
}
