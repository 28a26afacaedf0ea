"""Windows of one size on a picture or a feature map: where they lie, cutting them out.

A window is a box (left, top, right, bottom), in pixels and half-open, as everywhere in
the course. Windows are listed row by row, from left to right.
"""

import numpy as np
import tensorflow as tf
from PIL import Image

from utils._arguments import check_positive
from utils.datasets.pictures import read_image
from utils.layers.shapes import sides

EDGES = ("shift", "drop", "pad")


def window_starts(size, window, stride=1, edge="shift"):
    """Places windows along one axis.

    They start at 0, `stride`, 2·`stride`, …: of n pixels, ⌊(n − w)/s⌋ + 1 windows of w
    pixels lie inside. `edge` says what becomes of the up to s − 1 pixels left over.

    Args:
        size: Number of pixels n (or of positions of a feature map).
        window: Number of pixels w that a window covers.
        stride: Steps s between starts. Above `window`, pixels between are in none.
        edge: `"shift"`: one more window, moved back to end where the picture ends;
            `"drop"`: none, as in a convolution without padding; `"pad"`: one more that
            sticks out over the edge, also if `size` is smaller than `window`.

    Returns:
        int64 array of starts, ascending. Never empty.

    Raises:
        ValueError: If a number is not a positive integer, `edge` is another word, or
            `window` is above `size` (unless `edge="pad"`).

    Example:
    >>> window_starts(10, window=4, stride=3).tolist()  # nothing left over
    [0, 3, 6]
    >>> [window_starts(12, 4, 3, edge).tolist() for edge in ("shift", "drop", "pad")]
    [[0, 3, 6, 8], [0, 3, 6], [0, 3, 6, 9]]

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    check_positive(size=size, window=window, stride=stride)
    if edge not in EDGES:
        raise ValueError(f"`edge` must be one of {EDGES}. Received: {edge!r}.")
    if window > size and edge != "pad":
        raise ValueError(
            f"`window` must not be larger than the picture, {size} pixels along this "
            f'axis. Received: {window}. Enlarge the picture, or use edge="pad".'
        )
    inside = max(0, (size - window) // stride + 1)
    starts = stride * np.arange(inside, dtype=np.int64)
    covered = starts[-1] + window if inside else 0
    if covered < size and edge != "drop":
        last = size - window if edge == "shift" else stride * inside
        starts = np.append(starts, last)
    return starts


def window_grid(image_size, window=224, stride=32, edge="shift"):
    """Places windows all over a picture.

    The rows of windows times the columns, as `window_starts` gives them, are their
    number.

    Args:
        image_size: (height, width) of the picture or the feature map.
        window: (height, width) of a window, or one number for a square.
        stride: Steps (down, right) from one window to the next, or one number.
        edge: As for `window_starts`.

    Returns:
        int64 array of shape (N, 4), `boxes_xyxy` in pixels, row by row.

    Raises:
        ValueError: As `window_starts`.

    Example:
    >>> boxes = window_grid((448, 448), window=224, stride=32)
    >>> len(boxes), boxes[0].tolist(), boxes[-1].tolist()
    (64, [0, 0, 224, 224], [224, 224, 448, 448])

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    (height, width), (down, right) = sides(window), sides(stride)
    rows, columns = sides(tuple(image_size))
    tops = window_starts(rows, height, down, edge)
    lefts = window_starts(columns, width, right, edge)
    tops, lefts = (starts.ravel() for starts in np.meshgrid(tops, lefts, indexing="ij"))
    return np.stack([lefts, tops, lefts + width, tops + height], axis=1)


def crop_windows(image, boxes_xyxy):
    """Cuts windows out of a picture, one after the other, without copying pixels.

    One that lies inside is a view; one that sticks out is a copy, with the picture's
    edge repeated.

    Args:
        image: Array of shape (H, W) or (H, W, C), of any kind.
        boxes_xyxy: Integers (N, 4); each window contains a pixel of the picture.

    Yields:
        N arrays of shape (bottom - top, right - left) or (…, C).

    Raises:
        ValueError: If the shapes are others or a window lies outside of the picture.

    Example:
    >>> image = np.arange(12).reshape(3, 4)
    >>> first, last = crop_windows(image, [[0, 0, 2, 2], [3, 1, 5, 3]])
    >>> first.tolist(), np.shares_memory(first, image)
    ([[0, 1], [4, 5]], True)
    >>> last.tolist()
    [[7, 7], [11, 11]]
    """
    image, boxes = np.asarray(image), np.asarray(boxes_xyxy)
    if image.ndim not in (2, 3) or not image.size:
        raise ValueError(
            "`image` must have shape (height, width) or (height, width, channels). "
            f"Received: shape {image.shape}."
        )
    if boxes.ndim != 2 or boxes.shape[1] != 4 or boxes.dtype.kind not in "iu":
        raise ValueError(
            "`boxes_xyxy` must be integers of shape (N, 4). Received: shape "
            f"{boxes.shape}, {boxes.dtype}."
        )
    height, width = image.shape[:2]
    left, top, right, bottom = boxes.T
    inside = (left < width) & (top < height) & (right > 0) & (bottom > 0)
    wrong = ~inside | (left >= right) | (top >= bottom)
    if wrong.any():
        raise ValueError(
            f"Every window must contain a pixel of the picture, {width}×{height} "
            f"pixels. Received: {boxes[wrong][0].tolist()}."
        )
    return (_crop(image, *map(int, box)) for box in boxes)


