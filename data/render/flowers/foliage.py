"""Everything green: stems, leaves, the cup under a head, and grass."""

import numpy as np

from data.render.engine import pick, rgb, step, turn, unit, vec
from data.render.flowers.outlines import (
    blade,
    heart,
    jagged,
    lobed,
    pointed,
    serrated,
    strap,
    sword,
)
from data.render.flowers.patches import facing, lathe, petals, place, sheet, tube

GOLDEN_ANGLE = np.pi * (3 - 5**0.5)  # by which plants set leaf after leaf
FLAT = vec(1, 0, 1)  # times a place: what lies under it on the ground


def green(rng):
    """A green of stems and leaves, in linear light."""
    hues = [(88, 138, 58), (74, 120, 62), (112, 146, 66), (92, 132, 86), (66, 110, 48)]
    return rgb(*pick(rng, hues)) * rng.uniform(0.85, 1.3)


def tint(rng, count, amount=0.1):
    """Factors near 1 (count, 1, 1, 1): no two petals are quite alike."""
    return np.exp(rng.normal(0, amount, (count, 1, 1, 1)))


def evenly(rng, count, scatter):
    """Angles of `count` petals in a ring."""
    ring = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return ring + rng.normal(0, scatter, count)


def calyx(rng, look, deep, radius, length, count, width, lift):
    """The green cup behind a head, with its bracts."""
    cup = lathe(
        radius * vec(0.12, 0.5, 0.85, 1), vec(-1.6, -1.4, -0.8, -0.1) * deep - 0.02
    )
    bracts = petals(
        evenly(rng, count, 0.1),
        lift + rng.normal(0, 0.2, count),
        -0.3,
        length,
        width / 2,
        pointed,
        root=radius * 0.9,
        high=-0.06,
        grid=(8, 5),
    )
    return [sheet(cup, look.green), sheet(bracts, look.green * tint(rng, count), 0.2)]


def sepals(count, lift, bend, length, width, root, high, colour):
    """Small green leaves right under a head."""
    turns = np.arange(count) * 2 * np.pi / count
    grid = (8, 5)
    points = petals(
        turns, lift, bend, length, width, pointed, 0, 0, root, high, grid=grid
    )
    return sheet(points, colour, 0.2)


# --------------------------------------------------------------------- the leaves
def ribbed(rng, look, points, gloss=0.0):
    """A sheet of leaves with a pale midrib."""
    across = np.abs(np.linspace(-1, 1, points.shape[2]))
    rib = 1 + 0.5 * step(0.22, 0, across)[:, None]
    return sheet(points, look.green * rib * tint(rng, len(points), 0.13), 0.25, gloss)


def tulip_leaves(rng, look, stem):
    """Three long leaves from the foot."""
    n = 3
    points = petals(
        rng.uniform(0, 6.28) + np.arange(n) * GOLDEN_ANGLE,
        rng.uniform(1.1, 1.4, n),
        rng.uniform(-0.9, -0.2, n),
        rng.uniform(2, 3, n),
        rng.uniform(0.24, 0.36, n),
        sword,
        cup=0.6,
        tilt=rng.normal(0, 0.2, n),
        root=0.05,
    )
    return [ribbed(rng, look, points + stem(0.03), 0.06)]


def dandelion_leaves(rng, look, stem):
    """A rosette on the ground."""
    n = 7
    points = petals(
        rng.uniform(0, 6.28) + np.arange(n) * GOLDEN_ANGLE,
        rng.uniform(0.3, 0.9, n),
        -0.9,
        rng.uniform(1.2, 2.2, n),
        rng.uniform(0.24, 0.34, n),
        jagged,
        cup=0.3,
        root=0.03,
        grid=(34, 7),
    )
    return [ribbed(rng, look, points + stem(0.01) + vec(0, 0.05, 0))]


def rose_leaves(rng, look, stem):
    """Four stalks, each with five leaflets."""
    n = 4
    turns = rng.uniform(0, 6.28) + np.arange(n) * GOLDEN_ANGLE + rng.normal(0, 0.2, n)
    feet = np.stack([stem(t) for t in rng.uniform(0.12, 0.8, n)])[:, None, None]
    lift, grid = rng.uniform(0.1, 0.8, n), (8, 5)
    stalks = petals(turns, lift, -0.5, 1.1, 0.025, strap, grid=grid) + feet
    parts = [sheet(stalks, look.green * tint(rng, n))]
    size = rng.uniform(0.9, 1.2, n)
    for at, aside in ((7, 0), (5, 1.1), (5, -1.1), (3, 1.2), (3, -1.2)):
        leaflets = petals(
            turns + aside,
            rng.uniform(-0.2, 0.4, n),
            -0.4,
            0.52 * size,
            0.19 * size,
            serrated,
            cup=0.3,
            grid=(15, 7),
        )
        leaflets = leaflets + stalks[:, at, 2][:, None, None]
        parts.append(ribbed(rng, look, leaflets, 0.05))
    return parts


