"""Pixel-level augmentation: colours change, places do not, so masks stay as they are.

Every function takes images of shape (H, W, 3) or a batch (N, H, W, 3) of floats in
[0, 1], and returns the same shape and dtype, clipped to [0, 1]. A parameter is a number
or, for a batch, one number per image, and may be a tensor: all functions work in
`Dataset.map`. Those of `tf.image` know one number for the whole batch and do not clip.

What needs nothing on top is not repeated here: `tf.image.adjust_gamma` for a number,
and all of geometry, `tf.image.flip_left_right`, `rot90`, `central_crop`, …
"""

import tensorflow as tf

from utils.blurs import blur, motion_blur
from utils.images import as_images, as_seed, per_image, unless_empty

__all__ = [
    "add_noise",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_saturation",
    "blur",
    "greyscale",
    "jitter",
    "jpeg",
    "motion_blur",
]


def adjust_brightness(images, delta):
    """Adds one number to all pixels.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        delta: What is added: 1 makes all white, -1 all black; a number or one per
            image, shape (N,).

    Returns:
        Tensor of the same shape and dtype, clipped to [0, 1].

    Raises:
        ValueError: If `images` or `delta` are not as described.

    Example:

    >>> adjust_brightness([[[0.0, 0.5, 1.0]]], 0.25).numpy().tolist()
    [[[0.25, 0.75, 1.0]]]

    Reference:
        Agrees with `tf.image.adjust_brightness`. Derived in
        `notebooks/09_augmentation_tf_image.ipynb`.
    """
    batch, restored = as_images(images)
    return restored(_clipped(batch + per_image(batch, delta=delta)))


def adjust_contrast(images, factor):
    """Pulls the pixels of each channel towards their mean, or away from it.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        factor: At least 0: 0 leaves the mean, 1 changes nothing; a number or one per
            image, shape (N,).

    Returns:
        Tensor of the same shape and dtype, clipped to [0, 1].

    Raises:
        ValueError: If `images` or `factor` are not as described.

    Example:

    >>> adjust_contrast([[[0.25, 0.0, 1.0], [0.75, 0.0, 1.0]]], 2).numpy().tolist()
    [[[0.0, 0.0, 1.0], [1.0, 0.0, 1.0]]]

    Reference:
        Agrees with `tf.image.adjust_contrast`.
    """
    batch, restored = as_images(images)
    mean = tf.reduce_mean(batch, axis=(1, 2), keepdims=True)
    factor = per_image(batch, least=0, factor=factor)
    return restored(_clipped(mean + factor * (batch - mean)))


def adjust_saturation(images, factor):
    """Makes colours paler or stronger, with hue and value kept.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        factor: At least 0: 0 leaves greys, 1 changes nothing; a number or one per
            image, shape (N,).

    Returns:
        Tensor of the same shape and dtype, clipped to [0, 1].

    Raises:
        ValueError: If `images` or `factor` are not as described.

    Example:

    >>> adjust_saturation([[[0.5, 1.0, 1.0]]], 0.5).numpy().tolist()
    [[[0.75, 1.0, 1.0]]]

    Reference:
        Agrees with `tf.image.adjust_saturation`.
    """
    batch, restored = as_images(images)
    factor = per_image(batch, least=0, factor=factor)
    return restored(_adjust_colours(batch, factor, turn=tf.zeros_like(factor)))


def greyscale(images):
    """Replaces each colour by the grey that looks as bright; three channels stay.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].

    Returns:
        Tensor of the same shape and dtype; its channels are equal.

    Raises:
        ValueError: If `images` are not as described.

    Example:

    >>> (100 * greyscale([[[0.0, 1.0, 0.0]]])).numpy().round().tolist()
    [[[59.0, 59.0, 59.0]]]

    Reference:
        Recommendation ITU-R BT.601. Used in
        `notebooks/09_augmentation_tf_image.ipynb`.
    """
    batch, restored = as_images(images)
    return restored(tf.image.grayscale_to_rgb(tf.image.rgb_to_grayscale(batch)))


