"""Fully convolutional networks on VGG-16: FCN-32s, FCN-16s and FCN-8s.

Images are (N, H, W, 3) float32 in [0, 1], of any height and width. Layers have the
names of the paper's reference networks, so that each can be filled from the coarser.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import keras
from keras import layers, ops

from utils._arguments import check_positive
from utils.layers.keras_layers import BilinearKernel
from utils.layers.shapes import aligned
from utils.models.surgery import transplant
from utils.models.vgg import (
    CELL,
    HEAD,
    VGG_STAGES,
    activated,
    check_vgg,
    feature_maps,
    scaled,
    vgg16,
)

STRIDES = (32, 16, 8)
PADDINGS = ("same", "pad-100")
PAD = 100
# The names of the reference networks: a doubling, and the skip it meets.
FUSIONS = (("upscore2", "score_pool4", 4), ("upscore_pool4", "score_pool3", 3))


@dataclass(frozen=True)
class Place:
    """Where the positions of a map lie in the image, along one axis."""

    size: int
    jump: Fraction = Fraction(1)
    first: Fraction = Fraction(0)
    crop: tuple = None

    def window(self, kernel_size, stride=1, pad=0, rounding="floor"):
        """Follows a convolution or pooling that pads `pad` on either side."""
        steps = self.size + 2 * pad - kernel_size
        size = (-(-steps // stride) if rounding == "ceil" else steps // stride) + 1
        if size < 1:
            raise ValueError(
                f"A window of {kernel_size} must fit into the map. "
                f"Received: {self.size + 2 * pad} positions."
            )
        middle = Fraction(kernel_size - 1, 2) - pad
        return Place(size, self.jump * stride, self.first + self.jump * middle)

    def spread(self, kernel_size, stride, pad=0):
        """Follows a transposed convolution that crops `pad` on either side."""
        size = (self.size - 1) * stride + kernel_size - 2 * pad
        jump = self.jump / stride
        middle = Fraction(kernel_size - 1, 2) - pad
        return Place(size, jump, self.first - jump * middle)

    def cropped(self, like):
        """Returns this map with the crop that lays it on `like`, jump on jump."""
        before = (like.first - self.first) / self.jump
        return replace(self, crop=(int(before), self.size - int(before) - like.size))


class SizeTable(dict):
    """The `Place` of every map of a network by name; shows itself as a table.

    Example:
    >>> SizeTable({"image": Place(64), "pool1": Place(64).window(2, stride=2)})
    map    size  pixels apart  first at  crop
    image    64             1         0
    pool1    32             2       0.5
    """

    @property
    def fits(self):
        """Whether every crop finds enough positions."""
        return all(min(place.crop) >= 0 for place in self.values() if place.crop)

    def __repr__(self):
        lines = [("map", "size", "pixels apart", "first at", "crop")]
        for name, place in self.items():
            crop = "" if place.crop is None else f"{place.crop[0]}, {place.crop[1]}"
            numbers = (place.size, place.jump, place.first)
            lines.append((name, *(f"{float(number):g}" for number in numbers), crop))
        return aligned(lines)


def fcn_sizes(size, stride=32, padding="pad-100", window=224, pooling="ceil"):
    """Follows one axis of the image through FCN-32s, FCN-16s or FCN-8s.

    Args:
        size: Height or width of the image in pixels.
        stride: 32, 16 or 8.
        padding: `"pad-100"` as in the paper's reference network, or `"same"`.
        window: Pixels of the classifier's window, an odd multiple of 32 from 96 on (160
            or 224 if padded by 100): `window // 32` is fc6's kernel.
        pooling: `"ceil"` as in Caffe, or `"floor"` as in Keras (a last row is dropped).

    Returns:
        A `SizeTable` in the order of the layers. Crops stand at the map they cut;
        "logits" is what the last crop leaves.

    Raises:
        ValueError: If an argument is not as described, or a map becomes empty.

    Example:
    >>> table = fcn_sizes(500)
    >>> table["pool5"].size, table["upscore"].size, table["upscore"].crop
    (22, 544, (19, 25))

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, and its reference
        network. Derived in `notebooks/04_fcn.ipynb`.
    """
    check_fcn(stride, padding, window)
    check_positive(size=size)
    if pooling not in ("ceil", "floor"):
        raise ValueError(f"`pooling` must be 'ceil' or 'floor'. Received: {pooling!r}.")
    paper = padding == "pad-100"
    image = Place(size)
    table = SizeTable(image=image)
    x = image
    for stage, (count, _) in enumerate(VGG_STAGES, start=1):
        for number in range(count):
            pad = PAD if paper and stage == 1 and number == 0 else 1
            x = x.window(3, pad=pad)
        if stage == 1:
            table["conv1"] = x
        table[f"pool{stage}"] = x = x.window(2, stride=2, rounding=pooling)
    cells = window // CELL
    x = x.window(cells, pad=0 if paper else cells // 2)
    table["score_fr"] = x
    for up, skip, stage in FUSIONS[: STRIDES.index(stride)]:
        x = x.spread(4, 2, pad=0 if paper else 1)
        pool = table[f"pool{stage}"]
        if paper:
            table |= {up: x, skip: pool.cropped(x)}
        else:  # doubled after rounding up, it may be one longer than the skip
            table |= {up: x.cropped(pool), skip: pool}
            x = pool
    name = "upscore" if stride == 32 else f"upscore{stride}"
    x = x.spread(2 * stride, stride, pad=0 if paper else stride // 2)
    table[name] = x.cropped(image)
    table["logits"] = image
    return table


def crop_offsets(stride=32, padding="pad-100", window=224):
    """Returns how many rows and columns each crop takes away at the top and left.

    They do not depend on the size of the image: they lay position on position.

    Args:
        stride, padding, window: As of `fcn_sizes`.

    Returns:
        Dict from the name of the cropped map to an int.

    Raises:
        ValueError: As `fcn_sizes`.

    Example:
    >>> crop_offsets(16), crop_offsets(8, padding="same")["upscore8"]
    ({'score_pool4': 5, 'upscore16': 27}, 0)

    Reference:
        The numbers of the paper's reference network (Long, Shelhamer and Darrell
        2015, arXiv:1411.4038). Derived in `notebooks/04_fcn.ipynb`.
    """
    table = fcn_sizes(window, stride, padding, window)
    return {name: place.crop[0] for name, place in table.items() if place.crop}


def check_fcn(stride, padding, window):
    """Raises a `ValueError` unless a fully convolutional network can be built so."""
    if stride not in STRIDES:
        raise ValueError(f"`stride` must be one of {STRIDES}. Received: {stride!r}.")
    if padding not in PADDINGS:
        raise ValueError(f"`padding` must be one of {PADDINGS}. Received: {padding!r}.")
    odd = isinstance(window, int) and window % CELL == 0 and window // CELL % 2 == 1
    if not odd or window < 3 * CELL:
        raise ValueError(
            "`window` must be an odd multiple of 32 from 96 on, so that the kernel of "
            f"fc6 has a middle. Received: {window!r}."
        )
    if padding == "pad-100" and window not in (160, 224):
        # Of smaller windows skips end too early, of larger ones the mask begins late.
        raise ValueError(
            '`padding="pad-100"` must go with a window of 160 or 224. '
            f"Received: {window}."
        )


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

    fc6 and fc7 are convolutions. A 1×1 convolution, at first zero, gives a score per
    class and cell. FCN-16s doubles these and adds scores of pool4, FCN-8s once more of
    pool3. A tent enlarges the sum by `stride`.

    Args:
        num_classes: Number of classes K.
        stride: 32, 16 or 8 pixels for each of the finest scores.
        width: Factor on the number of filters; 1 is the paper's, 1 / 8 suits a
            processor.
        window: As of `fcn_sizes`; fc6 has a kernel of `window // 32`.
        padding: `"same"`, or the paper's `"pad-100"`: the first layer pads by 100, fc6
            does not pad, and crops lay the maps on each other.
        upsampling: `"bilinear"` keeps the tents, `"learned"` starts from them.
        batch_norm: Whether to normalise behind every layer but the scores.
        dropout: Share of fc6 and fc7 that is dropped in training.
        weights: As of `utils.models.vgg16`, for the layers up to fc7.
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
    """Builds the 1×1 convolution that scores every class, at first with zero."""
    return layers.Conv2D(num_classes, 1, kernel_initializer="zeros", name=name)


@registered
class CropTo(layers.Layer):
    """Cuts a map to the height and width of another, from a given row and column on."""

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
