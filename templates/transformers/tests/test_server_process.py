"""The real server with the tiny model: a process, a socket, a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conftest import ROOT, SMOKE, environment, script
from inference.routes import PATH, sample_request
from live_server import KEY, live_server, request
from pipeline.config import load_config


def test_start_answer_load_test_and_stop(tmp_path: Path) -> None:
    body = sample_request(load_config("configs", [SMOKE]))
    with live_server() as (url, arguments, process):
        assert request(f"{url}{PATH}", body, key=None)[0] == 401
        status, text = request(f"{url}{PATH}", body)
        assert status == 200, text
        assert 'inference_requests_total{status="200"} 1.0' in request(f"{url}/metrics")[1]

        plan = tmp_path / "plan.json"
        rate = {"low": 1, "expected": 2, "high": 3}
        seconds = {"low": 0.5, "expected": 1, "high": 2}
        serving = {
            "engine": "transformers",
            "replicas": 1,
            "maxConcurrentRequests": 2,
            "requestsPerSecondPerReplica": rate,
            "timeToFirstTokenSeconds": seconds,
            "timePerOutputTokenSeconds": seconds,
        }
        asked = {"promptTokens": 40, "outputTokens": 4}
        plan.write_text(
            json.dumps({"serving": serving, "workload": {"serving": asked}}), encoding="utf-8"
        )
        load = subprocess.run(
            script(
                "load_test.py", *arguments, "--url", url, "--requests", "4", "--plan", str(plan)
            ),
            env=environment() | {"API_KEY": KEY},
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        report = json.loads(load.stdout)
        assert report["measured"]["answered"] == 4
        assert report["measured"]["concurrency"] == 2
        measured = report["measured"]
        throughput, latency = report["comparison"]
        # Where text is written: 2 requests a second of as many tokens as each asks for.
        if measured["output_tokens_mean"]:
            assert throughput["name"] == "output_tokens_per_second"
            assert throughput["predicted"]["expected"] == 2 * measured["max_tokens"]
        else:
            assert throughput["predicted"] == rate
        assert throughput["measured"] == measured[throughput["name"]]
        # A first token, and each further one that came as long: 0.5 to 2 s each.
        assert latency["predicted"]["expected"] == max(measured["output_tokens_mean"], 1)
        assert latency["measured"] == measured["latency_p50_seconds"]

        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(300) == 0


def test_a_hundred_requests_at_once_are_answered_or_told_to_come_back() -> None:
    config = load_config("configs", [SMOKE])
    with live_server("serving.queue_limit=10", "serving.requests_per_minute=1000") as running:
        url, _, process = running

        def ask(number: int) -> int:
            return request(f"{url}{PATH}", sample_request(config, number=number))[0]

        with ThreadPoolExecutor(100) as pool:
            statuses = list(pool.map(ask, range(100)))
        # One runs and ten wait; the others are refused at once, and nothing breaks.
        assert set(statuses) <= {200, 429}, statuses
        assert statuses.count(200) >= 11
        assert request(f"{url}/readyz")[0] == 200
        metrics = request(f"{url}/metrics")[1]
        assert "inference_requests_admitted 0.0" in metrics
        assert f'inference_requests_total{{status="200"}} {statuses.count(200)}.0' in metrics
        process.terminate()
        assert process.wait(300) == 0


def test_it_refuses_to_start_in_the_open_without_a_key() -> None:
    clean = {name: value for name, value in environment().items() if name != "API_KEY"}
    ended = subprocess.run(
        [sys.executable, "-m", "inference", "--set", "serving.host=0.0.0.0"],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 2
    assert "API_KEY" in ended.stderr
