"""Generation on the real server: lengths, and an answer that is under way when the signal comes."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

from inference.routes import PATH
from live_server import live_server, request

BODY = {"messages": [{"role": "user", "content": "How do I rename a workspace?"}]}


def test_a_running_answer_still_arrives_when_the_server_is_asked_to_stop() -> None:
    with live_server("serving.max_new_tokens=1000") as (url, _, process):
        status, text = request(f"{url}{PATH}", BODY | {"max_tokens": 8})
        assert status == 200
        assert 1 <= json.loads(text)["usage"]["completion_tokens"] <= 8

        results: list[tuple[int, str]] = []
        long_body = BODY | {"max_tokens": 300}
        thread = threading.Thread(target=lambda: results.append(request(f"{url}{PATH}", long_body)))
        thread.start()
        deadline = time.monotonic() + 120
        while "inference_requests_admitted 1.0" not in request(f"{url}/metrics")[1]:
            assert time.monotonic() < deadline
        os.kill(process.pid, signal.SIGTERM)
        thread.join(300)
        assert results
        assert results[0][0] == 200
        assert process.wait(300) == 0
