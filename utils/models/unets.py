"""The U-Net of 2015, and its padded descendants, of any depth and width."""

import keras
from keras import layers

from utils._arguments import check_padding, check_positive
from utils.layers import shapes
from utils.layers.shapes import sides

CONVOLUTIONS = 2  # per level, on each side


def skip_crops(depth=4, kernel_size=3, padding="valid"):
    """Returns how many pixels are cut from each side of each skip.

    With r pixels lost per level and side of the U, the deepest skip loses r; one level
    up, twice what is missing below: crop(l) = 2 (crop(l + 1) + r).

    Args:
        depth: Number of poolings.
        kernel_size: Rows and columns of the kernels.
        padding: `"valid"` or `"same"`.

    Returns:
        List of `depth` ints, level 0 first. The size of the image plays no part.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> skip_crops(depth=4)
    [88, 40, 16, 4]

    Reference:
        Ronneberger, Fischer and Brox (2015), arXiv:1505.04597. Derived in
        `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    lost = _lost(depth, kernel_size, padding)
    crops = [lost]
    while len(crops) < depth:
        crops.insert(0, 2 * (crops[0] + lost))
    return crops


def output_margin(depth=4, kernel_size=3, padding="valid"):
    """Returns how many pixels the logits are smaller than the image.

    Args:
        depth, kernel_size, padding: As in `skip_crops`.

    Returns:
        An int, of both sides together. It is the same for every valid size.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> output_margin(depth=4)  # 572 - 388
    184
    """
    return _lost(depth, kernel_size, padding) * (3 * 2**depth - 2)


def valid_input_sizes(depth=4, kernel_size=3, padding="valid", largest=700):
    """Solves for the image sizes that a U-Net can take.

    Backwards from b pixels at the bottleneck's input: before each pooling the map was
    twice as long, before its convolutions longer by the r pixels they lose. So
    n = 2**depth b + (2**depth - 1) r, and b must be so large that a pixel is left.

    Args:
        depth, kernel_size, padding: As in `skip_crops`.
        largest: Largest size of interest.

    Returns:
        A `range` of sizes, in pixels along one axis; height and width may differ.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> list(valid_input_sizes(depth=4, largest=240))
    [188, 204, 220, 236]
    >>> list(valid_input_sizes(depth=5, padding="same", largest=100))
    [32, 64, 96]

    Reference:
        Derived in `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    lost, step = _lost(depth, kernel_size, padding), 2**depth
    widening = lost * (step - 1)
    bottom = lost + -(-(widening + 1) // step)
    return range(step * bottom + widening, max(largest, 0) + 1, step)


def nearest_valid_sizes(size, depth=4, kernel_size=3, padding="valid"):
    """Finds the valid sizes next to any size.

    Args:
        size: Pixels along one axis.
        depth, kernel_size, padding: As in `skip_crops`.

    Returns:
        `(size,)` if it is valid. Otherwise the nearest valid sizes below and above;
        where there is none below, the two smallest.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> nearest_valid_sizes(570), nearest_valid_sizes(100), nearest_valid_sizes(572)
    ((556, 572), (188, 204), (572,))
    """
    step = 2**depth
    first = valid_input_sizes(depth, kernel_size, padding, 0).start
    below = first + max(size - first, 0) // step * step
    return (size,) if below == size else (below, below + step)


def first_break(size, depth=4, kernel_size=3, padding="valid"):
    """Walks down and up the U and stops where a size is impossible."""
    lost = _lost(depth, kernel_size, padding)
    down, up = list(range(depth + 1)), list(reversed(range(depth)))
    for place, level in enumerate(down + up):
        if place > depth:
            size *= 2
        if size <= lost:
            way = "down" if place < depth else "up"
            way = "at the bottom" if place == depth else f"on the way {way}"
            return level, (
                f"{CONVOLUTIONS} convolutions cut {lost} pixels off, and {way} only "
                f"{size} are left"
            )
        size -= lost
        if place < depth:
            if size % 2:
                return level, f"{size} pixels cannot be halved"
            size //= 2
    return None


def check_input_size(image_size, depth=4, kernel_size=3, padding="valid"):
    """Raises an error that explains itself if a U-Net cannot take an image size."""
    for axis, size in zip(("height", "width"), sides(image_size), strict=True):
        broken = first_break(size, depth, kernel_size, padding)
        if broken:
            level, reason = broken
            nearest = nearest_valid_sizes(size, depth, kernel_size, padding)
            kind = "unpadded" if padding == "valid" else "padded"
            raise ValueError(
                f"`image_size` must suit a U-Net of depth {depth} with {kind} "
                f"{kernel_size}×{kernel_size} convolutions, but the {axis} {size} "
                f"breaks at level {level}: {reason}. The nearest sizes that work are "
                f"{nearest[0]} and {nearest[1]}. Received: image_size={image_size}."
            )


def input_margins(image_size, depth=4, kernel_size=3, padding="valid", pad_input=True):
    """Returns how much to pad an image so that a U-Net can take it."""
    if not pad_input:
        check_input_size(image_size, depth, kernel_size, padding)
    margins, lost = [], output_margin(depth, kernel_size, padding)
    for size in sides(image_size):
        if size <= lost:
            raise ValueError(
                f"`image_size` must exceed {lost} pixels, which the unpadded "
                f"convolutions cut off. Received: image_size={image_size}."
            )
        nearest = nearest_valid_sizes(size, depth, kernel_size, padding)
        missing = next(n for n in nearest if n >= size) - size
        margins.append((missing // 2, missing - missing // 2))
    return tuple(margins)


def _lost(depth, kernel_size, padding):
    """Returns how many pixels one level of one side loses, after checks."""
    check_padding(padding)
    check_positive(depth=depth, kernel_size=kernel_size)
    return CONVOLUTIONS * (kernel_size - 1) if padding == "valid" else 0


SKIPS = ("concatenate", "add", "none")


def unet_table(
    image_size=572,
    num_classes=2,
    channels=1,
    filters=64,
    depth=4,
    kernel_size=3,
    padding="valid",
    skips="concatenate",
    batch_norm=False,
    pad_input=False,
):
    """Computes the layer-by-layer table of `utils.models.unet`, without building it.

    Args:
        image_size: Height and width in pixels, or one number for a square.
        num_classes, channels, filters, depth, kernel_size, padding, skips,
            batch_norm, pad_input: As in `utils.models.unet`.

    Returns:
        A `ShapeTable` (`utils.layers.shapes`) of every layer that has parameters or
        changes the shape, under the names of the Keras layers.

    Raises:
        ValueError: As `utils.models.unet`.

    Example:
    >>> table = unet_table(572)
    >>> table.parameters, table["bottleneck_conv_2"].shape, table["logits"].shape
    (31030658, (28, 28, 1024), (388, 388, 2))

    Reference:
        Ronneberger, Fischer and Brox (2015), arXiv:1505.04597. Derived in
        `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    check_skips(skips)
    settings = depth, kernel_size, padding
    margins = input_margins(image_size, *settings, pad_input)
    maps = [shapes.image(image_size, channels)]
    if any(map(sum, margins)):
        outwards = [(-before, -after) for before, after in margins]
        maps.append(shapes.crop(maps[-1], *outwards, name="pad"))

    def convolve(stage, width):
        for number in range(1, CONVOLUTIONS + 1):
            name = f"{stage}_conv_{number}"
            maps.append(
                shapes.convolution(maps[-1], width, kernel_size, padding, name=name)
            )
            if batch_norm:
                maps.append(shapes.normalisation(maps[-1], name=f"{name}_norm"))

    kept = []
    for level in range(depth):  # down
        convolve(f"encoder_{level}", filters * 2**level)
        kept.append(maps[-1])
        maps.append(shapes.pooling(maps[-1], name=f"encoder_{level}_pool"))
    convolve("bottleneck", filters * 2**depth)
    crops = skip_crops(*settings)
    for level in reversed(range(depth)):  # up
        stage, width = f"decoder_{level}", filters * 2**level
        x, skip, cut = maps[-1], kept[level], (crops[level], crops[level])
        maps.append(shapes.up_convolution(x, width, name=f"{stage}_up"))
        if skips != "none":
            x = maps[-1]
            if crops[level]:
                skip = shapes.crop(skip, cut, cut, name=f"{stage}_crop")
                maps.append(skip)
            join = shapes.concatenate if skips == "concatenate" else shapes.add
            maps.append(join(skip, x, name=f"{stage}_join"))
        convolve(stage, width)
    maps.append(shapes.convolution(maps[-1], num_classes, 1, name="logits"))
    if any(map(sum, margins)):
        maps.append(shapes.crop(maps[-1], *margins, name="crop"))
    return shapes.ShapeTable(maps)


