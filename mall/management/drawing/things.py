"""Things of the house, the desk and the pet: pillow, lamp, charger, bowl …"""

import math

from mall.management.drawing.packs import GOLD, WHITE, WOOD, emblem
from mall.management.drawing.pen import Pen, Tone

STEEL = Tone(215, 0.12)


def pillow(p: Pen, tone: Tone) -> None:
    """A plump pillow, another beneath it."""
    for y, light in ((66, 0.76), (50, 0.9)):
        p.blob([(12, y - 18), (30, y - 22), (50, y - 23), (70, y - 22), (88, y - 18), (86, y), (88, y + 17), (70, y + 21),
                (50, y + 22), (30, y + 21), (12, y + 17), (14, y)], (tone.at(light, 0.7), tone.at(light - 0.16, 0.7)))  # fmt: skip
        for side in (-1, 1):
            p.shade(
                [(50 + side * 36, y - 14), (50 + side * 22, y - 4), (50 + side * 36, y + 12), (50 + side * 28, y)], 0.16
            )
        p.gloss([(24, y - 14), (50, y - 19), (76, y - 14), (50, y - 8)], 0.6, blur=3)
    p.line([(20, 66), (50, 70), (80, 66)], tone.at(0.62, 0.6), width=0.7)


def lamp(p: Pen, tone: Tone) -> None:
    """A table lamp with a warm shade."""
    p.oval(34, 80, 66, 89, (WOOD, (150, 108, 72)))
    p.box(48.4, 46, 51.6, 84, (WOOD, (158, 116, 78)))
    p.area([(36, 14), (64, 14), (78, 52), (22, 52)], ((255, 246, 222), tone.at(0.74, 0.9)))
    p.oval(22, 48, 78, 57, tone.at(0.66))
    p.oval(25, 49, 75, 55.5, (255, 240, 196))
    p.oval(36, 11.5, 64, 17, (tone.at(0.86), tone.at(0.78)))
    p.gloss([(38, 18), (44, 18), (36, 50), (28, 50)], 0.5, blur=2)
    p.line([(58, 54), (59, 64), (58, 68)], GOLD, width=0.6)
    p.disc(58, 69.5, 1.6, GOLD)


def towels(p: Pen, tone: Tone) -> None:
    """A pile of folded towels or linen."""
    for step, (light, turn) in enumerate(((0.52, 0), (0.72, 8), (0.86, -6), (0.64, 14))):
        y = 68 - step * 16
        p.box(
            18 + step % 2,
            y,
            82 - step % 2,
            y + 17,
            (tone.at(light + 0.06, 0.8, turn), tone.at(light - 0.08, 0.8, turn)),
            r=8,
        )
        p.line([(28, y + 8.6), (50, y + 9), (80, y + 8.6)], tone.at(light - 0.16, 0.8, turn), width=0.6)
        p.gloss([(26, y + 3), (76, y + 3), (76, y + 5), (26, y + 5)], 0.4)


def pan(p: Pen, tone: Tone) -> None:
    """A pan seen from above, with a wooden handle."""
    p.area([(60, 62), (66, 56), (95, 82), (90, 88)], (WOOD, (146, 104, 68)))
    p.disc(42, 48, 35, (STEEL.at(0.4), STEEL.at(0.18)))
    p.disc(42, 48, 31, (STEEL.at(0.28), STEEL.at(0.36)))
    p.disc(42, 48, 29, (tone.at(0.24, 0.5), tone.at(0.34, 0.5)))
    p.blob([(26, 44), (38, 32), (54, 36), (60, 50), (50, 62), (32, 60)], ((255, 255, 252), (240, 238, 230)))
    p.disc(44, 47, 9, (Tone(44, 0.95).at(0.62), Tone(34, 0.95).at(0.52)))
    p.gloss([(38, 43), (42, 39), (46, 40), (40, 46)], 0.7)


