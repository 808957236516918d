"""Fresh food and what is drunk from: fruit, fish, eggs, cups."""

import math

from mall.management.drawing.packs import leaf
from mall.management.drawing.pen import Pen, Tone

GREEN = Tone(105, 0.45)


def oranges(p: Pen, tone: Tone) -> None:
    """A whole fruit, a half, and a leaf."""
    p.disc(40, 56, 28, (tone.at(0.62), tone.at(0.46)))
    p.shade([(30, 80), (60, 84), (70, 60), (60, 78), (44, 83)], 0.3, blur=3)
    leaf(p, 40, 29, 24, -22, GREEN)
    p.line([(40, 31), (41, 26)], GREEN.at(0.25), width=1.6)
    p.gloss([(22, 50), (28, 37), (38, 34), (30, 42), (26, 54)], 0.55, blur=2)
    p.disc(66, 66, 21, (tone.at(0.6), tone.at(0.5)))
    p.disc(66, 66, 19, (255, 241, 214))
    for step in range(9):
        start, end = math.radians(step * 40 + 4), math.radians(step * 40 + 36)
        p.area([(66, 66), *[(66 + 17 * math.cos(start + (end - start) * k / 6), 66 + 17 * math.sin(
            start + (end - start) * k / 6)) for k in range(7)]], (tone.at(0.66), tone.at(0.54)))  # fmt: skip
    p.disc(66, 66, 2, (255, 246, 226))
    p.gloss([(54, 58), (62, 52), (70, 52), (60, 58)], 0.45, blur=1.4)


def berries(p: Pen, tone: Tone) -> None:
    """Three strawberries."""
    for x, y, s in ((34, 50, 1.0), (66, 48, 1.0), (50, 62, 1.2)):
        p.blob([(x - 17 * s, y - 10 * s), (x, y - 15 * s), (x + 17 * s, y - 10 * s), (x + 13 * s, y + 10 * s),
                (x, y + 22 * s), (x - 13 * s, y + 10 * s)], (tone.at(0.56), tone.at(0.4)))  # fmt: skip
        for row in range(4):
            for col in range(4 - row):
                seed_x = x + (col - (3 - row) / 2) * 7 * s
                p.oval(
                    seed_x - 0.7 * s,
                    y - 5 * s + row * 6 * s,
                    seed_x + 0.7 * s,
                    y - 3 * s + row * 6 * s,
                    (255, 224, 150),
                )
        for angle in (-160, -125, -90, -55, -20):
            leaf(p, x, y - 11 * s, 11 * s, angle, GREEN)
        p.gloss([(x - 13 * s, y - 6 * s), (x - 8 * s, y - 9 * s), (x - 8 * s, y + 6 * s), (x - 11 * s, y + 4 * s)], 0.5)


def apples(p: Pen, tone: Tone) -> None:
    """Two round fruits with stems: apples, peaches, persimmons."""
    for x, y, s in ((63, 50, 0.86), (41, 57, 1.05)):
        p.blob([(x, y - 22 * s), (x + 16 * s, y - 26 * s), (x + 27 * s, y - 8 * s), (x + 20 * s, y + 18 * s), (x, y + 26 * s),
                (x - 20 * s, y + 18 * s), (x - 27 * s, y - 8 * s), (x - 16 * s, y - 26 * s)],
               (tone.at(0.6), tone.at(0.42, 1, -8)))  # fmt: skip
        p.shade(
            [(x - 5 * s, y - 24 * s), (x + 5 * s, y - 24 * s), (x + 3 * s, y - 16 * s), (x - 3 * s, y - 16 * s)],
            0.4,
            blur=1.2,
        )
        p.line([(x, y - 18 * s), (x + 1, y - 26 * s), (x + 4 * s, y - 32 * s)], (110, 74, 48), width=1.8 * s)
        leaf(p, x + 2, y - 24 * s, 17 * s, -28, GREEN)
        p.gloss(
            [(x - 20 * s, y - 8 * s), (x - 13 * s, y - 19 * s), (x - 8 * s, y - 18 * s), (x - 15 * s, y)],
            0.55,
            blur=1.8,
        )
        p.shade([(x + 8 * s, y + 24 * s), (x + 25 * s, y), (x + 28 * s, y + 20 * s)], 0.3, blur=3)


def fish(p: Pen, tone: Tone) -> None:
    """A fish on a plate with lemon."""
    p.oval(8, 44, 92, 86, ((252, 252, 253), (222, 227, 233)))
    p.oval(15, 48, 85, 81, ((236, 240, 244), (250, 251, 252)))
    p.blob([(20, 63), (34, 51), (54, 50), (70, 60), (82, 50), (81, 64), (82, 76), (70, 67), (54, 75), (34, 74)],
           (tone.at(0.72), tone.at(0.5)))  # fmt: skip
    p.blob([(40, 53), (50, 44), (58, 52)], tone.at(0.48))
    p.line([(33, 53), (36, 63), (33, 73)], tone.at(0.4), width=0.9)
    for x in range(40, 66, 7):
        for y in (57, 63, 69):
            p.line([(x, y - 2), (x + 2.4, y), (x, y + 2)], tone.at(0.42), width=0.6)
    p.disc(27, 61, 2.4, (255, 255, 255))
    p.disc(27, 61, 1.2, (30, 34, 44))
    p.disc(70, 78, 8, (246, 205, 74))
    p.disc(70, 78, 6.4, (255, 240, 176))
    p.gloss([(26, 55), (44, 51), (58, 53), (42, 56)], 0.55)


