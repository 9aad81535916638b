"""Pictures are checked before they are decoded, whoever they come from."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from inference.images import received_image
from inference.limits import Refusal
from pipeline.images import ImageDataConfig, ImageError, image_fault, open_image
from pipeline.media import content_key, file_fault

LIMIT = 10_000


def encoded(width: int, height: int, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(content, kind)
    return content.getvalue()


def bomb() -> bytes:
    """A PNG of 70 bytes whose header claims ten thousand million pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_usual_formats_become_rgb(kind: str) -> None:
    image = open_image(encoded(40, 30, kind), LIMIT)
    assert (image.mode, image.size) == ("RGB", (40, 30))


def test_a_photo_is_turned_as_its_camera_says() -> None:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # EXIF orientation: turned by 90 degrees
    Image.new("RGB", (40, 30)).save(content, "JPEG", exif=exif)
    assert open_image(content.getvalue(), LIMIT).size == (30, 40)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(), "too-large"),
        (encoded(200, 200), "too-large"),
        (encoded(90, 90)[:-40], "corrupt"),
        (encoded(90, 90, "JPEG")[:400], "corrupt"),
        (encoded(9, 9, "GIF"), "corrupt"),
        (b"", "corrupt"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(ImageError) as raised:
        open_image(content, LIMIT)
    assert raised.value.code == code


def test_faults_of_files_are_found(tmp_path: Path) -> None:
    data = ImageDataConfig(media_path=tmp_path / "media", min_image_side=16, max_image_pixels=LIMIT)
    data.media_path.mkdir()
    files = {
        "good.jpg": encoded(64, 64, "JPEG"),
        "cut.jpg": encoded(64, 64, "JPEG")[:300],
        "small.png": encoded(64, 8),
        "large.png": encoded(101, 100),
    }
    for name, content in files.items():
        (data.media_path / name).write_bytes(content)
    (tmp_path / "secret.png").write_bytes(files["good.jpg"])
    codes = {
        name: (image_fault(data.media_path / name, data) or ("",))[0]
        for name in files
        if file_fault("image", name, data) is None
    }
    assert codes == {
        "good.jpg": "",
        "cut.jpg": "corrupt",
        "small.png": "too-small",
        "large.png": "too-large",
    }
    for name, code in {"none.png": "missing", "../secret.png": "outside", " ": "empty"}.items():
        assert (file_fault("image", name, data) or ("",))[0] == code
    assert (file_fault("image", 7, data) or ("",))[0] == "schema"


def test_a_copy_under_another_name_has_the_same_key(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encoded(20, 20))
    assert content_key(tmp_path / "a.png") == content_key(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes(encoded(20, 21))
    assert content_key(tmp_path / "a.png") != content_key(tmp_path / "b.png")


def test_a_client_sends_base64_bare_or_as_a_data_uri() -> None:
    text = base64.b64encode(encoded(20, 20)).decode()
    assert received_image(text, LIMIT).size == (20, 20)
    assert received_image(f"data:image/png;base64,{text}", LIMIT).size == (20, 20)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://169.254.169.254/latest/meta-data", "invalid_image"),
        ("file://localhost/etc/passwd", "invalid_image"),
        ("data:text/html;base64,AAAA", "invalid_image"),
        ("not base64!", "invalid_image"),
        (base64.b64encode(bomb()).decode(), "image_too_large"),
    ],
)
def test_addresses_and_what_is_no_picture_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as raised:
        received_image(text, LIMIT)
    assert (raised.value.status, raised.value.code) == (400, code)
