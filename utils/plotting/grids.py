"""Small arrays drawn as cells with their numbers in them, on one colour scale."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from utils._arguments import as_map
from utils.layers.transposed import (
    cropped,
    overlap_counts,
    transposed_convolution,
    transposed_size,
)
from utils.masks.forms import PALETTE, VOID_COLOR
from utils.plotting.style import DPI, WIDTH, shown, subplots

# Zero is white, positive numbers are blue, negative ones orange.
SIGNED = LinearSegmentedColormap.from_list("signed", (PALETTE[5], "white", PALETTE[4]))


@shown
def show_grids(grids, numbers=True, shared=True):
    """Shows arrays side by side, each as a grid of cells.

    Args:
        grids: Dict from a title to an array of shape (H, W).
        numbers: Whether to write the number into every cell that is large enough.
        shared: Whether all grids have the same colour scale.

    Raises:
        ValueError: If there is no grid, or one is not of shape (H, W).

    Example:
    >>> figure = show_grids.figure({"input": np.eye(2), "output": np.ones((4, 4))})
    >>> [axis.get_title() for axis in figure.axes]
    ['input', 'output']
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
    figure, axes = subplots(
        1,
        len(arrays),
        unit * sum(widths) + 0.2 * len(arrays),
        unit * max(heights) + 0.4,
        width_ratios=widths,
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
    """Draws one array as cells on an axis."""
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
    """Draws a frame around a block of cells."""
    options = {"linewidth": 2.5, "zorder": 5, "clip_on": False} | options
    axis.add_patch(
        Rectangle((left, top), width, height, fill=False, edgecolor=color, **options)
    )


def written(number):
    """Writes a number as short as a cell needs it, with two decimals at most."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return text.removeprefix("-") if text == "-0" else text


def largest(grid):
    """Returns the largest absolute value of a grid, or 1 if all are zero."""
    return float(np.abs(grid).max()) or 1.0


MOST_STEPS = 6
FIRST, SECOND, KEPT = PALETTE[0], PALETTE[2], "black"


@shown
def show_scatter(feature_map, kernel, stride=1):
    """Shows a transposed convolution step by step, as a strip.

    Each column is a step: the input pixel, its copy of the kernel, and the sum so far.

    Args:
        feature_map: Array of shape (H, W), of at most six pixels.
        kernel: Array of shape (h, w).
        stride: Integer, at least 1.

    Raises:
        ValueError: If an array or `stride` is not as described, or the map has no
            pixel.

    Example:
    >>> figure = show_scatter.figure([[1, 2]], [[1, 1, 1]], stride=2)
    >>> [text.get_text() for text in figure.axes[-1].texts[:5]]
    ['1', '1', '3', '2', '2']
    """
    feature_map, kernel = as_map(feature_map, stride=stride), as_map(kernel)
    if not 1 <= feature_map.size <= MOST_STEPS:
        raise ValueError(
            f"`feature_map` must have from 1 to {MOST_STEPS} pixels, one per step. "
            f"Received: shape {feature_map.shape}."
        )
    output = transposed_convolution(feature_map, kernel, stride)
    steps = list(np.ndenumerate(feature_map))
    across = max(output.shape[1], 4) + 0.8
    downs = [feature_map.shape[0] + 1.2, output.shape[0] + 1.2, output.shape[0] + 1.2]
    unit = min(WIDTH / (across * len(steps)), 0.4)
    figure, axes = plt.subplots(
        3,
        len(steps),
        figsize=(unit * across * len(steps) + 0.3, unit * sum(downs)),
        dpi=DPI,
        squeeze=False,
        gridspec_kw={"height_ratios": downs, "wspace": 0, "hspace": 0},
    )
    figure.subplots_adjust(left=0.3 / figure.get_figwidth(), right=1, bottom=0, top=1)
    limit, points = max(map(largest, (output, feature_map))), 72 * unit
    total = np.zeros_like(output)
    for column, ((row, place), number) in enumerate(steps):
        only = np.zeros_like(feature_map)
        only[row, place] = number
        copy = transposed_convolution(only, kernel, stride)
        total = total + copy
        reached = np.zeros_like(output, dtype=bool)
        corner = row * stride, place * stride
        block = zip(corner, kernel.shape, strict=True)
        reached[tuple(slice(start, start + k) for start, k in block)] = True
        others = np.ones_like(feature_map, dtype=bool)
        others[row, place] = False
        last = column == len(steps) - 1
        for axis, grid, title, options in (
            (axes[0, column], feature_map, f"step {column + 1}", {"faint": others}),
            (axes[1, column], copy, f"{written(number)} · kernel", {"blank": ~reached}),
            (axes[2, column], total, "output" if last else "sum so far", {}),
        ):
            draw_grid(axis, grid, limit, points, **options)
            _same_cells(axis, grid.shape, across)
            axis.text(grid.shape[1] / 2, -0.25, title, ha="center", fontsize=10)
        frame(axes[0, column], row, place, 1, 1, FIRST)
        for axis in axes[1:, column]:
            frame(axis, *corner, *kernel.shape, FIRST)
    for axis, label in zip(axes[:, 0], ("input", "copy", "sum"), strict=True):
        axis.text(
            -0.02, 0.42, label, rotation=90, ha="right", va="center", fontsize=10,
            transform=axis.transAxes,
        )  # fmt: skip
    return figure


@shown
def show_overlaps(size=3, kernel_size=3, stride=2, padding="valid"):
    """Shows how often every output pixel is reached by a copy of the kernel.

    Args:
        size, kernel_size: Height and width of input and kernel, at least 1.
        stride: Integer, at least 1.
        padding: `"valid"` or `"same"`; what `"same"` crops is drawn pale.

    Raises:
        ValueError: If a number is no positive integer or `padding` is unknown.

    Example:
    >>> figure = show_overlaps.figure(size=2, kernel_size=3, stride=2)
    >>> [axis.get_title() for axis in figure.axes]
    ['input 2×2', 'output 5×5']

    Reference:
        Odena, Dumoulin and Olah (2016), doi:10.23915/distill.00003.
    """
    kept = transposed_size(size, kernel_size, stride, padding)
    counts = overlap_counts(size, kernel_size, stride)
    start = cropped(kernel_size, stride, padding)[0]
    faint = np.ones_like(counts, dtype=bool)
    faint[start : start + kept, start : start + kept] = False
    largest_side = len(counts)
    unit = min((WIDTH - 0.6) / (size + largest_side), 3.6 / largest_side, 0.6)
    figure, axes = plt.subplots(
        1,
        2,
        figsize=(unit * (size + largest_side) + 1.4, unit * largest_side + 0.95),
        dpi=DPI,
        width_ratios=(size, largest_side),
        layout="constrained",
    )
    points = 72 * unit
    inputs = np.ones((size, size), int)
    draw_grid(axes[0], inputs, 3, points, blank=inputs > 0)
    draw_grid(axes[1], counts, max(4, counts.max()), points, faint=faint)
    for number, color in ((1, SECOND), (0, FIRST))[-min(size, 2) :]:
        frame(axes[0], 0, number, 1, 1, color)
        frame(axes[1], 0, number * stride, kernel_size, kernel_size, color)
    frame(axes[1], start, start, kept, kept, KEPT, linestyle=":", linewidth=2)
    axes[0].set_title(f"input {size}×{size}", fontsize=10, pad=8)
    axes[1].set_title(f"output {kept}×{kept}", fontsize=10, pad=8)
    figure.suptitle(
        f"kernel {kernel_size}, stride {stride}, {padding}\n"
        f"{_evenness(kernel_size, stride)}",
        fontsize=11,
    )
    return figure


def _evenness(kernel_size, stride):
    """Says how many copies meet in a pixel away from the edges."""
    least, most = kernel_size // stride, -(-kernel_size // stride)
    if least == most:
        return f"even: inside, each pixel is reached by {least**2}"
    return f"uneven: inside, pixels are reached by {least**2} to {most**2}"


def _same_cells(axis, shape, across):
    """Centres a grid in a panel that is `across` cells wide, below its title."""
    height, width = shape
    axis.set_xlim(width / 2 - across / 2, width / 2 + across / 2)
    axis.set_ylim(height + 0.2, -1)
