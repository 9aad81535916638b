"""A request's body as a client sends it: JSON, or a form where a value is a file's bytes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any


def payload(body: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body and its content type."""
    if not any(isinstance(value, bytes) for value in body.values()):
        return json.dumps(body).encode(), "application/json"
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in body.items():
        file = '; filename="upload"' if isinstance(value, bytes) else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        content = value if isinstance(value, bytes) else str(value).encode()
        parts.append(head.encode() + content + b"\r\n")
    form = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return form, f"multipart/form-data; boundary={boundary}"
