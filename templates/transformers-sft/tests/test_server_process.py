"""The real server with the tiny model: a process, a socket, a signal."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from conftest import ROOT, SMOKE, environment, script

KEY = "a-key-of-the-test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request(url: str, body: Any = None, key: str | None = KEY) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data=data, headers=headers), timeout=60
        ) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_for(url: str, process: subprocess.Popen[bytes]) -> int:
    """Ask until 200; returns how often the answer was 503."""
    not_ready = 0
    deadline = time.monotonic() + 120
    while (status := request(url)[0]) != 200:
        not_ready += status == 503
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, f"{url} stayed at {status}"
        time.sleep(0.05)
    return not_ready


def test_start_answer_load_test_and_drain(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = ["--overlay", str(SMOKE), "--set", f"serving.port={port}"]
    settings += ["--set", "serving.max_new_tokens=1000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "inference", *settings],
        cwd=ROOT,
        env=environment() | {"API_KEY": KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"{url}/healthz", process)
        assert wait_for(f"{url}/readyz", process) > 0, "ready before the weights could be loaded"

        body = {"messages": [{"role": "user", "content": "How do I rename a workspace?"}]}
        assert request(f"{url}/v1/chat/completions", body, key=None)[0] == 401
        status, text = request(f"{url}/v1/chat/completions", body | {"max_tokens": 8})
        answer = json.loads(text)
        assert status == 200
        assert 1 <= answer["usage"]["completion_tokens"] <= 8
        assert "completion_requests_total" in request(f"{url}/metrics")[1]

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
        text = json.dumps({"serving": serving, "workload": {"serving": asked}})
        plan.write_text(text, encoding="utf-8")
        arguments = ["--url", url, "--requests", "4", "--plan", str(plan)]
        load = subprocess.run(
            script("load_test.py", *settings, *arguments),
            env=environment() | {"API_KEY": KEY},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        report = json.loads(load.stdout)
        assert report["measured"]["answered"] == 4
        assert report["measured"]["max_tokens"] == 4
        assert report["measured"]["concurrency"] == 2
        throughput, latency = report["comparison"]
        assert throughput["predicted"] == rate
        assert throughput["measured"] == report["measured"]["requests_per_second"]
        # A first token and three more, each a second: 0.5 + 3 x 0.5, 1 + 3, 2 + 3 x 2.
        assert latency["predicted"] == {"low": 2.0, "expected": 4.0, "high": 8.0}
        assert latency["measured"] == report["measured"]["latency_p50_seconds"]

        # A long answer is under way when the signal comes: it must still arrive.
        results: list[tuple[int, str]] = []
        long_body = body | {"max_tokens": 300}
        thread = threading.Thread(
            target=lambda: results.append(request(f"{url}/v1/chat/completions", long_body))
        )
        thread.start()
        deadline = time.monotonic() + 30
        while "completion_requests_admitted 1.0" not in request(f"{url}/metrics")[1]:
            assert time.monotonic() < deadline
        os.kill(process.pid, signal.SIGTERM)
        thread.join(60)
        assert results
        assert results[0][0] == 200
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_hundred_requests_at_once_are_answered_or_told_to_come_back() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = ["--overlay", str(SMOKE), "--set", f"serving.port={port}"]
    settings += ["--set", "serving.queue_limit=10", "--set", "serving.requests_per_minute=1000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "inference", *settings],
        cwd=ROOT,
        env=environment() | {"API_KEY": KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    body = {"messages": [{"role": "user", "content": "How do I rename a workspace?"}]}

    def ask(_: int) -> tuple[int, str]:
        return request(f"{url}/v1/chat/completions", body | {"max_tokens": 32})

    try:
        wait_for(f"{url}/healthz", process)
        # While the weights load, work is refused and not kept waiting.
        early = ask(0)[0]
        assert early in (200, 503)
        wait_for(f"{url}/readyz", process)
        with ThreadPoolExecutor(100) as pool:
            statuses = [status for status, _ in pool.map(ask, range(100))]
        # One runs and ten wait; the others are refused at once, and nothing breaks.
        assert set(statuses) <= {200, 429}, statuses
        assert statuses.count(200) >= 11
        assert statuses.count(429) > 0
        assert request(f"{url}/readyz")[0] == 200
        metrics = request(f"{url}/metrics")[1]
        assert "completion_requests_admitted 0.0" in metrics
        answered = statuses.count(200) + (early == 200)
        assert f'completion_requests_total{{status="200"}} {answered}.0' in metrics
        assert f'completion_requests_total{{status="429"}} {statuses.count(429)}.0' in metrics
    finally:
        process.terminate()
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
