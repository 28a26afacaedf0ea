"""Pictures of flowers: five classes, in the meadow, against the sky, at home."""

import numpy as np

from data.render.engine import Camera, Record, finish, lamp_for, pick, step, vec
from data.render.flowers.arrangements import VIEWS, toward
from data.render.flowers.canvas import Canvas
from data.render.flowers.developing import develop
from data.render.flowers.looks import look_of
from data.render.flowers.meadows import backdrop, meadow, table_top
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS


def picture(seed, kind=None, long_side=None, supersampling=1.7):
    """Renders one picture of flowers.

    Args:
        seed: Integer. The same seed gives the same scene at any size.
        kind: One of `FLOWERS`, or None to draw it from the seed.
        long_side: Pixels of the longer side, or None to draw 190 to 300 of them
            from the seed.
        supersampling: Rendered pixels for each of the picture's, along one side.

    Returns:
        Record of `image`, uint8 (H, W, 3); `label`, the class; `view`, how the
        flowers stand: "close", "group", "bed", "vase" or "table"; `scene`, what lies
        behind: "meadow", "sky", "dark" or "wall"; `seed`.

    Raises:
        ValueError: If `kind` is not a class.

    Example:

    >>> flower = picture(7, "roses", long_side=64, supersampling=1)
    >>> flower.label, max(flower.image.shape)
    ('roses', 64)
    """
    if kind is not None and kind not in FLOWERS:
        raise ValueError(f"`kind` must be one of {FLOWERS} or None. Received: {kind!r}")
    rng = np.random.default_rng([seed, 5])
    drawn = pick(rng, FLOWERS)
    kind = drawn if kind is None else kind
    width, height = picture_size(rng, long_side)
    view = str(rng.choice(list(VIEWS), p=[share for share, _ in VIEWS.values()]))
    outdoors = view in ("close", "group", "bed")
    shares = [0.6, 0.18, 0.12, 0.10] if outdoors else [0.18, 0, 0.12, 0.70]
    scene = str(rng.choice(["meadow", "sky", "dark", "wall"], p=shares))

    lamp = lamp_for(rng)
    lamp.grain *= 0.5
    cut = view == "vase"
    looks = [look_of(rng, kind, cut)]
    for _ in range(9):  # most flowers are of one plant
        looks.append(look_of(rng, kind, cut) if rng.random() < 0.4 else looks[0])
    grounded = view == "bed" or outdoors and scene == "meadow"
    low = 0 if grounded else -5  # without a ground the stems leave the picture
    arranged = VIEWS[view][1](rng, looks, low)
    rise = arranged.rise
    if kind == "tulips" and outdoors:
        rise *= 0.55  # tulips are cups: they are seen more from the side
    rendered = int(width * supersampling), int(height * supersampling)
    cam = camera_for(rng, arranged, view, rise, *rendered)

    image, canvas = backdrop(rng, scene, cam.height, cam.width), Canvas(cam)
    if looks[0].puff and not grounded:  # white hairs need something darker behind them
        image = image * min(1, 0.25 / image.mean())
    if grounded:
        image = meadow(rng, cam, looks, lamp, toward(rise), arranged.parts, image)
    elif not outdoors:
        canvas.floor(table_top(rng))
    heads = np.array(arranged.heads)
    front, cover, depth = develop(
        canvas, arranged.parts, lamp, heads.min(0) - vec(4, 9, 4), heads.max(0) + 4
    )
    if view == "vase":  # the far edge of the table is lost in blur
        distance = np.linalg.norm(cam.eye - heads.mean(0))
        cover = cover * step(distance + 6, distance + 3, depth)
    image = image * (1 - cover)[..., None] + front * cover[..., None]
    image = camera_colours(rng, image)
    return Record(
        image=finish(rng, image, width, height, lamp),
        label=kind,
        view=view,
        scene=scene,
        seed=seed,
    )


def picture_size(rng, long_side):
    """Draws the width and height of a picture, within a shape of 5:8 to 8:5."""
    drawn = rng.integers(190, 301)
    shape = np.clip(np.exp(rng.normal(0.1, 0.2)), 0.625, 1.6)
    long_side = int(drawn if long_side is None else long_side)
    if shape > 1:
        return long_side, round(long_side / shape)
    return round(long_side * shape), long_side


def camera_for(rng, arranged, view, rise, width, height):
    """A camera that looks down at the heads by the angle `rise` and frames them."""
    heads = np.array(arranged.heads)
    middle = heads.mean(0)
    eye = middle + toward(rise) * rng.uniform(8, 13) + vec(0, 0, rng.normal(0, 1))
    cam = Camera(eye, middle, width, height)
    low = (heads[:, 1] < 0.7) & (view != "table")  # a foot or the vase, not a head
    shift = rng.normal(0, 0.09 if view == "close" else 0.045, 2)
    cam.frame(heads, np.where(low, 0.2, 1.08), arranged.fill, shift)
    return cam


def camera_colours(rng, image):
    """Gives the picture a camera's white balance and strength of colour."""
    grey = image.mean(-1, keepdims=True)
    strength, balance = rng.uniform(0.82, 1.1), rng.normal(0, (0.09, 0.04, 0.11))
    return np.maximum(grey + (image - grey) * strength, 0) * np.exp(balance)
