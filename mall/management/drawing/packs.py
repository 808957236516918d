"""Packaging: tins, boxes, pouches, bottles, jars, tubes, each with an emblem of what is inside."""

import math

from mall.management.drawing.pen import Pen, Tone

WHITE = (255, 255, 255)
CREAM = (252, 246, 234)
GOLD = (205, 165, 92)
WOOD = (193, 148, 104)


def leaf(p: Pen, x: float, y: float, size: float, angle: float, tone: Tone) -> None:
    """A tea leaf whose stem is at (x, y), pointing at `angle` degrees."""
    turn = math.radians(angle)

    def put(along: float, across: float) -> tuple[float, float]:
        return (
            x + size * (along * math.cos(turn) - across * math.sin(turn)),
            y + size * (along * math.sin(turn) + across * math.cos(turn)),
        )

    p.blob([put(0, 0), put(0.3, -0.2), put(0.65, -0.2), put(1, 0), put(0.65, 0.2), put(0.3, 0.2)],
           (tone.at(0.52), tone.at(0.34)))  # fmt: skip
    p.line([put(0, 0), put(0.5, 0.015), put(0.92, 0)], tone.at(0.68, 0.7), width=size * 0.035)


def emblem(p: Pen, kind: str, x: float, y: float, size: float, tone: Tone) -> None:
    """A small sign within `size` units: what the package holds."""
    ink, pale = tone.at(0.38), tone.at(0.7)
    if kind == "leaf":
        for angle, turn in ((-90, 0), (-140, 8), (-40, -8)):
            leaf(p, x, y + size * 0.35, size * 0.75, angle, Tone(tone.hue + turn, tone.strength))
    elif kind == "paw":
        p.blob([(x - size * 0.3, y + size * 0.22), (x, y - size * 0.08), (x + size * 0.3, y + size * 0.22),
                (x + size * 0.14, y + size * 0.38), (x - size * 0.14, y + size * 0.38)], ink)  # fmt: skip
        for dx, dy in ((-0.36, -0.06), (-0.14, -0.3), (0.14, -0.3), (0.36, -0.06)):
            p.oval(x + size * (dx - 0.1), y + size * (dy - 0.13), x + size * (dx + 0.1), y + size * (dy + 0.13), ink)
    elif kind == "drop":
        p.blob([(x, y - size * 0.5), (x + size * 0.2, y - size * 0.1), (x + size * 0.28, y + size * 0.2), (x, y + size * 0.45),
                (x - size * 0.28, y + size * 0.2), (x - size * 0.2, y - size * 0.1)], (pale, ink))  # fmt: skip
    elif kind == "grain":
        for row in range(4):
            for side in (-1, 1):
                leaf(p, x, y + size * (0.4 - row * 0.2), size * 0.34, -90 + side * 42, tone)
        p.line([(x, y + size * 0.5), (x, y - size * 0.35)], ink, width=size * 0.05)
    elif kind == "flower":
        for step in range(6):
            around = math.radians(step * 60)
            p.disc(x + size * 0.24 * math.cos(around), y + size * 0.24 * math.sin(around), size * 0.17, pale)
        p.disc(x, y, size * 0.15, ink)
    elif kind == "star":
        points = [(x + size * r * math.cos(a), y + size * r * math.sin(a)) for r, a in (
            ((0.46 if step % 2 == 0 else 0.2), math.radians(step * 36 - 90)) for step in range(10))]  # fmt: skip
        p.area(points, (pale, ink))
    else:
        p.disc(x, y, size * 0.34, (pale, ink))


def tin(p: Pen, tone: Tone, *, sign: str = "leaf") -> None:
    """A tea canister with a lid and a paper label."""
    p.oval(28, 78, 72, 90, tone.at(0.24))
    p.box(28, 26, 72, 84, tone.round(0.36))
    p.oval(28, 78, 72, 90, tone.round(0.36))
    p.box(26.5, 18, 73.5, 33, tone.round(0.28), r=1.5)
    p.oval(26.5, 12, 73.5, 24, (tone.at(0.46), tone.at(0.34)))
    p.oval(44, 14.5, 56, 19.5, (GOLD, tone.at(0.5)))
    p.box(28, 33.4, 72, 35, GOLD)
    p.box(35, 42, 65, 78, (CREAM, (240, 228, 206)), r=3)
    emblem(p, sign, 50, 58, 22, tone)
    p.box(43, 71, 57, 72.4, tone.at(0.45), r=0.7)
    p.gloss([(32, 22), (36, 22), (36, 82), (32, 82)], 0.45, blur=1.6)
    p.shade([(66, 20), (74, 20), (74, 90), (66, 90)], 0.35)


