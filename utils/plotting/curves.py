"""A figure of what a network needs, layer by layer."""

import matplotlib.pyplot as plt

from utils.panels import DPI, PALETTE, WIDTH
from utils.plotting import show

LINES = (("o-", PALETTE[5]), ("s-", PALETTE[4]), ("^-", PALETTE[2]))


def show_profiles(profiles, quantity):
    """Shows how a quantity changes from layer to layer, for one network or several.

    Args:
        profiles: Dict from a network's name to a list of positive numbers, one per
            layer; three networks at most.
        quantity: What the numbers are, with their unit, for the axis.

    Raises:
        ValueError: If there is no network, too many, or a number is not positive.

    Example:

    >>> show_profiles({"one layer": [64.0]}, "activations (MB)")  # doctest: +SKIP

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    show(profile_curves(profiles, quantity))


def profile_curves(profiles, quantity):
    """Draws one curve per network over the number of the layer, on a log axis.

    Args:
        profiles: Dict from a network's name to a list of positive numbers, one per
            layer; three networks at most.
        quantity: What the numbers are, with their unit, for the axis.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there is no network, too many, or a number is not positive.

    Example:

    >>> figure = profile_curves({"halving": [4, 2, 1]}, "activations (MB)")
    >>> figure.axes[0].get_ylabel(), len(figure.axes[0].lines)
    ('activations (MB)', 1)

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    numbers = [number for values in profiles.values() for number in values]
    if not 1 <= len(profiles) <= len(LINES) or not all(n > 0 for n in numbers):
        raise ValueError(
            f"`profiles` must hold one to {len(LINES)} lists of positive numbers. "
            f"Received: {profiles}."
        )
    figure, axis = plt.subplots(figsize=(WIDTH, 3), dpi=DPI, layout="constrained")
    for (name, values), (style, color) in zip(profiles.items(), LINES, strict=False):
        layers = range(1, len(values) + 1)
        axis.plot(layers, values, style, color=color, label=name, markersize=5)
    axis.set(xlabel="convolution", ylabel=quantity)
    axis.set_yscale("log", base=2)
    axis.yaxis.set_major_formatter("{x:g}")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(alpha=0.3)
    axis.legend()
    return figure
