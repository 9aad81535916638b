"""The route that answers with vectors."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from inference.engine import Vectors
from inference.routes import PATH, sample_request
from inference.schemas import EmbeddingRequest
from stub_server import serving


class StubEngine:
    """Tells queries from documents."""

    def embed(self, texts: list[str], kind: str) -> Vectors:
        row = [1.0, 0.0] if kind == "query" else [0.6, 0.8]
        return Vectors(np.array([row] * len(texts), dtype=np.float32), 3 * len(texts))


def test_an_answer_has_the_shape_that_clients_expect(smoke: Any) -> None:
    with serving(smoke(), StubEngine()) as client:
        query = client.post(PATH, json={"input": "one", "input_type": "query"}).json()
        coded = client.post(PATH, json={"input": ["a", "b"], "encoding_format": "base64"}).json()
        text = client.get("/metrics").text
    assert query["data"] == [{"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}]
    assert query["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    decoded = np.frombuffer(base64.b64decode(coded["data"][1]["embedding"]), dtype="<f4")
    np.testing.assert_allclose(decoded, [0.6, 0.8])
    assert 'texts_embedded_total{kind="document"} 2.0' in text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"input": [1, 2]}, "invalid_request"),
        ({"input": "x", "input_type": "passage"}, "invalid_request"),
        ({"input": []}, "empty_input"),
        ({"input": ["x", " "]}, "empty_input"),
        ({"input": ["x"] * 9}, "too_many_texts"),
        ({"input": "x", "dimensions": 64}, "unsupported"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke("serving.max_texts=8"), StubEngine()) as client:
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    assert EmbeddingRequest.model_validate(sample_request(smoke())).input_type == "query"
