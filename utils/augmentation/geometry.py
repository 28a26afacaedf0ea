"""Geometry that moves an image, its mask and its boxes in one call.

Each function takes the example of one picture, a dict as in `utils.pairs`, and explicit
parameters: numbers, or scalar tensors, so that all work in `Dataset.map`. Images are
resampled bilinearly, if at all, masks always to the nearest pixel, so that ids and
dtype stay. What comes in from outside the picture is black, and void in the mask.
Boxes are clipped; "kept" tells which are left.
"""

import tensorflow as tf

from utils.affine import (
    affine_matrix,
    flip_matrix,
    quarter_turn_matrix,
    resample,
    translation_matrix,
)
from utils.arguments import check_positive
from utils.pairs import check_fill_id, moved, one_picture, size_of


def flip(example, horizontal=True, vertical=False):
    """Mirrors an example left to right, top to bottom, or both.

    Args:
        example: Dict of one picture, as in `utils.pairs`.
        horizontal: Whether left and right change places; bool or scalar bool tensor.
        vertical: Whether top and bottom change places; the same.

    Returns:
        A new dict of the same shapes and dtypes.

    Raises:
        ValueError: If `example` is not as described.

    Example:

    >>> example = {"images": tf.zeros((1, 3, 3)), "masks": tf.constant([[1, 2, 3]])}
    >>> flip(example)["masks"].numpy().tolist()
    [[3, 2, 1]]

    Reference:
        Equals `tf.image.flip_left_right` and `tf.image.flip_up_down`. Derived in
        `notebooks/10_paired_augmentation.ipynb`.
    """
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
    """Turns an example counter-clockwise by quarters of a circle.

    Args:
        example: Dict of one picture, as in `utils.pairs`.
        turns: Number of quarters, of any sign: an integer, or a scalar integer tensor
            if the picture is a square: no shape may depend on chance.

    Returns:
        A new dict. After an odd number of quarters height and width change places.

    Raises:
        ValueError: If `example` is not as described, or `turns` is a tensor and the
            picture not a square.

    Example:

    >>> example = {"images": tf.zeros((1, 2, 3)), "masks": tf.constant([[1, 2]])}
    >>> quarter_turns(example)["masks"].numpy().tolist()
    [[2], [1]]

    Reference:
        Equals `tf.image.rot90` and `numpy.rot90`. Used in
        `notebooks/10_paired_augmentation.ipynb`.
    """
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
    """Cuts a window out of an example.

    Args:
        example: Dict of one picture, as in `utils.pairs`.
        top, left: First row and column of the window; integers or scalar tensors.
        height, width: Size of the window in pixels, inside the picture.

    Returns:
        A new dict of that size.

    Raises:
        ValueError: If `example` is not as described, or the window is empty or known
            to reach out of the picture.

    Example:

    >>> example = {"images": tf.zeros((2, 3, 3)), "boxes_xyxy": [[0.0, 0.0, 3.0, 1.0]]}
    >>> crop(example, top=0, left=1, height=2, width=2)["boxes_xyxy"].numpy().tolist()
    [[0.0, 0.0, 2.0, 1.0]]

    Reference:
        Equals `tf.image.crop_to_bounding_box`. Used in
        `notebooks/10_paired_augmentation.ipynb`.
    """
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
        example: Dict of one picture, as in `utils.pairs`.
        right, down: Pixels to move by, whole numbers of any sign; or scalar tensors.
        fill_value: Value of image pixels that come in from outside.
        fill_id: Id of such mask pixels: void, because nobody knows what is there. For
            instance masks pass 0.

    Returns:
        A new dict of the same shapes and dtypes.

    Raises:
        ValueError: If `example` is not as described or the dtype of its mask cannot
            hold `fill_id`.

    Example:

    >>> example = {"images": tf.zeros((1, 3, 3)), "masks": tf.constant([[1, 2, 3]])}
    >>> translate(example, right=1, down=0)["masks"].numpy().tolist()
    [[255, 1, 2]]

    Reference:
        Equals `keras.layers.RandomTranslation` with `fill_mode="constant"` where that
        draws whole pixels. Used in `notebooks/10_paired_augmentation.ipynb`.
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
        example: Dict of one picture, as in `utils.pairs`.
        degrees, zoom, right, down: As of `utils.affine.affine_matrix`, in this order:
            magnify, turn counter-clockwise, move; numbers or scalar tensors.
        fill_value, fill_id: As of `translate`.

    Returns:
        A new dict of the same shapes and dtypes.

    Raises:
        ValueError: If `example` is not as described, a known `zoom` is not above 0 or
            the dtype of the mask cannot hold `fill_id`.

    Example:

    >>> example = {"images": tf.zeros((2, 4, 3)), "masks": [[0, 1, 2, 0]] * 2}
    >>> affine(example, zoom=2)["masks"].numpy().tolist()
    [[1, 1, 2, 2], [1, 1, 2, 2]]

    Reference:
        Equals `keras.layers.RandomRotation`, whose factor is degrees / 360, and
        `RandomZoom`, whose factor is 1 / zoom - 1, with `fill_mode="constant"`.
        Derived in `notebooks/10_paired_augmentation.ipynb`.
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
