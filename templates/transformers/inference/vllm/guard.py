"""What stands before vLLM: the key, the size of a request, its rate, and how many run and wait.

It counts requests and reads none: what one may hold is the engine's. A prompt is refused at
max-model-len, which it shares with its answer; an answer is cut short at max_new_tokens, never
refused (engine.yaml); more than one answer to a request, `n`, is refused (VLLM_MAX_N_SEQUENCES).

vLLM's own key guards the routes below /v1 and a few others, and leaves the rest open
(AuthenticationMiddleware of vLLM 0.33). Here everything but the probe is closed unless it is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.limits import (
    BodyLimit,
    RateLimit,
    authorised,
    error_response,
    required_key,
)
from inference.routes import PATH
from inference.vllm.arguments import load_arguments
from pipeline.config import load_config
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PROBES = frozenset({"/health", "/metrics"})
"""Without a key: whoever checks or measures has none. Keep the port inside the cluster."""
ROUTES = frozenset({("POST", PATH), ("GET", "/v1/models")})


class Guard:
    """An ASGI middleware: `middleware` in engine.yaml names it."""

    def __init__(self, app: ASGIApp) -> None:
        serving, arguments = load_config().serving, load_arguments()
        key = required_key(serving.model_copy(update={"host": arguments.host}))
        if key is None:
            raise ConfigError(f"Refusing to serve without {serving.api_key_env}")
        self.key = key
        self.app = app
        self.limited = BodyLimit(app, serving.max_request_bytes)
        self.rate = RateLimit(serving.requests_per_minute)
        self.capacity = arguments.max_num_seqs + serving.queue_limit
        self.admitted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed, or answer why not."""
        if scope["type"] == "lifespan" or scope.get("path") in PROBES:
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if not authorised(header, self.key):
            refused = error_response(
                401, "Missing or wrong API key", "unauthorized", {"WWW-Authenticate": "Bearer"}
            )
        elif (scope["method"], scope["path"]) not in ROUTES:
            refused = error_response(404, "There is no such route here", "not_found")
        elif (late := self.rate.refusal()) is not None:
            refused = late
        elif self.admitted >= self.capacity:
            refused = error_response(
                429,
                f"{self.capacity} requests run and wait already",
                "overloaded",
                {"Retry-After": "1"},
            )
        else:
            self.admitted += 1
            try:
                await self.limited(scope, receive, send)
            finally:
                self.admitted -= 1
            return
        await refused(scope, receive, send)
