"""Inside an endpoint: this project's server under the two paths that SageMaker calls.

/ping is readiness, so that the endpoint gets no traffic before the weights are loaded;
/invocations takes the server's own request. Callers are authenticated by IAM, and nobody else
reaches the container: its key is made anew at each start.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from inference.app import create_app
from inference.routes import PATH
from pipeline.cli import run
from pipeline.config import load_config
from pipeline.logs import log

PORT = 8080
MODEL = "/opt/ml/model"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PATHS = {"/ping": "/readyz", "/invocations": PATH}


class SageMakerPaths:
    """Calls the server under its own paths, with its key; other paths are not there."""

    def __init__(self, app: Application, key: str) -> None:
        self.app = app
        self.key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the start and the end of the server."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = PATHS.get(scope["path"], "/not-there")
        headers = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
        headers.append((b"authorization", f"Bearer {self.key}".encode()))
        changed = {**scope, "path": path, "raw_path": path.encode(), "headers": headers}
        await self.app(changed, receive, send)


def main() -> None:
    """Serve until SageMaker stops the container."""
    config = load_config(
        overrides=["serving.host=0.0.0.0", f"serving.port={PORT}", f"serving.model_path={MODEL}"]
    )
    key = secrets.token_urlsafe(32)
    os.environ[config.serving.api_key_env] = key
    app = SageMakerPaths(create_app(config), key)
    log("serving", host=config.serving.host, port=config.serving.port)
    uvicorn.run(
        app,
        host=config.serving.host,
        port=config.serving.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    run(main)
