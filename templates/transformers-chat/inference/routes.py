"""The task's route: a conversation in, an answer out, as OpenAI's clients speak it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from prometheus_client import Counter

from inference.limits import Refusal
from inference.message import sample_content
from inference.sample_text import sample_text
from inference.schemas import AnswerMessage, ChatRequest, ChatResponse, Choice, Usage
from pipeline.config import Config

if TYPE_CHECKING:
    from inference.app import Server
    from inference.engine import Engine
    from pipeline.generate import Answer

PATH = "/v1/chat/completions"


def sample_request(
    config: Config,
    *,
    number: int = 0,
    prompt_tokens: int = 32,
    output_tokens: int | None = None,
) -> dict[str, Any]:
    """What the load test sends, to any server of this API; no two alike, so no cache answers."""
    serving = config.serving
    content = sample_text(number, min(prompt_tokens, serving.max_input_tokens), serving.model_path)
    limit = serving.max_new_tokens
    return {
        "model": config.project.name,
        "messages": [{"role": "user", "content": sample_content(content, number, config)}],
        "max_tokens": min(output_tokens or limit, limit),
    }


def add_routes(app: FastAPI, server: Server) -> None:
    """Add the route and what it counts."""
    tokens = Counter(
        "completion_tokens", "Tokens by direction", ["direction"], registry=server.metrics.registry
    )

    @app.post(PATH)
    async def chat_completions(request: ChatRequest) -> ChatResponse:
        """One answer to a conversation."""
        max_new_tokens = checked_tokens(request, server.config.serving.max_new_tokens)

        def work(engine: Engine, cancelled: Callable[[], bool]) -> Answer:
            return engine.answer(
                [message.model_dump() for message in request.messages],
                max_new_tokens=max_new_tokens,
                temperature=request.temperature,
                top_p=request.top_p,
                seed=request.seed,
                cancelled=cancelled,
            )

        answer = await server.run(work)
        tokens.labels("prompt").inc(answer.prompt_tokens)
        tokens.labels("completion").inc(answer.completion_tokens)
        return ChatResponse(
            id=f"chatcmpl-{uuid.uuid4().hex}",
            created=int(time.time()),
            model=server.model_name,
            choices=[
                Choice(
                    index=0,
                    message=AnswerMessage(content=answer.text),
                    finish_reason="stop" if answer.finish_reason == "stop" else "length",
                )
            ],
            usage=Usage(
                prompt_tokens=answer.prompt_tokens,
                completion_tokens=answer.completion_tokens,
                total_tokens=answer.prompt_tokens + answer.completion_tokens,
            ),
        )


def checked_tokens(request: ChatRequest, limit: int) -> int:
    """How many tokens may be generated; refuses what this server does not do."""
    if request.stream or request.n != 1:
        raise Refusal(
            400, "This server answers whole, one choice: stream=false, n=1", "unsupported"
        )
    asked = request.asked_tokens or limit
    if asked > limit:
        raise Refusal(400, f"max_tokens is at most {limit}", "max_tokens_too_large")
    return asked
