import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { AdvisorError } from "../../src/error.ts";
import { explain } from "../../src/plan/explain.ts";
import { type Layout, layoutsOnDevices, layoutsOnHost, type Machine } from "../../src/plan/layout.ts";
import type { Decision, DecisionName, Plan, TrainingSettings } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";
import type { ServedFormat } from "../../src/plan/workload.ts";
import { isServedByVllm } from "../../src/project/quantised.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { partKind, type Template } from "../../src/project/template.ts";
import { pairwise } from "./pairwise.ts";

/** The choices that a project is made of. */
const AXES = ["task", "method", "layout", "platform", "deployment", "quantisation", "tracking"] as const;
type Axis = (typeof AXES)[number];
type Choice = Readonly<Record<Axis, string>>;

/** One project of the covering set. */
export interface Covered {
  /** `transformers-sft sft, qlora, ddp 4x1, local, fastapi-docker, wandb` */
  name: string;
  choice: Choice;
  plan: Plan;
  template: Template;
}

type Method = TrainingSettings["method"];
interface Strategy {
  method: Method;
  machine: Machine;
  layout: Layout;
}

const PROJECT_NAME = "support-assistant";
/** Formats of weights that are made before they are served. */
const FORMATS: ServedFormat[] = ["awq-int4", "gptq-int4"];
/** What is asked for on every axis: nothing that a template does not have. A person may also track nothing but files. */
const TODAY = "2026-11-23";
const MACHINES: Machine[] = [
  { count: 1, nodes: 1 },
  { count: 4, nodes: 1 },
  { count: 16, nodes: 2 },
];

export const projectOf = ({ plan, template }: Covered): Map<string, string> =>
  scaffold(plan, template, { projectName: PROJECT_NAME, planMarkdown: explain(plan) });

/** The long form of the tests takes the whole set; the quick one those that cover most. */
const QUICK = 40;
export const tried = (set: readonly Covered[]): Covered[] =>
  process.env.ML_ARCHITECT_FULL === "1" || process.env.CI === "true" ? [...set] : set.slice(0, QUICK);

/** Every template's tasks and methods, platforms, servers and trackers, any two of them together at least once. */
export async function coveringSet(atLeast = QUICK): Promise<Covered[]> {
  const templates = await Promise.all((await listTemplates()).map(({ id }) => readTemplate(id)));
  const tasks = new Map(
    templates.flatMap((template) =>
      template.manifest.tasks.map((task) => [`${template.manifest.id} ${task}`, { template, task }]),
    ),
  );
  const bases = new Map<string, Plan>();
  const base = (task: string, strategy: Strategy): Plan => {
    const key = `${task} ${strategy.method}`;
    const known = bases.get(key);
    if (known !== undefined) return known;
    const { template, task: name } = tasks.get(task)!;
    const plan = planOf(template, name, strategy.method);
    bases.set(key, plan);
    return plan;
  };
  /** What a template says itself that it can write. */
  const able = new Map<string, Strategy>();
  const writes = new Map<string, boolean>();
  for (const [task, { template }] of tasks)
    for (const strategy of template.manifest.methods.flatMap((method) => strategiesOf(method as Method))) {
      // Whether there is code for a layout does not hang on what is trained in it.
      const key = `${task}, ${layoutName(strategy)}`;
      const can = writes.get(key) ?? canWrite(withStrategy(base(task, strategy), strategy), template);
      writes.set(key, can);
      if (can) able.set(`${task}, ${strategy.method}, ${layoutName(strategy)}`, strategy);
    }
  const strategyOf = (row: Pick<Choice, "task" | "method" | "layout">): Strategy | undefined =>
    able.get(`${row.task}, ${row.method}, ${row.layout}`);
  const parts = (kind: string): Map<string, Set<string>> => {
    const found = new Map<string, Set<string>>();
    for (const [task, { template }] of tasks)
      for (const part of template.manifest.parts)
        if (partKind(part) === kind) found.set(part.id, (found.get(part.id) ?? new Set()).add(task));
    return found;
  };
  const [platforms, deployments, trackers] = [parts("platform"), parts("deployment"), parts("tracking")] as const;
  const formats = new Map<string, Set<string>>(
    [...parts("quantisation").values()].flatMap((has) => FORMATS.map((name) => [name, has] as const)),
  );
  // TensorBoard is part of every runtime and needs no files of its own.
  for (const task of tasks.keys()) trackers.set("tensorboard", (trackers.get("tensorboard") ?? new Set()).add(task));
  const rows = pairwise<Axis>(
    {
      task: [...tasks.keys()],
      method: [...new Set([...able.values()].map(({ method }) => method))],
      layout: [...new Set([...able.values()].map(layoutName))],
      platform: [...platforms.keys()],
      deployment: [...deployments.keys()],
      quantisation: ["none", ...formats.keys()],
      tracking: [...trackers.keys()],
    },
    {
      atLeast,
      allowed: (row) =>
        strategyOf(row) !== undefined &&
        platforms.get(row.platform)!.has(row.task) &&
        deployments.get(row.deployment)!.has(row.task) &&
        (row.quantisation === "none" ||
          (formats.get(row.quantisation)!.has(row.task) &&
            isServedByVllm(base(row.task, strategyOf(row)!), row.deployment))) &&
        trackers.get(row.tracking)!.has(row.task),
    },
  );
  return rows.map((choice) => {
    const strategy = strategyOf(choice)!;
    const plan = withChoices(withStrategy(base(choice.task, strategy), strategy), choice);
    return {
      name: AXES.map((axis) => choice[axis]).join(", "),
      choice,
      plan,
      template: tasks.get(choice.task)!.template,
    };
  });
}