def mug(p: Pen, tone: Tone) -> None:
    """A thermos mug."""
    p.box(34, 26, 66, 88, tone.round(0.5), r=5)
    p.box(32, 14, 68, 29, STEEL.round(0.32), r=4)
    p.box(40, 8, 60, 16, STEEL.round(0.24), r=2)
    p.box(34, 30, 66, 33, STEEL.round(0.75))
    emblem(p, "drop", 50, 58, 18, Tone(tone.hue, tone.strength * 0.4))
    p.gloss([(37, 34), (41, 34), (41, 84), (37, 84)], 0.55)
    p.shade([(61, 26), (68, 26), (68, 90), (61, 90)], 0.3)


def candle(p: Pen, tone: Tone) -> None:
    """A candle in a glass."""
    p.box(28, 38, 72, 87, tone.round(0.86, 0.7), r=6)
    p.box(31, 50, 69, 84, (tone.at(0.8), tone.at(0.66)), r=4)
    p.oval(31, 46, 69, 54, tone.at(0.88))
    p.line([(50, 50), (50.5, 42)], (70, 60, 54), width=0.9)
    p.blob([(50, 22), (54.5, 33), (53, 40), (50, 42), (47, 40), (45.5, 33)], ((255, 236, 150), (250, 160, 60)))
    p.oval(48.6, 34, 51.4, 41, (255, 250, 226))
    p.box(38, 60, 62, 77, (255, 253, 248), r=2)
    emblem(p, "flower", 50, 68.5, 12, tone)
    p.gloss([(31, 42), (34, 40), (34, 84), (31, 84)], 0.7)


def plant(p: Pen, tone: Tone) -> None:
    """A potted plant."""
    for angle, size in ((-90, 52), (-118, 46), (-62, 46), (-142, 36), (-38, 36)):
        turn = math.radians(angle)
        x, y = 50 + size * math.cos(turn), 62 + size * math.sin(turn)
        normal = (math.cos(turn + 1.57) * size * 0.19, math.sin(turn + 1.57) * size * 0.19)
        middle = ((50 + x) / 2, (62 + y) / 2)
        p.blob([(50, 62), (middle[0] + normal[0], middle[1] + normal[1]), (x, y), (middle[0] - normal[0], middle[1] - normal[1])],
               (Tone(128, 0.35).at(0.5), Tone(140, 0.4).at(0.28)))  # fmt: skip
        p.line([(50, 62), (x * 0.85 + 7.5, y * 0.85 + 9.3)], Tone(120, 0.3).at(0.62), width=0.7)
    p.area([(31, 60), (69, 60), (64, 88), (36, 88)], tone.round(0.66, 0.7))
    p.box(28, 56, 72, 64, tone.round(0.74, 0.7), r=2)
    p.gloss([(34, 66), (38, 66), (40, 86), (37, 86)], 0.4)


def charger(p: Pen, tone: Tone) -> None:
    """A wall charger with two ports and its cable."""
    p.line([(58, 66), (66, 82), (82, 84), (88, 70), (84, 58)], tone.at(0.9, 0.3), width=2.6)
    p.box(30, 20, 36, 34, STEEL.round(0.66), r=1)
    p.box(46, 20, 52, 34, STEEL.round(0.66), r=1)
    p.area([(22, 32), (60, 32), (72, 38), (72, 76), (60, 84), (22, 84)], tone.at(0.78, 0.3))
    p.box(20, 30, 62, 86, (tone.at(0.97, 0.4), tone.at(0.86, 0.4)), r=8)
    p.area([(60, 35), (72, 40), (72, 76), (60, 81)], (tone.at(0.78, 0.4), tone.at(0.7, 0.4)))
    for y in (50, 64):
        p.box(30, y, 52, y + 8, STEEL.at(0.24), r=4)
        p.box(33, y + 3.2, 49, y + 4.8, (tone.at(0.6), tone.at(0.5)), r=0.8)
    p.disc(41, 41, 1.8, Tone(150, 0.7).at(0.55))
    p.gloss([(24, 36), (28, 33), (28, 82), (24, 82)], 0.8)


