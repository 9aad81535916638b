// Prints the plan hashes of 200 varied workloads, one a line, and of briefs that reach the planner on five ways.
// Node, Deno and Bun run it from the same build and must agree.

import { parse } from "yaml";
import { readExisting } from "../../dist/src/existing.js";
import {
  advise,
  briefFromValues,
  catalog,
  readText,
  setField,
  teamBrief,
  teamCatalog,
  withTeam,
} from "../../dist/src/index.js";
import { parseTeam } from "../../dist/src/parse.js";
import { BRIEFS } from "./ways.mjs";

const TODAY = "2026-11-22";

/** A small linear congruential generator (Numerical Recipes): the same sequence on every runtime. */
let state = 20261122;
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const pick = (list) => list[random(list.length)];

const models = catalog.models.filter((m) => m.modality === "llm" && m.parameterCount < 2e11).map((m) => m.id);
const cards = catalog.accelerators.filter((a) => a.kind === "gpu").map((a) => a.id);

for (let i = 0; i < 200; i++) {
  const words = [
    pick(["fine-tune", "LoRA", "QLoRA fine-tune", "train", "full fine-tune"]),
    pick(models),
    `on ${pick([500, 3000, 50000, 250000])} examples`,
    pick(["", `on one ${pick(cards)}`, `on our own ${pick(cards)}`, `on a ${pick([8, 16, 24, 48, 80])} GB GPU`]),
    pick(["", `budget $${pick([0, 5, 50, 500])}`, `max ${pick([2, 24, 200])} hours`]),
    pick(["", `seq length ${pick([512, 2048, 8192])}`]),
    pick(["", `serve ${pick([1, 5, 40])} requests/s`, "on-prem only", "spot ok", "AWS only"]),
  ];
  const text = words.filter(Boolean).join(", ");
  try {
    const read = readText(text, catalog, { today: TODAY });
    console.log(advise(read, catalog, { today: TODAY }).planHash);
  } catch (error) {
    // A clear error is an answer too, and must be the same one everywhere; a fault is none.
    if (error.code === undefined) throw error;
    console.log(`${error.code}: ${error.message}`);
  }
}

/** The same values on every way that can say them; each way ends in a brief, and a market where the way has its own. */
const WAYS = {
  text: (b) => ({ brief: readText(b.text, catalog, { today: TODAY }).brief }),
  yaml: (b) => ({ brief: briefFromValues(parse(b.yaml), "project") }),
  flags: (b) => ({ brief: b.flags.reduce(setField, {}) }),
  team: (b) => {
    const team = parseTeam(parse(b.team), catalog);
    const brief = b.besideTeam.reduce(setField, {});
    return { brief: withTeam(brief, teamBrief(team, catalog)), market: teamCatalog(catalog, team) };
  },
  project: (b) => ({
    brief: b.besideProject.reduce(
      setField,
      readExisting(
        Object.entries(b.project).map(([path, text]) => ({ path, text })),
        catalog,
      ).brief,
    ),
  }),
};
for (const [name, brief] of Object.entries(BRIEFS))
  for (const [way, through] of Object.entries(WAYS)) {
    if (brief[way] === undefined) continue;
    const { brief: said, market = catalog } = through(brief);
    console.log(`${name} ${way} ${advise({ brief: said }, market, { today: TODAY }).planHash}`);
  }
