"""The server's behaviour, with an engine that the test holds in its hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from inference.app import create_app
from inference.limits import RateLimit, RequestTooLong, is_loopback
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.generate import Answer

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
KEY = "a-key-of-the-test"


class StubEngine:
    """Answers at once, or only when released."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.release.set()
        self.calls: list[dict[str, Any]] = []

    def answer(
        self,
        messages: list[dict[str, str]],
        *,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None,
        cancelled: Callable[[], bool],
    ) -> Answer:
        self.calls.append({"max_new_tokens": max_new_tokens, "temperature": temperature})
        if messages[-1]["content"] == "too long":
            raise RequestTooLong("The prompt has 9 tokens; at most 4 are accepted")
        if messages[-1]["content"] == "fail":
            raise RuntimeError("internal detail")
        while not self.release.wait(0.01):
            if cancelled():
                break
        return Answer("hi", 3, 1, "stop")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def serving(config: Config, engine: StubEngine) -> Iterator[TestClient]:
    with TestClient(create_app(config, lambda _: engine)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client


def test_alive_at_once_and_ready_only_after_the_weights_are_loaded(smoke: Any) -> None:
    loaded = threading.Event()

    def load(_: Config) -> StubEngine:
        loaded.wait(10)
        return StubEngine()

    with TestClient(create_app(smoke(), load)) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        early = client.post("/v1/chat/completions", json=HELLO)
        assert (early.status_code, early.headers["retry-after"]) == (503, "5")
        loaded.set()
        wait_until(lambda: client.get("/readyz").status_code == 200)
        assert client.post("/v1/chat/completions", json=HELLO).status_code == 200


def test_weights_that_do_not_load_leave_the_server_alive_and_not_ready(smoke: Any) -> None:
    def load(_: Config) -> StubEngine:
        raise OSError("secret path")

    with TestClient(create_app(smoke(), load)) as client:
        wait_until(lambda: "load_failed" in client.get("/readyz").text)
        assert client.get("/healthz").status_code == 200
        assert "secret path" not in client.get("/readyz").text


def test_an_answer_has_the_shape_that_clients_expect(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        body = client.post("/v1/chat/completions", json=HELLO | {"user": "ignored"}).json()
    assert body["object"] == "chat.completion"
    assert body["model"] == smoke().project.name
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hi"},
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"messages": []}, "invalid_request"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "invalid_request"),
        (HELLO | {"max_tokens": 0}, "invalid_request"),
        (HELLO | {"temperature": 3}, "invalid_request"),
        (HELLO | {"max_tokens": 100000}, "max_tokens_too_large"),
        (HELLO | {"stream": True}, "unsupported"),
        ({"messages": [{"role": "user", "content": "too long"}]}, "prompt_too_long"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke(), StubEngine()) as client:
        response = client.post("/v1/chat/completions", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_a_fault_inside_does_not_show_our_insides(smoke: Any) -> None:
    body = {"messages": [{"role": "user", "content": "fail"}]}
    with serving(smoke(), StubEngine()) as client:
        response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == 500
    assert "internal detail" not in response.text


def test_the_answer_is_never_longer_than_configured(smoke: Any) -> None:
    engine = StubEngine()
    with serving(smoke("serving.max_new_tokens=7"), engine) as client:
        client.post("/v1/chat/completions", json=HELLO)
        client.post("/v1/chat/completions", json=HELLO | {"max_completion_tokens": 5})
    assert [call["max_new_tokens"] for call in engine.calls] == [7, 5]


def test_the_key_is_required_once_it_is_set(smoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", KEY)
    with serving(smoke("serving.host=0.0.0.0"), StubEngine()) as client:

        def status(header: str | None) -> int:
            headers = {"Authorization": header} if header else {}
            return client.post("/v1/chat/completions", json=HELLO, headers=headers).status_code

        assert status(None) == 401
        assert status("Bearer wrong") == 401
        assert status(f"Basic {KEY}") == 401
        assert status(f"Bearer {KEY}") == 200
        assert client.get("/readyz").status_code == 200  # probes carry no key


def test_no_key_and_no_placeholder_is_accepted_beyond_loopback(
    smoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="API_KEY"):
        create_app(smoke("serving.host=0.0.0.0"))
    monkeypatch.setenv("API_KEY", "ml-project_dev_your_api_key_here")
    with pytest.raises(ConfigError, match="API_KEY"):
        create_app(smoke("serving.host=0.0.0.0"))
    create_app(smoke("serving.host=127.0.0.1"))
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("example.org")


def test_a_large_request_is_refused_declared_or_not(smoke: Any) -> None:
    with serving(smoke("serving.max_request_bytes=1000"), StubEngine()) as client:
        large = b'{"messages": "' + b"x" * 2000 + b'"}'
        assert client.post("/v1/chat/completions", content=large).status_code == 413
        pieces = (large[start : start + 100] for start in range(0, len(large), 100))
        assert client.post("/v1/chat/completions", content=pieces).status_code == 413


def test_requests_wait_in_line_and_more_are_refused(smoke: Any) -> None:
    engine = StubEngine()
    engine.release.clear()
    config = smoke("serving.max_concurrent_requests=1", "serving.queue_limit=1")
    with serving(config, engine) as client, ThreadPoolExecutor(2) as pool:
        admission = client.app.state.server.admission  # type: ignore[attr-defined]

        def post() -> Any:
            return client.post("/v1/chat/completions", json=HELLO)

        jobs = [pool.submit(post), pool.submit(post)]
        wait_until(lambda: admission.admitted == 2)
        assert len(engine.calls) == 1
        refused = post()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        engine.release.set()
        assert [job.result().status_code for job in jobs] == [200, 200]
        assert admission.admitted == 0


def test_a_request_that_takes_too_long_is_given_up(smoke: Any) -> None:
    engine = StubEngine()
    engine.release.clear()
    with serving(smoke("serving.request_timeout_seconds=0.2"), engine) as client:
        assert client.post("/v1/chat/completions", json=HELLO).status_code == 504
        engine.release.set()
        assert client.post("/v1/chat/completions", json=HELLO).status_code == 200


def test_metrics_count_requests_and_tokens(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        client.post("/v1/chat/completions", json=HELLO)
        client.post("/v1/chat/completions", json={})
        text = client.get("/metrics").text
    assert 'completion_requests_total{status="200"} 1.0' in text
    assert 'completion_requests_total{status="400"} 1.0' in text
    assert 'completion_tokens_total{direction="completion"} 1.0' in text
    assert "ready 1.0" in text


def test_a_draining_server_takes_no_new_work(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        client.app.state.server.draining = True  # type: ignore[attr-defined]
        assert client.get("/readyz").status_code == 503
        assert client.post("/v1/chat/completions", json=HELLO).status_code == 503
        assert client.get("/healthz").status_code == 200


def test_more_requests_than_a_minute_allows_are_told_when_to_come_back(smoke: Any) -> None:
    with serving(smoke("serving.requests_per_minute=2"), StubEngine()) as client:
        statuses = [client.post("/v1/chat/completions", json=HELLO).status_code for _ in range(3)]
        refused = client.post("/v1/chat/completions", json=HELLO)
        assert client.get("/readyz").status_code == 200  # probes are not counted
    assert statuses == [200, 200, 429]
    assert refused.json()["error"]["code"] == "rate_limited"
    assert 25 <= int(refused.headers["retry-after"]) <= 30  # two a minute: one each 30 s


def test_the_rate_is_earned_back_evenly_and_never_beyond_a_minute() -> None:
    now = 0.0
    limit = RateLimit(60, lambda: now)
    assert [limit.take() for _ in range(60)] == [0.0] * 60
    assert limit.take() == pytest.approx(1.0)  # 60 a minute: one each second
    now = 2.0
    assert [limit.take(), limit.take()] == [0.0, 0.0]
    assert limit.take() > 0
    now = 3600.0
    assert sum(limit.take() == 0.0 for _ in range(100)) == 60
