"""Figures about a U-Net: what it sees, what its levels cost, how tiles overlap."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from utils.panels import DPI, PALETTE, WIDTH
from utils.plotting import show

INPUT, OUTPUT = PALETTE[4], PALETTE[5]  # outlines of what goes in and comes out


def show_seen(image, boxes):
    """Shows an image with the boxes that positions of feature maps see.

    Args:
        image: Float array of shape (H, W, 3) or (H, W) in [0, 1].
        boxes: Dict from a text for the legend to a box (left, top, right, bottom) in
            pixels, such as `FeatureMap.sees` returns.

    Raises:
        ValueError: If there are more boxes than colours.

    Example:

    >>> table = unet_table(188)  # doctest: +SKIP
    >>> show_seen(image, {"logits": table.output.sees(2, 2)})  # doctest: +SKIP

    Reference:
        Used in `notebooks/02_unet_shape_arithmetic.ipynb`.
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
    show(figure)


def show_costs(table):
    """Shows which share of work and of parameters each level of a U-Net has.

    Args:
        table: `ShapeTable` from `utils.unet_shapes.unet_table`.

    Example:

    >>> show_costs(unet_table(572))  # doctest: +SKIP

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
    show(figure)


def show_overlap_tile(image, tile, margin, row=0, column=0):
    """Shows how an unpadded network gets a whole picture done: mirror, then tiles.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1]; H and W are multiples of
            `tile`.
        tile: Height and width of the logits of one tile, in pixels.
        margin: By how much the input of a tile is larger, both sides together; even.
        row, column: Which tile to show.

    Raises:
        ValueError: If the image is not made of whole tiles or `margin` is odd.

    Example:

    >>> show_overlap_tile(image, tile=64, margin=40)  # doctest: +SKIP

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
    show(figure)


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
