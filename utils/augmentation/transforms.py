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


def random_rotation(degrees=15.0, fill_value=0.0, fill_id=255):
    """Turns every picture about its centre by an angle of its own.

    Args:
        degrees: Largest angle, in either direction.
        fill_value, fill_id: As of `utils.augmentation.translate`.

    Returns:
        A transform.

    Example:

    >>> example = {"images": tf.zeros((3, 3, 3)), "masks": [[1, 2, 3]] * 3}
    >>> random_rotation(90)(example, seed=(10, 3))["masks"].shape
    TensorShape([3, 3])
    """
    return random_affine(degrees, fill_value=fill_value, fill_id=fill_id)


def random_zoom(low=0.8, high=1.25, fill_value=0.0, fill_id=255):
    """Magnifies every picture by a factor of its own.

    Args:
        low, high: Smallest and largest factor, above 0; 2 shows a half of each side
            twice as large, 0.5 the whole picture and void around it. Halving is drawn
            as often as doubling.
        fill_value, fill_id: As of `utils.augmentation.translate`.

    Returns:
        A transform.

    Example:

    >>> example = {"images": tf.zeros((1, 4, 3)), "masks": [[1, 2, 3, 4]]}
    >>> random_zoom(2, 2)(example, seed=(10, 3))["masks"].numpy().tolist()
    [[2, 2, 3, 3]]
    """
    return random_affine(zoom=(low, high), fill_value=fill_value, fill_id=fill_id)


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


def random_contrast(low=0.7, high=1.3):
    """Makes the contrast of every picture weaker or stronger.

    Args:
        low, high: Smallest and largest factor, at least 0.

    Returns:
        A transform.

    Example:

    >>> grey = {"images": tf.fill((1, 1, 3), 0.5)}
    >>> random_contrast()(grey, seed=(10, 3))["images"].numpy().ravel().tolist()
    [0.5, 0.5, 0.5]
    """
    check_range(contrast=(low, high))
    _check_least(0, low=low)
    return _drawn(pixels.adjust_contrast, low, high)


def random_saturation(low=0.5, high=1.5):
    """Makes the colours of every picture paler or stronger.

    Args:
        low, high: Smallest and largest factor, at least 0.

    Returns:
        A transform.

    Example:

    >>> grey = {"images": tf.fill((1, 1, 3), 0.5)}
    >>> random_saturation()(grey, seed=(10, 3))["images"].numpy().ravel().tolist()
    [0.5, 0.5, 0.5]
    """
    check_range(saturation=(low, high))
    _check_least(0, low=low)
    return _drawn(pixels.adjust_saturation, low, high)


def random_greyscale(probability=0.1):
    """Takes the colour out of some pictures.

    Args:
        probability: Share of the pictures, from 0 to 1.

    Returns:
        A transform.

    Example:

    >>> red = {"images": tf.constant([[[1.0, 0.0, 0.0]]])}
    >>> random_greyscale(1.0)(red, seed=(10, 3))["images"].numpy().round(1)
    array([[[0.3, 0.3, 0.3]]], dtype=float32)
    """
    check_share(probability=probability)

    def change(images, number):
        return tf.where(number < probability, pixels.greyscale(images), images)

    return _drawn(change, 0.0, 1.0)


def random_blur(most=1.5):
    """Blurs every picture, as a lens out of focus does.

    Args:
        most: Largest standard deviation of the blur, in pixels, above 0.

    Returns:
        A transform.

    Example:

    >>> grey = {"images": tf.fill((4, 4, 3), 0.5)}
    >>> random_blur()(grey, seed=(10, 3))["images"].shape
    TensorShape([4, 4, 3])
    """
    _check_least(0, most=most)
    return _drawn(pixels.blur, 0.0, most)


def random_motion_blur(longest=9):
    """Blurs every picture along a line, as a moving camera does.

    Args:
        longest: Largest length of the line in pixels, a positive integer. Lengths
            from 1, no blur, are drawn, and any direction.

    Returns:
        A transform.

    Example:

    >>> grey = {"images": tf.fill((4, 4, 3), 0.5)}
    >>> random_motion_blur(5)(grey, seed=(10, 3))["images"].shape
    TensorShape([4, 4, 3])
    """
    check_positive(longest=longest)

    def change(images, seed):
        number, direction = tf.unstack(tf.random.stateless_uniform((2,), seed))
        length = 1 + tf.cast(number * longest, tf.int32)
        return pixels.motion_blur(images, length, 180 * direction)

    return _on_images(change)


def random_noise(most=0.05):
    """Adds noise to every picture, to each channel of each pixel a number of its own.

    Args:
        most: Largest standard deviation of the noise, from 0 to 1.

    Returns:
        A transform.

    Example:

    >>> grey = {"images": tf.fill((4, 4, 3), 0.5)}
    >>> random_noise()(grey, seed=(10, 3))["images"].shape
    TensorShape([4, 4, 3])
    """
    check_share(most=most)

    def change(images, seed):
        strength, inner = _fold(seed, 0), _fold(seed, 1)
        stddev = tf.random.stateless_uniform((), strength, 0.0, most)
        return pixels.add_noise(images, stddev, inner)

    return _on_images(change)


def random_jpeg(low=30, high=95):
    """Stores every picture as a JPEG file of its own quality, and reads it again.

    Args:
        low, high: Smallest and largest quality, integers from 0 to 100.

    Returns:
        A transform.

    Raises:
        ValueError: If a quality is not an integer from 0 to 100.

    Example:

    >>> grey = {"images": tf.fill((8, 8, 3), 0.5)}
    >>> random_jpeg()(grey, seed=(10, 3))["images"].shape
    TensorShape([8, 8, 3])
    """
    check_range(quality=(low, high))
    if not all(isinstance(q, int) and 0 <= q <= 100 for q in (low, high)):
        raise ValueError(
            "`low` and `high` must be integers from 0 to 100. "
            f"Received: {low!r} and {high!r}."
        )

    def change(images, seed):
        quality = tf.random.stateless_uniform((), seed, low, high + 1, tf.int32)
        return pixels.jpeg(images, quality)

    return _on_images(change)


def random_jitter(brightness=0.1, contrast=0.2, saturation=0.3, hue=0.02):
    """Changes brightness, contrast, saturation and hue of every picture.

    Args:
        brightness, contrast, saturation, hue: Largest changes, as of
            `utils.augmentation.jitter`.

    Returns:
        A transform.

    Example:

    >>> grey = {"images": tf.fill((4, 4, 3), 0.5)}
    >>> random_jitter()(grey, seed=(10, 3))["images"].shape
    TensorShape([4, 4, 3])
    """
    check_share(brightness=brightness, contrast=contrast, saturation=saturation)
    check_share(hue=hue)

    def change(images, seed):
        return pixels.jitter(images, brightness, contrast, saturation, hue, seed=seed)

    return _on_images(change)


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


def _fold(seed, number):
    return tf.random.experimental.stateless_fold_in(seed, number)


def _check_least(least, **numbers):
    for name, number in numbers.items():
        if not number >= least:
            raise ValueError(f"`{name}` must be at least {least}. Received: {number}.")
