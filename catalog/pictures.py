"""Uploaded pictures made safe and small. Pure: bytes in, bytes out.

Whatever arrives is decoded and encoded again, so no metadata, no trailing bytes and no polyglot file survives.
"""

import dataclasses
import io
import secrets
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from mall.kernel.errors import DomainError

WIDTHS = (200, 400, 800)
MAX_BYTES = 10 * 1024 * 1024
# A few kilobytes of PNG can declare gigapixels; dimensions are read before anything is decoded.
MAX_PIXELS = 40_000_000
MAX_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82


class InvalidPicture(DomainError):
    """Not a picture we accept; the message says why."""

    code = "invalid_picture"
    message = _("请上传 JPG、PNG 或 WebP 图片")


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as WebP, with its narrower renditions by width in pixels."""

    data: bytes
    width: int
    height: int
    renditions: dict[int, bytes]


def prepare(file: IO[bytes]) -> Prepared:
    """Check, turn upright, flatten on white, shrink to 1600 pixels and encode. Raises InvalidPicture."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidPicture(gettext("图片不能超过 10 MB"), attr="image")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise InvalidPicture(gettext("图片尺寸太大"), attr="image")
            picture = _flat(ImageOps.exif_transpose(opened))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidPicture(attr="image") from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    narrower = {width: _encoded(_resized(picture, width)) for width in WIDTHS if width < picture.width}
    return Prepared(_encoded(picture), picture.width, picture.height, narrower)


def fresh_name(folder: str) -> str:
    """A random storage name: nothing of the uploaded name, nothing to guess."""
    return f"{folder}/{secrets.token_hex(12)}.webp"


def rendition_name(name: str, width: int) -> str:
    """`products/ab.webp`, 400 -> `products/ab-400.webp`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}-{width}.webp"))


def rendition_widths(width: int) -> tuple[int, ...]:
    """The widths of the renditions that exist beside a picture `width` pixels wide."""
    return tuple(w for w in WIDTHS if w < width)


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(ground, layered).convert("RGB")
    return picture.convert("RGB")


def _resized(picture: Image.Image, width: int) -> Image.Image:
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=2)
    return buffer.getvalue()
