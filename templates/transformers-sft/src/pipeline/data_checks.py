"""Is this data fit to train on? Every fault is listed with its file and line, before any money."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipeline.config import DataConfig
from pipeline.errors import DataError

ROLES = ("system", "user", "assistant", "tool")
MAX_LISTED = 50
"""Faults listed in full for each kind; the counts stay exact."""

LENGTH_EDGES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Upper bounds of the histogram's bins, in characters."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one row (or with a whole file: line 0)."""

    code: str
    path: str
    line: int
    message: str


@dataclass
class DataReport:
    """What the checks found; `status` is fail when any fault was."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_counts: Counter[str] = field(default_factory=Counter)

    @property
    def status(self) -> str:
        """Pass or fail."""
        return "fail" if self.fault_counts else "pass"

    def add(self, fault: Fault) -> None:
        """Count a fault, and list it while its kind is not yet listed at length."""
        self.fault_counts[fault.code] += 1
        if self.fault_counts[fault.code] <= MAX_LISTED:
            self.faults.append(fault)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "status": self.status,
            "files": self.files,
            "fault_counts": dict(self.fault_counts),
            "faults": [asdict(fault) for fault in self.faults],
        }


def row_fault(row: Any, data_format: str) -> tuple[str, str] | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    if data_format == "chat":
        return _chat_fault(row.get("messages"))
    for key in ("prompt", "completion"):
        if not isinstance(row.get(key), str):
            return "schema", f'"{key}" must be text'
        if not row[key].strip():
            return "empty", f'"{key}" is empty'
    return None


def _chat_fault(messages: Any) -> tuple[str, str] | None:  # noqa: PLR0911 - one per fault
    if not isinstance(messages, list):
        return "schema", '"messages" must be a list'
    if not messages:
        return "empty", '"messages" is empty'
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            return "schema", f"messages[{index}] must hold a role and a text content"
        if message.get("role") not in ROLES:
            return "schema", f"messages[{index}].role must be one of {', '.join(ROLES)}"
        if not message["content"].strip():
            return "empty", f"messages[{index}].content is empty"
    if messages[-1]["role"] != "assistant":
        return "schema", "the last message must be the assistant's: it is what is learned"
    if not any(message["role"] == "user" for message in messages):
        return "schema", "no message is the user's"
    return None


def prompt_key(row: dict[str, Any]) -> str:
    """A hash of what is asked, blind to case and spacing: equal prompts must share a split."""
    if "messages" in row:
        parts = [f"{turn['role']}:{turn['content']}" for turn in row["messages"][:-1]]
        return _key("\n".join(parts))
    return _key(row["prompt"])


def row_key(row: dict[str, Any]) -> str:
    """A hash of the whole row, blind to case and spacing."""
    answer = row["messages"][-1]["content"] if "messages" in row else row["completion"]
    return prompt_key(row) + _key(answer)


def _key(text: str) -> str:
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:32]


def character_count(row: dict[str, Any]) -> int:
    """Characters of a row's text."""
    if "messages" in row:
        return sum(len(message["content"]) for message in row["messages"])
    return len(row["prompt"]) + len(row["completion"])


def histogram(lengths: list[int]) -> dict[str, int]:
    """Rows per bin of characters, empty bins left out."""
    labels = [f"<={edge}" for edge in LENGTH_EDGES] + [f">{LENGTH_EDGES[-1]}"]
    bins: Counter[str] = Counter()
    for length in lengths:
        index = next((i for i, edge in enumerate(LENGTH_EDGES) if length <= edge), -1)
        bins[labels[index]] += 1
    return {label: bins[label] for label in labels if bins[label]}


def check_file(path: Path, config: DataConfig, report: DataReport) -> dict[str, int]:
    """Check one file into the report; returns the line of each distinct prompt."""
    prompts: dict[str, int] = {}
    rows_seen: dict[str, int] = {}
    lengths: list[int] = []
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f'Cannot read "{path}": {error.strerror}',
            "Put .jsonl files into data/raw and run `make data`, or set data.train_path and "
            "data.validation_path.",
        ) from error
    row_count = 0
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        if config.max_rows is not None and row_count >= config.max_rows:
            break
        row_count += 1
        try:
            row = json.loads(line)
        except ValueError as error:
            report.add(Fault("json", str(path), number, f"not JSON: {error}"))
            continue
        if fault := row_fault(row, config.format):
            report.add(Fault(fault[0], str(path), number, fault[1]))
            continue
        lengths.append(character_count(row))
        first = rows_seen.setdefault(row_key(row), number)
        if first != number and not config.allow_duplicates:
            report.add(Fault("duplicate", str(path), number, f"repeats line {first}"))
        prompts.setdefault(prompt_key(row), number)
    if row_count == 0:
        report.add(Fault("empty-file", str(path), 0, "holds no rows"))
    ordered = sorted(lengths)
    report.files[str(path)] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": row_count,
        "valid_rows": len(lengths),
        "characters": {
            "histogram": histogram(lengths),
            "median": ordered[len(ordered) // 2] if ordered else 0,
            "p95": ordered[int(len(ordered) * 0.95)] if ordered else 0,
            "max": ordered[-1] if ordered else 0,
        },
    }
    return prompts


def check_data(config: DataConfig) -> DataReport:
    """Check both files and what they share."""
    report = DataReport()
    training = check_file(config.train_path, config, report)
    validation = check_file(config.validation_path, config, report)
    for key, line in validation.items():
        if key in training:
            report.add(
                Fault(
                    "leakage",
                    str(config.validation_path),
                    line,
                    f"asks the same as line {training[key]} of {config.train_path}: "
                    "the validation loss would reward memory",
                )
            )
    return report


def require_valid(config: DataConfig, report_path: Path | None = None) -> DataReport:
    """Check, write the report, and refuse data with faults."""
    report = check_data(config)
    if report_path is not None:
        report_path.parent.mkdir(parents=True, exist_ok=True)
        report_path.write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
    if report.status == "fail":
        counts = ", ".join(f"{count} {code}" for code, count in sorted(report.fault_counts.items()))
        shown = "\n".join(
            f"  - {fault.path}:{fault.line} [{fault.code}] {fault.message}"
            for fault in report.faults[:10]
        )
        raise DataError(
            f"The data is not fit to train on ({counts}):\n{shown}",
            "`make data` drops faulty and repeated rows of data/raw and splits without leakage"
            + (f"; all faults are listed in {report_path}." if report_path else "."),
        )
    return report
