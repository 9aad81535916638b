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

PLANNED = {
    "engine": "transformers",
    "maxConcurrentRequests": 3,
    "requestsPerSecondPerReplica": {"low": 1, "expected": 2, "high": 3},
    "timeToFirstTokenSeconds": {"low": 0.5, "expected": 1, "high": 2},
    "timePerOutputTokenSeconds": {"low": 0.1, "expected": 0.2, "high": 0.4},
}


def test_start_answer_load_test_and_stop(tmp_path: Path) -> None:
    body = sample_request(load_config("configs", [SMOKE]))
    with live_server() as (url, arguments, process):
        assert request(f"{url}{PATH}", body, key=None)[0] == 401
        status, text = request(f"{url}{PATH}", body)
        assert status == 200, text
        assert 'inference_requests_total{status="200"} 1.0' in request(f"{url}/metrics")[1]

        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps({"serving": PLANNED}), encoding="utf-8")
        load = subprocess.run(
            script(
                "load_test.py", *arguments, "--url", url, "--requests", "4", "--plan", str(plan)
            ),
            env=environment() | {"API_KEY": KEY},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        report = json.loads(load.stdout)
        assert report["measured"]["answered"] == 4
        assert report["measured"]["concurrency"] == PLANNED["maxConcurrentRequests"]
        assert report["planned_for"] == "transformers"
        assert report["comparison"]["requests_per_second"] == {
            "predicted": PLANNED["requestsPerSecondPerReplica"],
            "measured": report["measured"]["requests_per_second"],
        }

        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_hundred_requests_at_once_are_answered_or_told_to_come_back() -> None:
    body = sample_request(load_config("configs", [SMOKE]))
    settings = ("serving.queue_limit=10", "serving.requests_per_minute=1000")
    with live_server(*settings) as (url, _, process):
        with ThreadPoolExecutor(100) as pool:
            answers = pool.map(lambda _: request(f"{url}{PATH}", body)[0], range(100))
            statuses = list(answers)
        # One runs and ten wait; the others are refused at once, and nothing breaks.
        assert set(statuses) == {200, 429}, statuses
        assert statuses.count(200) >= 11
        assert request(f"{url}/readyz")[0] == 200
        metrics = request(f"{url}/metrics")[1]
        assert "inference_requests_admitted 0.0" in metrics
        for status in (200, 429):
            line = f'inference_requests_total{{status="{status}"}} {statuses.count(status)}.0'
            assert line in metrics
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0


def test_it_refuses_to_start_in_the_open_without_a_key() -> None:
    clean = {name: value for name, value in environment().items() if name != "API_KEY"}
    ended = subprocess.run(
        [sys.executable, "-m", "inference", "--set", "serving.host=0.0.0.0"],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "API_KEY" in ended.stderr
