"""Rows of pictures, such as what a layer makes of one picture in several calls."""

import matplotlib.pyplot as plt
import numpy as np

from utils.masks.forms import PALETTE
from utils.plotting.style import DPI, WIDTH, figure_row, shown, subplots


@shown
def show_gallery(rows, titles=None):
    """Shows rows of pictures, each row with its name on the left.

    Args:
        rows: Dict from a row's name to its pictures: float arrays (H, W, 3), clipped to
            [0, 1]. Rows may differ in length and pictures in size.
        titles: List of texts above the pictures of the first row, or `None`.

    Raises:
        ValueError: If there is no picture, or one is not of shape (H, W, 3).

    Example:
    >>> figure = show_gallery.figure(
    ...     {"black": np.zeros((2, 8, 8, 3)), "": np.ones((1, 4, 4, 3))}
    ... )
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
    figure, axes = subplots(
        len(rows),
        columns,
        margin + side * columns,
        side * len(rows) + 0.25 * bool(titles),
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


@shown
def show_sheet(pictures, columns=4, outline=None):
    """Shows pictures in rows, each with its name.

    Args:
        pictures: Dict from a name to a float array (H, W, 3) or (H, W, 1), clipped to
            [0, 1]; sizes may differ.
        columns: Number of pictures in a row.
        outline: Booleans (H, W), outlined on every picture of that size, or `None`.

    Raises:
        ValueError: If there is no picture, one has another shape, or `columns` is
            wrong.

    Example:
    >>> figure = show_sheet.figure(
    ...     {"black": np.zeros((4, 4, 3)), "white": np.ones((2, 2, 1))}
    ... )
    >>> [axis.get_title() for axis in figure.axes]
    ['black', 'white']
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


@shown
def show_windows(windows, labels, class_names):
    """Shows windows with a cross at their centre and the class found there.

    Args:
        windows: Float array of shape (N, H, W, 3) in [0, 1].
        labels: N class ids.
        class_names: Names in the order of the class ids.

    Raises:
        ValueError: If there is no window or another number of labels.

    Example:
    >>> figure = show_windows.figure(np.zeros((2, 8, 8, 3)), [0, 1], ("pet", "other"))
    >>> [axis.get_title() for axis in figure.axes]
    ['pet', 'other']
    """
    if not len(windows) or len(windows) != len(labels):
        raise ValueError(
            "`windows` must not be empty, with one label each. "
            f"Received: {len(windows)} windows and {len(labels)} labels."
        )
    figure, axes = figure_row(len(windows))
    for axis, window, label in zip(axes, windows, labels, strict=True):
        axis.imshow(np.clip(window, 0, 1), interpolation="nearest")
        middle = [side // 2 for side in np.shape(window)[1::-1]]
        axis.plot(*middle, "+", color="black", markersize=15, markeredgewidth=4)
        axis.plot(*middle, "+", color="white", markersize=14, markeredgewidth=2)
        axis.set_title(class_names[label], fontsize=10)
    return figure


@shown
def show_heat_maps(image, heat_maps, margin=0):
    """Shows an image, and over its grey copy each of several coarse maps.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        heat_maps: Dict from a title to an array (h, w), from 0, nothing, to 1, full
            colour, stretched over the image.
        margin: Pixels at each side of the image that belong to no cell.

    Raises:
        ValueError: If there is no map, or one is not of shape (h, w).

    Example:
    >>> figure = show_heat_maps.figure(np.zeros((64, 96, 3)), {"pet": np.ones((2, 3))})
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'pet: 2×3']
    """
    maps = {title: np.asarray(heat) for title, heat in heat_maps.items()}
    if not maps or any(heat.ndim != 2 for heat in maps.values()):
        shapes = {title: heat.shape for title, heat in maps.items()}
        raise ValueError(
            f"`heat_maps` must hold arrays of shape (h, w). Received: {shapes}."
        )
    height, width = np.shape(image)[:2]
    figure, axes = figure_row(len(maps) + 1, height / width)
    axes[0].imshow(np.clip(image, 0, 1), interpolation="nearest")
    axes[0].set_title("image", fontsize=10)
    grey = 0.35 + 0.65 * np.mean(image, axis=-1)
    inside = (margin - 0.5, width - margin - 0.5, height - margin - 0.5, margin - 0.5)
    for number, (title, heat) in enumerate(maps.items()):
        axis = axes[number + 1]
        axis.imshow(grey, cmap="gray", vmin=0, vmax=1)
        color = tuple(bytes.fromhex(PALETTE[number % len(PALETTE)][1:]))
        layer = np.empty((*heat.shape, 4))
        layer[..., :3] = np.array(color) / 255
        layer[..., 3] = 0.85 * np.clip(heat, 0, 1)
        axis.imshow(layer, extent=inside, interpolation="nearest")
        axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        size = "×".join(map(str, heat.shape))
        axis.set_title(f"{title}: {size}", fontsize=10)
    return figure
