import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import {
  evidenceKind,
  isSimulated,
  SIMULATED,
  SIMULATED_OPTIMIZERS,
  SIMULATED_TOLERANCE,
} from "../../src/estimate/modality-evidence.ts";
import { EstimateRequest } from "../../src/estimate/request.ts";
import { setup } from "../../src/estimate/setup.ts";

interface Row {
  request: EstimateRequest;
  expected: {
    valueGib: number;
    weight: number;
    modality: string;
    architecture: string;
    split: "fit" | "held-out";
    source: string;
    seconds: number;
  };
}

const SWEEP = fileURLToPath(new URL("../../bench/simulate/sweep.py", import.meta.url));
const parse = (file: string | URL): Row[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line));
const rows = parse(new URL("../../bench/data/simulated.jsonl", import.meta.url));
const counted = rows.filter((r) => r.expected.weight > 0);
const heldOut = counted.filter((r) => r.expected.split === "held-out");

/** Allocated without library workspaces, which a simulation has none of. */
const error = ({ request, expected }: Row): number => {
  const answer = estimate(request, catalog);
  const workspaces = answer.parts.find((p) => p.name === "workspaces")?.gib ?? 0;
  return Math.abs(answer.perDevice.allocatedGib.expected - workspaces - expected.valueGib) / expected.valueGib;
};
const kindOf = ({ request }: Row): string => evidenceKind(setup(request, catalog).shape, request.task ?? "sft");
/** The upper middle of an even number. */
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Groups whose held-out half is met within the tolerance. */
function within(key: (row: Row) => string): string[] {
  const errors = new Map<string, number[]>();
  for (const row of heldOut) errors.set(key(row), [...(errors.get(key(row)) ?? []), error(row)]);
  return [...errors].flatMap(([name, e]) => (median(e) <= SIMULATED_TOLERANCE ? [name] : [])).sort();
}

describe("the rows", () => {
  test("are requests, each once, with versions, date and seconds", () => {
    for (const { request, expected } of rows) {
      expect(EstimateRequest.safeParse(request).success, String(request.id)).toBe(true);
      expect(expected.source).toMatch(
        /^simulated: MemTracker, torch [\d.]+.*, (transformers|timm|diffusers) .*, 2026-\d\d-\d\d$/,
      );
      expect(expected.seconds).toBeGreaterThan(0);
    }
    expect(new Set(rows.map((r) => r.request.id)).size).toBe(rows.length);
  });

  test("come from one run with one set of versions", () => {
    const versions = new Map<string, Set<string>>();
    for (const { expected } of rows)
      for (const [, library, version] of expected.source.matchAll(/(\w+) (\d+\.[\w.+]+)/g))
        versions.set(library!, new Set([...(versions.get(library!) ?? []), version!]));
    for (const [library, seen] of versions) expect([...seen], library).toHaveLength(1);
    expect(new Set(rows.map((r) => r.expected.source.slice(-10))).size).toBe(1);
  });

  test("are held out by a hash of the architecture's name alone", () => {
    for (const { expected } of rows) {
      const byte = createHash("sha256").update(expected.architecture).digest()[0]!;
      expect(expected.split, expected.architecture).toBe(byte % 5 < 2 ? "held-out" : "fit");
    }
  });
});

describe("an answer says simulated", () => {
  test("for the kinds and methods whose held-out rows are met within a tenth, and for no other", () => {
    expect([...SIMULATED].sort(), "node bench/simulate/fit.mjs --write renews the list").toEqual(
      within((row) => `${kindOf(row)}: ${row.request.method}`),
    );
  });

  test("for the optimizers whose held-out rows are met within a tenth", () => {
    expect([...SIMULATED_OPTIMIZERS].sort()).toEqual(within((row) => row.request.optimizer!));
  });

  test("over the whole catalog: with neither measurement nor simulation it says uncalibrated, in a wider band", () => {
    const widths: Record<string, number[]> = {};
    for (const model of catalog.models)
      for (const method of ["full", "lora", "qlora"] as const) {
        const request = {
          phase: "train",
          model: model.id,
          accelerator: { memoryGib: 100_000 },
          method,
          optimizer: "adamw",
        } as const;
        const { calibration, perDevice } = estimate(request, catalog);
        const { shape } = setup(request, catalog);
        const measured =
          (shape.modality === "llm" && shape.kind === "decoder") ||
          (shape.family === "bert" && method === "full" && shape.modality === "encoder");
        const simulated = method !== "qlora" && isSimulated(shape, method, "adamw", "sft");
        expect(calibration, `${model.id} ${method}`).toBe(
          measured ? "measured" : simulated ? "simulated" : "uncalibrated",
        );
        const { low, expected, high } = perDevice.allocatedGib;
        widths[calibration] = [...(widths[calibration] ?? []), (high - low) / expected];
      }
    expect(Math.min(...widths.uncalibrated!)).toBeGreaterThan(median(widths.simulated!));
    expect(median(widths.simulated!)).toBeGreaterThan(median(widths.measured!));
  });
});

const python = preparedPython();
/** Without the environment a person's run skips this; with CI=true it must be there. */
test.runIf(python !== undefined || process.env.CI === "true")(
  "two simulated runs, made again, give the committed rows to the byte",
  { timeout: 900_000 },
  () => {
    expect(python, "the prepared Python environment: npm run setup:full").toBeDefined();
    const ids = [
      "sim-roberta-base-classification-full-adamw-bf16-mixed-nockpt-32-256",
      "sim-tinyllama-1.1b-lora-adamw-bf16-ckpt-4-2048",
    ];
    const folder = mkdtempSync(join(tmpdir(), "ml-architect-simulated-"));
    try {
      const out = join(folder, "rows.jsonl");
      const date = rows[0]!.expected.source.slice(-10);
      const made = spawnSync(python!, [SWEEP, date, out, `--only=${ids.join(",")}`], {
        encoding: "utf8",
        env: cleanEnvironment({ HF_HUB_OFFLINE: "1", PYTHONDONTWRITEBYTECODE: "1" }),
      });
      expect(made.status, made.stderr).toBe(0);
      const timeless = ({ request, expected: { seconds: _, ...expected } }: Row): unknown => ({ request, expected });
      expect(parse(out).map(timeless)).toEqual(ids.map((id) => timeless(rows.find((r) => r.request.id === id)!)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
