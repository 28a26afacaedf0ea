"""What an array of boxes must be, its formats, and clipping. See `utils.boxes`."""

import numpy as np

FORMATS = ("xyxy", "xywh", "cxcywh", "yxyx")


def as_boxes(boxes_xyxy, name="boxes_xyxy"):
    """Returns boxes as an array after checking that they are boxes.

    Args:
        boxes_xyxy: Array of shape (N, 4): left, top, right, bottom; or an empty list.
        name: What to call it in the error.

    Returns:
        float64 array of shape (N, 4).

    Raises:
        ValueError: If the shape is another, a number is not finite, or a box ends
            before it begins.

    Example:

    >>> as_boxes([]).shape
    (0, 4)
    """
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
    """Returns `numbers` as an array after checking that there is one for each box.

    Args:
        numbers: Array of shape (N,): scores, class ids or flags.
        boxes_xyxy: Array of shape (N, 4).
        name: What to call them in the error.

    Returns:
        Array of shape (N,).

    Raises:
        ValueError: If the shape is another or a number is not finite.

    Example:

    >>> per_box([0.5], [[0, 0, 1, 1]], "scores")
    array([0.5])
    """
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
            COCO's files), "cxcywh" (centre, width, height; YOLO's), all in pixels; or
            "yxyx" (top, left, bottom, right as shares of the image, from 0 to 1;
            TensorFlow's).
        target: The same.
        image_size: (height, width) in pixels, for "yxyx" only.

    Returns:
        float64 array of shape (N, 4) in the format `target`.

    Raises:
        ValueError: If a format is unknown, `image_size` is missing or not positive, or
            the boxes are none (see `as_boxes`).

    Example:

    >>> convert_boxes([[10, 20, 50, 40]], "xyxy", "cxcywh").tolist()
    [[30.0, 30.0, 40.0, 20.0]]
    >>> convert_boxes([[10, 20, 50, 40]], "xyxy", "yxyx", (80, 100)).tolist()
    [[0.25, 0.1, 0.5, 0.5]]

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
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
    """Cuts boxes off at the edges of the image.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels.
        image_size: (height, width) in pixels.

    Returns:
        float64 array of shape (N, 4). A box outside the image has no area any more;
        none is removed.

    Raises:
        ValueError: As `as_boxes`, or if `image_size` is not positive.

    Example:

    >>> clip_boxes([[-5, 2, 30, 8], [12, 0, 15, 4]], image_size=(6, 10)).tolist()
    [[0.0, 2.0, 10.0, 6.0], [10.0, 0.0, 10.0, 4.0]]

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
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
