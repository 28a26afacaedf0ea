"""Classifiers with ImageNet's thousand labels, and which of these are cats and dogs."""

from pathlib import Path

import keras
from keras import layers

from utils.breeds import species_groups
from utils.classifiers import class_names, classifier
from utils.weights import default_weights

# Places among the 1,000 labels: tabby, tiger cat, Persian, Siamese, Egyptian cat; and
# from Chihuahua to Mexican hairless.
IMAGENET_SPECIES = {"cat": tuple(range(281, 286)), "dog": tuple(range(151, 269))}
ARCHITECTURES = {
    "mobilenet_v2": keras.applications.MobileNetV2,
    "vgg16": keras.applications.VGG16,
}
VGG_MEAN = (103.939, 116.779, 123.68)  # of ImageNet's pixels: blue, green, red


def imagenet_classifier(architecture="mobilenet_v2", weights="imagenet", **options):
    """Builds a classifier of ImageNet's labels for images in [0, 1].

    What a network wants its pixels to be is the first layer of the model: values in
    [-1, 1] for MobileNetV2; for VGG-16 blue, green, red from 0 to 255, less their
    means.

    Args:
        architecture: "mobilenet_v2" or "vgg16".
        weights: "imagenet" (downloaded once by Keras), "random", or the path of a file
            that Keras saved for this network with its top.
        **options: Of `keras.applications`, such as `input_shape`, `classes`, `alpha`.

    Returns:
        A `keras.Model` from images (N, 224, 224, 3) to probabilities (N, 1000).

    Raises:
        ValueError: If the architecture is unknown, or the weights cannot be fetched or
            loaded.

    Example:

    >>> model = imagenet_classifier("mobilenet_v2", "random", alpha=0.35)
    >>> model.input_shape, model.output_shape
    ((None, 224, 224, 3), (None, 1000))

    Reference:
        Simonyan and Zisserman (2015), arXiv:1409.1556; Sandler et al. (2018),
        arXiv:1801.04381; Russakovsky et al. (2015), arXiv:1409.0575.
    """
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
            'network, or use utils.classifiers.classifier("breeds"), which needs none.'
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
        weights: As for `imagenet_classifier`; "embedded" for the classifier of breeds
            that comes with the course (a MobileNetV2); or `None`: the embedded one,
            unless `utils.weights.default_weights` says that ImageNet's are to be used.

    Returns:
        A `keras.Model` from images (N, 224, 224, 3) in [0, 1] to probabilities (N, K),
        and a dict "cat" and "dog" -> places among the K labels, as
        `utils.detection.collapse` takes it.

    Raises:
        ValueError: As `imagenet_classifier`, or if there are no embedded weights for
            the architecture.

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
