"""Boxes: overlap, non-maximum suppression, matching; and from `box_formats`, formats.

`boxes_xyxy` is a float array of shape (N, 4): left, top, right, bottom in pixels, x
right, y down. A box ends before the column `right` and the row `bottom`: its width is
right - left. No boxes are an array of shape (0, 4).
"""

import numpy as np

FORMATS = ("xyxy", "xywh", "cxcywh", "yxyx")


def as_boxes(boxes_xyxy, name="boxes_xyxy"):
    """Returns boxes as an array after checking that they are boxes."""
    boxes = np.asarray(boxes_xyxy, dtype=np.float64)
    boxes = boxes.reshape(0, 4) if boxes.shape == (0,) else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"`{name}` must have shape (N, 4). Received: {boxes.shape}.")
    wrong = ~np.isfinite(boxes).all(axis=1) | (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    if wrong.any():
        raise ValueError(
            f"`{name}` must hold finite numbers left, top, right, bottom with left <= "
            f"right and top <= bottom. Received: {boxes[wrong][0].tolist()}."
        )
    return boxes


def per_box(numbers, boxes_xyxy, name):
    """Returns `numbers` as an array after checking that there is one for each box."""
    numbers = np.asarray(numbers)
    if numbers.shape != (len(boxes_xyxy),) or not np.isfinite(numbers).all():
        raise ValueError(
            f"`{name}` must hold one finite number for each of the {len(boxes_xyxy)} "
            f"boxes. Received: shape {numbers.shape}, {numbers.tolist()}."
        )
    return numbers


def convert_boxes(boxes, source, target, image_size=None):
    """Converts boxes from one format to another.

    Args:
        boxes: Array of shape (N, 4) in the format `source`.
        source: "xyxy" (left, top, right, bottom), "xywh" (left, top, width, height;
            COCO's), "cxcywh" (centre, width, height; YOLO's), in pixels; or "yxyx"
            (top, left, bottom, right as shares of the image; TensorFlow's).
        target: The same.
        image_size: (height, width) in pixels, for "yxyx" only.

    Returns:
        float64 array of shape (N, 4) in the format `target`.

    Raises:
        ValueError: If a format is unknown, or `image_size` or boxes are not as
            described.

    Example:
    >>> convert_boxes([[10, 20, 50, 40]], "xyxy", "cxcywh").tolist()
    [[30.0, 30.0, 40.0, 20.0]]
    >>> convert_boxes([[10, 20, 50, 40]], "xyxy", "yxyx", (80, 100)).tolist()
    [[0.25, 0.1, 0.5, 0.5]]
    """
    for name in (source, target):
        if name not in FORMATS:
            raise ValueError(f"A format must be one of {FORMATS}. Received: {name!r}.")
    scale = _scale(image_size) if "yxyx" in (source, target) else 1
    boxes = np.asarray(boxes, dtype=np.float64)
    boxes = boxes.reshape(0, 4) if boxes.shape == (0,) else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"`boxes` must have shape (N, 4). Received: {boxes.shape}.")
    first, second = boxes[:, :2], boxes[:, 2:]
    if source == "yxyx":
        boxes = boxes[:, [1, 0, 3, 2]] * scale
    elif source == "xywh":
        boxes = np.concatenate([first, first + second], axis=1)
    elif source == "cxcywh":
        boxes = np.concatenate([first - second / 2, first + second / 2], axis=1)
    boxes = as_boxes(boxes, "boxes")
    corner, sides = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    if target == "yxyx":
        return (boxes / scale)[:, [1, 0, 3, 2]]
    if target == "xywh":
        return np.concatenate([corner, sides], axis=1)
    if target == "cxcywh":
        return np.concatenate([corner + sides / 2, sides], axis=1)
    return boxes


def clip_boxes(boxes_xyxy, image_size):
    """Cuts boxes off at the edges of the image."""
    return np.clip(as_boxes(boxes_xyxy), 0, _scale(image_size))


