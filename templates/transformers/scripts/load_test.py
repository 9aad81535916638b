"""Load the server and print what was predicted beside what is measured.

The prediction is read from plan.json's `serving` where a plan exists. The key comes from the
environment variable that serving.api_key_env names.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.routes import PATH, sample_request
from pipeline.cli import config_from, parser, run
from pipeline.environment import secret
from pipeline.errors import ConfigError, ExitCode


@dataclass(frozen=True)
class Sample:
    """One request's outcome."""

    status: int
    seconds: float
    completion_tokens: int
    """Zero where answers are not counted in tokens."""


def send(url: str, key: str | None, body: dict[str, Any], timeout_seconds: float) -> Sample:
    """One request of this project's task."""
    request = urllib.request.Request(
        f"{url}{PATH}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {key}"} if key else {}),
    )
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds) as response:
            answer = json.load(response)
            tokens = int(answer.get("usage", {}).get("completion_tokens", 0))
            return Sample(response.status, time.perf_counter() - started, tokens)
    except urllib.error.HTTPError as error:
        return Sample(error.code, time.perf_counter() - started, 0)
    except OSError:
        return Sample(0, time.perf_counter() - started, 0)


def percentile(values: list[float], share: float) -> float | None:
    """The value below which this share lies; null without values."""
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 4) if ordered else None


def measured(samples: list[Sample], wall_seconds: float) -> dict[str, Any]:
    """What a load test found; latencies are those of answered requests."""
    answered = [sample for sample in samples if sample.status == 200]
    seconds = [sample.seconds for sample in answered]
    statuses = [sample.status for sample in samples]
    return {
        "requests": len(samples),
        "answered": len(answered),
        "statuses": {str(status): statuses.count(status) for status in sorted(set(statuses))},
        "requests_per_second": round(len(answered) / wall_seconds, 3),
        "output_tokens_per_second": round(
            sum(sample.completion_tokens for sample in answered) / wall_seconds, 2
        ),
        "latency_p50_seconds": percentile(seconds, 0.50),
        "latency_p95_seconds": percentile(seconds, 0.95),
        "latency_p99_seconds": percentile(seconds, 0.99),
    }


def predicted(plan_path: Path) -> dict[str, Any] | None:
    """The plan's serving numbers as they stand, or null: there may be no plan."""
    try:
        plan = json.loads(plan_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    serving = plan.get("serving") if isinstance(plan, dict) else None
    return serving if isinstance(serving, dict) else None


def main() -> int:
    """Run the load and print one JSON object; exit 1 when nothing was answered."""
    arguments = parser(__doc__)
    arguments.add_argument("--url", help="where the server is; serving.host and port without it")
    arguments.add_argument("--requests", type=int, default=32)
    arguments.add_argument("--concurrency", type=int, default=2)
    arguments.add_argument(
        "--max-tokens", type=int, help="length of the answers, where they are generated text"
    )
    arguments.add_argument("--plan", type=Path, default=Path("plan.json"))
    options = arguments.parse_args()
    config = config_from(options)
    serving = config.serving
    url = str(options.url or f"http://{serving.host}:{serving.port}").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f'"{url}" is not an http address')
    key = secret(serving.api_key_env)
    body = sample_request(config)
    if options.max_tokens is not None:
        body["max_tokens"] = options.max_tokens
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=options.concurrency) as pool:
        jobs = [
            pool.submit(send, url, key, body, serving.request_timeout_seconds + 5)
            for _ in range(options.requests)
        ]
        samples = [job.result() for job in jobs]
    result = measured(samples, time.perf_counter() - started)
    print(
        json.dumps(
            {
                "predicted": predicted(options.plan),
                "measured": result
                | {"concurrency": options.concurrency, "max_tokens": body.get("max_tokens")},
            },
            indent=2,
        )
    )
    return ExitCode.OK if result["answered"] else ExitCode.NOT_PROMOTED


if __name__ == "__main__":
    run(main)
