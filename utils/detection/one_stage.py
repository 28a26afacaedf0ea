"""A one-stage detector: every cell of a grid says at once what is there, and where.

An answer of the network is an array (S, S, 5 + K): for every cell the logit that the
centre of an object lies in it; the box, as x, y, w and h; and K logits of its class.
x and y are the centre's place within the cell, from 0 to 1; w and h are logarithms of
the sides as shares of the image's.
"""

import keras
import numpy as np
from keras import layers, ops

from utils._arguments import check_positive
from utils.detection.boxes import (
    clip_boxes,
    convert_boxes,
    non_maximum_suppression,
    per_box,
)

BOX_WEIGHT, EMPTY_WEIGHT = 5.0, 0.5  # as in the paper


def grid_targets(boxes_xyxy, classes, image_size, grid, num_classes):
    """Writes the objects of one picture into the cells of a grid.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels, with positive sides.
        classes: Integer array of shape (N,), ids from 0 to K - 1.
        image_size: (height, width) in pixels.
        grid: Number of cells S along each axis.
        num_classes: Number of classes K.

    Returns:
        float32 array of shape (S, S, 5 + K): 1, x, y, w, h and a one-hot class in the
        cell with an object's centre (of two the larger stays), zeros elsewhere.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> target = grid_targets([[0, 0, 50, 40]], [1], (100, 100), grid=2, num_classes=2)
    >>> target[0, 0].round(2)
    array([ 1.  ,  0.5 ,  0.4 , -0.69, -0.92,  0.  ,  1.  ], dtype=float32)

    Reference:
        Redmon et al. (2016), arXiv:1506.02640. Derived in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    check_positive(grid=grid, num_classes=num_classes)
    top, left, bottom, right = convert_boxes(boxes_xyxy, "xyxy", "yxyx", image_size).T
    sides = np.stack([right - left, bottom - top], axis=1)
    classes = per_box(classes, sides, "classes")
    if (sides <= 0).any() or not np.isin(classes, range(num_classes)).all():
        raise ValueError(
            f"Objects must have positive sides and classes below {num_classes}. "
            f"Received: sides {sides.tolist()}, classes {classes.tolist()}."
        )
    centres = grid * np.stack([left + right, top + bottom], axis=1) / 2
    cells = np.clip(centres.astype(int), 0, grid - 1)
    target = np.zeros((grid, grid, 5 + num_classes), dtype=np.float32)
    for k in np.argsort(sides.prod(axis=1), kind="stable"):
        column, row = cells[k]
        one_hot = np.eye(num_classes)[classes[k]]
        target[row, column] = [1, *(centres[k] - cells[k]), *np.log(sides[k]), *one_hot]
    return target


def grid_loss(target, answer):
    """Returns the loss of every picture, the sum over the cells of the grid.

    Args:
        target, answer: Tensors of shape (N, S, S, 5 + K): `grid_targets`, and the
            network's.

    Returns:
        Tensor of shape (N,): cross-entropy of an object (half of it where there is
        none); where one is, also of its class, and five times the squared errors of x,
        y, w, h.

    Example:
    >>> target = grid_targets([[0, 0, 50, 40]], [1], (100, 100), grid=2, num_classes=2)
    >>> float(grid_loss(target[None], 50 * (target[None] - 0.5))[0]) > 0
    True

    Reference:
        Redmon et al. (2016), arXiv:1506.02640, with cross-entropies and logarithms for
        squares and roots. Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    target, answer = ops.cast(target, answer.dtype), ops.convert_to_tensor(answer)
    there = target[..., 0]
    presence = ops.binary_crossentropy(there, answer[..., 0], from_logits=True)
    presence = presence * ops.where(there > 0, 1.0, EMPTY_WEIGHT)
    xy = ops.sum((target[..., 1:3] - ops.sigmoid(answer[..., 1:3])) ** 2, axis=-1)
    wh = ops.sum((target[..., 3:5] - answer[..., 3:5]) ** 2, axis=-1)
    kind = ops.categorical_crossentropy(
        target[..., 5:], answer[..., 5:], from_logits=True
    )
    return ops.sum(presence + there * (BOX_WEIGHT * (xy + wh) + kind), axis=(1, 2))


