"""Simulates the sweep and appends its rows to a file; rows that are in it already are left alone.

Usage: sweep.py DATE OUT.jsonl [--only=ID,ID] [group …]
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from importlib.metadata import version

import transformers

from audio import speech, whispers
from decoders import decoders, optimizers, preferences
from diffusion import diffusion
from encoders import embedders, encoders, seq2seqs
from runner import simulate
from vision import vision, vlms

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()

GROUPS = {"encoder": encoders, "embedding": embedders, "seq2seq": seq2seqs, "whisper": whispers, "speech": speech,
          "vlm": vlms, "vision": vision, "diffusion": diffusion, "optimizer": optimizers, "preference": preferences,
          "llm": decoders}
# What the modality's code comes from, beside torch and the tracker in it.
LIBRARIES = {"vision": ("timm",), "diffusion": ("diffusers", "peft")}


def row_of(case, date: str) -> dict:
    started = time.time()
    result = simulate(case.run)
    request = case.request
    if isinstance(request["model"], dict):
        # What a request counts: the trained model, or the base under an adapter; not a reference or a frozen tower.
        full = request["method"] == "full"
        count = result.trainable if full else result.parameters - result.trainable
        request = request | {"model": request["model"] | {"parameterCount": count}}
    libraries = ("torch", *LIBRARIES.get(case.modality, ("transformers", "peft")))
    return {
        "request": {"id": case.id} | request,
        "expected": {
            "quantity": "allocatedGib",
            "valueGib": round(result.peak_gib, 4),
            "peakMoment": result.moment,
            "parts": result.parts,
            "marksGib": result.marks,
            "parameters": result.parameters,
            "trainable": result.trainable,
            "weight": case.weight,
            "modality": case.modality,
            "architecture": case.architecture,
            "split": case.split,
            "source": f"simulated: MemTracker, {', '.join(f'{name} {version(name)}' for name in libraries)}, {date}",
            "seconds": round(time.time() - started, 1),
        },
    }


def main(date: str, out: str, only: set[str], groups: list[str]) -> None:
    done = set()
    if os.path.exists(out):
        with open(out) as file:
            done = {json.loads(line)["request"]["id"] for line in file if line.strip()}
    with open(out, "a") as file:
        for case in (c for group in groups or GROUPS for c in GROUPS[group]()):
            if case.id in done or (only and case.id not in only):
                continue
            try:
                row = row_of(case, date)
            except Exception as error:
                print(f"failed  {case.id}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr, flush=True)
                continue
            file.write(json.dumps(row) + "\n")
            file.flush()
            e = row["expected"]
            print(f"{e['seconds']:5.1f} s  {e['valueGib']:8.3f} GiB  {e['peakMoment']:14}  {case.id}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    flags = [a for a in sys.argv[3:] if a.startswith("--only=")]
    chosen = {name for flag in flags for name in flag.removeprefix("--only=").split(",")}
    main(sys.argv[1], sys.argv[2], chosen, [a for a in sys.argv[3:] if not a.startswith("--")])
