"""The classifiers that the embedded encoder was trained as.

Images are (N, H, W, 3) float32 in [0, 1]. The networks rescale them themselves.
"""

import keras
import numpy as np
from keras import layers

from utils.files import verified
from utils.mobilenet_unet import mobilenet_v2
from utils.weights import EMBEDDED_ALPHA

LABELS = ("breeds", "flowers")


def classifier(labels="breeds", image_size=(128, 128)):
    """Builds the classifier that the embedded encoder was trained as.

    Args:
        labels: `"breeds"` or `"flowers"`. `class_names(labels)` lists the classes.
        image_size: Height and width in pixels, multiples of 32.

    Returns:
        A `keras.Model` from images (N, H, W, 3) to probabilities (N, K).

    Raises:
        ValueError: If an argument has another value than stated.

    Example:

    >>> model = classifier("flowers")
    >>> model.output_shape == (None, len(class_names("flowers")))
    True

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    kernel, bias = _head(labels, "kernel"), _head(labels, "bias")
    network = mobilenet_v2(image_size, "embedded", EMBEDDED_ALPHA)
    features = layers.GlobalAveragePooling2D(name="average")(network.output)
    head = layers.Dense(len(bias), activation="softmax", name=labels)
    model = keras.Model(network.inputs[0], head(features), name=f"{labels}_classifier")
    head.set_weights([kernel, bias])
    return model


def class_names(labels="breeds"):
    """Returns the names of a classifier's classes, in the order of its outputs.

    Args:
        labels: `"breeds"` or `"flowers"`.

    Returns:
        A tuple of strings.

    Raises:
        ValueError: If `labels` is neither.

    Example:

    >>> len(class_names("flowers"))
    5
    """
    return tuple(str(name) for name in _head(labels, "names"))


def _head(labels, part):
    """Reads "kernel", "bias" or "names" of an embedded classifier's last layer."""
    if labels not in LABELS:
        raise ValueError(f"`labels` must be one of {LABELS}. Received: {labels!r}.")
    with np.load(verified("weights/heads.npz"), allow_pickle=False) as heads:
        return heads[f"{labels}_{part}"]