def check_skips(skips):
    """Raises a `ValueError` unless `skips` is a way to join a skip that exists."""
    if skips not in SKIPS:
        raise ValueError(f"`skips` must be one of {SKIPS}. Received: {skips!r}.")


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

    Each level has two convolutions with ReLU on the way down and a 2×2 pooling, and on
    the way up a 2×2 up-convolution, the skip and two convolutions. The filters double
    from level to level. Two calls share no layers.

    Args:
        num_classes: Number of output channels K.
        image_size: (height, width) in pixels, valid ones unless `pad_input`: see
            `utils.models.valid_input_sizes`.
        channels: Number of input channels C.
        filters: Filters of the first level.
        depth: Number of poolings.
        kernel_size: Rows and columns of the convolutions.
        padding: `"valid"`, as in the paper: skips are cropped, logits smaller; or
            `"same"`.
        skips: `"concatenate"`, as in the paper, `"add"`, as in a ResNet, or `"none"`.
        batch_norm: Whether one is before every ReLU; small models need it, the paper
            has none.
        dropout: Rate at the end of the way down; the paper names none.
        pad_input: Whether an image that does not fit is surrounded by zeros, and the
            logits are cut back: to its size with `padding="same"`.

    Returns:
        A `keras.Model` from images (N, H, W, C) to logits (N, H', W', K).

    Raises:
        ValueError: If an argument is not as described. For an impossible size it names
            the level where it breaks and the nearest sizes that work.

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
