"""The real server with the tiny model: a process, a socket, a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
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
        plan.write_text(json.dumps({"serving": {"requestsPerSecond": 3}}), encoding="utf-8")
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
        assert report["predicted"] == {"requestsPerSecond": 3}
        assert report["measured"]["answered"] == 4

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
