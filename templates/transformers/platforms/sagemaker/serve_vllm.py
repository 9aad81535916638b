"""Inside an endpoint: vLLM under the two paths that SageMaker calls.

It is started as elsewhere, by inference/vllm/start.sh, with the guard before it: the weights are
checked, and the limits are those of configs/serve.yaml and engine.yaml. /ping is its health, which
answers once the engine has loaded; /invocations is the route of this project.

vLLM has both paths itself, and they stay closed: its /invocations takes completions too, a list of
prompts among them, which the guard would count as one request.
"""

from __future__ import annotations

import asyncio
import os
import secrets

from inference.limits import error_response
from inference.routes import PATH
from pipeline.cli import run
from platforms.sagemaker.paths import (
    ANSWER_SECONDS,
    MODEL,
    PORT,
    Application,
    Receive,
    SageMakerPaths,
    Scope,
    Send,
)

PATHS = {"/ping": "/health", "/invocations": PATH}
DRAIN_SECONDS = 25
"""For running requests after SIGTERM: SageMaker kills after 30."""


class EnginePaths(SageMakerPaths):
    """An ASGI middleware for vLLM, which has no limit of time of its own."""

    def __init__(self, app: Application, seconds: float = ANSWER_SECONDS) -> None:
        super().__init__(app, os.environ["VLLM_API_KEY"], PATHS)
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An answer that does not begin in time is given up: to vLLM the client has gone."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        late = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(self.seconds, late.set)

        async def receive_in_time() -> Scope:
            message = asyncio.ensure_future(receive())
            given_up = asyncio.ensure_future(late.wait())
            try:
                await asyncio.wait({message, given_up}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                message.cancel()
                given_up.cancel()

        async def send_in_time(message: Scope) -> None:
            timer.cancel()  # it has begun, and may go on for longer where it is streamed
            if not late.is_set():
                await send(message)

        try:
            await super().__call__(scope, receive_in_time, send_in_time)
        finally:
            timer.cancel()
        if late.is_set():
            refused = error_response(504, f"No answer within {self.seconds:g} s", "timeout")
            await refused(scope, receive, send)


def command() -> list[str]:
    """What engine.yaml says, but for what SageMaker does. A later middleware stands before."""
    return [
        *("inference/vllm/start.sh", "--host=0.0.0.0", f"--port={PORT}"),
        f"--shutdown-timeout={DRAIN_SECONDS}",
        "--middleware=platforms.sagemaker.serve_vllm.EnginePaths",
    ]


def main() -> None:
    """Become the script that becomes vLLM, so that SageMaker's signals reach it."""
    start = command()
    given = {"API_KEY": secrets.token_urlsafe(32), "WEIGHTS": MODEL}
    os.execve(start[0], start, os.environ | given)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    run(main)
