"""Windows of a feature map in place of windows of the picture.

A cell of the map stands for a block of pixels, `stride` on a side. So a window of w
cells stands for w · stride pixels, and the next window is `stride` pixels further.
"""

import numpy as np
import tensorflow as tf

from utils.arguments import check_positive
from utils.photographs import open_photograph
from utils.pyramids import pyramid_sizes
from utils.window_classes import collapse
from utils.windows import window_grid


def feature_map_scores(
    picture, network, groups, labels=None, window=224, stride=32, shares=(0.5,)
):
    """Scores all windows of a picture for every class, in one pass for each level.

    It returns what `utils.detection.window_scores` returns, and cuts no window out. A
    level's sides are brought to the nearest multiples of `stride`, because a cell is
    a whole block of pixels; where they are multiples already, windows are the same.

    Args:
        picture: As for `utils.photographs.open_photograph`.
        network: A `keras.Model`, or a function, from images (1, H, W, 3) to
            probabilities (1, h, w, K), one row for each window, `stride` pixels apart:
            a lower half with the head of `utils.split_models.convolutional_head`.
        groups, labels: As for `utils.detection.collapse`.
        window, stride: Pixels that a window covers, and from one to the next. The
            network fixes both.
        shares: As for `utils.pyramids.pyramid_sizes`.

    Returns:
        float64 `boxes_xyxy` (N, 4) in pixels of the upright picture, and float32
        scores (N, G).

    Raises:
        ValueError: If `window` is no multiple of `stride`, `network` returns another
            number of windows, or as `open_photograph`.

    Example:

    >>> picture = np.zeros((300, 900, 3), np.uint8)
    >>> def network(images):  # as if every window were white
    ...     return np.ones((1, 1, 15, 1))
    >>> boxes, scores = feature_map_scores(picture, network, {"one": (0,)}, shares=(1,))
    >>> boxes.shape, boxes[-1].round().tolist(), scores[-1].tolist()
    ((15, 4), [600.0, 0.0, 900.0, 300.0], [1.0])

    Reference:
        Derived in `notebooks/12_feature_map_windows.ipynb`.
    """
    check_positive(window=window, stride=stride)
    if window % stride:
        raise ValueError(
            f"`window` must be a multiple of the stride, {stride}. Received: {window}."
        )
    image, scale = open_photograph(picture, window, shares)
    height, width = image.shape[:2]
    ask = getattr(network, "predict_on_batch", network)
    boxes, rows = [], []
    for size in pyramid_sizes((height, width), window, shares):
        down, right = (stride * max(1, round(side / stride)) for side in size)
        grid = window_grid((down, right), window, stride)
        level = np.asarray(image, np.float32)
        if (down, right) != (height, width):
            level = tf.image.resize(level, (down, right), antialias=True).numpy()
        scores = np.asarray(ask(level[None]), np.float32)
        if scores.ndim != 4 or scores.shape[1] * scores.shape[2] != len(grid):
            raise ValueError(
                f"`network` must answer for each of the {len(grid)} windows of a "
                f"picture of {right}×{down}. Received: shape {scores.shape}."
            )
        rows.append(scores.reshape(len(grid), -1))
        boxes.append(grid * np.array([width / right, height / down] * 2))
    scores = collapse(np.concatenate(rows), groups, labels)
    return np.concatenate(boxes) * np.tile(scale, 2), scores


def cell_differences(feature_map, window_maps):
    """Compares windows of a feature map with the maps of windows of the picture.

    Args:
        feature_map: Array of shape (H, W, C), of the whole picture.
        window_maps: Array of shape (N, h, w, C): the maps of the N windows, each cut
            out of the picture and sent through the network alone. Row by row, one
            cell apart, so that N = (H - h + 1) · (W - w + 1).

    Returns:
        float array of shape (N, h, w): for each cell the mean difference of its
        channels, as a share of the mean size of all numbers in the windows of
        `feature_map`. 0 means equal.

    Raises:
        ValueError: If the shapes do not fit each other.

    Example:

    >>> feature_map = np.arange(6.0).reshape(2, 3, 1)
    >>> window_maps = np.array([[[0, 1], [3, 4]], [[1, 2], [4, 0]]])[..., None]
    >>> cell_differences(feature_map, window_maps)[1].tolist()
    [[0.0, 0.0], [0.0, 2.0]]

    Reference:
        Derived in `notebooks/12_feature_map_windows.ipynb`.
    """
    feature_map, window_maps = np.asarray(feature_map), np.asarray(window_maps)
    fits = feature_map.ndim == 3 and window_maps.ndim == 4
    if fits:
        size = window_maps.shape[1:3]
        windows = np.lib.stride_tricks.sliding_window_view
        fits = size[0] <= feature_map.shape[0] and size[1] <= feature_map.shape[1]
    if fits:
        cut = np.moveaxis(windows(feature_map, size, axis=(0, 1)), 2, -1)
        cut = cut.reshape(-1, *size, feature_map.shape[2])
        fits = cut.shape == window_maps.shape
    if not fits:
        raise ValueError(
            "`window_maps` must hold all windows (h, w, C) of `feature_map` (H, W, C). "
            f"Received: shapes {window_maps.shape} and {feature_map.shape}."
        )
    return np.abs(cut - window_maps).mean(axis=-1) / (np.abs(cut).mean() or 1)
