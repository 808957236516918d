"""Whole pictures: three views of a product, wide banners, category signs, portraits."""

import dataclasses
import functools
import random
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageFilter

from mall.management.drawing import food, packs, things, wear
from mall.management.drawing.pen import Colour, Pen, Tone, gradient, shadow

SIDE = 800
# Shapes are drawn twice as large and reduced, objects at FINE pixels per unit: that is the anti-aliasing.
OVER = 2
FINE = 10
DRAWERS: Mapping[str, Callable[[Pen, Tone], None]] = {
    function.__name__: function
    for function in (
        packs.tin, packs.box, packs.pouch, packs.bottle, packs.jar, packs.tube, packs.dropper, packs.cake, packs.carton,
        food.oranges, food.berries, food.apples, food.fish, food.eggs, food.corn, food.cup, food.pot, food.mooncake,
        things.pillow, things.lamp, things.towels, things.pan, things.mug, things.candle, things.plant, things.charger,
        things.earbuds, things.phone, things.keyboard, things.speaker, things.watch, things.bowl, things.bone, things.cushion,
        wear.tshirt, wear.shirt, wear.dress, wear.sneaker, wear.bag, wear.hat, wear.socks, wear.scarf, wear.baby_bottle,
        wear.bear, wear.blocks, wear.onesie,
    )
}  # fmt: skip
SIGNED = {"tin", "box", "pouch", "bottle", "jar", "tube", "dropper", "cake", "carton"}


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """What is in the picture: an object of DRAWERS, its hue and strength, the emblem on a package."""

    kind: str
    hue: float
    strength: float = 0.55
    sign: str = "leaf"

    @property
    def tone(self) -> Tone:
        return Tone(self.hue, self.strength)


def hero(subject: Subject) -> Image.Image:
    """An 800 by 800 picture of the subject alone on stage."""
    return _hero(subject, _object(subject))


def surroundings(subject: Subject) -> dict[str, Image.Image]:
    """Two more such pictures of the subject: `scene` in a room, `detail` close up."""
    drawn = _object(subject)
    return {"scene": _scene(subject, drawn), "detail": _detail(subject, drawn)}


def _object(subject: Subject) -> Image.Image:
    """The subject in its box of 100 units, drawn once, much larger than any view shows it."""
    pen = Pen((FINE * 100, FINE * 100), scale=FINE)
    draw = DRAWERS[subject.kind]
    if subject.kind in SIGNED:
        draw(pen, subject.tone, sign=subject.sign)  # type: ignore[call-arg]
    else:
        draw(pen, subject.tone)
    return pen.layer


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """An object scaled for a canvas, and where its upper left corner lies there."""

    layer: Image.Image
    left: int
    top: int


def _place(drawn: Image.Image, left: float, top: float, side: float) -> Placed:
    """A drawn object scaled to `side` pixels; parts of it may lie outside the canvas."""
    scaled = drawn.resize((round(side), round(side)), Image.Resampling.BILINEAR)
    return Placed(scaled, round(left), round(top))


