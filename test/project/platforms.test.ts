import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readTemplate } from "../../src/adapters/files.ts";
import type { Hardware, Launch, Plan } from "../../src/plan/plan.ts";
import { selectParts } from "../../src/project/parts.ts";
import { TO_CHOOSE } from "../../src/project/platform-settings.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { cutYaml, PYYAML } from "../../src/project/yaml-edit.ts";
import { range } from "../../src/units.ts";
import { llamaOnOneRtx4090, llamaOnRentedA10 } from "./plan.fixture.ts";

const template = await readTemplate("transformers-sft");
type Offer = NonNullable<Hardware["offer"]>;

/** The rented A10's plan on another machine. */
function rented(offer: Partial<Offer>, launch: Partial<Launch>, more: Partial<Hardware> = {}): Plan {
  const plan = llamaOnRentedA10();
  const there: Offer = { ...plan.hardware!.offer!, ...offer };
  return {
    ...plan,
    hardware: { ...plan.hardware!, ...more, offer: there },
    decisions: plan.decisions.map((d) =>
      d.name === "platform" ? { ...d, choice: there.platform, title: there.platform } : d,
    ),
    launch: { platform: there.platform, ...launch },
  };
}
const project = (plan: Plan): Map<string, string> =>
  scaffold(plan, template, { projectName: "support-assistant", planMarkdown: "# Plan\n" });
const settings = (plan: Plan, path: string): Record<string, unknown> =>
  parse(project(plan).get(path) ?? "", PYYAML) as Record<string, unknown>;
const fact = { source: "where it was read", asOf: "2026-10" };

describe("a project has the files of its platform and no other's", () => {
  test.each([
    ["modal", "platforms/modal/", "scripts/launch_modal.sh"],
    ["lambda", "platforms/lambda_cloud/", "scripts/launch_lambda.sh"],
    ["sagemaker", "platforms/sagemaker/", "scripts/launch_sagemaker.sh"],
    ["aws", "platforms/skypilot/", "scripts/launch_skypilot.sh"],
    ["runpod", "platforms/skypilot/", "scripts/launch_skypilot.sh"],
    ["oracle-cloud", "platforms/skypilot/", "scripts/launch_skypilot.sh"],
  ])("%s: %s and %s", (platform, folder, launcher) => {
    const plan = rented({ platform }, { name: "A10", ...fact });
    const files = [...project(plan).keys()];
    const folders = new Set(
      files.filter((path) => /^platforms\/\w+\//.test(path)).map((path) => path.split("/")[1] ?? ""),
    );
    expect(folders).toEqual(new Set(["local", folder.split("/")[1]]));
    const launchers = files.filter((path) => path.startsWith("scripts/launch_")).sort();
    // A rented machine starts the run with the script for machines of one's own.
    expect(launchers).toEqual([launcher, "scripts/launch_local.sh"].sort());
    expect(project(plan).get("README.md")).toContain(`Start it: \`make launch\` (\`${launcher}\`)`);
    expect(project(plan).get("README.md")).not.toContain("has no launcher for it");
    expect(project(plan).get("handoff/training-specialist.md")).toContain("`make launch`");
  });

  test("a platform that nobody launches is still told by hand", () => {
    const plan = rented({ platform: "scaleway" }, {});
    expect(selectParts(plan, template).find(({ kind }) => kind === "platform")?.used?.id).toBe("local");
    expect(project(plan).get("README.md")).toContain("has no launcher for it");
  });

  test("hardware of one's own starts with make train", () => {
    const files = project(llamaOnOneRtx4090());
    expect([...files.keys()].filter((path) => path.startsWith("scripts/launch_"))).toEqual(["scripts/launch_local.sh"]);
    const brief = files.get("handoff/training-specialist.md");
    expect(brief).toContain("Run `make train` on a tenth");
    // A folder's checkpoints are one run's: each trial beside it has one of its own.
    expect(brief).toMatch(/--set data\.max_rows=\d+ --set project\.output_dir=outputs\/tenth`/);
    expect(brief).toContain("each in a folder of its own (`--set project.output_dir=outputs/NAME`");
    expect(brief).toContain("training.early_stopping_patience: 3");
  });
});

describe("a trial is kept apart from the main run, where the platform keeps what a run writes", () => {
  const skypilot = (mountsBuckets: boolean) => ({ skypilot: { infra: "any", mountsBuckets, severalNodes: false } });
  test.each([
    ["sagemaker", {}, "--run"],
    ["modal", {}, "--set project.output_dir=/outputs/"],
    ["aws", skypilot(true), "--set project.output_dir=/checkpoints/"],
    ["runpod", skypilot(false), "--set project.output_dir=outputs/"],
    ["lambda", {}, "--set project.output_dir=outputs/"],
  ])("%s, %j: %s", (platform, launch, apart) => {
    const brief = project(rented({ platform }, { name: "A10", ...fact, ...launch })).get(
      "handoff/training-specialist.md",
    );
    const before = apart.endsWith("/") ? apart : `${apart} `;
    expect(brief).toMatch(new RegExp(`--set data\\.max_rows=\\d+ ${before}tenth\``));
    expect(brief).toContain(`each in a folder of its own (\`${before}NAME\`; evaluate there`);
  });
});

