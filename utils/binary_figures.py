"""Figures of two-class masks, of a network's shapes, and of IoU over thresholds."""

import matplotlib.pyplot as plt
import numpy as np

from utils.diagrams import unet_figure
from utils.panels import DPI, PALETTE, WIDTH, panels
from utils.plotting import show

CLASSES = ("pet", "background")  # in the colours that they have in a trimap
LINES = (("o-", PALETTE[5]), ("s-", PALETTE[4]), ("^-", PALETTE[2]))


def show_rows(rows, class_names=None, prediction_title="prediction"):
    """Shows one row of panels for each (image, mask, other mask).

    Args:
        rows: List of (image, true mask, other mask) as for `utils.panels.panels`.
        class_names: Names for the legend, in the order of the class ids.
        prediction_title: Title of the panels with the other masks.

    Raises:
        ValueError: As `utils.panels.panels`.

    Example:

    >>> show_rows([(image, mask, None)], PET_CLASSES)  # doctest: +SKIP

    Reference:
        Used in `notebooks/07_binary_unet.ipynb`.
    """
    show(panels(rows, class_names, prediction_title=prediction_title))


def show_network(table):
    """Shows the U of a U-Net from its shape table, whatever its channels.

    Args:
        table: `ShapeTable` from `utils.unet_shapes.unet_table`.

    Example:

    >>> show_network(unet_table(64, num_classes=1, channels=3))  # doctest: +SKIP

    Reference:
        Used in `notebooks/07_binary_unet.ipynb`.
    """
    show(unet_figure(table))


def show_binary(images, targets, predicted=None, title="prediction"):
    """Shows pictures with their two-class masks, the pet in its usual colour.

    Args:
        images: Float array of shape (N, H, W, 3) in [0, 1].
        targets: Integer array of shape (N, H, W): 1 = pet, 0 = background.
        predicted: The same, predicted, or `None`.
        title: Title of the panels with the predicted masks.

    Raises:
        ValueError: If the numbers or sizes differ, or there is no picture.

    Example:

    >>> show_binary(images[:2], targets[:2], predicted[:2])  # doctest: +SKIP

    Reference:
        Used in `notebooks/07_binary_unet.ipynb`.
    """
    show(binary_panels(images, targets, predicted, title))


def binary_panels(images, targets, predicted=None, title="prediction"):
    """Draws one row of panels for each picture with its two-class masks.

    Args:
        images: Float array of shape (N, H, W, 3) in [0, 1].
        targets: Integer array of shape (N, H, W): 1 = pet, 0 = background.
        predicted: The same, predicted, or `None`.
        title: Title of the panels with the predicted masks.

    Returns:
        A `matplotlib.figure.Figure`, as `utils.panels.panels`.

    Raises:
        ValueError: If the numbers or sizes differ, or there is no picture.

    Example:

    >>> figure = binary_panels(np.zeros((1, 4, 4, 3)), np.ones((1, 4, 4), int))
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'true mask']

    Reference:
        Used in `notebooks/07_binary_unet.ipynb`.
    """
    counts = [len(part) for part in (images, targets, predicted) if part is not None]
    if len(set(counts)) != 1 or not counts[0]:
        raise ValueError(
            "There must be as many masks as images, and at least one. "
            f"Received: {' and '.join(map(str, counts))}."
        )
    rows = [
        (
            images[n],
            1 - np.asarray(targets[n], int),
            None if predicted is None else 1 - np.asarray(predicted[n], int),
        )
        for n in range(counts[0])
    ]
    return panels(rows, CLASSES, prediction_title=title)


def show_thresholds(thresholds, curves):
    """Shows IoU over the threshold, for one model or several, and where it is best.

    Args:
        thresholds: Sequence of T probabilities.
        curves: Dict from a model's name to its T numbers from
            `utils.binary.iou_by_threshold`; three models at most.

    Raises:
        ValueError: If there is no model, too many, or a curve has another length.

    Example:

    >>> show_thresholds([0.4, 0.6], {"cross-entropy": [0.8, 0.7]})  # doctest: +SKIP

    Reference:
        Used in `notebooks/07_binary_unet.ipynb`.
    """
    show(threshold_curves(thresholds, curves))


def threshold_curves(thresholds, curves):
    """Draws IoU over the threshold; a cross marks the best of every curve.

    Args:
        thresholds: Sequence of T probabilities.
        curves: Dict from a model's name to T numbers; three models at most.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there is no model, too many, or a curve has another length.

    Example:

    >>> figure = threshold_curves([0.4, 0.6], {"cross-entropy": [0.8, 0.7]})
    >>> figure.axes[0].get_legend().get_texts()[0].get_text()
    'cross-entropy: best at 0.40'

    Reference:
        Used in `notebooks/07_binary_unet.ipynb`.
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
