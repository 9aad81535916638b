import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { inCount, offersFor } from "../../src/catalog/prices.ts";
import { launchOf } from "../../src/plan/launch.ts";
import { offerOf } from "../../src/plan/market.ts";
import type { Hardware, Launch } from "../../src/plan/plan.ts";

/** A machine as a plan would rent it. */
function rented(platform: string, accelerator: string, count = 1): Launch | undefined {
  const facts = catalog.accelerators.find(({ id }) => id === accelerator)!;
  const sold = offersFor(catalog, accelerator)
    .filter((price) => price.platform === platform)
    .map((price) => inCount(price, count));
  const price = sold.find((p) => p.acceleratorCount === count);
  if (price === undefined) throw new Error(`${platform} sells no ${count} x ${accelerator}`);
  const hardware: Hardware = {
    accelerator: { id: accelerator, name: facts.name, memoryGib: facts.memoryGib },
    acceleratorCount: count,
    nodeCount: 1,
    owned: false,
    offer: offerOf(price),
  };
  return launchOf(hardware, catalog).launch;
}

describe("a machine is asked for by the name that its platform gives it", () => {
  // modal.com/docs/guide/gpu.md lists T4, L4, A10, L40S, A100-40GB, A100-80GB, RTX-PRO-6000, H100, H200, B200.
  test.each([
    ["modal", "h100-80gb-sxm", 2, "H100"],
    ["modal", "a100-80gb-sxm", 1, "A100-80GB"],
    // GET /instance-types: the whole machine has the name.
    ["lambda", "a10", 1, "gpu_1x_a10"],
    ["lambda", "h100-80gb-sxm", 8, "gpu_8x_h100_sxm5"],
    ["sagemaker", "a10g", 1, expect.stringMatching(/^ml\.g5\./)],
    // SkyPilot tells RunPod's cards apart by their socket: "H100" is the PCIe card there.
    ["runpod", "h100-80gb-sxm", 1, "H100-SXM"],
    ["runpod", "h100-80gb-pcie", 1, "H100"],
    ["aws", "a100-80gb-sxm", 8, "A100-80GB"],
  ] as const)("%s, %s x %i: %s", (platform, accelerator, count, name) => {
    const launch = rented(platform, accelerator, count);
    expect(launch?.name).toEqual(name);
    expect(launch?.asOf).toMatch(/^20\d\d/);
    expect(launch?.source?.length).toBeGreaterThan(10);
  });

  test("and where no dated fact gives one, none is made up", () => {
    // SkyPilot's catalog of 2026-10 has no RTX PRO 6000 on AWS.
    const launch = rented("aws", "rtx-pro-6000-blackwell", 1);
    expect(launch).toEqual({
      platform: "aws",
      skypilot: { infra: "aws", mountsBuckets: true, severalNodes: true },
    });
  });

  test("and hardware of one's own is not launched", () => {
    const accelerator = { id: "rtx-4090", name: "RTX 4090", memoryGib: 24 };
    expect(launchOf({ accelerator, acceleratorCount: 1, nodeCount: 1, owned: true }, catalog)).toEqual({});
  });
});

test("every platform that is launched through SkyPilot says what SkyPilot calls it", () => {
  for (const { id, traits } of catalog.platforms)
    expect(traits.skypilot !== undefined, id).toBe(traits.launch === "skypilot");
});
