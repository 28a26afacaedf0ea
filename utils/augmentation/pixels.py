"""Pixel-level augmentation: colours change, places do not, so masks stay as they are.

Every function takes images of shape (H, W, 3) or a batch (N, H, W, 3) of floats in
[0, 1], and returns the same shape and dtype, clipped to [0, 1]. A parameter is a number
or, for a batch, one number per image, and may be a tensor: all functions work in
`Dataset.map`. Those of `tf.image` know one number for the whole batch and do not clip.

What needs nothing on top is not repeated here: `tf.image.adjust_gamma` for a number,
and all of geometry, `tf.image.flip_left_right`, `rot90`, `central_crop`, …
"""

import math

import numpy as np
import tensorflow as tf


def as_images(images):
    """Returns an image or a batch of images as a tensor of shape (N, H, W, 3)."""
    images = tf.convert_to_tensor(images)
    shape = images.shape
    if shape.rank not in (3, 4) or shape[-1] != 3 or not images.dtype.is_floating:
        raise ValueError(
            "`images` must be floats of shape (height, width, 3) or (batch, height, "
            "width, 3), with values in [0, 1]. "
            f"Received: {images.dtype.name} of shape {shape}."
        )
    single = shape.rank == 3

    def restored(batch):
        return tf.ensure_shape(batch[0] if single else batch, shape)

    return images[tf.newaxis] if single else images, restored


def per_image(images, least=-np.inf, most=np.inf, dtype=None, **number):
    """Returns one number per image, in a shape that goes with the whole batch."""
    ((name, value),) = number.items()
    tensor = tf.convert_to_tensor(value)
    dtype = tf.as_dtype(dtype or images.dtype)
    scalar = tensor.shape.rank == 0
    if not scalar and not tensor.shape.is_compatible_with(images.shape[:1]):
        raise ValueError(
            f"`{name}` must be one number, or one per image of a batch of "
            f"{images.shape[0]}. Received: shape {tensor.shape}."
        )
    if dtype.is_integer and not tensor.dtype.is_integer:
        raise ValueError(f"`{name}` must be whole. Received: {tensor.dtype.name}.")
    known = tf.get_static_value(tensor)
    if known is not None:
        good = np.isfinite(known) & (known >= least) & (known <= most)
        if not np.all(good):
            bounds = (
                f" from {least} to {most}" if np.isfinite([least, most]).any() else ""
            )
            raise ValueError(f"`{name}` must be finite{bounds}. Received: {known}.")
    return tf.reshape(tf.cast(tensor, dtype), (-1, 1, 1, 1))


def as_seed(seed):
    """Returns the seed of a stateless operation as a tensor of shape (2,)."""
    tensor = tf.convert_to_tensor(seed)
    if not tensor.shape.is_compatible_with((2,)) or not tensor.dtype.is_integer:
        raise ValueError(
            "`seed` must be two integers. "
            f"Received: {tensor.dtype.name} of shape {tensor.shape}."
        )
    return tensor


def unless_empty(change, images):
    """Returns `change(images)`, or `images` as they are if they hold no pixel."""
    if images.shape.num_elements() is not None:
        return change(images) if images.shape.num_elements() else images
    return tf.cond(tf.size(images) > 0, lambda: change(images), lambda: images)


TRUNCATE = 4  # standard deviations to each side, as in scipy.ndimage


def blur(images, sigma):
    """Blurs images with a Gaussian, as a lens out of focus does.

    Two thin kernels do the work of a square one. Beyond the edge the image is mirrored,
    with the edge pixel repeated.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        sigma: Standard deviation in pixels, at least 0; a number or one per image (N,).

    Returns:
        Tensor of the same shape and dtype; without pixels it comes back as it is.

    Raises:
        ValueError: If `images` or `sigma` are not as described.

    Example:
    >>> dot = tf.scatter_nd([[2, 2]], [[1.0, 1.0, 1.0]], (5, 5, 3))
    >>> (100 * blur(dot, sigma=0.5)[2, :, 0]).numpy().round().tolist()
    [0.0, 8.0, 62.0, 8.0, 0.0]

    Reference:
        Agrees with `scipy.ndimage.gaussian_filter`. Derived in
        `notebooks/09_augmentation_tf_image.ipynb`.
    """
    batch, restored = as_images(images)
    kernels = gaussian_kernels(per_image(batch, least=0, sigma=sigma)[..., 0])

    def blurred(batch):
        return _convolve(
            _convolve(batch, kernels[:, :, tf.newaxis]), kernels[:, tf.newaxis]
        )

    return restored(unless_empty(blurred, batch))


