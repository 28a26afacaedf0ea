"""A sheet of pictures with their names, and masks as outlines on top."""

import matplotlib.pyplot as plt
import numpy as np

from utils.panels import DPI, PALETTE, WIDTH
from utils.plotting import show


def show_sheet(pictures, columns=4, outline=None):
    """Shows pictures in rows, each with its name.

    Args:
        pictures: Dict from a name to a float array of shape (H, W, 3) or (H, W, 1) in
            [0, 1]; sizes may differ. What lies outside is shown as 0 or 1.
        columns: Number of pictures in a row.
        outline: Boolean array of shape (H, W), drawn as a line around what is true on
            every picture of that size, or `None`.

    Raises:
        ValueError: If there is no picture, one has another shape, or `columns` is not
            a positive integer.

    Example:

    >>> show_sheet({"black": np.zeros((4, 4, 3))})  # doctest: +SKIP

    Reference:
        Used in `notebooks/09_augmentation_tf_image.ipynb`.
    """
    show(sheet(pictures, columns, outline))


def sheet(pictures, columns=4, outline=None):
    """Draws what `show_sheet` shows.

    Args:
        pictures: Dict from a name to a float array of shape (H, W, 3) or (H, W, 1).
        columns: Number of pictures in a row.
        outline: Boolean array of shape (H, W), or `None`.

    Returns:
        A `matplotlib.figure.Figure` with one axis per picture.

    Raises:
        ValueError: As `show_sheet`.

    Example:

    >>> figure = sheet({"black": np.zeros((4, 4, 3)), "white": np.ones((2, 2, 1))})
    >>> [axis.get_title() for axis in figure.axes]
    ['black', 'white']

    Reference:
        Used in `notebooks/09_augmentation_tf_image.ipynb`.
    """
    pictures = {name: np.asarray(picture) for name, picture in pictures.items()}
    shapes = [picture.shape for picture in pictures.values()]
    good = all(len(shape) == 3 and shape[2] in (1, 3) for shape in shapes)
    if not shapes or not good or not isinstance(columns, int) or columns < 1:
        raise ValueError(
            "`pictures` must hold at least one picture of shape (height, width, 3) or "
            "(height, width, 1) and `columns` must be a positive integer. "
            f"Received: shapes {shapes} and {columns!r}."
        )
    rows = -(-len(pictures) // columns)
    side = WIDTH / columns
    figure = plt.figure(
        figsize=(WIDTH, (side + 0.2) * rows), dpi=DPI, layout="constrained"
    )
    for number, (name, picture) in enumerate(pictures.items(), start=1):
        axis = figure.add_subplot(rows, columns, number)
        picture = np.repeat(picture, 3 // picture.shape[2], axis=2)
        axis.imshow(np.clip(picture, 0, 1), interpolation="nearest")
        if outline is not None and np.shape(outline) == picture.shape[:2]:
            axis.contour(outline, levels=[0.5], colors=PALETTE[3], linewidths=1.5)
        axis.set_title(name, fontsize=10)
        axis.axis("off")
    return figure
