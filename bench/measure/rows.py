"""Turns results into `estimate` requests with what was measured, in the shape of bench/data/*.jsonl."""

from __future__ import annotations

from typing import Any

from grid import MODELS

Row = dict[str, Any]

INSTRUMENTS = {"allocated_gib": "allocatedGib", "reserved_gib": "reservedGib", "device_gib": "deviceGib"}


def request_of(result: Row, instrument: str) -> Row:
    """The set-up as `estimate` takes it."""
    m = MODELS[result["model"]]
    adapter = result["method"] != "full"
    return {
        "id": f"measured-{result['id']}-{instrument}",
        "phase": "train",
        "model": {
            "parameterCount": result["model_parameters"],
            "hiddenSize": m["hidden"],
            "layers": m["layers"],
            "heads": m["heads"],
            "kvHeads": m["kv"],
            "headDim": m["head_dim"],
            "intermediateSize": m["mlp"],
            "vocabSize": m["vocab"],
            "tieEmbeddings": m["tied"],
            "gatedMlp": True,
            "modality": "llm",
        },
        # A processor stands for no card: such rows prove the format and are never scored.
        "accelerator": {"memoryGib": 24} if result["device"] == "cpu" else result["device"],
        "acceleratorCount": 1,
        "method": result["method"],
        **({"baseQuantization": "nf4"} if result["method"] == "qlora" else {}),
        **({"loraRank": result["lora_rank"], "loraTargets": "all-linear"} if adapter else {}),
        "dtype": result["dtype"],
        "optimizer": result["optimizer"],
        "evaluationBatchSize": result["batch"],
        "sharding": "none",
        "offload": "none",
        "sequenceLength": result["length"],
        "microBatchSize": result["batch"],
        "gradientAccumulationSteps": result["accumulation"],
        "gradientCheckpointing": result["checkpointing"],
        "attention": result["attention"],
        "fusedLoss": result["fused_loss"],
        "trainer": "transformers",
    }


def rows_of(result: Row) -> list[Row]:
    """Up to five rows: three instruments, the rate, and whether it ran."""
    if result["status"] not in ("measured", "out-of-memory"):
        return []
    ran = result["status"] == "measured"
    versions = result["versions"]
    common = {
        "newFamily": False,
        "weight": 0 if result["device"] == "cpu" else 1,
        "source": f"bench/measure:{result['device']}, torch {versions['torch']}, transformers {versions['transformers']}",
        "flags": ["cpu: not a measurement of memory"] if result["device"] == "cpu" else [],
    }
    verdict = {"verdict": "fits" if ran else "oom"}

    def row(kind: str, instrument: str, expected: Row) -> Row:
        return {"kind": kind, "request": request_of(result, instrument), "expected": expected | common}

    rows = [row("feasibility", "verdict", verdict)]
    if ran:
        rate = {"tokensPerSecondPerDevice": result["tokens_per_second"]}
        rows.append(row("throughput", "rate", rate))
        rows += [
            row("peak", quantity, {"quantity": quantity, "valueGib": result[field], **verdict, **rate})
            for field, quantity in INSTRUMENTS.items()
            if result[field] is not None
        ]
    return rows
