"""Pairs of answers to token ids.

Chat rows hold `prompt`, a list of `{"role", "content"}`, and `chosen` and `rejected`, each a list
with the assistant's turn; plain rows hold three texts. One JSON object a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from pipeline.chat import render
from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.examples import Examples, report_cut
from pipeline.rows import Row, read_rows


@dataclass(frozen=True)
class Pair:
    """A prompt and two answers to it, as token ids."""

    prompt: list[int]
    chosen: list[int]
    rejected: list[int]
    is_cut: bool = False

    def __len__(self) -> int:
        """Tokens of the longer of the two sequences: both are padded to it."""
        return len(self.prompt) + max(len(self.chosen), len(self.rejected))

    def cut(self, max_length: int) -> Pair:
        """Both sequences at most so long; what is cut off is the end of an answer."""
        room = max(max_length - len(self.prompt), 0)
        return Pair(
            self.prompt, self.chosen[:room], self.rejected[:room], is_cut=len(self) > max_length
        )

    @property
    def tells_apart(self) -> bool:
        """Whether there is anything left to prefer."""
        return bool(self.chosen) and bool(self.rejected) and self.chosen != self.rejected


def encode(row: Row, tokenizer: PreTrainedTokenizerBase, config: Config) -> Pair:
    """A row as tokens, cut at model.max_length.

    The prompt is tokenised alone, as it will be when the model is served.
    """
    chat = config.data.format == "chat"
    prompt = render(row["prompt"], tokenizer, prompt=True) if chat else row["prompt"]

    def answer(key: str) -> list[int]:
        if not chat:
            text = row[key] + str(tokenizer.eos_token or "")
        else:
            whole = render([*row["prompt"], *row[key]], tokenizer)
            if not whole.startswith(prompt):
                raise DataError(
                    "The chat template writes the prompt differently once it is answered",
                    'Set data.format: "plain" with the texts as the model should read them.',
                )
            text = whole[len(prompt) :]
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    # A chat template writes its own special tokens; a plain prompt wants the tokenizer's.
    prompt_ids = list(tokenizer(prompt, add_special_tokens=not chat)["input_ids"])
    if not chat and prompt_ids[-1:] == [tokenizer.eos_token_id]:
        prompt_ids.pop()  # some tokenizers end every text; the answer goes on here
    return Pair(prompt_ids, answer("chosen"), answer("rejected")).cut(config.model.max_length)


class PairDataset(Examples):
    """Pairs in memory."""

    unit = "tokens"

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = pairs

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> dict[str, Any]:
        pair = self._pairs[index]
        return {
            "prompt_ids": pair.prompt,
            "chosen_ids": pair.chosen,
            "rejected_ids": pair.rejected,
        }

    def size(self, index: int) -> int:
        """Tokens of the longer sequence of a pair."""
        return len(self._pairs[index])


def load_dataset(path: Path, tokenizer: PreTrainedTokenizerBase, config: Config) -> PairDataset:
    """Read and tokenise a file; pairs that no longer differ once they are cut are left out."""
    pairs = [encode(row, tokenizer, config) for row in read_rows(path, config.data.max_rows)]
    kept = [pair for pair in pairs if pair.tells_apart]
    report_cut(
        path,
        config.model.max_length,
        cut=sum(pair.is_cut for pair in kept),
        left_out=len(pairs) - len(kept),
    )
    if not kept:
        raise DataError(
            f'No pair of "{path}" differs within {config.model.max_length} tokens',
            "Raise model.max_length or shorten the prompts.",
        )
    return PairDataset(kept)


def largest_example(data: Examples, config: Config) -> PairDataset:
    """Two answers of model.max_length tokens to a prompt of one: the worst case."""
    longest = data[data.by_size()[0]]
    tokens = longest["prompt_ids"] + longest["chosen_ids"]
    repeated = (tokens * (config.model.max_length // len(tokens) + 1))[: config.model.max_length]
    return PairDataset([Pair(repeated[:1], repeated[1:], repeated[1:])])
