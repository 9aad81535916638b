"""What is measured of a model, and when one model replaces another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Measure:
    """The measure that decides, and which way is better."""

    name: str
    better: Literal["lower", "higher"]


@dataclass(frozen=True)
class Measurement:
    """How a model does on the validation file and on the golden set."""

    metrics: dict[str, float]
    golden_total: int = 0
    golden_passed: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    """What explains the metrics, such as a confusion matrix."""

    @property
    def golden_pass_rate(self) -> float:
        """Share of golden examples answered as wanted."""
        return self.golden_passed / self.golden_total if self.golden_total else 0.0


@dataclass(frozen=True)
class Verdict:
    """Whether a model replaces the baseline, and why."""

    promoted: bool
    reasons: list[str]


def improvement(measure: Measure, before: float, after: float) -> float:
    """Relative improvement: 0.1 is a tenth lower (or higher, where higher is better).

    From a baseline of zero any gain is infinitely better, and none is none.
    """
    gain = before - after if measure.better == "lower" else after - before
    if before == 0:
        return 0.0 if gain == 0 else gain * float("inf")
    return gain / abs(before)


def judge(
    measure: Measure, baseline: Measurement, candidate: Measurement, min_improvement: float
) -> Verdict:
    """Promote only a model that learned from the data and forgot nothing the golden set asks."""
    before, after = baseline.metrics[measure.name], candidate.metrics[measure.name]
    gain = improvement(measure, before, after)
    reasons = [
        f"{measure.name.replace('_', ' ')} {before:.4f} -> {after:.4f}: "
        f"{gain:+.1%} improvement, {min_improvement:.1%} wanted",
        f"golden set {baseline.golden_passed} -> {candidate.golden_passed} "
        f"of {candidate.golden_total}, no loss allowed",
    ]
    # Written so that a measure that is no number does not pass.
    promoted = gain >= min_improvement and candidate.golden_passed >= baseline.golden_passed
    return Verdict(promoted, reasons)
