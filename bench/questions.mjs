// How many questions lead to the plan that full information leads to: asked by value of information, and in a fixed
// order. Run: npm run bench:questions
import { briefFromValues, catalog } from "../dist/src/index.js";
import { answered, ask } from "../dist/src/plan/ask.js";
import { probeOf } from "../dist/src/plan/outcome.js";
import { planFor } from "../dist/src/plan/planner.js";
import { resolve } from "../dist/src/plan/resolve.js";
import { unknowns } from "../dist/src/plan/unknowns.js";
import { person } from "./questions/people.mjs";

const PEOPLE = Number(process.argv[2] ?? 200);
const SEED = Number(process.argv[3] ?? 20261122);
const MOST = 15;

/** Hardware, method and deployment: what the person would be told to do. */
const decision = (o) => [o.status, o.machine, o.owned, o.choices.method ?? "", o.choices.deployment ?? ""].join("|");

/** What a truthful person answers, or undefined where they have no such limit. */
function truthful(truth, id) {
  if (id === "parameterCount") return catalog.models.find((m) => m.id === truth.model).parameterCount;
  if (id === "accelerator" && truth.accelerator === undefined) return "rent";
  if (id === "constraints") return truth.constraints;
  return truth[id];
}

/** By value of information: one question at a time, each chosen anew, until none is worth asking. */
const byValue = (brief, settled) => ask(brief, catalog, { settled, atATime: 1 })[0]?.id;
/** The list that an advisor brings along: model, hardware, data, money, time, serving, place. */
const inOrder = (brief, settled) => {
  const open = unknowns(brief, resolve(brief, catalog).workload).map((u) => u.id);
  return open.find((id) => !settled.includes(id));
};

function interview({ truth, said }, next, probe) {
  const full = decision(probe(briefFromValues(truth, "stated")));
  let brief = briefFromValues(said, "stated");
  const settled = [];
  const right = [decision(probe(brief)) === full];
  while (right.length <= MOST) {
    const id = next(brief, settled);
    if (id === undefined) break;
    const value = truthful(truth, id);
    settled.push(id);
    // A person who is asked for the size names the model, and who wants one card says which, and whose it is.
    if (id === "parameterCount") brief = { ...brief, ...briefFromValues({ model: truth.model }, "stated") };
    else if (id === "accelerator" && truth.accelerator !== undefined)
      brief = { ...brief, ...briefFromValues({ accelerator: truth.accelerator, owned: truth.owned }, "stated") };
    else if (value !== undefined) brief = answered(brief, id, value, catalog);
    right.push(decision(probe(brief)) === full);
  }
  const last = right.lastIndexOf(false);
  return {
    asked: right.length - 1,
    reached: right.at(-1),
    needed: last + 1,
    at: (n) => right[Math.min(n, right.length - 1)],
  };
}

const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
const share = (xs) => `${((100 * xs.filter(Boolean).length) / xs.length).toFixed(0)} %`;
const people = Array.from({ length: PEOPLE }, (_, i) => person(SEED + i, catalog));

console.log(
  `${PEOPLE} people, seed ${SEED}; what they say at first leads to the right decision for ${share(people.map((p) => interview(p, () => undefined, probeOf(catalog)).reached))}\n`,
);
console.log(
  "| questions chosen | right after 1 | after 2 | after 3 | in the end | needed until right, mean | asked in all, mean |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const [name, next] of [
  ["by value of information", byValue],
  ["in a fixed order", inOrder],
]) {
  const probe = probeOf(catalog);
  const runs = people.map((p) => interview(p, next, probe));
  const reached = runs.filter((r) => r.reached);
  console.log(
    `| ${name} | ${[1, 2, 3].map((n) => share(runs.map((r) => r.at(n)))).join(" | ")} | ${share(runs.map((r) => r.reached))} | ${mean(reached.map((r) => r.needed)).toFixed(2)} | ${mean(runs.map((r) => r.asked)).toFixed(2)} |`,
  );
}

const times = people.map((p) => {
  const brief = briefFromValues(p.said, "stated");
  const from = process.cpuUsage();
  ask(brief, catalog);
  planFor({ brief }, catalog, { today: "2026-11-22" });
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
});
times.sort((a, b) => a - b);
console.log(
  `\nplan with its questions, processor time: median ${times[times.length >> 1].toFixed(0)} ms, slowest ${times.at(-1).toFixed(0)} ms (goal: 50 and 200)`,
);
