// Known cases, asked in words through the whole reader and planner: what is known to have happened against what the
// answer says of the set-up that the person describes. Run: npm run bench:cases [-- --list] [-- FILE]
import { fileURLToPath } from "node:url";
import { withWords } from "../dist/src/consult/change.js";
import * as core from "../dist/src/index.js";
import { answers } from "./cases/answers.mjs";

const list = process.argv.includes("--list");
const file = process.argv.slice(2).find((a) => !a.startsWith("--"));
const rows = answers(file ?? fileURLToPath(new URL("../test/plan/cases.jsonl", import.meta.url)), {
  ...core,
  withWords,
});
const of = (...kinds) => rows.filter((r) => kinds.includes(r.agreement));
const percent = (n) => `${Math.round((100 * n) / rows.length)} %`;

console.log(`${rows.length} known cases, asked in words`);
for (const [kind, meaning] of [
  ["agrees", "the answer says what happened"],
  ["repaired", "as described no, and the answer's own settings for the same hardware; it ran"],
  ["warned", "tight, and it died"],
  ["led", "one of the questions, or a name asked back, leads there"],
  ["false no", "the answer says that it cannot, and it ran"],
  ["unsafe", "the answer says that it fits as described, and it died"],
])
  console.log(`${String(of(kind).length).padStart(4)}  ${percent(of(kind).length).padStart(5)}  ${kind}: ${meaning}`);
const died = rows.filter((r) => r.told);
console.log(
  `of ${died.length} that the person says died, the estimate says so too for ${died.filter((r) => r.foreseen).length}`,
);
for (const r of list ? rows : of("unsafe", "false no"))
  console.log(`${r.id} ${r.agreement}: ${r.text}\n      ${r.why}`);
