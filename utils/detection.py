"""Detection with a classifier: what every window shows, and what to make of it.

What is detected in a picture is one dict, as `utils.average_precision` takes it:
"boxes_xyxy", float64 (N, 4), in pixels; "classes", int64 (N,); "scores", float64 (N,).
"""

from itertools import chain

import numpy as np

from utils.boxes import non_maximum_suppression
from utils.photographs import open_photograph
from utils.pyramids import pyramid_windows
from utils.windows import batched, crop_windows

# Shares of the picture's shorter side that a window sees, (height, width). Animals
# that stand or sit are higher than wide.
SHARES = ((0.5, 0.5), (0.75, 0.5), (1.0, 0.5), (0.7, 0.7), (1.0, 0.7))


def classify_windows(classifier, windows, batch_size=64):
    """Asks a classifier about every window.

    Args:
        classifier: A `keras.Model`, or a function, from images (n, h, w, 3) to
            probabilities (n, K).
        windows: Iterable of float arrays (h, w, 3), such as
            `utils.windows.crop_windows` gives.
        batch_size: Number of windows asked about at once. Memory grows with it, and
            not with the number of windows.

    Returns:
        float32 array of shape (N, K).

    Raises:
        ValueError: If there is no window, or the classifier's answer has another shape.

    Example:

    >>> def classifier(images):  # how bright, how dark
    ...     bright = images.mean(axis=(1, 2, 3))
    ...     return np.stack([bright, 1 - bright], axis=1)
    >>> image = np.zeros((4, 4, 3))
    >>> image[2:] = 1
    >>> boxes = [[0, 0, 2, 2], [0, 1, 2, 3], [0, 2, 2, 4]]
    >>> classify_windows(classifier, crop_windows(image, boxes))
    array([[0. , 1. ],
           [0.5, 0.5],
           [1. , 0. ]], dtype=float32)

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


def collapse(probabilities, groups, labels=None):
    """Adds up the probabilities of fine labels that make one coarse label.

    A cat is a tabby or a Siamese or …, and never two of them, so that their
    probabilities may be added. Labels in no group, such as background, are left out;
    what a row lacks to 1 is theirs.

    Args:
        probabilities: Array of shape (N, K).
        groups: Dict from a coarse label to its fine ones: places from 0 to K - 1, or
            names among `labels`. A group may be empty: its probability is 0.
        labels: The K names, if `groups` holds names.

    Returns:
        Array of shape (N, G), in the order of `groups`, of the dtype of the
        probabilities.

    Raises:
        ValueError: If a fine label is unknown or stands in two groups.

    Example:

    >>> labels = ("tabby", "siamese", "beagle", "background")
    >>> groups = {"cat": ("tabby", "siamese"), "dog": ("beagle",)}
    >>> collapse(np.array([[0.3, 0.4, 0.1, 0.2]]), groups, labels).round(2)
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


def select(boxes_xyxy, scores, threshold=0.5, iou_threshold=0.3):
    """Keeps the windows that are sure of a class, and of those that overlap the best.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels.
        scores: Array of shape (N, G), of every window for every class. A window may be
            chosen for several classes.
        threshold: Least score.
        iou_threshold: A window is dropped if its IoU with a better one of its class
            is above this; 1 drops none.

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
    kept = non_maximum_suppression(boxes, scores, iou_threshold, classes)
    return {
        "boxes_xyxy": boxes[kept],
        "classes": classes[kept],
        "scores": scores[kept],
    }


def detect(
    picture,
    classifier,
    groups,
    labels=None,
    window=224,
    stride=32,
    shares=SHARES,
    threshold=0.5,
    iou_threshold=0.3,
    batch_size=64,
):
    """Finds the objects in a picture of any size with a classifier of windows.

    The picture is read, turned upright and brought to the size of each level of an
    image pyramid; a small one is enlarged, an enormous one reduced first. So the number
    of windows depends on its shape and not on its pixels.

    Args:
        picture: Path or bytes of a picture file of any kind, or an array: see
            `utils.photographs.open_photograph`.
        classifier: As for `classify_windows`, for images in [0, 1].
        groups, labels: As for `collapse`. The order of `groups` is that of the classes.
        window, stride, shares: As for `utils.pyramids.pyramid_windows`.
        threshold, iou_threshold: As for `select`.
        batch_size: As for `classify_windows`.

    Returns:
        One dict of detections, boxes in pixels of the upright picture, the highest
        score first; empty arrays if nothing is found.

    Raises:
        ValueError: If the picture cannot be read, or is too small or too narrow to
            show anything, or another argument is not as described.

    Example:

    >>> picture = np.zeros((300, 900), np.uint8)  # grey; its right third is white
    >>> picture[:, 600:] = 255
    >>> def classifier(images):
    ...     return images.mean(axis=(1, 2, 3))[:, None]
    >>> found = detect(picture, classifier, {"white": (0,)}, threshold=0.9, shares=(1,))
    >>> found["boxes_xyxy"].round().tolist(), found["scores"].round(2).tolist()
    ([[600.0, 0.0, 900.0, 300.0]], [1.0])

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    image, scale = open_photograph(picture, window, shares)
    levels, grids, boxes = pyramid_windows(image, window, stride, shares)
    windows = chain.from_iterable(map(crop_windows, levels, grids))
    probabilities = classify_windows(classifier, windows, batch_size)
    scores = collapse(probabilities, groups, labels)
    return select(boxes * np.tile(scale, 2), scores, threshold, iou_threshold)


def _scored(boxes_xyxy, scores):
    boxes, scores = np.asarray(boxes_xyxy, float), np.asarray(scores, float)
    if boxes.ndim != 2 or scores.ndim != 2 or len(boxes) != len(scores):
        raise ValueError(
            "`boxes_xyxy` and `scores` must have shapes (N, 4) and (N, G). "
            f"Received: {boxes.shape} and {scores.shape}."
        )
    return boxes, scores
