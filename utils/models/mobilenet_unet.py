"""U-Nets on a pretrained MobileNetV2 encoder.

Images are (N, H, W, 3) float32 in [0, 1]. The networks rescale them themselves.
"""

import keras
from keras import layers

from utils.models.unets import MOMENTUM
from utils.models.weights import EMBEDDED_ALPHA, load_encoder_weights

SKIPS = (
    "block_1_expand_relu",  # 1/2 of the image's height and width
    "block_3_expand_relu",  # 1/4
    "block_6_expand_relu",  # 1/8
    "block_13_expand_relu",  # 1/16
    "block_16_project",  # 1/32
)


def mobilenet_v2_encoder(image_size=(128, 128), weights=None, alpha=EMBEDDED_ALPHA):
    """Builds a MobileNetV2 that returns feature maps at five scales.

    It makes the values in [-1, 1] that it expects from images in [0, 1] itself.

    Args:
        image_size: Height and width in pixels, multiples of 32.
        weights: `"imagenet"`, `"embedded"`, `"random"`, path of an `.h5` file, or
            `None`: see `utils.models.weights.default_weights`.
        alpha: Factor on the number of filters.

    Returns:
        A `keras.Model` named "encoder" from images (N, H, W, 3) to five feature maps,
        (N, H/2, W/2, C) to (N, H/32, W/32, C).

    Raises:
        ValueError: If a side is no multiple of 32, or the weights cannot be loaded.

    Example:
    >>> encoder = mobilenet_v2_encoder((64, 96), weights="random")
    >>> [feature_map.shape[1:] for feature_map in encoder.outputs]
    [(32, 48, 48), (16, 24, 48), (8, 12, 96), (4, 6, 192), (2, 3, 112)]

    Reference:
        Sandler et al. (2018), arXiv:1801.04381. Derived in
        `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    network = mobilenet_v2(image_size, weights, alpha)
    outputs = [network.get_layer(name).output for name in SKIPS]
    return keras.Model(network.inputs[0], outputs, name="encoder")


def upsample(filters, size, name=None):
    """Builds pix2pix' up-sampling block, which doubles height and width.

    Args:
        filters: Number of output channels.
        size: Kernel size of the transposed convolution. Its stride is 2.
        name: Name of the block.

    Returns:
        A `keras.Sequential` from (N, H, W, C) to (N, 2H, 2W, filters): transposed
        convolution without bias, batch normalisation, ReLU.

    Example:
    >>> upsample(filters=8, size=3)(keras.ops.zeros((1, 4, 4, 2))).shape
    TensorShape([1, 8, 8, 8])

    Reference:
        Isola et al. (2017), arXiv:1611.07004. Derived in
        `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    return keras.Sequential(
        [
            layers.Conv2DTranspose(
                filters, size, strides=2, padding="same", use_bias=False
            ),
            layers.BatchNormalization(momentum=MOMENTUM),
            layers.ReLU(),
        ],
        name=name,
    )


def unet_model(
    output_channels,
    image_size=(128, 128),
    encoder_weights=None,
    decoder="pix2pix",
    alpha=EMBEDDED_ALPHA,
):
    """Builds a U-Net: a MobileNetV2 encoder, skip connections and a decoder.

    Two models share nothing. The encoder is frozen: see `unfreeze_encoder`.

    Args:
        output_channels: Number of classes K.
        image_size: Height and width in pixels, multiples of 32.
        encoder_weights: As `weights` of `mobilenet_v2_encoder`.
        decoder: `"pix2pix"`, transposed convolutions with 512, 256, 128 and 64 filters,
            or `"light"`, a sixth of its parameters.
        alpha: Width multiplier of the encoder.

    Returns:
        A `keras.Model` from images (N, H, W, 3) to logits (N, H, W, K).

    Raises:
        ValueError: If an argument has another value than stated.

    Example:
    >>> unet_model(3, image_size=(64, 64), encoder_weights="random").output_shape
    (None, 64, 64, 3)

    Reference:
        Ronneberger, Fischer and Brox (2015), arXiv:1505.04597. Derived in
        `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    if decoder not in DECODERS:
        raise ValueError(
            f"`decoder` must be one of {sorted(DECODERS)}. Received: {decoder!r}."
        )
    if not isinstance(output_channels, int) or output_channels < 1:
        raise ValueError(
            "`output_channels` must be a positive integer, one per class. "
            f"Received: {output_channels!r}."
        )
    encoder = mobilenet_v2_encoder(image_size, encoder_weights, alpha)
    encoder.trainable = False

    images = keras.Input((*image_size, 3), name="images")
    logits = DECODERS[decoder](encoder(images), output_channels)
    return keras.Model(images, logits, name=f"unet_{decoder}")


