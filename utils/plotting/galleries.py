"""Rows of pictures, such as what a layer makes of one picture in several calls."""

import matplotlib.pyplot as plt
import numpy as np

from utils.panels import DPI, WIDTH
from utils.plotting import show


def show_gallery(rows, titles=None):
    """Shows rows of pictures, each row with its name on the left.

    Args:
        rows: Dict from a row's name to its pictures: float arrays of shape (H, W, 3),
            clipped to [0, 1]. Rows may differ in length and pictures in size.
        titles: List of texts above the pictures of the first row, or `None`.

    Raises:
        ValueError: If there is no picture, or one is not of shape (H, W, 3).

    Example:

    >>> show_gallery({"black": np.zeros((5, 8, 8, 3))})  # doctest: +SKIP

    Reference:
        Used in `notebooks/08_augmentation_layers.ipynb`.
    """
    show(gallery(rows, titles))


def gallery(rows, titles=None):
    """Draws rows of pictures, each row with its name on the left.

    Args:
        rows: Dict from a row's name to its pictures: float arrays of shape (H, W, 3),
            clipped to [0, 1]. Rows may differ in length and pictures in size.
        titles: List of texts above the pictures of the first row, or `None`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If there is no picture, or one is not of shape (H, W, 3).

    Example:

    >>> figure = gallery({"black": np.zeros((2, 8, 8, 3)), "": np.ones((1, 4, 4, 3))})
    >>> [len(axis.images) for axis in figure.axes]
    [1, 1, 1, 0]
    """
    rows = {name: [np.asarray(p) for p in pictures] for name, pictures in rows.items()}
    columns = max(map(len, rows.values()), default=0)
    shapes = [picture.shape for pictures in rows.values() for picture in pictures]
    if not shapes or any(len(s) != 3 or s[2] != 3 or not s[0] * s[1] for s in shapes):
        raise ValueError(
            "`rows` must hold pictures of shape (height, width, 3). "
            f"Received: shapes {shapes}."
        )
    names = [name for name in rows if name]
    margin = 0.3 + 0.085 * max(map(len, names), default=0) if names else 0.0
    side = min(1.6 if len(rows) < 4 else 1.2, (WIDTH - margin) / columns)
    figure, axes = plt.subplots(
        len(rows),
        columns,
        figsize=(margin + side * columns, side * len(rows) + 0.25 * bool(titles)),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for number, axis in enumerate(line):
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if number < len(pictures):
                axis.imshow(np.clip(pictures[number], 0, 1), interpolation="nearest")
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    for axis, title in zip(axes[0], titles or [], strict=False):
        axis.set_title(title, fontsize=10)
    return figure
