"""Other right answers: `where`, a set of numbers, the logarithm of a sum."""

import numpy as np


# %% 7.1 with where
def pet_or_not(mask):
    return np.where((mask == 0) | (mask == 2), 1, 0)


# %% 7.2 a set of places
def validation_names(names, seed):
    order = np.random.default_rng(seed).permutation(len(names)).tolist()
    places = set(order[: round(0.2 * len(names))])
    return [name for place, name in enumerate(sorted(names)) if place in places]


# %% 7.4 logaddexp
def binary_cross_entropy(target, logit):
    return np.logaddexp(0, logit) - target * logit
