"""Conversations about pictures: turns in text and parts, and the text a processor reads them as.

A turn's content is text, or a list of `{"type": "text", "text": …}` and `{"type": "image"}`. The
pictures themselves lie beside the turns, in the order of their parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import DataError

ROLES = ("system", "user", "assistant")

Turns = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Piece:
    """A stretch of a conversation's text, and whether it is learned."""

    text: str
    learned: bool


def parts_of(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """A turn's content as parts."""
    content = turn["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def text_of(turn: dict[str, Any]) -> str:
    """What a turn says, without its pictures."""
    return " ".join(part["text"] for part in parts_of(turn) if part["type"] == "text")


def image_parts(turns: Turns) -> int:
    """How many pictures the turns speak of."""
    return sum(part["type"] == "image" for turn in turns for part in parts_of(turn))


def turns_fault(messages: Any) -> tuple[str, str] | None:
    """The first thing wrong with a list of turns: a code and a sentence."""
    if not isinstance(messages, list):
        return "schema", '"messages" must be a list'
    if not messages:
        return "empty", '"messages" is empty'
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            return "schema", f"messages[{index}].role must be one of {', '.join(ROLES)}"
        if fault := _content_fault(message.get("content"), message["role"]):
            return fault[0], f"messages[{index}].{fault[1]}"
    return None


def _content_fault(content: Any, role: str) -> tuple[str, str] | None:
    if isinstance(content, str):
        return None if content.strip() else ("empty", "content is empty")
    if not isinstance(content, list):
        return "schema", "content must be text or a list of parts"
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image" and role != "user":
            return "schema", f"content shows a picture, and the {role} has none to show"
        if kind != "image" and (kind != "text" or not isinstance(part.get("text"), str)):
            return "schema", 'content holds {"type": "image"} and {"type": "text", "text": …} only'
    if role != "user" and not any(part["text"].strip() for part in content):
        return "empty", "content is empty"
    return None if content else ("empty", "content is empty")


def render(turns: Turns, processor: Any, *, prompt: bool = False) -> str:
    """A conversation as the model reads it; with `prompt`, up to where its answer begins."""
    if processor.chat_template is None:
        raise DataError(
            "The processor has no chat template", "Use an instruction-tuned model.id (…-Instruct)."
        )
    return str(
        processor.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=prompt)
    )


def require_shown(text: str, pictures: int, processor: Any) -> None:
    """Refuse text that speaks of other pictures than there are.

    Placeholders are tokens: one that is typed by hand would be taken for a picture.
    """
    if text.count(processor.image_token) != pictures or processor.video_token in text:
        raise DataError(
            f"The conversation has {text.count(processor.image_token)} places for its {pictures} "
            "pictures",
            f"Write no {processor.image_token} or {processor.video_token} into a text.",
        )


def pieces_of(turns: Turns, processor: Any) -> list[Piece]:
    """The whole conversation, cut where the assistant begins and ends to speak.

    A template is asked for the text up to each answer and through it. Some templates write earlier
    turns differently once a later turn exists; such a turn is no prefix of the whole and is not
    learned. The last turn always is.
    """
    whole, pieces, at = render(turns, processor), [], 0
    for index, turn in enumerate(turns):
        if turn["role"] != "assistant" or index == 0:
            continue
        before = render(turns[:index], processor, prompt=True)
        through = render(turns[: index + 1], processor)
        # What follows the end of the turn is the template's, such as a line break.
        end = len(through.rstrip())
        if whole.startswith(through) and through.startswith(before) and at <= len(before) < end:
            pieces += [Piece(whole[at : len(before)], False), Piece(whole[len(before) : end], True)]
            at = end
    if not pieces:
        raise DataError(
            "The chat template writes an answer differently from what it asks for",
            "Use another model.id, or correct the processor's chat template.",
        )
    return pieces
