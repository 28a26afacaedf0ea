"""Clutter: balls, cushions, bones, potted plants and bowls around the animals."""

import numpy as np

from data.render.engine import fbm, mix, pick, rgb, step, turn, vec
from data.render.pets.rooms import hue
from data.render.pets.solids import Solid


def ball(rng, thing, radius):
    """A striped ball."""
    thing.add("detail", "ball", vec(0, radius, 0), ra=radius)


def cushion(rng, thing, radius):
    """A flat round cushion."""
    ends = vec(-0.08, 0.7 * radius, 0), vec(0.08, 0.7 * radius, 0)
    tilt = (0.1, 1, 0.1)
    thing.add("detail", "cushion", *ends, 1.5 * radius, flat=0.45, across=tilt)


def bone(rng, thing, radius):
    """A rubber bone."""
    thing.add("detail", "bone", vec(0, 0.05, -0.1), vec(0, 0.05, 0.1), 0.035)
    for x in (-0.03, 0.03):
        for z in (-0.12, 0.12):
            thing.add("detail", "bone", vec(x, 0.05, z), ra=0.045)


def bowl(rng, thing, radius):
    """A full feeding bowl."""
    thing.add("detail", "bowl", vec(0, 0.05, 0), ra=0.16, flat=0.32, across=(0, 1, 0))
    thing.add("detail", "food", vec(0, 0.085, 0), ra=0.12, flat=0.35, across=(0, 1, 0))


def plant(rng, thing, radius):
    """A pot with broad leaves that arch over."""
    thing.add("detail", "pot", vec(0, 0.03, 0), vec(0, 0.22, 0), 0.11, 0.14)
    thing.add("detail", "pot", vec(0, 0.22, 0), vec(0, 0.25, 0), 0.155, 0.155)
    broad, segments = rng.uniform(0.045, 0.075), 5
    at = np.linspace(0, 1, segments + 1)
    radii = 0.008 + broad * np.sin(np.pi * at**0.8) ** 0.8
    for k in range(rng.integers(6, 9)):
        around = turn(k * 2.4 + rng.normal(0, 0.25))
        reach, height = rng.uniform(0.22, 0.45), rng.uniform(0.15, 0.45)
        droop = rng.uniform(0.5, 1.0)
        outward = 0.02 + reach * at**1.3
        upward = 0.26 + height * (at * 2 - at**2 * (1 + droop * 0.8))
        points = np.stack([outward, upward, 0 * at], -1) @ around.T
        for i in range(segments):
            upper = np.cross(around @ vec(0, 0, 1), points[i + 1] - points[i])
            thing.add(
                "detail", "leaf", points[i], points[i + 1], radii[i], radii[i + 1],
                at[i : i + 2], flat=0.18, across=upper,
            )  # fmt: skip


LOW_THINGS = (ball, cushion, bone, bowl)


def clutter(rng, pets, scale=1.0):
    """Puts one to three things around the animals, now and then in front of them.

    Returns:
        Packed Solids with `kind`, the function that made them, and two `colours`.
    """
    things = []
    for _ in range(rng.integers(1, 4)):
        side = pick(rng, (-1, 1))
        if rng.random() < 0.28:
            kind = pick(rng, LOW_THINGS)
            at = vec(rng.uniform(0.45, 0.8), 0, side * rng.uniform(0.05, 0.45))
        else:
            kind = pick(rng, (*LOW_THINGS, plant))
            at = vec(rng.uniform(-0.9, 0.3), 0, side * rng.uniform(0.5, 1.1))
        thing = Solid(turn(rng.uniform(0, 6.28)), at * scale)
        kind(rng, thing, rng.uniform(0.09, 0.17))
        thing.kind, thing.colours = kind, (hue(rng, pets), hue(rng, pets))
        things.append(thing.pack())
    return things


def paint_thing(thing, points):
    """Colours (N, 3) of points (N, 3) on a thing."""
    q = (points - thing.pos) @ thing.rot
    first, second = thing.colours
    if thing.kind in (plant, bowl):
        distance, h = thing.capsules(points)
        nearest = distance.argmin(0)
        u = thing.u[nearest]
        along = u[:, 0] + h[nearest, np.arange(len(q))] * (u[:, 1] - u[:, 0])
        part = thing.part[nearest]
        leaf = mix(rgb(52, 84, 40), rgb(118, 148, 74), step(0.1, 1, along))
        leaf = leaf * (1 + fbm(q[:, 0], q[:, 2], 9, 9))[:, None]
        food = rgb(120, 76, 44) * (1 + 2 * fbm(q[:, 0], q[:, 2], 60, 60, 1))[:, None]
        colour = mix(np.broadcast_to(first, q.shape), leaf, part == "leaf")
        return mix(colour, food, part == "food")
    if thing.kind is ball:
        band = step(-0.1, 0.1, np.sin(q[:, 0] * 30))
    else:
        band = step(-0.1, 0.1, np.sin(q[:, 2] * 40)) * (second[0] > 0.2)
    weave = 1 + 0.5 * fbm(q[:, 0] + q[:, 1], q[:, 2], 25, 25)
    return mix(first, second, 0.8 * band) * weave[:, None]