def add_noise(images, stddev, seed):
    """Adds a normally distributed number of its own to each channel of each pixel.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        stddev: Standard deviation of the noise, at least 0; a number or one per
            image, shape (N,).
        seed: Two integers. The same seed gives the same noise.

    Returns:
        Tensor of the same shape and dtype, clipped to [0, 1].

    Raises:
        ValueError: If an argument is not as described.

    Example:

    >>> add_noise(tf.fill((4, 4, 3), 0.5), stddev=0.1, seed=(0, 9)).shape
    TensorShape([4, 4, 3])
    """
    batch, restored = as_images(images)
    noise = tf.random.stateless_normal(
        tf.shape(batch), as_seed(seed), dtype=batch.dtype
    )
    return restored(_clipped(batch + noise * per_image(batch, least=0, stddev=stddev)))


def jpeg(images, quality):
    """Stores images as JPEG files and reads them again.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        quality: Integer from 0, blocks of eight pixels show, to 100, hardly any
            loss; a number or one per image, shape (N,).

    Returns:
        Tensor of the same shape and dtype: multiples of 1/255. Images without pixels
        come back as they are.

    Raises:
        ValueError: If `images` or `quality` are not as described.

    Example:

    >>> jpeg(tf.zeros((8, 8, 3)), quality=50).numpy().max()
    np.float32(0.0)

    Reference:
        ITU-T recommendation T.81 (1992).
    """
    batch, restored = as_images(images)
    quality = per_image(batch, 0, 100, tf.int32, quality=quality)[:, 0, 0, 0]

    def stored(batch):
        return tf.map_fn(
            lambda pair: tf.image.adjust_jpeg_quality(*pair),
            (batch, tf.broadcast_to(quality, tf.shape(batch)[:1])),
            fn_output_signature=tf.TensorSpec(batch.shape[1:], batch.dtype),
        )

    return restored(unless_empty(stored, batch))


def jitter(images, brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, *, seed):
    """Changes brightness, contrast, saturation and hue, each image in its own way.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        brightness: What is added is drawn from [-brightness, brightness].
        contrast: The factor is drawn from [1 - contrast, 1 + contrast].
        saturation: The factor is drawn from [1 - saturation, 1 + saturation].
        hue: The turn of the colour wheel is drawn from [-hue, hue]; half a turn, 0.5,
            reaches every hue.
        seed: Two integers. The same seed gives the same change.

    Returns:
        Tensor of the same shape and dtype, clipped to [0, 1].

    Raises:
        ValueError: If an argument is not as described, `brightness`, `contrast` or
            `saturation` are not in [0, 1] or `hue` is not in [0, 0.5].

    Example:

    >>> jitter(tf.fill((4, 4, 3), 0.5), brightness=0.2, seed=(0, 9)).shape
    TensorShape([4, 4, 3])
    """
    batch, restored = as_images(images)
    limits = (
        per_image(batch, 0, 1, brightness=brightness),
        per_image(batch, 0, 1, contrast=contrast),
        per_image(batch, 0, 1, saturation=saturation),
        per_image(batch, 0, 0.5, hue=hue),
    )
    shape = (len(limits), tf.shape(batch)[0], 1, 1, 1)
    drawn = tf.random.stateless_uniform(shape, as_seed(seed), -1, 1, batch.dtype)
    added, spread, stronger, turn = (
        limit * number for limit, number in zip(limits, tf.unstack(drawn), strict=True)
    )
    batch = adjust_brightness(batch, added[:, 0, 0, 0])
    batch = adjust_contrast(batch, 1 + spread[:, 0, 0, 0])
    return restored(_adjust_colours(batch, 1 + stronger, turn))


def _adjust_colours(batch, factor, turn):
    """Scales saturation and turns hue, each (N or 1, 1, 1, 1)."""
    hue, saturation, value = tf.unstack(tf.image.rgb_to_hsv(batch), axis=-1)
    hue = (hue + turn[..., 0]) % 1
    saturation = _clipped(saturation * factor[..., 0])
    return tf.image.hsv_to_rgb(tf.stack((hue, saturation, value), axis=-1))


def _clipped(batch):
    return tf.clip_by_value(batch, 0, 1)
