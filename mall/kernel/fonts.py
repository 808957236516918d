"""A typeface with Chinese glyphs, found on the system: pictures with text need a font file, not a name."""

import dataclasses
import functools
import os
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from PIL import ImageFont

from mall.kernel.errors import DomainError

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/opt/homebrew/share/fonts",
    "/System/Library/Fonts",
    "/System/Library/AssetsV2",
    "/Library/Fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "~/Library/Fonts",
)
SUFFIXES = {".ttf", ".ttc", ".otf"}
# Families in order of preference, by a part of the file name in lower case without spaces and dashes.
FAMILIES = (
    "notosanscjk",
    "notosanssc",
    "notosanshans",
    "sourcehansans",
    "pingfang",
    "hiraginosansgb",
    "stheiti",
    "wqymicrohei",
    "wqyzenhei",
    "droidsansfallback",
    "simhei",
    "msyh",
    "notoserifcjk",
    "songti",
    "simsun",
    "uming",
    "ukai",
)
# A glyph most Latin faces lack: its width differs from the box drawn for an unknown one.
SAMPLE = "推"
UNKNOWN = "\U000fffff"
MAX_FACES = 12


class FontMissing(DomainError):
    """No installed font has Chinese glyphs."""

    code = "font_missing"
    status = 503
    message = _("没有可用的中文字体，请安装 fonts-noto-cjk")


@dataclasses.dataclass(frozen=True, slots=True)
class Face:
    """A face within a font file."""

    path: str
    index: int = 0

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """The face at `size` pixels."""
        return ImageFont.truetype(self.path, size, index=self.index)


@functools.cache
def cjk(*, bold: bool = False) -> Face:
    """The best installed face with simplified Chinese; a regular one stands in for a missing bold. Raises FontMissing."""
    files = sorted(_files(), key=lambda found: (found[0], _is_bold(found[1]) != bold, len(found[1].name)))
    for _rank, path in files:
        face = _simplified(path)
        if face is not None:
            return face
    raise FontMissing


def _files() -> Iterator[tuple[int, Path]]:
    for folder in FOLDERS:
        for parent, _folders, names in os.walk(os.path.expanduser(folder)):
            for name in names:
                path = Path(parent, name)
                plain = path.stem.lower().replace(" ", "").replace("-", "").replace("_", "")
                rank = next((number for number, family in enumerate(FAMILIES) if family in plain), None)
                if rank is not None and path.suffix.lower() in SUFFIXES:
                    yield rank, path


def _is_bold(path: Path) -> bool:
    return any(word in path.stem.lower() for word in ("bold", "medium", "heavy", "w6"))


def _simplified(path: Path) -> Face | None:
    """The simplified Chinese face of a file, else its first Chinese one; None when it has neither."""
    chinese: Face | None = None
    for index in range(MAX_FACES):
        try:
            font = ImageFont.truetype(str(path), 32, index=index)
        except OSError:
            break
        family = font.getname()[0] or ""
        if not _draws_chinese(font) or "mono" in family.lower():
            continue
        if family.endswith(("SC", "GB")) or "Hei" in family:
            return Face(str(path), index)
        chinese = chinese or Face(str(path), index)
    return chinese


def _draws_chinese(font: ImageFont.FreeTypeFont) -> bool:
    return bytes(font.getmask(SAMPLE)) != bytes(font.getmask(UNKNOWN))
