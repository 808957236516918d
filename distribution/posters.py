"""Promotion posters: a picture with a QR code that leads to a product, or the shop, by the distributor's link.

The same words give the same file: posters are drawn once and kept under MEDIA_ROOT/posters by their content's hash.
"""

import dataclasses
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import segno
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont, ImageOps

from mall.kernel import fonts, money
from mall.kernel.errors import DomainError

WIDTH, HEIGHT = 900, 1480
QR_SIDE = 380
MARGIN = 60
FOLDER = "posters"
# A new way of drawing gives new files.
VERSION = 1
SHOP = "良品集"
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]


class UnknownTemplate(DomainError):
    """There is no poster template of this name."""

    code = "unknown_template"
    status = 400
    message = _("没有这个海报模板")


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """The colours of a template, and the line over the name."""

    top: Colour
    bottom: Colour
    ink: Colour
    accent: Colour
    greeting: str


STYLES: Mapping[str, Style] = {
    "store": Style((232, 246, 236), (190, 224, 203), (26, 66, 48), (200, 22, 35), "邀你逛逛这家好店"),
    "product": Style((255, 247, 240), (250, 224, 208), (66, 36, 28), (200, 22, 35), "发现一件好物，分享给你"),
    "festive": Style((196, 28, 40), (132, 10, 26), (255, 240, 214), (255, 214, 130), "新年好礼，与你同享"),
}
TEMPLATES = tuple(STYLES)


def link(*, code: str, to: str = "/") -> str:
    """The address behind the QR code: the referral link of `code` that leads on to `to`, a path of this site."""
    return f"{settings.SITE_URL}/r/{quote(code)}/?to={quote(to)}"


def poster(
    *,
    code: str,
    title: str,
    price_fen: int | None,
    picture_path: str | None,
    nickname: str,
    template: str,
    to: str = "/",
) -> str:
    """The path of a 900 by 1480 PNG below MEDIA_ROOT, such as `posters/3f….png`; drawn unless it is there.

    `picture_path` is a file of the media folder, or None for a poster without a picture. The QR code leads to
    `link(code=code, to=to)`. Raises UnknownTemplate, FontMissing.
    """
    if template not in STYLES:
        raise UnknownTemplate(attr="template")
    words = [VERSION, link(code=code, to=to), title, price_fen, picture_path, nickname, template]
    digest = hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()[:32]
    name = f"{FOLDER}/{digest}.png"
    target = Path(settings.MEDIA_ROOT, name)
    if not target.exists():
        drawn = _draw(STYLES[template], link(code=code, to=to), title, price_fen, picture_path, nickname)
        _keep(drawn, target)
    return name


def _keep(picture: Image.Image, target: Path) -> None:
    """Write beside the target and rename: nobody ever reads half a poster."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        picture.save(file, "PNG", compress_level=3)
    os.chmod(temporary, 0o644)
    Path(temporary).replace(target)


def _draw(
    style: Style, address: str, title: str, price_fen: int | None, picture_path: str | None, nickname: str
) -> Image.Image:
    canvas = _ground(style)
    draw = ImageDraw.Draw(canvas)
    draw.text((MARGIN, 64), SHOP, font=_font(54, bold=True), fill=style.accent)
    draw.text(
        (MARGIN, 146),
        _cut(draw, f"{nickname} {style.greeting}", _font(34), WIDTH - 2 * MARGIN),
        font=_font(34),
        fill=style.ink,
    )
    _card(canvas, (MARGIN, 220, WIDTH - MARGIN, 1000), 36)
    picture = _picture(picture_path, (WIDTH - 2 * MARGIN - 40, 540), style)
    canvas.paste(picture, (MARGIN + 20, 240), _rounded(picture.size, 28))
    y = 798
    for line in _lines(draw, title, _font(42, bold=True), WIDTH - 2 * MARGIN - 80, 2):
        draw.text((MARGIN + 40, y), line, font=_font(42, bold=True), fill=(34, 34, 38))
        y += 58
    if price_fen is not None:
        draw.text((MARGIN + 40, 924), f"¥{money.yuan(price_fen)}", font=_font(46, bold=True), fill=(200, 22, 35))
    _card(canvas, (MARGIN, 1030, WIDTH - MARGIN, 1430), 36)
    canvas.paste(_code(address), (WIDTH - MARGIN - 10 - QR_SIDE, 1040))
    draw.text((MARGIN + 40, 1110), "长按识别二维码", font=_font(42, bold=True), fill=(34, 34, 38))
    draw.text((MARGIN + 40, 1176), "进店看看 · 品质保证", font=_font(30), fill=(110, 110, 118))
    draw.text((MARGIN + 40, 1222), "七天无理由退货", font=_font(30), fill=(110, 110, 118))
    draw.text((MARGIN + 40, 1330), urlsplit(settings.SITE_URL).netloc, font=_font(24), fill=(150, 150, 158))
    return canvas


def _ground(style: Style) -> Image.Image:
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), style.top)
    strip.putpixel((0, 1), style.bottom)
    canvas = strip.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    glow = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(glow)
    for x, y, radius in ((WIDTH - 80, 90, 190), (60, 1010, 150), (WIDTH - 40, 1220, 230)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=34)
    canvas.paste((255, 255, 255), (0, 0), glow)
    return canvas


def _picture(path: str | None, size: tuple[int, int], style: Style) -> Image.Image:
    """The product's picture filling `size`; a calm surface with the shop's name when there is none."""
    if path:
        with Image.open(Path(settings.MEDIA_ROOT, path)) as opened:
            return ImageOps.fit(opened.convert("RGB"), size, Image.Resampling.BICUBIC)
    surface = Image.new("RGB", size, style.bottom)
    draw = ImageDraw.Draw(surface)
    draw.text((size[0] / 2, size[1] / 2), SHOP, font=_font(150, bold=True), fill=style.accent, anchor="mm")
    return surface


def _code(address: str) -> Image.Image:
    """The QR code with its quiet zone, exactly QR_SIDE pixels: whole pixels per module, then white around."""
    made = segno.make(address, error="m", micro=False)
    scale = QR_SIDE // made.symbol_size(border=4)[0]
    file = io.BytesIO()
    made.save(file, kind="png", scale=max(scale, 2), border=4)
    file.seek(0)
    with Image.open(file) as opened:
        return ImageOps.pad(opened.convert("RGB"), (QR_SIDE, QR_SIDE), Image.Resampling.NEAREST, color="white")


def _card(canvas: Image.Image, box: Box, radius: int) -> None:
    size = (box[2] - box[0], box[3] - box[1])
    canvas.paste((255, 255, 255), (box[0], box[1]), _rounded(size, radius))


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    mask = Image.new("L", (size[0] * 2, size[1] * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] * 2 - 1, size[1] * 2 - 1), radius * 2, fill=255)
    return mask.reduce(2)


def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return fonts.cjk(bold=bold).at(size)


def _lines(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int, most: int) -> Sequence[str]:
    """The text in at most `most` lines, broken between any two characters as Chinese is; the last one may be cut."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most - 1:
        fitting = next((n for n in range(len(rest), 0, -1) if draw.textlength(rest[:n], font) <= width), 1)
        lines.append(rest[:fitting])
        rest = rest[fitting:]
    return [*lines, _cut(draw, rest, font, width)] if rest else lines


def _cut(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    if draw.textlength(text, font) <= width:
        return text
    fitting = next((n for n in range(len(text), 0, -1) if draw.textlength(f"{text[:n]}…", font) <= width), 0)
    return f"{text[:fitting]}…"
