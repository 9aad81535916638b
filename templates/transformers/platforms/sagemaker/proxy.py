"""The endpoint as an address of this machine, for what speaks plain HTTP: the load test, a client.

Every request is signed with the credentials of whoever started this, so it listens on loopback
alone. Answers come whole: nothing is streamed through here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from inference.routes import PATH

PORT = 8000
READ_SECONDS = 70
"""What AWS tells clients to wait for an answer that may take 60 (API_runtime_InvokeEndpoint)."""
AT_A_TIME = 512
"""Connections to AWS; with boto3's own ten, requests would queue here."""


def proxy(runtime: Any, endpoint: str, port: int = PORT) -> ThreadingHTTPServer:
    """A server that passes the route's requests on; `serve_forever` runs it."""

    def invoke(body: bytes, content_type: str) -> tuple[int, bytes]:
        try:
            answer = runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType=content_type, Body=body
            )
        except runtime.exceptions.ModelError as error:  # the server refused
            said = error.response
            return said["OriginalStatusCode"], said.get("OriginalMessage", "").encode()
        except runtime.exceptions.ClientError as error:  # AWS did
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 502)
            return status, json.dumps({"error": {"message": str(error)}}).encode()
        return 200, answer["Body"].read()

    return Server(("127.0.0.1", port), handler(invoke))


class Server(ThreadingHTTPServer):
    """As many callers may knock at once as are passed on."""

    daemon_threads = True
    request_queue_size = AT_A_TIME


def handler(invoke: Callable[[bytes, str], tuple[int, bytes]]) -> type[BaseHTTPRequestHandler]:
    """Takes a request of the route, answers with what came back for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.path != PATH:
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = invoke(body, self.headers.get("Content-Type", "application/json"))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            """A load test asks thousands of times."""

    return Handler
