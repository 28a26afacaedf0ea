"""Other right answers: pixel by pixel, and counted rather than calculated."""

import numpy as np


# %% 3.2 the end of the last copy
def output_size(size, kernel_size, stride):
    ends = [start * stride + kernel_size for start in range(size)]
    return max(ends)


# %% 3.3 as a matrix product
def scatter(feature_map, kernel, stride, bias):
    (rows, columns), (height, width) = feature_map.shape, kernel.shape
    shape = (rows - 1) * stride + height, (columns - 1) * stride + width
    matrix = np.zeros((*shape, rows, columns))
    for row, column in np.ndindex(rows, columns):
        for i, j in np.ndindex(height, width):
            matrix[row * stride + i, column * stride + j, row, column] = kernel[i, j]
    return np.tensordot(matrix, feature_map, axes=2) + bias
