import { expect, test } from "vitest";
import { joinFiles, joinManifests, parseLayer } from "../../src/project/layers.ts";

const base = parseLayer(
  {
    id: "shared",
    framework: "transformers",
    python: "3.11",
    parts: [{ kind: "deployment", id: "fastapi-docker", paths: ["inference/"] }],
    planFiles: ["pyproject.toml"],
    rename: { _gitignore: ".gitignore" },
    never: ["outputs/**"],
  },
  "shared",
);
const over = parseLayer(
  {
    id: "shared-sft",
    extends: "shared",
    modality: "llm",
    tasks: ["sft"],
    methods: ["lora"],
    parts: [
      { kind: "serving", id: "fastapi-docker", paths: ["inference/", "tests/test_routes.py"] },
      { kind: "tracking", id: "wandb", paths: ["tracking/wandb/"] },
    ],
    planFiles: ["README.md"],
  },
  "shared-sft",
);

test("a template that stands on a layer has both layers' parts, the same choice united", () => {
  const joined = joinManifests(base, over);
  expect(joined).toMatchObject({ id: "shared-sft", framework: "transformers", tasks: ["sft"] });
  expect(joined.parts?.map((part) => [part.id, part.paths])).toEqual([
    ["fastapi-docker", ["inference/", "tests/test_routes.py"]],
    ["wandb", ["tracking/wandb/"]],
  ]);
  expect(joined.planFiles).toEqual(["pyproject.toml", "README.md"]);
  expect(joined).not.toHaveProperty("extends");
});

test("a path that both layers have is a fault that names it", () => {
  const files = new Map([["src/a.py", "1"]]);
  expect(() => joinFiles(files, new Map([["src/a.py", "1"]]), "shared-sft")).toThrowError(/"src\/a.py"/);
  expect([...joinFiles(files, new Map([["a.md", ""]]), "shared-sft").keys()]).toEqual(["a.md", "src/a.py"]);
});

test("an unknown key of a stored manifest is a fault", () => {
  expect(() => parseLayer({ id: "x", tassks: ["sft"] }, "x/template.json")).toThrowError(/tassks/);
});
