"""The load test's texts are as long as planned, no longer, and no two alike."""

from __future__ import annotations

from pathlib import Path

from inference.sample_text import MARKS, sample_text
from pipeline.tokenizer import tiny_tokenizer


def test_no_two_texts_are_alike_and_none_has_a_digit() -> None:
    texts = [sample_text(number, 200, None) for number in range(1000)]
    assert len(set(texts)) == 1000
    assert not any(character.isdigit() for text in texts for character in text)
    # They differ before all else, so that no cache of prefixes answers them.
    assert len({tuple(text.split()[: 1 + len(MARKS)]) for text in texts}) == 1000


def test_without_the_served_models_tokenizer_words_are_counted_dear(tmp_path: Path) -> None:
    # 512 tokens less 48 of a chat template, at 1.5 a word: 309 words.
    assert len(sample_text(1, 512, tmp_path / "none").split()) == 309
    assert len(sample_text(1, 0, None).split()) == 1 + len(MARKS)


def test_the_served_models_tokenizer_counts_its_template_too(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    for number in (0, 7, 362_879):
        turns = [{"role": "user", "content": sample_text(number, 400, tmp_path)}]
        asked = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        tokens = len(tokenizer(asked, add_special_tokens=False)["input_ids"])
        assert 400 - len("nothing ") <= tokens <= 400  # a token a byte, cut at a word
