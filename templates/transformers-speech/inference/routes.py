"""The task's route: a recording in, its text out, as OpenAI's clients speak it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import soundfile
from fastapi import FastAPI, File, Form, Response, UploadFile

from inference.limits import Refusal
from inference.schemas import Transcription
from pipeline.audio import SAMPLE_RATE, AudioError, read_audio
from pipeline.config import Config

if TYPE_CHECKING:
    from inference.app import Server
    from inference.engine import Engine

PATH = "/v1/audio/transcriptions"


def sample_request(config: Config) -> dict[str, Any]:
    """What the load test sends: noise of the greatest length, which takes as long as speech."""
    samples = int(config.serving.max_seconds * SAMPLE_RATE)
    noise = np.random.default_rng(0).normal(0.0, 0.1, samples)
    content = io.BytesIO()
    soundfile.write(content, noise, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return {"file": content.getvalue(), "model": config.project.name}


def add_routes(app: FastAPI, server: Server) -> None:
    """Add the route."""

    @app.post(PATH, response_model=None)
    async def transcriptions(
        file: Annotated[UploadFile, File()],
        model: Annotated[str | None, Form(max_length=256)] = None,  # noqa: ARG001 - there is one
        language: Annotated[str | None, Form(pattern="^[a-z]{2,3}$")] = None,
        response_format: Annotated[Literal["json", "text"], Form()] = "json",
    ) -> Transcription | Response:
        """What is said in a recording. Fields of the full API that are not here are ignored."""
        content = await file.read()  # the whole body is within serving.max_request_bytes

        def work(engine: Engine, _cancelled: Callable[[], bool]) -> str:
            # Decoding belongs to the work that is limited.
            return engine.transcribe(
                received_audio(content, server.config.serving.max_seconds), language
            )

        text = await server.run(work)
        if response_format == "text":
            return Response(text + "\n", media_type="text/plain")
        return Transcription(text=text)


def received_audio(content: bytes, max_seconds: float) -> np.ndarray:
    """The recording in a request."""
    try:
        return read_audio(content, max_seconds)
    except AudioError as error:
        code = "audio_too_long" if error.code == "too-long" else "invalid_audio"
        raise Refusal(400, f"The recording cannot be used: {error}", code) from None