def _put(canvas: Image.Image, placed: Placed, ink: Colour, *, floor: tuple[float, float, float] | None) -> None:
    """Lay an object down with its cast shadow and, at `floor` (x, y, half width in pixels), a contact shadow."""
    if floor:
        x, y, half = (round(value) for value in floor)
        width, height = max(8, half * 3 // 4), max(4, half // 4)
        spot = Image.new("L", (width, height), 0)
        ImageDraw.Draw(spot).ellipse((width / 6, height / 5, width * 5 / 6, height * 4 / 5), fill=150)
        spot = spot.filter(ImageFilter.GaussianBlur(height / 9)).resize(
            (width * 4, height * 4), Image.Resampling.BILINEAR
        )
        canvas.paste(ink, (x - width * 2, y - height * 2), spot)
    step = canvas.width / 60
    cast = shadow(placed.layer.getchannel("A"), blur=step * 0.9, strength=0.26)
    canvas.paste(ink, (placed.left + round(step * 0.9), placed.top + round(step)), cast)
    canvas.paste(placed.layer, (placed.left, placed.top), placed.layer)


def _shape(
    canvas: Image.Image, colour: Colour, strength: float, draw: Callable[[ImageDraw.ImageDraw, int], None]
) -> None:
    """Paint what `draw` puts on a mask twice the canvas's size, so that its edges are smooth."""
    mask = Image.new("L", (canvas.width * OVER, canvas.height * OVER), 0)
    draw(ImageDraw.Draw(mask), OVER)
    mask = mask.reduce(OVER)
    canvas.paste(colour, (0, 0), mask if strength >= 1 else mask.point(lambda value: round(value * strength)))


def _disc(canvas: Image.Image, x: float, y: float, r: float, colour: Colour, strength: float) -> None:
    _shape(
        canvas, colour, strength, lambda d, k: d.ellipse((k * (x - r), k * (y - r), k * (x + r), k * (y + r)), fill=255)
    )


def _card(canvas: Image.Image, box: tuple[float, float, float, float], r: float, colour: Colour) -> None:
    _shape(canvas, colour, 1, lambda d, k: d.rounded_rectangle([k * v for v in box], k * r, fill=255))


def _glow(canvas: Image.Image, x: float, y: float, r: float, colour: Colour, strength: float, *, blur: float) -> None:
    mask = Image.new("L", (canvas.width // 4, canvas.height // 4), 0)
    ImageDraw.Draw(mask).ellipse(((x - r) / 4, (y - r) / 4, (x + r) / 4, (y + r) / 4), fill=round(255 * strength))
    mask = mask.filter(ImageFilter.GaussianBlur(blur / 4)).resize(canvas.size, Image.Resampling.BILINEAR)
    canvas.paste(colour, (0, 0), mask)


def _hero(subject: Subject, drawn: Image.Image) -> Image.Image:
    side = SIDE
    tone = Tone(subject.hue, min(subject.strength, 0.5))
    canvas = gradient((side, side), (tone.at(0.955, 0.8), tone.at(0.86, 0.8)))
    _disc(canvas, side * 0.5, side * 0.47, side * 0.39, tone.at(0.985, 0.9), 0.9)
    _glow(canvas, side * 0.5, side * 0.40, side * 0.24, (255, 255, 255), 0.8, blur=side * 0.06)
    layer = _place(drawn, side * 0.105, side * 0.085, side * 0.79)
    _put(canvas, layer, tone.at(0.34, 0.7), floor=(side * 0.5, side * 0.775, side * 0.3))
    return canvas


def _scene(subject: Subject, drawn: Image.Image) -> Image.Image:
    side = SIDE
    wall, table = Tone(subject.hue + 24, 0.32), Tone(30, 0.38)
    canvas = gradient((side, side), (wall.at(0.93), wall.at(0.83)))
    _card(canvas, (side * 0.5, side * 0.14, side * 0.86, side * 0.95), side * 0.18, wall.at(0.76))
    _card(canvas, (side * 0.53, side * 0.17, side * 0.83, side * 0.95), side * 0.15, wall.at(0.88))
    unit = side / 4
    light = Image.new("L", (side // 4, side // 4), 0)
    for x in (0.04, 0.2, 0.36):
        beam = [(unit * x, 0), (unit * (x + 0.11), 0), (unit * (x + 0.41), unit), (unit * (x + 0.3), unit)]
        ImageDraw.Draw(light).polygon(beam, fill=90)
    light = light.filter(ImageFilter.GaussianBlur(2.5)).resize(canvas.size, Image.Resampling.BILINEAR)
    canvas.paste((255, 252, 244), (0, 0), light)
    top = round(side * 0.72)
    canvas.paste(gradient((side, side - top), (table.at(0.8), table.at(0.66))), (0, top))
    canvas.paste(gradient((side, round(side * 0.012)), (table.at(0.9), table.at(0.84))), (0, top))
    plant = Placed(_plant(), round(side * 0.66), round(side * 0.36))
    _put(canvas, plant, table.at(0.3), floor=(side * 0.87, side * 0.735, side * 0.11))
    layer = _place(drawn, side * 0.1, side * 0.24, side * 0.64)
    _put(canvas, layer, table.at(0.26), floor=(side * 0.42, side * 0.8, side * 0.25))
    return canvas


@functools.cache
def _plant() -> Image.Image:
    return _place(_object(Subject("plant", 24, 0.3)), 0, 0, SIDE * 0.42).layer


def _detail(subject: Subject, drawn: Image.Image) -> Image.Image:
    side = SIDE
    tone = Tone(subject.hue, min(subject.strength, 0.5))
    canvas = gradient((side, side), (tone.at(0.975, 0.7), tone.at(0.92, 0.7)))
    x, y, radius = side * 0.42, side * 0.44, side * 0.34
    _glow(canvas, x, y + side * 0.02, radius, tone.at(0.4, 0.6), 0.35, blur=side * 0.025)
    lens = gradient((side, side), (tone.at(0.93, 0.8), tone.at(0.84, 0.8)))
    _put(lens, _place(drawn, -side * 0.2, -side * 0.22, side * 1.24), tone.at(0.34, 0.7), floor=None)
    _disc(canvas, x, y, radius, (255, 255, 255), 1)
    mask = Image.new("L", (side * OVER, side * OVER), 0)
    inner = radius - side * 0.014
    ImageDraw.Draw(mask).ellipse([OVER * v for v in (x - inner, y - inner, x + inner, y + inner)], fill=255)
    canvas.paste(lens, (0, 0), mask.reduce(OVER))
    _glow(canvas, side * 0.75, side * 0.8, side * 0.19, tone.at(0.4, 0.6), 0.3, blur=side * 0.03)
    _card(canvas, (side * 0.56, side * 0.62, side * 0.94, side * 0.92), side * 0.03, (255, 255, 255))
    small = _place(drawn, side * 0.575, side * 0.645, side * 0.24)
    canvas.paste(small.layer, (small.left, small.top), small.layer)
    draw = ImageDraw.Draw(canvas)
    for row, width in enumerate((0.11, 0.08, 0.1)):
        top = side * (0.69 + row * 0.05)
        bar = (side * 0.8, top, side * (0.8 + width), top + side * 0.018)
        draw.rounded_rectangle(bar, side * 0.009, fill=tone.at(0.86 - row * 0.04, 0.8))
    for number, turn in enumerate((0, 25, -25, 50)):
        left = side * (0.6 + number * 0.07)
        draw.ellipse((left, side * 0.865, left + side * 0.032, side * 0.897), fill=tone.at(0.6, 1, turn))
    return canvas


def banner(hue: float, subjects: tuple[Subject, ...], *, seed: int) -> Image.Image:
    """A 1170 by 500 picture: the subjects stand on the right, the left stays calm for words."""
    width, height = 1170, 500
    tone, chance = Tone(hue, 0.5), random.Random(seed)  # noqa: S311
    canvas = gradient((width, height), (tone.at(0.9), tone.at(0.74)))
    _disc(canvas, width * 0.7, height * 0.52, height * 0.56, tone.at(0.95), 0.75)
    _glow(canvas, width * 0.7, height * 0.46, height * 0.34, (255, 255, 255), 0.7, blur=height * 0.08)
    for _number in range(10):
        x, y, r = chance.uniform(0, 1) * width, chance.uniform(0, 1) * height, chance.uniform(0.01, 0.05) * height
        _disc(canvas, x, y, r, tone.at(0.97), 0.5)
    floor = round(height * 0.84)
    canvas.paste(gradient((width, height - floor), (tone.at(0.7), tone.at(0.62))), (0, floor))
    for number, subject in enumerate(subjects):
        middle = number == len(subjects) // 2
        size = height * (0.78 if middle else 0.64)
        x = width * (0.7 + (number - (len(subjects) - 1) / 2) * 0.2)
        layer = _place(_object(subject), x - size / 2, height * 0.9 - 0.86 * size, size)
        _put(canvas, layer, tone.at(0.3), floor=(x, height * 0.905, size * 0.34))
    return canvas


def sign(subject: Subject) -> Image.Image:
    """A 240 by 240 sign of a category."""
    side = 240
    tone = Tone(subject.hue, 0.55)
    canvas = gradient((side, side), (tone.at(0.95), tone.at(0.87)))
    _put(canvas, _place(_object(subject), side * 0.13, side * 0.11, side * 0.74), tone.at(0.36), floor=None)
    return canvas


def portrait(seed: int) -> Image.Image:
    """A 200 by 200 portrait: a friendly face that follows from the seed."""
    side, chance = 200 * OVER, random.Random(seed)  # noqa: S311
    ground, hair, cloth = (
        Tone(chance.uniform(0, 360), 0.5),
        Tone(chance.choice((22, 30, 350, 24)), 0.3),
        Tone(chance.uniform(0, 360), 0.5),
    )
    skin = Tone(chance.uniform(20, 30), 0.6)
    canvas = gradient((side, side), (ground.at(0.88), ground.at(0.74)))
    p = Pen(canvas.size, scale=side / 100)
    long = chance.random() < 0.5
    if long:
        p.blob([(26, 46), (32, 20), (50, 12), (68, 20), (74, 46), (76, 78), (24, 78)], hair.at(0.2))
    p.blob([(14, 100), (20, 80), (40, 72), (60, 72), (80, 80), (86, 100), (50, 104)], (cloth.at(0.62), cloth.at(0.48)))
    p.box(43, 60, 57, 80, skin.at(0.7), r=5)
    p.oval(31, 22, 69, 70, (skin.at(0.82), skin.at(0.76)))
    p.blob(
        [(29, 42), (31, 22), (50, 12), (69, 22), (71, 42), (64, 30), (chance.uniform(40, 60), 27), (36, 31)],
        hair.at(0.22),
    )
    for x in (42, 58):
        p.oval(x - 1.8, 45, x + 1.8, 49.4, (48, 36, 36))
        p.disc(x + (x - 50) * 0.5, 54, 3.4, (244, 170, 160))
    p.line([(44, 57), (50, 60.4), (56, 57)], (176, 84, 78), width=1.3)
    if chance.random() < 0.3:
        for x in (42, 58):
            p.ring(x, 47, 6.4, (60, 54, 58), width=1)
        p.line([(48.4, 47), (51.6, 47)], (60, 54, 58), width=1)
    canvas.paste(p.layer, (0, 0), p.layer)
    return canvas.reduce(OVER)