def _scale(image_size):
    """Returns (width, height, width, height) of an image of (height, width)."""
    sides = () if image_size is None else tuple(image_size)
    if len(sides) != 2 or not all(side > 0 for side in sides):
        raise ValueError(
            "`image_size` must be (height, width) in pixels, both positive. "
            f"Received: {image_size}."
        )
    height, width = sides
    return np.array([width, height, width, height], dtype=np.float64)


def areas(boxes, inclusive=False):
    """Returns the areas of boxes."""
    sides = boxes[..., 2:] - boxes[..., :2] + inclusive
    return sides[..., 0] * sides[..., 1]


def intersections(first, second, inclusive=False):
    """Returns the areas that all pairs of boxes share."""
    # One axis at a time: arrays (..., N, M) are quicker than pairs of numbers.
    left, top, right, bottom = (first[..., :, None, k] for k in range(4))
    lefts, tops, rights, bottoms = (second[..., None, :, k] for k in range(4))
    width = np.minimum(right, rights) - np.maximum(left, lefts) + inclusive
    height = np.minimum(bottom, bottoms) - np.maximum(top, tops) + inclusive
    return np.maximum(width, 0) * np.maximum(height, 0)


def pairwise_iou(first, second, inclusive=False, crowd=None):
    """Returns the intersection over union of all pairs of boxes."""
    shared = intersections(first, second, inclusive)
    own = areas(first, inclusive)[..., :, None]
    union = own + areas(second, inclusive)[..., None, :] - shared
    if crowd is not None:
        union = np.where(crowd[..., None, :], own, union)
    return np.divide(shared, union, out=np.zeros(union.shape), where=union > 0)


def box_iou(first_xyxy, second_xyxy, inclusive=False):
    """Returns the intersection over union of every box with every other.

    Args:
        first_xyxy, second_xyxy: Arrays of shape (N, 4) and (M, 4), in pixels.
        inclusive: Whether `right` and `bottom` are a box's last pixels, as in PASCAL
            VOC; then the width is right - left + 1.

    Returns:
        float64 array of shape (N, M), from 0 to 1; 0 for a box without area.

    Raises:
        ValueError: If a box has another shape, is not finite or ends before it begins.

    Example:
    >>> box_iou([[0, 0, 2, 2]], [[0, 0, 2, 2], [1, 0, 3, 2], [2, 0, 4, 2]]).round(2)
    array([[1.  , 0.33, 0.  ]])

    Reference:
        Everingham et al. (2010), doi:10.1007/s11263-009-0275-4.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    first = as_boxes(first_xyxy, "first_xyxy")
    return pairwise_iou(first, as_boxes(second_xyxy, "second_xyxy"), inclusive)


def box_giou(first_xyxy, second_xyxy):
    """Returns the generalised IoU of every box with every other.

    From the IoU, which is 0 for all boxes that are apart, it subtracts the share of the
    smallest box around both that neither covers.

    Args:
        first_xyxy, second_xyxy: Arrays of shape (N, 4) and (M, 4), in pixels.

    Returns:
        float64 array of shape (N, M), above -1, at most the IoU; 0 if both are on a
        line.

    Raises:
        ValueError: As `box_iou`.

    Example:
    >>> box_giou([[0, 0, 2, 2]], [[0, 0, 2, 2], [2, 0, 4, 2], [6, 0, 8, 2]]).round(2)
    array([[ 1. ,  0. , -0.5]])

    Reference:
        Rezatofighi et al. (2019), arXiv:1902.09630.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    first, second = as_boxes(first_xyxy), as_boxes(second_xyxy)
    union = areas(first)[:, None] + areas(second) - intersections(first, second)
    start = np.minimum(first[:, None, :2], second[:, :2])
    sides = np.maximum(first[:, None, 2:], second[:, 2:]) - start
    around = sides[..., 0] * sides[..., 1]
    empty = np.zeros_like(union)
    np.divide(around - union, around, out=empty, where=around > 0)
    return pairwise_iou(first, second) - empty