def box(p: Pen, tone: Tone, *, sign: str = "leaf") -> None:
    """A gift box standing at an angle, with a ribbon of paper."""
    p.area([(22, 34), (62, 28), (62, 88), (22, 82)], (tone.at(0.5), tone.at(0.4)))
    p.area([(62, 28), (80, 36), (80, 82), (62, 88)], (tone.at(0.34), tone.at(0.26)))
    p.area([(22, 34), (42, 27.5), (80, 36), (62, 28.5)], tone.at(0.6))
    p.area([(22, 34), (40, 26), (80, 35.6), (62, 39.5)], (tone.at(0.68), tone.at(0.58)))
    p.area([(22, 34), (62, 39.5), (62, 88), (22, 82)], (tone.at(0.52), tone.at(0.41)))
    p.area([(62, 39.5), (80, 35.6), (80, 82), (62, 88)], (tone.at(0.36), tone.at(0.28)))
    p.area([(22, 50), (62, 56), (62, 76), (22, 71)], (CREAM, (241, 230, 210)))
    p.area([(62, 56), (80, 51.5), (80, 70.5), (62, 76)], (222, 208, 184))
    emblem(p, sign, 42, 63, 15, tone)
    p.gloss([(24, 36), (60, 41), (60, 47), (24, 42)], 0.28)


def pouch(p: Pen, tone: Tone, *, sign: str = "paw") -> None:
    """A stand-up bag with a sealed edge and a window."""
    outline = [(28, 16), (50, 15), (72, 16), (73.5, 50), (76, 84), (50, 88), (24, 84), (26.5, 50)]
    p.blob([(28, 16), (72, 16), (74, 50), (76, 85), (50, 88), (24, 85), (26, 50)], tone.round(0.5))
    p.box(27.5, 13, 72.5, 20, tone.round(0.4), r=1)
    p.box(27.5, 21.6, 72.5, 22.5, tone.at(0.72))
    p.oval(33, 30, 67, 64, (CREAM, (244, 234, 214)))
    emblem(p, sign, 50, 47, 22, tone)
    p.box(38, 69, 62, 72, tone.at(0.88), r=1.5)
    p.box(42, 75, 58, 77, tone.at(0.78), r=1)
    p.gloss([(30, 24), (34, 24), (32.5, 80), (28.5, 82)], 0.5, blur=1.5)
    p.shade([(outline[3][0] - 5, 24), (78, 24), (78, 88), (70, 88)], 0.3)


def bottle(p: Pen, tone: Tone, *, sign: str = "flower", slim: bool = False) -> None:
    """A glass bottle with a neck: wine, syrup, sauce."""
    half, shoulder = (11, 44) if slim else (15, 40)
    p.box(45, 6, 55, 16, tone.round(0.3), r=1.2)
    p.blob([(45.5, 14), (54.5, 14), (55, 30), (50 + half, shoulder + 6), (50 + half + 0.5, 66), (50 + half, 86),
            (50 - half, 86), (50 - half - 0.5, 66), (50 - half, shoulder + 6), (45, 30)], tone.round(0.32))  # fmt: skip
    p.box(45, 20, 55, 24, GOLD)
    p.box(50 - half - 0.6, 54, 50 + half + 0.6, 78, (CREAM, (238, 226, 204)))
    p.box(50 - half - 0.6, 55.2, 50 + half + 0.6, 55.8, GOLD)
    p.box(50 - half - 0.6, 76.2, 50 + half + 0.6, 76.8, GOLD)
    emblem(p, sign, 50, 65.5, half * 1.05, tone)
    p.gloss(
        [(50 - half + 2, shoulder + 8), (50 - half + 5, shoulder + 6), (50 - half + 5, 84), (50 - half + 2, 84)], 0.5
    )
    p.shade([(50 + half - 4, shoulder), (50 + half + 3, shoulder), (50 + half + 3, 88), (50 + half - 4, 88)], 0.35)


def jar(p: Pen, tone: Tone, *, sign: str = "flower", glass: bool = True) -> None:
    """A wide jar with a lid: honey, cream, jam."""
    body = tone.round(0.55 if glass else 0.86, 1 if glass else 0.5)
    p.box(24, 38, 76, 86, body, r=9)
    if glass:
        p.box(27, 44, 73, 83, (tone.at(0.6), tone.at(0.42)), r=7)
    p.box(27, 22, 73, 40, tone.round(0.32 if glass else 0.6), r=3)
    p.oval(27, 18, 73, 29, (tone.at(0.5), tone.at(0.38)))
    for x in range(30, 72, 4):
        p.box(x, 29, x + 0.7, 39, tone.at(0.26 if glass else 0.5))
    p.box(33, 51, 67, 78, (CREAM, (243, 232, 212)), r=4)
    emblem(p, sign, 50, 64, 18, tone)
    p.gloss([(28, 44), (32, 42), (32, 82), (28, 80)], 0.6, blur=1.2)
    p.shade([(69, 40), (78, 40), (78, 88), (69, 88)], 0.25)


