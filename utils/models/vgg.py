"""VGG-16, wide or narrow, as a classifier of windows.

Images are (N, H, W, 3) float32 in [0, 1]. The networks subtract the mean colour
themselves. Layers have the names of the reference network: conv1_1 … pool5, fc6, fc7.
"""

import keras
from keras import layers

from utils._arguments import check_positive

VGG_STAGES = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))  # convolutions, filters
HEAD = 4096  # units of fc6 and fc7
CELL = 32  # pixels, along one axis, for which the last feature map has one cell
MEAN_COLOUR = (123.68, 116.779, 103.939)  # red, green, blue of ImageNet, of 255
MOMENTUM = 0.9  # see utils.models.mobilenet_unet


def vgg16(
    num_classes=1000,
    window=224,
    width=1.0,
    batch_norm=False,
    dropout=0.5,
    weights="random",
):
    """Builds VGG-16 as a classifier: thirteen convolutions and three dense layers.

    Args:
        num_classes: Number of classes K.
        window: Height and width in pixels, a multiple of 32, which the dense layers
            fix.
        width: Factor on the number of filters and units; 1 is the paper's network.
        batch_norm: Whether to normalise behind every layer but the last, for training
            from random weights. The paper's does not.
        dropout: Share of fc6 and fc7 that is dropped in training.
        weights: `"random"`, `"imagenet"` (downloaded once by Keras, 553 MB) or the
            path of an `.h5` file of `keras.applications.VGG16`.

    Returns:
        A `keras.Model` from images (N, window, window, 3) to logits (N, K).

    Raises:
        ValueError: If an argument is not as described, or the weights do not fit or
            load.

    Example:
    >>> model = vgg16(num_classes=5, window=96, width=1 / 16)
    >>> model.get_layer("pool5").output.shape, model.output_shape
    ((None, 3, 3, 32), (None, 5))

    Reference:
        Simonyan and Zisserman (2015), arXiv:1409.1556. Derived in
        `notebooks/04_fcn.ipynb`.
    """
    check_positive(num_classes=num_classes)
    check_vgg(window, width, batch_norm, weights)
    images = keras.Input((window, window, 3), name="images")
    x = layers.Flatten(name="flatten")(feature_maps(images, width, batch_norm)[-1])
    for name in ("fc6", "fc7"):
        x = layers.Dense(scaled(HEAD, width), use_bias=not batch_norm, name=name)(x)
        x = layers.Dropout(dropout, name=f"drop{name[2]}")(
            activated(x, name, batch_norm)
        )
    logits = layers.Dense(num_classes, name="fc8")(x)
    model = keras.Model(images, logits, name="vgg16")
    return model if weights == "random" else _pretrained(model, weights)


def feature_maps(images, width=1.0, batch_norm=False, pad=1):
    """Runs the thirteen convolutions of VGG-16 and returns the five pooled maps."""
    offset = [-colour / 255 for colour in MEAN_COLOUR]
    x = layers.Rescaling(1.0, offset=offset, name="centred")(images)
    if pad > 1:
        x = layers.ZeroPadding2D(pad - 1, name="padded")(x)
    pools = []
    for stage, (count, filters) in enumerate(VGG_STAGES, start=1):
        for number in range(1, count + 1):
            name = f"conv{stage}_{number}"
            x = layers.Conv2D(
                scaled(filters, width),
                3,
                padding="same",
                use_bias=not batch_norm,
                name=name,
            )(x)
            x = activated(x, name, batch_norm)
        x = layers.MaxPooling2D(2, padding="same", name=f"pool{stage}")(x)
        pools.append(x)
    return pools


def activated(x, name, batch_norm):
    """Applies batch normalisation, if wanted, and ReLU."""
    if batch_norm:
        x = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def scaled(filters, width):
    """Returns a number of filters times a width, at least 1."""
    return max(1, round(filters * width))


def check_vgg(window, width, batch_norm, weights):
    """Raises a `ValueError` unless a VGG-16 can be built so."""
    if not isinstance(window, int) or window < CELL or window % CELL:
        raise ValueError(
            f"`window` must be a positive multiple of {CELL}. Received: {window!r}."
        )
    if isinstance(width, bool) or not isinstance(width, (int, float)) or width <= 0:
        raise ValueError(f"`width` must be a positive number. Received: {width!r}.")
    if weights != "random" and (window, width, batch_norm) != (224, 1, False):
        raise ValueError(
            "Pretrained `weights` must go with window=224, width=1 and "
            f"batch_norm=False. Received: {window}, {width} and {batch_norm}."
        )


def _pretrained(model, weights):
    """Fills VGG-16 with weights of `keras.applications.VGG16`, in place."""
    try:
        network = keras.applications.VGG16(
            weights=weights, classes=model.output_shape[-1], classifier_activation=None
        )
    except Exception as error:  # get_file raises a bare Exception
        raise ValueError(
            '`weights` must be "random", "imagenet" (which needs the network once) or '
            f"an .h5 file of keras.applications.VGG16. Received: {weights!r}, and "
            f"Keras said: {error}"
        ) from error
    return from_keras(model, network)


def from_keras(model, network):
    """Copies the weights of Keras' VGG-16 into the course's, layer by layer."""
    ours, theirs = (
        [layer for layer in part.layers if layer.weights] for part in (model, network)
    )
    for layer, given in zip(ours, theirs, strict=False):
        layer.set_weights(given.get_weights())
    kernel, bias = theirs[0].get_weights()
    ours[0].set_weights([255 * kernel[:, :, ::-1], bias])
    return model
