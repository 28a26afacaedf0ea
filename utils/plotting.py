"""The course's figures: one palette, one order of panels, one legend.

Class k has the same colour in every figure and void is grey. Panels read from left
to right: image, true mask, prediction, error map.
"""

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython import display as notebook
from IPython import get_ipython
from matplotlib.patches import Patch

from utils.metrics import create_mask

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


def display(image, true_mask=None, predicted_mask=None, class_names=None, void=255):
    """Shows an image beside its masks, and where they differ.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        true_mask: Integer array of shape (H, W), class ids, or `None`.
        predicted_mask: Integer array of shape (H, W), class ids, or `None`.
        class_names: Names for the legend, in the order of the class ids.
        void: Id of unlabelled pixels.

    Raises:
        ValueError: If a mask has another size than the image.

    Example:

    >>> display(np.zeros((4, 4, 3)), np.zeros((4, 4), int))  # doctest: +SKIP

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    _show(_panels([(image, true_mask, predicted_mask)], class_names, void))


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

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
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
    _show(_panels(rows[:count], class_names, void))


class ShowPrediction(keras.callbacks.Callback):
    """Shows the prediction for one picture as training goes on.

    In a notebook every figure takes the place of the one before.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        true_mask: Integer array of shape (H, W), class ids.
        class_names: Names for the legend, in the order of the class ids.
        every: Number of epochs from one figure to the next. The last epoch is
            always shown.
        void: Id of unlabelled pixels.

    Example:

    >>> model.fit(  # doctest: +SKIP
    ...     train_batches, callbacks=[ShowPrediction(image, mask, PET_CLASSES)]
    ... )

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
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
        figure = _panels([row], self.class_names, self.void, when)
        self.handle = _show(figure, self.handle)


def plot_history(history):
    """Draws learning curves of training and validation.

    One run becomes one row. Of several runs each becomes a column, and the panels of
    a row share their range, so that runs can be compared.

    Args:
        history: What `model.fit` returned, or a dict from a run's name to it.

    Raises:
        ValueError: If no epoch was recorded.

    Example:

    >>> plot_history({"Adam": first, "AdamW": second})  # doctest: +SKIP

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    runs = history if isinstance(history, dict) else {"": history}
    runs = {name: run.history for name, run in runs.items()}
    if not runs or not all(runs.values()):
        raise ValueError(
            f"`history` must hold at least one epoch of every run. Received: {runs}."
        )
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
    panels = [(quantity, name) for quantity in quantities for name in runs]
    for axis, (quantity, name) in zip(axes.flat, panels, strict=True):
        for label, key, color in (
            ("training", quantity, PALETTE[4]),
            ("validation", f"val_{quantity}", PALETTE[0]),
        ):
            values = runs[name].get(key, [])
            axis.plot(range(1, len(values) + 1), values, ".-", color=color, label=label)
        axis.set(title=name, xlabel="epoch", ylabel=quantity.replace("_", " "))
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    axes.flat[0].legend()
    _show(figure)


def _panels(rows, class_names, void, prediction_title="prediction"):
    """Draws one row of panels for each (image, true mask, predicted mask)."""
    grid = [_row(*row, void, prediction_title) for row in rows]
    columns = len(grid[0])
    side = WIDTH / 4
    figure, axes = plt.subplots(
        len(grid),
        columns,
        figsize=(side * columns, side * len(grid) + 0.5),
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


def _show(figure, handle=None):
    """Shows `figure`, in a notebook in the place of the output `handle`, if any."""
    if get_ipython() is None:
        plt.show()
    elif handle is None:
        handle = notebook.display(figure, display_id=True)
    else:
        handle.update(figure)
    plt.close(figure)
    return handle
