"""Shape arithmetic without a network: sizes, parameters, cost, receptive field.

The functions are called like layers, one after the other, on a `FeatureMap` that has a
shape but no numbers. Nothing is computed on pixels, so a large network takes
milliseconds.
"""

from utils.axes import Axis, sides
from utils.feature_maps import FeatureMap, ShapeTable

__all__ = [
    "Axis",
    "FeatureMap",
    "ShapeTable",
    "add",
    "concatenate",
    "convolution",
    "crop",
    "image",
    "normalisation",
    "pooling",
    "up_convolution",
]


def image(size, channels=3, name="image"):
    """Returns the feature map to start from.

    Args:
        size: Height and width in pixels, or one number for a square.
        channels: Number of channels.
        name: Its name.

    Returns:
        A `FeatureMap`, of which every position sees itself.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:

    >>> image((480, 640)).shape
    (480, 640, 3)
    """
    height, width = sides(size)
    return FeatureMap(Axis(height), Axis(width), channels, name)


def convolution(
    x, filters, kernel_size=3, padding="valid", strides=1, name="convolution"
):
    """Follows a convolution with bias: `keras.layers.Conv2D`.

    Args:
        x: The `FeatureMap` it reads.
        filters: Number of output channels.
        kernel_size: Rows and columns of the kernel.
        padding: `"valid"` or `"same"`.
        strides: Step between neighbouring positions of the kernel.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Raises:
        ValueError: If the kernel does not fit into `x`.

    Example:

    >>> convolution(image(572), 64, kernel_size=7, padding="same", strides=2).shape
    (286, 286, 64)

    Reference:
        Dumoulin and Visin (2016), arXiv:1603.07285. Derived in
        `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    axes = [axis.slide(kernel_size, strides, padding) for axis in (x.rows, x.columns)]
    kernel = kernel_size**2 * x.channels * filters
    macs = axes[0].size * axes[1].size * kernel
    return FeatureMap(*axes, filters, name, kernel + filters, macs)


def pooling(x, pool_size=2, name="pooling"):
    """Follows a pooling without padding: `keras.layers.MaxPooling2D`.

    Args:
        x: The `FeatureMap` it reads.
        pool_size: Rows and columns of the window, and the step between windows.
        name: Name of the layer.

    Returns:
        A `FeatureMap`. A row or column that fills no window is left out, as in
        Keras.

    Raises:
        ValueError: If the window does not fit into `x`.

    Example:

    >>> pooling(image(569)).shape  # the last row and column are lost
    (284, 284, 3)
    """
    axes = [axis.slide(pool_size, pool_size, "valid") for axis in (x.rows, x.columns)]
    return FeatureMap(*axes, x.channels, name)


def up_convolution(
    x, filters, kernel_size=2, padding="valid", strides=2, name="up_convolution"
):
    """Follows a transposed convolution with bias: `keras.layers.Conv2DTranspose`.

    Args:
        x: The `FeatureMap` it reads.
        filters: Number of output channels.
        kernel_size: Rows and columns of the kernel.
        padding: `"valid"` or `"same"`.
        strides: Distance between the copies of the kernel.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Example:

    >>> up_convolution(image(28, channels=1024), filters=512).shape
    (56, 56, 512)
    """
    axes = [axis.spread(kernel_size, strides, padding) for axis in (x.rows, x.columns)]
    kernel = kernel_size**2 * x.channels * filters
    macs = x.rows.size * x.columns.size * kernel
    return FeatureMap(*axes, filters, name, kernel + filters, macs)


def crop(x, rows, columns, name="crop"):
    """Follows a crop, or with negative numbers padding: `keras.layers.Cropping2D`.

    Args:
        x: The `FeatureMap` it reads.
        rows: Pair of numbers of rows to take away: above, below.
        columns: Pair of numbers of columns to take away: left, right.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Raises:
        ValueError: If nothing is left.

    Example:

    >>> crop(image(64), rows=(4, 4), columns=(4, 5)).shape
    (56, 55, 3)
    """
    axes = x.rows.crop(*rows), x.columns.crop(*columns)
    return FeatureMap(*axes, x.channels, name)


def concatenate(first, second, axis=-1, name="concatenate"):
    """Follows a concatenation: `keras.layers.Concatenate`.

    Args:
        first, second: The two `FeatureMap`s.
        axis: As in Keras, of a batch: 1 lays `second` below `first`, 2 to its right,
            and -1 or 3 behind it, channel after channel.
        name: Name of the layer.

    Returns:
        A `FeatureMap`. Along axis 1 or 2 it keeps what `first` sees, repeated: its
        positions no longer belong to places of the image.

    Raises:
        ValueError: If the maps differ in another axis than the one they are joined
            along, or see the image at different steps.

    Example:

    >>> concatenate(image(56, channels=512), image(56, channels=512)).shape
    (56, 56, 1024)
    """
    _check_equal(first, second, except_axis=axis)
    rows, columns = first.rows, first.columns
    if axis == 1:
        return FeatureMap(rows.extend(second.rows), columns, first.channels, name)
    if axis == 2:
        return FeatureMap(rows, columns.extend(second.columns), first.channels, name)
    both = rows.union(second.rows), columns.union(second.columns)
    return FeatureMap(*both, first.channels + second.channels, name)


def add(first, second, name="add"):
    """Follows an addition, number by number: `keras.layers.Add`.

    Args:
        first, second: Two `FeatureMap`s of the same shape.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Raises:
        ValueError: If the shapes differ, or the maps see the image at different
            steps.

    Example:

    >>> add(image(56, channels=512), image(56, channels=512)).shape
    (56, 56, 512)
    """
    _check_equal(first, second)
    axes = first.rows.union(second.rows), first.columns.union(second.columns)
    return FeatureMap(*axes, first.channels, name)


def normalisation(x, name="normalisation"):
    """Follows a batch normalisation: `keras.layers.BatchNormalization`.

    Args:
        x: The `FeatureMap` it reads.
        name: Name of the layer.

    Returns:
        A `FeatureMap`. Four numbers per channel count as parameters: scale, shift
        and the two averages kept from training.

    Example:

    >>> normalisation(image(64, channels=8)).parameters
    32
    """
    return FeatureMap(x.rows, x.columns, x.channels, name, 4 * x.channels)


def _check_equal(first, second, except_axis=None):
    if except_axis not in (None, 1, 2, 3, -1):
        raise ValueError(f"`axis` must be 1, 2, 3 or -1. Received: {except_axis!r}.")
    axes = [n for n in (1, 2, 3) if n != (except_axis or 0) % 4]
    if any(first.shape[n - 1] != second.shape[n - 1] for n in axes):
        raise ValueError(
            f"Both maps must have the same shape along the axes {axes} of a batch. "
            f"Received: {first.shape} and {second.shape}."
        )
