"""Figures of pictures with their masks and boxes laid over them."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon

from utils.panels import DPI, PALETTE, WIDTH, color_mask
from utils.plotting import show

OPACITY = 0.45


def show_overlays(pairs, void=255):
    """Shows pictures with their masks laid over them.

    Args:
        pairs: Dict from a panel's title to (image, mask): float (H, W, 3) in [0, 1]
            and class ids (H, W).
        void: Id of unlabelled pixels, drawn grey.

    Example:

    >>> show_overlays({"together": (image, mask)})  # doctest: +SKIP

    Reference:
        Used in `notebooks/10_paired_augmentation.ipynb`.
    """
    show(overlay_panels(pairs, void))


def show_boxes(pictures):
    """Shows pictures with outlines of boxes, turned or upright.

    Args:
        pictures: Dict from a panel's title to (image, outlines); `outlines` is a dict
            from a name for the legend to points (corners, 2), x and y in pixels.

    Example:

    >>> show_boxes({"turned": (image, {"corners": corners})})  # doctest: +SKIP

    Reference:
        Used in `notebooks/10_paired_augmentation.ipynb`.
    """
    show(box_panels(pictures))


def overlay_panels(pairs, void=255):
    """Draws what `show_overlays` shows.

    Args:
        pairs: Dict from a panel's title to (image, mask).
        void: Id of unlabelled pixels.

    Returns:
        A `matplotlib.figure.Figure`, four panels to a row.

    Raises:
        ValueError: If a mask has another size than its image.

    Example:

    >>> image, mask = np.zeros((4, 4, 3)), np.zeros((4, 4), int)
    >>> [axis.get_title() for axis in overlay_panels({"a": (image, mask)}).axes]
    ['a']
    """
    figure, axes = _row_of(len(pairs))
    for axis, (title, (image, mask)) in zip(axes, pairs.items(), strict=False):
        image, mask = np.clip(image, 0, 1), np.asarray(mask)
        if image.shape[:2] != mask.shape:
            raise ValueError(
                "Every mask must have the height and width of its image. "
                f"Received: {mask.shape} and {image.shape}."
            )
        painted = color_mask(mask, void) / 255
        mixed = (1 - OPACITY) * image + OPACITY * painted
        axis.imshow(mixed, interpolation="nearest")
        axis.set_title(title, fontsize=10)
    return figure


def box_panels(pictures):
    """Draws what `show_boxes` shows.

    Args:
        pictures: Dict from a panel's title to (image, outlines).

    Returns:
        A `matplotlib.figure.Figure`, one row of panels with a legend below.

    Example:

    >>> corners = [(0, 0), (2, 0), (2, 2), (0, 2)]
    >>> figure = box_panels({"a": (np.zeros((4, 4, 3)), {"box": corners})})
    >>> [text.get_text() for text in figure.legends[0].texts]
    ['box']
    """
    figure, axes = _row_of(len(pictures), columns=len(pictures))
    names = [*dict.fromkeys(n for _, outlines in pictures.values() for n in outlines)]
    colors = dict(zip(names, (PALETTE[2], PALETTE[5], PALETTE[3]), strict=False))
    drawn = {}
    for axis, (title, (image, outlines)) in zip(axes, pictures.items(), strict=True):
        axis.imshow(np.clip(image, 0, 1), interpolation="nearest")
        axis.set_title(title, fontsize=10)
        for name, points in outlines.items():
            points = np.asarray(points) - 0.5  # pixel 0 is drawn around 0
            line = Polygon(points, fill=False, ec=colors[name], lw=2.5, label=name)
            line.set_clip_on(True)
            drawn[name] = axis.add_patch(line)
    figure.legend(
        handles=[*drawn.values()], loc="outside lower center", ncols=len(drawn)
    )
    return figure


def _row_of(count, columns=4):
    """Returns a figure and `count` axes without ticks."""
    columns = min(columns, count)
    rows = -(-count // columns)
    side = WIDTH / max(columns, 2)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(side * columns, (side + 0.3) * rows),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.axis("off")
    return figure, [*axes.flat]
