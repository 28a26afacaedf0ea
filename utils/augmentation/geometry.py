"""Geometry that moves an image, its mask and its boxes in one call.

Each function takes the example of one picture, a dict as in `examples.py`, and explicit
parameters: numbers, or scalar tensors, so that all work in `Dataset.map`. Images are
resampled bilinearly, if at all, masks always to the nearest pixel, so that ids and
dtype stay. What comes in from outside the picture is black, and void in the mask.
Boxes are clipped; "kept" tells which are left.
"""

import math

import numpy as np
import tensorflow as tf

from utils._arguments import check_positive
from utils.augmentation.examples import check_fill_id, one_picture, size_of

RESAMPLED = (tf.uint8, tf.int32, tf.int64)  # integers that TensorFlow can resample


def affine_matrix(size, degrees=0.0, zoom=1.0, right=0.0, down=0.0):
    """Builds the matrix that magnifies, turns and moves a picture.

    Args:
        size: (height, width) in pixels. The centre stays where it is, then moves.
        degrees: Angle to turn by, counter-clockwise.
        zoom: Factor above 0, 2 shows everything twice as large: a number, or a pair (of
            heights, of widths), applied before the turn.
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
        Foley, van Dam, Feiner and Hughes (1990), Computer Graphics, chapter 5. Derived
        in `notebooks/10_paired_augmentation.ipynb`.
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
    """Builds the matrix that moves every point."""
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
    """Builds the matrix of whole quarters of a turn, counter-clockwise."""
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

    The upright box around a turned one holds all that the old one held, and more.

    Args:
        boxes_xyxy: float32 (M, 4), in pixels, half-open.
        matrix: float32 (3, 3), as of `affine_matrix`.
        size: (height, width) of the picture to clip to, in pixels.

    Returns:
        Boxes float32 (M, 4), and bool (M,), false where nothing is left: no row goes.

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

    Every pixel of the result asks, by the inverse of the matrix, where it comes from.

    Args:
        pixels: Tensor of shape (H, W, C), of floats or integers.
        matrix: float32 (3, 3), as of `affine_matrix`: where a point goes.
        interpolation: "nearest", or for floats "bilinear", of the four around the
            place.
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


def moved(example, move, matrix, size):
    """Moves pixels and boxes of an example; all else stays."""
    result = dict(example)
    for name in ("images", "masks"):
        if name in example:
            result[name] = move(example[name])
    if "boxes_xyxy" in example:
        boxes, kept = move_boxes(example["boxes_xyxy"], matrix, size)
        result["boxes_xyxy"], result["kept"] = boxes, kept & example["kept"]
    return result


def flip(example, horizontal=True, vertical=False):
    """Mirrors an example left to right, top to bottom, or both."""
    example = one_picture(example)
    size = size_of(example)

    def mirrored(example, axis, wanted):
        def mirror():
            matrix = flip_matrix(size, axis)
            return moved(
                example, lambda pixels: tf.reverse(pixels, [axis]), matrix, size
            )

        if tf.is_tensor(wanted):
            return tf.cond(wanted, mirror, lambda: example)
        return mirror() if wanted else example

    return mirrored(mirrored(example, 1, horizontal), 0, vertical)


def quarter_turns(example, turns=1):
    """Turns an example counter-clockwise by quarters of a circle."""
    example = one_picture(example)
    height, width = size_of(example)
    square = not (tf.is_tensor(height) or tf.is_tensor(width)) and height == width
    if tf.is_tensor(turns) and not square:
        raise ValueError(
            "The picture must be square to be turned by a random number of quarters. "
            f"Received: shape {example['images'].shape}."
        )
    turns = turns % 4
    size = (height, width)
    if not tf.is_tensor(turns) and turns % 2:
        size = (width, height)

    def turned(pixels):
        channels = pixels if pixels.shape.rank == 3 else pixels[..., tf.newaxis]
        result = tf.image.rot90(channels, turns)
        return tf.reshape(result, (*size, *pixels.shape[2:]))

    return moved(example, turned, quarter_turn_matrix((height, width), turns), size)


def crop(example, top, left, height, width):
    """Cuts a window out of an example."""
    check_positive(height=height, width=width)
    example = one_picture(example)
    rows, columns, _ = example["images"].shape
    for name, first, length, whole in (
        ("top", top, height, rows),
        ("left", left, width, columns),
    ):
        if whole is None:
            continue
        known = None if tf.is_tensor(first) else first
        if length > whole or known is not None and not 0 <= known <= whole - length:
            raise ValueError(
                f"The window must lie inside the {whole} pixels of the picture. "
                f"Received: `{name}` {first} and {length} pixels from there on."
            )

    def cut(pixels):
        rest = pixels.shape.rank - 2
        begin = tf.cast((top, left, *[0] * rest), tf.int32)
        window = tf.slice(pixels, begin, (height, width, *[-1] * rest))
        return tf.ensure_shape(window, (height, width, *pixels.shape[2:]))

    matrix = translation_matrix(-tf.cast(left, tf.float32), -tf.cast(top, tf.float32))
    return moved(example, cut, matrix, (height, width))


def translate(example, right, down, fill_value=0.0, fill_id=255):
    """Moves what an example shows by whole pixels: exactly, nothing is blurred.

    Args:
        example: Dict of one picture, as in `utils.augmentation.examples`.
        right, down: Pixels to move by, whole numbers of any sign; or scalar tensors.
        fill_value: Value of image pixels that come in from outside.
        fill_id: Id of such mask pixels, by default void; for instance masks pass 0.

    Returns:
        A new dict of the same shapes and dtypes.

    Raises:
        ValueError: If `example` is not as described or its mask cannot hold `fill_id`.

    Example:
    >>> example = {"images": tf.zeros((1, 3, 3)), "masks": tf.constant([[1, 2, 3]])}
    >>> translate(example, right=1, down=0)["masks"].numpy().tolist()
    [[255, 1, 2]]

    Reference:
        Equals `keras.layers.RandomTranslation` (`fill_mode="constant"`) for whole
        pixels.
    """
    example = one_picture(example)
    check_fill_id(example, fill_id)
    height, width = size = size_of(example)
    # Further than its own size, a picture is out of sight wherever it goes.
    down = tf.clip_by_value(tf.cast(down, tf.int32), -height, height)
    right = tf.clip_by_value(tf.cast(right, tf.int32), -width, width)

    def shifted(pixels):
        rest = pixels.shape.rank - 2
        padding = [(tf.maximum(n, 0), tf.maximum(-n, 0)) for n in (down, right)]
        fill = tf.cast(fill_value if rest else fill_id, pixels.dtype)
        padded = tf.pad(pixels, padding + [(0, 0)] * rest, constant_values=fill)
        begin = tf.stack([tf.maximum(-n, 0) for n in (down, right)] + [0] * rest)
        window = tf.slice(padded, begin, tf.shape(pixels))
        return tf.ensure_shape(window, pixels.shape)

    return moved(example, shifted, translation_matrix(right, down), size)


def affine(
    example, degrees=0.0, zoom=1.0, right=0.0, down=0.0, fill_value=0.0, fill_id=255
):
    """Magnifies, turns and moves an example, resampling it once.

    Args:
        example: Dict of one picture, as in `utils.augmentation.examples`.
        degrees, zoom, right, down: As of `affine_matrix`; numbers or scalar tensors.
        fill_value, fill_id: As of `translate`.

    Returns:
        A new dict of the same shapes and dtypes.

    Raises:
        ValueError: If an argument is not as described, or the mask cannot hold
            `fill_id`.

    Example:
    >>> example = {"images": tf.zeros((2, 4, 3)), "masks": [[0, 1, 2, 0]] * 2}
    >>> affine(example, zoom=2)["masks"].numpy().tolist()
    [[1, 1, 2, 2], [1, 1, 2, 2]]

    Reference:
        Equals `RandomRotation` of Keras, factor degrees / 360, and `RandomZoom`, factor
        1 / zoom - 1. Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    example = one_picture(example)
    check_fill_id(example, fill_id)
    size = size_of(example)
    matrix = affine_matrix(size, degrees, zoom, right, down)

    def resampled(pixels):
        if pixels.shape.rank == 3:
            return resample(pixels, matrix, "bilinear", fill_value)
        return resample(pixels[..., tf.newaxis], matrix, "nearest", fill_id)[..., 0]

    return moved(example, resampled, matrix, size)


