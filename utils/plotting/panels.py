"""The panels of the course's figures: one palette, one order, one legend.

Class k has the same colour in every figure and void is grey. Panels read from left
to right: image, true mask, prediction, error map.
"""

import keras
import numpy as np
from matplotlib.patches import Patch

from utils.masks.forms import PALETTE, VOID_COLOR, color_mask, create_mask
from utils.plotting import style
from utils.plotting.style import WIDTH, draw_picture, grid_of_axes, shown, subplots


def panels(rows, class_names=None, void=255, prediction_title="prediction"):
    """Draws one row of panels for each (image, true mask, predicted mask)."""
    grid = [_row(*row, void, prediction_title) for row in rows]
    columns = len(grid[0])
    side = WIDTH / 4
    figure, axes = subplots(
        len(grid), columns, side * columns, (side + 0.1) * len(grid) + 0.5
    )
    for axis, (title, picture) in zip(axes.flat, sum(grid, []), strict=True):
        draw_picture(axis, picture, title)
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


@shown
def show_feature_maps(image, feature_maps):
    """Shows an image and the mean over the channels of each of its feature maps.

    Bright is large. Each panel has its own range.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        feature_maps: List of float arrays of shape (h, w, C), one per panel.

    Raises:
        ValueError: If a feature map has another number of axes.

    Example:
    >>> figure = show_feature_maps.figure(np.zeros((4, 4, 3)), [np.zeros((2, 2, 8))])
    >>> [axis.get_title() for axis in figure.axes]
    ['image', '2×2×8']

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
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
    figure, axes = subplots(1, len(pictures), WIDTH, WIDTH / len(pictures) + 0.3)
    for axis, (title, picture) in zip(axes.flat, pictures, strict=True):
        draw_picture(axis, picture, title, cmap="gray")
    return figure


@shown
def display(image, true_mask=None, predicted_mask=None, class_names=None, void=255):
    """Shows an image beside its masks, and where they differ.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        true_mask, predicted_mask: Integers (H, W), class ids, or `None`.
        class_names: Names for the legend, in the order of the class ids.
        void: Id of unlabelled pixels.

    Raises:
        ValueError: If a mask has another size than the image.

    Example:
    >>> figure = display.figure(np.zeros((4, 4, 3)), np.zeros((4, 4), int))
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'true mask']
    """
    return panels([(image, true_mask, predicted_mask)], class_names, void)


@shown
def show_predictions(model, dataset, count=3, class_names=None, void=255):
    """Shows the first pictures of a data set with the masks a model predicts.

    Args:
        model: A `keras.Model` from images (N, H, W, 3) to logits (N, H, W, K).
        dataset: Iterable of batches (images, masks).
        count: Number of pictures, one row each; fewer if the data set ends.
        class_names: Names for the legend, in the order of the class ids.
        void: Id of unlabelled pixels.

    Raises:
        ValueError: If the data set yields nothing or is not batched.

    Example:
    >>> show_predictions(model, test_batches, count=2)  # doctest: +SKIP
    """
    rows = []
    for images, masks, *_ in dataset:
        if len(images.shape) != 4:
            raise ValueError(
                "`dataset` must yield batches: images of shape (batch, height, "
                f"width, channels). Received: shape {tuple(images.shape)}."
            )
        predicted_masks = create_mask(model.predict_on_batch(images))
        images, masks = np.asarray(images), np.asarray(masks)
        rows += zip(images, masks, predicted_masks, strict=True)
        if len(rows) >= count:
            break
    if not rows:
        raise ValueError("`dataset` must yield at least one batch. Received: none.")
    return panels(rows[:count], class_names, void)


class ShowPrediction(keras.callbacks.Callback):
    """Shows the prediction for one picture as training goes on.

    In a notebook every figure takes the place of the one before.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        true_mask: Integer array of shape (H, W), class ids.
        class_names: Names for the legend, in the order of the class ids.
        every: Epochs from one figure to the next. The last is always shown.
        void: Id of unlabelled pixels.

    Example:
    >>> model.fit(  # doctest: +SKIP
    ...     train_batches, callbacks=[ShowPrediction(image, mask, PET_CLASSES)]
    ... )
    """

    def __init__(self, image, true_mask, class_names=None, every=1, void=255):
        super().__init__()
        self.image, self.true_mask = np.asarray(image), np.asarray(true_mask)
        self.class_names, self.every, self.void = class_names, every, void
        self.handle = None

    def on_train_begin(self, logs=None):
        self.handle = None
        self._draw("before training")

    def on_epoch_end(self, epoch, logs=None):
        done = epoch + 1
        if done % self.every == 0 or done == self.params.get("epochs"):
            self._draw(f"after epoch {done}")

    def _draw(self, when):
        logits = self.model(self.image[None], training=False)
        row = (self.image, self.true_mask, create_mask(logits)[0])
        figure = panels([row], self.class_names, self.void, when)
        self.handle = style.show(figure, self.handle)


CLASSES = ("pet", "background")  # in the colours that they have in a trimap


@shown
def show_rows(rows, class_names=None, prediction_title="prediction"):
    """Shows one row of panels for each (image, mask, other mask).

    Args:
        rows: List of (image, true mask, other mask) as for `panels`.
        class_names: Names for the legend, in the order of the class ids.
        prediction_title: Title of the panels with the other masks.

    Raises:
        ValueError: As `utils.plotting.panels.panels`.

    Example:
    >>> figure = show_rows.figure([(np.zeros((4, 4, 3)), np.zeros((4, 4), int), None)])
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'true mask']
    """
    return panels(rows, class_names, prediction_title=prediction_title)


@shown
def show_binary(images, targets, predicted=None, title="prediction"):
    """Shows pictures with their two-class masks, the pet in its usual colour.

    Args:
        images: Float array of shape (N, H, W, 3) in [0, 1].
        targets: Integer array of shape (N, H, W): 1 = pet, 0 = background.
        predicted: The same, predicted, or `None`.
        title: Title of the panels with the predicted masks.

    Raises:
        ValueError: If the numbers or sizes differ, or there is no picture.

    Example:
    >>> figure = show_binary.figure(np.zeros((1, 4, 4, 3)), np.ones((1, 4, 4), int))
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'true mask']
    """
    counts = [len(part) for part in (images, targets, predicted) if part is not None]
    if len(set(counts)) != 1 or not counts[0]:
        raise ValueError(
            "There must be as many masks as images, and at least one. "
            f"Received: {' and '.join(map(str, counts))}."
        )
    rows = [
        (
            images[n],
            1 - np.asarray(targets[n], int),
            None if predicted is None else 1 - np.asarray(predicted[n], int),
        )
        for n in range(counts[0])
    ]
    return panels(rows, CLASSES, prediction_title=title)


OPACITY = 0.45


@shown
def show_overlays(pairs, void=255):
    """Shows pictures with their masks laid over them.

    Args:
        pairs: Dict from a panel's title to (image, mask): float (H, W, 3) in [0, 1]
            and class ids (H, W).
        void: Id of unlabelled pixels, drawn grey.

    Raises:
        ValueError: If a mask has another size than its image.

    Example:
    >>> image, mask = np.zeros((4, 4, 3)), np.zeros((4, 4), int)
    >>> [axis.get_title() for axis in show_overlays.figure({"a": (image, mask)}).axes]
    ['a']
    """
    figure, axes = grid_of_axes(len(pairs))
    for axis, (title, (image, mask)) in zip(axes, pairs.items(), strict=False):
        image, mask = np.clip(image, 0, 1), np.asarray(mask)
        if image.shape[:2] != mask.shape:
            raise ValueError(
                "Every mask must have the height and width of its image. "
                f"Received: {mask.shape} and {image.shape}."
            )
        painted = color_mask(mask, void) / 255
        mixed = (1 - OPACITY) * image + OPACITY * painted
        axis.imshow(mixed, interpolation="nearest")
        axis.set_title(title, fontsize=10)
    return figure


@shown
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
    >>> image, mask = np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 4), int)
    >>> figure = show_comparison.figure(image, mask, {"FCN-8s": mask}, ["pet"])
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'true mask', 'FCN-8s']
    """
    columns = {"image": images, "true mask": true_masks, **predicted_masks}
    rows, count = len(images), len(columns)
    figure, axes = subplots(rows, count, WIDTH, rows * WIDTH / count + 0.6)
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
