"""What a TensorFlow function on images must be given, checked in one place."""

import numpy as np
import tensorflow as tf


def as_images(images):
    """Returns an image or a batch of images as a tensor of shape (N, H, W, 3).

    Args:
        images: Float tensor or array of shape (H, W, 3) or (N, H, W, 3); N, H and W
            may be 0 or, in a graph, unknown.

    Returns:
        Pair of a tensor of shape (N, H, W, 3), where N is 1 for a single image, and
        a function that gives a result of that shape the shape of `images`.

    Raises:
        ValueError: If the number of axes, the channels or the dtype are others.

    Example:

    >>> batch, restored = as_images(tf.zeros((4, 5, 3)))
    >>> batch.shape, restored(batch).shape
    (TensorShape([1, 4, 5, 3]), TensorShape([4, 5, 3]))
    """
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
    """Returns one number per image, in a shape that goes with the whole batch.

    Args:
        images: Tensor of shape (N, H, W, 3), from `as_images`.
        least: Smallest value allowed.
        most: Largest value allowed.
        dtype: Type of the result; the images' by default.
        **number: One argument by its name: a scalar, or a tensor of shape (N,). Its
            values are checked where they are known, which they are not in a graph.

    Returns:
        Tensor of shape (1, 1, 1, 1) or (N, 1, 1, 1).

    Raises:
        ValueError: If the argument has another shape, is not finite, out of range or,
            where `dtype` is whole, a fraction.

    Example:

    >>> per_image(tf.zeros((2, 4, 5, 3)), factor=[0.5, 2.0]).shape
    TensorShape([2, 1, 1, 1])
    """
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
    """Returns the seed of a stateless operation as a tensor of shape (2,).

    Args:
        seed: Two integers.

    Returns:
        Integer tensor of shape (2,).

    Raises:
        ValueError: If `seed` has another shape or other numbers.

    Example:

    >>> as_seed((1, 2)).shape
    TensorShape([2])
    """
    tensor = tf.convert_to_tensor(seed)
    if not tensor.shape.is_compatible_with((2,)) or not tensor.dtype.is_integer:
        raise ValueError(
            "`seed` must be two integers. "
            f"Received: {tensor.dtype.name} of shape {tensor.shape}."
        )
    return tensor


def unless_empty(change, images):
    """Returns `change(images)`, or `images` as they are if they hold no pixel.

    Args:
        images: Tensor of shape (N, H, W, 3).
        change: Function of such a tensor that needs at least one pixel.

    Returns:
        Tensor of the same shape.

    Example:

    >>> unless_empty(tf.image.flip_left_right, tf.zeros((0, 4, 5, 3))).shape
    TensorShape([0, 4, 5, 3])
    """
    if images.shape.num_elements() is not None:
        return change(images) if images.shape.num_elements() else images
    return tf.cond(tf.size(images) > 0, lambda: change(images), lambda: images)
