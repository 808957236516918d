"""Clothes, shoes, bags, and things for the smallest."""

from mall.management.drawing.packs import WHITE, emblem
from mall.management.drawing.pen import Fill, Pen, Tone


def tshirt(p: Pen, tone: Tone) -> None:
    """A T-shirt laid flat."""
    cloth: Fill = (tone.at(0.66, 0.9), tone.at(0.54, 0.9))
    p.area([(32, 17), (10, 32), (19, 50), (30, 43)], (tone.at(0.6, 0.9), tone.at(0.48, 0.9)))
    p.area([(68, 17), (90, 32), (81, 50), (70, 43)], (tone.at(0.6, 0.9), tone.at(0.48, 0.9)))
    p.blob([(34, 15.5), (42, 15), (50, 20), (58, 15), (66, 15.5), (70, 19), (70.6, 42), (71, 66), (72, 87), (50, 88.6), (28, 87),
            (29, 66), (29.4, 42), (30, 19)], cloth)  # fmt: skip
    p.blob([(40, 14.6), (50, 16.4), (60, 14.6), (57, 21), (50, 24), (43, 21)], tone.at(0.42, 0.9))
    p.line([(39.4, 15), (43, 21.6), (50, 24.8), (57, 21.6), (60.6, 15)], tone.at(0.72, 0.9), width=1.5)
    p.line([(28.4, 83.6), (50, 85.2), (71.6, 83.6)], tone.at(0.48, 0.9), width=0.5)
    p.shade([(30, 44), (34, 60), (30, 84), (29, 60)], 0.25)
    p.shade([(70, 44), (66, 62), (70, 84), (71, 60)], 0.25)
    p.shade([(44, 40), (48, 62), (44, 80), (46, 60)], 0.12)
    p.gloss([(36, 26), (46, 30), (42, 56), (36, 52)], 0.22, blur=3)


def shirt(p: Pen, tone: Tone) -> None:
    """A buttoned shirt with a collar."""
    for side in (-1, 1):
        p.area([(50 + side * 18, 17), (50 + side * 38, 36), (50 + side * 36, 80), (50 + side * 27, 80), (50 + side * 21, 42)],
               (tone.at(0.74, 0.7), tone.at(0.6, 0.7)))  # fmt: skip
        p.box(50 + side * 31.5 - 5, 76, 50 + side * 31.5 + 5, 82, tone.at(0.8, 0.7), r=1)
    p.area([(34, 15), (66, 15), (72, 22), (73, 88), (27, 88), (28, 22)], (tone.at(0.84, 0.7), tone.at(0.7, 0.7)))
    p.box(47.6, 22, 52.4, 88, (tone.at(0.88, 0.7), tone.at(0.76, 0.7)))
    for y in range(30, 86, 11):
        p.disc(50, y, 1.2, tone.at(0.46, 0.6))
    p.area([(50, 25), (36, 12), (41, 9), (50, 16)], tone.at(0.92, 0.6))
    p.area([(50, 25), (64, 12), (59, 9), (50, 16)], tone.at(0.88, 0.6))
    p.box(57, 36, 67, 47, tone.at(0.76, 0.7), r=1)
    p.shade([(30, 40), (38, 60), (31, 86), (28, 60)], 0.16)


def dress(p: Pen, tone: Tone) -> None:
    """A dress with a waist and dots."""
    p.line([(42, 24), (41, 10)], tone.at(0.5), width=2)
    p.line([(58, 24), (59, 10)], tone.at(0.5), width=2)
    p.area([(38, 20), (46, 24), (54, 24), (62, 20), (60, 46), (40, 46)], (tone.at(0.66), tone.at(0.56)))
    p.blob(
        [(40, 46), (60, 46), (70, 66), (80, 86), (62, 90), (50, 88), (38, 90), (20, 86), (30, 66)],
        (tone.at(0.62), tone.at(0.5)),
    )
    p.box(39.4, 44, 60.6, 48.4, tone.at(0.34))
    for x, y in (
        (34, 70),
        (44, 60),
        (55, 72),
        (64, 64),
        (70, 80),
        (48, 81),
        (30, 82),
        (60, 83),
        (46, 34),
        (54, 32),
        (52, 62),
    ):
        p.disc(x, y, 1.5, tone.at(0.9, 0.6))
    for x in (36, 50, 64):
        p.shade([(50 + (x - 50) * 0.4, 50), (x + 2, 70), (x + 4, 88), (x, 70)], 0.22)


