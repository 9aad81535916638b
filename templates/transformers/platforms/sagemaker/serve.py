"""Inside an endpoint: this project's server under the two paths that SageMaker calls.

/ping is readiness, so that the endpoint gets no traffic before the weights are loaded;
/invocations takes the server's own request.
"""

from __future__ import annotations

import os
import secrets

import uvicorn

from inference.app import create_app
from inference.routes import PATH
from pipeline.cli import run
from pipeline.config import Config, load_config
from pipeline.logs import log
from platforms.sagemaker.paths import ANSWER_SECONDS, MODEL, PORT, SageMakerPaths

PATHS = {"/ping": "/readyz", "/invocations": PATH}


def endpoint_config() -> Config:
    """The project's, with what SageMaker says: where the weights are, and when it gives up."""
    asked = load_config().serving.request_timeout_seconds
    return load_config(
        overrides=[
            "serving.host=0.0.0.0",
            f"serving.port={PORT}",
            f"serving.model_path={MODEL}",
            f"serving.request_timeout_seconds={min(asked, ANSWER_SECONDS)}",
        ]
    )


def main() -> None:
    """Serve until SageMaker stops the container."""
    config = endpoint_config()
    key = secrets.token_urlsafe(32)
    os.environ[config.serving.api_key_env] = key
    app = SageMakerPaths(create_app(config), key, PATHS)
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
