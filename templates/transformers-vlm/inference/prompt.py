"""What a client asks and shows, as the model reads it."""

from __future__ import annotations

from typing import Any

from inference.images import received_image
from inference.limits import Refusal
from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.generate import Prompt
from pipeline.prompt import render_prompt


def received_prompt(messages: list[dict[str, Any]], processor: Any, config: Config) -> Prompt:
    """The conversation of a request; its pictures are counted before the first is decoded."""
    parts = [
        part
        for message in messages
        if isinstance(message["content"], list)
        for part in message["content"]
    ]
    shown = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    if len(shown) > config.serving.max_images:
        raise Refusal(
            400,
            f"{len(shown)} pictures; at most {config.serving.max_images} are taken",
            "too_many_images",
        )
    pictures = [received_image(url, config.serving.max_image_pixels) for url in shown]
    try:
        return render_prompt([_turn(message) for message in messages], pictures, processor)
    except DataError as error:
        raise Refusal(400, error.message, "invalid_request") from None


def _turn(message: dict[str, Any]) -> dict[str, Any]:
    """A turn in the words of the chat template."""
    content = message["content"]
    if isinstance(content, str):
        return message
    parts = [part if part["type"] == "text" else {"type": "image"} for part in content]
    return message | {"content": parts}