def tube(p: Pen, tone: Tone, *, sign: str = "drop") -> None:
    """A squeezed tube standing on its cap."""
    p.area([(30, 12), (70, 12), (64, 74), (36, 74)], tone.round(0.82, 0.7))
    p.box(29, 8, 71, 15, tone.round(0.72, 0.7), r=1)
    p.area([(31.5, 28), (68.5, 28), (66.8, 46), (33.2, 46)], tone.round(0.55))
    emblem(p, sign, 50, 59, 17, tone)
    p.box(37, 73, 63, 87, tone.round(0.45), r=2)
    p.gloss([(34, 16), (38, 16), (41, 72), (38, 72)], 0.65, blur=1.1)
    p.shade([(63, 12), (72, 12), (66, 88), (60, 88)], 0.2)


def dropper(p: Pen, tone: Tone, *, sign: str = "drop") -> None:
    """A serum bottle with a pipette, half full."""
    p.blob([(46.5, 6), (53.5, 6), (55, 12), (55, 22), (45, 22), (45, 12)], tone.round(0.3, 0.5))
    p.box(41, 20, 59, 32, (GOLD, (168, 128, 64)), r=1.5)
    p.box(33, 33, 67, 87, tone.round(0.76, 0.8), r=6)
    p.box(35.5, 46, 64.5, 84.5, (tone.at(0.66), tone.at(0.5)), r=5)
    p.box(48.9, 32, 51.1, 72, tone.at(0.9, 0.5), r=1)
    p.oval(35.5, 43.5, 64.5, 48.5, tone.at(0.74))
    p.box(40, 56, 60, 78, (255, 253, 250), r=2)
    emblem(p, sign, 50, 66, 13, tone)
    p.gloss([(36, 38), (39, 36), (39, 84), (36, 84)], 0.75, blur=0.9)
    p.shade([(62, 34), (69, 34), (69, 88), (62, 88)], 0.22)


def cake(p: Pen, tone: Tone, *, sign: str = "leaf") -> None:
    """A pressed tea cake in its wrapper, a second one leaning behind."""
    p.disc(58, 46, 31, (tone.at(0.36), tone.at(0.22)))
    for angle in range(0, 360, 12):
        turn = math.radians(angle)
        leaf(p, 58 + 25 * math.cos(turn), 46 + 25 * math.sin(turn), 7, angle + 80, Tone(tone.hue, tone.strength * 0.8))
    p.shade([(30, 40), (60, 30), (70, 80), (30, 80)], 0.35, blur=4)
    p.disc(44, 55, 32, ((250, 243, 226), (228, 211, 178)))
    p.ring(44, 55, 27, tone.at(0.45), width=0.7)
    p.ring(44, 55, 25.4, tone.at(0.6), width=0.4)
    emblem(p, sign, 44, 55, 30, tone)
    p.gloss([(20, 38), (40, 27), (60, 32), (40, 34), (26, 44)], 0.6, blur=2)


def carton(p: Pen, tone: Tone, *, sign: str = "leaf") -> None:
    """A carton with a gable, as milk or paper comes in."""
    p.area([(30, 38), (62, 38), (62, 87), (30, 87)], (tone.at(0.96, 0.5), tone.at(0.88, 0.5)))
    p.area([(62, 38), (75, 35), (75, 83), (62, 87)], (tone.at(0.78, 0.6), tone.at(0.7, 0.6)))
    p.area([(30, 38), (62, 38), (58, 20), (34, 20)], tone.at(0.62))
    p.area([(62, 38), (75, 35), (68, 18), (58, 20)], tone.at(0.48))
    p.area([(34, 20), (58, 20), (68, 18), (68, 11), (58, 12.5), (34, 12.5)], (tone.at(0.54), tone.at(0.44)))
    p.blob([(30, 62), (40, 58), (50, 64), (62, 60), (62, 87), (30, 87)], (tone.at(0.6), tone.at(0.48)))
    p.area([(62, 60), (75, 56), (75, 83), (62, 87)], tone.at(0.4))
    emblem(p, sign, 46, 50, 15, tone)
    p.gloss([(32, 40), (36, 40), (36, 85), (32, 85)], 0.5)
