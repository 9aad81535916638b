"""The app with an engine that answers at once: for tests of its routes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from inference.app import create_app
from pipeline.config import Config


@contextmanager
def serving(config: Config, engine: Any) -> Iterator[TestClient]:
    """A client of the app, once it is ready; `engine` stands in for the task's own."""
    with TestClient(create_app(config, lambda _: engine)) as client:
        deadline = time.monotonic() + 120
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield client
