"""Other right answers: all windows as one view."""

import numpy as np


# %% 12.2 all windows as one view
def slide_head(feature_map, weights, bias, window):
    views = np.lib.stride_tricks.sliding_window_view(
        feature_map, (window, window), axis=(0, 1)
    )
    return views.mean(axis=(-2, -1)) @ weights + bias