def mobilenet_v2(image_size, weights=None, alpha=EMBEDDED_ALPHA):
    """Builds MobileNetV2 without its top, for images in [0, 1].

    Args:
        image_size, weights, alpha: As of `mobilenet_v2_encoder`.

    Returns:
        A `keras.Model` from images (N, H, W, 3) to features (N, H/32, W/32, 1280).

    Raises:
        ValueError: As `mobilenet_v2_encoder`.

    Example:
    >>> mobilenet_v2((64, 96), weights="random").output_shape
    (None, 2, 3, 1280)

    Reference:
        Sandler et al. (2018), arXiv:1801.04381.
    """
    sides = tuple(image_size)
    if len(sides) != 2 or any(side < 32 or side % 32 for side in sides):
        raise ValueError(
            "`image_size` must be (height, width), each a positive multiple of 32, "
            f"because the encoder halves it five times. Received: {image_size}. "
            "Resize or pad the images."
        )
    images = keras.Input((*sides, 3), name="images")
    rescaled = layers.Rescaling(2.0, offset=-1.0, name="rescaling")(images)
    network = keras.applications.MobileNetV2(
        input_tensor=rescaled, alpha=alpha, include_top=False, weights=None
    )
    return load_encoder_weights(network, weights, alpha)


def pix2pix_decoder(feature_maps, output_channels):
    """Up-samples as TensorFlow's segmentation tutorial does."""
    *skips, x = feature_maps
    for filters, skip in zip((512, 256, 128, 64), skips[::-1], strict=True):
        x = upsample(filters, size=3, name=f"up_{filters}")(x)
        x = layers.Concatenate(name=f"join_{filters}")([x, skip])
    return layers.Conv2DTranspose(
        output_channels, 3, strides=2, padding="same", name="logits"
    )(x)


def light_decoder(feature_maps, output_channels):
    """Up-samples with 2×2 kernels that do not overlap, then mixes 3×3 pixels.

    Args:
        feature_maps, output_channels: As of `pix2pix_decoder`.

    Returns:
        Logits (N, H, W, K), twice as high and wide as the first feature map.

    Example:
    >>> maps = [keras.Input((side, side, 8)) for side in (32, 16, 8, 4, 2)]
    >>> light_decoder(maps, output_channels=3).shape
    (None, 64, 64, 3)

    Reference:
        Chollet (2017), arXiv:1610.02357. Derived in
        `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    *skips, x = feature_maps
    for filters, skip in zip((128, 96, 64, 32), skips[::-1], strict=True):
        x = upsample(filters, size=2, name=f"up_{filters}")(x)
        x = layers.Concatenate(name=f"join_{filters}")([x, skip])
        x = _mix(filters, name=f"mix_{filters}")(x)
    return layers.Conv2DTranspose(output_channels, 2, strides=2, name="logits")(x)


def _mix(filters, name):
    """Builds a separable convolution in reverse, with batch normalisation and ReLU."""
    return keras.Sequential(
        [
            layers.Conv2D(filters, 1, use_bias=False),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=MOMENTUM),
            layers.ReLU(),
        ],
        name=name,
    )


DECODERS = {"pix2pix": pix2pix_decoder, "light": light_decoder}
