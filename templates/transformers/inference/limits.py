"""What protects the server: the key, the size of a request, its rate, and how many run and wait."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.config import ServingConfig
from pipeline.environment import secret
from pipeline.errors import ConfigError


def error_response(
    status: int, message: str, code: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """An error in the shape OpenAI's clients read."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = {"error": {"message": message, "type": kind, "code": code}}
    return JSONResponse(body, status_code=status, headers=headers)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def required_key(serving: ServingConfig) -> str | None:
    """The API key from the environment; without one only loopback may be served."""
    key = secret(serving.api_key_env)
    if key is None and not is_loopback(serving.host):
        raise ConfigError(
            f"Refusing to serve on {serving.host} without authentication",
            f"Put a long random value into the environment variable {serving.api_key_env} "
            '(python -c "import secrets; print(secrets.token_urlsafe(32))"), or set '
            "serving.host: 127.0.0.1.",
        )
    return key


def authorised(header: str | None, key: str | None) -> bool:
    """Whether an Authorization header carries the key; compared in constant time."""
    if key is None:
        return True
    scheme, _, given = (header or "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), key.encode())


class Overloaded(Exception):  # noqa: N818 - the client may simply come back later
    """As many requests wait as may."""


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with an error the client understands."""

    def __init__(
        self, status: int, message: str, code: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers

    def response(self) -> JSONResponse:
        """The answer."""
        return error_response(self.status, str(self), self.code, self.headers)


class Admission:
    """At most `running` requests at a time and `waiting` more behind them."""

    def __init__(self, running: int, waiting: int) -> None:
        self._slots = asyncio.Semaphore(running)
        self._capacity = running + waiting
        self.admitted = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold a slot, waiting for it in line; raises Overloaded when the line is full."""
        if self.admitted >= self._capacity:
            raise Overloaded
        self.admitted += 1
        try:
            async with self._slots:
                yield
        finally:
            self.admitted -= 1


class RateLimit:
    """A minute's requests at once, then as they are earned back: one bucket for the whole process.

    Clients share it, as they share the key. Limits of one client belong into the gateway, which
    knows who it is.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._left = self._most
        self._clock = clock
        self._at = clock()

    def take(self) -> float:
        """Take one: 0.0, or the seconds after which there is one again."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / self._per_second
        self._left -= 1
        return 0.0

    def refusal(self) -> JSONResponse | None:
        """Take one: None, or the 429 that says when to come back."""
        seconds = self.take()
        if seconds == 0.0:
            return None
        return error_response(
            429,
            "Too many requests a minute",
            "rate_limited",
            {"Retry-After": str(math.ceil(seconds))},
        )


class BodyLimit:
    """Refuses a larger body, whether its length is declared or only found while reading."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body read, or answer 413."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self.app(scope, receive, send)
            return
        refuse = error_response(
            413, f"The request is larger than {self.max_bytes} bytes", "request_too_large"
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.max_bytes:
            await refuse(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the client left
            body += message.get("body", b"")
            if len(body) > self.max_bytes:
                await refuse(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, replay, send)
