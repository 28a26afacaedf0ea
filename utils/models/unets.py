"""The U-Net of 2015, and its padded descendants, of any depth and width."""

import keras
from keras import layers

from utils.arguments import check_positive
from utils.unet_shapes import check_skips
from utils.unet_sizes import CONVOLUTIONS, input_margins, skip_crops

# Predictions use batch normalisation's moving averages. Keras' momentum of 0.99 takes
# hundreds of steps to fill them, more than an epoch of a small data set has.
MOMENTUM = 0.9


def unet(
    num_classes=2,
    image_size=(572, 572),
    channels=1,
    filters=64,
    depth=4,
    kernel_size=3,
    padding="valid",
    skips="concatenate",
    batch_norm=False,
    dropout=0.0,
    pad_input=False,
):
    """Builds a U-Net. Left alone it is the network of the paper.

    Each level has two convolutions with ReLU on the way down, a 2×2 pooling below
    them, and on the way up a 2×2 up-convolution, the skip and two convolutions. The
    filters double from level to level. Every call creates all of its layers.

    Args:
        num_classes: Number of output channels K.
        image_size: (height, width) in pixels. Without `pad_input` both must be
            valid: see `utils.unet_sizes.valid_input_sizes`.
        channels: Number of input channels C.
        filters: Filters of the first level.
        depth: Number of poolings.
        kernel_size: Rows and columns of the convolutions.
        padding: `"valid"`, as in the paper: the skips are cropped and the logits
            are smaller than the image; or `"same"`.
        skips: `"concatenate"`, as in the paper, `"add"`, as in a ResNet, or `"none"`.
        batch_norm: Whether batch normalisation stands before every ReLU, which the
            paper does without. Small models need it to train quickly.
        dropout: Rate of dropout at the end of the way down. The paper uses it and
            names no rate.
        pad_input: Whether an image that does not fit is surrounded by zeros. The
            logits are cut back, so that their size is the image's with
            `padding="same"`.

    Returns:
        A `keras.Model` from images (N, H, W, C) to logits (N, H', W', K).

    Raises:
        ValueError: If an argument is not as described. For an impossible size the
            error names the level where it breaks and the nearest sizes that work.

    Example:

    >>> unet(3, (64, 64), channels=3, filters=8, depth=3, padding="same").output_shape
    (None, 64, 64, 3)
    >>> unet(image_size=(100, 100), filters=2, depth=1).output_shape
    (None, 84, 84, 2)

    Reference:
        Ronneberger, Fischer and Brox (2015), arXiv:1505.04597. Derived in
        `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    check_positive(num_classes=num_classes, channels=channels, filters=filters)
    check_skips(skips)
    settings = depth, kernel_size, padding
    margins = input_margins(image_size, *settings, pad_input)
    options = kernel_size, padding, batch_norm
    images = keras.Input((*image_size, channels), name="image")
    x = images  # (H, W, C)
    if any(map(sum, margins)):
        x = layers.ZeroPadding2D(margins, name="pad")(x)

    kept = []
    for level in range(depth):  # level l: H / 2^l, filters · 2^l
        x = _convolve(x, f"encoder_{level}", filters * 2**level, *options)
        kept.append(x)
        x = layers.MaxPooling2D(2, name=f"encoder_{level}_pool")(x)
    x = _convolve(x, "bottleneck", filters * 2**depth, *options)
    if dropout:
        x = layers.Dropout(dropout, name="bottleneck_dropout")(x)

    crops = skip_crops(*settings)
    for level in reversed(range(depth)):  # from H / 2^(l+1) to H / 2^l
        stage, width = f"decoder_{level}", filters * 2**level
        x = layers.Conv2DTranspose(
            width, 2, strides=2, kernel_initializer="he_normal", name=f"{stage}_up"
        )(x)
        x = _join(kept[level], x, crops[level], skips, stage)
        x = _convolve(x, stage, width, *options)

    logits = layers.Conv2D(num_classes, 1, name="logits")(x)  # (H', W', K)
    if any(map(sum, margins)):
        logits = layers.Cropping2D(margins, name="crop")(logits)
    return keras.Model(images, logits, name="unet")


def _convolve(x, stage, filters, kernel_size, padding, batch_norm):
    """Adds the convolutions of one level, each with its ReLU."""
    for number in range(1, CONVOLUTIONS + 1):
        name = f"{stage}_conv_{number}"
        x = layers.Conv2D(
            filters,
            kernel_size,
            padding=padding,
            activation=None if batch_norm else "relu",
            kernel_initializer="he_normal",
            name=name,
        )(x)
        if batch_norm:
            x = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(x)
            x = layers.ReLU(name=f"{name}_relu")(x)
    return x


def _join(skip, x, crop, skips, stage):
    """Brings a skip, cut to size, to what comes from below."""
    if skips == "none":
        return x
    if crop:
        skip = layers.Cropping2D(crop, name=f"{stage}_crop")(skip)
    if skips == "add":
        return layers.Add(name=f"{stage}_join")([skip, x])
    return layers.Concatenate(name=f"{stage}_join")([skip, x])
