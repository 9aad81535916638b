"""The base model is measured before training; a model is promoted by comparison with it.

Two measures: the loss per learned token on the validation file (exact, not a mean of batch means),
and a small golden set of prompts whose answers must match or must hold given words.
"""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from pipeline.config import Config, config_hash
from pipeline.data import IGNORED, Collator, TokenDataset, load_dataset, read_rows
from pipeline.errors import DataError, PipelineError
from pipeline.generate import generate, render_prompt
from pipeline.logs import log
from pipeline.loss import chunked_loss, require_plain_head
from pipeline.manifest import file_sha256, read_json, versions, write_json
from pipeline.memory import release
from pipeline.model import base_dtype, load_finished
from pipeline.train import final_model_path, memory_guard, seed_everything


@dataclass(frozen=True)
class Measurement:
    """How a model does on the validation file and on the golden set."""

    validation_loss: float
    perplexity: float
    golden_total: int
    golden_passed: int
    answers: list[dict[str, Any]]

    @property
    def golden_pass_rate(self) -> float:
        """Share of golden prompts answered as wanted."""
        return self.golden_passed / self.golden_total if self.golden_total else 0.0


@dataclass(frozen=True)
class Verdict:
    """Whether a model replaces the baseline, and why."""

    promoted: bool
    reasons: list[str]


def read_golden(path: Path) -> list[dict[str, Any]]:
    """Golden rows: `id`, `messages` up to the user's turn, `expect` (`exact` or `keywords`)."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        expect = row.get("expect") if isinstance(row, dict) else None
        valid = isinstance(expect, dict) and (
            isinstance(expect.get("exact"), str) or isinstance(expect.get("keywords"), list)
        )
        if not valid or not isinstance(row.get("messages"), list) or not row["messages"]:
            raise DataError(
                f"{path}:{number} is no golden row",
                'Write {"id", "messages", "expect": {"exact": "…"} or {"keywords": ["…"]}}.',
            )
    return rows


def matches(answer: str, expect: dict[str, Any]) -> bool:
    """Whether an answer is the exact one, or holds every keyword; case and spacing do not count."""
    text = " ".join(answer.lower().split())
    if "exact" in expect:
        return text == " ".join(expect["exact"].lower().split())
    return all(" ".join(str(word).lower().split()) in text for word in expect["keywords"])


def token_loss(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, data: TokenDataset, config: Config
) -> float:
    """Mean loss over every learned token of a dataset."""
    collate = Collator(int(tokenizer.pad_token_id or 0), config.data.packing)
    fused = config.training.fused_loss
    if fused:
        require_plain_head(model)
    total, count = 0.0, 0
    size = config.evaluation.batch_size
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data), size):
            rows = [data[index] for index in range(start, min(start + size, len(data)))]
            batch = {name: value.to(model.device) for name, value in collate(rows).items()}
            labels = batch.pop("labels")
            learned = int((labels[:, 1:] != IGNORED).sum())
            if fused:
                hidden = model.get_decoder()(**batch, use_cache=False).last_hidden_state
                loss = chunked_loss(model.get_output_embeddings(), hidden, labels, divisor=1)
            else:
                logits = model(**batch, use_cache=False).logits[:, :-1].float()
                loss = torch.nn.functional.cross_entropy(
                    logits.reshape(-1, logits.shape[-1]),
                    labels[:, 1:].reshape(-1),
                    ignore_index=IGNORED,
                    reduction="sum",
                )
            total += float(loss)
            count += learned
    return total / max(count, 1)


def measure(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, config: Config
) -> Measurement:
    """Both measures of one model."""
    data = load_dataset(config.data.validation_path, tokenizer, config).longest_first()
    loss = token_loss(model, tokenizer, data, config)
    answers = []
    for row in read_golden(config.evaluation.golden_path):
        answer = generate(
            model,
            tokenizer,
            render_prompt(row["messages"], tokenizer),
            max_new_tokens=config.evaluation.max_new_tokens,
        )
        answers.append(
            {
                "id": row.get("id"),
                "answer": answer.text,
                "passed": matches(answer.text, row["expect"]),
            }
        )
    return Measurement(
        validation_loss=loss,
        perplexity=math.exp(min(loss, math.log(sys.float_info.max))),
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )


def judge(baseline: Measurement, candidate: Measurement, min_improvement: float) -> Verdict:
    """Promote only a model that learned from the data and forgot nothing the golden set asks."""
    fall = (baseline.validation_loss - candidate.validation_loss) / baseline.validation_loss
    reasons = [
        f"validation loss {baseline.validation_loss:.4f} -> {candidate.validation_loss:.4f}: "
        f"{fall:+.1%} improvement, {min_improvement:.1%} wanted",
        f"golden set {baseline.golden_passed} -> {candidate.golden_passed} "
        f"of {candidate.golden_total}, no loss allowed",
    ]
    # Written so that a loss that is no number does not pass.
    promoted = fall >= min_improvement and candidate.golden_passed >= baseline.golden_passed
    return Verdict(promoted, reasons)


def baseline_key(config: Config) -> dict[str, Any]:
    """What a baseline depends on; a stored one is used only under the same key."""
    return {
        "model": config.model.model_dump(mode="json"),
        "format": config.data.format,
        "mask_prompt": config.data.mask_prompt,
        "max_new_tokens": config.evaluation.max_new_tokens,
        "dtype": str(base_dtype(config)),
        "validation_sha256": file_sha256(config.data.validation_path),
        "golden_sha256": file_sha256(config.evaluation.golden_path),
    }


def measure_baseline(config: Config) -> Measurement:
    """The base model's measurement: the stored one, or a new one that is then stored."""
    path = config.project.output_dir / "baseline.json"
    key = baseline_key(config)
    stored = read_json(path)
    if stored and stored.get("key") == key:
        return Measurement(**stored["measurement"])
    log("measuring_baseline", model=config.model.id)
    measurement = _measure_weights(config, None, None)
    write_json(path, {"key": key, "measurement": asdict(measurement), "versions": versions()})
    return measurement


def measure_trained(config: Config) -> Measurement:
    """The trained model's measurement."""
    final = final_model_path(config)
    if not final.is_dir():
        raise PipelineError(f'There is no trained model at "{final}"', "Run `make train` first.")
    adapter = config.method.name != "full"
    return _measure_weights(config, None if adapter else final, final if adapter else None)


def _measure_weights(
    config: Config, model_path: Path | None, adapter_path: Path | None
) -> Measurement:
    seed_everything(config)
    with memory_guard(config):
        model, tokenizer = load_finished(config, model_path, adapter_path, base_dtype(config))
        tokenizer.padding_side = "right"
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        measurement = measure(model, tokenizer, config)
    del model
    release()
    return measurement


def evaluate(config: Config) -> dict[str, Any]:
    """Compare the trained model with its baseline and write output_dir/evaluation.json."""
    baseline = measure_baseline(config)
    candidate = measure_trained(config)
    verdict = judge(baseline, candidate, config.evaluation.min_improvement)
    report = {
        "promoted": verdict.promoted,
        "reasons": verdict.reasons,
        "baseline": asdict(baseline),
        "candidate": asdict(candidate),
        "config_hash": config_hash(config),
        "versions": versions(),
    }
    write_json(config.project.output_dir / "evaluation.json", report)
    return report
