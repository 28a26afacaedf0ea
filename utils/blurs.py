"""Blurs: an image becomes the weighted mean of its shifted copies.

Import `blur` and `motion_blur` from `utils.pixel_level`.
"""

import math

import tensorflow as tf

from utils.images import as_images, per_image, unless_empty

TRUNCATE = 4  # standard deviations to each side, as in scipy.ndimage


def blur(images, sigma):
    """Blurs images with a Gaussian, as a lens out of focus does.

    A Gaussian over the plane is the product of one over rows and one over columns,
    so two thin kernels do the work of a square one. Beyond the edge the image is
    mirrored, with the edge pixel repeated.

    Args:
        images: Float tensor of shape (H, W, 3) or (N, H, W, 3), values in [0, 1].
        sigma: Standard deviation in pixels, at least 0; a number or one per image,
            shape (N,). 0 changes nothing.

    Returns:
        Tensor of the same shape and dtype. Images without pixels come back as they
        are; a pixel on its own stays what it is.

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
        length: Length of the line in pixels, an integer of at least 1; a number or
            one per image, shape (N,). 1 changes nothing.
        angle: Direction of the line in degrees, 0 = along a row, 90 = along a
            column, 45 = rising to the right; a number or one per image.

    Returns:
        Tensor of the same shape and dtype. Images without pixels come back as they
        are; beyond the edge the image is mirrored.

    Raises:
        ValueError: If `images`, `length` or `angle` are not as described.

    Example:

    >>> dot = tf.scatter_nd([[2, 2]], [[1.0, 1.0, 1.0]], (5, 5, 3))
    >>> motion_blur(dot, length=2, angle=0)[2, :, 0].numpy().tolist()
    [0.0, 0.25, 0.5, 0.25, 0.0]

    Reference:
        Used in `notebooks/09_augmentation_tf_image.ipynb`.
    """
    batch, restored = as_images(images)
    length = per_image(batch, least=1, dtype=tf.int32, length=length)[..., 0]
    kernels = motion_kernels(length, per_image(batch, angle=angle)[..., 0])
    return restored(unless_empty(lambda batch: _convolve(batch, kernels), batch))


def gaussian_kernels(sigma):
    """Samples a Gaussian at whole pixels, so that its weights add up to 1.

    Args:
        sigma: Float tensor of shape (N, 1, 1), standard deviations in pixels.

    Returns:
        Tensor of shape (N, size): odd size, enough for the largest `sigma`. Weights
        further from the middle than four standard deviations are 0.

    Example:

    >>> (100 * gaussian_kernels(tf.constant([[[0.5]]]))).numpy().round().tolist()
    [[0.0, 11.0, 79.0, 11.0, 0.0]]
    """
    sigma = sigma[:, :, 0]
    radii = tf.cast(TRUNCATE * sigma + 0.5, tf.int32)
    radius = tf.reduce_max(radii)
    steps = tf.range(-radius, radius + 1)
    # A sigma of 0 has no neighbours to weigh, but must not divide 0 by 0.
    ratios = tf.cast(steps, sigma.dtype) / tf.maximum(sigma, 1e-3)
    weights = tf.where(tf.abs(steps) <= radii, tf.exp(-ratios * ratios / 2), 0)
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)


def motion_kernels(length, angle):
    """Lays points a pixel apart on a line through the middle of a kernel.

    A point between pixels is shared out among the four around it, bilinearly.

    Args:
        length: Integer tensor of shape (N, 1, 1), points per line.
        angle: Float tensor of shape (N, 1, 1), degrees.

    Returns:
        Tensor of shape (N, size, size): odd size, enough for the longest line; the
        weights of each kernel add up to 1.

    Example:

    >>> motion_kernels(tf.constant([[[3]]]), tf.constant([[[90.0]]])).shape
    TensorShape([1, 3, 3])
    """
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