def sneaker(p: Pen, tone: Tone) -> None:
    """A sneaker in profile."""
    p.blob(
        [(12, 38), (26, 34), (36, 38), (50, 54), (72, 60), (90, 68), (92, 78), (12, 80), (10, 56)],
        (tone.at(0.66), tone.at(0.5)),
    )
    p.blob([(70, 60), (84, 64), (92, 73), (90, 80), (66, 80), (64, 68)], (tone.at(0.9, 0.5), tone.at(0.78, 0.5)))
    p.blob([(11, 40), (22, 37), (24, 52), (20, 78), (11, 78)], tone.at(0.4))
    p.blob([(30, 62), (44, 58), (60, 74), (46, 74)], tone.at(0.92, 0.4))
    for step in range(4):
        x, y = 38 + step * 6.4, 44 + step * 4.6
        p.line([(x - 4, y + 4), (x + 3, y - 1)], WHITE, width=1.8)
    p.box(8, 77, 94, 88, ((255, 255, 255), (222, 224, 228)), r=5)
    p.box(10, 84, 92, 88, tone.at(0.5), r=2)
    p.gloss([(26, 40), (34, 42), (46, 56), (36, 52)], 0.3)


def bag(p: Pen, tone: Tone) -> None:
    """A handbag."""
    p.line([(34, 40), (36, 16), (50, 9), (64, 16), (66, 40)], tone.at(0.32), width=3.4)
    p.blob(
        [(22, 38), (50, 35), (78, 38), (84, 60), (82, 84), (50, 88), (18, 84), (16, 60)], (tone.at(0.58), tone.at(0.44))
    )
    p.blob([(21, 38), (50, 35.4), (79, 38), (77, 56), (50, 64), (23, 56)], (tone.at(0.64), tone.at(0.52)))
    p.box(45, 57, 55, 69, ((228, 194, 122), (180, 140, 70)), r=2)
    p.disc(50, 63, 1.8, (120, 88, 40))
    p.gloss([(26, 42), (50, 38.6), (60, 40), (40, 46), (28, 52)], 0.35)
    p.shade([(76, 44), (86, 60), (82, 88), (74, 86)], 0.25)


def hat(p: Pen, tone: Tone) -> None:
    """A sun hat with a ribbon."""
    p.oval(4, 58, 96, 84, (tone.at(0.78, 0.8), tone.at(0.62, 0.8)))
    p.blob([(24, 66), (28, 40), (38, 28), (50, 26), (62, 28), (72, 40), (76, 66), (50, 74)], tone.round(0.72, 0.8))
    p.blob([(24.6, 58), (50, 66), (75.4, 58), (76.4, 67), (50, 75), (23.6, 67)], Tone(tone.hue + 180, 0.4).at(0.4))
    p.gloss([(32, 42), (42, 31), (50, 30), (38, 50)], 0.4)


def socks(p: Pen, tone: Tone) -> None:
    """A pair of striped socks."""
    for dx, turn in ((14, 0), (-8, 20)):
        p.blob([(34 + dx, 14), (52 + dx, 14), (52 + dx, 52), (64 + dx, 70), (60 + dx, 84), (44 + dx, 84), (32 + dx, 66)],
               (tone.at(0.7, 1, turn), tone.at(0.56, 1, turn)))  # fmt: skip
        for y in (24, 32, 40):
            p.box(33.6 + dx, y, 51.8 + dx, y + 3.6, tone.at(0.93, 0.5))
        p.box(32.4 + dx, 11, 53.4 + dx, 20, tone.at(0.48, 1, turn), r=3)
        p.blob([(52 + dx, 66), (64 + dx, 72), (60 + dx, 84), (50 + dx, 84)], tone.at(0.44, 1, turn))
        p.gloss([(36 + dx, 22), (39 + dx, 22), (39 + dx, 60), (36 + dx, 58)], 0.35)


def scarf(p: Pen, tone: Tone) -> None:
    """A checked scarf, folded, with fringes."""
    p.box(20, 14, 80, 34, (tone.at(0.5), tone.at(0.4)), r=9)
    for left, bottom, light in ((24, 74, 0.66), (50, 82, 0.58)):
        p.area(
            [(left, 22), (left + 27, 22), (left + 27, bottom), (left, bottom)], (tone.at(light), tone.at(light - 0.12))
        )
        for step in range(3):
            p.box(left + 4 + step * 8, 22, left + 6.4 + step * 8, bottom, tone.at(0.84, 0.6))
        for y in range(30, bottom - 2, 12):
            p.box(left, y, left + 27, y + 1.8, tone.at(0.42))
        for step in range(9):
            p.line(
                [(left + 1.5 + step * 3, bottom), (left + 1.2 + step * 3, bottom + 7)], tone.at(light - 0.16), width=1
            )
        p.shade([(left, 22), (left + 3, 40), (left + 1, bottom), (left - 2, 50)], 0.25)
    p.box(20, 12, 80, 26, (tone.at(0.7), tone.at(0.56)), r=7)
    p.gloss([(26, 15), (74, 15), (74, 18), (26, 18)], 0.5)


