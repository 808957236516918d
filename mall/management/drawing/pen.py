"""A pen for soft, flat illustrations: gradients, curves, gloss and shade on a transparent layer."""

import colorsys
import dataclasses
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
# One colour, or two for a gradient from top to bottom; `Across` runs from left to right.
Point = tuple[float, float]
SEGMENT = 14
LOW = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Across:
    """A gradient from left over the middle to right, as light falls on something round."""

    left: Colour
    middle: Colour
    right: Colour


Fill = Colour | tuple[Colour, Colour] | Across


@dataclasses.dataclass(frozen=True, slots=True)
class Tone:
    """A hue (0..360) with a strength (saturation, 0..1); its shades are used throughout a picture."""

    hue: float
    strength: float = 0.55

    def at(self, light: float, strength: float = 1.0, turn: float = 0) -> Colour:
        """The shade of this lightness (0..1), with the saturation scaled and the hue turned."""
        red, green, blue = colorsys.hls_to_rgb(
            ((self.hue + turn) % 360) / 360, min(1, max(0, light)), min(1, self.strength * strength)
        )
        return round(red * 255), round(green * 255), round(blue * 255)

    def round(self, light: float, strength: float = 1.0, turn: float = 0) -> Across:
        """The shading of a cylinder of this lightness."""
        middle = light + (1 - light) * 0.16
        return Across(
            self.at(light * 0.93, strength, turn),
            self.at(middle, strength, turn),
            self.at(light * 0.78, strength, turn),
        )


def smooth(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A soft curve through the points (Catmull-Rom)."""
    count = len(points)
    curve: list[Point] = []
    for i in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        for step in range(SEGMENT):
            t = step / SEGMENT
            curve.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return curve if closed else [*curve, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


class Pen:
    """Draws on its own transparent layer of `size` pixels; (0..100) units lie at `origin`, `scale` pixels each."""

    def __init__(self, size: tuple[int, int], *, origin: Point = (0, 0), scale: float) -> None:
        self.layer = Image.new("RGBA", size, (255, 255, 255, 0))
        self._origin = origin
        self._scale = scale

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Fill, *, r: float = 0) -> None:
        """A rectangle with rounded corners."""
        self._shape([(x0, y0), (x1, y1)], fill, lambda d, p: d.rounded_rectangle(p, r * self._scale, fill=255))

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: Fill) -> None:
        """An ellipse within the rectangle."""
        self._shape([(x0, y0), (x1, y1)], fill, lambda d, p: d.ellipse(p, fill=255))

    def disc(self, x: float, y: float, r: float, fill: Fill) -> None:
        """A circle."""
        self.oval(x - r, y - r, x + r, y + r, fill)

    def area(self, points: Sequence[Point], fill: Fill) -> None:
        """A polygon."""
        self._shape(points, fill, lambda d, p: d.polygon(p, fill=255))

    def blob(self, points: Sequence[Point], fill: Fill) -> None:
        """A soft closed shape through the points."""
        self.area(smooth(points), fill)

    def line(self, points: Sequence[Point], fill: Colour, *, width: float = 1, soft: bool = True) -> None:
        """An open stroke with round ends."""
        path = smooth(points, closed=False) if soft and len(points) > 2 else list(points)
        draw = ImageDraw.Draw(self.layer)
        pixels = [self._pixel(point) for point in path]
        thick = max(1, round(width * self._scale))
        draw.line(pixels, fill=(*fill, 255), width=thick, joint="curve")
        for x, y in (pixels[0], pixels[-1]):
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=(*fill, 255))

    def ring(self, x: float, y: float, r: float, fill: Colour, *, width: float = 1) -> None:
        """A circle's outline."""
        (x0, y0), (x1, y1) = self._pixel((x - r, y - r)), self._pixel((x + r, y + r))
        ImageDraw.Draw(self.layer).ellipse((x0, y0, x1, y1), outline=(*fill, 255), width=round(width * self._scale))

    def gloss(self, points: Sequence[Point], strength: float = 0.5, *, blur: float = 1.2) -> None:
        """Light on what is drawn so far, within a soft shape."""
        self._light(points, (255, 255, 255), strength, blur)

    def shade(self, points: Sequence[Point], strength: float = 0.25, *, blur: float = 2.5) -> None:
        """Shadow on what is drawn so far, within a soft shape."""
        self._light(points, (38, 28, 34), strength, blur)

    def stamp(self, other: Image.Image, x: float, y: float, width: float) -> None:
        """Another layer, scaled to `width` units, centred at (x, y)."""
        pixels = round(width * self._scale)
        small = other.resize((pixels, round(other.height * pixels / other.width)), Image.Resampling.BICUBIC)
        left, top = self._pixel((x, y))
        self.layer.alpha_composite(small, (round(left - small.width / 2), round(top - small.height / 2)))

    def _pixel(self, point: Point) -> Point:
        return self._origin[0] + point[0] * self._scale, self._origin[1] + point[1] * self._scale

    def _shape(self, points: Sequence[Point], fill: Fill, draw) -> None:  # type: ignore[no-untyped-def]
        pixels = [self._pixel(point) for point in points]
        box = _clip(pixels, self.layer.size, 1)
        if box is None:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
        draw(ImageDraw.Draw(mask), [(x - box[0], y - box[1]) for x, y in pixels])
        paint = Image.new("RGBA", mask.size)
        paint.paste(gradient(mask.size, fill))
        paint.putalpha(mask)
        self.layer.alpha_composite(paint, (box[0], box[1]))

    def _light(self, points: Sequence[Point], colour: Colour, strength: float, blur: float) -> None:
        pixels = [self._pixel(point) for point in smooth(points)]
        box = _clip(pixels, self.layer.size, round(blur * self._scale * 2.5) + 1)
        if box is None:
            return
        width, height = (box[2] - box[0]) // LOW + 1, (box[3] - box[1]) // LOW + 1
        mask = Image.new("L", (width, height), 0)
        shape = [((x - box[0]) / LOW, (y - box[1]) / LOW) for x, y in pixels]
        ImageDraw.Draw(mask).polygon(shape, fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * self._scale / LOW))
        mask = mask.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR)
        mask = ImageChops.multiply(mask, self.layer.getchannel("A").crop(box))
        paint = Image.new("RGBA", mask.size, (*colour, 0))
        paint.putalpha(mask)
        self.layer.alpha_composite(paint, (box[0], box[1]))


