"""A figure of what a network needs, layer by layer."""

import matplotlib.pyplot as plt
import numpy as np

from utils.masks.forms import PALETTE
from utils.plotting.style import DPI, WIDTH, shown, subplots


def learning_curves(runs):
    """Draws the curves of training and validation of one run or several."""
    first = next(iter(runs.values()))
    quantities = [name for name in first if f"val_{name}" in first] or ["loss"]
    several = len(runs) > 1
    rows, columns = (len(quantities), len(runs)) if several else (1, len(quantities))
    figure, axes = subplots(
        rows, columns, WIDTH, 2.6 * rows, sharey="row" if several else "none"
    )
    curves = [(quantity, name) for quantity in quantities for name in runs]
    for axis, (quantity, name) in zip(axes.flat, curves, strict=True):
        for label, key, color in (
            ("training", quantity, PALETTE[4]),
            ("validation", f"val_{quantity}", PALETTE[0]),
        ):
            values = runs[name].get(key, [])
            axis.plot(range(1, len(values) + 1), values, ".-", color=color, label=label)
        axis.set(title=name, xlabel="epoch", ylabel=_label(quantity))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    axes.flat[0].legend()
    return figure


def _label(quantity):
    """Returns how the text on an axis names a quantity that Keras recorded."""
    return {"mean_iou": "mean IoU", "loss": "loss (nats)"}.get(
        quantity, quantity.replace("_", " ")
    )


@shown
def plot_history(history):
    """Draws learning curves of training and validation.

    One run becomes one row; of several each is a column, and a row shares its range.

    Args:
        history: What `model.fit` returned, or a dict from a run's name to it.

    Raises:
        ValueError: If no epoch was recorded.

    Example:
    >>> from types import SimpleNamespace
    >>> run = SimpleNamespace(history={"loss": [2.0, 1.0]})  # as `fit` returns it
    >>> [axis.get_title() for axis in plot_history.figure({"a": run, "b": run}).axes]
    ['a', 'b']
    """
    runs = history if isinstance(history, dict) else {"": history}
    runs = {name: run.history for name, run in runs.items()}
    if not runs or not all(runs.values()):
        raise ValueError(
            f"`history` must hold at least one epoch of every run. Received: {runs}."
        )
    return learning_curves(runs)


LINES = (("o-", PALETTE[5]), ("s-", PALETTE[4]), ("^-", PALETTE[2]))


@shown
def show_thresholds(thresholds, curves):
    """Shows IoU over the threshold, for one model or several, and where it is best.

    Args:
        thresholds: Sequence of T probabilities.
        curves: Dict from a model's name, three at most, to its T numbers from
            `utils.metrics.iou_by_threshold`.

    Raises:
        ValueError: If there is no model, too many, or a curve has another length.

    Example:
    >>> figure = show_thresholds.figure([0.4, 0.6], {"cross-entropy": [0.8, 0.7]})
    >>> figure.axes[0].get_legend().get_texts()[0].get_text()
    'cross-entropy: best at 0.40'
    """
    lengths = {len(scores) for scores in curves.values()}
    if not 1 <= len(curves) <= len(LINES) or lengths != {len(thresholds)}:
        raise ValueError(
            f"`curves` must hold one to {len(LINES)} curves of {len(thresholds)} "
            f"numbers. Received: {len(curves)} of lengths {sorted(lengths)}."
        )
    figure, axis = plt.subplots(figsize=(WIDTH, 3), dpi=DPI, layout="constrained")
    for (name, scores), (style, color) in zip(curves.items(), LINES, strict=False):
        best = thresholds[int(np.nanargmax(scores))]
        label = f"{name}: best at {best:.2f}"
        axis.plot(thresholds, scores, style, color=color, label=label, markersize=4)
        axis.plot(best, np.nanmax(scores), "x", color=color, markersize=12, mew=2)
    axis.set(xlabel="threshold (probability)", ylabel="IoU of the pet", xlim=(0, 1))
    axis.grid(alpha=0.3)
    axis.legend(loc="lower center")
    return figure


@shown
def show_precision_recall(curves):
    """Shows curves of precision over recall, with what is left of them for the AP.

    Args:
        curves: Dict from a name to arrays (precision, recall), each of shape (D,).

    Raises:
        ValueError: If there is no curve.

    Example:
    >>> figure = show_precision_recall.figure({"by hand": ([1, 0.5], [0.5, 0.5])})
    >>> figure.axes[0].get_xlabel()
    'recall'
    """
    if not curves:
        raise ValueError(f"`curves` must hold at least one curve. Received: {curves}.")
    figure, axes = subplots(
        1, len(curves), min(WIDTH, 4 * len(curves)), 2.6, sharey=True
    )
    for axis, (name, (precision, recall)) in zip(
        axes.flat, curves.items(), strict=True
    ):
        precision, recall = np.asarray(precision), np.asarray(recall)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        edges = np.concatenate([[0], recall])
        axis.stairs(best, edges, fill=True, color=PALETTE[1], alpha=0.4)
        axis.stairs(best, edges, color=PALETTE[4], lw=2, label="largest from here on")
        axis.plot(recall, precision, "o", color=PALETTE[5], ms=5, label="detection")
        axis.set(xlabel="recall", title=name, xlim=(0, 1.03), ylim=(0, 1.05))
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("precision")
    axes[0, 0].legend(loc="lower left", fontsize=8)
    return figure


@shown
def show_profiles(profiles, quantity):
    """Shows how a quantity changes from layer to layer, for one network or several.

    Args:
        profiles: Dict from a network, three at most, to a positive number per layer.
        quantity: What the numbers are, with their unit, for the axis.

    Raises:
        ValueError: If there is no network, too many, or a number is not positive.

    Example:
    >>> figure = show_profiles.figure({"halving": [4, 2, 1]}, "activations (MB)")
    >>> figure.axes[0].get_ylabel(), len(figure.axes[0].lines)
    ('activations (MB)', 1)
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
