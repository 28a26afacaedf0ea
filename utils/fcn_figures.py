"""Figures about fully convolutional networks: windows, heat maps, masks compared."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

from utils.panels import DPI, PALETTE, WIDTH, color_mask
from utils.plotting import show


def show_windows(windows, labels, class_names):
    """Shows windows with a cross at their centre and the class found there.

    Args:
        windows: Float array of shape (N, H, W, 3) in [0, 1].
        labels: N class ids.
        class_names: Names in the order of the class ids.

    Raises:
        ValueError: If there is no window or another number of labels.

    Example:

    >>> show_windows(windows[:6], labels[:6], PET_CLASSES)  # doctest: +SKIP

    Reference:
        Used in `notebooks/04_fcn.ipynb`.
    """
    if not len(windows) or len(windows) != len(labels):
        raise ValueError(
            "`windows` must not be empty, with one label each. "
            f"Received: {len(windows)} windows and {len(labels)} labels."
        )
    figure, axes = _row(len(windows))
    for axis, window, label in zip(axes, windows, labels, strict=True):
        axis.imshow(np.clip(window, 0, 1), interpolation="nearest")
        middle = [side // 2 for side in np.shape(window)[1::-1]]
        axis.plot(*middle, "+", color="black", markersize=15, markeredgewidth=4)
        axis.plot(*middle, "+", color="white", markersize=14, markeredgewidth=2)
        axis.set_title(class_names[label], fontsize=10)
    show(figure)


def show_heat_maps(image, heat_maps, margin=0):
    """Shows an image, and over its grey copy each of several coarse maps.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        heat_maps: Dict from a title to an array (h, w) of numbers from 0, nothing, to
            1, full colour. Its cells are stretched over the image.
        margin: Pixels at each side of the image that belong to no cell.

    Raises:
        ValueError: If there is no map, or one is not of shape (h, w).

    Example:

    >>> show_heat_maps(image, {"pet": probabilities[..., 0]})  # doctest: +SKIP

    Reference:
        Used in `notebooks/04_fcn.ipynb`.
    """
    show(heat_panels(image, heat_maps, margin))


def heat_panels(image, heat_maps, margin=0):
    """Draws an image, and over its grey copy each of several coarse maps.

    Args:
        image, heat_maps, margin: As of `show_heat_maps`.

    Returns:
        A `matplotlib.figure.Figure` with one row of panels.

    Raises:
        ValueError: As `show_heat_maps`.

    Example:

    >>> figure = heat_panels(np.zeros((64, 96, 3)), {"pet": np.ones((2, 3))})
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
    figure, axes = _row(len(maps) + 1, height / width)
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


def show_comparison(images, true_masks, predicted_masks, class_names):
    """Shows pictures with their true masks and the masks of several models.

    Args:
        images: Float array of shape (N, H, W, 3) in [0, 1].
        true_masks: Integer array of shape (N, H, W), class ids.
        predicted_masks: Dict from a model's name to an array like `true_masks`.
        class_names: Names for the legend, in the order of the class ids.

    Raises:
        ValueError: If a mask has an id without colour.

    Example:

    >>> show_comparison(images, masks, {"FCN-8s": predicted}, names)  # doctest: +SKIP

    Reference:
        Used in `notebooks/04_fcn.ipynb`.
    """
    show(comparison_panels(images, true_masks, predicted_masks, class_names))


def comparison_panels(images, true_masks, predicted_masks, class_names):
    """Draws pictures with their true masks and the masks of several models.

    Args:
        images, true_masks, predicted_masks, class_names: As of `show_comparison`.

    Returns:
        A `matplotlib.figure.Figure` with one row of panels for each picture.

    Raises:
        ValueError: As `show_comparison`.

    Example:

    >>> image, mask = np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 4), int)
    >>> figure = comparison_panels(image, mask, {"FCN-8s": mask}, ["pet"])
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'true mask', 'FCN-8s']
    """
    columns = {"image": images, "true mask": true_masks, **predicted_masks}
    rows, count = len(images), len(columns)
    figure, axes = plt.subplots(
        rows,
        count,
        figsize=(WIDTH, rows * WIDTH / count + 0.6),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for place, (title, pictures) in enumerate(columns.items()):
        for axis, picture in zip(axes[:, place], pictures, strict=True):
            shown = color_mask(picture) if place else np.clip(picture, 0, 1)
            axis.imshow(shown, interpolation="nearest")
            axis.axis("off")
        axes[0, place].set_title(title, fontsize=10)
    patches = [
        Patch(color=color, label=name)
        for color, name in zip(PALETTE, class_names, strict=False)
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches))
    return figure


def _row(count, ratio=1.0):
    """Returns a figure and its axes, `count` panels of one height-to-width ratio."""
    side = min(WIDTH / count, WIDTH / 3)
    figure, axes = plt.subplots(
        1,
        count,
        figsize=(side * count, side * ratio + 0.3),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.axis("off")
    return figure, list(axes.flat)
