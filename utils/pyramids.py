"""The same picture at several sizes, so that one window sees small and large parts."""

import numpy as np
import tensorflow as tf

from utils.axes import sides
from utils.windows import window_grid


def pyramid_sizes(image_size, window=224, shares=(0.5,)):
    """Says how large a picture must be for a window to see a given share of it.

    Every level of an image pyramid is the same picture at another size. The window
    keeps its pixels, so on a small level it covers much of the picture, and on a
    large one little. A level may be stretched: if a window is to see a tall part of
    the picture, the picture is squeezed until that part is as high as a window.

    Args:
        image_size: (height, width) of the picture.
        window: (height, width) of a window, or one number for a square.
        shares: For each level, which share of the picture's shorter side the window
            is to see: a number from 0 to 1, or a pair (of the height, of the width).

    Returns:
        List of (height, width), one a level; none is smaller than the window.

    Raises:
        ValueError: If there is no share, or one is not above 0 and at most 1.

    Example:

    >>> pyramid_sizes((448, 448), 224, shares=(1, 0.5, (1, 0.5)))
    [(224, 224), (448, 448), (224, 448)]
    >>> pyramid_sizes((3000, 4000), 224, shares=(0.5,))  # not enlarged: reduced
    [(448, 597)]

    Reference:
        Adelson et al. (1984), "Pyramid methods in image processing". Derived in
        `notebooks/11_sliding_window.ipynb`.
    """
    (height, width), (down, right) = sides(tuple(image_size)), sides(window)
    pairs = [share if np.ndim(share) else (share, share) for share in shares]
    if not pairs or any(len(p) != 2 or not 0 < min(p) <= max(p) <= 1 for p in pairs):
        raise ValueError(
            "`shares` must hold numbers above 0 and at most 1, or pairs of them. "
            f"Received: {shares!r}."
        )
    shorter = min(height, width)
    return [
        (
            max(down, round(down * height / (high * shorter))),
            max(right, round(right * width / (wide * shorter))),
        )
        for high, wide in pairs
    ]


def pyramid_windows(image, window=224, stride=32, shares=(0.5,), edge="shift"):
    """Places windows on every level of an image pyramid.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        window, stride, edge: As of `window_grid`.
        shares: As of `pyramid_sizes`.

    Returns:
        A list of float32 level images (h, w, 3), one a level; a list of the windows
        of each, int64 (n, 4) in its own pixels; and float32 `boxes_xyxy` (N, 4) of all
        windows, in pixels of `image`.

    Raises:
        ValueError: As `window_grid` and `pyramid_sizes`.

    Example:

    >>> levels, grids, boxes = pyramid_windows(np.zeros((90, 60, 3)), 32, 16, (1, 0.5))
    >>> [level.shape[:2] for level in levels], [len(grid) for grid in grids]
    ([(48, 32), (96, 64)], [2, 15])
    >>> boxes.shape, boxes[0].tolist()
    ((17, 4), [0.0, 0.0, 60.0, 60.0])

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    image = np.asarray(image)
    height, width = image.shape[:2]
    levels, grids, boxes = [], [], []
    for rows, columns in pyramid_sizes((height, width), window, shares):
        grid = window_grid((rows, columns), window, stride, edge)
        level = image
        if (rows, columns) != (height, width):
            level = tf.image.resize(image, (rows, columns), antialias=True)
        levels.append(np.asarray(level, np.float32))
        grids.append(grid)
        scale = np.array([width / columns, height / rows] * 2)
        boxes.append((grid * scale).astype(np.float32))
    return levels, grids, np.concatenate(boxes)
