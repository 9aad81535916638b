"""The tokenizer made in code, and what is set on every other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.tokenizer import read_tokenizer, tiny_tokenizer


def test_the_tiny_tokenizer_round_trips_any_text() -> None:
    tokenizer = tiny_tokenizer()
    text = "Grüße, 世界! \n\t  two  spaces"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_a_tokenizer_without_padding_pads_with_its_end_on_the_right(tmp_path: Path) -> None:
    bare = tiny_tokenizer()
    bare.pad_token = None
    bare.padding_side = "left"
    bare.save_pretrained(tmp_path)
    tokenizer = read_tokenizer(tmp_path)
    assert (tokenizer.pad_token, tokenizer.padding_side) == ("<|im_end|>", "right")


def test_one_that_cannot_be_fetched_says_what_helps() -> None:
    with pytest.raises(PipelineError, match="HF_TOKEN"):
        read_tokenizer("organisation/does-not-exist")
