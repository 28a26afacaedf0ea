"""Surfaces: boards, carpets, grass, tiles, cloth, wallpaper, bricks, foliage.

Every texture is a function of a place on the surface, u and v (N,) in scene units;
of two colours (3,) in linear light; and of a `look`, a Record whose numbers make two
floors of the same kind differ: `width`, of a board or half a tile, 0.1 to 0.22;
`pace`, how close stripes and dots stand, 0.6 to 1.6; `choice`, in [0, 1], the kind of
pattern. It returns colours (N, 3).
"""

import numpy as np

from data.render.engine import Record, fbm, mix, rgb, step


def look_for(rng):
    """Draws the `look` of a texture."""
    return Record(
        width=rng.uniform(0.1, 0.22), pace=rng.uniform(0.6, 1.6), choice=rng.random()
    )


def _edge(x, y):
    """Distance (N,) to the nearest side of the unit square."""
    return np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))


def tex_wood(u, v, colour, other, look):
    """Boards along u."""
    row = np.floor(v / look.width)
    u = u + np.sin(row * 77.7) * 5
    tone = np.sin(row * 12.9 + np.floor(u / 1.4) * 78.2) * 0.5
    grain = fbm(u + 9 * tone, v, 5, 90) + 0.6 * fbm(u + 5 * tone, v, 1.5, 16)
    across = look.width * (0.5 - np.abs((v / look.width) % 1 - 0.5))
    seam = step(0, 0.012, across) * step(0, 0.01, u % 1.4)
    return (
        colour
        * (1 + 0.3 * tone + 0.55 * grain)[:, None]
        * (0.35 + 0.65 * seam)[:, None]
    )


def tex_carpet(u, v, colour, other, look):
    """Pile, plain or with stripes or checks."""
    if look.choice > 0.5:
        wave = np.sin(u * look.pace * 8) * np.cos(v * look.pace * 6)
    else:
        wave = np.sin((u * look.choice + v) * look.pace * 9)
    bands = step(-0.15, 0.15, wave) * (look.width > 0.16)
    pile = 1 + 0.9 * fbm(u, v, 45, 45, 2) + 0.4 * fbm(u, v, 4, 4)
    return mix(colour, other, 0.75 * bands) * pile[:, None]


def tex_grass(u, v, colour, other=None, look=None):
    """A meadow, dry in places, with a touch of `colour`."""
    dry = step(-0.12, 0.2, fbm(u, v, 2.2, 2.2))
    base = mix(rgb(92, 118, 48), rgb(150, 142, 84), dry)
    base = mix(base, colour, 0.35 * step(0, 0.2, fbm(u + 40, v, 5, 5)))
    blades = 1 + 1.5 * fbm(u, v, 40, 22, 2) + 0.5 * fbm(u, v, 7, 7, 2)
    return base * blades[:, None]


def tex_tiles(u, v, colour, other, look):
    """Square tiles, often a chequerboard."""
    side = look.width * 2
    i, j, x, y = np.floor(u / side), np.floor(v / side), u / side % 1, v / side % 1
    grout = step(0, 0.03, _edge(x, y) - 0.01)
    tone = 1 + 0.12 * np.sin(i * 7.1 + j * 3.7) + 0.35 * fbm(u, v, 6, 6)
    tile = mix(colour, other, (i + j) % 2 * (look.choice > 0.4)) * tone[:, None]
    return mix(other * 0.5, tile, 0.35 + 0.65 * grout)


def tex_fabric(u, v, colour, other, look):
    """Woven cloth with folds, now and then striped."""
    sway = u + 0.3 * fbm(u, v, 2, 2)
    fold = np.sin(sway * 3.5 * look.pace + v) + fbm(u, v, 3, 3)
    weave = np.sin(u * 150) * np.sin(v * 150)
    stripe = step(0.75, 0.9, np.sin(v * 14 * look.pace)) * (look.choice > 0.6)
    tone = 1 + 0.16 * fold + 0.12 * weave + 0.3 * fbm(u, v, 30, 30)
    return mix(colour, other, 0.6 * stripe) * tone[:, None]


def tex_paper(u, v, colour, other, look):
    """Wallpaper: stripes, dots or plain, above a pale skirting board at v < 0.24."""
    x, y = u * 3 * look.pace, v * 3 * look.pace
    if look.choice < 0.4:
        pattern = step(-0.1, 0.1, np.sin(u * 14 * look.pace))
    else:
        row_shift = 0.5 * (np.floor(y) % 2)
        pattern = step(0.25, 0.17, np.hypot((x + row_shift) % 1 - 0.5, y % 1 - 0.5))
    paper = mix(colour, other, 0.6 * pattern * (look.choice < 0.8))
    paper = paper * (1 + 0.15 * fbm(u, v, 3, 3))[:, None]
    return mix(paper, rgb(230, 226, 218), step(0.24, 0.235, v))


def tex_brick(u, v, colour, other, look):
    """A brick wall, whitewashed or tinted by `colour`."""
    row = np.floor(v / 0.16)
    u_row = (u + 0.2 * (row % 2)) / 0.4
    x, y = u_row % 1, v / 0.16 % 1
    gap = np.minimum(np.minimum(x, 1 - x) * 2.5, np.minimum(y, 1 - y))
    tone = np.sin(row * 5.3 + np.floor(u_row) * 9.1)
    tone = 1 + 0.25 * tone + 0.6 * fbm(u, v, 14, 14)
    brick = mix(colour, rgb(150, 82, 58), 0.5) * tone[:, None]
    return mix(other * 0.9 + 0.03, brick, step(0, 0.04, gap - 0.04))


def _scatter(u, v, cells, salt):
    """Scatters one leaf per grid cell; returns cover and tone, both (N,) in 0 to 1."""
    i, j = np.floor(u * cells), np.floor(v * cells)
    random = np.sin(i * 127.1 + j * 311.7 + salt) * 43758.5453 % 1
    angle = random * 6.28
    x = u * cells - i - 0.5 - 0.16 * np.cos(9 * angle)
    y = v * cells - j - 0.5 - 0.16 * np.sin(9 * angle)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    return step(0.42, 0.30, np.hypot(along, across * 1.5)), random * 57 % 1


def tex_leaves(u, v, colour, other=None, look=None):
    """Foliage in layers, with flowers of `colour` and lights of sky high up."""
    depth = fbm(u, v, 1.3, 1.3, 3)
    leaves = mix(rgb(34, 50, 26), rgb(84, 106, 50), step(-0.25, 0.3, depth))
    for layer, cells in enumerate((3.1, 4.7, 7.3)):
        a, b = u + 0.37 * layer * v, v - 0.29 * layer * u
        cover, tone = _scatter(a, b, cells, layer)
        leaf = mix(rgb(42, 66, 32), rgb(138, 156, 76), tone * step(-0.3, 0.25, depth))
        leaves = mix(leaves, leaf, 0.75 * cover)
    cover, tone = _scatter(u, v, 6.1, 11)
    petals = cover * (tone < 0.35) * step(0.02, 0.1, fbm(u + 31, v + 7, 1.1, 1.1, 2))
    leaves = mix(leaves, np.clip(colour * 1.1, 0, 1), 0.8 * petals)
    cover, tone = _scatter(u + 0.2 * v, v, 3.7, 5)
    lights = cover * (tone < 0.2) * step(0.4, 1.2, v + 1.5 * fbm(u + 63, v, 0.8, 0.8))
    return mix(leaves, rgb(206, 220, 204), 0.6 * lights)
