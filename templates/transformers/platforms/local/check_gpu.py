"""Is this machine ready to train? Driver, compute capability, free memory, CUDA in torch, disk.

Prints one JSON object; exit 0 when every check passed, 1 when one failed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pipeline.cli import config_from, parser, run
from pipeline.config import Config
from pipeline.errors import ExitCode

# CUDA 13, which the locked torch wheels carry, needs this driver on Linux and has no kernels below
# Turing: https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/
MIN_DRIVER = 580
MIN_CAPABILITY = 7.5
BF16_CAPABILITY = 8.0
MIN_FREE_DISK_GIB = 20.0
GIB = 2**30

Status = Literal["pass", "fail"]
QUERY = ("name", "driver_version", "compute_cap", "memory.total", "memory.used")


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    status: Status
    evidence: str


@dataclass(frozen=True)
class Gpu:
    """What nvidia-smi says of one GPU."""

    name: str
    driver: str
    capability: float
    memory_total_mib: float
    memory_used_mib: float


def read_gpus() -> list[Gpu] | None:
    """The GPUs, or None when nvidia-smi is not there or fails."""
    try:
        output = subprocess.run(
            ["nvidia-smi", f"--query-gpu={','.join(QUERY)}", "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_gpus(output)


def parse_gpus(output: str) -> list[Gpu]:
    """nvidia-smi's CSV; a line it could not fill ("[N/A]") is left out."""
    gpus = []
    for line in output.splitlines():
        fields = [field.strip() for field in line.split(",")]
        try:
            name, driver, capability, total, used = fields
            gpus.append(Gpu(name, driver, float(capability), float(total), float(used)))
        except ValueError:
            continue
    return gpus


def gpu_checks(gpus: list[Gpu] | None, config: Config) -> list[Check]:
    """Driver, capability and memory of the first GPU, the one that is trained on."""
    if not gpus:
        why = "nvidia-smi is not there or failed" if gpus is None else "it lists no GPU"
        return [Check("gpu", "fail", f"{why}: install the NVIDIA driver, {MIN_DRIVER} or later")]
    gpu = gpus[0]
    checks = [Check("gpu", "pass", f"{gpu.name}, {gpu.memory_total_mib / 1024:.1f} GiB")]
    driver = int(gpu.driver.split(".")[0]) if gpu.driver.split(".")[0].isdigit() else 0
    checks.append(
        Check(
            "driver",
            "pass" if driver >= MIN_DRIVER else "fail",
            f"{gpu.driver}; CUDA 13 needs {MIN_DRIVER} or later",
        )
    )
    needs_bf16 = config.training.dtype.startswith("bf16")
    wanted = BF16_CAPABILITY if needs_bf16 else MIN_CAPABILITY
    checks.append(
        Check(
            "compute capability",
            "pass" if gpu.capability >= wanted else "fail",
            f"{gpu.capability}; training.dtype {config.training.dtype} needs {wanted}",
        )
    )
    used_share = gpu.memory_used_mib / gpu.memory_total_mib
    checks.append(
        Check(
            "free device memory",
            "pass" if used_share < 0.1 else "fail",
            f"{gpu.memory_used_mib:.0f} of {gpu.memory_total_mib:.0f} MiB used before the start",
        )
    )
    return checks


def torch_check() -> Check:
    """Whether the installed torch reaches the GPU: a driver alone does not prove it."""
    import torch  # noqa: PLC0415 - the other checks must work without it

    if torch.cuda.is_available():
        return Check("torch", "pass", f"torch {torch.__version__} with CUDA {torch.version.cuda}")
    return Check("torch", "fail", f"torch {torch.__version__} sees no CUDA device")


def disk_check(folder: Path) -> Check:
    """Free space where checkpoints go."""
    existing = next(path for path in (folder, *folder.resolve().parents) if path.is_dir())
    free_gib = shutil.disk_usage(existing).free / GIB
    status: Status = "pass" if free_gib >= MIN_FREE_DISK_GIB else "fail"
    return Check(
        "disk", status, f"{free_gib:.0f} GiB free, {MIN_FREE_DISK_GIB:.0f} wanted for output_dir"
    )


def main() -> int:
    """Check and print."""
    config = config_from(parser(__doc__).parse_args())
    checks = gpu_checks(read_gpus(), config)
    checks += [torch_check(), disk_check(config.project.output_dir)]
    failed = [check for check in checks if check.status == "fail"]
    status = "fail" if failed else "pass"
    print(json.dumps({"status": status, "checks": [asdict(check) for check in checks]}, indent=2))
    return ExitCode.NOT_PROMOTED if failed else ExitCode.OK


if __name__ == "__main__":
    run(main)
