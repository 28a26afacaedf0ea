"""How the flowers stand: one close by, a group, a bed, in a vase, on a table.

Each arrangement is a function of a random generator, of ten looks and of the height
`low` down to which stems reach. It returns a Record of `parts`, sheets and hairs;
`heads`, places (N, 3) that the picture shows; `rise`, the angle in radians at which
the camera looks down; and `fill`, how full the frame is.
"""

import numpy as np

from data.render.engine import Record, mix, pick, rgb, step, unit, vec
from data.render.flowers.foliage import FLAT, GOLDEN_ANGLE, plant
from data.render.flowers.patches import lathe, sheet

GLAZES = [
    (236, 234, 228), (90, 130, 160), (180, 110, 80),
    (70, 74, 80), (200, 190, 120), (120, 160, 140),
]  # fmt: skip


def toward(rise):
    """The direction (3,) from which a camera looks that is raised by so much."""
    return vec(np.cos(rise), np.sin(rise), 0)


def close(rng, looks, low):
    """One flower that fills the picture, perhaps a second behind it."""
    stem = looks[0].stem
    rise = rng.uniform(0, 0.5) if rng.random() < 0.5 else rng.uniform(0.5, 1.2)
    face = toward(rise) * rng.uniform(0.7, 1.7) + vec(0, 0.8, 0)
    face = unit(face + rng.normal(0, 0.35, 3))
    head = vec(0, stem, 0)
    foot = vec(rng.normal(0, 0.4), low, rng.normal(0, 0.6))
    parts = plant(rng, looks[0], head, face, foot)
    if rng.random() < 0.45:
        aside = rng.choice([-1, 1]) * rng.uniform(1, 2.2)
        at = vec(rng.uniform(-2.5, -1), stem + rng.normal(0, 0.5), aside)
        foot = (at + rng.normal(0, 0.3, 3)) * FLAT + vec(0, low, 0)
        parts += plant(rng, looks[1], at, face + rng.normal(0, 0.4, 3), foot)
    return Record(parts=parts, heads=[head], rise=rise, fill=rng.uniform(0.62, 1.12))


def stand(rng, looks, low, count, spread, rise):
    """Several flowers side by side, none hiding another altogether."""
    spots, parts = [], []
    for _ in range(400):
        at = vec(rng.uniform(-1.5, 0.8), 0, rng.uniform(-1.5, 1.5)) * spread
        at[1] = looks[0].stem + rng.normal(0, 0.45)
        apart = [
            np.linalg.norm((at - spot) * vec(0.6, 0.45, 1)) > 1.15 for spot in spots
        ]
        if len(spots) < count and all(apart):
            spots.append(at)
    for at, look in zip(spots, looks, strict=False):
        face = toward(rise) * rng.uniform(0.5, 1.4) + vec(0, 0.8, 0)
        face = face + rng.normal(0, 0.3, 3)
        foot = (0.8 * at + rng.normal(0, 0.3, 3)) * FLAT + vec(0, low, 0)
        parts += plant(rng, look, at, face, foot, rng.uniform(0.85, 1.1))
    if rng.random() < 0.4:
        spots = [*spots, vec(0, 0.6, 0)]  # the picture reaches down to the ground
    return Record(parts=parts, heads=spots, rise=rise, fill=rng.uniform(0.8, 1.05))


def group(rng, looks, low):
    """Two to five flowers."""
    return stand(rng, looks, low, rng.integers(2, 6), 1.0, rng.uniform(0.05, 0.5))


def bed(rng, looks, low):
    """Six to ten flowers, seen from higher up."""
    return stand(rng, looks, low, rng.integers(6, 11), 1.9, rng.uniform(0.25, 1.0))


def vase(rng, looks, low):
    """A bunch in a vase."""
    tall, mouth, y = (
        rng.uniform(1.6, 2.3),
        rng.uniform(0.32, 0.5),
        np.linspace(0, 1, 16),
    )
    belly = rng.uniform(0.2, 0.9) * np.sin(np.pi * y ** rng.uniform(0.7, 1.3))
    radius = mouth * (1 + belly - rng.uniform(0, 0.15) * y)
    colour = rgb(*pick(rng, GLAZES))
    bands = step(-0.1, 0.1, np.sin(y * 26)) * (rng.random() < 0.4)
    glaze = mix(colour, colour * 0.6 + 0.2, bands)[None, :, None, :]
    parts = [sheet(lathe(radius, y * tall, 26), glaze, 0, 0.25)]
    heads = [vec(0, 0.3, 0)]
    foot = vec(0, tall * 0.6, 0)
    for i in range(rng.integers(3, 7)):
        turned = i * GOLDEN_ANGLE + rng.normal(0, 0.2)
        lean = rng.uniform(0.25, 0.62) * (i > 0)
        out = vec(
            np.cos(turned) * np.sin(lean), np.cos(lean), np.sin(turned) * np.sin(lean)
        )
        heads.append(vec(0, tall * 0.8, 0) + out * rng.uniform(2.3, 2.8))
        face = out + toward(0.3) * rng.uniform(0.3, 0.9) + rng.normal(0, 0.15, 3)
        size, leafy = rng.uniform(0.8, 1), rng.random() < 0.5
        parts += plant(rng, looks[i], heads[-1], face, foot, size, leafy, tall)
    rise, fill = rng.uniform(0.08, 0.4), rng.uniform(0.85, 1)
    return Record(parts=parts, heads=heads, rise=rise, fill=fill)


def table(rng, looks, low):
    """Cut flowers lying on a table, seen from above."""
    count, angle = rng.integers(1, 4), rng.uniform(-0.9, 0.9)
    row, stems = (
        vec(np.sin(angle), 0, np.cos(angle)),
        vec(np.cos(angle), 0, -np.sin(angle)),
    )
    parts, heads = [], []
    cup = looks[0].kind in ("tulips", "roses")  # these lie on the side of their heads
    for i in range(count):
        at = row * 1.7 * (i - (count - 1) / 2)
        at = at + vec(rng.normal(0, 0.35), 0.9 if cup else 0.55, 0)
        down = stems + rng.normal(0, 0.12, 3) * FLAT
        up = (
            rng.uniform(0.1, 0.5)
            if looks[0].kind == "tulips"
            else rng.uniform(1.0, 2.6)
        )
        foot = at * FLAT + down * rng.uniform(2.6, 3.6) + vec(0, 0.08, 0)
        parts += plant(rng, looks[i], at, vec(0, up, 0) - down, foot, leafy=False)
        heads += [at, at + down * rng.uniform(0.2, 1.2)]
    rise, fill = rng.uniform(0.95, 1.35), rng.uniform(0.75, 1)
    return Record(parts=parts, heads=heads, rise=rise, fill=fill)


# With the share of the pictures that shows each.
VIEWS = {
    "close": (0.36, close),
    "group": (0.22, group),
    "bed": (0.18, bed),
    "vase": (0.12, vase),
    "table": (0.12, table),
}
