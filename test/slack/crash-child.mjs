// A bot that is killed: keeps what it is told over standard input's list, works it off, and says on standard output
// what it has kept. What it "posts" is a line in a file, written before it knows that it was.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { openDatabase } from "../../dist/slack/store/database.js";
import { receive } from "../../dist/slack/store/inbox.js";
import { migrate } from "../../dist/slack/store/migrations.js";
import { unfinished } from "../../dist/slack/store/runs.js";
import { work } from "../../dist/slack/work/worker.js";
import { catalog } from "../../dist/src/index.js";

const [folder, posted, told] = process.argv.slice(2);
const now = () => new Date("2026-11-20T10:00:00Z");
const db = await openDatabase({ folder });
await migrate(db);

const lines = () => (existsSync(posted) ? readFileSync(posted, "utf8").split("\n").filter(Boolean) : []);
const keyOf = ({ run, revision, step }) => `${run}:${revision}:${step}`;
const setting = {
  db,
  catalog,
  sign: (_, { run, revision }) => `${run}.${revision}`,
  fileCountOf: async () => 40,
  policyOf: async () => ({ effects: [], hosts: [], repository: "" }),
  now,
  leaseSeconds: 0.2,
  outside: {
    async send(where, outgoing, key) {
      appendFileSync(
        posted,
        `${keyOf(key)} ${where.thread} ${(outgoing.message?.text ?? outgoing.type).slice(0, 40).replace(/\s/g, " ")}\n`,
      );
      return { type: "sent", answer: null };
    },
    async find(_, __, key) {
      return lines().some((line) => line.startsWith(`${keyOf(key)} `))
        ? { type: "found", answer: null }
        : { type: "absent" };
    },
  },
};

for (const { id, thread, text } of JSON.parse(told)) {
  const where = { team: "T", channel: "C", thread };
  await receive(db, { id, where, person: "U", incoming: { type: "said", text } }, now());
  console.log(`kept ${id}`);
}
for (;;) {
  const open = await unfinished(db);
  if (open.length === 0) break;
  for (const run of open)
    if ((await work(run, setting)).type === "wait") await new Promise((done) => setTimeout(done, 100));
}
console.log("done");
await db.close();
