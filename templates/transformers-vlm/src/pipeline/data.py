"""Rows of conversations about pictures to batches of tokens and patches.

A row is `{"messages": […], "images": [name, …]}`; names start from data.media_path, in the order
of the messages' `{"type": "image"}` parts. Pictures are decoded when they are needed, never all at
once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from pipeline.config import Config
from pipeline.conversation import Piece, pieces_of, require_shown
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.images import image_size, open_image
from pipeline.logs import log
from pipeline.media import media_file
from pipeline.rows import Row, read_rows

IGNORED = -100
"""The label the loss skips."""

Example = dict[str, torch.Tensor]
"""One number a token under `TOKENWISE`; what the vision tower reads under all other keys."""

TOKENWISE = {"input_ids": 0, "attention_mask": 0, "mm_token_type_ids": 0, "labels": IGNORED}
"""Keys with one number a token, and what pads them (`input_ids`: the tokenizer says)."""


@dataclass(frozen=True)
class Conversation:
    """A row that is ready to be encoded."""

    pieces: list[Piece]
    pictures: list[Path]
    tokens: int


def tokens_of_picture(path: Path, processor: Any) -> int:
    """What a picture costs, told by its header."""
    width, height = image_size(path)
    images = processor.image_processor
    return int(images.get_number_of_image_patches(height, width) // images.merge_size**2)


def conversation_of(row: Row, processor: Any, config: Config) -> Conversation:
    """A row as text, files, and the number of tokens of both."""
    pieces = pieces_of(row["messages"], processor)
    pictures = [media_file(name, config.data) for name in row.get("images", [])]
    require_shown("".join(piece.text for piece in pieces), len(pictures), processor)
    words = sum(len(processor.tokenizer(piece.text)["input_ids"]) for piece in pieces)
    # Each picture's one placeholder is counted with the words.
    seen = sum(tokens_of_picture(path, processor) - 1 for path in pictures)
    return Conversation(pieces, pictures, words + seen)


def encode(pieces: Sequence[Piece], pictures: Sequence[Image.Image], processor: Any) -> Example:
    """A conversation as tokens, pictures in their places; only what the assistant says is learned.

    Each piece becomes tokens by itself, as in use: there the prompt is all tokens before the first
    one of the answer exists.
    """
    shown, parts = list(pictures), []
    for piece in pieces:
        count = piece.text.count(processor.image_token)
        images, shown = shown[:count], shown[count:]
        encoded = dict(processor(text=[piece.text], images=images or None, return_tensors="pt"))
        ids = encoded["input_ids"]
        encoded["labels"] = ids.clone() if piece.learned else torch.full_like(ids, IGNORED)
        parts.append(encoded)
    example = {}
    for key in dict.fromkeys(key for part in parts for key in part):
        values = [part[key] for part in parts if key in part]
        example[key] = torch.cat([value[0] for value in values] if key in TOKENWISE else values)
    return example


class PictureDataset(Examples):
    """Conversations whose pictures are on disk."""

    unit = "tokens"

    def __init__(
        self, conversations: Sequence[Conversation], processor: Any, config: Config
    ) -> None:
        self._conversations = conversations
        self._processor = processor
        self._max_pixels = config.data.max_image_pixels

    def __len__(self) -> int:
        return len(self._conversations)

    def __getitem__(self, index: int) -> Example:
        found = self._conversations[index]
        pictures = [open_image(path, self._max_pixels) for path in found.pictures]
        return encode(found.pieces, pictures, self._processor)

    def size(self, index: int) -> int:
        """Tokens of text and pictures."""
        return self._conversations[index].tokens


class Held(Examples):
    """Examples in memory."""

    unit = PictureDataset.unit

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Example:
        return self._examples[index]

    def size(self, index: int) -> int:
        """Tokens of text and pictures."""
        return len(self._examples[index]["input_ids"])


def load_dataset(path: Path, processor: Any, config: Config) -> PictureDataset:
    """The conversations of a file that fit into model.max_length.

    None is cut: half a picture is none, and half an answer teaches to stop in its middle.
    """
    limit = config.model.max_length
    found = [
        conversation_of(row, processor, config) for row in read_rows(path, config.data.max_rows)
    ]
    kept = [conversation for conversation in found if conversation.tokens <= limit]
    if not kept:
        raise DataError(
            f'No row of "{path}" fits into {limit} tokens',
            "Raise model.max_length, or lower model.max_pixels: a picture costs fewer tokens then.",
        )
    if len(kept) < len(found):
        longest = max(conversation.tokens for conversation in found)
        log(
            "rows_too_long",
            logging.WARNING,
            path=str(path),
            left_out=len(found) - len(kept),
            longest_tokens=longest,
            max_length=limit,
        )
    return PictureDataset(kept, processor, config)


def largest_example(data: Examples, config: Config) -> Examples:
    """The longest conversation with its answer drawn out to model.max_length: the worst case."""
    longest = data[data.by_size()[0]]
    missing = config.model.max_length - len(longest["input_ids"])
    drawn_out = {
        # The last token is the answer's, and the text that follows a picture costs it nothing.
        key: torch.cat([value, value[-1:].expand(missing)]) if key in TOKENWISE else value
        for key, value in longest.items()
    }
    return Held([drawn_out])


@dataclass(frozen=True)
class Collator:
    """Pads tokens on the right, and puts the patches of all pictures one after another."""

    pad_token_id: int

    def __call__(self, features: Sequence[Example]) -> Example:
        """One batch."""
        batch = {}
        for key in dict.fromkeys(key for feature in features for key in feature):
            values = [feature[key] for feature in features if key in feature]
            if key in TOKENWISE:
                batch[key] = torch.nn.utils.rnn.pad_sequence(
                    values,
                    batch_first=True,
                    padding_value=self.pad_token_id if key == "input_ids" else TOKENWISE[key],
                )
            else:
                batch[key] = torch.cat(values)
        return batch


def collator(processor: Any) -> Collator:
    """Pads with the tokenizer's own token."""
    return Collator(int(processor.tokenizer.pad_token_id or 0))
