"""Hair drawn in the picture plane: combed fur and whiskers."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage as ndi

from data.render.engine import F32, mix, vec


def comb(rng, layer, flow, hair, length):
    """Draws noise out along the hair, and pushes colours and outline along it.

    Args:
        rng: Generator of the noise.
        layer: Colour and cover (H, W, 4) of an animal, float32.
        flow: Direction of the hair (H, W, 2), x then y.
        hair: Length of the hair (H, W) in [0, 1].
        length: What hair 1 means, in pixels.

    Returns:
        Array like `layer`.
    """
    height, width = hair.shape
    reach = int(0.8 * length) * 2 + 1
    hair = ndi.gaussian_filter(ndi.minimum_filter(hair, reach), length / 4)
    rows, columns = np.mgrid[:height, :width].astype(F32)
    white = rng.random((height, width), F32)
    white += 2 * ndi.gaussian_filter(white, 0.7)
    streak, y, x = white, rows, columns
    for _ in range(int(np.clip(length, 4, 12))):
        iy = np.clip(y, 0, height - 1).astype(np.intp)
        ix = np.clip(x, 0, width - 1).astype(np.intp)
        streak, y, x = streak + white[iy, ix], y - flow[iy, ix, 1], x - flow[iy, ix, 0]
    streak = streak - ndi.gaussian_filter(streak, 6)
    streak /= streak.std() + 1e-6
    push = length * hair * np.clip(0.5 + 0.4 * streak, 0, 1.4)
    at = [rows - flow[..., 1] * push, columns - flow[..., 0] * push]
    pushed = [
        ndi.map_coordinates(layer[..., i], at, order=1, mode="constant")
        for i in range(4)
    ]
    cover = pushed[3]
    tint = (1 + 0.13 * streak * (0.25 + 0.75 * hair)) / np.maximum(cover, 0.05)
    return np.stack([channel * tint for channel in pushed[:3]] + [cover], -1)


def whiskers(rng, image, camera, cat, depth):
    """Draws a cat's whiskers over the linear light (H, W, 3) of a picture.

    Args:
        rng: Generator; bends the whiskers.
        image: Linear light.
        camera: The Camera.
        cat: The animal.
        depth: Distance (H, W) of what is seen; a whisker whose root is hidden is not
            drawn.

    Returns:
        The picture with whiskers.
    """
    ink = Image.new("L", (camera.width, camera.height), 0)
    pen = ImageDraw.Draw(ink)
    t = np.linspace(0, 1, 9)[:, None]
    for side in (-1, 1):
        for k in range(4):
            root = vec(0.86 + cat.breed.muzzle, -0.30 - 0.05 * k, 0.30 * side)
            rise, out = 0.22 - 0.2 * k + rng.normal(0, 0.05), rng.uniform(0.9, 1.25)
            curve = (
                root + vec(0.05, rise, side * out) * t + vec(0, 0.2, 0) * t * (1 - t)
            )
            in_body = cat.head_at + (curve * cat.breed.head) @ cat.head_rot.T
            points = cat.pos + in_body @ cat.rot.T * cat.size
            line = camera.project(points)
            corner = camera.width - 1, camera.height - 1
            x, y = np.clip(line[0], 0, corner).astype(int)
            if depth[y, x] > np.linalg.norm(points[0] - camera.eye) - 0.10:
                pen.line([tuple(p) for p in line], fill=190)
    colour = 0.75 if cat.colours[0].mean() < 0.5 else 0.5
    thin = np.clip(camera.focal / 500, 0.35, 1)  # a pixel is wide in a small picture
    return mix(image, np.full(3, colour), np.asarray(ink) / 340 * thin)
