"""Simulates the sweep and writes its rows. Usage: sweep.py DATE OUT.jsonl [group …]"""

from __future__ import annotations

import json
import sys
import time
import traceback
import warnings

import torch
import transformers

from cases import GROUPS
from runner import simulate

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()


def main(date: str, out: str, groups: list[str]) -> None:
    source = f"simulated: torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, MemTracker, {date}"
    with open(out, "w") as file:
        for group in groups or GROUPS:
            for case in GROUPS[group]():
                started = time.time()
                try:
                    result = simulate(case.run)
                except Exception as error:
                    print(f"failed  {case.id}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
                    if "--trace" in sys.argv:
                        traceback.print_exc()
                    continue
                if isinstance(case.request["model"], dict):
                    counted = result.parameters - (0 if case.request["method"] == "full" else result.trainable)
                    case.request["model"] = case.request["model"] | {"parameterCount": counted}
                row = {
                    "request": {"id": case.id} | case.request,
                    "expected": {
                        "quantity": "allocatedGib",
                        "valueGib": round(result.peak_gib, 4),
                        "peakMoment": result.moment,
                        "parts": result.parts,
                        "marksGib": result.marks,
                        "parameters": result.parameters,
                        "trainable": result.trainable,
                        "weight": case.weight,
                        "source": source,
                        "modality": case.modality,
                    }
                    | ({"flags": list(case.flags)} if case.flags else {}),
                }
                file.write(json.dumps(row) + "\n")
                file.flush()
                print(f"{time.time() - started:5.1f} s  {result.peak_gib:8.3f} GiB  {result.moment:14}  {case.id}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], [a for a in sys.argv[3:] if not a.startswith("--")])
