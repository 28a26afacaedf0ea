"""The U of a U-Net, drawn from its shape table, so that it is right for any one."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import graphviz
import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import SVG
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from utils.masks.forms import PALETTE
from utils.models.unets import first_break, nearest_valid_sizes, unet_table
from utils.plotting.style import DPI, WIDTH, shown

GREY, RED = "#666666", "#B00020"
DOWN, UP = PALETTE[1], PALETTE[0]  # colours of encoder and decoder
KINDS = {  # of arrows: colour and line style
    "convolution": ("#222222", "-"),
    "max-pool 2×2": (PALETTE[5], "-"),
    "up-convolution 2×2": (PALETTE[2], "-"),
    "skip": (GREY, "--"),
}
TALLEST, SHORTEST = 1.15, 0.12  # inches, of boxes
LABEL, ARROW = 0.16, 0.25  # inches, of a line of text and of a vertical arrow
FONT = 7.5


@dataclass
class Box:
    """A drawn feature map: the middle, width and height, in inches."""

    x: float
    y: float
    width: float
    height: float


class Pen:
    """Draws the parts of a U on an axis whose unit is the inch."""

    def __init__(self, axis, table, step):
        self.axis, self.table, self.step = axis, table, step
        maps = list(table.values())
        self.largest = maps[0].shape[0]
        self.thickest = max(x.channels for x in maps)
        self.square = maps[0].shape[0] == maps[0].shape[1]
        self.label = LABEL if self.square else 2 * LABEL

    def height(self, x):
        return max(TALLEST * (x.shape[0] / self.largest) ** 0.5, SHORTEST)

    def width(self, channels):
        return self.step * (0.1 + 0.6 * (channels / self.thickest) ** 0.5)

    def chain(self, row, column, middle):
        """Draws neighbouring boxes and the convolutions between them."""
        boxes = []
        for number, x in enumerate(row):
            place = (column + number) * self.step
            boxes.append(self.box(x, place, middle))
        for first, second in pairwise(boxes):
            start, stop = first.x + first.width / 2, second.x - second.width / 2
            self.arrow((start, middle), (stop, middle), "convolution")
        return boxes

    def box(self, x, place, middle):
        """Draws a feature map, its channels above and its size below."""
        color = DOWN if x.name.startswith(("encoder", "bottleneck")) else UP
        if x.name in ("image", "logits", "pad", "crop"):
            color = "white"
        box = Box(place, middle, self.width(x.channels), self.height(x))
        corner = place - box.width / 2, middle - box.height / 2
        style = dict(edgecolor="#222222", linewidth=0.8)
        self.axis.add_patch(
            Rectangle(corner, box.width, box.height, facecolor=color, **style)
        )
        if x.name.endswith("_join"):  # the skip is the left part of it
            part = box.width * self.skip_share(x)
            self.axis.add_patch(
                Rectangle(corner, part, box.height, facecolor=DOWN, **style)
            )
        top, bottom = middle + box.height / 2, middle - box.height / 2
        style = dict(ha="center", size=FONT)
        self.axis.text(place, top + 0.03, x.channels, va="bottom", **style)
        height, width, _ = x.shape
        size = height if self.square else f"{height}\n×{width}"
        self.axis.text(place, bottom - 0.03, size, va="top", color=GREY, **style)
        return box

    def skip_share(self, join):
        up = self.table[join.name.replace("_join", "_up")]
        return 1 - up.channels / join.channels if join.channels > up.channels else 0.5

    def vertical(self, start, stop, kind):
        """Draws a pooling down, or an up-convolution up, clear of the labels."""
        sign = 1 if stop.y > start.y else -1
        gaps = (LABEL, self.label) if sign > 0 else (self.label, LABEL)
        ends = (
            (start.x, start.y + sign * (start.height / 2 + gaps[0] + 0.02)),
            (stop.x, stop.y - sign * (stop.height / 2 + gaps[1] + 0.02)),
        )
        self.arrow(*ends, kind, width=1.6)

    def skip(self, level, start, stop):
        """Draws a skip over the gap, and on its start what it is cut to."""
        if f"decoder_{level}_join" not in self.table:
            return
        up = self.table[f"decoder_{level}_up"]
        text = "copy"
        if f"decoder_{level}_crop" in self.table:
            lost = self.table[f"encoder_{level}_conv_2"].shape[0] - up.shape[0]
            text = f"crop {lost // 2}"
            for side in (-1, 1):
                edge = start.y + side * self.height(up) / 2
                ends = (
                    start.x - start.width / 2 - 0.03,
                    start.x + start.width / 2 + 0.03,
                )
                self.axis.plot(ends, (edge, edge), ":", color="k", linewidth=1.2)
        left, right = start.x + start.width / 2, stop.x - stop.width / 2
        self.arrow((left + 0.03, start.y), (right, stop.y), "skip", width=1.4)
        if self.table[f"decoder_{level}_join"].channels == up.channels:
            text += ", add"
        middle = (left + right) / 2
        size = FONT if right - left > 0.5 else FONT - 1.5
        self.axis.text(middle, start.y + 0.07, text, ha="center", size=size, color=GREY)

    def arrow(self, start, stop, kind, width=1.0):
        color, style = KINDS[kind]
        self.axis.annotate(
            "",
            stop,
            start,
            arrowprops=dict(
                arrowstyle="-|>",
                mutation_scale=7,
                color=color,
                linewidth=width,
                linestyle=style,
                shrinkA=0,
                shrinkB=0,
            ),
        )


LEFT = 0.9  # inches, for the names of the levels


@shown
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
    >>> figure = show_unet.figure(128, depth=3, padding="same")
    >>> [text.get_text() for text in figure.axes[0].texts[:2]]
    ['level 0', 'level 1']
    """
    settings = depth, kernel_size, padding
    near = nearest_valid_sizes(size, *settings)
    drawn = min(near, key=lambda valid: abs(valid - size))
    table = unet_table(
        drawn, 2, 1, filters, depth, kernel_size, padding, skips, batch_norm=False
    )
    broken = first_break(size, *settings)
    if broken is None:
        return show_network.figure(table)
        return
    level, reason = broken
    title = (
        f"{size} pixels break at level {level}: {reason}.\n"
        f"{near[0]} and {near[1]} work. The drawing shows {drawn}."
    )
    return show_network.figure(table, title, level)


