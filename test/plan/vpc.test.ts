import { expect, test } from "vitest";
import { advise, catalog, readText } from "../../src/index.ts";

const today = "2026-11-23";
const planOf = (words: string) => advise(readText(words, catalog, { today }), catalog, { today });
const WORDS = "fine-tune Llama 3.1 8B on 50k support tickets, $500, serve 20 rps, data can't leave our VPC";

test("data that may not leave a VPC is trained and served where machines stand in an account of one's own", () => {
  const plan = planOf(WORDS);
  const accounts = catalog.platforms.filter((p) => p.traits.account !== undefined).map((p) => p.id);
  expect(accounts).toContain(plan.hardware?.offer?.platform);
  if (plan.serving?.offer) expect(accounts).toContain(plan.serving.offer.platform);
  const { refused } = plan.decisions.find((d) => d.name === "platform")!;
  expect(refused.find((r) => r.option === "modal")?.why).toContain("not in a VPC of yours");
  for (const each of plan.alternatives)
    if (each.hardware.offer) expect(accounts).toContain(each.hardware.offer.platform);
});

test("no hosted model is offered to data that may not leave a VPC", () => {
  expect(planOf(WORDS).offRamps.filter((ramp) => ramp.usd !== undefined && ramp.per !== undefined)).toEqual([]);
});

test("which cloud the VPC is in is asked, unless it was said", () => {
  const asked = (words: string) => planOf(words).questions.map((question) => question.id);
  expect(asked(WORDS)).toContain("account");
  expect(asked(`${WORDS} on AWS`)).not.toContain("account");
});
