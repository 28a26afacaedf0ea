"""The classifiers that the embedded encoder was trained as.

Images are (N, H, W, 3) float32 in [0, 1]. The networks rescale them themselves.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from utils._arguments import check_positive
from utils.datasets.sample import species_groups, verified
from utils.models.mobilenet_unet import mobilenet_v2
from utils.models.weights import EMBEDDED_ALPHA, default_weights

WIDTHS = (16, 32, 64)


def small_convnet(num_classes, image_size=(64, 64), augmentation=None, head="flat"):
    """Builds a classifier of three convolutions, each followed by max-pooling.

    Args:
        num_classes: Number of classes K.
        image_size: Height and width in pixels, at least 8 each.
        augmentation: Layer that the model begins with, as `random_layers()`, or `None`.
        head: `"flat"`: every number of the last feature map is an input of a hidden
            layer of 64 units, most of the weights; or `"average"`: the mean of every
            channel, with batch normalisation after the convolutions.

    Returns:
        A `keras.Model` from images (N, H, W, 3) in [0, 1], which it rescales itself, to
        logits (N, K).

    Raises:
        ValueError: If a number is not positive or too small, or `head` is unknown.

    Example:
    >>> model = small_convnet(num_classes=5)
    >>> model.output_shape, model.count_params()
    ((None, 5), 286117)

    Reference:
        Derived in `notebooks/08_augmentation_layers.ipynb`.
    """
    height, width = image_size
    check_positive(num_classes=num_classes, height=height, width=width)
    if min(height, width) < 8:
        raise ValueError(
            "`image_size` must be at least (8, 8): three layers halve it. "
            f"Received: {image_size}."
        )
    if head not in ("flat", "average"):
        raise ValueError(f"`head` must be 'flat' or 'average'. Received: {head!r}.")
    averages = head == "average"
    images = keras.Input((height, width, 3))
    x = images if augmentation is None else augmentation(images)
    x = layers.Rescaling(2.0, offset=-1.0)(x)
    for filters in WIDTHS:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=not averages)(x)
        if averages:
            x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.MaxPooling2D()(layers.ReLU()(x))
    if averages:
        x = layers.GlobalAveragePooling2D()(x)
    else:
        x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(num_classes)(x), name="small_convnet")


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


# Places among the 1,000 labels: tabby, tiger cat, Persian, Siamese, Egyptian cat; and
# from Chihuahua to Mexican hairless.
IMAGENET_SPECIES = {"cat": tuple(range(281, 286)), "dog": tuple(range(151, 269))}
ARCHITECTURES = {
    "mobilenet_v2": keras.applications.MobileNetV2,
    "vgg16": keras.applications.VGG16,
}
VGG_MEAN = (103.939, 116.779, 123.68)  # of ImageNet's pixels: blue, green, red


def imagenet_classifier(architecture="mobilenet_v2", weights="imagenet", **options):
    """Builds a classifier of ImageNet's labels for images in [0, 1]."""
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"`architecture` must be one of {sorted(ARCHITECTURES)}. "
            f"Received: {architecture!r}."
        )
    is_file = weights not in ("imagenet", "random")
    if is_file and not Path(weights).is_file():
        raise ValueError(
            '`weights` must be "imagenet", "random" or the path of a file that exists. '
            f"Received: {weights!r}."
        )
    try:
        network = ARCHITECTURES[architecture](
            weights=None if weights == "random" else str(weights), **options
        )
    except Exception as error:  # downloading raises a bare Exception
        if weights == "random":
            raise
        raise ValueError(
            f"Cannot load weights {weights!r} of {architecture}: {error}. Check the "
            'network, or use utils.models.classifier("breeds"), which needs none.'
        ) from error
    images = keras.Input(network.input_shape[1:], name="images")
    if architecture == "vgg16":
        reversed_channels = keras.ops.flip(images, axis=-1)
        mean = [-value for value in VGG_MEAN]
        x = layers.Rescaling(255.0, offset=mean, name="rescaling")(reversed_channels)
    else:
        x = layers.Rescaling(2.0, offset=-1.0, name="rescaling")(images)
    return keras.Model(images, network(x), name=f"imagenet_{architecture}")


def species_classifier(architecture="mobilenet_v2", weights=None):
    """Returns a classifier whose labels include cats and dogs, and which these are.

    Args:
        architecture: "mobilenet_v2" or "vgg16".
        weights: As for `imagenet_classifier`; "embedded", the course's classifier of
            breeds (a MobileNetV2); or `None`: that, unless `default_weights` says
            ImageNet's.

    Returns:
        A `keras.Model` from images (N, 224, 224, 3) in [0, 1] to probabilities (N, K),
        and a dict "cat" and "dog" -> places among the K labels.

    Raises:
        ValueError: As `imagenet_classifier`, or without such embedded weights.

    Example:
    >>> model, groups = species_classifier(weights="embedded")
    >>> model.output_shape, groups
    ((None, 8), {'cat': (0, 1, 2, 3), 'dog': (4, 5, 6, 7)})
    """
    if weights is None:
        weights = "imagenet" if default_weights(1.0) == "imagenet" else "embedded"
    if weights != "embedded":
        return imagenet_classifier(architecture, weights), IMAGENET_SPECIES
    if architecture != "mobilenet_v2":
        raise ValueError(
            'Embedded weights exist for `architecture="mobilenet_v2"` only, it must be '
            f'this one or `weights` "imagenet". Received: {architecture!r}.'
        )
    names = class_names("breeds")
    groups = {
        species: tuple(names.index(breed) for breed in breeds)
        for species, breeds in species_groups(names).items()
    }
    return classifier("breeds", image_size=(224, 224)), groups
