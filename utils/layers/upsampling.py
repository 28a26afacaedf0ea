"""Up-sampling without weights, in NumPy: how a small map becomes a larger one.

Every function takes one feature map of one channel, an array (H, W). Transposed
convolution, which has weights, is in `transposed.py`; layers are in `keras_layers.py`.
"""

import numpy as np

from utils._arguments import as_map, check_positive


def nearest_neighbour(feature_map, factor=2):
    """Repeats every value `factor` times along rows and columns.

    Args:
        feature_map: Array of shape (H, W), any dtype.
        factor: Integer, at least 1.

    Returns:
        Array of shape (H · factor, W · factor), same dtype.

    Raises:
        ValueError: If the map has not two axes or `factor` is no positive integer.

    Example:
    >>> nearest_neighbour([[1, 2]])
    array([[1, 1, 2, 2],
           [1, 1, 2, 2]])

    Reference:
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    feature_map = as_map(feature_map, factor=factor)
    return feature_map.repeat(factor, axis=0).repeat(factor, axis=1)


def bed_of_nails(feature_map, factor=2):
    """Puts every value into the top left corner of a block of zeros.

    Args:
        feature_map: Array of shape (H, W), any dtype.
        factor: Integer, at least 1.

    Returns:
        Array of shape (H · factor, W · factor), same dtype.

    Raises:
        ValueError: If the map has not two axes or `factor` is no positive integer.

    Example:
    >>> bed_of_nails([[1, 2]])
    array([[1, 0, 2, 0],
           [0, 0, 0, 0]])

    Reference:
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    feature_map = as_map(feature_map, factor=factor)
    height, width = feature_map.shape
    output = np.zeros((height * factor, width * factor), feature_map.dtype)
    output[::factor, ::factor] = feature_map
    return output


def max_pool(feature_map, size=2):
    """Keeps the largest value of every window, and remembers where it stood.

    Windows do not overlap; rows and columns that fill none are dropped, as Keras does.

    Args:
        feature_map: Array of shape (H, W), any dtype.
        size: Height and width of a window, at least 1.

    Returns:
        Pair of arrays of shape (H // size, W // size): the largest values (of equal
        ones the first) and their positions, counted row by row from 0 to size² − 1.

    Raises:
        ValueError: If the map has not two axes or `size` is no positive integer.

    Example:
    >>> max_pool([[0, 5, 1, 1], [2, 3, 9, 1]])
    (array([[5, 9]]), array([[1, 2]]))

    Reference:
        Badrinarayanan, Kendall and Cipolla (2015), SegNet, arXiv:1511.00561.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    feature_map = as_map(feature_map, size=size)
    height, width = (length // size for length in feature_map.shape)
    windows = feature_map[: height * size, : width * size]
    windows = windows.reshape(height, size, width, size).swapaxes(1, 2)
    windows = windows.reshape(height, width, size * size)
    return windows.max(axis=-1), windows.argmax(axis=-1)


def max_unpool(pooled, positions, size=2):
    """Puts every value back where max-pooling found it, and zeros around it.

    Args:
        pooled: Array of shape (H, W), any dtype.
        positions: Integer array of shape (H, W), from `max_pool`.
        size: Height and width of the windows.

    Returns:
        Array of shape (H · size, W · size), the dtype of `pooled`.

    Raises:
        ValueError: If the shapes or `size` are not as described, or a position is
            outside.

    Example:
    >>> max_unpool([[5, 9]], [[1, 2]])
    array([[0, 5, 0, 0],
           [0, 0, 9, 0]])

    Reference:
        Badrinarayanan, Kendall and Cipolla (2015), SegNet, arXiv:1511.00561.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    pooled, positions = as_map(pooled, size=size), np.asarray(positions)
    if positions.shape != pooled.shape:
        raise ValueError(
            "`pooled` and `positions` must have the same shape. "
            f"Received: {pooled.shape} and {positions.shape}."
        )
    if not np.isin(positions, range(size * size)).all():
        raise ValueError(
            f"`positions` must be integers from 0 to {size * size - 1}, places in a "
            f"{size}×{size} window. Received: {np.unique(positions).tolist()}."
        )
    (height, width), positions = pooled.shape, positions.astype(int)
    rows, columns = np.indices(pooled.shape) * size
    output = np.zeros((height * size, width * size), pooled.dtype)
    output[rows + positions // size, columns + positions % size] = pooled
    return output


def bilinear(feature_map, factor=2):
    """Interpolates linearly along rows and columns, between the centres of pixels.

    The centre of output pixel i lies at (i + ½) / factor − ½ of the input; beyond the
    outermost centres their value is kept.

    Args:
        feature_map: Array of shape (H, W) of numbers, H and W at least 1.
        factor: Integer, at least 1.

    Returns:
        Float array of shape (H · factor, W · factor).

    Raises:
        ValueError: If the map has not two axes or no pixel, or `factor` is not
            positive.

    Example:
    >>> bilinear([[0, 4]])
    array([[0., 1., 3., 4.],
           [0., 1., 3., 4.]])

    Reference:
        Equals `keras.layers.UpSampling2D(factor, interpolation="bilinear")`. Derived in
        `notebooks/03_transposed_convolution.ipynb`.
    """
    feature_map = as_map(feature_map, factor=factor)
    if not feature_map.size:
        raise ValueError(
            f"`feature_map` must have a pixel. Received: shape {feature_map.shape}."
        )
    down, right = (_weights(length, factor) for length in feature_map.shape)
    return down @ feature_map @ right.T


def bilinear_kernel(factor=2):
    """Makes the kernel with which a transposed convolution interpolates linearly.

    With stride `factor` and `padding="same"` it equals `bilinear`, but fades at the
    edge.

    Args:
        factor: Integer, at least 1.

    Returns:
        Float array of shape (k, k), with k = 2 · factor − factor % 2.

    Raises:
        ValueError: If `factor` is no positive integer.

    Example:
    >>> bilinear_kernel(2)[0]
    array([0.0625, 0.1875, 0.1875, 0.0625])

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    check_positive(factor=factor)
    tent = bilinear_tent(2 * factor - factor % 2)
    return np.outer(tent, tent)


def bilinear_tent(kernel_size):
    """Makes one axis of a bilinear kernel: it rises to the middle, then falls."""
    check_positive(kernel_size=kernel_size)
    factor = (kernel_size + 1) // 2
    distance = np.abs(np.arange(kernel_size) - (kernel_size - 1) / 2)
    return 1 - distance / factor


def _weights(length, factor):
    """Returns the matrix (length · factor, length) that interpolates one axis."""
    centres = (np.arange(length * factor) + 0.5) / factor - 0.5
    units = [np.interp(centres, range(length), unit) for unit in np.eye(length)]
    return np.stack(units, axis=1)
