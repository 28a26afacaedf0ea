"""Affine matrices: where every point of a picture goes, and the boxes with it.

Points are (x, y) in pixels, x right, y down. Pixel (row, column) covers the square from
(column, row) to (column + 1, row + 1), so a picture reaches from 0 to its width and
from 0 to its height: the coordinates of boxes.
"""

import math

import tensorflow as tf

RESAMPLED = (tf.uint8, tf.int32, tf.int64)  # integers that TensorFlow can resample


def affine_matrix(size, degrees=0.0, zoom=1.0, right=0.0, down=0.0):
    """Builds the matrix that magnifies, turns and moves a picture.

    Args:
        size: (height, width) in pixels. Its centre stays where it is, then moves.
        degrees: Angle to turn by, counter-clockwise.
        zoom: Factor to magnify by, above 0: 2 shows everything twice as large. A
            number, or a pair (of heights, of widths), applied before the turn.
        right, down: Pixels to move by at the end.

    Returns:
        float32 tensor (3, 3): times (x, y, 1) of a point it gives its new place.

    Raises:
        ValueError: If a known `zoom` is not above 0.

    Example:

    >>> point = tf.constant([[4.0], [1.0], [1.0]])  # the middle of the right edge
    >>> (affine_matrix((2, 4), degrees=90) @ point).numpy().round(3).ravel().tolist()
    [2.0, -1.0, 1.0]

    Reference:
        Foley, van Dam, Feiner and Hughes (1990), Computer Graphics, chapter 5.
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    zooms = zoom if isinstance(zoom, (tuple, list)) else (zoom, zoom)
    for factor in zooms:
        if not tf.is_tensor(factor) and not factor > 0:
            raise ValueError(f"`zoom` must be above 0. Received: {zoom}.")
    high, wide = (tf.cast(factor, tf.float32) for factor in zooms)
    angle = tf.cast(degrees, tf.float32) * (math.pi / 180)
    cos, sin = tf.cos(angle), tf.sin(angle)
    middle_y, middle_x = (tf.cast(length, tf.float32) / 2 for length in size)
    return (
        translation_matrix(middle_x + right, middle_y + down)
        @ _matrix(cos, sin, 0, -sin, cos, 0)
        @ _matrix(wide, 0, 0, 0, high, 0)
        @ translation_matrix(-middle_x, -middle_y)
    )


def translation_matrix(right, down):
    """Builds the matrix that moves every point.

    Args:
        right, down: Pixels to move by; numbers or scalar tensors.

    Returns:
        float32 tensor (3, 3), as of `affine_matrix`.

    Example:

    >>> translation_matrix(2, -1).numpy().tolist()
    [[1.0, 0.0, 2.0], [0.0, 1.0, -1.0], [0.0, 0.0, 1.0]]
    """
    return _matrix(1, 0, right, 0, 1, down)


def flip_matrix(size, axis):
    """Builds the matrix of a mirror image.

    Args:
        size: (height, width) in pixels.
        axis: 0 exchanges top and bottom, 1 left and right.

    Returns:
        float32 tensor (3, 3), as of `affine_matrix`.

    Example:

    >>> flip_matrix((2, 4), axis=1).numpy().tolist()
    [[-1.0, 0.0, 4.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    height, width = size
    return _matrix(1, 0, 0, 0, -1, height) if axis == 0 else _matrix(-1, 0, width)


def quarter_turn_matrix(size, turns):
    """Builds the matrix of whole quarters of a turn, counter-clockwise.

    Args:
        size: (height, width) in pixels before turning.
        turns: 0, 1, 2 or 3; an integer or a scalar integer tensor.

    Returns:
        float32 tensor (3, 3), as of `affine_matrix`, for a picture whose sides have
        changed places if `turns` is odd.

    Example:

    >>> quarter_turn_matrix((2, 4), turns=1).numpy().tolist()
    [[0.0, 1.0, 0.0], [-1.0, 0.0, 4.0], [0.0, 0.0, 1.0]]
    """
    height, width = size
    matrices = (
        _matrix(),
        _matrix(0, 1, 0, -1, 0, width),
        _matrix(-1, 0, width, 0, -1, height),
        _matrix(0, -1, height, 1, 0, 0),
    )
    return tf.gather(tf.stack(matrices), turns)


def move_boxes(boxes_xyxy, matrix, size):
    """Moves boxes, draws upright boxes around them and clips these to the picture.

    A turned box is no longer upright. The upright box around its four corners holds
    everything that the old one held, and more.

    Args:
        boxes_xyxy: float32 (M, 4), in pixels, half-open.
        matrix: float32 (3, 3), as of `affine_matrix`.
        size: (height, width) of the picture to clip to, in pixels.

    Returns:
        A pair: boxes float32 (M, 4), and bool (M,), false where nothing is left. No
        row is dropped, so that rows of labels still fit.

    Example:

    >>> boxes, kept = move_boxes([[0, 0, 3, 2]], translation_matrix(2, 0), (2, 4))
    >>> boxes.numpy().tolist(), kept.numpy().tolist()
    ([[2.0, 0.0, 4.0, 2.0]], [True])

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    boxes_xyxy, matrix = (tf.cast(x, tf.float32) for x in (boxes_xyxy, matrix))
    corners = tf.gather(boxes_xyxy, [[0, 2, 0, 2], [1, 1, 3, 3]], axis=-1)  # (M, 2, 4)
    corners = tf.einsum("ij,mjk->mik", matrix[:2, :2], corners) + matrix[:2, 2:]
    first, last = tf.reduce_min(corners, -1), tf.reduce_max(corners, -1)
    height, width = size
    limit = tf.cast(tf.stack((width, height)), tf.float32)
    first, last = (tf.clip_by_value(point, 0.0, limit) for point in (first, last))
    return tf.concat((first, last), -1), tf.reduce_all(last > first, -1)


def resample(pixels, matrix, interpolation, fill):
    """Moves the pixels of a picture; where none arrives, there is `fill`.

    Every pixel of the result asks where its centre comes from, which the inverse of
    the matrix tells, and what is there.

    Args:
        pixels: Tensor of shape (H, W, C), of floats or integers.
        matrix: float32 (3, 3), as of `affine_matrix`: where a point goes.
        interpolation: "nearest" takes the nearest pixel; "bilinear" weighs the four
            around the place, and is for floats only: between two ids there is none.
        fill: Number for what comes from outside.

    Returns:
        Tensor of the same shape and dtype.

    Raises:
        ValueError: If integers are to be resampled bilinearly.

    Example:

    >>> row = tf.constant([[[1], [2], [3]]])
    >>> resample(row, translation_matrix(1, 0), "nearest", 9)[0, :, 0].numpy().tolist()
    [9, 1, 2]

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    pixels, matrix = tf.convert_to_tensor(pixels), tf.cast(matrix, tf.float32)
    if interpolation != "nearest" and not pixels.dtype.is_floating:
        raise ValueError(
            "`pixels` must be floats to be resampled bilinearly: the mean of two ids "
            f"is another id. Received: {pixels.dtype.name}."
        )
    # TensorFlow counts from the centre of the first pixel, the matrix from its corner.
    half = translation_matrix(0.5, 0.5)
    backward = tf.linalg.inv(half) @ tf.linalg.inv(matrix) @ half
    known = pixels.dtype.is_floating or pixels.dtype in RESAMPLED
    result = tf.raw_ops.ImageProjectiveTransformV3(
        images=(pixels if known else tf.cast(pixels, tf.int64))[tf.newaxis],
        transforms=tf.reshape(backward, (1, 9))[:, :8],
        output_shape=tf.shape(pixels)[:2],
        fill_value=float(fill),
        interpolation=interpolation.upper(),
        fill_mode="CONSTANT",
    )
    return tf.ensure_shape(tf.cast(result[0], pixels.dtype), pixels.shape)


def _matrix(a=1, b=0, c=0, d=0, e=1, f=0):
    """Returns ((a, b, c), (d, e, f), (0, 0, 1)) as a float32 tensor."""
    numbers = (a, b, c, d, e, f, 0, 0, 1)
    numbers = tf.stack([tf.cast(number, tf.float32) for number in numbers])
    return tf.reshape(numbers, (3, 3))
