"""Load a server and print what was predicted beside what is measured.

It speaks to this project's own server and to every engine with the same route. The load is the
plan's: as many requests at a time, with prompts and answers as long as it counts on. The key comes
from the environment variable that serving.api_key_env names.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.payload import payload
from inference.routes import PATH, sample_request
from pipeline.cli import config_from, parser, run
from pipeline.environment import secret
from pipeline.errors import ConfigError, ExitCode


@dataclass(frozen=True)
class Sample:
    """One request's outcome."""

    status: int
    seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0


def send(url: str, key: str | None, body: dict[str, Any], timeout_seconds: float) -> Sample:
    """One request of this project's task; tokens are zero where answers are not counted in them."""
    data, content_type = payload(body)
    request = urllib.request.Request(
        f"{url}{PATH}",
        data=data,
        headers={"Content-Type": content_type}
        | ({"Authorization": f"Bearer {key}"} if key else {}),
    )
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds) as response:
            usage = json.load(response).get("usage", {})
            seconds = time.perf_counter() - started
            prompt_tokens, tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
            return Sample(response.status, seconds, prompt_tokens, tokens)
    except urllib.error.HTTPError as error:
        return Sample(error.code, time.perf_counter() - started)
    except OSError:
        return Sample(0, time.perf_counter() - started)


def percentile(values: list[float], share: float) -> float | None:
    """The value below which this share lies; null without values."""
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 4) if ordered else None


def measured(samples: list[Sample], wall_seconds: float) -> dict[str, Any]:
    """What a load test found; latencies and tokens are those of answered requests."""
    answered = [sample for sample in samples if sample.status == 200]
    seconds = [sample.seconds for sample in answered]
    statuses = [sample.status for sample in samples]
    written = sum(sample.completion_tokens for sample in answered)
    read = sum(sample.prompt_tokens for sample in answered)
    return {
        "requests": len(samples),
        "answered": len(answered),
        "statuses": {str(status): statuses.count(status) for status in sorted(set(statuses))},
        "requests_per_second": round(len(answered) / wall_seconds, 3),
        "output_tokens_per_second": round(written / wall_seconds, 2),
        "prompt_tokens_mean": round(read / len(answered), 1) if answered else None,
        "output_tokens_mean": round(written / len(answered), 1) if answered else None,
        "latency_p50_seconds": percentile(seconds, 0.50),
        "latency_p95_seconds": percentile(seconds, 0.95),
        "latency_p99_seconds": percentile(seconds, 0.99),
    }


def planned(plan_path: Path) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The plan's serving numbers and the load it counts on; there may be no plan."""
    try:
        plan = json.loads(plan_path.read_text(encoding="utf-8"))
        serving, asked = plan.get("serving"), plan.get("workload", {}).get("serving")
    except (OSError, ValueError, AttributeError):
        return None, {}
    return (
        serving if isinstance(serving, dict) else None,
        asked if isinstance(asked, dict) else {},
    )


def predictions(
    serving: Mapping[str, Any], planned_tokens: float, output_tokens: float
) -> list[dict[str, Any]]:
    """What the plan expects of one replica under its full load, each a range.

    Answers may end before they are as long as asked for. The plan counts on their whole length, so
    what is compared is tokens a second, and the time of an answer as long as those that came.
    """
    rate = serving["requestsPerSecondPerReplica"]
    first, further = serving["timeToFirstTokenSeconds"], serving["timePerOutputTokenSeconds"]
    latency = {
        end: round(first[end] + max(output_tokens - 1, 0) * further[end], 4) for end in first
    }
    throughput = (
        {
            "name": "output_tokens_per_second",
            "predicted": {end: round(rate[end] * planned_tokens, 2) for end in rate},
        }
        if output_tokens
        else {"name": "requests_per_second", "predicted": rate}
    )
    return [throughput, {"name": "latency_p50_seconds", "predicted": latency}]


def main() -> int:
    """Run the load and print one JSON object; exit 1 when nothing was answered."""
    arguments = parser(__doc__)
    arguments.add_argument("--url", help="where the server is; serving.host and port without it")
    arguments.add_argument("--requests", type=int, help="16 for each at a time without it")
    arguments.add_argument("--concurrency", type=int, help="the plan's without it, else 2")
    arguments.add_argument("--prompt-tokens", type=int, help="the plan's without it, else 32")
    arguments.add_argument(
        "--max-tokens", type=int, help="the plan's without it, where answers are generated text"
    )
    arguments.add_argument("--plan", type=Path, default=Path("plan.json"))
    options = arguments.parse_args()
    config = config_from(options)
    limits = config.serving
    url = str(options.url or f"http://{limits.host}:{limits.port}").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f'"{url}" is not an http address')
    serving, asked = planned(options.plan)
    concurrency = options.concurrency or int((serving or {}).get("maxConcurrentRequests", 2))
    prompt_tokens = options.prompt_tokens or int(asked.get("promptTokens") or 32)
    output_tokens = options.max_tokens or asked.get("outputTokens")
    key = secret(limits.api_key_env)
    bodies = [
        sample_request(
            config, number=number, prompt_tokens=prompt_tokens, output_tokens=output_tokens
        )
        for number in range(options.requests or 16 * concurrency)
    ]
    asked_tokens = int(bodies[0].get("max_tokens", 1))
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        jobs = [
            pool.submit(send, url, key, body, limits.request_timeout_seconds + 5) for body in bodies
        ]
        samples = [job.result() for job in jobs]
    result = measured(samples, time.perf_counter() - started)
    planned_tokens = asked.get("outputTokens") or asked_tokens
    answered_tokens = result["output_tokens_mean"] or 0
    expected = predictions(serving, planned_tokens, answered_tokens) if serving else []
    report = {
        "url": url,
        "planned_for": serving and serving.get("engine"),
        "comparison": [row | {"measured": result[row["name"]]} for row in expected],
        "measured": result | {"concurrency": concurrency, "max_tokens": asked_tokens},
    }
    print(json.dumps(report, indent=2))
    return ExitCode.OK if result["answered"] else ExitCode.NOT_PROMOTED


if __name__ == "__main__":
    run(main)
