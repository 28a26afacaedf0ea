"""Small networks that are trained from nothing, to classify whole pictures."""

import keras
from keras import layers

from utils.arguments import check_positive

WIDTHS = (16, 32, 64)


def small_convnet(num_classes, image_size=(64, 64), augmentation=None, head="flat"):
    """Builds a classifier of three convolutions, each followed by max-pooling.

    Args:
        num_classes: Number of classes K.
        image_size: Height and width in pixels, at least 8 each.
        augmentation: Layer from images to images that the model begins with, such as
            `utils.random_layers.random_layers()`, or `None`.
        head: `"flat"`: every number of the last feature map is an input of a hidden
            layer of 64 units, which is most of the model's weights and learns places
            by heart; or `"average"`: the mean of every channel, with batch
            normalisation after the convolutions.

    Returns:
        A `keras.Model` from images (N, H, W, 3) in [0, 1] to logits (N, K). It
        rescales the images to [-1, 1] itself.

    Raises:
        ValueError: If a number is not positive, the pictures are too small or `head`
            is unknown.

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
