"""The colours and habits of the five flowers.

White, yellow, red, pink, orange and lilac each occur in several classes, so that
colour alone tells little.
"""

import numpy as np

from data.render.engine import Record, mix, rgb
from data.render.flowers.blooms import daisy, dandelion, rose, sunflower, tulip
from data.render.flowers.foliage import green

HEADS = {
    "dandelion": dandelion,
    "daisy": daisy,
    "tulips": tulip,
    "sunflowers": sunflower,
    "roses": rose,
}

WHITE, LEMON, GOLD = (246, 241, 226), (248, 222, 96), (248, 206, 44)
RED, PINK, ORANGE, LILAC = (
    (196, 30, 40),
    (234, 134, 162),
    (240, 140, 54),
    (180, 134, 200),
)

# Rows of a weight and sRGB colours.
DAISY = [  # at the base of a ray, at its tip
    (4, WHITE, WHITE),
    (1, WHITE, (236, 170, 196)),
    (2.4, GOLD, LEMON),
    (1.2, LEMON, WHITE),
    (1, PINK, (240, 170, 190)),
    (0.8, ORANGE, (246, 180, 80)),
    (0.7, RED, (214, 60, 60)),
    (0.6, LILAC, (206, 180, 226)),
]
DANDELION = [  # outside, inside
    (3, (252, 214, 30), (240, 172, 14)),
    (1.4, (250, 194, 26), (234, 148, 10)),
    (1.2, (252, 224, 54), (244, 194, 30)),
    (0.7, (246, 162, 36), (218, 112, 14)),
]
ROSES = [  # a petal, its rim
    (1.8, RED, (206, 50, 56)),
    (1.3, PINK, (244, 180, 196)),
    (2.2, GOLD, LEMON),
    (1.2, LEMON, (248, 236, 180)),
    (0.8, LEMON, ORANGE),
    (2.4, (246, 238, 214), WHITE),
    (0.9, ORANGE, (246, 176, 110)),
    (0.6, LILAC, (214, 180, 220)),
]
SUNFLOWERS = [  # a ray, its base
    (4, (250, 204, 36), (232, 150, 16)),
    (1.6, LEMON, GOLD),
    (1.2, (246, 234, 180), LEMON),
    (1, ORANGE, (190, 80, 30)),
    (0.7, (190, 66, 36), (120, 36, 24)),
    (0.7, WHITE, LEMON),
]
HEARTS = [  # the disc of a sunflower: middle, ring, rim
    (3, (60, 44, 26), (58, 36, 24), (120, 76, 34)),
    (2, (110, 112, 50), (70, 44, 26), (150, 96, 34)),
    (1.2, (42, 30, 26), (44, 30, 26), (70, 42, 30)),
    (1.4, (140, 130, 60), (130, 96, 36), (206, 156, 40)),
]
TULIPS = [  # a petal, its flames or edge, its foot
    (1.6, RED, GOLD, (40, 34, 40)),
    (1.3, PINK, WHITE, (240, 226, 170)),
    (2.4, GOLD, RED, (210, 180, 50)),
    (1, LEMON, WHITE, (200, 190, 90)),
    (2.4, (246, 239, 218), (206, 60, 90), (226, 220, 130)),
    (0.9, ORANGE, LEMON, (200, 180, 60)),
    (0.7, LILAC, WHITE, (60, 50, 80)),
    (0.4, (120, 50, 110), (220, 200, 220), (50, 40, 60)),
]


def choose(rng, table):
    """One row of a table of weights and colours, in linear light."""
    weights = np.array([row[0] for row in table], float)
    row = table[rng.choice(len(table), p=weights / weights.sum())]
    return [rgb(*colour) for colour in row[1:]]


def look_of(rng, kind, cut=False):
    """Draws what the blooms of one plant have in common.

    Args:
        rng: NumPy random generator.
        kind: One of `FLOWER_CLASSES` of `utils.datasets`.
        cut: Whether it is for a vase, where a seed head would not last.

    Returns:
        Record of `kind`; `head`, the function that makes one; `neck`, where the stem
        meets the head; `stem`, its length, and `thick`, its radius; `green`, the
        colour of leaves; `open`, how far the head is open; and what the class needs.
    """
    look = Record(kind=kind, head=HEADS[kind], green=green(rng), puff=False)
    look.layers = rng.integers(1, 3)
    look.stem = rng.uniform(2.6, 4.2)
    if kind == "daisy":
        look.neck, look.thick = -0.14, 0.05
        look.colours = choose(rng, DAISY)
        look.count, look.core = rng.integers(17, 34), rng.uniform(0.24, 0.36)
        look.open = rng.uniform(-0.05, 0.35)
    elif kind == "dandelion":
        look.puff = rng.random() < 0.42 and not cut
        look.neck, look.thick = (-0.12 if look.puff else -0.36), 0.065
        look.colours = choose(rng, DANDELION)
        look.count, look.open = rng.integers(150, 220), rng.uniform(0, 0.3)
        look.missing = 1.1 if rng.random() < 0.6 else rng.uniform(0.4, 0.85)
        look.green = mix(look.green, rgb(150, 120, 90), rng.uniform(0, 0.4))
    elif kind == "roses":
        look.neck, look.thick = -0.26, 0.07
        look.colours = choose(rng, ROSES)
        look.count, look.open = rng.integers(24, 36), rng.uniform(0.1, 1)
    elif kind == "sunflowers":
        look.neck, look.thick = -0.2, 0.12
        look.colours, look.heart = choose(rng, SUNFLOWERS), choose(rng, HEARTS)
        look.count, look.core = rng.integers(17, 25), rng.uniform(0.40, 0.56)
        look.open = rng.uniform(-0.05, 0.35)
    else:
        look.neck, look.thick = -0.86, 0.085
        look.colours = choose(rng, TULIPS)
        closed, wide = rng.uniform(-0.05, 0.3), rng.uniform(0.3, 0.62)
        look.open = closed if rng.random() < 0.5 else wide
        look.pattern = rng.choice(["plain", "flamed", "edged"], p=[0.55, 0.25, 0.2])
        look.fringe = rng.random() < 0.15
    return look
