"""Dividing a data set into train, validation and test, the same way every time."""

import operator

import numpy as np
import tensorflow as tf

SPLITS = ("train", "validation", "test")
SHARE = 0.2  # of train goes to validation; of data without a test split, to test


def fingerprints(keys):
    """Returns a number for each string, the same on every machine and in every year.

    Args:
        keys: Strings or bytes, in a list, an array or a tensor of any shape.

    Returns:
        int64 tensor of the same shape, values 0 to 2⁶² - 1.

    Example:
    >>> fingerprints(["beagle_001", "tabby_001"]).numpy()
    array([3532497685905315062, 3171393081941600318])
    """
    return tf.strings.to_hash_bucket_fast(keys, 2**62)


def divide(fingerprints):
    """Says which part of the data each split is."""
    rest, low, top = np.sort(fingerprints["train"]), 0, 2**62
    test = ("test", 0, top)
    if "test" not in fingerprints:
        high = _fifth(rest)
        test, rest, low = ("train", 0, high), rest[rest >= high], high
    high = max(_fifth(rest), low)
    return {
        "train": ("train", high, top),
        "validation": ("train", low, high),
        "test": test,
    }


def _fifth(ordered):
    """Returns the bound below which a fifth of the `ordered` numbers are."""
    count = max(round(SHARE * len(ordered)), 1)
    return int(ordered[count]) if len(ordered) > count else 0


def checked_request(split, image_size):
    """Checks what a loader of examples was asked for."""
    if split not in SPLITS:
        raise ValueError(
            f"`split` must be one of {', '.join(map(repr, SPLITS))}. "
            f"Received: {split!r}."
        )
    try:
        height, width = (operator.index(side) for side in image_size)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 1:
        raise ValueError(
            "`image_size` must be (height, width), two positive integers. "
            f"Received: {image_size!r}."
        )
    return height, width


def split_names(names, seed, share=0.2):
    """Divides names at random, but repeatably, into training and validation.

    The names are sorted before they are shuffled, because folders list their files in
    another order on each machine. `divide`, which the loaders use, needs neither order
    nor seed, and barely changes when a file is added.

    Args:
        names: Different strings, in any order.
        seed: Integer that chooses one of the many splits.
        share: Share of the names for validation, from 0 to 1. The count is rounded.

    Returns:
        Two sorted lists: names to train on, names to validate on.

    Raises:
        ValueError: If a name occurs twice, or `share` is not from 0 to 1.

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
