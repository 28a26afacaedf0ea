"""Boxes and arrows of which the drawing of a U-Net consists."""

from dataclasses import dataclass
from itertools import pairwise

from matplotlib.patches import Rectangle

from utils.panels import PALETTE

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
    """Draws the parts of a U on an axis whose unit is the inch.

    Args:
        axis: A matplotlib `Axes`.
        table: `ShapeTable` from `utils.unet_shapes.unet_table`.
        step: Distance between neighbouring boxes.
    """

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
