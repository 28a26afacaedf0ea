"""Windows of one size on a picture or a feature map: where they lie, cutting them out.

A window is a box (left, top, right, bottom), in pixels and half-open, as everywhere in
the course. Windows are listed row by row, from left to right.
"""

import numpy as np

from utils.arguments import check_positive
from utils.axes import sides

EDGES = ("shift", "drop", "pad")


def window_starts(size, window, stride=1, edge="shift"):
    """Places windows along one axis.

    Windows start at 0, `stride`, 2·`stride` and so on. With n pixels, window w and
    stride s, ⌊(n − w)/s⌋ + 1 of them lie inside. Where s does not divide n − w, up to
    s − 1 pixels are left over at the far end, and `edge` says what becomes of them.

    Args:
        size: Number of pixels n (or of positions of a feature map).
        window: Number of pixels w that a window covers.
        stride: Steps s from one start to the next. If it is larger than `window`, the
            pixels between two windows are covered by none.
        edge: `"shift"`: one more window, moved back so that it ends where the picture
            ends; nothing is left over. `"drop"`: no more windows, as in a convolution
            without padding; what is left over is never seen. `"pad"`: one more window
            that sticks out over the edge; also if `size` is smaller than `window`.

    Returns:
        int64 array of starts, ascending. Never empty.

    Raises:
        ValueError: If a number is not a positive integer, `edge` is another word, or
            `window` is larger than `size` (unless `edge="pad"`).

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

    The rows of windows times the columns of windows are their number. Both are the
    length of `window_starts` along their axis.

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

    A window that lies inside is a view: it shares the memory of the picture. Only one
    that sticks out is a copy; there the pixels of the picture's edge are repeated.

    Args:
        image: Array of shape (H, W) or (H, W, C), of any kind.
        boxes_xyxy: Integer array of shape (N, 4), such as `window_grid` returns. A
            window must contain at least one pixel of the picture.

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

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
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

    A network wants its batch in one block of memory, so here every pixel of a window
    is copied, once. As a generator it needs memory for one batch only, however many
    windows there are.

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

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
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
