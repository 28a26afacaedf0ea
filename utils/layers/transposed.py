"""Transposed convolution in NumPy: by scatter, as a matrix, and how it overlaps."""

import numpy as np

from utils._arguments import as_map, check_padding, check_positive


def transposed_size(size, kernel_size, stride, padding="valid"):
    """Number of pixels along one axis of a transposed convolution's output.

    The last copy starts (size − 1) · stride pixels after the first, so together they
    cover (size − 1) · stride + kernel_size. A smaller kernel than the stride leaves
    gaps, the last of which counts, as in Keras. With `"same"` the output has size ·
    stride pixels.

    Args:
        size, kernel_size: Pixels of input and kernel along the axis, at least 1.
        stride: Distance in output pixels between neighbouring copies, at least 1.
        padding: `"valid"` or `"same"`.

    Returns:
        Number of output pixels.

    Raises:
        ValueError: If a number is no positive integer or `padding` is unknown.

    Example:
    >>> transposed_size(2, kernel_size=3, stride=2)
    5
    >>> transposed_size(2, kernel_size=3, stride=2, padding="same")
    4

    Reference:
        Dumoulin and Visin (2016), arXiv:1603.07285.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    check_positive(size=size, kernel_size=kernel_size, stride=stride)
    check_padding(padding)
    if padding == "same":
        return size * stride
    return (size - 1) * stride + max(kernel_size, stride)


def cropped(kernel_size, stride, padding="same"):
    """Number of pixels that `padding` takes from both ends of the scattered output."""
    check_positive(kernel_size=kernel_size, stride=stride)
    check_padding(padding)
    surplus = max(kernel_size - stride, 0) if padding == "same" else 0
    return surplus // 2, surplus - surplus // 2


def transposed_convolution(feature_map, kernel, stride=1, padding="valid", bias=0):
    """Adds one scaled copy of the kernel per input pixel, and a bias everywhere.

    Copies start `stride` pixels apart and are added where they overlap; where none
    reaches, the output is the bias.

    Args:
        feature_map: Array of shape (H, W).
        kernel: Array of shape (h, w).
        stride: Integer, at least 1.
        padding: `"valid"`, or `"same"` to crop to (H · stride, W · stride): see
            `cropped`.
        bias: Number added once to every output pixel.

    Returns:
        Array of the shape that `transposed_size` gives for each axis.

    Raises:
        ValueError: If map or kernel have not two axes or no pixel, or as
            `transposed_size`.

    Example:
    >>> transposed_convolution([[1, 2], [3, 4]], [[1]], stride=2, bias=1)
    array([[2, 1, 3, 1],
           [1, 1, 1, 1],
           [4, 1, 5, 1],
           [1, 1, 1, 1]])

    Reference:
        Dumoulin and Visin (2016), arXiv:1603.07285.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    feature_map, kernel = as_map(feature_map, stride=stride), as_map(kernel)
    axes = list(zip(feature_map.shape, kernel.shape, strict=True))
    full = [transposed_size(n, k, stride) for n, k in axes]
    output = np.zeros(full, np.result_type(feature_map, kernel, bias))
    height, width = kernel.shape
    for row, column in np.ndindex(feature_map.shape):
        top, left = row * stride, column * stride
        patch = output[top : top + height, left : left + width]
        patch += feature_map[row, column] * kernel
    kept = []
    for n, k in axes:
        start = cropped(k, stride, padding)[0]
        kept.append(slice(start, start + transposed_size(n, k, stride, padding)))
    return output[tuple(kept)] + bias


def convolution_matrix(shape, kernel, stride=1, padding="valid"):
    """Writes a convolution as a matrix W, one row per output pixel.

    `W @ image.ravel()` is the convolution, row by row; `W.T @ small.ravel()` the
    transposed one with the same kernel, which is not turned round.

    Args:
        shape: (H, W) of the image that the convolution reads, the large one.
        kernel: Array of shape (h, w).
        stride: Integer, at least 1.
        padding: `"valid"`, or `"same"` for zeros around the image as in TensorFlow.

    Returns:
        Array of shape (output pixels, H · W), the dtype of `kernel`; without rows if no
        kernel fits.

    Raises:
        ValueError: If `kernel` has not two axes, or as `transposed_size`.

    Example:
    >>> convolution_matrix((1, 4), [[5, 6]], stride=2)
    array([[5, 6, 0, 0],
           [0, 0, 5, 6]])

    Reference:
        Dumoulin and Visin (2016), arXiv:1603.07285.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    kernel = as_map(kernel, stride=stride, height=shape[0], width=shape[1])
    check_padding(padding)
    sizes, before = [], []
    for length, k in zip(shape, kernel.shape, strict=True):
        if padding == "same":
            count = -(-length // stride)
            before.append(max((count - 1) * stride + k - length, 0) // 2)
        else:
            count = max(0, (length - k) // stride + 1)
            before.append(0)
        sizes.append(count)
    matrix = np.zeros((*sizes, *shape), kernel.dtype)
    for row, column in np.ndindex(*sizes):
        for i, j in np.ndindex(kernel.shape):
            y, x = row * stride + i - before[0], column * stride + j - before[1]
            if 0 <= y < shape[0] and 0 <= x < shape[1]:
                matrix[row, column, y, x] = kernel[i, j]
    return matrix.reshape(sizes[0] * sizes[1], shape[0] * shape[1])


def overlap_counts(size, kernel_size, stride, padding="valid"):
    """Counts how many copies of a square kernel reach every output pixel.

    Args:
        size, kernel_size: Height and width of input and kernel, at least 1.
        stride: Integer, at least 1.
        padding: `"valid"` or `"same"`.

    Returns:
        Square integer array of the size that `transposed_size` gives. Inside, all
        counts are equal if the stride divides the kernel size.

    Raises:
        ValueError: If a number is no positive integer or `padding` is unknown.

    Example:
    >>> overlap_counts(2, kernel_size=3, stride=2)[0]
    array([1, 1, 2, 1, 1])

    Reference:
        Odena, Dumoulin and Olah (2016), doi:10.23915/distill.00003.
        Derived in `notebooks/03_transposed_convolution.ipynb`.
    """
    check_positive(size=size, kernel_size=kernel_size)
    ones = np.ones((size, size), int), np.ones((kernel_size, kernel_size), int)
    return transposed_convolution(*ones, stride, padding)
