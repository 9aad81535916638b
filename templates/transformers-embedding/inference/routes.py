"""The task's route: texts in, vectors out, as OpenAI's clients speak it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from prometheus_client import Counter

from inference.limits import Refusal
from inference.sample_text import sample_text
from inference.schemas import Embedding, EmbeddingRequest, EmbeddingResponse, Usage
from pipeline.config import Config

if TYPE_CHECKING:
    from inference.app import Server
    from inference.engine import Engine, Vectors

PATH = "/v1/embeddings"


def sample_request(
    config: Config,
    *,
    number: int = 0,
    prompt_tokens: int = 32,
    output_tokens: int | None = None,  # noqa: ARG001 - a vector is not generated
) -> dict[str, Any]:
    """What the load test sends: one query, as a search does; no two alike."""
    text = sample_text(number, prompt_tokens, config.serving.model_path)
    return {"model": config.project.name, "input": text, "input_type": "query"}


def add_routes(app: FastAPI, server: Server) -> None:
    """Add the route and what it counts."""
    texts_embedded = Counter(
        "texts_embedded", "Texts by what they are for", ["kind"], registry=server.metrics.registry
    )

    @app.post(PATH)
    async def embeddings(request: EmbeddingRequest) -> EmbeddingResponse:
        """The vector of each text."""
        texts = checked_texts(request, server.config.serving.max_texts)

        def work(engine: Engine, _: Callable[[], bool]) -> Vectors:
            return engine.embed(texts, request.input_type)

        vectors = await server.run(work)
        size = vectors.values.shape[1]
        if request.dimensions not in (None, size):
            raise Refusal(400, f"Vectors have {size} dimensions, no others", "unsupported")
        texts_embedded.labels(request.input_type).inc(len(texts))
        as_base64 = request.encoding_format == "base64"
        return EmbeddingResponse(
            data=[
                Embedding(
                    index=index,
                    embedding=base64.b64encode(row.astype("<f4").tobytes()).decode()
                    if as_base64
                    else row.tolist(),
                )
                for index, row in enumerate(vectors.values)
            ],
            model=server.model_name,
            usage=Usage(prompt_tokens=vectors.tokens, total_tokens=vectors.tokens),
        )


def checked_texts(request: EmbeddingRequest, limit: int) -> list[str]:
    """The texts of a request, none of them empty and not too many."""
    texts = request.texts
    if not texts or any(not text.strip() for text in texts):
        raise Refusal(400, "input holds no text, or an empty one", "empty_input")
    if len(texts) > limit:
        raise Refusal(400, f"{len(texts)} texts; at most {limit} are accepted", "too_many_texts")
    return texts
