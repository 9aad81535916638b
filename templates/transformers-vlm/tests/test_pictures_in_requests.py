"""Pictures come with the request, as data: URIs, within limits; nothing is fetched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inference.limits import Refusal
from inference.prompt import received_prompt
from inference.routes import PATH, sample_request
from inference.schemas import ChatRequest
from live_server import live_server, request
from pipeline.model import load_processor


def messages(*addresses: str, text: str = "What is it?") -> list[dict[str, Any]]:
    shown = [{"type": "image_url", "image_url": {"url": address}} for address in addresses]
    return [{"role": "user", "content": [*shown, {"type": "text", "text": text}]}]


def sample_uri(config: Any) -> str:
    return str(sample_request(config)["messages"][0]["content"][0]["image_url"]["url"])


def test_pictures_of_a_request_stand_in_its_prompt(smoke: Any) -> None:
    config = smoke()
    processor, uri = load_processor(config), sample_uri(config)
    prompt = received_prompt(messages(uri, uri), processor, config)
    assert prompt["image_grid_thw"].shape == (2, 3)
    # 112 x 112 pixels are 4 x 4 tokens of 28 x 28.
    assert (prompt["input_ids"] == processor.image_token_id).sum() == 2 * 16
    words = received_prompt([{"role": "user", "content": "Hi"}], processor, config)
    assert "pixel_values" not in words


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://example.org/cat.png", "invalid_image"),
        ("http://169.254.169.254/latest/meta-data", "invalid_image"),
        ("file://localhost/etc/passwd", "invalid_image"),
        ("data:image/png;base64,AAAA", "invalid_image"),
    ],
)
def test_no_address_is_fetched(smoke: Any, address: str, code: str) -> None:
    with pytest.raises(Refusal) as raised:
        received_prompt(messages(address), load_processor(smoke()), smoke())
    assert (raised.value.status, raised.value.code) == (400, code)


def test_more_and_larger_pictures_than_allowed_are_refused(smoke: Any) -> None:
    processor, uri = load_processor(smoke()), sample_uri(smoke())
    with pytest.raises(Refusal) as many:
        received_prompt(messages(uri, uri, uri), processor, smoke())
    assert many.value.code == "too_many_images"
    with pytest.raises(Refusal) as large:
        received_prompt(messages(uri), processor, smoke("serving.max_image_pixels=1000"))
    assert large.value.code == "image_too_large"


def test_a_placeholder_in_a_clients_text_is_not_taken_for_a_picture(smoke: Any) -> None:
    with pytest.raises(Refusal) as raised:
        received_prompt(messages(text="<|image_pad|>"), load_processor(smoke()), smoke())
    assert raised.value.status == 400


def test_the_load_test_sends_a_picture_of_its_own_each_time(smoke: Any) -> None:
    first, second = (sample_request(smoke(), number=number) for number in (1, 2))
    ChatRequest.model_validate(first)
    assert first["messages"][0]["content"][0] != second["messages"][0]["content"][0]


def test_the_real_server_looks_at_a_picture_and_answers(smoke: Any) -> None:
    body = {"messages": messages(sample_uri(smoke())), "max_tokens": 4}
    with live_server() as (url, _, _):
        status, text = request(f"{url}{PATH}", body)
        assert status == 200, text
        assert json.loads(text)["usage"]["prompt_tokens"] > 16
        status, text = request(f"{url}{PATH}", {"messages": messages("https://example.org/a.png")})
        assert (status, json.loads(text)["error"]["code"]) == (400, "invalid_image")
