"""Other right answers: a matrix of memberships, steps in a loop."""

import numpy as np


# %% 11.1 a matrix of memberships
def collapse(probabilities, groups):
    members = np.zeros((probabilities.shape[1], len(groups)))
    for column, group in enumerate(groups.values()):
        members[list(group), column] = 1
    return probabilities @ members


# %% 11.3 steps in a loop
def starts(size, window, stride):
    last = size - window
    found = [0]
    while found[-1] < last:
        found.append(min(found[-1] + stride, last))
    return found