/** Every layout that the planner can give a method; several machines differ from one in how copies and shards meet. */
function strategiesOf(method: Method): Strategy[] {
  const roomy = { hardware: { hostMemoryGib: 512 } } as Parameters<typeof layoutsOnHost>[2];
  return MACHINES.flatMap((machine) => {
    const layouts = [...layoutsOnDevices(method, machine), ...layoutsOnHost(method, machine, roomy)];
    return layouts
      .filter(({ sharding }) => machine.nodes === 1 || sharding === "none" || sharding === "fsdp")
      .map((layout) => ({ method, machine, layout }));
  });
}

/** `fsdp 16x2`: how states are spread, on how many devices in how many machines. */
function layoutName({ machine, layout }: Strategy): string {
  const spread = layout.sharding === "none" ? (machine.count > 1 ? "ddp" : "") : layout.sharding;
  const moved = layout.offload === "none" ? "" : `${layout.offload} in host memory`;
  return [spread, moved, `${machine.count}x${machine.nodes}`].filter((word) => word !== "").join(" ");
}

/** What the planner answers to a person who trains on a card of theirs and serves a little. */
function planOf(template: Template, task: string, method: Method): Plan {
  const { framework, modality } = template.manifest;
  const asked = {
    phase: "both",
    framework,
    modality: modality[0],
    task,
    method,
    exampleCount: 20_000,
    accelerator: "h100-80gb-sxm",
    acceleratorCount: 1,
    owned: true,
    requestsPerSecond: 1,
  };
  const plan = planFor({ brief: briefFromValues(asked, "stated") }, catalog, { today: TODAY });
  if (plan.status === "feasible")
    return { ...plan, questions: [], planHash: "0".repeat(64), inputHash: "0".repeat(64) } as Plan;
  throw new Error(`${template.manifest.id}, ${task}, ${method}: ${plan.headline}`);
}

/** The same plan on another machine with its states spread otherwise: figures stay, as no file's form depends on them. */
function withStrategy(plan: Plan, { machine, layout, method }: Strategy): Plan {
  const [acceleratorCount, nodeCount] = [machine.count, machine.nodes];
  const choice =
    layout.offload !== "none"
      ? "offload"
      : acceleratorCount === 1
        ? "single"
        : layout.sharding === "none"
          ? "ddp"
          : layout.sharding;
  return withDecision(
    {
      ...plan,
      training: { ...plan.training!, ...layout, method, acceleratorCount, nodeCount },
      hardware: { ...plan.hardware!, acceleratorCount, nodeCount, hostMemoryGib: 512 },
      memoryRequest: { ...plan.memoryRequest!, ...layout, acceleratorCount, nodeCount },
    },
    "distributed",
    choice,
  );
}

function withChoices(plan: Plan, choice: Choice): Plan {
  const decided = (["platform", "deployment", "tracking"] as const).reduce(
    (made, kind) => withDecision(made, kind, choice[kind]),
    plan,
  );
  if (choice.quantisation === "none") return decided;
  return { ...decided, serving: { ...plan.serving!, baseQuantization: choice.quantisation as ServedFormat } };
}

function withDecision(plan: Plan, name: DecisionName, choice: string): Plan {
  const known = plan.decisions.find((decision) => decision.name === name);
  const title = known?.choice === choice ? known.title : choice;
  const decision: Decision = { reasons: [], refused: [], flips: [], documents: [], ...known, name, choice, title };
  return { ...plan, decisions: [...plan.decisions.filter((other) => other.name !== name), decision] };
}

/** Whether a template says itself that it has no code for a plan. */
function canWrite(plan: Plan, template: Template): boolean {
  try {
    scaffold(plan, template, { projectName: PROJECT_NAME, planMarkdown: "" });
    return true;
  } catch (error) {
    if (error instanceof AdvisorError && error.code === "not-available") return false;
    throw error;
  }
}
