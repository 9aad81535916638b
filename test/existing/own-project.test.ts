import { expect, test } from "vitest";
import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { readExisting } from "../../src/existing/read-existing.ts";
import { advise } from "../../src/plan/advise.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { chooseTemplate } from "../../src/project/template.ts";

const today = "2026-11-22";

test("a project that we wrote is read back as the set-up that was planned, whatever its tests and tools say beside it", async () => {
  const words = "fine-tune Qwen3 8B with QLoRA on 20k chats, our own RTX 4090, 3 epochs, ctx 4096";
  const plan = advise(readText(words, catalog, { today }), catalog, { today });
  const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
  const written = scaffold(plan, template, { projectName: "support-llm", planMarkdown: "" });
  // Without plan.json, as if somebody else had written it.
  const files = [...written].filter(([path]) => path !== "plan.json").map(([path, text]) => ({ path, text }));
  const { brief, conflicts } = readExisting(files, catalog);
  const { method, microBatchSize, sequenceLength, epochs, ...training } = plan.training!;
  expect(brief).toMatchObject({
    model: { value: "Qwen/Qwen3-8B" },
    method: { value: method },
    microBatchSize: { value: microBatchSize },
    sequenceLength: { value: sequenceLength },
    epochs: { value: epochs },
  });
  const { loraRank, loraAlpha, loraTargets, learningRate, gradientAccumulationSteps, dtype, optimizer, fusedLoss } =
    training;
  expect(brief.current?.value).toMatchObject({
    ...{ loraRank, loraAlpha, loraTargets, learningRate, gradientAccumulationSteps, dtype, optimizer, fusedLoss },
    gradientCheckpointing: training.gradientCheckpointing,
    baseQuantization: training.baseQuantization,
  });
  expect(conflicts).toEqual([]);
});
