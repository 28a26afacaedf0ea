"""Detection with a classifier: what every window shows, and what to make of it.

What is detected in a picture is one dict, as `utils.detection.precision` takes it:
"boxes_xyxy", float64 (N, 4), in pixels; "classes", int64 (N,); "scores", float64 (N,).
"""

from itertools import chain

import numpy as np
import tensorflow as tf

from utils._arguments import check_positive
from utils.detection.boxes import non_maximum_suppression
from utils.detection.windows import (
    batched,
    crop_windows,
    open_photograph,
    pyramid_sizes,
    pyramid_windows,
    window_grid,
)


def classify_windows(classifier, windows, batch_size=64):
    """Asks a classifier about every window.

    Args:
        classifier: Model or function from images (n, h, w, 3) to probabilities (n, K).
        windows: Iterable of float arrays (h, w, 3), such as `crop_windows` gives.
        batch_size: Number of windows asked about at once; memory grows with it.

    Returns:
        float32 array of shape (N, K).

    Raises:
        ValueError: If there is no window, or the classifier's answer has another shape.

    Example:
    >>> def classifier(images):  # how bright, how dark
    ...     bright = images.mean(axis=(1, 2, 3))
    ...     return np.stack([bright, 1 - bright], axis=1)
    >>> classify_windows(classifier, np.ones((1, 4, 4, 3))).tolist()
    [[1.0, 0.0]]

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    ask = getattr(classifier, "predict_on_batch", classifier)
    answers = []
    for batch in batched(windows, batch_size):
        answer = np.asarray(ask(batch), np.float32)
        if answer.ndim != 2 or len(answer) != len(batch):
            raise ValueError(
                "`classifier` must give one row of probabilities per window, shape "
                f"({len(batch)}, K). Received: shape {answer.shape}."
            )
        answers.append(answer)
    if not answers:
        raise ValueError("`windows` must hold at least one window. Received: none.")
    return np.concatenate(answers)


def group_probabilities(probabilities, groups, labels=None):
    """Adds up the probabilities of fine labels that make one coarse label.

    They exclude each other, so they may be added. What a row lacks to 1 is the share of
    labels in no group, such as background.

    Args:
        probabilities: Array of shape (N, K).
        groups: Dict from a coarse label to its fine ones, maybe none: places from 0 to
            K - 1, or names among `labels`.
        labels: The K names, if `groups` holds names.

    Returns:
        Array of shape (N, G) and of the same dtype, in the order of `groups`.

    Raises:
        ValueError: If a fine label is unknown or stands in two groups.

    Example:
    >>> labels = ("tabby", "siamese", "beagle", "background")
    >>> groups = {"cat": ("tabby", "siamese"), "dog": ("beagle",)}
    >>> group_probabilities(np.array([[0.3, 0.4, 0.1, 0.2]]), groups, labels).round(2)
    array([[0.7, 0.1]])

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2:
        raise ValueError(
            "`probabilities` must have shape (N, K). "
            f"Received: shape {probabilities.shape}."
        )
    count = probabilities.shape[1]
    if labels is not None and len(labels) != count:
        raise ValueError(f"`labels` must be {count} names. Received: {len(labels)}.")
    names = range(count) if labels is None else labels
    place = {name: number for number, name in enumerate(names)}
    members = [*chain.from_iterable(groups.values())]
    wrong = [m for m in members if m not in place or members.count(m) > 1]
    if wrong:
        raise ValueError(
            f"Every label of `groups` must be one of {', '.join(map(str, names))}, and "
            f"stand in one group only. Received: {wrong[0]!r}."
        )
    columns = [[place[member] for member in group] for group in groups.values()]
    sums = [probabilities[:, places].sum(axis=1) for places in columns]
    return np.stack(sums, axis=1).astype(probabilities.dtype)


# Shares of the picture's shorter side that a window sees, (height, width). An animal
# that somebody photographs is rarely smaller, and one that sits is higher than wide.
SHARES = ((0.75, 0.5), (1.0, 0.5), (0.7, 0.7), (1.0, 0.7))


def best_windows(boxes_xyxy, scores):
    """Finds for every class the window that shows it best.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels; N at least 1.
        scores: Array of shape (N, G), of every window for every class.

    Returns:
        One dict of G detections, one per class, in the order of the classes.

    Raises:
        ValueError: If the shapes do not fit each other or there is no window.

    Example:
    >>> best = best_windows([[0, 0, 2, 2], [2, 0, 4, 2]], [[0.1, 0.8], [0.9, 0.3]])
    >>> best["boxes_xyxy"].tolist(), best["classes"].tolist(), best["scores"].tolist()
    ([[2.0, 0.0, 4.0, 2.0], [0.0, 0.0, 2.0, 2.0]], [0, 1], [0.9, 0.8])

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    boxes, scores = _scored(boxes_xyxy, scores)
    if not len(boxes):
        raise ValueError("`boxes_xyxy` must hold at least one window. Received: none.")
    best, classes = scores.argmax(axis=0), np.arange(scores.shape[1])
    return {
        "boxes_xyxy": boxes[best],
        "classes": classes,
        "scores": scores[best, classes],
    }


def select(boxes_xyxy, scores, threshold=0.5, iou_threshold=0.2, per_class=True):
    """Keeps the windows that are sure of a class, and of those that overlap the best.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels.
        scores: Array of shape (N, G). A window may be chosen for several classes.
        threshold: Least score.
        iou_threshold: A window goes if its IoU with a better one is above it; 1 drops
            none.
        per_class: Whether a window drops others of its own class only. `False` gives
            every place one name, which harms where a cat sits in front of a dog.

    Returns:
        One dict of detections, the highest score first; empty arrays without any.

    Raises:
        ValueError: If the shapes do not fit or an argument is not as described.

    Example:
    >>> boxes = [[0, 0, 4, 4], [0, 0, 4, 5], [6, 0, 9, 9]]
    >>> found = select(boxes, [[0.6, 0.1], [0.9, 0.0], [0.2, 0.7]])
    >>> found["boxes_xyxy"].tolist(), found["classes"].tolist()
    ([[0.0, 0.0, 4.0, 5.0], [6.0, 0.0, 9.0, 9.0]], [0, 1])

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    boxes, scores = _scored(boxes_xyxy, scores)
    rows, classes = np.nonzero(scores >= threshold)
    boxes, scores = boxes[rows], scores[rows, classes]
    rivals = classes if per_class else None
    kept = non_maximum_suppression(boxes, scores, iou_threshold, rivals)
    return {"boxes_xyxy": boxes[kept], "classes": classes[kept], "scores": scores[kept]}


