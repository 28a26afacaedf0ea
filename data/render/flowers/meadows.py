"""What lies around the flowers: the far background, the ground, a table."""

import numpy as np
from scipy import ndimage as ndi

from data.render.engine import fbm, mix, pick, rgb, step, vec
from data.render.flowers.canvas import Canvas, half
from data.render.flowers.developing import develop
from data.render.flowers.foliage import FLAT, grass, green, plant
from data.render.textures import (
    look_for,
    tex_brick,
    tex_fabric,
    tex_grass,
    tex_paper,
    tex_tiles,
    tex_wood,
)

NIGHTS = [(26, 28, 26), (34, 40, 30), (44, 36, 34), (60, 64, 70)]
WALLS = [
    (226, 220, 208), (176, 190, 196), (204, 176, 150), (120, 132, 120),
    (214, 190, 196), (90, 96, 110), (236, 214, 160), (150, 84, 70),
]  # fmt: skip
MEADOWS = [
    (54, 78, 34), (104, 128, 52), (136, 146, 76), (70, 92, 60),
    (38, 52, 30), (150, 136, 84), (116, 108, 66),
]  # fmt: skip
LIGHTS = [
    (250, 210, 50), (240, 238, 230), (226, 120, 150), (200, 40, 50),
    (150, 90, 170), (180, 200, 90), (90, 60, 40),
]  # fmt: skip
TABLES = [
    (168, 120, 80), (120, 86, 62), (206, 188, 160), (150, 150, 154),
    (92, 70, 56), (226, 222, 214), (190, 150, 110), (84, 104, 120),
]  # fmt: skip


# --------------------------------------------------------------- far behind
def plaster(u, v, colour, other, look):
    """A painted wall."""
    return colour * (1 + 0.1 * fbm(u, v, 2, 2))[:, None]


def sky(rng, u, v, up):
    """Blue above, pale at the horizon; clouds on most days."""
    blue = mix(rgb(206, 222, 236), rgb(92, 146, 212), step(-0.1, 1.2, up))
    clouds = 0.9 * step(-0.02, 0.25, fbm(u, v, 0.8, 1.7, 4)) * (rng.random() < 0.7)
    return mix(blue * rng.uniform(0.75, 1.1), rgb(240, 242, 246), clouds)


def night(rng, u, v, up):
    """A dark cloth, or the shade under trees."""
    return rgb(*pick(rng, NIGHTS)) * (1 + 0.8 * fbm(u, v, 1, 1, 2))[:, None]


def wall(rng, u, v, up):
    """A wall: paper, bricks, cloth or paint."""
    colour, textures = (
        rgb(*pick(rng, WALLS)),
        [tex_paper, tex_brick, tex_fabric, plaster],
    )
    texture = textures[rng.choice(4, p=[0.25, 0.15, 0.2, 0.4])]
    return texture(u, v + 2, colour, colour * rng.uniform(0.7, 1.3), look_for(rng))


def hedge(rng, u, v, up):
    """A meadow or a hedge, sometimes with a pale sky above."""
    light, dark = (rgb(*MEADOWS[i]) for i in rng.choice(len(MEADOWS), 2, False))
    image = mix(light, dark, step(-0.25, 0.25, fbm(u, v, 1.1, 1.1, 3)))
    image = image * (1 + 0.6 * fbm(u, v, 4, 4, 2))[:, None]
    if rng.random() < 0.5:
        horizon = step(0.55, 1.0, up + 0.5 * fbm(u, v, 1, 1))
        image = mix(image, rgb(206, 216, 222), horizon)
    return image


# Each with the blur of a lens, in pixels of a picture 400 pixels long.
FAR = {"sky": (sky, 1), "dark": (night, 3), "wall": (wall, 2), "meadow": (hedge, 3.2)}


def bokeh(rng, image):
    """Draws discs of light, as a lens does with what is bright and out of focus."""
    height, width = image.shape[:2]
    colours = [rgb(*LIGHTS[i]) for i in rng.choice(len(LIGHTS), 3, False)]
    colours += [image.mean((0, 1)) * 1.6] * 2
    largest = 0.05 * max(height, width) * rng.uniform(0.6, 1.8)
    count, strength = rng.integers(0, 34), rng.uniform(0.2, 0.5)
    rows, columns = np.mgrid[:height, :width]
    for _ in range(count):
        column, row = rng.uniform(-0.1, 1.1, 2) * (width, height)
        radius = rng.uniform(0.3, 1) * largest
        colour = pick(rng, colours) * rng.uniform(0.7, 1.3)
        top, left = max(0, int(row - radius)), max(0, int(column - radius))
        bottom, right = max(0, int(row + radius) + 1), max(0, int(column + radius) + 1)
        box = slice(top, bottom), slice(left, right)
        distance = np.hypot(rows[box] - row, columns[box] - column)
        disc = strength * step(radius, radius * 0.8, distance)
        image[box] = mix(image[box], colour, disc)
    return image


