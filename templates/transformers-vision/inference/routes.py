"""The task's route: a picture in, its likeliest classes out."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from PIL import Image

from inference.images import received_image
from inference.schemas import ClassifyRequest, ClassifyResponse, Prediction
from pipeline.config import Config

if TYPE_CHECKING:
    from inference.app import Server
    from inference.engine import Engine

PATH = "/v1/classify"


def sample_request(config: Config) -> dict[str, Any]:
    """What the load test sends: a picture of twice the model's size."""
    content = io.BytesIO()
    Image.radial_gradient("L").resize((2 * config.model.image_size,) * 2).save(content, "JPEG")
    return {"image": base64.b64encode(content.getvalue()).decode(), "top_k": 3}


def add_routes(app: FastAPI, server: Server) -> None:
    """Add the route."""

    @app.post(PATH)
    async def classify(request: ClassifyRequest) -> ClassifyResponse:
        """The likeliest classes of a picture."""

        def work(engine: Engine, _cancelled: Callable[[], bool]) -> list[tuple[str, float]]:
            # Decoding takes as long as the model does: it belongs to the work that is limited.
            image = received_image(request.image, server.config.serving.max_image_pixels)
            return engine.classify(image, request.top_k)

        predictions = [
            Prediction(label=label, score=score) for label, score in await server.run(work)
        ]
        return ClassifyResponse(model=server.model_name, predictions=predictions)
