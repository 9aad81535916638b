"""The entry of Hugging Face's inference toolkit: this project's own server inside theirs.

The toolkit imports `EndpointHandler` from `handler.py` in the root of the model's repository, with
that folder on the path, and gives it the body of each request. `endpoint.py push` puts this file
there, beside the weights, the configuration and the code that it needs.

The body is `{"inputs": REQUEST}`, REQUEST being what `inference/routes.py` takes: one set of limits
and one answer, whoever serves. Of a body that is no JSON, such as a recording, the toolkit makes
bytes: they are the request's file. The toolkit answers 400 with the text of any exception.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from inference.app import create_app
from inference.payload import payload
from inference.routes import PATH
from pipeline.config import load_config


class EndpointHandler:
    """One model; the toolkit calls it from threads."""

    def __init__(self, path: str = "") -> None:
        """Load the weights that lie beside this file; the endpoint is not ready before."""
        folder = Path(path)
        # The endpoint's own proxy asks for the caller's token: no second key in here.
        overrides = [f"serving.model_path={folder}", "serving.host=127.0.0.1"]
        self.app = create_app(load_config(folder / "configs", overrides=overrides))
        self.server = self.app.state.server
        self.server.load()
        if self.server.engine is None:
            raise RuntimeError(f"The weights did not load: {self.server.load_error}")

    def __call__(self, data: dict[str, Any]) -> Any:
        """Answer one request; raises with the server's own words where it refuses."""
        inputs = data.get("inputs")
        request = {"file": inputs} if isinstance(inputs, bytes) else inputs
        body = payload(request) if isinstance(request, dict) else (b"null", "application/json")
        status, answer = asyncio.run(self._post(*body))
        if status != 200:
            raise ValueError(f"{status} {answer['error']['code']}: {answer['error']['message']}")
        return answer

    async def _post(self, body: bytes, content_type: str) -> tuple[int, Any]:
        """The request through the whole application, its limits included."""
        status, pieces = 0, b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, pieces
            status = message.get("status", status)
            pieces += message.get("body", b"")

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"content-type", content_type.encode()),
                (b"content-length", str(len(body)).encode()),
            ],
            "client": None,
            "server": None,
        }
        await self.app(scope, receive, send)
        return status, json.loads(pieces)
