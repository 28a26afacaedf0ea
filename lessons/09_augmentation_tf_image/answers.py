"""Other right answers: a list of weights, seconds per picture."""

import math


# %% 9.2 a list
def gaussian_weights(sigma, radius):
    weights = [math.exp(-0.5 * (n / sigma) ** 2) for n in range(-radius, radius + 1)]
    return [weight / sum(weights) for weight in weights]


# %% 9.5 seconds per picture
def combined_rate(first, second, overlap):
    seconds = [1 / first, 1 / second]
    return 1 / (max(seconds) if overlap else sum(seconds))
