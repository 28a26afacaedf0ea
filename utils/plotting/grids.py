"""Small arrays drawn as cells with their numbers in them, on one colour scale."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from utils.panels import DPI, PALETTE, VOID_COLOR, WIDTH
from utils.plotting import show

# Zero is white, positive numbers are blue, negative ones orange.
SIGNED = LinearSegmentedColormap.from_list("signed", (PALETTE[5], "white", PALETTE[4]))


def show_grids(grids, numbers=True, shared=True):
    """Shows arrays side by side, each as a grid of cells.

    Args:
        grids: Dict from a title to an array of shape (H, W).
        numbers: Whether to write the number into every cell. Where cells are too
            small it is left out.
        shared: Whether all grids have the same colour scale.

    Raises:
        ValueError: If there is no grid, or one is not of shape (H, W).

    Example:

    >>> show_grids({"input": np.eye(2)})  # doctest: +SKIP

    Reference:
        Used in `notebooks/03_transposed_convolution.ipynb`.
    """
    show(grid_panels(grids, numbers, shared))


def grid_panels(grids, numbers=True, shared=True):
    """Draws arrays side by side, each as a grid of cells.

    With numbers, cells are of one size in all panels; without, panels are.

    Args:
        grids: Dict from a title to an array of shape (H, W).
        numbers: Whether to write the number into every cell.
        shared: Whether all grids have the same colour scale.

    Returns:
        A `matplotlib.figure.Figure` with one panel per grid.

    Raises:
        ValueError: If there is no grid, or one is not of shape (H, W).

    Example:

    >>> figure = grid_panels({"input": np.eye(2), "output": np.ones((4, 4))})
    >>> [axis.get_title() for axis in figure.axes]
    ['input', 'output']
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '0', '0', '1']
    """
    arrays = {title: np.asarray(grid) for title, grid in grids.items()}
    if not arrays or any(grid.ndim != 2 or not grid.size for grid in arrays.values()):
        shapes = {title: grid.shape for title, grid in arrays.items()}
        raise ValueError(
            f"`grids` must hold arrays of shape (height, width). Received: {shapes}."
        )
    heights, widths = zip(*(grid.shape for grid in arrays.values()), strict=True)
    if not numbers:  # pictures: panels of one size, whatever their number of pixels
        sides = [max(grid.shape) for grid in arrays.values()]
        widths = [width / side for width, side in zip(widths, sides, strict=True)]
        heights = [height / side for height, side in zip(heights, sides, strict=True)]
    unit = (WIDTH - 0.2 * len(arrays)) / sum(widths)
    unit = min(unit, 0.5 if numbers else 2.6)
    figure, axes = plt.subplots(
        1,
        len(arrays),
        figsize=(unit * sum(widths) + 0.2 * len(arrays), unit * max(heights) + 0.4),
        dpi=DPI,
        squeeze=False,
        width_ratios=widths,
        layout="constrained",
    )
    limit = max(map(largest, arrays.values()))
    for axis, (title, grid) in zip(axes.flat, arrays.items(), strict=True):
        draw_grid(
            axis,
            grid,
            limit if shared else largest(grid),
            points=72 * unit if numbers else 0,
        )
        axis.set_title(title, fontsize=10)
    return figure


def draw_grid(axis, grid, limit, points, faint=None, blank=None):
    """Draws one array as cells on an axis.

    Args:
        axis: A `matplotlib.axes.Axes`.
        grid: Array of shape (H, W).
        limit: Number whose colour is the darkest.
        points: Height of a cell in points, by which the text is sized; 0 for none.
        faint: Boolean array of shape (H, W): cells drawn pale, or `None`.
        blank: Boolean array of shape (H, W): cells without number, or `None`.

    Example:

    >>> axis = plt.figure().add_subplot()
    >>> draw_grid(axis, np.array([[1.5, 0.25]]), limit=2, points=30)
    >>> [text.get_text() for text in axis.texts]
    ['1.5', '0.25']
    """
    grid = np.asarray(grid)
    height, width = grid.shape
    pale = np.zeros(grid.shape, bool) if faint is None else faint
    image = SIGNED(0.5 + 0.42 * np.clip(grid / limit, -1, 1))
    image[pale] = 1 - 0.25 * (1 - image[pale])
    axis.imshow(image, interpolation="nearest", extent=(0, width, height, 0))
    axis.axis("off")
    if points:
        lines = {"color": VOID_COLOR, "linewidth": 0.6, "clip_on": False}
        axis.vlines(range(width + 1), 0, height, **lines)
        axis.hlines(range(height + 1), 0, width, **lines)
    texts = {place: written(number) for place, number in np.ndenumerate(grid)}
    longest = max(map(len, texts.values()))
    size = min(12, 0.5 * points, 1.3 * points / longest)
    if size < 5:
        return
    for (row, column), text in texts.items():
        if blank is not None and blank[row, column]:
            continue
        empty = pale[row, column] or not grid[row, column]
        color = "#777777" if empty else "black"
        place = {"ha": "center", "va": "center_baseline"}
        axis.text(column + 0.5, row + 0.5, text, color=color, fontsize=size, **place)


def frame(axis, top, left, height, width, color, **options):
    """Draws a frame around a block of cells.

    Args:
        axis: A `matplotlib.axes.Axes`.
        top: First row.
        left: First column.
        height: Number of rows.
        width: Number of columns.
        color: Colour of the line.
        **options: Of `matplotlib.patches.Rectangle`.

    Example:

    >>> axis = plt.figure().add_subplot()
    >>> frame(axis, 0, 0, 2, 2, "black")
    >>> len(axis.patches)
    1
    """
    options = {"linewidth": 2.5, "zorder": 5, "clip_on": False} | options
    axis.add_patch(
        Rectangle((left, top), width, height, fill=False, edgecolor=color, **options)
    )


def written(number):
    """Writes a number as short as a cell needs it, with two decimals at most.

    Example:

    >>> written(3), written(0.5), written(-0.0625), written(1e-9), written(10.0)
    ('3', '0.5', '-0.06', '0', '10')
    """
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return text.removeprefix("-") if text == "-0" else text


def largest(grid):
    """Returns the largest absolute value of a grid, or 1 if all are zero.

    Example:

    >>> largest(np.array([[-3, 2]])), largest(np.zeros((1, 1)))
    (3.0, 1.0)
    """
    return float(np.abs(grid).max()) or 1.0
