"""Five kinds of flower as sheets and hairs.

A head has a radius of about 1, stands on the y axis and faces +y. What the blooms of
one picture have in common (their colours, how many petals, how far open) is a `look`.
"""

import numpy as np

from data.render.engine import mix, rgb, step, unit, vec
from data.render.flowers.foliage import GOLDEN_ANGLE, calyx, evenly, sepals, tint
from data.render.flowers.outlines import bowl, fan, pointed, strap
from data.render.flowers.patches import Hairs, beads, lathe, petals, sheet, tube


# ----------------------------------------------------------------- shared pieces
def along(count, grid=(15, 9)):
    """Places along and across `count` petals, both (count, *grid); the middle is 0."""
    s = np.linspace(0, 1, grid[0])[:, None]
    t = np.abs(np.linspace(-1, 1, grid[1]))
    shape = (count, *grid)
    return np.broadcast_to(s, shape), np.broadcast_to(t, shape)


def florets(count, radius, rise):
    """The florets of a disc, set by the golden angle on a dome.

    Returns:
        Places (count, 3), normals (count, 3) and distances from the middle (count,),
        which run from 0 to 1.
    """
    number = np.arange(count) + 0.5
    q, angle = np.sqrt(number / count), number * GOLDEN_ANGLE
    x, z = q * np.cos(angle), q * np.sin(angle)
    places = np.stack([radius * x, rise * (1 - q**2), radius * z], -1)
    slope = 2 * rise / radius
    return places, unit(np.stack([slope * x, np.ones(count), slope * z], -1)), q


def dome(radius, rise, colour):
    """The ground on which the florets of a disc stand."""
    q = np.linspace(0.01, 1, 6)
    return sheet(lathe(radius * q, rise * (1 - q**2) - 0.02), colour)


# ------------------------------------------------------------- the five flowers
def daisy(rng, look):
    """A yellow disc and rays with parallel edges."""
    n, core, rise = look.count, look.core, rng.uniform(0.06, 0.2)
    colour, tip = look.colours
    parts = []
    for layer in range(look.layers):
        rays = petals(
            evenly(rng, n, 1.5 / n) + layer * np.pi / n,
            look.open + 0.14 * layer + rng.normal(0, 0.09, n),
            -0.35 - 0.5 * look.open + rng.normal(0, 0.12, n),
            (1 - core * 0.7) * rng.normal(1, 0.05, n),
            2.5 / n * rng.normal(1, 0.1, n) + 0.008,
            strap,
            cup=rng.normal(0.25, 0.1, n),
            root=core * 0.7,
            tilt=rng.normal(0, 0.18, n),
        )
        s, _ = along(n)
        base = mix(colour * 0.8, colour, step(0, 0.35, s))
        painted = mix(base, tip, step(0.45, 1, s)) * tint(rng, n, 0.05)
        parts.append(sheet(rays, painted, 0.55))
    places, normals, q = florets(190, core, rise)
    yellow = mix(rgb(196, 190, 70), rgb(246, 200, 40), step(0.1, 0.4, q))
    yellow = mix(yellow, rgb(222, 142, 26), step(0.75, 1, q))
    yellow = yellow * np.exp(rng.normal(0, 0.12, (190, 1)))
    disc = beads(places, normals, core / 13 * (0.8 + 0.4 * q), 1.3)
    parts.append(sheet(disc, yellow[:, None, None], 0.1))
    parts.append(dome(core, rise, rgb(190, 134, 20)))
    return parts + calyx(rng, look, 0.1, core * 0.9, 0.16, 14, 0.2, -0.35)


