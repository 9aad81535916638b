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
from pipeline.row import SIZE_EDGES, SIZE_UNIT, row_fault, row_key, row_size, split_key
from pipeline.rows import cannot_read

MAX_LISTED = 50
"""Faults listed in full for each kind; the counts stay exact."""


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


def histogram(sizes: list[int]) -> dict[str, int]:
    """Rows per bin of size, empty bins left out."""
    labels = [f"<={edge}" for edge in SIZE_EDGES] + [f">{SIZE_EDGES[-1]}"]
    bins: Counter[str] = Counter()
    for size in sizes:
        index = next((i for i, edge in enumerate(SIZE_EDGES) if size <= edge), -1)
        bins[labels[index]] += 1
    return {label: bins[label] for label in labels if bins[label]}


def check_file(path: Path, config: DataConfig, report: DataReport) -> dict[str, int]:
    """Check one file into the report; returns the line of each distinct split key."""
    keys: dict[str, int] = {}
    rows_seen: dict[str, int] = {}
    sizes: list[int] = []
    try:
        content = path.read_bytes()
    except OSError as error:
        raise cannot_read(path, error) from error
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
        if fault := row_fault(row, config):
            report.add(Fault(fault[0], str(path), number, fault[1]))
            continue
        sizes.append(row_size(row, config))
        first = rows_seen.setdefault(row_key(row, config), number)
        if first != number and not config.allow_duplicates:
            report.add(Fault("duplicate", str(path), number, f"repeats line {first}"))
        keys.setdefault(split_key(row, config), number)
    if row_count == 0:
        report.add(Fault("empty-file", str(path), 0, "holds no rows"))
    ordered = sorted(sizes)
    report.files[str(path)] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": row_count,
        "valid_rows": len(sizes),
        SIZE_UNIT: {
            "histogram": histogram(sizes),
            "median": ordered[len(ordered) // 2] if ordered else 0,
            "p95": ordered[int(len(ordered) * 0.95)] if ordered else 0,
            "max": ordered[-1] if ordered else 0,
        },
    }
    return keys


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
                    "validation would reward memory",
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
