import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readTeamFile } from "../../src/adapters/team.ts";
import { readText } from "../../src/brief/read.ts";
import { bareValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { teamBrief, teamCatalog, withTeam } from "../../src/team/apply.ts";
import { blockingLines } from "../../src/team/blocking.ts";
import { teamPlaces } from "../../src/team/places.ts";
import { parseTeam } from "../../src/team/schema.ts";

const today = "2026-11-22";
const team = (value: unknown) => parseTeam(value, catalog);
const said = (words: string) => readText(words, catalog, { today }).brief;

describe("what a team always says", () => {
  const ours = team({
    accelerators: [{ accelerator: "A100 80GB", count: 4, hostMemoryGib: 512 }],
    compliance: ["hipaa"],
    tracker: "mlflow",
  });

  test("fills what was left out, and says that it came from the team", () => {
    const brief = withTeam(said("fine-tune Llama 3.1 8B on 50k tickets"), teamBrief(ours, catalog));
    expect(bareValues(brief)).toMatchObject({
      stock: [{ accelerator: "a100-80gb-sxm", acceleratorCount: 4, hostMemoryGib: 512 }],
      owned: true,
      tracker: "mlflow",
      constraints: ["hipaa"],
    });
    expect(brief.stock?.from).toBe("team");
    expect(brief.model?.from).toBe("stated");
  });

  test("gives way whole to another machine: a 4090 is not one of four with 512 GiB of host memory", () => {
    const brief = withTeam(said("fine-tune Llama 3.1 8B on one RTX 4090"), teamBrief(ours, catalog));
    expect(brief.stock).toBeUndefined();
    expect(bareValues(brief)).toMatchObject({ accelerator: "rtx-4090", acceleratorCount: 1, constraints: ["hipaa"] });
  });

  test("a stated budget replaces the team's with its period; constraints add up", () => {
    const monthly = teamBrief(team({ budget: { amount: 300, period: "month" }, compliance: ["eu-only"] }), catalog);
    const brief = withTeam(said("fine-tune Llama 3.1 8B, $500, must be HIPAA compliant"), monthly);
    expect(brief.budgetUsd?.value).toBe(500);
    expect(brief.budgetPeriod?.from).not.toBe("team");
    expect(brief.constraints?.value).toEqual(expect.arrayContaining(["hipaa", "eu-only"]));
  });

  test("a constraint that contradicts what was said is left out", () => {
    const brief = withTeam(
      said("fine-tune Llama 3.1 8B, spot is fine"),
      teamBrief(team({ compliance: ["no-spot"] }), catalog),
    );
    expect(brief.constraints?.value).toEqual(["spot-ok"]);
  });
});

describe("the team's market", () => {
  const words = readText("fine-tune Llama 3.1 8B on 20k examples of 512 tokens on one rented H100, $500", catalog, {
    today,
  });
  const costOf = (value: unknown) => {
    const plan = advise(words, teamCatalog(catalog, team(value)), { today });
    return {
      platform: plan.hardware?.offer?.platform,
      perHour: plan.hardware?.offer?.usdPerHour,
      hash: plan.inputHash,
    };
  };

  test("an agreed price is used and cited", () => {
    const agreed = costOf({
      platforms: ["lambda"],
      prices: [{ platform: "lambda", accelerator: "H100 SXM", usdPerHour: 1.5, asOf: "2026-10-01" }],
    });
    expect(agreed).toMatchObject({ platform: "lambda", perHour: 1.5 });
  });

  test("a platform that is not allowed is never offered", () => {
    const free = costOf({});
    const limited = costOf({ platforms: ["lambda"] });
    expect(limited.platform).toBe("lambda");
    expect(limited.hash).not.toBe(free.hash);
  });

  test("a team without a market of its own plans from the very same facts", () => {
    expect(teamCatalog(catalog, team({ tracker: "wandb" }))).toBe(catalog);
  });
});

describe("a slip in the file", () => {
  test.each([
    [{ acelerators: [] }, /unknown field "acelerators"/, /accelerators/],
    [{ accelerators: [{ accelerator: "A100 80GB", cuont: 2 }] }, /unknown field "accelerators.0.cuont"/, /count/],
    [{ accelerators: [{ accelerator: "A100-9000" }] }, /unknown accelerator "A100-9000"/, /Nearest/],
    [{ platforms: ["lamda"] }, /unknown platform "lamda"/, /lambda/],
    [{ budget: { amount: -1 } }, /budget.amount must be at least 0, not -1/, /budget: \{ amount: 500/],
    [{ budget: { amount: 5, perod: "month" } }, /unknown field "budget.perod"/, /Did you mean "period"/],
    [{ budget: 500 }, /budget must be fields with values, not 500/, /budget: \{ amount: 500/],
    [{ budget: { amount: 5, currency: "eur" } }, /three capital letters such as EUR, not "eur"/, /currency: USD/],
    [{ platforms: "lambda" }, /platforms must be a list in brackets, not "lambda"/, /platforms: \[lambda, aws\]/],
    [{ platforms: [] }, /platforms must be a list of at least 1/, /lambda/],
    [{ tracker: "wandbb" }, /one of tensorboard, wandb, mlflow/, /Did you mean "wandb"/],
    [{ compliance: ["hippa"] }, /unknown name "hippa" in compliance/, /Did you mean "hipaa"/],
    [{ framework: "pytroch" }, /unknown name "pytroch" in framework/, /Did you mean "pytorch"/],
    [{ regions: ["eu-wst-1"] }, /unknown name "eu-wst-1" in regions/, /eu-west-1/],
    [
      { prices: [{ platform: "lambda", accelerator: "H100", usdPerHour: 2 }] },
      /prices.0.asOf is missing/,
      /asOf: 2026/,
    ],
    [
      { prices: [{ platform: "lambda", accelerator: "H100", usdPerHour: 2, asOf: "yesterday" }] },
      /a day such as 2026-10-01, not "yesterday"/,
      /asOf: 2026/,
    ],
    ["hello", /the file must be fields with values, not "hello"/, /Fields: accelerators, prices/],
    [{ dataLocation: `s3://x?key=AKIA${"Q7".repeat(8)}` }, /holds a/, /revoke/],
  ])("%j is told with what to do", (value, message, hint) => {
    expect(() => team(value)).toThrow(message);
    try {
      team(value);
    } catch (error) {
      expect((error as { hint: string }).hint).toMatch(hint);
    }
  });
});

test("a framework of one's own and a region without a price here are names, not slips", () => {
  expect(team({ framework: "axolotl", regions: ["eu-west-9", "me-central-1"] })).toMatchObject({
    framework: "axolotl",
  });
});

describe("where the file stands in the way", () => {
  const words = "fine-tune Llama 3.1 8B on 20k examples on one rented H100";
  const lines = (value: unknown, text = words) => {
    const feasible = (left: ReturnType<typeof team>): boolean => {
      const brief = withTeam(said(text), teamBrief(left, catalog));
      return advise({ brief }, teamCatalog(catalog, left), { today }).status !== "infeasible";
    };
    expect(feasible(team(value))).toBe(false);
    return blockingLines(team(value), feasible);
  };

  test("the line is named without which there is a plan", () => {
    // AWS sells the H100 in Stockholm and not in Frankfurt; without the platforms others sell it there (prices.json).
    expect(
      lines({ platforms: ["aws"], regions: ["eu-central-1"], compliance: ["hipaa"], budget: { amount: 500 } }),
    ).toContainEqual(["regions"]);
    expect(lines({ budget: { amount: 0.01 }, tracker: "mlflow" })).toEqual([["budget"]]);
  });

  test("lines that stand in the way only together are named together, and no other", () => {
    expect(
      lines(
        { platforms: ["aws"], compliance: ["hipaa", "eu-only"], tracker: "wandb" },
        "fine-tune Llama 3.1 8B on RunPod",
      ),
    ).toEqual([["platforms", "compliance: hipaa", "compliance: eu-only"]]);
  });

  test("nothing is named where the words alone rule it out", () => {
    expect(lines({ platforms: ["aws"] }, "full fine-tuning of Llama 3.1 405B on one RTX 4090 of ours")).toEqual([]);
  });
});

describe("README's team.yaml", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const example = team(parse(/```yaml\n(accelerators:[\s\S]*?)```/.exec(readme)![1]!));
  const planned = (words: string) =>
    advise({ brief: withTeam(said(words), teamBrief(example, catalog)) }, teamCatalog(catalog, example), { today });

  test("plans on the team's own machine, with its tracker and what must be kept to", () => {
    expect(planned("Fine-tune Llama 3.1 8B on 50k support tickets, serve 5 requests/s")).toMatchObject({
      status: "feasible",
      hardware: { accelerator: { id: "a100-80gb-sxm" } },
      // As few of the team's cards as finish within two nights.
      training: { acceleratorCount: 1 },
      workload: { tracker: "mlflow", constraints: ["eu-only", "hipaa"] },
    });
  });

  test("rents at the agreed price, in the allowed region, where another card is asked for", () => {
    const { status, hardware } = planned("Fine-tune Llama 3.1 8B on 50k support tickets on one rented H100");
    expect(status).toBe("feasible");
    expect(hardware?.offer).toMatchObject({
      platform: "aws",
      region: "eu-north-1",
      usdPerHour: 3.1,
      source: "team.yaml",
    });
  });
});

test("the file beside the project comes before the person's own", () => {
  expect(teamPlaces("work/tickets", "/home/me/.config")).toEqual([
    "work/tickets/team.yaml",
    "/home/me/.config/ml-architect/team.yaml",
  ]);
});

test("a file that is missing or no YAML is told by its path", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "team-")), "team.yaml");
  await expect(readTeamFile(path)).rejects.toThrow(/Cannot read the team file .*it does not exist/);
  await writeFile(path, "tracker: wandb\n");
  expect(await readTeamFile(path)).toEqual({ tracker: "wandb" });
  await writeFile(path, "tracker: [\n");
  await expect(readTeamFile(path)).rejects.toThrow(/it is not YAML/);
});