UNIT = 1000  # an id is UNIT * (row + 1) + column; smaller ids are void


def addressed(height, width):
    """Paints every pixel's address into an image and its mask.

    Args:
        height, width: Size in pixels, from 1 to 999.

    Returns:
        A pair: a float32 image (height, width, 3) whose channels are column, row and
        one, and an int32 mask (height, width), 1000 · (row + 1) + column.

    Raises:
        ValueError: If a side is not from 1 to 999.

    Example:
    >>> image, mask = addressed(2, 3)
    >>> mask.tolist()
    [[1000, 1001, 1002], [2000, 2001, 2002]]
    """
    if not (0 < height < UNIT and 0 < width < UNIT):
        raise ValueError(
            f"A side must be from 1 to 999 pixels. Received: {height} and {width}."
        )
    rows, columns = np.mgrid[:height, :width]
    image = np.stack((columns, rows, np.ones_like(rows)), axis=-1)
    return image.astype(np.float32), (UNIT * (rows + 1) + columns).astype(np.int32)


def misplaced(images, masks, tolerance=0.01):
    """Counts the pixels where image and mask come from different places.

    Args:
        images: Float array (..., H, W, 3), `addressed`, then moved; outside zeros.
        masks: Integer array (..., H, W), moved along; outside ids below 1000.
        tolerance: Pixels allowed beyond the half, for rounding.

    Returns:
        Integer array of shape (...): misplaced pixels per picture.

    Raises:
        ValueError: If the shapes do not fit together.

    Example:
    >>> image, mask = addressed(2, 3)
    >>> misplaced(image, mask), misplaced(image[:, ::-1], mask)
    (np.int64(0), np.int64(4))

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    images, masks = np.asarray(images, np.float64), np.asarray(masks)
    if images.shape != (*masks.shape, 3):
        raise ValueError(
            "`images` must have the shape of `masks` and three channels. "
            f"Received: {images.shape} and {masks.shape}."
        )
    # At the picture's edge, zeros are mixed in; the third channel tells how many.
    share = images[..., 2]
    columns, rows = (images[..., n] / np.maximum(share, 1e-6) for n in (0, 1))
    inside = masks >= UNIT
    far = np.maximum(abs(columns - masks % UNIT), abs(rows + 1 - masks // UNIT))
    wrong = np.where(
        inside,
        (far > 0.5 + tolerance) | (share < 0.25 - tolerance),
        share > 0.5 + tolerance,
    )
    return wrong.sum(axis=(-2, -1))
