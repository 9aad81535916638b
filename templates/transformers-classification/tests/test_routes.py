"""The route that answers with classes."""

from __future__ import annotations

from typing import Any

import pytest

from inference.engine import Judgement
from inference.routes import PATH, sample_request
from inference.schemas import ClassifyRequest
from stub_server import serving


class StubEngine:
    """Says the first class of every text."""

    labels: tuple[str, ...] = ("spam", "ham")

    def classify(self, texts: list[str]) -> list[Judgement]:
        return [Judgement([0.75, 0.25], 3, text == "long") for text in texts]


def test_a_batch_of_texts_is_answered_in_its_order(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        body = client.post(PATH, json={"input": ["first", "long"]}).json()
        text = client.get("/metrics").text
    assert body["labels"] == ["spam", "ham"]
    assert body["data"][1] == {
        "index": 1,
        "label": "spam",
        "probs": [0.75, 0.25],
        "num_classes": 2,
        "truncated": True,
    }
    assert body["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert 'classifications_total{label="spam"} 2.0' in text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"input": 3}, "invalid_request"),
        ({"input": []}, "empty_input"),
        ({"input": "  "}, "empty_input"),
        ({"input": ["x"] * 9}, "too_many_texts"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke("serving.max_texts=8"), StubEngine()) as client:
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    assert ClassifyRequest.model_validate(sample_request(smoke())).texts