def eggs(p: Pen, tone: Tone) -> None:
    """Eggs in a paper tray."""
    for x, y in ((26, 50), (50, 47), (74, 50), (38, 58), (62, 58)):
        p.blob([(x, y - 18), (x + 10, y - 6), (x + 11, y + 9), (x, y + 17), (x - 11, y + 9), (x - 10, y - 6)],
               (tone.at(0.84, 0.8), tone.at(0.66, 0.8)))  # fmt: skip
        p.gloss([(x - 6, y - 6), (x - 3, y - 12), (x, y - 12), (x - 4, y - 2)], 0.65)
    p.blob([(8, 62), (20, 58), (32, 68), (44, 60), (56, 60), (68, 68), (80, 58), (92, 62), (86, 86), (14, 86)],
           ((176, 164, 150), (140, 128, 116)))  # fmt: skip
    p.gloss([(12, 64), (88, 64), (84, 70), (16, 70)], 0.2)


def corn(p: Pen, tone: Tone) -> None:
    """Two cobs in their leaves."""
    for x, tilt in ((38, -6), (62, 6)):
        p.blob([(x + tilt, 12), (x + 11 + tilt * 0.6, 26), (x + 12, 60), (x, 84), (x - 12, 60), (x - 11 + tilt * 0.6, 26)],
               tone.round(0.56))  # fmt: skip
        for row in range(13):
            for col in range(-3, 4):
                y = 22 + row * 4.4
                if abs(col) * 3.3 < 10.5:
                    px = x + col * 3.3 + tilt * (1 - row / 13)
                    p.oval(px - 1.5, y - 1.9, px + 1.5, y + 1.9, (tone.at(0.7), tone.at(0.5)))
        p.blob([(x, 86), (x - 16, 70), (x - 17, 44), (x - 8, 62)], (GREEN.at(0.56), GREEN.at(0.36)))
        p.blob([(x, 86), (x + 16, 70), (x + 17, 44), (x + 8, 62)], (GREEN.at(0.5), GREEN.at(0.3)))


def cup(p: Pen, tone: Tone) -> None:
    """A cup of tea with steam, on a saucer."""
    p.oval(14, 74, 86, 90, (tone.at(0.9, 0.5), tone.at(0.74, 0.5)))
    p.oval(24, 77, 76, 87, tone.at(0.82, 0.5))
    p.ring(79, 54, 11, tone.at(0.8, 0.5), width=4)
    p.blob([(24, 40), (76, 40), (74, 62), (62, 80), (38, 80), (26, 62)], tone.round(0.84, 0.6))
    p.oval(24, 33, 76, 47, tone.at(0.94, 0.4))
    p.oval(27, 35.5, 73, 46, (Tone(35, 0.6).at(0.55), Tone(28, 0.65).at(0.42)))
    leaf(p, 44, 41, 12, 12, GREEN)
    p.gloss([(29, 48), (33, 47), (37, 74), (33, 72)], 0.7)
    for x in (42, 52, 61):
        p.line([(x, 28), (x - 3, 22), (x + 2, 16), (x - 1, 9)], tone.at(0.93, 0.35), width=1.5)


def pot(p: Pen, tone: Tone) -> None:
    """A clay teapot."""
    p.line([(70, 46), (90, 42), (92, 62), (72, 68)], tone.at(0.32), width=4.5)
    p.blob([(30, 60), (12, 44), (8, 42), (7, 47), (18, 62), (30, 74)], tone.round(0.36))
    p.blob([(26, 54), (34, 40), (50, 36), (66, 40), (74, 54), (71, 74), (58, 85), (42, 85), (29, 74)], tone.round(0.42))
    p.oval(33, 34, 67, 44, (tone.at(0.52), tone.at(0.36)))
    p.blob([(35, 38), (50, 27), (65, 38), (50, 42)], tone.round(0.45))
    p.disc(50, 25, 4.4, (tone.at(0.55), tone.at(0.34)))
    p.gloss([(32, 54), (38, 45), (44, 43), (38, 56), (35, 68)], 0.4, blur=2)
    p.shade([(60, 84), (74, 70), (76, 56), (78, 84)], 0.35, blur=3)


def mooncake(p: Pen, tone: Tone) -> None:
    """Two pastries, one cut open."""
    for x, y, r in ((58, 44, 24), (40, 62, 26)):
        for step in range(14):
            turn = math.radians(step * 360 / 14)
            p.disc(
                x + r * 0.88 * math.cos(turn), y + r * 0.74 * math.sin(turn), r * 0.24, (tone.at(0.52), tone.at(0.4))
            )
        p.oval(x - r * 0.95, y - r * 0.82, x + r * 0.95, y + r * 0.82, (tone.at(0.6), tone.at(0.46)))
        for step in range(8):
            turn = math.radians(step * 45)
            p.disc(
                x + r * 0.42 * math.cos(turn), y + r * 0.36 * math.sin(turn), r * 0.17, (tone.at(0.66), tone.at(0.5))
            )
        p.disc(x, y, r * 0.2, tone.at(0.42))
        p.gloss(
            [(x - r * 0.7, y - r * 0.2), (x - r * 0.2, y - r * 0.66), (x + r * 0.2, y - r * 0.62), (x - r * 0.4, y)],
            0.4,
        )
