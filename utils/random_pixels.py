"""Transforms that change colours: of the image only, for nothing moves.

Each function returns a transform, as `utils.augmentation` explains, for images with
three channels and values in [0, 1]. The change itself is in `utils.pixel_level`; here
its strength is drawn from the seed.
"""

import tensorflow as tf

from utils import pixel_level
from utils.arguments import check_positive, check_range, check_share
from utils.pairs import as_example


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
    return _drawn(pixel_level.adjust_brightness, -most, most)


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
    return _drawn(pixel_level.adjust_contrast, low, high)


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
    return _drawn(pixel_level.adjust_saturation, low, high)


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
        return tf.where(number < probability, pixel_level.greyscale(images), images)

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
    return _drawn(pixel_level.blur, 0.0, most)


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
        return pixel_level.motion_blur(images, length, 180 * direction)

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
        return pixel_level.add_noise(images, stddev, inner)

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
        return pixel_level.jpeg(images, quality)

    return _on_images(change)


def random_jitter(brightness=0.1, contrast=0.2, saturation=0.3, hue=0.02):
    """Changes brightness, contrast, saturation and hue of every picture.

    Args:
        brightness, contrast, saturation, hue: Largest changes, as of
            `utils.pixel_level.jitter`.

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
        return pixel_level.jitter(
            images, brightness, contrast, saturation, hue, seed=seed
        )

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