describe("the plan's machine is in the platform's settings", () => {
  test("Modal: card, host memory, attempts for the slow end of the run", () => {
    const plan = rented({ platform: "modal", region: "any", usdPerHour: 3.95 }, { name: "H100", ...fact });
    // 26 hours at the slow end: two attempts of a day, and nine for interruptions. 24 GiB of host memory at the high
    // end are below the 32 that the price holds. A gated model needs a key.
    const made = settings({ ...plan, time: { ...plan.time!, trainHours: range(16, 20, 26) } }, MODAL);
    expect(made).toMatchObject({
      app: "support-assistant",
      gpu: "H100",
      gpu_count: 1,
      cpu_cores: 4,
      memory_gib: 32,
      max_retries: 11,
      secret_name: "support-assistant",
    });
  });

  test("Lambda: type, region, and the plan's price as the most that is paid", () => {
    expect(settings(rented({}, { name: "gpu_1x_a10", ...fact }), LAMBDA)).toMatchObject({
      instance_type: "gpu_1x_a10",
      region: "us-east-1",
      max_usd_per_hour: 0.75,
      name: "support-assistant",
    });
    expect(settings(rented({ region: "any" }, { name: "gpu_1x_a10", ...fact }), LAMBDA).region).toBeNull();
  });

  test("SageMaker: managed spot waits as long again, disk for base, merge and two checkpoints", () => {
    const plan = rented(
      { platform: "sagemaker", instanceType: "ml.g5.2xlarge", region: "us-west-2", pricing: "spot" },
      { name: "ml.g5.2xlarge", ...fact },
    );
    // 22.1 hours at the slow end: 23, twice. 10 GB + 2 x 16.06 GB + 2 x 1 GB = 44.1, to the next five.
    expect(settings(plan, SAGEMAKER)).toMatchObject({
      project: "support-assistant",
      region: "us-west-2",
      training: {
        instance_type: "ml.g5.2xlarge",
        instance_count: 1,
        volume_gib: 50,
        max_run_hours: 46,
        spot: true,
        max_wait_hours: 92,
      },
      endpoint: { instance_type: TO_CHOOSE },
    });
  });

  const aws = { infra: "aws", mountsBuckets: true, severalNodes: true };
  test("SkyPilot: cloud and region, card by machine, nodes, disk", () => {
    const plan = rented(
      { platform: "aws", region: "us-east-1", acceleratorCount: 8 },
      { name: "H100", skypilot: aws, ...fact },
      { acceleratorCount: 16, nodeCount: 2 },
    );
    expect(settings(plan, SKYPILOT)).toMatchObject({
      name: "support-assistant",
      num_nodes: 2,
      resources: { infra: "aws/us-east-1", accelerators: "H100:8", use_spot: false, disk_size: 50 },
      file_mounts: { "/checkpoints": { mode: "MOUNT_CACHED" } },
    });
  });

  test("SkyPilot: a spot machine is looked for in every region, unless data is bound to one", () => {
    const plan = rented(
      { platform: "aws", region: "eu-west-1", pricing: "spot" },
      { name: "A10G", skypilot: aws, ...fact },
    );
    const infra = (made: Plan): unknown => (settings(made, SKYPILOT).resources as Record<string, unknown>).infra;
    expect(infra(plan)).toBe("aws");
    expect(infra({ ...plan, workload: { ...plan.workload!, constraints: ["eu-only"] } })).toBe("aws/eu-west-1");
  });

  test("SkyPilot: no bucket is asked for where none can be mounted, and the rest stays as it was", () => {
    const runpod = { infra: "runpod", mountsBuckets: false, severalNodes: false };
    const plan = rented({ platform: "runpod", region: "any" }, { name: "RTX4090", skypilot: runpod, ...fact });
    const task = settings(plan, SKYPILOT);
    expect(task).not.toHaveProperty("file_mounts");
    expect(task).toMatchObject({ envs: { CHECKPOINT_URL: "" }, run: "bash platforms/skypilot/run.sh\n" });
    expect(project(plan).get("README.md")).toContain("No bucket can be mounted there");
    expect(project(plan).get(".env.example")).not.toContain("CHECKPOINT_URL");
  });

  test.each([
    ["modal", "platforms/modal/settings.yaml", "gpu"],
    ["lambda", "platforms/lambda_cloud/settings.yaml", "instance_type"],
    ["vast", "platforms/skypilot/task.yaml", "accelerators"],
  ])("a name that no dated fact gives is left to a person: %s", (platform, path, key) => {
    const files = project(rented({ platform }, {}));
    expect(files.get(path)).toMatch(new RegExp(`${key}: "?${TO_CHOOSE}`));
    expect(files.get("README.md")).toContain("**Choose the machine**");
  });

  test("the file says where the name was read, and when", () => {
    const text = project(rented({}, { name: "gpu_1x_a10", ...fact })).get(LAMBDA);
    expect(text).toContain('# The machine\'s name "gpu_1x_a10" is from where it was read (2026-10).');
  });

  test("keys that the launchers read are in the examples with how to get them", () => {
    const example = (platform: string): string =>
      project(rented({ platform }, { name: "x", ...fact })).get(".env.example") ?? "";
    expect(example("lambda")).toMatch(
      /https:\/\/cloud\.lambda\.ai\/api-keys[\s\S]*LAMBDA_API_KEY=support-assistant_dev_/,
    );
    expect(example("sagemaker")).toMatch(/SAGEMAKER_ROLE_ARN=\n[\s\S]*SAGEMAKER_BUCKET=\n/);
    expect(example("modal")).toContain("MODAL_TOKEN_SECRET=support-assistant_dev_your_key_here");
    expect(example("gcp")).toContain("CHECKPOINT_URL=\n");
  });
});

const MODAL = "platforms/modal/settings.yaml";
const LAMBDA = "platforms/lambda_cloud/settings.yaml";
const SAGEMAKER = "platforms/sagemaker/settings.yaml";
const SKYPILOT = "platforms/skypilot/task.yaml";

test("a key that is cut out of a YAML text takes its comment along and leaves every other byte", () => {
  const text = "# head\na: 1\n\n# of b\n# more of b\nb:\n  c: 2 # two\n\n  d: 3\n\n# of e\ne: 4\n";
  expect(cutYaml("x.yaml", text, ["b"])).toBe("# head\na: 1\n\n# of e\ne: 4\n");
  expect(cutYaml("x.yaml", "a: 1\nb: 2\n", ["b"])).toBe("a: 1\n");
  expect(() => cutYaml("x.yaml", "a: 1\n", ["b"])).toThrow(/no key b/);
});
