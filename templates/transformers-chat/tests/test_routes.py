"""The chat route, with an engine that the test holds in its hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.limits import Refusal
from inference.prompt import received_prompt
from inference.routes import PATH, sample_request
from inference.schemas import ChatRequest
from pipeline.generate import Answer
from pipeline.model import load_processor
from stub_server import serving

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


class StubEngine:
    """Answers every conversation with the same word."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def answer(
        self,
        messages: list[dict[str, Any]],
        *,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None,
        cancelled: Callable[[], bool],
    ) -> Answer:
        self.calls.append({"max_new_tokens": max_new_tokens, "temperature": temperature})
        if messages[-1]["content"] == "too long":
            raise Refusal(400, "The prompt has 9 tokens", "prompt_too_long")
        return Answer("hi", 3, 1, "stop")


def test_an_answer_has_the_shape_that_clients_expect(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        body = client.post(PATH, json=HELLO | {"user": "ignored"}).json()
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
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_the_answer_is_never_longer_than_configured(smoke: Any) -> None:
    engine = StubEngine()
    with serving(smoke("serving.max_new_tokens=7"), engine) as client:
        client.post(PATH, json=HELLO)
        client.post(PATH, json=HELLO | {"max_completion_tokens": 5})
    assert [call["max_new_tokens"] for call in engine.calls] == [7, 5]


def test_tokens_are_counted_in_both_directions(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        client.post(PATH, json=HELLO)
        text = client.get("/metrics").text
    assert 'completion_tokens_total{direction="prompt"} 3.0' in text
    assert 'completion_tokens_total{direction="completion"} 1.0' in text


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    config = smoke()
    request = ChatRequest.model_validate(sample_request(config))
    assert request.asked_tokens == config.serving.max_new_tokens


def test_the_load_test_sends_no_prompt_that_the_server_refuses(smoke: Any, tmp_path: Path) -> None:
    load_processor(smoke()).save_pretrained(tmp_path)
    config = smoke(f"serving.model_path={tmp_path}", "serving.max_input_tokens=300")
    text = sample_request(config, number=123_456, prompt_tokens=8000)["messages"][0]["content"]
    if not isinstance(text, str):
        (text,) = (part["text"] for part in text if part["type"] == "text")
    asked = [{"role": "user", "content": text}]
    tokens = received_prompt(asked, load_processor(config), config)["input_ids"].shape[1]
    assert 300 - len("anything ") <= tokens <= 300  # a token a byte, cut at a word