def non_maximum_suppression(
    boxes_xyxy, scores, iou_threshold=0.5, classes=None, max_boxes=None
):
    """Chooses the best of boxes that overlap, and drops the others.

    The best box is kept, all that overlap it too much go, and so on with what is left.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels.
        scores: Array of shape (N,), any finite numbers. Of equal ones the first wins.
        iou_threshold: From 0 to 1. A box goes if its IoU with a kept one is above it.
        classes: Integers (N,), or `None`. With it, boxes drop only those of their
            class.
        max_boxes: Largest number of boxes to keep, or `None` for all.

    Returns:
        int64 array of the places of the kept boxes, the highest score first.

    Raises:
        ValueError: As `box_iou`, or if another argument is not as described.

    Example:
    >>> boxes, scores = [[0, 0, 4, 4], [0, 0, 4, 5], [8, 0, 9, 9]], [0.6, 0.9, 0.7]
    >>> non_maximum_suppression(boxes, scores)
    array([1, 2])
    >>> non_maximum_suppression(boxes, scores, classes=[0, 1, 1])
    array([1, 2, 0])

    Reference:
        Felzenszwalb et al. (2010), doi:10.1109/TPAMI.2009.167.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    boxes = as_boxes(boxes_xyxy)
    scores = per_box(scores, boxes, "scores")
    classes = per_box(
        np.zeros(len(boxes)) if classes is None else classes, boxes, "classes"
    )
    _check_threshold(iou_threshold)
    if max_boxes is not None and max_boxes < 0:
        raise ValueError(f"`max_boxes` must not be negative. Received: {max_boxes}.")
    waiting, kept = np.argsort(-scores, kind="stable"), []
    while len(waiting) and len(kept) != max_boxes:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        iou = pairwise_iou(boxes[[best]], boxes[waiting])[0]
        waiting = waiting[(iou <= iou_threshold) | (classes[waiting] != classes[best])]
    return np.array(kept, dtype=np.int64)


def match_boxes(true_xyxy, predicted_xyxy, scores, iou_threshold=0.5, inclusive=False):
    """Gives every predicted box a true one, the highest score first.

    Each takes the free true box that it overlaps most, if the IoU reaches the
    threshold; of equal ones the last, as in COCO's tool. All are of one picture and
    class.

    Args:
        true_xyxy, predicted_xyxy: Arrays of shape (N, 4) and (M, 4), in pixels.
        scores: Array of shape (M,), any finite numbers. Of equal ones the first wins.
        iou_threshold: Least IoU of a match, from 0 to 1.
        inclusive: As in `box_iou`.

    Returns:
        int64 array of shape (M,): the true box of every predicted one, -1 without one.

    Raises:
        ValueError: As `box_iou`, or if another argument is not as described.

    Example:
    >>> match_boxes([[0, 0, 4, 4]], [[0, 0, 4, 3], [0, 0, 4, 4]], scores=[0.9, 0.8])
    array([ 0, -1])

    Reference:
        Lin et al. (2014), arXiv:1405.0312.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    true = as_boxes(true_xyxy, "true_xyxy")
    predicted = as_boxes(predicted_xyxy, "predicted_xyxy")
    scores = per_box(scores, predicted, "scores")
    _check_threshold(iou_threshold)
    iou = pairwise_iou(predicted, true, inclusive)
    matched = np.full(len(predicted), -1, dtype=np.int64)
    if not len(true):
        return matched
    for place in np.argsort(-scores, kind="stable"):
        best = len(true) - 1 - np.argmax(iou[place, ::-1])  # the last of equal ones
        if iou[place, best] >= iou_threshold:
            matched[place] = best
            iou[:, best] = -1  # it is taken
    return matched


def _check_threshold(iou_threshold):
    if not 0 <= iou_threshold <= 1:
        raise ValueError(
            f"`iou_threshold` must be from 0 to 1. Received: {iou_threshold}."
        )