def baby_bottle(p: Pen, tone: Tone) -> None:
    """A feeding bottle with marks."""
    p.blob([(50, 6), (54, 13), (59, 21), (41, 21), (46, 13)], ((250, 218, 178), (232, 186, 138)))
    p.box(36, 20, 64, 32, tone.round(0.6), r=3)
    p.blob(
        [(35, 33), (65, 33), (67, 46), (64, 60), (67, 78), (62, 88), (38, 88), (33, 78), (36, 60), (33, 46)],
        tone.round(0.9, 0.5),
    )
    p.blob(
        [(36, 52), (64, 52), (63.4, 60), (65.4, 77), (61, 86), (39, 86), (34.6, 77), (36.6, 60)],
        ((255, 253, 246), (244, 236, 222)),
    )
    for y in range(56, 84, 7):
        p.box(56, y, 62, y + 0.9, tone.at(0.55))
    emblem(p, "star", 45, 68, 12, tone)
    p.gloss([(37, 38), (40, 36), (41, 82), (38, 82)], 0.75)


def bear(p: Pen, tone: Tone) -> None:
    """A plush bear."""
    for x in (33, 67):
        p.disc(x, 22, 9, (tone.at(0.62), tone.at(0.5)))
        p.disc(x, 22, 5, tone.at(0.78, 0.7))
    p.blob([(24, 62), (32, 52), (68, 52), (76, 62), (72, 84), (50, 89), (28, 84)], (tone.at(0.62), tone.at(0.48)))
    p.oval(37, 58, 63, 84, tone.at(0.8, 0.7))
    for x in (22, 78):
        p.oval(x - 8, 54, x + 8, 74, (tone.at(0.6), tone.at(0.48)))
    for x in (32, 68):
        p.oval(x - 10, 76, x + 10, 91, (tone.at(0.64), tone.at(0.5)))
        p.oval(x - 5, 80, x + 5, 88, tone.at(0.8, 0.7))
    p.disc(50, 36, 24, (tone.at(0.66), tone.at(0.52)))
    p.oval(39, 37, 61, 54, tone.at(0.86, 0.6))
    p.blob([(46, 41), (54, 41), (50, 46)], (62, 44, 40))
    p.line([(50, 46), (50, 49), (46, 51)], (62, 44, 40), width=0.8)
    p.line([(50, 49), (54, 51)], (62, 44, 40), width=0.8)
    for x in (41, 59):
        p.disc(x, 34, 2.2, (44, 32, 32))
        p.disc(x - 0.6, 33.2, 0.7, WHITE)
    p.gloss([(32, 28), (42, 17), (52, 16), (38, 30)], 0.3)


def blocks(p: Pen, tone: Tone) -> None:
    """Building blocks of several colours."""
    for x, y, turn, sign in ((16, 58, 0, "star"), (46, 60, 130, "flower"), (31, 31, 230, "drop"), (62, 34, 50, "leaf")):
        colour = Tone(tone.hue + turn, 0.6)
        p.box(x, y, x + 28, y + 28, (colour.at(0.72), colour.at(0.58)), r=4)
        p.box(x + 3, y + 3, x + 25, y + 25, (colour.at(0.86), colour.at(0.76)), r=3)
        emblem(p, sign, x + 14, y + 14, 16, colour)
        p.gloss([(x + 3, y + 2), (x + 24, y + 2), (x + 24, y + 4), (x + 3, y + 4)], 0.6)


def onesie(p: Pen, tone: Tone) -> None:
    """A baby's bodysuit."""
    for side in (-1, 1):
        p.area(
            [(50 + side * 16, 18), (50 + side * 38, 40), (50 + side * 28, 52), (50 + side * 18, 40)],
            (tone.at(0.84), tone.at(0.74)),
        )
    p.blob([(33, 17), (42, 15), (50, 20), (58, 15), (67, 17), (70, 44), (72, 68), (60, 78), (57, 88), (43, 88), (40, 78), (28, 68), (30, 44)],
           (tone.at(0.88), tone.at(0.76)))  # fmt: skip
    p.line([(41, 15), (44, 22), (50, 24), (56, 22), (59, 15)], tone.at(0.6), width=1.8)
    for x in (45, 50, 55):
        p.disc(x, 84, 1.1, tone.at(0.55))
    emblem(p, "star", 50, 48, 20, tone)
    p.shade([(31, 44), (37, 56), (32, 68)], 0.16)
