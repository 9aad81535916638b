import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { planFor } from "../../src/plan/planner.ts";
import { resolve } from "../../src/plan/resolve.ts";

const resolved = (values: BriefValues) => resolve(briefFromValues(values, "stated"), catalog);
const model = (values: BriefValues) => resolved(values).workload.model.id;
const why = (values: BriefValues, field = "model") => resolved(values).assumptions.find((a) => a.field === field)?.why;

test.each<[string, BriefValues["modality"], RegExp]>([
  ["yolov8", "vision", /^ultralytics\/yolov8[nsm]$/],
  ["YOLO11", "vision", /^ultralytics\/yolo11[nsm]$/],
  ["resnet", "vision", /^timm\/resnet50$/],
  ["swin", "vision", /^timm\/swin_tiny/],
  // Of 8B, 70B and 405B the one that fits a common card.
  ["llama 3.1", "llm", /Llama-3\.1-8B$/],
  ["qwen2.5", "llm", /Qwen2\.5-7B/],
])("%s names a line: one of it is planned, and said", (name, modality, expected) => {
  expect(model({ model: name, modality })).toMatch(expected);
  expect(why({ model: name, modality })).toMatch(/named without a size/);
});

test.each<[string, BriefValues["modality"]]>([
  ["foobar-9000", undefined],
  ["yolov15", "vision"],
  ["llama 9", "llm"],
  ["acme/foo-bar-9", "llm"],
  ["kokoro", "audio"],
])("%s is in no catalog: something is planned, and the name is said back", (name, modality) => {
  const values = { model: name, ...(modality ? { modality } : {}) };
  expect(resolved(values).workload.model.catalogued).toBe(true);
  expect(why(values)).toContain(`"${name}" is not in the catalog`);
});

test("whether a published model fits a named card is not answered with another size", () => {
  const values: BriefValues = { model: "flan-t5-xxl", modality: "llm", accelerator: "a40", acceleratorCount: 4 };
  expect(() => resolved(values)).toThrowError(/Unknown model "flan-t5-xxl"/);
  expect(resolved({ ...values, parameterCount: 11.3e9 }).workload.model.id).toBe("flan-t5-xxl");
});

test("a near name is suggested", () => {
  expect(why({ model: "Qwen7", modality: "llm" })).toMatch(/did you mean Qwen\//);
});

test("200 hours in Whisper's clips of 30 s are 24,000 segments, and the planner says so", () => {
  const values: BriefValues = { model: "openai/whisper-small", audioHours: 200 };
  expect(resolved(values).workload.exampleCount).toBe(24_000);
  expect(why(values, "exampleCount")).toBe("200 h of recordings in segments of 30 s");
  expect(resolved({ ...values, exampleCount: 5000 }).workload.exampleCount).toBe(5000);
});

test("that another model was planned than the one that was named is said at the top", () => {
  const { notices } = planFor(
    { brief: briefFromValues({ model: "bart-large", task: "summarization" }, "stated") },
    catalog,
    {
      today: "2026-11-23",
    },
  );
  expect(notices.join()).toMatch(/^Planned with \S+: "bart-large" is not in the catalog/);
});
