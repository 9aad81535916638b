"""What protects every answer, with a route of the test and work that it holds in its hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import Body
from starlette.testclient import TestClient

from inference.app import create_app
from inference.limits import RateLimit, Refusal, is_loopback
from pipeline.config import Config
from pipeline.errors import ConfigError

KEY = "a-key-of-the-test"
PATH = "/v1/test"
HELLO = {"text": "hello"}


class Work:
    """Answers at once, or only when released."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.release.set()
        self.calls: list[str] = []

    def answer(self, text: str, cancelled: Callable[[], bool]) -> str:
        self.calls.append(text)
        if text == "too long":
            raise Refusal(400, "The input is too long", "too_long")
        if text == "fail":
            raise RuntimeError("internal detail")
        while not self.release.wait(0.01):
            if cancelled():
                break
        return "hi"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def application(config: Config, load: Callable[[Config], Any]) -> Iterator[TestClient]:
    app = create_app(config, load)
    server = app.state.server

    @app.post(PATH)
    async def answer(text: str = Body(embed=True, min_length=1)) -> dict[str, str]:
        return {"answer": await server.run(lambda work, cancelled: work.answer(text, cancelled))}

    with TestClient(app) as client:
        yield client


@contextmanager
def serving(config: Config, work: Work) -> Iterator[TestClient]:
    with application(config, lambda _: work) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client


def test_alive_at_once_and_ready_only_after_the_weights_are_loaded(smoke: Any) -> None:
    loaded = threading.Event()

    def load(_: Config) -> Work:
        loaded.wait(120)
        return Work()

    with application(smoke(), load) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        early = client.post(PATH, json=HELLO)
        assert (early.status_code, early.headers["retry-after"]) == (503, "5")
        loaded.set()
        wait_until(lambda: client.get("/readyz").status_code == 200)
        assert client.post(PATH, json=HELLO).json() == {"answer": "hi"}


def test_weights_that_do_not_load_leave_the_server_alive_and_not_ready(smoke: Any) -> None:
    def load(_: Config) -> Work:
        raise OSError("secret path")

    with application(smoke(), load) as client:
        wait_until(lambda: "load_failed" in client.get("/readyz").text)
        assert client.get("/healthz").status_code == 200
        assert "secret path" not in client.get("/readyz").text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"text": ""}, "invalid_request"),
        ({"text": "too long"}, "too_long"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke(), Work()) as client:
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_a_fault_inside_does_not_show_our_insides(smoke: Any) -> None:
    with serving(smoke(), Work()) as client:
        response = client.post(PATH, json={"text": "fail"})
    assert response.status_code == 500
    assert "internal detail" not in response.text


def test_the_key_is_required_once_it_is_set(smoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", KEY)
    with serving(smoke("serving.host=0.0.0.0"), Work()) as client:

        def status(header: str | None) -> int:
            headers = {"Authorization": header} if header else {}
            return client.post(PATH, json=HELLO, headers=headers).status_code

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
    monkeypatch.setenv("API_KEY", "project_dev_your_api_key_here")
    with pytest.raises(ConfigError, match="API_KEY"):
        create_app(smoke("serving.host=0.0.0.0"))
    create_app(smoke("serving.host=127.0.0.1"))
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("example.org")


def test_a_large_request_is_refused_declared_or_not(smoke: Any) -> None:
    with serving(smoke("serving.max_request_bytes=1000"), Work()) as client:
        large = b'{"text": "' + b"x" * 2000 + b'"}'
        assert client.post(PATH, content=large).status_code == 413
        pieces = (large[start : start + 100] for start in range(0, len(large), 100))
        assert client.post(PATH, content=pieces).status_code == 413


def test_requests_wait_in_line_and_more_are_refused(smoke: Any) -> None:
    work = Work()
    work.release.clear()
    config = smoke("serving.max_concurrent_requests=1", "serving.queue_limit=1")
    with serving(config, work) as client, ThreadPoolExecutor(2) as pool:
        admission = client.app.state.server.admission  # type: ignore[attr-defined]

        def post() -> Any:
            return client.post(PATH, json=HELLO)

        jobs = [pool.submit(post), pool.submit(post)]
        wait_until(lambda: admission.admitted == 2 and len(work.calls) == 1)
        # The autoscaler sees the one that waits while the one before it is still computed.
        assert "inference_requests_admitted 2.0" in client.get("/metrics").text
        refused = post()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        work.release.set()
        assert [job.result().status_code for job in jobs] == [200, 200]
        assert admission.admitted == 0


def test_a_request_that_takes_too_long_is_given_up(smoke: Any) -> None:
    work = Work()
    work.release.clear()
    with serving(smoke("serving.request_timeout_seconds=0.2"), work) as client:
        assert client.post(PATH, json=HELLO).status_code == 504
        work.release.set()
        client.app.state.server.config = smoke()  # type: ignore[attr-defined]
        assert client.post(PATH, json=HELLO).status_code == 200


def test_metrics_count_requests_by_status(smoke: Any) -> None:
    with serving(smoke(), Work()) as client:
        client.post(PATH, json=HELLO)
        client.post(PATH, json={})
        text = client.get("/metrics").text
    assert 'inference_requests_total{status="200"} 1.0' in text
    assert 'inference_requests_total{status="400"} 1.0' in text
    assert "inference_seconds_count 1.0" in text
    assert "ready 1.0" in text


def test_a_draining_server_takes_no_new_work(smoke: Any) -> None:
    with serving(smoke(), Work()) as client:
        client.app.state.server.draining = True  # type: ignore[attr-defined]
        assert client.get("/readyz").status_code == 503
        assert client.post(PATH, json=HELLO).status_code == 503
        assert client.get("/healthz").status_code == 200


def test_more_requests_than_a_minute_allows_are_told_when_to_come_back(smoke: Any) -> None:
    with serving(smoke("serving.requests_per_minute=2"), Work()) as client:
        # However long they take, they come at once.
        client.app.state.server.rate = RateLimit(2, lambda: 0.0)  # type: ignore[attr-defined]
        statuses = [client.post(PATH, json=HELLO).status_code for _ in range(3)]
        refused = client.post(PATH, json=HELLO)
        assert client.get("/readyz").status_code == 200  # probes are not counted
    assert statuses == [200, 200, 429]
    assert refused.json()["error"]["code"] == "rate_limited"
    assert refused.headers["retry-after"] == "30"  # two a minute: one each 30 s


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