def motion_blur(images, length, angle):
    """Blurs images along a line, as a camera moved during exposure does.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        length: Pixels of the line, an integer from 1 on; a number or one per image
            (N,).
        angle: Degrees, 0 = along a row, 90 = along a column, 45 = rising to the right;
            a number or one per image.

    Returns:
        Tensor of the same shape and dtype; beyond the edge the image is mirrored.

    Raises:
        ValueError: If `images`, `length` or `angle` are not as described.

    Example:
    >>> dot = tf.scatter_nd([[2, 2]], [[1.0, 1.0, 1.0]], (5, 5, 3))
    >>> motion_blur(dot, length=2, angle=0)[2, :, 0].numpy().tolist()
    [0.0, 0.25, 0.5, 0.25, 0.0]
    """
    batch, restored = as_images(images)
    length = per_image(batch, least=1, dtype=tf.int32, length=length)[..., 0]
    kernels = motion_kernels(length, per_image(batch, angle=angle)[..., 0])
    return restored(unless_empty(lambda batch: _convolve(batch, kernels), batch))


def gaussian_kernels(sigma):
    """Samples a Gaussian at whole pixels, so that its weights add up to 1."""
    sigma = sigma[:, :, 0]
    radii = tf.cast(TRUNCATE * sigma + 0.5, tf.int32)
    radius = tf.reduce_max(radii)
    steps = tf.range(-radius, radius + 1)
    # A sigma of 0 has no neighbours to weigh, but must not divide 0 by 0.
    ratios = tf.cast(steps, sigma.dtype) / tf.maximum(sigma, 1e-3)
    weights = tf.where(tf.abs(steps) <= radii, tf.exp(-ratios * ratios / 2), 0)
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)


def motion_kernels(length, angle):
    """Lays points a pixel apart on a line through the middle of a kernel."""
    longest = tf.reduce_max(length)
    numbers = tf.range(longest)[tf.newaxis, tf.newaxis]  # (1, 1, points)
    used = tf.cast(numbers < length, angle.dtype) / tf.cast(length, angle.dtype)
    distances = tf.cast(2 * numbers - length + 1, angle.dtype) / 2
    radius = longest // 2
    cells = tf.cast(tf.range(-radius, radius + 1), angle.dtype)[:, tf.newaxis]
    radians = angle * (math.pi / 180)

    def shares(middles):  # (N, cells, points): of each point, what each cell gets
        return tf.nn.relu(1 - tf.abs(cells - middles))

    rows = shares(-distances * tf.sin(radians)) * used
    columns = shares(distances * tf.cos(radians))
    return tf.matmul(rows, columns, transpose_b=True)


def _convolve(batch, kernels):
    """Weighs the neighbours in `batch` (N, H, W, 3) with `kernels` (N or 1, h, w)."""
    shape = tf.shape(batch)
    for axis, size in ((1, tf.shape(kernels)[1]), (2, tf.shape(kernels)[2])):
        # Walk to the edge and back, as often as a kernel reaches: h i i h g … a a b.
        length = shape[axis]
        steps = tf.range(-(size // 2), length + size // 2) % (2 * length)
        batch = tf.gather(batch, tf.minimum(steps, 2 * length - 1 - steps), axis=axis)
    # Images of different kernels become channels of one image.
    padded = tf.transpose(batch, (1, 2, 0, 3))
    stacked = tf.reshape(padded, (1, *tf.unstack(tf.shape(padded)[:2]), shape[0] * 3))
    filters = tf.broadcast_to(
        tf.transpose(kernels, (1, 2, 0))[..., tf.newaxis],
        (*tf.unstack(tf.shape(kernels)[1:]), shape[0], 3),
    )
    filters = tf.reshape(filters, (*tf.unstack(tf.shape(kernels)[1:]), shape[0] * 3, 1))
    output = tf.nn.depthwise_conv2d(stacked, filters, (1, 1, 1, 1), "VALID")
    return tf.transpose(
        tf.reshape(output, (*tf.unstack(shape[1:3]), shape[0], 3)), (2, 0, 1, 3)
    )


def adjust_brightness(images, delta):
    """Adds one number to all pixels.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        delta: 1 makes all white, -1 all black; a number or one per image (N,).

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
    """Pulls the pixels of each channel towards their mean, or away from it."""
    batch, restored = as_images(images)
    mean = tf.reduce_mean(batch, axis=(1, 2), keepdims=True)
    factor = per_image(batch, least=0, factor=factor)
    return restored(_clipped(mean + factor * (batch - mean)))


def adjust_saturation(images, factor):
    """Makes colours paler or stronger, with hue and value kept.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        factor: 0 leaves greys, 1 changes nothing; a number or one per image (N,).

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
        Recommendation ITU-R BT.601.
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
        quality: Integer from 0 to 100, hardly any loss; a number or one per image (N,).

    Returns:
        Tensor of the same shape and dtype: multiples of 1/255, if there are pixels.

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
        brightness, contrast, saturation: Added is a number from [-brightness,
            brightness]; the factors are from [1 - contrast, 1 + contrast] and so on.
        hue: The turn of the colour wheel is drawn from [-hue, hue]; 0.5 is half of it.
        seed: Two integers. The same seed gives the same change.

    Returns:
        Tensor of the same shape and dtype, clipped to [0, 1].

    Raises:
        ValueError: If an argument is not as described, or above 1 (`hue`: 0.5).

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