def dandelion(rng, look):
    """A cushion of narrow rays, upright in the middle; or a ball of seeds."""
    if look.puff:
        return puff(rng, look)
    n, grid = look.count, (10, 5)
    q = (np.arange(n) + 0.5) / n
    rays = petals(
        np.arange(n) * GOLDEN_ANGLE,
        (1.75 - 1.6 * q**0.8) * (1 - 0.15 * look.open) + rng.normal(0, 0.08, n),
        -0.15 - 0.5 * q,
        (0.40 + 0.54 * q) * rng.normal(1, 0.06, n),
        0.048 + 0.012 * q,
        strap,
        root=0.02 + 0.09 * np.sqrt(q),
        high=0.06 * (1 - q),
        cup=0.35,
        tilt=rng.normal(0, 0.3, n),
        grid=grid,
    )
    s, _ = along(n, grid)
    outward = np.clip(0.15 + 0.5 * q[:, None, None] + 0.6 * s, 0, 1)
    colour = mix(look.colours[1], look.colours[0], outward)
    cup = lathe(vec(0.06, 0.2, 0.24, 0.2), vec(-0.42, -0.34, -0.14, 0.02))
    return [
        sheet(rays, colour * tint(rng, n, 0.07), 0.4),
        sheet(cup, look.green),
        sepals(9, 2.6, -1.4, 0.32, 0.07, 0.16, -0.18, look.green),
    ]


def lines(starts, ends, count=5):
    """Straight lines (N, count, 3) between points (N, 3)."""
    t = np.linspace(0, 1, count)[:, None]
    return starts[:, None] * (1 - t) + ends[:, None] * t


def puff(rng, look):
    """A ball of seeds, each a stalk with a parasol of hairs; some may have flown."""
    count, rays = 150, 17
    number = np.arange(count) + 0.5
    y, angle = 1 - 1.93 * number / count, number * GOLDEN_ANGLE
    flat = np.sqrt(1 - y**2)
    outward = np.stack([flat * np.cos(angle), y, flat * np.sin(angle)], -1)
    outward = unit(outward + rng.normal(0, 0.03, (count, 3)))
    wind = unit(rng.normal(0, 1, 3) + vec(0, 0.4, 0))
    outward = outward[outward @ wind < look.missing]
    count = len(outward)

    tops = outward * rng.normal(0.70, 0.02, (count, 1))
    side = unit(np.cross(outward, rng.normal(0, 1, outward.shape)))
    other = np.cross(outward, side)
    turns = np.linspace(0, 2 * np.pi, rays, endpoint=False)[None, :, None]
    parasol = np.cos(turns) * side[:, None] + np.sin(turns) * other[:, None]
    parasol = 0.30 * unit(parasol + 0.62 * outward[:, None])
    tips = tops[:, None] + parasol * rng.normal(1, 0.06, (count, rays, 1))

    white = rgb(240, 238, 232)
    half_turn = np.linspace(0, 3.1, 8)
    ball = lathe(0.12 * np.sin(half_turn) + 0.002, -0.12 * np.cos(half_turn))
    return [
        Hairs(lines(np.repeat(tops, rays, 0), tips.reshape(-1, 3)), white, 0.30),
        Hairs(lines(outward * 0.12, tops), white * 0.8, 0.35),
        sheet(beads(outward * 0.11, outward, 0.02, 3.2), rgb(120, 96, 66)),
        sheet(ball, rgb(150, 140, 100)),
        sepals(9, -0.9, -0.5, 0.3, 0.05, 0.06, -0.1, look.green),
    ]


def rose(rng, look):
    """Petals wrapped round each other, the outer ones wide and rolled back."""
    n, grid = look.count, (19, 15)
    q = (np.arange(n) / (n - 1)) ** 0.85  # 0 for the innermost petal, 1 for the last
    opened = q * (0.55 + 0.6 * look.open)
    layers = petals(
        np.arange(n) * GOLDEN_ANGLE + rng.normal(0, 0.12, n),
        1.30 - 1.05 * opened + rng.normal(0, 0.04, n),
        0.45 + 0.25 * q,
        0.78 + 0.28 * q,
        0.30 + 0.36 * q,
        fan,
        wrap=1.0 - 0.25 * opened,
        root=0.015 + 0.10 * q,
        high=0.16 - 0.2 * q,
        knee=0.8,
        roll=-0.25 - 1.75 * opened + rng.normal(0, 0.2, n) * opened,
        tilt=0.34 * (1 - 0.6 * q),
        ruffle=0.020 * (0.3 + q),
        cup=-0.06 * opened,
        grid=grid,
    )
    s, t = along(n, grid)
    colour, rim = look.colours
    painted = mix(colour * 0.5, colour, step(0.1, 0.75, s))
    painted = mix(painted, rim, 0.75 * step(0.72, 1, s + 0.12 * t))
    hip = lathe(vec(0.05, 0.13, 0.16, 0.14), vec(-0.3, -0.24, -0.1, 0.04))
    return [
        sheet(layers, painted * tint(rng, n, 0.05), 0.38, 0.03),
        sheet(hip, look.green),
        sepals(5, 0.3, -1.2, 0.6, 0.12, 0.1, -0.12, look.green),
    ]