def earbuds(p: Pen, tone: Tone) -> None:
    """Earbuds in their open case."""
    p.box(20, 22, 80, 56, (tone.at(0.9, 0.4), tone.at(0.76, 0.4)), r=15)
    p.box(24, 27, 76, 56, (tone.at(0.5, 0.4), tone.at(0.62, 0.4)), r=11)
    for x in (39, 61):
        p.box(x - 2.6, 42, x + 2.6, 66, WHITE, r=2.6)
        p.blob(
            [(x - 8, 38), (x, 32), (x + 8, 38), (x + 6, 48), (x, 50), (x - 6, 48)],
            ((255, 255, 255), tone.at(0.84, 0.3)),
        )
        p.oval(x - 3, 36, x + 3, 42, STEEL.at(0.3))
    p.box(18, 54, 82, 87, (tone.at(0.96, 0.4), tone.at(0.82, 0.4)), r=15)
    p.disc(50, 66, 1.7, Tone(150, 0.7).at(0.55))
    p.gloss([(24, 60), (50, 57), (76, 60), (50, 63)], 0.8)


def phone(p: Pen, tone: Tone) -> None:
    """A phone showing a landscape, or a tablet's face."""
    p.box(29, 8, 71, 90, STEEL.round(0.2), r=7)
    p.box(31.2, 10.2, 68.8, 87.8, (tone.at(0.74), tone.at(0.9, 0.7)), r=5.4)
    p.disc(57, 36, 7, (255, 240, 206))
    p.area(
        [(31.2, 66), (44, 46), (56, 64), (62, 56), (68.8, 66), (68.8, 80), (31.2, 80)], (tone.at(0.5), tone.at(0.36))
    )
    p.box(31.2, 74, 68.8, 87.8, (tone.at(0.36), tone.at(0.28)), r=5.4)
    p.box(44, 12, 56, 15, STEEL.at(0.1), r=1.5)
    p.gloss([(33, 12), (48, 12), (36, 60), (33, 60)], 0.3)


def keyboard(p: Pen, tone: Tone) -> None:
    """A small mechanical keyboard."""
    p.area([(10, 42), (90, 42), (96, 82), (4, 82)], (tone.at(0.72, 0.5), tone.at(0.56, 0.5)))
    p.box(4, 80, 96, 87, (tone.at(0.5, 0.5), tone.at(0.4, 0.5)), r=2)
    for row in range(4):
        count, y = 12 - row % 2, 46 + row * 8.6
        width = (80 + row * 2.6) / count
        for col in range(count):
            x = 50 - (80 + row * 2.6) / 2 + col * width
            accent = (row, col) in ((0, 0), (1, 10), (2, 11), (3, 4))
            top = tone.at(0.58) if accent else tone.at(0.96, 0.4)
            p.box(x + 0.5, y + 0.8, x + width - 0.5, y + 7.6, tone.at(0.44, 0.5), r=1.2)
            p.box(x + 0.9, y, x + width - 0.9, y + 6, (top, tone.at(0.5) if accent else tone.at(0.86, 0.4)), r=1.2)


def speaker(p: Pen, tone: Tone) -> None:
    """A round speaker with a cloth front."""
    p.box(24, 14, 76, 88, tone.round(0.46, 0.8), r=20)
    for row in range(22):
        for col in range(13):
            p.disc(28 + col * 3.7, 24 + row * 2.7, 0.5, tone.at(0.32, 0.8))
    p.disc(50, 60, 19, (tone.at(0.28), tone.at(0.4)))
    p.disc(50, 60, 14, (tone.at(0.44), tone.at(0.24)))
    p.disc(50, 60, 5.4, (tone.at(0.7), tone.at(0.4)))
    p.disc(50, 30, 7, (tone.at(0.3), tone.at(0.42)))
    p.gloss([(29, 30), (34, 22), (36, 24), (33, 76), (29, 72)], 0.4)


def watch(p: Pen, tone: Tone) -> None:
    """A watch with a round face."""
    p.box(38, 4, 62, 96, tone.round(0.4), r=6)
    p.disc(50, 50, 29, (STEEL.at(0.8), STEEL.at(0.46)))
    p.disc(50, 50, 25, ((34, 38, 48), (14, 16, 22)))
    for step in range(12):
        turn = math.radians(step * 30)
        p.disc(50 + 21 * math.cos(turn), 50 + 21 * math.sin(turn), 0.9, tone.at(0.74))
    p.line([(50, 50), (50, 35)], WHITE, width=1.5)
    p.line([(50, 50), (60, 55)], tone.at(0.66), width=1.3)
    p.disc(50, 50, 1.8, tone.at(0.66))
    p.gloss([(32, 40), (44, 27), (52, 27), (36, 46)], 0.3)


