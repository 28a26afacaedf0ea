"""Other right answers: index arithmetic instead of a reshape, counting instead of a
division.
"""

import numpy as np


# %% 4.1 one weight at a time
def dense_to_kernel(weights, height, width):
    inputs, units = weights.shape
    channels = inputs // (height * width)
    kernel = np.zeros((height, width, channels, units), weights.dtype)
    for row in range(height):
        for column in range(width):
            start = (row * width + column) * channels
            kernel[row, column] = weights[start : start + channels]
    return kernel


# %% 4.4 counted
def crop_offset(skip_first, other_first, jump):
    offset = 0
    while skip_first + offset * jump < other_first:
        offset += 1
    return offset
