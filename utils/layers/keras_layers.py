"""Layers that Keras lacks: unpooling, crop and concatenate, bilinear kernels.

They are registered, so a model that holds one is saved and loaded as any other, once
this module is imported. They work for any batch size, height and width, also unknown
ones, and in any float type.
"""

import keras
import numpy as np
from keras import ops

from utils._arguments import check_positive
from utils.layers.upsampling import bilinear_tent

registered = keras.saving.register_keras_serializable(package="course")


@registered
class MaxPoolingWithPositions(keras.layers.Layer):
    """Keeps the largest value of every window, and remembers where it stood.

    Windows do not overlap; rows and columns that fill none are dropped, as Keras does.
    A position is a number inside the window, row by row, from 0 to pool_size² − 1.

    Args:
        pool_size: Height and width of a window, at least 1.
        **options: `name` and `dtype` of the layer.

    Returns:
        When called on a tensor (N, H, W, C): the largest values and their int32
        positions, both of shape (N, H // pool_size, W // pool_size, C).

    Raises:
        ValueError: If `pool_size` is no positive integer.

    Example:
    >>> feature_map = np.array([[0.0, 5.0], [2.0, 3.0]])[None, ..., None]
    >>> pooled, positions = MaxPoolingWithPositions()(feature_map)
    >>> float(pooled[0, 0, 0, 0]), int(positions[0, 0, 0, 0])
    (5.0, 1)

    Reference:
        Badrinarayanan, Kendall and Cipolla (2015), SegNet, arXiv:1511.00561.
    """

    def __init__(self, pool_size=2, **options):
        super().__init__(**options)
        check_positive(pool_size=pool_size)
        self.pool_size = pool_size

    def call(self, inputs):
        size, channels = self.pool_size, inputs.shape[-1]
        batch, height, width, _ = ops.shape(inputs)
        height, width = height // size, width // size
        whole = inputs[:, : height * size, : width * size]
        windows = ops.reshape(whole, (batch, height, size, width, size, channels))
        windows = ops.transpose(windows, (0, 1, 3, 2, 4, 5))
        windows = ops.reshape(windows, (batch, height, width, size * size, channels))
        positions = ops.cast(ops.argmax(windows, axis=3, keepdims=True), "int32")
        values = ops.take_along_axis(windows, positions, axis=3)
        return ops.squeeze(values, axis=3), ops.squeeze(positions, axis=3)

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}


@registered
class MaxUnpooling(keras.layers.Layer):
    """Puts every value back where max-pooling found it, and zeros around it.

    Args:
        pool_size: Height and width of the windows of the pooling, at least 1.
        **options: `name` and `dtype` of the layer.

    Returns:
        When called on [values, positions], tensors (N, H, W, C): one (N, H · pool_size,
        W · pool_size, C). With a third, the tensor that was pooled: one of its height
        and width, zero where the pooling dropped rows and columns.

    Raises:
        ValueError: If `pool_size` is no positive integer or there are not 2 or 3
            tensors.

    Example:
    >>> feature_map = np.array([[0.0, 5.0], [2.0, 3.0]])[None, ..., None]
    >>> unpooled = MaxUnpooling()(MaxPoolingWithPositions()(feature_map))
    >>> np.asarray(unpooled)[0, ..., 0].tolist()
    [[0.0, 5.0], [0.0, 0.0]]

    Reference:
        Badrinarayanan, Kendall and Cipolla (2015), SegNet, arXiv:1511.00561.
    """

    def __init__(self, pool_size=2, **options):
        super().__init__(**options)
        check_positive(pool_size=pool_size)
        self.pool_size = pool_size

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) not in (2, 3):
            raise ValueError(
                "`inputs` must be [values, positions] or [values, positions, like]. "
                f"Received: {inputs}."
            )
        values, positions, *like = inputs
        size, channels = self.pool_size, values.shape[-1]
        batch, height, width, _ = ops.shape(values)
        places = ops.reshape(ops.arange(size * size, dtype="int32"), (-1, 1))
        here = ops.expand_dims(ops.cast(positions, "int32"), 3) == places
        windows = ops.where(here, ops.expand_dims(values, 3), 0)
        windows = ops.reshape(windows, (batch, height, width, size, size, channels))
        windows = ops.transpose(windows, (0, 1, 3, 2, 4, 5))
        whole = ops.reshape(windows, (batch, height * size, width * size, channels))
        return _filled(whole, like[0]) if like else whole

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}


@registered
class BilinearKernel(keras.initializers.Initializer):
    """Starts a transposed convolution as bilinear up-sampling of every channel.

    For a layer with as many filters as input channels, a kernel of size
    2 · stride − stride % 2 and `padding="same"`. Training may change it.

    Raises:
        ValueError: If the kernel has not as many filters as input channels.

    Example:
    >>> layer = keras.layers.Conv2DTranspose(
    ...     1, 4, strides=2, padding="same", kernel_initializer=BilinearKernel()
    ... )
    >>> np.asarray(layer(np.full((1, 4, 4, 1), 8.0)))[0, 3, :, 0].tolist()
    [6.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 6.0]

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """

    def __call__(self, shape, dtype=None):
        if len(shape) != 4 or shape[2] != shape[3]:
            raise ValueError(
                "`shape` must be (height, width, filters, channels) with as many "
                f"filters as channels. Received: {tuple(shape)}."
            )
        height, width, channels, _ = shape
        kernel = np.outer(bilinear_tent(height), bilinear_tent(width))
        kernel = kernel[..., None, None] * np.eye(channels)
        return ops.convert_to_tensor(kernel, dtype=dtype or keras.config.floatx())


def _filled(whole, like):
    """Adds zeros at the bottom and the right, up to the size of `like`."""
    _, height, width, channels = ops.shape(whole)
    batch, new_height, new_width, _ = ops.shape(like)
    below = ops.zeros((batch, new_height - height, width, channels), whole.dtype)
    whole = ops.concatenate([whole, below], axis=1)
    right = ops.zeros((batch, new_height, new_width - width, channels), whole.dtype)
    return ops.concatenate([whole, right], axis=2)
