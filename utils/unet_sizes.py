"""The image sizes that a U-Net can take, and the crops of its skips.

Level 0 has the image's full size; level l has been pooled l times. A U-Net of depth d
has d poolings, so level d is the bottleneck.
"""

from utils.arguments import check_padding, check_positive
from utils.axes import sides

CONVOLUTIONS = 2  # per level, on each side


def skip_crops(depth=4, kernel_size=3, padding="valid"):
    """Returns how many pixels are cut from each side of each skip.

    With r pixels lost per level and side of the U, the deepest skip loses r: it is
    2r longer than the map it joins. One level up, twice what the level below lost is
    missing: crop(l) = 2 (crop(l + 1) + r).

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
    """Walks down and up the U and stops where a size is impossible.

    Args:
        size: Pixels along one axis.
        depth, kernel_size, padding: As in `skip_crops`.

    Returns:
        `None` for a valid size, otherwise (level, reason).

    Raises:
        ValueError: If an argument is not as described.

    Example:

    >>> first_break(570)
    (1, '279 pixels cannot be halved')
    """
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
    """Raises an error that explains itself if a U-Net cannot take an image size.

    Args:
        image_size: Height and width in pixels, or one number for a square.
        depth, kernel_size, padding: As in `skip_crops`.

    Raises:
        ValueError: If a side is not valid: it names the level where the side breaks,
            and the two nearest sizes that work.

    Example:

    >>> check_input_size(572)
    >>> check_input_size((128, 100), padding="same")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: ...the width 100 breaks at level 2: 25 pixels cannot be halved...
    """
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
    """Returns how much to pad an image so that a U-Net can take it.

    Args:
        image_size: Height and width in pixels, or one number for a square.
        depth, kernel_size, padding: As in `skip_crops`.
        pad_input: Whether padding is allowed.

    Returns:
        Two pairs of ints: rows above and below, columns left and right. What is
        added to the image is cut from the logits. All are 0 if the size is valid.

    Raises:
        ValueError: If padding is not allowed and the size is not valid, or if no
            pixel of the logits would be left.

    Example:

    >>> input_margins((100, 128), depth=4, padding="same")
    ((6, 6), (0, 0))
    """
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
