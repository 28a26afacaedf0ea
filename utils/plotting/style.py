"""The course's figures: predictions, feature maps, learning curves."""

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython import display as notebook
from IPython import get_ipython

from utils.metrics import create_mask
from utils.panels import feature_panels, learning_curves, panels


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
    show(panels([(image, true_mask, predicted_mask)], class_names, void))


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
    show(panels(rows[:count], class_names, void))


def show_feature_maps(image, feature_maps):
    """Shows an image and the mean over the channels of each of its feature maps.

    Bright is large. Each panel has its own range.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        feature_maps: List of float arrays of shape (h, w, C), one per panel.

    Raises:
        ValueError: If a feature map has another number of axes.

    Example:

    >>> encoder = mobilenet_v2_encoder()  # doctest: +SKIP
    >>> show_feature_maps(image, [m[0] for m in encoder(image[None])])  # doctest: +SKIP

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    show(feature_panels(image, feature_maps))


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
        figure = panels([row], self.class_names, self.void, when)
        self.handle = show(figure, self.handle)


def plot_history(history):
    """Draws learning curves of training and validation.

    One run becomes one row. Of several runs each becomes a column, and the panels of
    a row share their range, so that runs can be compared.

    Args:
        history: What `model.fit` returned, or a dict from a run's name to it.

    Raises:
        ValueError: If no epoch was recorded.

    Example:

    >>> plot_history({"pix2pix": first, "light": second})  # doctest: +SKIP

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    runs = history if isinstance(history, dict) else {"": history}
    runs = {name: run.history for name, run in runs.items()}
    if not runs or not all(runs.values()):
        raise ValueError(
            f"`history` must hold at least one epoch of every run. Received: {runs}."
        )
    show(learning_curves(runs))


def show(figure, handle=None):
    """Shows a figure, in a notebook in the place of an earlier one, if asked.

    Args:
        figure: A `matplotlib.figure.Figure`. It is closed.
        handle: What an earlier call returned: its figure is replaced.

    Returns:
        In a notebook, an `IPython.display.DisplayHandle`, elsewhere `None`.

    Example:

    >>> show(panels([(np.zeros((4, 4, 3)), None, None)]))  # doctest: +SKIP
    """
    if get_ipython() is None:
        plt.show()
    elif handle is None:
        handle = notebook.display(figure, display_id=True)
    else:
        handle.update(figure)
    plt.close(figure)
    return handle