def decode_grid(answer, image_size, least_score=0.05, iou_threshold=0.45):
    """Turns the network's answer for one picture into detections.

    Args:
        answer: float array of shape (S, S, 5 + K).
        image_size: (height, width) in pixels.
        least_score: A cell's class with a lower score is dropped.
        iou_threshold: Of two boxes of one class with a larger IoU, one is dropped.

    Returns:
        Dict of "boxes_xyxy", float64 (N, 4) in pixels; "classes", int64 (N,); "scores",
        float64 (N,), probability of an object times that of the class; highest first.

    Raises:
        ValueError: If `answer` has another shape.

    Example:
    >>> target = grid_targets([[0, 0, 50, 40]], [1], (100, 100), grid=2, num_classes=2)
    >>> target[..., [0, 5, 6]] = 20 * target[..., [0, 5, 6]] - 10  # as logits
    >>> target[..., 1:3] = np.log(target[..., 1:3] + 1e-9) - np.log1p(-target[..., 1:3])
    >>> decode_grid(target, (100, 100))["boxes_xyxy"].round(2).tolist()
    [[0.0, 0.0, 50.0, 40.0]]

    Reference:
        Redmon et al. (2016), arXiv:1506.02640.
    """
    answer = np.asarray(answer, dtype=np.float64)
    if answer.ndim != 3 or answer.shape[0] != answer.shape[1] or answer.shape[2] < 6:
        raise ValueError(
            f"`answer` must have shape (S, S, 5 + K). Received: {answer.shape}."
        )
    grid, (height, width) = len(answer), image_size
    cells = np.stack(np.meshgrid(np.arange(grid), np.arange(grid)), axis=-1)
    centres = (cells + _sigmoid(answer[..., 1:3])) / grid
    sides = np.exp(np.minimum(answer[..., 3:5], 0))
    scale = np.array([width, height, width, height])
    boxes = np.concatenate([centres, sides], axis=-1).reshape(-1, 4) * scale
    boxes = clip_boxes(convert_boxes(boxes, "cxcywh", "xyxy"), image_size)
    kinds = np.exp(answer[..., 5:] - answer[..., 5:].max(axis=-1, keepdims=True))
    kinds /= kinds.sum(axis=-1, keepdims=True)
    scores = (_sigmoid(answer[..., :1]) * kinds).reshape(len(boxes), -1)
    places, classes = np.nonzero(scores >= least_score)
    boxes, scores = boxes[places], scores[places, classes]
    kept = non_maximum_suppression(boxes, scores, iou_threshold, classes)
    return {"boxes_xyxy": boxes[kept], "classes": classes[kept], "scores": scores[kept]}


def grid_head(feature_shapes, num_classes, filters=64):
    """Builds the layers of the detector that follow a frozen encoder.

    Args:
        feature_shapes: Shapes (2S, 2S, C) and (S, S, D) of its two last feature maps.
        num_classes: Number of classes K.
        filters: Number of channels in between.

    Returns:
        A `keras.Model` from a list of two feature maps to answers (N, S, S, 5 + K).

    Example:
    >>> grid_head([(14, 14, 192), (7, 7, 112)], num_classes=2).output_shape
    (None, 7, 7, 7)

    Reference:
        Redmon et al. (2016), arXiv:1506.02640.
    """
    fine, coarse = (keras.Input(shape) for shape in feature_shapes)
    x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(fine)
    x = layers.Concatenate()([x, coarse])
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    answer = layers.Conv2D(5 + num_classes, 1, name="answer")(x)
    return keras.Model([fine, coarse], answer, name="grid_head")


def _sigmoid(logits):
    return 1 / (1 + np.exp(-logits))