describe("a team's stock", () => {
  const stock = team({
    accelerators: [
      { accelerator: "A100 80GB", count: 4, hostMemoryGib: 512 },
      { accelerator: "RTX 4090", count: 2 },
    ],
  });
  const planned = (words: string) =>
    advise({ brief: withTeam(said(words), teamBrief(stock, catalog)) }, catalog, { today });
  const machine = (words: string) => {
    const { hardware } = planned(words);
    return `${hardware!.acceleratorCount} × ${hardware!.accelerator.id}`;
  };

  test("lends as many cards as the work needs, of the kind that is soonest done, for no rent", () => {
    // An A100 is the faster of the two; 16-bit weights of 8B fit one of either.
    expect(machine("fine-tune Llama 3.1 8B on 20k tickets")).toBe("1 × a100-80gb-sxm");
    // 70e9 × 2 B = 130 GiB: more than one card of 80, less than four.
    const large = planned("LoRA of Llama 3.1 70B on 2k tickets");
    expect(large.hardware).toMatchObject({ acceleratorCount: 4, owned: true });
    expect(large.cost!.trainUsd.high).toBe(0);
  });

  test("more of it where one card would take longer than two nights", () => {
    expect(machine("LoRA of Llama 3.1 8B on 600k tickets of 2048 tokens")).toBe("4 × a100-80gb-sxm");
  });

  test("is not something that the person asked for: reasons and questions speak of what the work needs", () => {
    const plan = planned("LoRA of Llama 3.1 70B on 2k tickets");
    const { reasons } = plan.decisions.find((d) => d.name === "distributed")!;
    expect(reasons.join(" ")).not.toMatch(/[yY]ou asked for/);
    expect(plan.assumptions.find((a) => a.field === "acceleratorCount")?.why).toMatch(/of the 4 × .* that are yours/);
    expect(plan.questions.map((q) => q.id)).not.toContain("acceleratorCount");
    expect(plan.questions.map((q) => q.id)).not.toContain("owned");
  });

  test("names the whole of one kind as the fastest way beside the plan", () => {
    const { alternatives } = planned("fine-tune Llama 3.1 8B on 20k tickets");
    expect(alternatives.find((a) => a.name === "fastest")?.hardware).toMatchObject({
      acceleratorCount: 4,
      owned: true,
    });
  });

  test("serves too, on as few cards as keep up", () => {
    const { serving } = planned("Serve Llama 3.1 8B at 2 requests per second");
    expect(serving).toMatchObject({ owned: true, replicas: 1, acceleratorCountPerReplica: 1 });
    // 70e9 × 2 B of weights need two cards of 80 GiB, or one with 4-bit weights.
    expect(planned("Serve Llama 3.3 70B at 2 requests per second").serving!.owned).toBe(true);
  });

  test("gives way to a machine that is named", () => {
    expect(machine("fine-tune Llama 3.1 8B on one RTX 3090 of ours, 20k tickets")).toBe("1 × rtx-3090");
  });
});

