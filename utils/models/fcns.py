"""Fully convolutional networks on VGG-16: FCN-32s, FCN-16s and FCN-8s.

Images are (N, H, W, 3) float32 in [0, 1], of any height and width. Layers have the
names of the paper's reference networks, so that each can be filled from the coarser.
"""

import keras
from keras import layers, ops

from utils.arguments import check_positive
from utils.fcn_sizes import FUSIONS, PAD, STRIDES, check_fcn, crop_offsets
from utils.layers import BilinearKernel
from utils.transplant import transplant
from utils.vgg import CELL, HEAD, activated, check_vgg, feature_maps, scaled, vgg16

registered = keras.saving.register_keras_serializable(package="course")
UPSAMPLING = ("bilinear", "learned")


def fcn(
    num_classes,
    stride=32,
    width=1.0,
    window=224,
    padding="same",
    upsampling="bilinear",
    batch_norm=False,
    dropout=0.5,
    weights="random",
    image_size=(None, None),
):
    """Builds FCN-32s, FCN-16s or FCN-8s on VGG-16.

    fc6 and fc7 are convolutions. A 1×1 convolution without ReLU gives a score per
    class and cell, and starts at zero. FCN-16s doubles these scores and adds scores
    of pool4, FCN-8s does so once more with pool3. A tent enlarges the sum by `stride`.

    Args:
        num_classes: Number of classes K.
        stride: 32, 16 or 8 pixels for each of the finest scores.
        width: Factor on the number of filters; 1 is the paper's network, 1 / 8 runs
            on a processor.
        window: Pixels of the classifier's window, an odd multiple of 32 from 96 on
            (160 or 224 if padded by 100); fc6 has a kernel of `window // 32`.
        padding: `"same"`, or `"pad-100"` for the paper's: the first layer pads by
            100, fc6 does not pad, and crops lay the maps on each other.
        upsampling: `"bilinear"` keeps the tents, `"learned"` starts from them.
        batch_norm: Whether to normalise behind every layer but the scores.
        dropout: Share of fc6 and fc7 that is dropped in training.
        weights: As of `utils.vgg.vgg16`, for the layers up to fc7.
        image_size: Height and width in pixels; `None` for any.

    Returns:
        A `keras.Model` from images (N, H, W, 3) to logits (N, H, W, K).

    Raises:
        ValueError: If an argument is not as described.

    Example:

    >>> model = fcn(num_classes=3, stride=8, width=1 / 16, window=96)
    >>> model(keras.ops.zeros((1, 70, 101, 3))).shape
    TensorShape([1, 70, 101, 3])

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038. Derived in
        `notebooks/04_fcn.ipynb`.
    """
    check_positive(num_classes=num_classes)
    check_fcn(stride, padding, window)
    check_vgg(window, width, batch_norm, weights)
    if upsampling not in UPSAMPLING:
        raise ValueError(
            f"`upsampling` must be one of {UPSAMPLING}. Received: {upsampling!r}."
        )
    paper, offsets = padding == "pad-100", crop_offsets(stride, padding, window)

    def up(x, factor, name):
        return layers.Conv2DTranspose(
            num_classes,
            2 * factor,
            strides=factor,
            padding="valid" if paper else "same",
            use_bias=False,
            kernel_initializer=BilinearKernel(),
            trainable=upsampling == "learned",
            name=name,
        )(x)

    images = keras.Input((*image_size, 3), name="images")
    pools = feature_maps(images, width, batch_norm, pad=PAD if paper else 1)
    x = pools[-1]
    for name, cells in (("fc6", window // CELL), ("fc7", 1)):
        x = layers.Conv2D(
            scaled(HEAD, width),
            cells,
            padding="valid" if paper else "same",
            use_bias=not batch_norm,
            name=name,
        )(x)
        x = activated(x, name, batch_norm)
        x = layers.Dropout(dropout, name=f"drop{name[2]}")(x)

    scores = score_layer(num_classes, "score_fr")(x)
    for up_name, skip_name, stage in FUSIONS[: STRIDES.index(stride)]:
        scores = up(scores, 2, up_name)
        skip = score_layer(num_classes, skip_name)(pools[stage - 1])
        if paper:
            skip = CropTo(offsets[skip_name], name=f"{skip_name}_crop")([skip, scores])
        else:
            scores = CropTo(offsets[up_name], name=f"{up_name}_crop")([scores, skip])
        scores = layers.Add(name=f"fuse_pool{stage}")([scores, skip])
    name = "upscore" if stride == 32 else f"upscore{stride}"
    logits = CropTo(offsets[name], name="logits")([up(scores, stride, name), images])
    model = keras.Model(images, logits, name=f"fcn_{stride}s")
    if weights != "random":
        transplant(model, vgg16(weights=weights))
    return model


def score_layer(num_classes, name):
    """Builds the 1×1 convolution that scores every class, at first with zero.

    Args:
        num_classes: Number of classes K.
        name: Name of the layer.

    Returns:
        A `keras.layers.Conv2D` from (N, H, W, C) to (N, H, W, K).

    Example:

    >>> score_layer(3, "score_fr")(keras.ops.ones((1, 1, 1, 8)))[0, 0, 0].numpy()
    array([0., 0., 0.], dtype=float32)

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, section 4.
    """
    return layers.Conv2D(num_classes, 1, kernel_initializer="zeros", name=name)


@registered
class CropTo(layers.Layer):
    """Cuts a map to the height and width of another, from a given row and column on.

    Args:
        offset: Rows and columns that are lost at the top and at the left.
        **options: `name` and `dtype` of the layer.

    Returns:
        When called on [feature_map, like], tensors (N, H, W, C) and (N, h, w, D): a
        tensor (N, h, w, C).

    Raises:
        ValueError: If `offset` is negative, or less than h rows or w columns are
            left, as far as the sizes are known.

    Example:

    >>> CropTo(offset=1)([ops.ones((1, 5, 9, 3)), ops.ones((1, 4, 4, 1))]).shape
    TensorShape([1, 4, 4, 3])

    Reference:
        Caffe's crop layer, as in the reference network of Long, Shelhamer and Darrell
        (2015), arXiv:1411.4038. Used in `notebooks/04_fcn.ipynb`.
    """

    def __init__(self, offset, **options):
        super().__init__(**options)
        if not isinstance(offset, int) or offset < 0:
            raise ValueError(
                f"`offset` must be an integer from 0 on. Received: {offset!r}."
            )
        self.offset = offset

    def call(self, inputs):
        feature_map, like = inputs
        _, height, width, _ = ops.shape(like)
        bottom, right = self.offset + height, self.offset + width
        return feature_map[:, self.offset : bottom, self.offset : right]

    def compute_output_shape(self, input_shape):
        feature_map, like = input_shape
        for whole, part in zip(feature_map[1:3], like[1:3], strict=True):
            if whole is not None and part is not None and whole - self.offset < part:
                raise ValueError(
                    "The map must reach as far as the one it is cut to. Received: "
                    f"{whole} positions, of which {self.offset} are cut, for {part}."
                )
        return (feature_map[0], *like[1:3], feature_map[-1])

    def get_config(self):
        return {**super().get_config(), "offset": self.offset}
