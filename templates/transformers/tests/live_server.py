"""The real server as a process: for tests that need a socket and a signal."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import ROOT, SMOKE, environment, free_port
from inference.payload import payload

KEY = "a-key-of-the-test"
# A machine that is full of other work answers all the same.
PATIENT = ("serving.request_timeout_seconds=600", "serving.drain_timeout_seconds=240")


def request(url: str, body: Any = None, key: str | None = KEY) -> tuple[int, str]:
    data, content_type = (None, "") if body is None else payload(body)
    headers = {"Content-Type": content_type}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data=data, headers=headers), timeout=300
        ) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_for(url: str, process: subprocess.Popen[bytes]) -> int:
    """Ask until 200; returns how often the answer was 503."""
    not_ready = 0
    deadline = time.monotonic() + 600
    while (status := request(url)[0]) != 200:
        not_ready += status == 503
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, f"{url} stayed at {status}"
        time.sleep(0.05)
    return not_ready


@contextmanager
def live_server(*settings: str) -> Iterator[tuple[str, list[str], subprocess.Popen[bytes]]]:
    """The smoke server once it is ready: its address, its arguments and its process."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ["--overlay", str(SMOKE)]
    for setting in (f"serving.port={port}", *PATIENT, *settings):
        arguments += ["--set", setting]
    process = subprocess.Popen(
        [sys.executable, "-m", "inference", *arguments],
        cwd=ROOT,
        env=environment() | {"API_KEY": KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"{url}/healthz", process)
        assert wait_for(f"{url}/readyz", process) > 0, "ready before the weights could be loaded"
        yield url, arguments, process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
