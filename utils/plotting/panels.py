"""The panels of the course's figures: one palette, one order, one legend.

Class k has the same colour in every figure and void is grey. Panels read from left
to right: image, true mask, prediction, error map.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

# Okabe and Ito's colours, told apart with any kind of colour vision.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
VOID_COLOR = "#999999"
WIDTH, DPI = 8, 80  # inches, dots per inch


def color_mask(mask, void=255):
    """Paints every class in its colour.

    Args:
        mask: Integer array of shape (H, W), class ids.
        void: Id of unlabelled pixels, which become grey.

    Returns:
        uint8 array of shape (H, W, 3).

    Raises:
        ValueError: If an id is neither `void` nor one of the palette's.

    Example:

    >>> color_mask([[0, 255]]).tolist()
    [[[230, 159, 0], [153, 153, 153]]]

    Reference:
        Okabe and Ito (2008), "Color universal design".
    """
    mask = np.asarray(mask)
    wrong = np.setdiff1d(mask, [*range(len(PALETTE)), void])
    if mask.ndim != 2 or wrong.size:
        raise ValueError(
            f"`mask` must have shape (height, width) and ids from 0 to "
            f"{len(PALETTE) - 1} or {void}. Received: shape {mask.shape}, "
            f"unexpected ids {wrong.tolist()}."
        )
    colors = [tuple(bytes.fromhex(color[1:])) for color in (*PALETTE, VOID_COLOR)]
    index = np.where(mask == void, len(PALETTE), mask).astype(int)
    return np.array(colors, dtype=np.uint8)[index]


def panels(rows, class_names=None, void=255, prediction_title="prediction"):
    """Draws one row of panels for each (image, true mask, predicted mask).

    Args:
        rows: List of (image, true mask, predicted mask): a float array of shape
            (H, W, 3) in [0, 1] and two integer arrays of shape (H, W), class ids.
            Either mask may be `None`, in all rows alike.
        class_names: Names for the legend, in the order of the class ids.
        void: Id of unlabelled pixels.
        prediction_title: Title of the panels with the predicted masks.

    Returns:
        A `matplotlib.figure.Figure`. If both masks are given, it has a fourth panel
        per row: wrong pixels black, right ones white, void grey.

    Raises:
        ValueError: If a mask has another size than its image or an id without
            colour.

    Example:

    >>> image, mask = np.zeros((4, 4, 3)), np.zeros((4, 4), dtype=np.uint8)
    >>> [axis.get_title() for axis in panels([(image, mask, mask)]).axes]
    ['image', 'true mask', 'prediction', 'error map: 0% wrong']

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    grid = [_row(*row, void, prediction_title) for row in rows]
    columns = len(grid[0])
    side = WIDTH / 4
    figure, axes = plt.subplots(
        len(grid),
        columns,
        figsize=(side * columns, (side + 0.1) * len(grid) + 0.5),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for axis, (title, picture) in zip(axes.flat, sum(grid, []), strict=True):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    masks = [mask for row in rows for mask in row[1:] if mask is not None]
    if masks:
        patches = _legend(masks, class_names, void, wrong=columns == 4)
        figure.legend(handles=patches, loc="outside lower center", ncols=len(patches))
    return figure


def _row(image, true_mask, predicted_mask, void, prediction_title):
    """Returns the (title, picture) pairs of one row of panels."""
    image = np.clip(np.asarray(image), 0, 1)
    row = [("image", image)]
    masks = (("true mask", true_mask), (prediction_title, predicted_mask))
    for title, mask in masks:
        if mask is None:
            continue
        if np.shape(mask) != image.shape[:2]:
            raise ValueError(
                f"Every mask must have the image's height and width. Received: image "
                f"{image.shape}, {title} {np.shape(mask)}."
            )
        row.append((title, color_mask(mask, void)))
    if len(row) == 3:
        true_mask = np.asarray(true_mask)
        wrong = (true_mask != np.asarray(predicted_mask)) & (true_mask != void)
        share = wrong.sum() / max(1, np.sum(true_mask != void))
        shades = np.where(wrong, 0, np.where(true_mask == void, 153, 255))
        picture = np.repeat(shades[..., None], 3, axis=-1).astype(np.uint8)
        row.append((f"error map: {share:.0%} wrong", picture))
    return row


def _legend(masks, class_names, void, wrong):
    """Returns one patch per class, and for void and wrong pixels if there are any."""
    present = np.unique(np.concatenate([np.ravel(mask) for mask in masks]))
    ids = range(len(class_names)) if class_names else present[present != void]
    patches = [
        Patch(color=PALETTE[k], label=class_names[k] if class_names else f"class {k}")
        for k in ids
    ]
    if void in present:
        patches.append(Patch(color=VOID_COLOR, label="void"))
    return patches + [Patch(color="black", label="wrong pixel")] * wrong


def feature_panels(image, feature_maps):
    """Draws an image and, of each feature map, the mean over its channels.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        feature_maps: List of float arrays of shape (h, w, C).

    Returns:
        A `matplotlib.figure.Figure` with one row of panels.

    Raises:
        ValueError: If a feature map has another number of axes.

    Example:

    >>> figure = feature_panels(np.zeros((4, 4, 3)), [np.zeros((2, 2, 8))])
    >>> [axis.get_title() for axis in figure.axes]
    ['image', '2×2×8']

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    pictures = [("image", np.clip(image, 0, 1))]
    for feature_map in map(np.asarray, feature_maps):
        if feature_map.ndim != 3:
            raise ValueError(
                "Every feature map must have shape (height, width, channels). "
                f"Received: shape {feature_map.shape}."
            )
        title = "×".join(map(str, feature_map.shape))
        pictures.append((title, feature_map.mean(axis=-1)))
    figure, axes = plt.subplots(
        1,
        len(pictures),
        figsize=(WIDTH, WIDTH / len(pictures) + 0.3),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for axis, (title, picture) in zip(axes.flat, pictures, strict=True):
        axis.imshow(picture, interpolation="nearest", cmap="gray")
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    return figure


def learning_curves(runs):
    """Draws the curves of training and validation of one run or several.

    Args:
        runs: Dict from a run's name to the dict of its quantities, lists of one
            number per epoch; `"val_loss"` is the validation's part of `"loss"`.

    Returns:
        A `matplotlib.figure.Figure`: one run is a row, each of several a column.

    Example:

    >>> figure = learning_curves({"": {"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]}})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['training', 'validation']

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    first = next(iter(runs.values()))
    quantities = [name for name in first if f"val_{name}" in first] or ["loss"]
    several = len(runs) > 1
    rows, columns = (len(quantities), len(runs)) if several else (1, len(quantities))
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, 2.6 * rows),
        dpi=DPI,
        sharey="row" if several else "none",
        squeeze=False,
        layout="constrained",
    )
    curves = [(quantity, name) for quantity in quantities for name in runs]
    for axis, (quantity, name) in zip(axes.flat, curves, strict=True):
        for label, key, color in (
            ("training", quantity, PALETTE[4]),
            ("validation", f"val_{quantity}", PALETTE[0]),
        ):
            values = runs[name].get(key, [])
            axis.plot(range(1, len(values) + 1), values, ".-", color=color, label=label)
        axis.set(title=name, xlabel="epoch", ylabel=_label(quantity))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    axes.flat[0].legend()
    return figure


def _label(quantity):
    """Returns how the text on an axis names a quantity that Keras recorded."""
    return {"mean_iou": "mean IoU", "loss": "loss (nats)"}.get(
        quantity, quantity.replace("_", " ")
    )
