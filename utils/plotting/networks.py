"""The U of a U-Net, drawn from its shape table, so that it is right for any one."""

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

from utils.panels import DPI, WIDTH
from utils.plotting import show
from utils.unet_pen import ARROW, FONT, GREY, KINDS, LABEL, RED, Pen
from utils.unet_shapes import unet_table
from utils.unet_sizes import first_break, nearest_valid_sizes

LEFT = 0.9  # inches, for the names of the levels


def show_unet(
    size=572, depth=4, padding="valid", kernel_size=3, filters=64, skips="concatenate"
):
    """Shows the U of a U-Net; at an impossible size the nearest, and what breaks.

    Args:
        size: Height and width in pixels.
        depth, padding, kernel_size, filters, skips: As in `utils.models.unet`.

    Raises:
        ValueError: If an argument other than `size` is impossible.

    Example:

    >>> show_unet(128, depth=3, padding="same")  # doctest: +SKIP

    Reference:
        Used in `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    settings = depth, kernel_size, padding
    near = nearest_valid_sizes(size, *settings)
    drawn = min(near, key=lambda valid: abs(valid - size))
    table = unet_table(
        drawn, 2, 1, filters, depth, kernel_size, padding, skips, batch_norm=False
    )
    broken = first_break(size, *settings)
    if broken is None:
        show(unet_figure(table))
        return
    level, reason = broken
    title = (
        f"{size} pixels break at level {level}: {reason}.\n"
        f"{near[0]} and {near[1]} work. The drawing shows {drawn}."
    )
    show(unet_figure(table, title, level))


def unet_figure(table, title=None, broken_level=None):
    """Draws a U-Net: a box for every feature map, an arrow for every layer.

    A box is as high as the map is large and as wide as it has channels, both drawn on
    the scale of square roots. Dashed lines show what a skip is cut to.

    Args:
        table: `ShapeTable` from `utils.unet_shapes.unet_table`.
        title: Text above, or `None` for sizes, parameters and cost.
        broken_level: Level to mark as impossible, or `None`.

    Returns:
        A `matplotlib.figure.Figure`.

    Example:

    >>> figure = unet_figure(unet_table(64, depth=2, padding="same", filters=8))
    >>> [text.get_text() for text in figure.axes[0].texts[:3]]
    ['level 0', 'level 1', 'level 2']

    Reference:
        After figure 1 of Ronneberger, Fischer and Brox (2015), arXiv:1505.04597.
    """
    left, right = _levels(table)
    depth, spare = len(right), len(left[0]) - 3  # boxes before the first convolution
    columns = spare + 4 * depth + len(right[0])
    figure, axis = plt.subplots(dpi=DPI)
    pen = Pen(axis, table, min(0.62, (WIDTH - 0.8) / columns))

    middles, ground = [], 0.0
    for row in left:
        height = pen.height(max(row, key=lambda x: x.shape[0]))
        middles.append(ground - height / 2)
        ground -= height + pen.label + LABEL + ARROW
    for level, middle in enumerate(middles):
        color = RED if level == broken_level else GREY
        axis.text(
            0.05 - LEFT, middle, f"level {level}", color=color, size=FONT, va="center"
        )

    down = []
    for level, row in enumerate(left):
        column = spare + 2 * level if level else 0
        down.append(pen.chain(row, column, middles[level]))
        if level:
            pen.vertical(down[-2][-1], down[-1][0], "max-pool 2×2")
    below = down[-1]
    for level in reversed(range(depth)):
        column = spare + 4 * depth - 2 * level
        boxes = pen.chain(right[level], column, middles[level])
        pen.vertical(below[-1], boxes[0], "up-convolution 2×2")
        pen.skip(level, down[level][-1], boxes[0])
        below = boxes[:3]

    low, wide = ground + LABEL + ARROW - 0.05, (columns - 0.3) * pen.step
    axis.set(aspect="equal", xlim=(-LEFT, wide), ylim=(low, LABEL + 0.05))
    axis.axis("off")
    _frame(figure, table, title, broken_level, wide + LEFT, LABEL + 0.05 - low)
    return figure


def _levels(table):
    """Returns the feature maps to draw: lists per level, of the way down and up."""
    depth = sum(name.endswith("_pool") for name in table)
    joined = "decoder_0_join" in table
    hidden = ("_norm", "_crop", *(["_up"] if joined else []))
    left, right = [[] for _ in range(depth + 1)], [[] for _ in range(depth)]
    for name, x in table.items():
        stage, _, rest = name.partition("_")
        if name.endswith(hidden):
            continue
        if name in ("image", "pad"):
            left[0].append(x)
        elif name in ("logits", "crop"):
            right[0].append(x)
        elif stage == "bottleneck":
            left[depth].append(x)
        else:
            level = int(rest.partition("_")[0]) + name.endswith("_pool")
            (left if stage == "encoder" else right)[level].append(x)
    return left, right


def _frame(figure, table, title, broken_level, width, height):
    """Gives the figure its size, a title and a key to the arrows."""
    first, output = next(iter(table.values())), table.output
    if title is None:
        billions = table.macs >= 1e9
        number, unit = (1e9, "billion") if billions else (1e6, "million")
        title = (
            f"{first.shape[0]}×{first.shape[1]} → {output.shape[0]}×{output.shape[1]}: "
            f"{table.parameters:,} parameters, {table.macs / number:,.1f} {unit} "
            "multiplications\n(above each box its channels, below it its pixels)"
        )
    above, under = 0.5, 0.3
    figure.set_size_inches(max(width, 4.6), height + above + under)
    share = under / (height + above + under), height / (height + above + under)
    figure.axes[0].set_position([0, share[0], 1, share[1]])
    color = "black" if broken_level is None else RED
    figure.text(0.5, 0.99, title, ha="center", va="top", size=9.5, color=color)
    figure.legend(
        handles=[
            Line2D([], [], color=color, linestyle=style, label=name)
            for name, (color, style) in KINDS.items()
        ],
        loc="lower center",
        ncols=4,
        fontsize=FONT,
        frameon=False,
        handlelength=1.6,
        columnspacing=1.2,
    )
