"""Start the server: `python -m inference [--overlay configs/smoke.yaml] [--set serving.port=…]`."""

from __future__ import annotations

from types import FrameType

import uvicorn
from fastapi import FastAPI

from inference.app import create_app
from pipeline.cli import config_from, parser, run
from pipeline.logs import log


class DrainingServer(uvicorn.Server):
    """Tells the application when it is asked to stop, so that readiness turns false first."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self.app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Refuse new work; uvicorn then waits for the running requests. Again: stop at once.

        In place of the inherited method, which raises the signal anew after draining: a stop that
        was asked for and went well exits with 0.
        """
        self.force_exit = self.should_exit
        self.should_exit = True
        self.app.state.server.draining = True
        log("draining", signal=sig)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    config = config_from(parser(__doc__).parse_args())
    serving = config.serving
    app = create_app(config)
    settings = uvicorn.Config(
        app,
        host=serving.host,
        port=serving.port,
        timeout_graceful_shutdown=int(serving.drain_timeout_seconds),
        timeout_keep_alive=5,
        limit_concurrency=1000,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    log("serving", host=serving.host, port=serving.port)
    DrainingServer(settings, app).run()


if __name__ == "__main__":
    run(main)
