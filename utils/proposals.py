"""Proposals: boxes that may hold an object, their labels, and how to move them."""

import numpy as np

from utils.arguments import check_positive
from utils.box_formats import as_boxes, clip_boxes, convert_boxes, per_box
from utils.overlap import pairwise_iou


def sliding_proposals(image_size, shapes, steps=6):
    """Slides boxes of several shapes over an image.

    Args:
        image_size: (height, width) in pixels.
        shapes: List of (height, width) of a box, in pixels, at most the image's.
        steps: Number of places of a shape along each axis, from edge to edge.

    Returns:
        float64 array of shape (len(shapes) * steps * steps, 4), `boxes_xyxy`.

    Raises:
        ValueError: If `steps` or a size is not positive, or a shape larger than the
            image.

    Example:

    >>> sliding_proposals((8, 10), shapes=[(8, 4)], steps=2).tolist()[:3]
    [[0.0, 0.0, 4.0, 8.0], [6.0, 0.0, 10.0, 8.0], [0.0, 0.0, 4.0, 8.0]]

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    check_positive(steps=steps)
    boxes = []
    for shape in np.asarray(shapes, dtype=np.float64).reshape(-1, 2):
        if (shape <= 0).any() or (shape > image_size).any():
            raise ValueError(
                f"A shape must be (height, width) of at most {tuple(image_size)}. "
                f"Received: {tuple(shape.tolist())}."
            )
        (height, width), (rows, columns) = shape, image_size
        tops, lefts = (
            np.linspace(0, rows - height, steps),
            np.linspace(0, columns - width, steps),
        )
        top, left = (axis.ravel() for axis in np.meshgrid(tops, lefts, indexing="ij"))
        boxes.append(np.stack([left, top, left + width, top + height], axis=1))
    return np.concatenate([np.zeros((0, 4)), *boxes])


def label_proposals(proposals_xyxy, true_xyxy, classes, background, least_iou=0.5):
    """Gives every proposal the class and the box of the object that it overlaps most.

    Args:
        proposals_xyxy: Array of shape (N, 4), in pixels.
        true_xyxy: Array of shape (M, 4), in pixels.
        classes: Integer array of shape (M,).
        background: Class id of proposals that overlap no object enough.
        least_iou: What is enough.

    Returns:
        labels, int64 array of shape (N,); and boxes, float64 array of shape (N, 4): of
        background, the proposal itself.

    Raises:
        ValueError: If an argument is not as described.

    Example:

    >>> proposals = [[0, 0, 4, 4], [9, 9, 12, 12]]
    >>> label_proposals(proposals, [[0, 0, 4, 5]], [1], background=2)[0]
    array([1, 2])

    Reference:
        Girshick et al. (2014), arXiv:1311.2524. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    proposals = as_boxes(proposals_xyxy, "proposals_xyxy")
    true = as_boxes(true_xyxy, "true_xyxy")
    classes = per_box(classes, true, "classes")
    if not len(true):
        return np.full(len(proposals), background), proposals
    iou = pairwise_iou(proposals, true)
    best, found = iou.argmax(axis=1), iou.max(axis=1) >= least_iou
    labels = np.where(found, classes[best], background).astype(np.int64)
    return labels, np.where(found[:, None], true[best], proposals)


def box_deltas(proposals_xyxy, true_xyxy):
    """Returns how to move and stretch each proposal to become the true box.

    Args:
        proposals_xyxy: Array of shape (N, 4), in pixels, with positive sides.
        true_xyxy: Array of shape (N, 4), in pixels, with positive sides.

    Returns:
        float64 array of shape (N, 4): the steps of the centre, right and down, as
        shares of the proposal's width and height; the logarithms of the ratios of the
        widths and heights.

    Raises:
        ValueError: If the shapes differ or a side is not positive.

    Example:

    >>> box_deltas([[0, 0, 10, 10]], [[1, 0, 11, 20]]).round(2)
    array([[0.1 , 0.5 , 0.  , 0.69]])

    Reference:
        Girshick et al. (2014), arXiv:1311.2524, appendix C. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    start, goal = _centres(proposals_xyxy), _centres(true_xyxy)
    if start.shape != goal.shape:
        raise ValueError(
            "`proposals_xyxy` and `true_xyxy` must have the same shape. Received: "
            f"{start.shape} and {goal.shape}."
        )
    moved = (goal[:, :2] - start[:, :2]) / start[:, 2:]
    return np.concatenate([moved, np.log(goal[:, 2:] / start[:, 2:])], axis=1)


def apply_deltas(proposals_xyxy, deltas, image_size):
    """Moves and stretches proposals, and clips them to the image.

    Args:
        proposals_xyxy: Array of shape (N, 4), in pixels, with positive sides.
        deltas: Array of shape (N, 4), as from `box_deltas`. No side grows or shrinks
            more than e² times.
        image_size: (height, width) in pixels.

    Returns:
        float64 array of shape (N, 4), `boxes_xyxy`.

    Raises:
        ValueError: If an argument is not as described.

    Example:

    >>> deltas = box_deltas([[0, 0, 10, 10]], [[1, 0, 11, 20]])
    >>> apply_deltas([[0, 0, 10, 10]], deltas, image_size=(20, 20)).round(6)
    array([[ 1.,  0., 11., 20.]])

    Reference:
        Girshick et al. (2014), arXiv:1311.2524, appendix C. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    start, deltas = _centres(proposals_xyxy), np.asarray(deltas, dtype=np.float64)
    if deltas.shape != start.shape:
        raise ValueError(
            f"`deltas` must have shape {start.shape}. Received: {deltas.shape}."
        )
    centres = start[:, :2] + deltas[:, :2] * start[:, 2:]
    sides = start[:, 2:] * np.exp(np.clip(deltas[:, 2:], -2, 2))
    boxes = convert_boxes(np.concatenate([centres, sides], axis=1), "cxcywh", "xyxy")
    return clip_boxes(boxes, image_size)


def _centres(boxes_xyxy):
    boxes = convert_boxes(boxes_xyxy, "xyxy", "cxcywh")
    if (boxes[:, 2:] <= 0).any():
        raise ValueError(
            "Every box must have positive sides. Received: "
            f"{boxes[(boxes[:, 2:] <= 0).any(axis=1)][0].tolist()} (centre, sides)."
        )
    return boxes
