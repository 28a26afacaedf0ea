"""What maps, counts, shares and ranges must be, checked in one place."""

import numpy as np


def as_map(feature_map, **numbers):
    """Returns `feature_map` as an array with two axes; `numbers` must be positive."""
    check_positive(**numbers)
    feature_map = np.asarray(feature_map)
    if feature_map.ndim != 2:
        raise ValueError(
            "A feature map must have shape (height, width). "
            f"Received: shape {feature_map.shape}."
        )
    return feature_map


def check_positive(**numbers):
    """Raises a `ValueError` unless all of `numbers` are positive integers."""
    for name, number in numbers.items():
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise ValueError(
                f"`{name}` must be a positive integer. Received: {number!r}."
            )


def check_padding(padding):
    """Raises a `ValueError` unless `padding` is `"valid"` or `"same"`."""
    if padding not in ("valid", "same"):
        raise ValueError(f'`padding` must be "valid" or "same". Received: {padding!r}.')


def check_share(**numbers):
    """Raises a `ValueError` unless all of `numbers` are from 0 to 1."""
    for name, number in numbers.items():
        if not 0 <= number <= 1:
            raise ValueError(f"`{name}` must be from 0 to 1. Received: {number!r}.")


def check_range(**ranges):
    """Raises a `ValueError` unless each pair is (low, high) with low ≤ high."""
    for name, (low, high) in ranges.items():
        if not low <= high:
            raise ValueError(
                f"`{name}` must not end below its start. Received: {low} to {high}."
            )
