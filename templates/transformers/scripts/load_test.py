"""Load a server and print what was predicted beside what is measured.

It speaks to this project's own server and to every engine with the same route. The load is the
plan's where there is a plan.json: as many requests at a time, with texts as long as it counts on.
The key comes from the environment variable that serving.api_key_env names.
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

from inference.routes import PATH, sample_request
from pipeline.cli import config_from, parser, run
from pipeline.environment import secret
from pipeline.errors import ConfigError, ExitCode

TOKENS_PER_WORD = 1.3
"""Of English prose with vocabularies of 32k to 256k entries; what was really sent is measured."""


@dataclass(frozen=True)
class Sample:
    """One request's outcome; no tokens where answers are not counted in them."""

    status: int
    seconds: float
    prompt_tokens: int = 0
    completion_tokens: int = 0


def request_body(
    sample: Mapping[str, Any], number: int, prompt_tokens: int | None, max_tokens: int | None
) -> dict[str, Any]:
    """The task's request; of a conversation, the last text as long as asked.

    Each begins differently: an engine that keeps the beginnings of prompts must not be measured on
    requests that it has answered before.
    """
    body = dict(sample)
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    content = messages[-1]["content"]
    if isinstance(content, str):
        words = f"Request {number}. {content}".split()
        wanted = max(len(words), round((prompt_tokens or 0) / TOKENS_PER_WORD))
        text = " ".join((words * (wanted // len(words) + 1))[:wanted])
        body["messages"] = [*messages[:-1], messages[-1] | {"content": text}]
    return body


def send(url: str, key: str | None, body: Mapping[str, Any], timeout_seconds: float) -> Sample:
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
            usage = json.load(response).get("usage", {})
            return Sample(
                response.status,
                time.perf_counter() - started,
                int(usage.get("prompt_tokens", 0)),
                int(usage.get("completion_tokens", 0)),
            )
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
    read = sum(sample.prompt_tokens for sample in answered)
    written = sum(sample.completion_tokens for sample in answered)
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


def planned(plan_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The plan's serving numbers and the load that they are for; empty without a plan."""
    try:
        plan = json.loads(plan_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}, {}
    return plan.get("serving") or {}, (plan.get("workload") or {}).get("serving") or {}


def predictions(serving: Mapping[str, Any], output_tokens: int) -> dict[str, Mapping[str, float]]:
    """What the plan expects of one replica with every slot taken, each a range."""
    first, further = serving["timeToFirstTokenSeconds"], serving["timePerOutputTokenSeconds"]
    more = max(0, output_tokens - 1)
    latency = {end: round(first[end] + more * further[end], 4) for end in first}
    return {
        "requests_per_second": serving["requestsPerSecondPerReplica"],
        "latency_p50_seconds": latency,
    }


def main() -> int:
    """Run the load and print one JSON object; exit 1 when nothing was answered."""
    arguments = parser(__doc__)
    arguments.add_argument("--url", help="where the server is; serving.host and port without it")
    arguments.add_argument("--requests", type=int, help="16 for each at a time without it")
    arguments.add_argument("--concurrency", type=int, help="the plan's without it, else 2")
    arguments.add_argument("--prompt-tokens", type=int, help="of texts; the plan's without it")
    arguments.add_argument("--max-tokens", type=int, help="of answers; the plan's without it")
    arguments.add_argument("--plan", type=Path, default=Path("plan.json"))
    options = arguments.parse_args()
    config = config_from(options)
    limits = config.serving
    url = str(options.url or f"http://{limits.host}:{limits.port}").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f'"{url}" is not an http address')
    serving, load = planned(options.plan)
    concurrency = options.concurrency or int(serving.get("maxConcurrentRequests", 2))
    prompt_tokens = options.prompt_tokens or load.get("promptTokens")
    max_tokens = options.max_tokens or load.get("outputTokens") or None
    sample = sample_request(config)
    bodies = [
        request_body(sample, number, prompt_tokens, max_tokens)
        for number in range(options.requests or 16 * concurrency)
    ]
    key = secret(limits.api_key_env)
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        jobs = [
            pool.submit(send, url, key, body, limits.request_timeout_seconds + 5) for body in bodies
        ]
        samples = [job.result() for job in jobs]
    result = measured(samples, time.perf_counter() - started)
    expected = predictions(serving, bodies[0].get("max_tokens", 1)) if serving else {}
    report = {
        "url": url,
        "planned_for": serving.get("engine"),
        "comparison": {
            name: {"predicted": value, "measured": result[name]} for name, value in expected.items()
        },
        "measured": result
        | {"concurrency": concurrency, "max_tokens": bodies[0].get("max_tokens")},
    }
    print(json.dumps(report, indent=2))
    return ExitCode.OK if result["answered"] else ExitCode.NOT_PROMOTED


if __name__ == "__main__":
    run(main)
