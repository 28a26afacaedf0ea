"""Other right answers: a line through two points, batch by batch, one by one."""

import numpy as np


# %% 8.1 a line through two points
def scale_and_offset(low, high, new_low, new_high):
    scale, offset = np.polyfit([low, high], [new_low, new_high], 1)
    return float(scale), float(offset)


# %% 8.4 batch by batch
def epoch_seconds(steps, load, train, prefetch):
    loaded = trained = 0
    for _ in range(steps):
        loaded = (loaded if prefetch else trained) + load
        trained = max(loaded, trained) + train
    return trained


# %% 8.6 one picture at a time
def inverted(images, coins, factor):
    result = images.copy()
    for number, coin in enumerate(coins):
        if coin < factor:
            result[number] = 1 - result[number]
    return result