def bowl(p: Pen, tone: Tone) -> None:
    """A pet's bowl full of food."""
    heap = ((34, 46), (42, 42), (50, 40), (58, 42), (66, 46), (46, 47), (56, 47), (38, 50), (62, 50), (50, 48.0))
    for x, y in heap:
        p.blob([(x - 5, y), (x, y - 4.4), (x + 5, y), (x, y + 4.4)], (Tone(28, 0.5).at(0.5), Tone(24, 0.5).at(0.34)))
    p.area([(18, 54), (82, 54), (90, 86), (10, 86)], tone.round(0.56))
    p.oval(10, 81, 90, 91, tone.round(0.5))
    p.oval(18, 48, 82, 60, (tone.at(0.72), tone.at(0.6)))
    p.oval(23, 49.5, 77, 57.5, (Tone(26, 0.5).at(0.36), Tone(28, 0.5).at(0.44)))
    for x, y in ((32, 52), (42, 50), (52, 49.6), (62, 50.6), (70, 53), (37, 54.5), (48, 54), (58, 54.6)):
        p.blob(
            [(x - 4.4, y), (x, y - 3.6), (x + 4.4, y), (x, y + 3.4)], (Tone(28, 0.5).at(0.56), Tone(24, 0.5).at(0.38))
        )
    emblem(p, "paw", 50, 72, 17, Tone(tone.hue, tone.strength * 0.3))
    p.gloss([(22, 60), (28, 60), (22, 84), (16, 84)], 0.5)


def bone(p: Pen, tone: Tone) -> None:
    """A chewing bone and a ball."""
    for x, y in ((18, 46), (24, 34), (70, 74), (80, 66)):
        p.disc(x, y, 9, (tone.at(0.9, 0.7), tone.at(0.76, 0.7)))
    p.area([(18, 46), (27, 34), (80, 66), (71, 76)], (tone.at(0.9, 0.7), tone.at(0.74, 0.7)))
    p.gloss([(24, 40), (30, 38), (74, 66), (70, 68)], 0.6)
    ball = Tone(tone.hue + 150, 0.6)
    p.disc(70, 38, 17, (ball.at(0.64), ball.at(0.44)))
    p.line([(57, 28), (66, 38), (60, 52)], WHITE, width=1.6)
    p.line([(82, 27), (74, 38), (81, 51)], WHITE, width=1.6)
    p.gloss([(60, 32), (66, 25), (71, 25), (63, 36)], 0.5)


def cushion(p: Pen, tone: Tone) -> None:
    """A pet's round bed with somebody asleep in it."""
    p.oval(6, 48, 94, 90, (tone.at(0.68), tone.at(0.48)))
    p.oval(18, 52, 82, 80, (tone.at(0.92, 0.6), tone.at(0.82, 0.6)))
    fur = Tone(32, 0.55)
    p.blob([(26, 66), (32, 50), (50, 44), (68, 50), (74, 66), (62, 76), (38, 76)], (fur.at(0.68), fur.at(0.52)))
    p.blob(
        [(28, 60), (30, 46), (38, 52), (46, 52), (54, 45), (55, 60), (48, 70), (34, 70)], (fur.at(0.74), fur.at(0.6))
    )
    p.line([(34, 61), (36, 62.6), (38.4, 61)], fur.at(0.22), width=0.8)
    p.line([(45, 61), (47.4, 62.6), (49.4, 61)], fur.at(0.22), width=0.8)
    p.blob([(40.4, 64), (43, 64), (41.7, 65.6)], (214, 120, 120))
    p.line([(72, 66), (80, 72), (66, 78), (46, 77)], fur.at(0.5), width=4.4)
    p.gloss([(10, 62), (24, 52), (30, 54), (16, 66)], 0.35)
