"""Dividing a list of file names by chance, the same chance every time."""

import numpy as np


def split_names(names, seed, share=0.2):
    """Divides names at random, but repeatably, into training and validation.

    The names are sorted before they are shuffled: the order in which a folder lists
    its files differs from machine to machine, and the same seed shuffles another order
    into another split. `utils.splits.divide`, which the course's loaders use, needs
    neither order nor seed, and barely changes when a file is added.

    Args:
        names: Different strings, in any order.
        seed: Integer that chooses one of the many splits.
        share: Share of the names for validation, from 0 to 1. The count is rounded.

    Returns:
        Two sorted lists: names to train on, names to validate on.

    Raises:
        ValueError: If a name occurs twice (it could land on both sides), or `share`
            is not from 0 to 1.

    Example:

    >>> split_names(["c", "a", "e", "d", "b"], seed=7)
    (['a', 'b', 'd', 'e'], ['c'])

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    ordered = sorted(names)
    twice = sorted({a for a, b in zip(ordered, ordered[1:], strict=False) if a == b})
    if twice:
        raise ValueError(f"`names` must all be different. Received: twice {twice}.")
    if not 0 <= share <= 1:
        raise ValueError(f"`share` must be from 0 to 1. Received: {share}.")
    shuffled = np.random.default_rng(seed).permutation(len(ordered))
    count = round(share * len(ordered))
    validation, train = shuffled[:count], shuffled[count:]
    return [ordered[k] for k in sorted(train)], [ordered[k] for k in sorted(validation)]
