"""The application: liveness apart from readiness, limits, metrics; `routes.py` adds the task.

The process is alive at once; weights load in a background thread, and `/readyz` turns 200 only
after them. This module imports no torch.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

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
    Refusal,
    authorised,
    error_response,
    required_key,
)
from inference.routes import add_routes
from pipeline import __version__
from pipeline.config import Config
from pipeline.logs import log

if TYPE_CHECKING:
    from inference.engine import Engine

Result = TypeVar("Result")


def load_real_engine(config: Config) -> Engine:
    """Load the real engine; the import is here because it costs seconds."""
    from inference.engine import load_engine  # noqa: PLC0415

    return load_engine(config)


class Metrics:
    """What `/metrics` shows. A registry of its own, so that two apps in a test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "inference_requests", "Requests by status code", ["status"], registry=self.registry
        )
        self.latency = Histogram(
            "inference_seconds",
            "Seconds from admission to answer, waiting included",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self.registry,
        )
        self.admitted = Gauge(
            "inference_requests_admitted", "Running and waiting now", registry=self.registry
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
        # Read when it is asked for: whoever joins the line counts at once, not when the line moves.
        self.metrics.admitted.set_function(lambda: self.admission.admitted)
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

    async def run(self, work: Callable[[Engine, Callable[[], bool]], Result]) -> Result:
        """Compute one answer in a thread, within the limits.

        `work` gets the engine, and a question to ask now and then: give up?

        Raises `Refusal` with the status that a client understands.
        """
        limits = self.config.serving
        engine = self.engine
        if engine is None or self.draining:
            raise Refusal(503, "Not ready", "not_ready", {"Retry-After": "5"})
        deadline = time.monotonic() + limits.request_timeout_seconds
        cancelled = threading.Event()
        started = time.monotonic()
        try:
            async with asyncio.timeout(limits.request_timeout_seconds):
                async with self.admission.slot():
                    answer = await asyncio.to_thread(
                        work, engine, lambda: cancelled.is_set() or time.monotonic() > deadline
                    )
        except Overloaded:
            raise Refusal(
                429,
                f"{limits.queue_limit} requests wait already",
                "overloaded",
                {"Retry-After": "1"},
            ) from None
        except TimeoutError:
            raise Refusal(
                504, f"No answer within {limits.request_timeout_seconds:g} s", "timeout"
            ) from None
        finally:
            cancelled.set()  # a thread cannot be stopped, but generation looks at this per token
        self.metrics.latency.observe(time.monotonic() - started)
        return answer


def create_app(
    config: Config, load_engine: Callable[[Config], Engine] = load_real_engine
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
        return error_response(400, f"{where}: {first['msg']}".lstrip(": "), "invalid_request")

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> Response:
        return refusal.response()

    @app.middleware("http")
    async def guard(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if not request.url.path.startswith("/v1/"):
            return await call_next(request)
        # Before the body is parsed: a stranger's request costs nothing, and takes none of the rate.
        refused = (
            server.rate.refusal()
            if authorised(request.headers.get("authorization"), server.key)
            else error_response(
                401, "Missing or wrong API key", "unauthorized", {"WWW-Authenticate": "Bearer"}
            )
        )
        try:
            response = refused or await call_next(request)
        except Exception as error:  # a fault of one request must not tell our insides
            log("request_failed", logging.ERROR, error=repr(error))
            response = error_response(500, "Internal error", "internal")
        server.metrics.requests.labels(str(response.status_code)).inc()
        return response

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

    add_routes(app, server)
    return app
