"""Heads: skull, muzzle, jaw, nose, tongue and ears as capsules.

Numbers are in the head's own frame: the skull has radius 1, x leaves through the
nose, y is up and z to the side.
"""

import numpy as np

from data.render.engine import vec

SIDES = (-1, 1)


class HeadFrame:
    """Adds capsules given in the head's frame to a solid."""

    def __init__(self, solid, breed, centre, rot):
        self.solid, self.scale = solid, breed.head
        self.centre, self.rot = centre, rot

    def put(self, group, part, a, b, ra, rb, flat=1.0, across=(0, 0, 1), u=(0, 1)):
        """Adds one capsule; see `Solid.add`."""
        a, b = (self.centre + self.rot @ np.array(p) * self.scale for p in (a, b))
        self.solid.add(
            group, part, a, b, ra * self.scale, rb * self.scale, u,
            self.rot @ vec(0, 1, 0), flat, self.rot @ vec(*across),
        )  # fmt: skip


def add_head(solid, breed, centre, rot, mouth):
    """Adds a head to a solid.

    Args:
        solid: The animal's Solid, not packed yet.
        breed: Its Breed.
        centre: Middle of the skull (3,) in the solid's frame.
        rot: Rotation (3, 3) from the head's frame to the solid's.
        mouth: How far it is open, 0 to 1; the tongue shows above 0.3.

    Returns:
        The tip of the nose (3,) in the head's frame.
    """
    head = HeadFrame(solid, breed, centre, rot)
    nose = _cat(head, breed) if breed.species == "cat" else _dog(head, breed, mouth)
    for z in SIDES:
        _ear(head, breed, z)
    return nose


def _cat(head, breed):
    put, reach, fluffy = head.put, breed.muzzle, breed.fur > 2
    put("head", "head", (0, 0, -0.16), (0, 0, 0.16), 0.84, 0.84)
    put("head", "head", (0.25, -0.28, -0.42), (0.25, -0.28, 0.42), 0.46, 0.46)
    bridge, tip = (0.70, 0.02, 0), (0.92 + reach, -0.14, 0)
    put("head", "muzzle", bridge, tip, 0.22, 0.12)
    for z in SIDES:
        pad = (0.78 + reach, -0.34, 0.15 * z), (0.80 + reach, -0.36, 0.21 * z)
        put("head", "muzzle", *pad, 0.23, 0.22)
        put("head", "head", (0.53, 0.06, 0.35 * z), (0.55, 0.06, 0.35 * z), 0.27, 0.27)
        if fluffy:
            ruff = (-0.05, -0.30, 0.52 * z), (-0.20, -0.60, 0.64 * z)
            put("head", "head", *ruff, 0.52, 0.38)
    put("head", "jaw", (0.50, -0.56, 0), (0.74 + reach, -0.60, 0), 0.22, 0.13)
    x = 1.0 + reach
    put("detail", "nose", (x, -0.16, -0.06), (x, -0.16, 0.06), 0.075, 0.075)
    put("detail", "nose", (x, -0.17, 0), (x, -0.25, 0), 0.07, 0.04)
    return vec(x, -0.2, 0)


def _dog(head, breed, mouth):
    put, reach = head.put, breed.muzzle
    put("head", "head", (0, 0.02, -0.1), (0, 0.02, 0.1), 0.80, 0.80)
    put("head", "head", (0.28, -0.2, -0.3), (0.28, -0.2, 0.3), 0.46, 0.46)
    put("head", "muzzle", (0.45, -0.16, 0), (0.70 + reach, -0.27, 0), 0.42, 0.27)
    for z in SIDES:
        lip = (0.60 + 0.8 * reach, -0.38, 0.12 * z), (0.66 + reach, -0.38, 0.1 * z)
        put("head", "muzzle", *lip, 0.22, 0.2)
        put("head", "head", (0.48, 0.16, 0.36 * z), (0.5, 0.16, 0.36 * z), 0.25, 0.25)
    drop = -0.52 - 0.16 * mouth
    put("head", "jaw", (0.3, -0.45, 0), (0.55 + reach, drop, 0), 0.28, 0.15)
    nose = (0.86 + reach, -0.14, -0.07), (0.86 + reach, -0.14, 0.07)
    put("detail", "nose", *nose, 0.135, 0.135)
    if mouth > 0.3:
        root, bend = (0.55 + reach, drop + 0.14, 0), (0.76 + reach, drop - 0.02, 0)
        tip = (0.82 + reach, drop - 0.42, 0)
        put("detail", "tongue", root, bend, 0.15, 0.15, 0.35, (-0.3, 1, 0))
        put("detail", "tongue", bend, tip, 0.15, 0.13, 0.4, (1, 0.2, 0))
    return vec(0.9 + reach, -0.16, 0)


def _ear(head, breed, z):
    put, ear = head.put, breed.ear
    if breed.ears == "point":
        base = (-0.02, 0.40, 0.46 * z)
        tip = (-0.08, 0.60 + 0.68 * ear, (0.60 + 0.14 * ear) * z)
        facing = (1, 0, 0.40 * z)
        put("detail", "ear", base, tip, 0.50 * min(ear, 1.1), 0.06, 0.30, facing)
    elif breed.ears == "up":
        base, tip = (-0.08, 0.45, 0.44 * z), (-0.10, 0.60 + 0.66 * ear, 0.58 * z)
        put("detail", "ear", base, tip, 0.42, 0.08, 0.36, (1, 0, 0.5 * z))
    else:
        root, fold = (-0.12, 0.52, 0.66 * z), (-0.08, 0.18, 0.98 * z)
        tip = (0.12, 0.1 - 0.85 * ear, 0.93 * z)
        outward = (0.15, 0.35, z)
        put("detail", "ear", root, fold, 0.20, 0.34 * ear, 0.36, outward, (0, 0.4))
        put(
            "detail", "ear", fold, tip, 0.34 * ear, 0.24 * ear, 0.34, (0.2, 0, z),
            (0.4, 1),
        )  # fmt: skip