def gradient(size: tuple[int, int], fill: Fill) -> Image.Image:
    """An RGB picture filled with a colour or a gradient."""
    if isinstance(fill, Across):
        strip = Image.new("RGB", (5, 1))
        left, middle, right = fill.left, fill.middle, fill.right
        strip.putdata([left, middle, middle, _mix(middle, right, 0.45), right])
        return strip.resize(size, Image.Resampling.BICUBIC)
    if isinstance(fill[0], tuple):
        top, bottom = fill[0], fill[1]
        strip = Image.new("RGB", (1, 2))
        strip.putdata([top, bottom])
        return strip.resize(size, Image.Resampling.BICUBIC)
    return Image.new("RGB", size, fill)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def shadow(alpha: Image.Image, *, blur: float, strength: float) -> Image.Image:
    """The mask of the soft shadow that a mask casts, as large as it; `blur` in pixels."""
    soft = alpha.reduce(LOW).filter(ImageFilter.GaussianBlur(blur / LOW)).point(lambda value: round(value * strength))
    return soft.resize(alpha.size, Image.Resampling.BILINEAR)


def _clip(pixels: Sequence[Point], size: tuple[int, int], margin: int) -> tuple[int, int, int, int] | None:
    xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
    left, top = max(0, int(min(xs)) - margin), max(0, int(min(ys)) - margin)
    right, bottom = min(size[0], int(max(xs)) + margin + 1), min(size[1], int(max(ys)) + margin + 1)
    return (left, top, right, bottom) if right > left and bottom > top else None
