"""Only answers are learned, pictures cost what their size says, and rows are whole or left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from pipeline.config import DataConfig
from pipeline.conversation import pieces_of
from pipeline.data import IGNORED, collator, encode, largest_example, load_dataset
from pipeline.errors import DataError
from pipeline.golden import read_golden
from pipeline.model import load_processor
from pipeline.row import row_fault, row_key, split_key
from pipeline.rows import read_rows

SHOWN = {"type": "image"}


def said(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def asked(*parts: dict[str, str]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def answered(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def picture(folder: Path, name: str, size: tuple[int, int], colour: str = "teal") -> str:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", size, colour).save(folder / name)
    return name


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_only_what_the_assistant_says_is_learned_and_no_picture_is(smoke: Any) -> None:
    processor = load_processor(smoke())
    turns = [
        {"role": "system", "content": "Be brief."},
        asked(SHOWN, said("Colour?")),
        answered("teal"),
        asked(said("And this?"), SHOWN),
        answered("red"),
    ]
    images = [Image.new("RGB", (112, 56), "teal"), Image.new("RGB", (56, 56), "red")]
    example = encode(pieces_of(turns, processor), images, processor)
    learned = example["labels"] != IGNORED
    assert processor.tokenizer.decode(example["labels"][learned]) == "teal<|im_end|>red<|im_end|>"
    assert torch.equal(example["labels"][learned], example["input_ids"][learned])
    # 28 x 28 pixels are one token: 4 x 2 and 2 x 2.
    assert (example["input_ids"] == processor.image_token_id).sum() == 8 + 4
    assert example["image_grid_thw"].tolist() == [[1, 4, 8], [1, 4, 4]]
    assert example["pixel_values"].shape[0] == 4 * (8 + 4)


def test_pieces_together_are_the_conversation_as_its_template_writes_it(smoke: Any) -> None:
    processor = load_processor(smoke())
    row = next(iter(read_rows(Path("data/sample/train.jsonl"))))
    whole = processor.apply_chat_template(row["messages"], tokenize=False)
    pieces = pieces_of(row["messages"], processor)
    assert "".join(piece.text for piece in pieces) == whole.rstrip()
    assert [piece.learned for piece in pieces] == [False, True]


def test_the_size_of_an_example_is_known_without_decoding_its_pictures(smoke: Any) -> None:
    config = smoke()
    data = load_dataset(config.data.train_path, load_processor(config), config)
    assert len(data) == 48
    for index in (0, 7):
        assert data.size(index) == len(data[index]["input_ids"])


def test_a_large_picture_is_scaled_to_the_tokens_that_are_allowed(
    smoke: Any, tmp_path: Path
) -> None:
    name = picture(tmp_path / "media", "large.png", (900, 600))
    row = {"messages": [asked(SHOWN, said("?")), answered("x")], "images": [name]}
    path = written(tmp_path / "rows.jsonl", [row])
    tokens = {}
    for most in (12_544, 50_176):
        config = smoke(f"data.media_path={tmp_path / 'media'}", f"model.max_pixels={most}")
        processor = load_processor(config)
        example = load_dataset(path, processor, config)[0]
        tokens[most] = int((example["input_ids"] == processor.image_token_id).sum())
        assert tokens[most] <= most // 28**2
    assert tokens[50_176] > 2 * tokens[12_544]


def test_a_row_that_is_too_long_is_left_out_and_not_cut(smoke: Any, tmp_path: Path) -> None:
    rows = [
        {"messages": [asked(said("?")), answered("x" * length)], "images": []}
        for length in (10, 1000)
    ]
    path = written(tmp_path / "rows.jsonl", rows)
    assert len(load_dataset(path, load_processor(smoke()), smoke())) == 1
    with pytest.raises(DataError, match="max_pixels"):
        load_dataset(path, load_processor(smoke()), smoke("model.max_length=8"))


def test_a_placeholder_typed_by_hand_is_not_taken_for_a_picture(smoke: Any, tmp_path: Path) -> None:
    for token in ("<|image_pad|>", "<|video_pad|>"):
        row = {"messages": [asked(said(f"What is {token}?")), answered("x")]}
        path = written(tmp_path / "rows.jsonl", [row])
        with pytest.raises(DataError, match="Write no"):
            load_dataset(path, load_processor(smoke()), smoke())


def test_batches_put_patches_in_a_row_and_pad_tokens_on_the_right(smoke: Any) -> None:
    processor = load_processor(smoke())
    rows = [
        encode(pieces_of([asked(SHOWN), answered("yes")], processor), [image], processor)
        for image in (Image.new("RGB", (56, 56)), Image.new("RGB", (112, 112)))
    ]
    rows.append(encode(pieces_of([asked(said("Hi")), answered("yes")], processor), [], processor))
    batch = collator(processor)(rows)
    width = max(len(row["input_ids"]) for row in rows)
    assert batch["input_ids"].shape == batch["labels"].shape == (3, width)
    assert batch["attention_mask"].sum(dim=1).tolist() == [len(row["input_ids"]) for row in rows]
    assert batch["labels"][0, -1] == IGNORED
    assert batch["image_grid_thw"].tolist() == [[1, 4, 4], [1, 8, 8]]
    assert len(batch["pixel_values"]) == 16 + 64


def test_the_largest_example_fills_the_length(smoke: Any) -> None:
    config = smoke()
    data = load_dataset(config.data.train_path, load_processor(config), config)
    largest = largest_example(data, config)[0]
    assert {len(largest[key]) for key in ("input_ids", "labels", "attention_mask")} == {512}
    assert largest["labels"][-1] != IGNORED


def test_faults_of_rows_are_named(tmp_path: Path) -> None:
    media = tmp_path / "media"
    data = DataConfig(media_path=media, min_image_side=16)
    picture(media, "a.png", (32, 32))
    good = [asked(SHOWN, said("?")), answered("x")]
    cases: list[tuple[Any, str]] = [
        ({"messages": good, "images": ["a.png"]}, ""),
        ({"messages": [asked(said("?")), answered("x")]}, ""),
        ([], "schema"),
        ({"messages": good}, "images"),
        ({"messages": good, "images": ["a.png", "a.png"]}, "images"),
        ({"messages": good, "images": ["none.png"]}, "missing"),
        ({"messages": good, "images": ["../a.png"]}, "outside"),
        ({"messages": good, "images": ["https://example.org/a.png"]}, "missing"),
        ({"messages": good[:1], "images": ["a.png"]}, "schema"),
        ({"messages": [asked(SHOWN), {"role": "assistant", "content": [SHOWN]}]}, "schema"),
        ({"messages": [asked({"type": "video"}), answered("x")]}, "schema"),
        ({"messages": [asked(said("?")), answered(" ")]}, "empty"),
        ({"messages": [asked(), answered("x")]}, "empty"),
    ]
    assert [(row_fault(row, data) or ("",))[0] for row, _ in cases] == [code for _, code in cases]


def test_questions_about_one_picture_share_a_split_whatever_its_name(tmp_path: Path) -> None:
    media = tmp_path / "media"
    data = DataConfig(media_path=media)
    for name, colour in (("a.png", "teal"), ("copy.png", "teal"), ("b.png", "red")):
        picture(media, name, (32, 32), colour)
    rows = [
        {"messages": [asked(SHOWN, said(text)), answered("x")], "images": [name]}
        for text, name in (("One?", "a.png"), ("Two?", "copy.png"), ("One?", "b.png"))
    ]
    keys = [split_key(row, data) for row in rows]
    assert keys[0] == keys[1] != keys[2]
    assert len({row_key(row, data) for row in rows}) == 3


def test_the_golden_set_is_well_formed_and_not_in_the_training_data() -> None:
    golden = read_golden(Path("data/golden/golden.jsonl"))
    trained = {name for row in read_rows(Path("data/sample/train.jsonl")) for name in row["images"]}
    assert len(golden) == len({row["id"] for row in golden}) == 6
    assert not {name for row in golden for name in row["images"]} & trained
