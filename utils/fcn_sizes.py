"""The sizes and crops of a fully convolutional network, by arithmetic.

Each line of a table says, for one axis, how many positions a map has, how many pixels
of the image lie between two of them (`jump`) and which pixel lies under the first
(`first`; pixel 0 is the first one, and 15.5 lies between two).
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from utils.aligned import aligned
from utils.arguments import check_positive
from utils.vgg import CELL, STAGES

STRIDES = (32, 16, 8)
PADDINGS = ("same", "pad-100")
PAD = 100
# The names of the reference networks: a doubling, and the skip it meets.
FUSIONS = (("upscore2", "score_pool4", 4), ("upscore_pool4", "score_pool3", 3))


@dataclass(frozen=True)
class Place:
    """Where the positions of a map lie in the image, along one axis.

    Attributes:
        size: Number of positions.
        jump: Pixels between two positions.
        first: Pixel under position 0.
        crop: For a map that is cropped: positions taken from its start and end. A
            negative number says that so many are missing.

    Example:

    >>> Place(224).window(2, stride=2)
    Place(size=112, jump=Fraction(2, 1), first=Fraction(1, 2), crop=None)
    """

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
        window: Pixels of the classifier's window, an odd multiple of 32 from 96 on
            (160 or 224 if padded by 100): fc6 has a kernel of `window // 32`.
        pooling: `"ceil"` as in Caffe (a single last row is pooled alone) or
            `"floor"` as in `keras.applications.VGG16` (it is dropped).

    Returns:
        A `SizeTable` in the order of the layers. Crops are shown with the map they
        cut; "logits" is what the last crop leaves.

    Raises:
        ValueError: If an argument is not as described, or a map becomes empty.

    Example:

    >>> table = fcn_sizes(500)
    >>> table["pool5"].size, table["score_fr"].size, table["upscore"].size
    (22, 16, 544)
    >>> table["upscore"].crop
    (19, 25)

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
    for stage, (count, _) in enumerate(STAGES, start=1):
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

    >>> for stride in (32, 16, 8):
    ...     print(crop_offsets(stride))
    {'upscore': 19}
    {'score_pool4': 5, 'upscore16': 27}
    {'score_pool4': 5, 'score_pool3': 9, 'upscore8': 31}
    >>> crop_offsets(8, padding="same")
    {'upscore2': 0, 'upscore_pool4': 0, 'upscore8': 0}

    Reference:
        The numbers of the paper's reference network (Long, Shelhamer and Darrell
        2015, arXiv:1411.4038). Derived in `notebooks/04_fcn.ipynb`.
    """
    table = fcn_sizes(window, stride, padding, window)
    return {name: place.crop[0] for name, place in table.items() if place.crop}


def check_fcn(stride, padding, window):
    """Raises a `ValueError` unless a fully convolutional network can be built so.

    Args:
        stride, padding, window: As of `fcn_sizes`.

    Raises:
        ValueError: If an argument is not as described.

    Example:

    >>> check_fcn(32, "same", 224)
    """
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
