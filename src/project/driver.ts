import type { Finding } from "./checklist.ts";
import { check, yes } from "./finding.ts";

/** CUDA that the pinned PyTorch brings, and the oldest driver it runs with. */
interface CudaNeeds {
  cuda: string;
  driver: string;
}

/**
 * Read from the lock: PyTorch's wheels depend on nvidia-cuda-runtime of their CUDA release. Drivers per major
 * release: docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html (read 2026-11).
 */
export function cudaNeeds(lock: string): CudaNeeds | undefined {
  const cuda = /^nvidia-cuda-runtime(?:-cu\d+)?==(\d+\.\d+)/m.exec(lock)?.[1];
  if (cuda === undefined) return undefined;
  const driver = cuda.startsWith("13.") ? "580" : cuda.startsWith("12.") ? "525" : undefined;
  return driver === undefined ? undefined : { cuda, driver };
}

/**
 * What `nvidia-smi --query-gpu=name,driver_version` says against the lock's CUDA; undefined where the machine has no
 * driver: checks run on any CPU, and the machine that trains is another.
 */
export function driverFinding(cards: string | undefined, lock: string): Finding {
  const needs = cudaNeeds(lock);
  const found = [...(cards ?? "").matchAll(/^(.+?),\s*(\d+)(\.[\d.]+)?\s*$/gm)];
  const oldest = Math.min(...found.map(([, , major]) => Number(major)));
  if (found.length === 0 || needs === undefined)
    return yes("environment", "no NVIDIA driver on this machine: `nvidia-smi` on the one that trains shows its own");
  const card = `nvidia-smi: ${found[0]?.[1]}, driver ${oldest}`;
  return check(
    "environment",
    oldest >= Number(needs.driver),
    `${card}, new enough for CUDA ${needs.cuda}`,
    `${card}: CUDA ${needs.cuda} of the locked packages needs ${needs.driver} or newer`,
  );
}
