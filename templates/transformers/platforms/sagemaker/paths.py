"""The two paths that SageMaker calls, in front of a server that has its own.

Callers are authenticated by IAM, and nobody else reaches the container: the server's key is made
anew at each start, and put into every request here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

PORT = 8080
MODEL = "/opt/ml/model"
ANSWER_SECONDS = 55.0
"""SageMaker gives up on an answer that has not begun after 60 (API_runtime_InvokeEndpoint)."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class SageMakerPaths:
    """Calls the server under its own paths, with its key; other paths are not there."""

    def __init__(self, app: Application, key: str, paths: Mapping[str, str]) -> None:
        self.app = app
        self.key = key
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the start and the end of the server."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = self.paths.get(scope["path"], "/not-there")
        headers = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
        headers.append((b"authorization", f"Bearer {self.key}".encode()))
        changed = {**scope, "path": path, "raw_path": path.encode(), "headers": headers}
        await self.app(changed, receive, send)
