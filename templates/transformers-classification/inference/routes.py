"""The task's route: texts in, classes with their probabilities out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from prometheus_client import Counter

from inference.limits import Refusal
from inference.sample_text import sample_text
from inference.schemas import Classification, ClassifyRequest, ClassifyResponse, Usage
from pipeline.config import Config

if TYPE_CHECKING:
    from inference.app import Server
    from inference.engine import Engine, Judgement

PATH = "/v1/classify"


def sample_request(
    config: Config,
    *,
    number: int = 0,
    prompt_tokens: int = 32,
    output_tokens: int | None = None,  # noqa: ARG001 - a class is not generated
) -> dict[str, Any]:
    """What the load test sends; no two alike, so no cache answers."""
    text = sample_text(number, prompt_tokens, config.serving.model_path)
    return {"model": config.project.name, "input": [text]}


def add_routes(app: FastAPI, server: Server) -> None:
    """Add the route and what it counts: a shift of the classes shows a shift of the input."""
    classes = Counter(
        "classifications", "Texts by class", ["label"], registry=server.metrics.registry
    )

    @app.post(PATH)
    async def classify(request: ClassifyRequest) -> ClassifyResponse:
        """The class of each text."""
        texts = checked_texts(request, server.config.serving.max_texts)

        def work(engine: Engine, _: Callable[[], bool]) -> tuple[list[str], list[Judgement]]:
            return engine.labels, engine.classify(texts)

        labels, judgements = await server.run(work)
        data = []
        for index, judgement in enumerate(judgements):
            best = max(range(len(labels)), key=lambda number: judgement.probabilities[number])
            classes.labels(labels[best]).inc()
            data.append(
                Classification(
                    index=index,
                    label=labels[best],
                    probs=judgement.probabilities,
                    num_classes=len(labels),
                    truncated=judgement.truncated,
                )
            )
        tokens = sum(judgement.tokens for judgement in judgements)
        return ClassifyResponse(
            id=f"classify-{uuid.uuid4().hex}",
            created=int(time.time()),
            model=server.model_name,
            labels=labels,
            data=data,
            usage=Usage(prompt_tokens=tokens, total_tokens=tokens),
        )


def checked_texts(request: ClassifyRequest, limit: int) -> list[str]:
    """The texts of a request, none of them empty and not too many."""
    texts = request.texts
    if not texts or any(not text.strip() for text in texts):
        raise Refusal(400, "input holds no text, or an empty one", "empty_input")
    if len(texts) > limit:
        raise Refusal(400, f"{len(texts)} texts; at most {limit} are accepted", "too_many_texts")
    return texts
