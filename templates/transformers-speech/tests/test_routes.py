"""The transcription route, with an engine that the test holds in its hand."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from inference.payload import payload
from inference.routes import PATH, sample_request
from stub_server import serving


class StubEngine:
    """Hears the same in every recording."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str | None]] = []

    def transcribe(self, samples: np.ndarray, language: str | None) -> str:
        self.heard.append((len(samples), language))
        return "ahoy"


def recording(seconds: float, rate: int = 16_000, kind: str = "WAV") -> bytes:
    content = io.BytesIO()
    soundfile.write(content, np.zeros(int(seconds * rate)), rate, format=kind)
    return content.getvalue()


def post(client: TestClient, content: bytes, **fields: str) -> Any:
    return client.post(PATH, files={"file": ("a.wav", content)}, data=fields)


def test_an_answer_has_the_shape_that_clients_expect(smoke: Any) -> None:
    engine = StubEngine()
    with serving(smoke(), engine) as client:
        assert post(client, recording(1, 8000), model="whisper-1").json() == {"text": "ahoy"}
        plain = post(client, recording(1, kind="FLAC"), language="de", response_format="text")
        assert plain.text == "ahoy\n"
    assert [heard[1] for heard in engine.heard] == [None, "de"]
    assert engine.heard[0][0] == pytest.approx(16_000, abs=2)  # resampled


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (b"not a recording", {}, "invalid_audio"),
        (recording(2.5), {}, "audio_too_long"),
        (recording(1), {"language": "German"}, "invalid_request"),
        (recording(1), {"response_format": "srt"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(
    smoke: Any, content: bytes, fields: dict[str, str], code: str
) -> None:
    engine = StubEngine()
    with serving(smoke(), engine) as client:
        response = post(client, content, **fields)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert engine.heard == []


def test_a_request_without_a_file_or_with_too_many_bytes_is_refused(smoke: Any) -> None:
    with serving(smoke("serving.max_request_bytes=20000"), StubEngine()) as client:
        assert client.post(PATH, data={"model": "x"}).status_code == 400
        assert post(client, recording(1)).status_code == 413


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    body, kind = payload(sample_request(smoke()))
    engine = StubEngine()
    with serving(smoke(), engine) as client:
        response = client.post(PATH, content=body, headers={"Content-Type": kind})
    assert response.json() == {"text": "ahoy"}
    assert engine.heard == [(16_000, None)]
