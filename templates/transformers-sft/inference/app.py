"""The application: liveness apart from readiness, one completion route, metrics.

The process is alive at once; weights load in a background thread, and `/readyz` turns 200 only
after them. This module imports no torch.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from inference.limits import (
    Admission,
    BodyLimit,
    Overloaded,
    RateLimit,
    RequestTooLong,
    authorised,
    error_response,
    required_key,
)
from inference.schemas import AnswerMessage, ChatRequest, ChatResponse, Choice, Usage
from pipeline import __version__
from pipeline.config import Config
from pipeline.logs import log

if TYPE_CHECKING:
    from inference.engine import Engine
    from pipeline.generate import Answer


def load_transformers_engine(config: Config) -> Engine:
    """Load the real engine; the import is here because it costs seconds."""
    from inference.engine import TransformersEngine  # noqa: PLC0415

    return TransformersEngine(config)


class Metrics:
    """What `/metrics` shows. A registry of its own, so that two apps in a test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "completion_requests", "Requests by status code", ["status"], registry=self.registry
        )
        self.latency = Histogram(
            "completion_seconds",
            "Seconds from admission to answer, waiting included",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self.registry,
        )
        self.tokens = Counter(
            "completion_tokens", "Tokens by direction", ["direction"], registry=self.registry
        )
        self.admitted = Gauge(
            "completion_requests_admitted", "Running and waiting now", registry=self.registry
        )
        self.ready = Gauge("ready", "1 once the weights are loaded", registry=self.registry)


class Server:
    """The server's state: the engine once it is loaded, and whether it is draining."""

    def __init__(self, config: Config, load_engine: Callable[[Config], Engine]) -> None:
        self.config = config
        self.key = required_key(config.serving)
        self.engine: Engine | None = None
        self.load_error: str | None = None
        self.draining = False
        self.metrics = Metrics()
        self.admission = Admission(
            config.serving.max_concurrent_requests, config.serving.queue_limit
        )
        self.rate = RateLimit(config.serving.requests_per_minute)
        self._load_engine = load_engine

    def load(self) -> None:
        """Load the weights; runs in a thread of its own."""
        started = time.monotonic()
        try:
            self.engine = self._load_engine(self.config)
        except Exception as error:  # the thread's only way to report: readiness says why
            self.load_error = str(error)
            log("load_failed", logging.ERROR, error=str(error))
            return
        self.metrics.ready.set(1)
        log("ready", seconds=round(time.monotonic() - started, 2))

    @property
    def model_name(self) -> str:
        """What answers are labelled with: a name, never a path on this machine."""
        return self.config.project.name

    async def complete(self, request: ChatRequest) -> Response:  # noqa: PLR0911 - one per refusal
        """Answer one validated request within the limits."""
        limits = self.config.serving
        if request.stream or request.n != 1:
            return error_response(
                400, "This server answers whole, one choice: stream=false, n=1", "unsupported"
            )
        max_new_tokens = request.asked_tokens or limits.max_new_tokens
        if max_new_tokens > limits.max_new_tokens:
            return error_response(
                400, f"max_tokens is at most {limits.max_new_tokens}", "max_tokens_too_large"
            )
        engine = self.engine
        if engine is None or self.draining:
            return error_response(503, "Not ready", "not_ready", {"Retry-After": "5"})
        deadline = time.monotonic() + limits.request_timeout_seconds
        cancelled = threading.Event()

        def work() -> Answer:
            return engine.answer(
                [message.model_dump() for message in request.messages],
                max_new_tokens=max_new_tokens,
                temperature=request.temperature,
                top_p=request.top_p,
                seed=request.seed,
                cancelled=lambda: cancelled.is_set() or time.monotonic() > deadline,
            )

        started = time.monotonic()
        try:
            async with asyncio.timeout_at(
                asyncio.get_running_loop().time() + limits.request_timeout_seconds
            ):
                async with self.admission.slot():
                    self.metrics.admitted.set(self.admission.admitted)
                    answer = await asyncio.to_thread(work)
        except Overloaded:
            return error_response(
                429,
                f"{limits.queue_limit} requests wait already",
                "overloaded",
                {"Retry-After": "1"},
            )
        except TimeoutError:
            return error_response(
                504, f"No answer within {limits.request_timeout_seconds:g} s", "timeout"
            )
        except RequestTooLong as error:
            return error_response(400, str(error), "prompt_too_long")
        finally:
            cancelled.set()  # a thread cannot be stopped, but generation looks at this per token
            self.metrics.admitted.set(self.admission.admitted)
        self.metrics.latency.observe(time.monotonic() - started)
        self.metrics.tokens.labels("prompt").inc(answer.prompt_tokens)
        self.metrics.tokens.labels("completion").inc(answer.completion_tokens)
        body = ChatResponse(
            id=f"chatcmpl-{uuid.uuid4().hex}",
            created=int(time.time()),
            model=self.model_name,
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
        return Response(body.model_dump_json(), media_type="application/json")


def create_app(
    config: Config, load_engine: Callable[[Config], Engine] = load_transformers_engine
) -> FastAPI:
    """The application of a configuration; tests give an engine of their own."""
    server = Server(config, load_engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=server.load, name="load-weights", daemon=True).start()
        yield

    app = FastAPI(
        title=config.project.name,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # no documentation pages on a production port
        redoc_url=None,
        openapi_url=None,
    )
    app.state.server = server
    app.add_middleware(BodyLimit, max_bytes=config.serving.max_request_bytes)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        server.metrics.requests.labels("400").inc()
        return error_response(400, f"{where}: {first['msg']}".lstrip(": "), "invalid_request")

    @app.middleware("http")
    async def authenticate(request: Request, call_next: Callable[[Request], object]) -> Response:
        # Before the body is parsed: a stranger's request costs nothing, and takes none of the rate.
        if not request.url.path.startswith("/v1/"):
            return await call_next(request)  # type: ignore[misc]
        refused = (
            server.rate.refusal()
            if authorised(request.headers.get("authorization"), server.key)
            else error_response(
                401, "Missing or wrong API key", "unauthorized", {"WWW-Authenticate": "Bearer"}
            )
        )
        if refused is None:
            return await call_next(request)  # type: ignore[misc]
        server.metrics.requests.labels(str(refused.status_code)).inc()
        return refused

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        """The process answers; restart it when this fails."""
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> Response:
        """Send traffic only while this is 200."""
        if server.load_error is not None:
            return error_response(503, "The weights did not load; see the log", "load_failed")
        if server.draining:
            return error_response(503, "Draining", "draining")
        if server.engine is None:
            return error_response(503, "Loading the weights", "loading")
        return Response('{"status":"ready"}', media_type="application/json")

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus text; keep this port inside the cluster."""
        return Response(generate_latest(server.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @app.post("/v1/chat/completions")
    async def chat_completions(request: ChatRequest) -> Response:
        """One answer to a conversation."""
        try:
            response = await server.complete(request)
        except Exception as error:  # a fault of one request must not tell the client our insides
            log("request_failed", logging.ERROR, error=repr(error))
            response = error_response(500, "Internal error", "internal")
        server.metrics.requests.labels(str(response.status_code)).inc()
        return response

    return app
