"""Rows of text to batches of tokens.

Chat rows hold `messages`, a list of `{"role", "content"}` ending with the assistant;
prompt-completion rows hold `prompt` and `completion`. One JSON object a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from pipeline.chat import Turns, render
from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.examples import Examples, report_cut
from pipeline.rows import Row, read_rows

IGNORED = -100
"""The label the loss skips."""

OPEN_SEQUENCES = 256
"""Packing tries this many sequences; the oldest is nearly full by the time it is closed."""


@dataclass(frozen=True)
class Example:
    """Token ids of one row, and which of them are learned."""

    input_ids: np.ndarray
    learned: np.ndarray
    is_cut: bool = False
    """Whether the row was longer."""

    def __len__(self) -> int:
        return len(self.input_ids)


def encode(row: Row, tokenizer: PreTrainedTokenizerBase, config: Config) -> Example:
    """A row as tokens, cut to model.max_length.

    What is asked pays first: a document too long for its summary loses its middle, as a question
    stands before or after it. Where the answers are the longer part, the last of them is cut.
    """
    if config.data.format == "chat":
        text, spans = _render_chat(row["messages"], tokenizer)
        asked = [turn["content"].strip() for turn in row["messages"] if turn["role"] != "assistant"]
    else:
        text = row["prompt"] + row["completion"] + str(tokenizer.eos_token or "")
        spans = [(len(row["prompt"]), len(text))]
        asked = [row["prompt"]]
    encoded = tokenizer(
        text,
        # A chat template writes its own special tokens; a plain prompt wants the tokenizer's.
        add_special_tokens=config.data.format != "chat",
        return_offsets_mapping=True,
    )
    ids = np.asarray(encoded["input_ids"], dtype=np.int32)
    offsets = np.asarray(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
    answers = np.zeros(len(ids), dtype=bool)
    for span in spans:
        answers |= _within(span, offsets)
    learned = answers if config.data.mask_prompt else np.ones(len(ids), dtype=bool)
    kept = np.ones(len(ids), dtype=bool)
    if (excess := len(ids) - config.model.max_length) > 0:
        longest = max(asked, key=len)
        start = text.find(longest)
        turn = np.flatnonzero(_within((start, start + len(longest)), offsets) & ~answers)
        if start >= 0 and len(turn) > max(excess, answers.sum()):
            middle = (len(turn) - excess) // 2
            kept[turn[middle : middle + excess]] = False
        else:
            kept[config.model.max_length :] = False
    return Example(ids[kept], learned[kept], is_cut=excess > 0)


def _within(span: tuple[int, int], offsets: np.ndarray) -> np.ndarray:
    """Which tokens stand for this part of the text alone."""
    start, end = span
    return (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > start)


def _render_chat(
    messages: Turns, tokenizer: PreTrainedTokenizerBase
) -> tuple[str, list[tuple[int, int]]]:
    """The conversation as text, and where in it the assistant speaks.

    A template is asked for the text up to each answer and through it. Some templates write earlier
    turns differently once a later turn exists (they drop the reasoning, say); such a turn is no
    prefix of the whole, and is not learned.
    """
    text = render(messages, tokenizer)
    spans = []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = render(messages[:index], tokenizer, prompt=True) if index else ""
        through = render(messages[: index + 1], tokenizer)
        if through.startswith(before) and text.startswith(through):
            spans.append((len(before), len(through)))
    return text, spans


class TokenDataset(Examples):
    """Examples in memory, five bytes a token; a million rows of 500 tokens hold 2.5 GB."""

    unit = "tokens"

    def __init__(self, sequences: Sequence[Sequence[Example]]) -> None:
        """Each sequence is one example, or several packed ones."""
        self._sequences = sequences

    def __len__(self) -> int:
        return len(self._sequences)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        examples = self._sequences[index]
        ids = np.concatenate([example.input_ids for example in examples]).astype(np.int64)
        learned = np.concatenate([example.learned for example in examples])
        # The first token of an example has no predecessor of its own: it is never a target.
        positions = np.concatenate([np.arange(len(example)) for example in examples])
        labels = np.where(learned & (positions > 0), ids, IGNORED)
        return {
            "input_ids": torch.from_numpy(ids),
            "labels": torch.from_numpy(labels),
            "position_ids": torch.from_numpy(positions),
        }

    def size(self, index: int) -> int:
        """Tokens in one sequence."""
        return sum(len(example) for example in self._sequences[index])


def load_dataset(path: Path, tokenizer: PreTrainedTokenizerBase, config: Config) -> TokenDataset:
    """Read, tokenise and, where asked, pack a file."""
    examples = [encode(row, tokenizer, config) for row in read_rows(path, config.data.max_rows)]
    kept = [example for example in examples if example.learned[1:].any()]
    report_cut(
        path,
        config.model.max_length,
        cut=sum(example.is_cut for example in kept),
        left_out=len(examples) - len(kept),
    )
    if not kept:
        raise DataError(
            f'No row of "{path}" has a token to learn within {config.model.max_length} tokens',
            "Raise model.max_length, shorten the prompts, or set data.mask_prompt to false.",
        )
    if config.data.packing:
        return TokenDataset(pack(kept, config.model.max_length))
    return TokenDataset([[example] for example in kept])


def largest_example(data: Examples, config: Config) -> TokenDataset:
    """The longest example repeated up to model.max_length, all of it learned: the worst case."""
    longest = data[data.by_size()[0]]["input_ids"].numpy().astype(np.int32)
    ids = np.resize(longest, config.model.max_length)
    return TokenDataset([[Example(ids, np.ones(len(ids), dtype=bool))]])


def pack(examples: Sequence[Example], capacity: int) -> list[list[Example]]:
    """First-fit decreasing over the last few open sequences; no example is split."""
    open_bins: list[tuple[int, list[Example]]] = []
    done: list[list[Example]] = []
    for example in sorted(examples, key=len, reverse=True):
        for index, (used, members) in enumerate(open_bins):
            if used + len(example) <= capacity:
                members.append(example)
                open_bins[index] = (used + len(example), members)
                break
        else:
            open_bins.append((len(example), [example]))
            if len(open_bins) > OPEN_SEQUENCES:
                done.append(open_bins.pop(0)[1])
    return done + [members for _, members in open_bins]


@dataclass(frozen=True)
class Collator:
    """Pads a batch on the right to its longest sequence.

    Packed sequences carry positions that restart with each example and no attention mask:
    that is how transformers tells examples apart, so packing needs its batches padded with a
    position pattern of their own and labels that are ignored.
    """

    pad_token_id: int
    packing: bool = False

    def __call__(self, features: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        """One batch."""
        width = max(len(feature["input_ids"]) for feature in features)
        batch = {
            "input_ids": torch.full((len(features), width), self.pad_token_id),
            "labels": torch.full((len(features), width), IGNORED),
        }
        extra = "position_ids" if self.packing else "attention_mask"
        batch[extra] = torch.zeros((len(features), width), dtype=torch.long)
        for row, feature in enumerate(features):
            length = len(feature["input_ids"])
            batch["input_ids"][row, :length] = feature["input_ids"]
            batch["labels"][row, :length] = feature["labels"]
            if self.packing:
                batch[extra][row, :length] = feature["position_ids"]
                batch[extra][row, length:] = torch.arange(width - length)
            else:
                batch[extra][row, :length] = 1
        return batch
