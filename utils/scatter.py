"""Pictures of a transposed convolution: its steps, and where its copies overlap."""

import matplotlib.pyplot as plt
import numpy as np

from utils.arguments import as_map
from utils.grids import draw_grid, frame, largest, written
from utils.panels import DPI, PALETTE, WIDTH
from utils.plotting import show
from utils.transposed import (
    cropped,
    overlap_counts,
    transposed_convolution,
    transposed_size,
)

MOST_STEPS = 6
FIRST, SECOND, KEPT = PALETTE[0], PALETTE[2], "black"


def show_scatter(feature_map, kernel, stride=1):
    """Shows a transposed convolution step by step, as a strip.

    Each column is one step: the input pixel, its copy of the kernel where it lands,
    and the sum so far.

    Args:
        feature_map: Array of shape (H, W), of at most six pixels.
        kernel: Array of shape (h, w).
        stride: Integer, at least 1.

    Raises:
        ValueError: If the map has no pixel or more than six, or an array has not two
            axes, or `stride` is no positive integer.

    Example:

    >>> show_scatter([[1, 2]], [[1, 1, 1]], stride=2)  # doctest: +SKIP

    Reference:
        Used in `notebooks/03_transposed_convolution.ipynb`.
    """
    show(scatter_strip(feature_map, kernel, stride))


def scatter_strip(feature_map, kernel, stride=1):
    """Draws the strip that `show_scatter` shows.

    Args:
        feature_map: Array of shape (H, W), of at most six pixels.
        kernel: Array of shape (h, w).
        stride: Integer, at least 1.

    Returns:
        A `matplotlib.figure.Figure` of three rows (input, copy, sum so far) and one
        column per input pixel.

    Raises:
        ValueError: If the map has no pixel or more than six, or an array has not two
            axes, or `stride` is no positive integer.

    Example:

    >>> figure = scatter_strip([[1, 2]], [[1, 1, 1]], stride=2)
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


def show_overlaps(size=3, kernel_size=3, stride=2, padding="valid"):
    """Shows how often every output pixel is reached by a copy of the kernel.

    Args:
        size: Height and width of the input, at least 1.
        kernel_size: Height and width of the kernel, at least 1.
        stride: Integer, at least 1.
        padding: `"valid"` or `"same"`; what `"same"` crops is drawn pale.

    Raises:
        ValueError: If a number is no positive integer or `padding` is unknown.

    Example:

    >>> show_overlaps(kernel_size=4, stride=2)  # doctest: +SKIP

    Reference:
        Odena, Dumoulin and Olah (2016), doi:10.23915/distill.00003.
        Used in `notebooks/03_transposed_convolution.ipynb`.
    """
    show(overlap_panels(size, kernel_size, stride, padding))


def overlap_panels(size=3, kernel_size=3, stride=2, padding="valid"):
    """Draws the figure that `show_overlaps` shows.

    Args:
        size: Height and width of the input, at least 1.
        kernel_size: Height and width of the kernel, at least 1.
        stride: Integer, at least 1.
        padding: `"valid"` or `"same"`.

    Returns:
        A `matplotlib.figure.Figure` of two panels: the input, with two neighbours
        framed, and the output, with their copies framed and counts in its pixels.

    Raises:
        ValueError: If a number is no positive integer or `padding` is unknown.

    Example:

    >>> figure = overlap_panels(size=2, kernel_size=3, stride=2)
    >>> [axis.get_title() for axis in figure.axes]
    ['input 2×2', 'output 5×5']
    >>> [text.get_text() for text in figure.axes[1].texts[:5]]
    ['1', '1', '2', '1', '1']
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