def sunflower_leaves(rng, look, stem):
    """Four large hearts on stalks."""
    n = 4
    turns = rng.uniform(0, 6.28) + np.arange(n) * GOLDEN_ANGLE + rng.normal(0, 0.2, n)
    feet = np.stack([stem(t) for t in rng.uniform(0.12, 0.8, n)])
    points = petals(
        turns,
        rng.uniform(0.3, 0.9, n),
        rng.uniform(-1.6, -0.8, n),
        rng.uniform(1.1, 1.7, n),
        rng.uniform(0.5, 0.7, n),
        heart,
        cup=0.3,
        root=0.5,
        high=0.2,
        ruffle=0.03,
    )
    points = points + feet[:, None, None]
    straight = vec(0, 0.04, 0)
    stalks = [
        tube(foot, leaf[0, 4], straight, 0.05, 0.03, 5)
        for foot, leaf in zip(feet, points, strict=True)
    ]
    return [ribbed(rng, look, points), sheet(np.concatenate(stalks), look.green)]


def daisy_leaves(rng, look, stem):
    """Five narrow leaves, from the foot and from the lower stem."""
    n = 5
    feet = np.stack([stem(t) for t in np.where(np.arange(n) % 2, 0.15, 0.02)])
    points = petals(
        rng.uniform(0, 6.28) + np.arange(n) * GOLDEN_ANGLE,
        rng.uniform(0.3, 1.0, n),
        -0.8,
        rng.uniform(0.7, 1.5, n),
        0.16,
        lobed,
        cup=0.3,
        grid=(24, 7),
    )
    return [ribbed(rng, look, points + feet[:, None, None])]


LEAVES = {
    "dandelion": dandelion_leaves,
    "daisy": daisy_leaves,
    "tulips": tulip_leaves,
    "sunflowers": sunflower_leaves,
    "roses": rose_leaves,
}


def plant(rng, look, head, face, foot, size=1.0, leafy=True, ground=0.0):
    """A whole flower.

    Args:
        rng: NumPy random generator.
        look: What it is, from `look_of`.
        head: Place of the head (3,).
        face: Direction in which it looks (3,).
        foot: Where the stem leaves the ground (3,), or where the picture ends.
        size: Radius of the head.
        leafy: Whether it has leaves.
        ground: Height below which the stem has none.

    Returns:
        List of sheets and hairs.
    """
    if look.kind == "tulips" and face[1] > 0.5:
        face = unit(face) + vec(0, 1.1, 0)  # tulips stand upright
    face = unit(face)
    spin = turn(rng.uniform(0, 6.28))
    parts = place(look.head(rng, look), facing(face) @ spin, head, size)
    neck = head + face * look.neck * size
    bow = -0.12 * face * FLAT * np.linalg.norm(neck - foot)
    bow = bow + rng.normal(0, 0.05, 3) * FLAT
    radius = look.thick * size
    parts.append(sheet(tube(foot, neck, bow, radius * 1.15, radius), look.green))
    if not leafy:
        return parts
    hidden = max(0, ground - foot[1]) / (neck[1] - foot[1])

    def stem(t):
        t = hidden + (1 - hidden) * t
        return foot * (1 - t) + neck * t + bow * 4 * t * (1 - t)

    return parts + LEAVES[look.kind](rng, look, stem)


def grass(rng, count, x, z, tall, colour):
    """`count` blades on the ground within the ranges x and z."""
    blades = petals(
        rng.uniform(0, 6.28, count),
        rng.uniform(1.0, 1.5, count),
        rng.uniform(-1.0, 0, count),
        tall * rng.uniform(0.4, 1, count),
        rng.uniform(0.02, 0.055, count) * (0.6 + 0.4 * tall),
        blade,
        cup=0.4,
        grid=(9, 3),
    )
    feet = np.stack(
        [rng.uniform(*x, count), np.zeros(count), rng.uniform(*z, count)], 1
    )
    return sheet(blades + feet[:, None, None], colour * tint(rng, count, 0.22), 0.3)