def sunflower(rng, look):
    """A wide disc of seeds in rings of colour, and pointed rays."""
    n, core, rise = look.count, look.core, rng.uniform(0.02, 0.16)
    colour, base = look.colours
    parts = []
    for layer in range(1 + look.layers):
        rays = petals(
            evenly(rng, n, 0.10) + layer * np.pi / n * 0.9,
            look.open + 0.16 * layer + rng.normal(0, 0.13, n),
            -0.35 - 0.4 * look.open + rng.normal(0, 0.28, n),
            (1.04 - core) * rng.normal(1.05, 0.09, n),
            0.105 * rng.normal(1, 0.12, n) * 24 / n,
            pointed,
            cup=rng.normal(0.4, 0.15, n),
            root=core * 0.93,
            tilt=rng.normal(0, 0.3, n),
            ruffle=0.012,
            high=-0.03 + 0.015 * layer,
        )
        s, _ = along(n)
        painted = mix(mix(base, colour, step(0, 0.5, s)), colour * 1.05, s)
        parts.append(sheet(rays, painted * tint(rng, n, 0.07), 0.5))
    places, normals, q = florets(430, core, rise)
    middle, ring, rim = look.heart
    colour = mix(mix(middle, ring, step(0.25, 0.5, q)), rim, step(0.72, 0.9, q))
    colour = colour * np.exp(rng.normal(0, 0.22, (430, 1)))
    tall = 2.0 if rim[0] > 0.1 else 1.2  # pale florets are in flower and stand up
    seeds = beads(places, normals, core / 17 * (0.7 + 0.5 * q), tall)
    parts.append(sheet(seeds, colour[:, None, None], 0, 0.04))
    parts.append(dome(core, rise, ring * 0.5))
    return parts + calyx(rng, look, 0.13, core * 0.95, 0.4, 18, 0.26, 0.0)


def tulip(rng, look):
    """Six wide petals that make a cup, striped or edged with a second colour."""
    grid, n = (19, 13), 3
    s, t = along(n, grid)
    colour, flame, base = look.colours
    parts = []
    for inner in (1, 0):
        opened = look.open + rng.normal(0, 0.04, n)
        cup = petals(
            evenly(rng, n, 0.06) + inner * np.pi / 3,
            0.12,
            1.62 - 0.62 * opened - 0.04 * inner,
            1.72,
            0.62 * (1 - 0.06 * inner),
            bowl,
            wrap=0.92,
            root=0.06,
            high=-0.85 + 0.01 * inner,
            knee=0.42,
            roll=-0.1 - 0.5 * opened,
            ruffle=0.012 + 0.05 * look.fringe,
            cup=-0.05,
            grid=grid,
        )
        flamed = np.clip(
            1.25 - 1.5 * t - 0.55 * s + 0.35 * np.sin(23 * t + 5 * s), 0, 1
        )
        edged = step(0.35, 0.95, np.maximum(t, s * 0.9))
        second = {"plain": 0 * t, "flamed": flamed, "edged": edged}[look.pattern]
        painted = mix(colour, flame, second) * (0.8 + 0.2 * s)[..., None]
        painted = mix(painted, base, step(0.22, 0.04, s))
        parts.append(sheet(cup, painted * tint(rng, n, 0.04), 0.42, 0.05))
    foot, straight = vec(0, -0.8, 0), vec(0, 0, 0)
    tips = [
        vec(0.22 * np.cos(a), -0.15, 0.22 * np.sin(a)) for a in np.arange(6) * 1.047
    ]
    stamens = [tube(foot, tip, straight, 0.03, 0.05, 5) for tip in tips]
    pistil = tube(foot, vec(0, -0.2, 0), straight, 0.08, 0.1, 5)
    parts.append(sheet(np.concatenate(stamens), rgb(60, 46, 40)))
    parts.append(sheet(pistil, rgb(190, 200, 110)))
    return parts
