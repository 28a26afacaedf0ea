"""Transforms that move: image, mask and boxes by the same random amount.

Each function returns a transform, as `utils.augmentation` explains. The move itself is
in `utils.augmentation.geometry`; here its amount is drawn, once, from the seed.
"""

import tensorflow as tf

from utils._arguments import check_positive, check_range, check_share
from utils.augmentation import geometry, pixels
from utils.augmentation.examples import as_example, one_picture


def random_flip(horizontal=True, vertical=False):
    """Mirrors half of the pictures.

    Args:
        horizontal: Whether to exchange left and right, in half of the pictures.
        vertical: Whether to exchange top and bottom, in half of them, drawn apart.

    Returns:
        A transform.

    Example:
    >>> example = {"images": tf.zeros((1, 3, 3)), "masks": tf.constant([[1, 2, 3]])}
    >>> random_flip()(example, seed=(10, 2))["masks"].numpy().tolist()
    [[3, 2, 1]]

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`. In
        `keras.layers.RandomFlip`, "horizontal_and_vertical" has one draw for both.
    """

    def transform(example, seed):
        across, down = tf.unstack(tf.random.stateless_uniform((2,), seed) < 0.5)
        return geometry.flip(example, across & horizontal, down & vertical)

    return transform


def random_quarter_turns():
    """Turns square pictures by 0, 90, 180 or 270 degrees, equally often.

    Returns:
        A transform. It needs square pictures: no shape may depend on chance.

    Example:
    >>> example = {"images": tf.zeros((2, 2, 3)), "masks": [[1, 2], [3, 4]]}
    >>> random_quarter_turns()(example, seed=(10, 3))["masks"].numpy().tolist()
    [[2, 4], [1, 3]]
    """

    def transform(example, seed):
        turns = tf.random.stateless_uniform((), seed, 0, 4, tf.int32)
        return geometry.quarter_turns(example, turns)

    return transform


def random_crop(height, width):
    """Cuts a window out of every picture, anywhere.

    Args:
        height, width: Size of the window in pixels.

    Returns:
        A transform. It raises a `ValueError` for a picture smaller than the window.

    Example:
    >>> example = {"images": tf.zeros((1, 4, 3)), "masks": [[1, 2, 3, 4]]}
    >>> random_crop(1, 2)(example, seed=(10, 3))["masks"].numpy().tolist()
    [[2, 3]]
    """
    check_positive(height=height, width=width)

    def transform(example, seed):
        example = one_picture(example)
        rows, columns, _ = tf.unstack(tf.shape(example["images"]))
        # Drawn as numbers in [0, 1): of a picture too small, `crop` can complain.
        drawn = tf.random.stateless_uniform((2,), seed)
        free = tf.cast((rows - height + 1, columns - width + 1), tf.float32)
        top, left = tf.unstack(tf.cast(drawn * free, tf.int32))
        return geometry.crop(example, top, left, height, width)

    return transform


def random_translation(share=0.1, fill_value=0.0, fill_id=255):
    """Moves every picture by whole pixels, up to a share of its sides.

    Args:
        share: Largest way, from 0 to 1, as a share of height and of width.
        fill_value, fill_id: As of `utils.augmentation.translate`.

    Returns:
        A transform.

    Example:
    >>> example = {"images": tf.zeros((1, 4, 3)), "masks": [[1, 2, 3, 4]]}
    >>> random_translation(0.5)(example, seed=(10, 3))["masks"].numpy().tolist()
    [[255, 1, 2, 3]]
    """
    check_share(share=share)

    def transform(example, seed):
        example = one_picture(example)
        sides = tf.cast(tf.shape(example["images"])[:2], tf.float32)
        drawn = tf.random.stateless_uniform((2,), seed, -share, share)
        down, right = tf.unstack(tf.cast(tf.round(drawn * sides), tf.int32))
        return geometry.translate(example, right, down, fill_value, fill_id)

    return transform


def random_affine(degrees=0.0, zoom=(1.0, 1.0), share=0.0, fill_value=0.0, fill_id=255):
    """Turns, magnifies and moves every picture, and resamples it once.

    Three transforms in a row would blur a picture three times.

    Args:
        degrees: Largest angle, in either direction.
        zoom: Pair, smallest and largest factor to magnify by, above 0.
        share: Largest way, as a share of height and of width; not of whole pixels.
        fill_value, fill_id: As of `utils.augmentation.translate`.

    Returns:
        A transform.

    Raises:
        ValueError: If a factor is not above 0 or `share` not from 0 to 1.

    Example:
    >>> example = {"images": tf.zeros((3, 3, 3)), "masks": [[1, 2, 3]] * 3}
    >>> random_affine(5, zoom=(1, 1.5))(example, seed=(10, 3))["images"].shape
    TensorShape([3, 3, 3])

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    check_share(share=share)
    check_range(zoom=zoom)
    if not zoom[0] > 0:
        raise ValueError(f"`zoom` must be above 0. Received: {zoom}.")
    low, high = tf.math.log(tf.cast(zoom, tf.float32)).numpy().tolist()

    def transform(example, seed):
        example = one_picture(example)
        angle, factor, right, down = tf.unstack(tf.random.stateless_uniform((4,), seed))
        height, width = tf.unstack(tf.cast(tf.shape(example["images"])[:2], tf.float32))
        return geometry.affine(
            example,
            degrees=(2 * angle - 1) * degrees,
            zoom=tf.exp(low + factor * (high - low)),
            right=(2 * right - 1) * share * width,
            down=(2 * down - 1) * share * height,
            fill_value=fill_value,
            fill_id=fill_id,
        )

    return transform


def random_brightness(most=0.2):
    """Makes every picture brighter or darker.

    Args:
        most: Largest number that is added or subtracted, from 0 to 1.

    Returns:
        A transform.

    Example:
    >>> grey = {"images": tf.fill((1, 1, 3), 0.5)}
    >>> brighter = random_brightness(0.2)(grey, seed=(10, 3))["images"]
    >>> 0.3 <= float(brighter[0, 0, 0]) <= 0.7
    True
    """
    check_share(most=most)
    return _drawn(pixels.adjust_brightness, -most, most)


def _drawn(change, low, high):
    """Makes a transform of a function of images and one number from [low, high)."""

    def with_number(images, seed):
        return change(images, tf.random.stateless_uniform((), seed, low, high))

    return _on_images(with_number)


def _on_images(change):
    """Makes a transform of a function of images and a seed; all else stays."""

    def transform(example, seed):
        example = as_example(example)
        return example | {"images": change(example["images"], seed)}

    return transform
