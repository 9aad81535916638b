import { describe, expect, it } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { optimizerNamed } from "../../src/plan/described.ts";
import { explain } from "../../src/plan/explain.ts";

const today = "2026-11-22";
const plan = (text: string) => advise(readText(text, catalog, { today }), catalog, { today });
const yours = (p: ReturnType<typeof plan>) => p.repairs.filter((r) => r.of === "your run");

/** Full fine-tuning of 8.03e9 parameters in mixed precision: fp32 weights, gradients and two moments are 16 bytes each, 120 GiB. */
const FULL_8B = "full fine-tune llama 3.1 8b on one A100 80GB, adamw, bs 1";

describe("a run that died", () => {
  const died = plan(
    "qlora mistral 7b, batch size 8, seq 4096, gradient checkpointing, on my 3090:\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 4.00 GiB. GPU 0 has a total capacity of 23.68 GiB of which 1.06 GiB is free. Including non-PyTorch memory, this process has 22.61 GiB memory in use. Of the allocated memory 21.90 GiB is allocated by PyTorch, and 300.00 MiB is reserved by PyTorch but unallocated.",
  );

  it("is answered with where it died and the smallest repair, before anything else", () => {
    expect(died.headline).toMatch(/^It died at 21\.9 GiB of 23\.7 GiB when it asked for 4\.0 GiB more; it needs about/);
    expect(died.headline).toContain("The smallest change: Set micro batch");
    expect(explain(died).indexOf("## Your run")).toBeLessThan(explain(died).indexOf("## What I understood"));
  });

  it("is repaired on the same hardware, and every repair sits on the card by the corrected estimate", () => {
    expect(yours(died).length).toBeGreaterThan(0);
    for (const repair of yours(died)) {
      expect(repair.change).not.toHaveProperty("accelerator");
      expect(repair.change).not.toHaveProperty("acceleratorCount");
      expect(repair.deviceGib).toBeLessThan(24);
    }
  });

  it("shows what was predicted beside what was read, and the need is no less than the reading", () => {
    expect(died.described).toMatchObject({ status: "does-not-fit", failed: "device-memory" });
    const allocated = died.described?.comparison[0];
    expect(allocated?.measured).toBeCloseTo(21.9 + 4, 5);
    expect(allocated?.atLeast).toBe(true);
  });

  it("although everything that was said would fit, is explained by the trainer's defaults", () => {
    const p = plan("mistral 7b lora on my 4090 OOMs, seq 2048");
    expect(p.described?.notes.join(" ")).toMatch(/as trainers do unless told otherwise/);
    expect(p.described?.request.gradientCheckpointing === false || p.described?.request.microBatchSize === 8).toBe(
      true,
    );
  });

  it("on a card that others use is first told to free it", () => {
    // 23.68 − 0.10 − 12.00 GiB are somebody else's.
    const p = plan(
      "qlora mistral 7b on my 3090: CUDA out of memory. Tried to allocate 1.00 GiB. GPU 0 has a total capacity of 23.68 GiB of which 100.00 MiB is free. Including non-PyTorch memory, this process has 12.00 GiB memory in use. Of the allocated memory 11.00 GiB is allocated by PyTorch, and 200.00 MiB is reserved by PyTorch but unallocated.",
    );
    expect(yours(p)[0]?.summary).toMatch(/^Free the card: other processes hold 11\.6 GiB/);
  });

  it("of the host's memory gets repairs of the host", () => {
    // Eight processes that each load 11e9 parameters in 32 bits: 8 × 41 GiB.
    const p = plan("t5 11b on 8x48GB with zero3 offload: process killed -9, 332GB RAM free");
    expect(p.described?.failed).toBe("host-memory");
    expect(p.headline).toMatch(/^The host ran out of memory/);
    expect(yours(p)[0]?.summary).toMatch(/Load the checkpoint once/);
    expect(yours(p).some((r) => "offload" in r.change)).toBe(true);
  });

  it("without a model or a card is asked for them", () => {
    expect(plan("my lora run got OOM, help").notices.join(" ")).toMatch(/Name the model, the card/);
  });
});

describe("a set-up that was only described", () => {
  it("is told when it does not fit, beside the plan that does", () => {
    const p = plan(FULL_8B);
    expect(p.described?.neededGib.expected).toBeGreaterThan((8.03e9 * 16) / 2 ** 30);
    expect(p.described?.status).toBe("does-not-fit");
    expect(p.status).toBe("feasible");
  });

  it("says nothing where nothing was described but a method and a card, and it fits", () => {
    expect(plan("qlora llama 3.1 8b on a 4090").described).toBeUndefined();
  });

  it("takes sharding, offload, optimizer and rank from words", () => {
    const { brief } = readText("qwen2 7b lora rank 32, zero3 with cpu offload, paged adamw 8bit, 4x 3090", catalog, {
      today,
    });
    expect(brief.current?.value).toEqual({
      sharding: "zero-3",
      offload: "optimizer+parameters",
      optimizer: "paged-adamw-8bit",
      loraRank: 32,
    });
  });

  it("hashes alike whoever stated its values", () => {
    const values = { model: "Qwen/Qwen3-8B", accelerator: "rtx-3090", current: { gradientCheckpointing: false } };
    const hash = (from: "stated" | "project") =>
      advise({ brief: briefFromValues(values, from) }, catalog, { today }).planHash;
    expect(hash("stated")).toBe(hash("project"));
  });
});

it("optimizers are known by the names that trainers give them", () => {
  expect(
    ["adamw_torch_fused", "paged_adamw_32bit", "PagedAdamW8bit", "adamw_bnb_8bit", "lion_8bit", "unheard"].map(
      optimizerNamed,
    ),
  ).toEqual(["adamw", "paged-adamw", "paged-adamw-8bit", "adamw-8bit", "lion", undefined]);
});
