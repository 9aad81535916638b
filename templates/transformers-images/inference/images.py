"""Pictures that clients send: base64 in the request, bare or as a data: URI. Nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import re

from PIL import Image

from inference.limits import Refusal
from pipeline.images import ImageError, open_image

_DATA_URI = re.compile(r"data:image/(?:png|jpe?g|webp);base64,", re.IGNORECASE)


def received_image(text: str, max_pixels: int) -> Image.Image:
    """The picture in a request.

    An address is refused: a server that fetches what strangers name can be sent to places that
    only it can reach.
    """
    uri = _DATA_URI.match(text)
    if uri is None and ":" in text[:64]:
        raise Refusal(
            400,
            "A picture is base64 of a PNG, JPEG or WebP file, or a data: URI of one; addresses are "
            "not fetched",
            "invalid_image",
        )
    try:
        content = base64.b64decode(text[uri.end() if uri else 0 :], validate=True)
        return open_image(content, max_pixels)
    except binascii.Error as error:
        raise Refusal(400, f"The picture is not base64: {error}", "invalid_image") from None
    except ImageError as error:
        code = "image_too_large" if error.code == "too-large" else "invalid_image"
        raise Refusal(400, f"The picture cannot be used: {error}", code) from None
