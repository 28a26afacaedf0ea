"""Other right answers: a loop over the classes."""

import math


# %% 5.2 a loop
def dice_of(confusion):
    scores = []
    for k in range(len(confusion)):
        size = sum(confusion[k]) + sum(row[k] for row in confusion)
        scores.append(2 * confusion[k][k] / size if size else math.nan)
    return scores
