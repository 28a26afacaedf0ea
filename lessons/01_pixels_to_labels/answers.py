"""Other right answers: a loop where the solution has none, and the reverse."""

import numpy as np
from scipy import ndimage


# %% 1.2 one channel after the other
def to_one_hot(mask, num_classes):
    channels = [(mask == k).astype(float) for k in range(num_classes)]
    return np.stack(channels, axis=-1)


# %% 1.4 a loop over the components
def count_objects(mask, class_id, smallest):
    numbers, count = ndimage.label(mask == class_id)
    large = 0
    for number in range(1, count + 1):
        if (numbers == number).sum() >= smallest:
            large += 1
    return large