def backdrop(rng, scene, height, width):
    """What lies far behind, out of focus (height, width, 3); `scene` is in `FAR`."""
    long_side = max(height, width)
    row, column = np.mgrid[:height, :width].reshape(2, -1)
    u = column / long_side * 3 + rng.uniform(0, 40)
    v = row / long_side * 3 + rng.uniform(0, 40)
    paint, blur = FAR[scene]
    image = paint(rng, u, v, 1 - row / height).reshape(height, width, 3)
    if scene == "meadow":
        image = bokeh(rng, image)
    sigma = blur * rng.uniform(0.6, 2) * long_side / 400
    image = np.maximum(image, 0.004)
    return ndi.gaussian_filter(image, (sigma, sigma, 0), mode="nearest")


# --------------------------------------------------------------- the ground
def soil(x, z):
    """Crumbs of earth."""
    earth = mix(rgb(70, 50, 36), rgb(122, 96, 70), step(-0.2, 0.25, fbm(x, z, 3, 3, 3)))
    return earth * (1 + 1.6 * fbm(x, z, 18, 18, 3))[:, None]


def lawn(x, z):
    """Short grass."""
    return tex_grass(x, z, rgb(110, 130, 60))


def meadow(rng, cam, looks, lamp, face, parts, image):
    """Puts grass among the flowers, and ground and more flowers far behind them.

    Args:
        rng: NumPy random generator.
        cam: The camera.
        looks: Looks of the flowers, from `look_of`.
        lamp: The lamp.
        face: Direction towards the camera (3,).
        parts: List of sheets and hairs of the foreground, to which grass is added.
        image: The backdrop (h, w, 3).

    Returns:
        The backdrop with the ground over it, out of focus (h, w, 3).
    """
    far, stem = [], looks[0].stem
    if rng.random() < 0.8:
        colour = mix(green(rng), rgb(134, 152, 66), rng.uniform(0, 0.7))
        tall = rng.uniform(0.8, stem * 0.75)
        parts.append(grass(rng, 240, (-4, 2.2), (-4, 4), tall, colour))
        tall = stem * rng.uniform(0.5, 1)
        far.append(grass(rng, 160, (-14, -4), (-8, 8), tall, colour))
    for _ in range(rng.integers(0, 9)):
        head = vec(rng.uniform(-14, -5), stem + rng.normal(0, 0.4), rng.uniform(-7, 7))
        towards = face * rng.uniform(0, 1) + vec(0, 0.7, 0) + rng.normal(0, 0.3, 3)
        leafy = rng.random() < 0.4
        far += plant(rng, pick(rng, looks), head, towards, head * FLAT, 1, leafy)
    ground = Canvas(half(cam))
    ground.floor(lawn if rng.random() < 0.5 else soil)
    blur = rng.uniform(0.004, 0.011)
    back, cover, _ = develop(
        ground, far or parts[:1], lamp, vec(-15, -1, -9), vec(3, 9, 9)
    )
    cover = cover * step(26, 15, ground.depth.reshape(cover.shape))
    layer = np.concatenate([back * cover[..., None], cover[..., None]], -1)
    sigma = blur * max(cover.shape)
    layer = ndi.gaussian_filter(layer, (sigma, sigma, 0), mode="nearest")
    layer = layer.repeat(2, 0).repeat(2, 1)[: cam.height, : cam.width]
    return image * (1 - layer[..., 3:]) + layer[..., :3]


def table_top(rng):
    """A texture (x, z) for a table: boards, cloth or tiles."""
    texture = pick(rng, [tex_wood, tex_wood, tex_wood, tex_fabric, tex_tiles])
    angle, look = rng.uniform(0, 6.28), look_for(rng)
    look.width *= 2.2
    colour = rgb(*pick(rng, TABLES))
    other = colour * rng.uniform(0.6, 1.2)

    def top(x, z):
        u = (x * np.cos(angle) - z * np.sin(angle)) / 2.2 + 40
        v = (x * np.sin(angle) + z * np.cos(angle)) / 2.2 + 40
        return texture(u, v, colour, other, look)

    return top
