"""The classification route, with an engine that the test holds in its hand."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from inference.routes import PATH, sample_request
from inference.schemas import ClassifyRequest
from stub_server import serving


class StubEngine:
    """Says the same of every picture."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def classify(self, image: Image.Image, top_k: int) -> list[tuple[str, float]]:
        self.seen.append(image.size)
        return [("ok", 0.7), ("fault", 0.2), ("warning", 0.1)][:top_k]


def test_an_answer_names_the_likeliest_classes(smoke: Any) -> None:
    engine = StubEngine()
    with serving(smoke(), engine) as client:
        body = client.post(PATH, json=sample_request(smoke()) | {"top_k": 2}).json()
    assert body["model"] == smoke().project.name
    assert body["predictions"] == [
        {"label": "ok", "score": 0.7},
        {"label": "fault", "score": 0.2},
    ]
    assert engine.seen == [(64, 64)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"image": ""}, "invalid_request"),
        ({"image": "https://example.org/cat.png"}, "invalid_image"),
        ({"image": "aGVsbG8="}, "invalid_image"),
        ({"image": "aGVsbG8=", "top_k": 0}, "invalid_request"),
        ({"image": "aGVsbG8=", "url": "x"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke(), StubEngine()) as client:
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(smoke: Any) -> None:
    engine = StubEngine()
    with serving(smoke("serving.max_image_pixels=1000"), engine) as client:
        response = client.post(PATH, json=sample_request(smoke()))
    assert (response.status_code, response.json()["error"]["code"]) == (400, "image_too_large")
    assert engine.seen == []


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    ClassifyRequest.model_validate(sample_request(smoke()))
