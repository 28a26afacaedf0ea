"""Detection with a classifier: what every window shows, and what to make of it.

What is detected in a picture is one dict, as `utils.average_precision` takes it:
"boxes_xyxy", float64 (N, 4), in pixels; "classes", int64 (N,); "scores", float64 (N,).
"""

from itertools import chain

import numpy as np

from utils.boxes import non_maximum_suppression
from utils.photographs import open_photograph
from utils.pyramids import pyramid_windows
from utils.window_classes import classify_windows, collapse
from utils.windows import crop_windows

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
        scores: Array of shape (N, G), of every window for every class. A window may be
            chosen for several classes.
        threshold: Least score.
        iou_threshold: A window is dropped if its IoU with a better one of its class
            is above this; 1 drops none.
        per_class: Whether a window drops others of its own class only. `False` gives
            every place one name, which helps where classes are easily confused, and
            harms where a cat sits in front of a dog.

    Returns:
        One dict of detections, the highest score first; empty arrays if no score
        reaches the threshold.

    Raises:
        ValueError: If the shapes do not fit each other or an argument is not as
            described.

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
    return {
        "boxes_xyxy": boxes[kept],
        "classes": classes[kept],
        "scores": scores[kept],
    }


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

    The picture is read, turned upright and brought to the size of each level of an
    image pyramid; a small one is enlarged, an enormous one reduced first. So the number
    of windows depends on the picture's shape and not on its pixels.

    Args:
        picture: Path or bytes of a picture file of any kind, or an array: see
            `utils.photographs.open_photograph`.
        classifier, batch_size: As for `classify_windows`, for images in [0, 1].
        groups, labels: As for `collapse`. The order of `groups` is that of the classes.
        window, stride, shares: As for `utils.pyramids.pyramid_windows`.

    Returns:
        float64 `boxes_xyxy` (N, 4) in pixels of the upright picture, and float32
        scores (N, G).

    Raises:
        ValueError: If the picture cannot be read, or is too small or too narrow to
            show anything, or another argument is not as described.

    Example:

    >>> picture = np.zeros((300, 900), np.uint8)  # grey; its right third is white
    >>> picture[:, 600:] = 255
    >>> def classifier(images):
    ...     return images.mean(axis=(1, 2, 3))[:, None]
    >>> boxes, scores = window_scores(picture, classifier, {"white": (0,)}, shares=(1,))
    >>> boxes.shape, boxes[-1].round().tolist(), scores[-1].round(2).tolist()
    ((15, 4), [600.0, 0.0, 900.0, 300.0], [1.0])

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    image, scale = open_photograph(picture, window, shares)
    levels, grids, boxes = pyramid_windows(image, window, stride, shares)
    windows = chain.from_iterable(map(crop_windows, levels, grids))
    probabilities = classify_windows(classifier, windows, batch_size)
    return boxes * np.tile(scale, 2), collapse(probabilities, groups, labels)


def detect(picture, classifier, groups, labels=None, threshold=0.5, **options):
    """Finds the objects in a picture of any size with a classifier of windows.

    Args:
        picture, classifier, groups, labels: As for `window_scores`.
        threshold: Least score of a detection.
        **options: `iou_threshold` and `per_class` as for `select`, the others as for
            `window_scores`.

    Returns:
        One dict of detections, boxes in pixels of the upright picture, the highest
        score first; empty arrays if nothing is found.

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

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
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
