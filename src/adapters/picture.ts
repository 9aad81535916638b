import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chart } from "../picture/chart.ts";
import { diskError } from "./disk/errors.ts";

/** Draws a chart without a browser. Vega is loaded here and only when a picture is wanted: it costs about 150 ms. */
export async function svgOf(chart: Chart): Promise<string> {
  const [{ parse, View, Warn }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec } = compile(chart as unknown as Parameters<typeof compile>[0]);
  const view = new View(parse(spec), { renderer: "none", logLevel: Warn });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Writes each chart as NAME.svg into a folder, which is made when missing. Returns the paths. */
export async function writePictures(folder: string, charts: ReadonlyMap<string, Chart>): Promise<string[]> {
  const paths: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, chart] of charts) {
      const path = join(folder, `${name}.svg`);
      await writeFile(path, `${await svgOf(chart)}\n`);
      paths.push(path);
    }
  } catch (error) {
    throw diskError(error, "write pictures into", folder);
  }
  return paths;
}