describe("rules that leave nothing", () => {
  const headline = (words: string, value: unknown) =>
    advise({ brief: withTeam(said(words), teamBrief(team(value), catalog)) }, teamCatalog(catalog, team(value)), {
      today,
    }).headline;
  const words = "fine-tune Llama 3.1 8B on one rented H100, 20k tickets, $500";

  test("are named with file, field and value, where lifting one of them would leave something", () => {
    expect(headline(words, { platforms: ["hf-inference-endpoints"] })).toMatch(
      /Without `platforms: \[hf-inference-endpoints\]` in team\.yaml/,
    );
    // AWS has no dated H100 price in Dublin, others name no region: either rule may give way.
    expect(headline(words, { regions: ["eu-west-1"], platforms: ["aws"] })).toMatch(
      /Without `platforms: \[aws\]` in team\.yaml or `regions: \[eu-west-1\]` in team\.yaml there would be/,
    );
    expect(headline("fine-tune Llama 3.1 8B on 20k tickets", { compliance: ["air-gapped"] })).toMatch(
      /Without `compliance: \[air-gapped\]` in team\.yaml/,
    );
  });

  test("are named all together where no single one decides", () => {
    expect(
      headline("fine-tune Llama 3.1 8B on 20k tickets", {
        platforms: ["hf-inference-endpoints"],
        compliance: ["air-gapped"],
      }),
    ).toMatch(
      /`platforms: \[hf-inference-endpoints\]` in team\.yaml, `compliance: \[air-gapped\]` in team\.yaml together leave nothing to rent/,
    );
  });

  test("are named for a server as well", () => {
    expect(headline("Serve Llama 3.1 8B at 2 requests per second", { platforms: ["vast"] })).toMatch(
      /Without `platforms: \[vast\]` in team\.yaml/,
    );
  });
});