def _crop(image, left, top, right, bottom):
    height, width = image.shape[:2]
    if min(left, top) >= 0 and right <= width and bottom <= height:
        return image[top:bottom, left:right]
    rows = np.clip(np.arange(top, bottom), 0, height - 1)
    columns = np.clip(np.arange(left, right), 0, width - 1)
    return image[np.ix_(rows, columns)]


def batched(windows, batch_size=64):
    """Stacks windows into batches, one batch at a time.

    A network wants its batch in one block of memory, so each window is copied; a
    generator needs memory for one batch only.

    Args:
        windows: Iterable of arrays of one shape, such as `crop_windows` gives.
        batch_size: Number of windows in a batch; the last one may hold fewer.

    Yields:
        Arrays of shape (n, …), n at most `batch_size`.

    Raises:
        ValueError: If `batch_size` is not a positive integer.

    Example:
    >>> windows = crop_windows(np.zeros((8, 8, 3)), window_grid((8, 8), 4, 2))
    >>> [batch.shape for batch in batched(windows, batch_size=5)]
    [(5, 4, 4, 3), (4, 4, 4, 3)]
    """
    check_positive(batch_size=batch_size)
    return _batches(windows, batch_size)


def _batches(windows, batch_size):
    batch = []
    for window in windows:
        batch.append(window)
        if len(batch) == batch_size:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def pyramid_sizes(image_size, window=224, shares=(0.5,)):
    """Says how large a picture must be for a window to see a given share of it.

    A level is the same picture at another size, stretched if need be; the window keeps
    its pixels, so on a small level it covers much of the picture.

    Args:
        image_size: (height, width) of the picture.
        window: (height, width) of a window, or one number for a square.
        shares: Per level, the share of the picture's shorter side that the window sees:
            a number from 0 to 1, or a pair (of the height, of the width).

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
        A list of float32 level images (h, w, 3), a list of the windows of each, int64
        (n, 4) in its own pixels, and float32 `boxes_xyxy` (N, 4) in pixels of `image`.

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


LEAST_SIDE = 16  # pixels; what is smaller shows nothing that has a name
MOST_RATIO = 16  # of the longer side to the shorter; a window sees a square


def open_photograph(picture, window=224, shares=(0.5,)):
    """Opens a picture and reduces it to the size that a detector needs."""
    array = picture if isinstance(picture, np.ndarray) else read_image(picture)
    array = _rgb(array)
    height, width = array.shape[:2]
    shorter, longer = sorted((height, width))
    if shorter < LEAST_SIDE or longer > MOST_RATIO * shorter:
        raise ValueError(
            f"A picture must have at least {LEAST_SIDE} pixels along each side, and "
            f"one side at most {MOST_RATIO} times as long as the other. "
            f"Received: {width}×{height} pixels. Cut out a part of it."
        )
    levels = pyramid_sizes((height, width), window, shares)
    factor = min(1, max(max(h / height, w / width) for h, w in levels))
    rows, columns = round(factor * height), round(factor * width)
    if (rows, columns) != (height, width):
        if array.dtype == np.uint8:
            smaller = Image.fromarray(array).resize(
                (columns, rows), Image.Resampling.BILINEAR
            )
            array = np.asarray(smaller)
        else:
            array = tf.image.resize(array, (rows, columns), antialias=True).numpy()
    image = array.astype(np.float32)
    scale = np.array([width / columns, height / rows])
    return image / 255 if array.dtype == np.uint8 else image, scale


def _rgb(array):
    """Returns a picture's array as (H, W, 3), after checking what it is."""
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3) or not array.size:
        raise ValueError(
            "A picture's array must have shape (H, W), (H, W, 1) or (H, W, 3). "
            f"Received: shape {array.shape}."
        )
    floats = array.dtype.kind == "f"
    if array.dtype != np.uint8 and not floats:
        raise ValueError(
            "A picture's array must be uint8, or float in [0, 1]. "
            f"Received: {array.dtype}."
        )
    if floats and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            "A picture's array of floats must have values in [0, 1]. "
            f"Received: {array.min():.4g} to {array.max():.4g}."
        )
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array
