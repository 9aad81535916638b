// What the answer to each case says, beside what is known to have happened.
import { readFileSync } from "node:fs";

const TODAY = "2026-11-22";
/** More turns than this is an interrogation. */
const TURNS = 3;

/** A case that goes on from the one before it ("same with zero3") is asked as the second turn of a conversation. */
const goesOn = (text) => /^same\b/.test(text);

/**
 * One row a case. `agreement`: agrees, repaired (no as described, yes with the settings that the answer gives), warned,
 * led (so only after answers to the plan's own questions), false no or unsafe. `core` is the reader and planner that is
 * asked: advise, ask, catalog, findAccelerator, readText, withWords.
 */
export function answers(path, core) {
  const { catalog, readText, withWords } = core;
  const cases = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  let before = {};
  return cases.map((known) => {
    const read = readText(known.text, catalog, { today: TODAY });
    const brief = goesOn(known.text) ? withWords(before, known.text, catalog, TODAY).brief : read.brief;
    before = brief;
    const told = brief.measured?.value.failed !== undefined;
    return { id: known.id, text: known.text, told, ...interviewed(known, brief, core) };
  });
}

/** The answer to the words; where it misses, the plan's questions are answered with what is known, and it is asked again. */
function interviewed(known, said, { advise, ask, catalog, findAccelerator }) {
  const settled = [];
  let brief = said;
  let first;
  for (let turn = 0; turn <= TURNS; turn++) {
    let plan;
    try {
      plan = advise({ brief }, catalog, { today: TODAY });
    } catch (error) {
      if (error.code !== "unknown-name") throw error;
      if (known.facts.parameterCount === undefined || brief.parameterCount) throw error;
      // "Give its size": the refusal is a question.
      brief = { ...brief, parameterCount: { value: known.facts.parameterCount, from: "stated" } };
      first ??= { agreement: "led", foreseen: false, why: `${error.message}. ${error.hint}` };
      continue;
    }
    const now = judged(plan, known);
    first ??= now;
    if (now.agreement !== "unsafe" && now.agreement !== "false no")
      return turn === 0 ? now : { ...now, agreement: "led", why: `after ${turn} answers: ${now.why}` };
    // What the person cannot answer is not asked again.
    const questions = turn === 0 ? plan.questions : ask(brief, catalog, { settled });
    settled.push(...questions.map((q) => q.id));
    const fields = questions.map((q) => fieldOf(known, q.id));
    const answerable = fields.filter((field) => known.facts[field] !== undefined && brief[field] === undefined);
    if (questions.length === 0) break;
    const told = answerable.map((field) => [
      field,
      { value: factOf(known, field, findAccelerator, catalog), from: "stated" },
    ]);
    brief = { ...brief, ...Object.fromEntries(told) };
  }
  return first;
}

/** A card that is known only by its size is said by it. */
const fieldOf = (known, id) =>
  id === "accelerator" && known.facts.accelerator === undefined ? "acceleratorMemoryGib" : id;
const factOf = (known, field, findAccelerator, catalog) =>
  field === "accelerator"
    ? (findAccelerator(catalog, known.facts.accelerator)?.id ?? known.facts.accelerator)
    : known.facts[field];

/** What the plan says of the set-up that was described, against what happened. */
function judged(plan, known) {
  const { described } = plan;
  const over = described !== undefined && described.neededGib.expected > described.usableGib;
  const verdict = described
    ? described.status === "fits"
      ? "yes"
      : described.status === "tight" && !over
        ? "tight"
        : "no"
    : plan.status === "infeasible"
      ? "no"
      : plan.memory?.status === "tight"
        ? "tight"
        : "yes";
  // The answer asks what it needs to judge the run that died.
  const asksBack = !described && plan.notices.some((n) => n.startsWith("You say that a run died"));
  const why = asksBack
    ? "asks for the model of the run that died"
    : (described?.headline ?? plan.headline).slice(0, 240);
  return {
    agreement: asksBack ? "led" : agreementOf(known, verdict, plan),
    foreseen: over || plan.status === "infeasible",
    why,
  };
}

function agreementOf(known, verdict, plan) {
  const possible =
    plan.status !== "infeasible" || plan.repairs.some((r) => r.of !== undefined && r.status !== "does-not-fit");
  switch (known.outcome) {
    case "fits":
      return verdict !== "no" ? "agrees" : possible ? "repaired" : "false no";
    case "boundary":
      return verdict === "yes" ? (comfortable(plan) ? "unsafe" : "agrees") : possible ? "agrees" : "false no";
    case "oom":
    case "host_oom":
      if (verdict === "no") return "agrees";
      if (verdict === "tight") return "warned";
      // Nothing said how it was trained, and the plan trains another way than the run that died.
      return plan.training && known.facts.method && wholly(plan.training.method) !== wholly(known.facts.method)
        ? "repaired"
        : "unsafe";
    default:
      throw new Error(`${known.id}: unknown outcome ${known.outcome}`);
  }
}

const wholly = (method) => method === "full";
/** On the machine that was named; a machine that the plan chose itself has the room that it was chosen for. */
const comfortable = (plan) =>
  plan.workload.hardware.owned && plan.memory?.status === "fits" && plan.described === undefined;
