import { type Catalog, findAccelerator, findModel } from "../../src/index.ts";
import type { Cell } from "./cell.ts";
import { magicAt } from "./complete.ts";
import { flagText, helpOf, helpOfAll } from "./help.ts";
import { unitsOf } from "./position.ts";
import { FLAGS, type FlagName, flagOf, isVerb } from "./verbs.ts";

/** What stands at the cursor, as Markdown; undefined where the cursor is in code. "" where nothing is known of it. */
export function inspectionOf(text: string, cursor: number, cell: Cell, catalog: Catalog): string | undefined {
  const at = unitsOf(text, cursor);
  const magic = magicAt(cell, at);
  if (!magic) return undefined;
  if (at < magic.wordsAt) return helpOfAll();
  const word = wordAt(text, Math.min(at, magic.end), magic.wordsAt);
  if (word === "") return helpOfAll();
  const flag = (Object.keys(FLAGS) as FlagName[]).find((name) => flagOf(name).names.includes(word));
  if (flag) return flagText(flag);
  if (isVerb(word)) return helpOf(word);
  return factsOf(word.replace(/^\w+=/, "").replace(/[,.;]$/, ""), catalog);
}

function wordAt(text: string, at: number, from: number): string {
  const before = /\S*$/.exec(text.slice(from, at))![0];
  const after = /^\S*/.exec(text.slice(at))![0];
  return before + after;
}

function factsOf(name: string, catalog: Catalog): string {
  const accelerator = findAccelerator(catalog, name);
  if (accelerator)
    return `**${accelerator.name}**: ${accelerator.memoryGib} GiB. ${accelerator.source}, ${accelerator.asOf}`;
  const model = findModel(catalog, name);
  return model
    ? `**${model.id}**: ${(model.parameterCount / 1e9).toPrecision(3)}B parameters. ${model.source}, ${model.asOf}`
    : "";
}