def window_scores(
    picture,
    classifier,
    groups,
    labels=None,
    window=224,
    stride=32,
    shares=SHARES,
    batch_size=64,
):
    """Slides a window over a picture of any size, and scores each for every class.

    The picture is brought to the size of each level of an image pyramid, so the number
    of windows depends on its shape and not on its pixels.

    Args:
        picture: Path, bytes or array: see `utils.detection.windows.open_photograph`.
        classifier, batch_size: As for `classify_windows`, for images in [0, 1].
        groups, labels: As for `group_probabilities`, in the order of the classes.
        window, stride, shares: As for `utils.detection.pyramid_windows`.

    Returns:
        float64 `boxes_xyxy` (N, 4), pixels of the upright picture; float32 scores (N,
        G).

    Raises:
        ValueError: If an argument is not as described, or the picture cannot be read or
            is too small or too narrow to show anything.

    Example:
    >>> picture = np.zeros((300, 900), np.uint8)  # grey; its right third is white
    >>> picture[:, 600:] = 255
    >>> def classifier(images):
    ...     return images.mean(axis=(1, 2, 3))[:, None]
    >>> boxes, scores = window_scores(picture, classifier, {"white": (0,)}, shares=(1,))
    >>> boxes.shape, boxes[-1].round().tolist(), scores[-1].round(2).tolist()
    ((15, 4), [600.0, 0.0, 900.0, 300.0], [1.0])
    """
    image, scale = open_photograph(picture, window, shares)
    levels, grids, boxes = pyramid_windows(image, window, stride, shares)
    windows = chain.from_iterable(map(crop_windows, levels, grids))
    probabilities = classify_windows(classifier, windows, batch_size)
    return boxes * np.tile(scale, 2), group_probabilities(probabilities, groups, labels)


def detect(picture, classifier, groups, labels=None, threshold=0.5, **options):
    """Finds the objects in a picture of any size with a classifier of windows.

    Args:
        picture, classifier, groups, labels: As for `window_scores`.
        threshold: Least score of a detection.
        **options: As for `select` (`iou_threshold`, `per_class`) and `window_scores`.

    Returns:
        One dict of detections, in pixels of the upright picture, the highest score
        first.

    Raises:
        ValueError: As `window_scores` and `select`.

    Example:
    >>> picture = np.zeros((300, 900), np.uint8)
    >>> picture[:, 600:] = 255
    >>> def classifier(images):
    ...     return images.mean(axis=(1, 2, 3))[:, None]
    >>> found = detect(picture, classifier, {"white": (0,)}, threshold=0.9, shares=(1,))
    >>> found["boxes_xyxy"].round().tolist(), found["classes"].tolist()
    ([[600.0, 0.0, 900.0, 300.0]], [0])
    """
    names = {"iou_threshold", "per_class"} & options.keys()
    selection = {name: options.pop(name) for name in names}
    boxes, scores = window_scores(picture, classifier, groups, labels, **options)
    return select(boxes, scores, threshold, **selection)


def _scored(boxes_xyxy, scores):
    boxes, scores = np.asarray(boxes_xyxy, float), np.asarray(scores, float)
    if boxes.ndim != 2 or scores.ndim != 2 or len(boxes) != len(scores):
        raise ValueError(
            "`boxes_xyxy` and `scores` must have shapes (N, 4) and (N, G). "
            f"Received: {boxes.shape} and {scores.shape}."
        )
    return boxes, scores


def feature_map_scores(
    picture, network, groups, labels=None, window=224, stride=32, shares=(0.5,)
):
    """Scores all windows of a picture for every class, in one pass for each level.

    It returns what `window_scores` does, and cuts no window out. A level's sides become
    multiples of `stride`, as a cell is; if they are already, windows are equal.

    Args:
        picture: As for `utils.detection.windows.open_photograph`.
        network: Model or function from images (1, H, W, 3) to probabilities (1, h, w,
            K), one per window: a lower half with `utils.models.convolutional_head`.
        groups, labels: As for `utils.detection.group_probabilities`.
        window, stride: Pixels of a window, and between two; the network fixes both.
        shares: As for `utils.detection.pyramid_sizes`.

    Returns:
        float64 `boxes_xyxy` (N, 4), pixels of the upright picture; float32 scores (N,
        G).

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
    scores = group_probabilities(np.concatenate(rows), groups, labels)
    return np.concatenate(boxes) * np.tile(scale, 2), scores


def cell_differences(feature_map, window_maps):
    """Compares windows of a feature map with the maps of windows of the picture.

    Args:
        feature_map: Array of shape (H, W, C), of the whole picture.
        window_maps: Array of shape (N, h, w, C): maps of the windows, each sent through
            the network alone, row by row, one cell apart: N = (H - h + 1) · (W - w +
            1).

    Returns:
        float array of shape (N, h, w): per cell the mean difference of its channels, as
        a share of the mean size of all numbers in the windows. 0 means equal.

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