@shown
def show_network(table, title=None, broken_level=None):
    """Shows the U of a U-Net from its shape table, whatever its channels.

    Args:
        table: `ShapeTable` from `utils.models.unet_table`.
        title: Text above, or `None` for sizes, parameters and cost.
        broken_level: Level to mark as impossible, or `None`.

    Example:
    >>> figure = show_network.figure(unet_table(64, depth=2, padding="same", filters=8))
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


INPUT, OUTPUT = PALETTE[4], PALETTE[5]  # outlines of what goes in and comes out


@shown
def show_seen(image, boxes):
    """Shows an image with the boxes that positions of feature maps see.

    Args:
        image: Float array of shape (H, W, 3) or (H, W) in [0, 1].
        boxes: Dict from a text for the legend to a box (left, top, right, bottom) in
            pixels, such as `FeatureMap.sees` returns.

    Raises:
        ValueError: If there are more boxes than colours.

    Example:
    >>> figure = show_seen.figure(np.zeros((8, 8, 3)), {"one": (2, 2, 5, 5)})
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['one: 3×3']
    """
    if len(boxes) > len(PALETTE):
        raise ValueError(
            f"`boxes` must hold at most {len(PALETTE)} boxes. Received: {len(boxes)}."
        )
    figure, axis = plt.subplots(
        figsize=(0.75 * WIDTH, 0.5 * WIDTH), dpi=DPI, layout="constrained"
    )
    axis.imshow(np.clip(image, 0, 1), cmap="gray", interpolation="nearest")
    for color, (name, box) in zip(PALETTE, boxes.items(), strict=False):
        label = f"{name}: {box[2] - box[0]}×{box[3] - box[1]}"
        _outline(axis, box, color, label=label)
    edges = np.array([[0, 0, *np.shape(image)[1::-1]], *boxes.values()])
    axis.set(
        xlim=(edges[:, 0].min() - 3, edges[:, 2].max() + 2),
        ylim=(edges[:, 3].max() + 2, edges[:, 1].min() - 3),
    )
    axis.axis("off")
    figure.legend(loc="outside right center", fontsize=9, frameon=False)
    return figure


@shown
def show_costs(table):
    """Shows which share of work and of parameters each level of a U-Net has.

    Args:
        table: `ShapeTable` from `utils.models.unet_table`.

    Example:
    >>> [axis.get_title() for axis in show_costs.figure(unet_table(572)).axes]
    ['multiplications', 'parameters']

    Reference:
        Derived in `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    jumps = sorted({x.jump for x in table.values()})
    figure, panels = plt.subplots(
        1, 2, figsize=(WIDTH, 0.35 * len(jumps) + 0.9), dpi=DPI, layout="constrained"
    )
    for axis, quantity in zip(panels, ("macs", "parameters"), strict=True):
        total = getattr(table, quantity)
        shares = [
            100
            * sum(getattr(x, quantity) for x in table.values() if x.jump == jump)
            / total
            for jump in jumps
        ]
        names = [f"level {level}" for level in range(len(jumps))]
        bars = axis.barh(names, shares, color=PALETTE[1])
        axis.bar_label(bars, fmt="%.1f %%", padding=3, fontsize=9)
        axis.invert_yaxis()
        axis.set(xlim=(0, 1.2 * max(shares)), xticks=[])
        axis.set_title({"macs": "multiplications"}.get(quantity, quantity), fontsize=10)
        axis.spines[["top", "right", "bottom"]].set_visible(False)
    return figure


@shown
def show_overlap_tile(image, tile, margin, row=0, column=0):
    """Shows how an unpadded network gets a whole picture done: mirror, then tiles.

    Args:
        image: Floats (H, W, 3) in [0, 1]; H and W are multiples of `tile`.
        tile: Height and width of the logits of one tile, in pixels.
        margin: By how much the input of a tile is larger, both sides together; even.
        row, column: Which tile to show.

    Raises:
        ValueError: If the image is not made of whole tiles or `margin` is odd.

    Example:
    >>> len(show_overlap_tile.figure(np.zeros((128, 128, 3)), 64, margin=40).axes)
    2

    Reference:
        After figure 2 of Ronneberger, Fischer and Brox (2015), arXiv:1505.04597.
    """
    height, width = np.shape(image)[:2]
    if height % tile or width % tile or margin % 2:
        raise ValueError(
            "`image` must consist of whole tiles and `margin` must be even. Received: "
            f"shape {np.shape(image)}, tile {tile}, margin {margin}."
        )
    half = margin // 2
    mirrored = np.pad(image, [(half, half), (half, half), (0, 0)], mode="reflect")
    pale = 0.45 + 0.55 * mirrored  # what is only mirrored
    pale[half : half + height, half : half + width] = image
    top, left = row * tile, column * tile
    inputs = mirrored[top : top + tile + margin, left : left + tile + margin]
    figure, (whole, part) = plt.subplots(
        1, 2, figsize=(WIDTH, 0.53 * WIDTH), dpi=DPI, layout="constrained"
    )
    edges = (-half - 0.5, width + half - 0.5, height + half - 0.5, -half - 0.5)
    whole.imshow(np.clip(pale, 0, 1), extent=edges, interpolation="nearest")
    _outline(whole, (0, 0, width, height), "white", style="-")
    for x in range(0, width, tile):
        for y in range(0, height, tile):
            _outline(whole, (x, y, x + tile, y + tile), "white", style=":")
    seen = left - half, top - half, left + tile + half, top + tile + half
    _outline(whole, seen, INPUT)
    _outline(whole, (left, top, left + tile, top + tile), OUTPUT, style="-")
    whole.set_title("the picture, pale where it is mirrored", fontsize=10)
    part.imshow(np.clip(inputs, 0, 1), interpolation="nearest")
    side = tile + margin
    _outline(part, (0, 0, side, side), INPUT, label=f"goes in: {side}×{side}")
    inner = half, half, half + tile, half + tile
    _outline(part, inner, OUTPUT, style="-", label=f"comes out: {tile}×{tile}")
    part.set_title("one tile", fontsize=10)
    for axis in (whole, part):
        axis.axis("off")
        axis.margins(0.02)
    figure.legend(loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    return figure


def _outline(axis, box, color, style="--", label=None):
    """Draws a half-open box (left, top, right, bottom) around its pixels."""
    left, top, right, bottom = box
    corner, size = (left - 0.5, top - 0.5), (right - left, bottom - top)
    axis.add_patch(
        Rectangle(
            corner,
            *size,
            fill=False,
            edgecolor=color,
            ls=style,
            lw=2,
            label=label,
            clip_on=False,
        )
    )


def plot_architecture(model, expand_nested=False, rankdir="TB"):
    """Draws the layers of a model and their output shapes as a graph.

    Graphviz' program `dot` draws it through the package `graphviz`; where there is
    none, or it fails, the program in the package `graphviz-pure` does. A model inside
    the model, such as a U-Net's encoder, is one box.

    Args:
        model: A `keras.Model`.
        expand_nested: Whether to draw the layers of the models inside, too.
        rankdir: `"TB"` to draw from top to bottom, `"LR"` from left to right.

    Returns:
        An `IPython.display.SVG`, or `None` after a message if no program can draw it.

    Example:
    >>> inputs = keras.Input((8,))
    >>> model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(inputs))
    >>> "logits" in plot_architecture(model).data
    True
    """
    try:
        graph = keras.utils.model_to_dot(
            model,
            show_shapes=True,
            show_layer_names=True,
            expand_nested=expand_nested,
            rankdir=rankdir,
            dpi=48,
        )
        graph.set("splines", "polyline")
        drawing = _draw(graph)
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        print(
            f"The graph of {model.name} is not drawn: no program could draw it "
            f"({error}). `pip install graphviz-pure` provides one. The course "
            "goes on without it; `model.summary()` lists the same layers."
        )
        return None
    # Titles and comments hold memory addresses, which differ from run to run.
    drawing = re.sub(r"<title>.*?</title>\n|<!--.*?-->\n", "", drawing, flags=re.S)
    label = f"Graph of the layers of {model.name}, from input to output"
    drawing = drawing[drawing.index("<svg") :]
    return SVG(drawing.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))


def _draw(graph):
    """Returns a pydot graph as SVG text."""
    source = graph.to_string().encode()
    try:
        return graphviz.pipe("dot", "svg", source, quiet=True).decode()
    except (graphviz.ExecutableNotFound, OSError, subprocess.SubprocessError):
        pass
    name, beside_python = "graphviz-pure", str(Path(sys.executable).parent)
    program = shutil.which(name) or shutil.which(name, path=beside_python) or name
    command = [program, "-Tsvg"]
    run = subprocess.run(command, input=source, capture_output=True, check=True)
    return run.stdout.decode()
