"""The shape table of a U-Net, layer by layer."""

from utils import shapes
from utils.unet_sizes import CONVOLUTIONS, input_margins, skip_crops

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
        A `utils.shapes.ShapeTable` of every layer that has parameters or changes the
        shape, under the names of the Keras layers.

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
    """Raises a `ValueError` unless `skips` is a way to join a skip that exists.

    Example:

    >>> check_skips("add")
    """
    if skips not in SKIPS:
        raise ValueError(f"`skips` must be one of {SKIPS}. Received: {skips!r}.")
