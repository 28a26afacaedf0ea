"""Shape arithmetic without a network: sizes, parameters, cost, receptive field.

The functions are called like layers, one after the other, on a `FeatureMap` that has a
shape but no numbers. Nothing is computed on pixels, so a large network takes
milliseconds.
"""

import math
import operator
from dataclasses import dataclass
from fractions import Fraction

from utils._arguments import check_padding, check_positive

__all__ = [
    "add",
    "concatenate",
    "convolution",
    "crop",
    "image",
    "normalisation",
    "pooling",
    "up_convolution",
]


def aligned(lines):
    """Joins the cells of a table, the first column to the left, others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for name, *cells in lines:
        cells = [c.rjust(w) for c, w in zip(cells, widths[1:], strict=True)]
        text.append("  ".join([name.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(text)


@dataclass(frozen=True)
class Axis:
    """One axis of a feature map."""

    size: int
    first: tuple = (0,)
    last: tuple = (0,)
    shift: int = 1

    @property
    def jump(self):
        """Pixels from what one position sees to what the next one does, on average."""
        jump = Fraction(self.shift, len(self.first))
        return jump.numerator if jump.denominator == 1 else jump

    @property
    def receptive_field(self):
        """The most pixels that a position sees; padding counts."""
        seen = [self.sees(n) for n in range(min(self.size, len(self.first)))]
        return max(max(stop - start, 0) for start, stop in seen)

    def sees(self, position):
        """Returns the half-open interval (start, stop) of pixels that one sees."""
        rounds, phase = divmod(position, len(self.first))
        moved = rounds * self.shift
        return self.first[phase] + moved, self.last[phase] + moved + 1

    def slide(self, kernel_size, strides=1, padding="valid"):
        """Follows a window that slides along: convolution or pooling."""
        _check(kernel_size, strides, padding)
        before = 0
        if padding == "same":
            size = -(-self.size // strides)
            missing = max((size - 1) * strides + kernel_size - self.size, 0)
            before = missing // 2
        else:
            size = (self.size - kernel_size) // strides + 1
        if size < 1:
            raise ValueError(
                f"A window of {kernel_size} must fit into the map. "
                f"Received: {self.size} pixels."
            )
        period = len(self.first) // math.gcd(len(self.first), strides)
        windows = [n * strides - before for n in range(period)]
        return self._follow(
            size, [(start, start + kernel_size - 1) for start in windows], strides
        )

    def spread(self, kernel_size, strides=2, padding="valid"):
        """Follows a transposed convolution: copies of the kernel, `strides` apart."""
        _check(kernel_size, strides, padding)
        overlap = max(kernel_size - strides, 0)
        before = overlap // 2 if padding == "same" else 0
        size = self.size * strides + (overlap if padding == "valid" else 0)
        period = len(self.first) * strides
        sources = [
            (-(-(n + before - kernel_size + 1) // strides), (n + before) // strides)
            for n in range(period)
        ]
        return self._follow(size, sources, Fraction(1, strides))

    def crop(self, before, after):
        """Follows a crop; negative numbers pad."""
        size = self.size - before - after
        if size < 1:
            raise ValueError(
                f"A crop must leave at least one pixel. Received: {before} and "
                f"{after} of {self.size}."
            )
        places = [n + before for n in range(len(self.first))]
        return self._follow(size, [(n, n) for n in places], 1)

    def union(self, other):
        """Joins two axes position by position."""
        if self.jump != other.jump:
            raise ValueError(
                "Both maps must have the same jump. Received: "
                f"{self.jump} and {other.jump}."
            )
        period = math.lcm(len(self.first), len(other.first))
        both = [(self.sees(n), other.sees(n)) for n in range(period)]
        return Axis(
            self.size,
            tuple(min(a[0], b[0]) for a, b in both),
            tuple(max(a[1], b[1]) - 1 for a, b in both),
            int(self.jump * period),
        )

    def extend(self, other):
        """Appends the positions of another axis."""
        return Axis(self.size + other.size, self.first, self.last, self.shift)

    def _follow(self, size, sources, step):
        """Returns an axis, given the positions (from, to) that one period reads."""
        return Axis(
            size,
            tuple(self.sees(start)[0] for start, _ in sources),
            tuple(self.sees(stop)[1] - 1 for _, stop in sources),
            int(self.jump * step * len(sources)),
        )


def sides(size):
    """Returns (height, width) of a pair, or of one number for a square."""
    try:
        pair = (size, size) if not isinstance(size, (tuple, list)) else size
        height, width = map(operator.index, pair)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 1:
        raise ValueError(
            "A size must be a positive integer or a pair (height, width) of them. "
            f"Received: {size!r}."
        )
    return height, width


def _check(kernel_size, strides, padding):
    check_padding(padding)
    check_positive(kernel_size=kernel_size, strides=strides)


@dataclass(frozen=True)
class FeatureMap:
    """What is known of a layer's output before any pixel is.

    Attributes:
        rows, columns: Its two axes, each an `Axis`.
        channels: Number of channels.
        name: Name of the layer that makes it.
        parameters: Number of weights and biases of that layer.
        macs: Multiplications, each with its addition, that the layer takes per
            image. Only convolutions are counted.

    Example:
    >>> from utils.layers.shapes import convolution, image
    >>> x = convolution(image(572, channels=1), filters=64)
    >>> x.shape, x.parameters, x.receptive_field
    ((570, 570, 64), 640, 3)
    """

    rows: Axis
    columns: Axis
    channels: int
    name: str
    parameters: int = 0
    macs: int = 0

    @property
    def shape(self):
        """(height, width, channels)."""
        return self.rows.size, self.columns.size, self.channels

    @property
    def receptive_field(self):
        """The most pixels of the image, along one axis, that one position sees."""
        return max(self.rows.receptive_field, self.columns.receptive_field)

    @property
    def jump(self):
        """Distance in the image between what two neighbouring positions see."""
        return self.rows.jump

    def sees(self, row, column):
        """Returns the box (left, top, right, bottom) of the image that one sees."""
        (top, bottom), (left, right) = self.rows.sees(row), self.columns.sees(column)
        return left, top, right, bottom


class ShapeTable(dict):
    """The feature maps of a network by name; shows itself as a table.

    Args:
        feature_maps: Iterable of `FeatureMap`, from input to output.

    Example:
    >>> from utils.layers.shapes import convolution, image, pooling
    >>> x = image(6, channels=1)
    >>> print(ShapeTable([x, convolution(x, 2), pooling(x)]))
    layer        output  parameters  MACs  sees  jump
    image         6×6×1           0     0     1     1
    convolution   4×4×2          20   288     3     1
    pooling       3×3×1           0     0     2     2
    total                        20   288
    """

    def __init__(self, feature_maps):
        super().__init__((x.name, x) for x in feature_maps)

    @property
    def parameters(self):
        """Number of parameters of all layers."""
        return sum(x.parameters for x in self.values())

    @property
    def macs(self):
        """Multiply-accumulate operations of all layers, per image."""
        return sum(x.macs for x in self.values())

    @property
    def output(self):
        """The last feature map."""
        return list(self.values())[-1]

    def __repr__(self):
        lines = [("layer", "output", "parameters", "MACs", "sees", "jump")]
        lines += [
            (
                x.name,
                "×".join(map(str, x.shape)),
                f"{x.parameters:,}",
                f"{x.macs:,}",
                str(x.receptive_field),
                str(x.jump),
            )
            for x in self.values()
        ]
        lines += [("total", "", f"{self.parameters:,}", f"{self.macs:,}", "", "")]
        return aligned(lines)


def image(size, channels=3, name="image"):
    """Returns the feature map to start from.

    Args:
        size: Height and width in pixels, or one number for a square.
        channels: Number of channels.
        name: Its name.

    Returns:
        A `FeatureMap`, of which every position sees itself.

    Raises:
        ValueError: If a size is not a positive integer.

    Example:
    >>> image((480, 640)).shape
    (480, 640, 3)
    """
    height, width = sides(size)
    return FeatureMap(Axis(height), Axis(width), channels, name)


def convolution(
    x, filters, kernel_size=3, padding="valid", strides=1, name="convolution"
):
    """Follows a convolution with bias: `keras.layers.Conv2D`.

    Args:
        x: The `FeatureMap` it reads.
        filters, kernel_size: Number of output channels; rows and columns of the kernel.
        padding: `"valid"` or `"same"`.
        strides: Step between neighbouring positions of the kernel.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Raises:
        ValueError: If the kernel does not fit into `x`.

    Example:
    >>> convolution(image(572), 64, kernel_size=7, padding="same", strides=2).shape
    (286, 286, 64)

    Reference:
        Dumoulin and Visin (2016), arXiv:1603.07285. Derived in
        `notebooks/02_unet_shape_arithmetic.ipynb`.
    """
    axes = [axis.slide(kernel_size, strides, padding) for axis in (x.rows, x.columns)]
    kernel = kernel_size**2 * x.channels * filters
    macs = axes[0].size * axes[1].size * kernel
    return FeatureMap(*axes, filters, name, kernel + filters, macs)


def pooling(x, pool_size=2, name="pooling"):
    """Follows a pooling without padding: `keras.layers.MaxPooling2D`.

    Args:
        x: The `FeatureMap` it reads.
        pool_size: Rows and columns of the window, and the step between windows.
        name: Name of the layer.

    Returns:
        A `FeatureMap`. A row or column that fills no window is left out, as in Keras.

    Raises:
        ValueError: If the window does not fit into `x`.

    Example:
    >>> pooling(image(569)).shape  # the last row and column are lost
    (284, 284, 3)
    """
    axes = [axis.slide(pool_size, pool_size, "valid") for axis in (x.rows, x.columns)]
    return FeatureMap(*axes, x.channels, name)


def up_convolution(
    x, filters, kernel_size=2, padding="valid", strides=2, name="up_convolution"
):
    """Follows a transposed convolution with bias: `keras.layers.Conv2DTranspose`.

    Args:
        x: The `FeatureMap` it reads.
        filters: Number of output channels.
        kernel_size: Rows and columns of the kernel.
        padding: `"valid"` or `"same"`.
        strides: Distance between the copies of the kernel.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Example:
    >>> up_convolution(image(28, channels=1024), filters=512).shape
    (56, 56, 512)
    """
    axes = [axis.spread(kernel_size, strides, padding) for axis in (x.rows, x.columns)]
    kernel = kernel_size**2 * x.channels * filters
    macs = x.rows.size * x.columns.size * kernel
    return FeatureMap(*axes, filters, name, kernel + filters, macs)


def crop(x, rows, columns, name="crop"):
    """Follows a crop, or with negative numbers padding: `keras.layers.Cropping2D`.

    Args:
        x: The `FeatureMap` it reads.
        rows: Pair of numbers of rows to take away: above, below.
        columns: Pair of numbers of columns to take away: left, right.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Raises:
        ValueError: If nothing is left.

    Example:
    >>> crop(image(64), rows=(4, 4), columns=(4, 5)).shape
    (56, 55, 3)
    """
    axes = x.rows.crop(*rows), x.columns.crop(*columns)
    return FeatureMap(*axes, x.channels, name)


def concatenate(first, second, axis=-1, name="concatenate"):
    """Follows a concatenation: `keras.layers.Concatenate`.

    Args:
        first, second: The two `FeatureMap`s.
        axis: As in Keras, of a batch: 1 is down, 2 right, -1 or 3 along the channels.
        name: Name of the layer.

    Returns:
        A `FeatureMap`. Along axis 1 or 2 it keeps what `first` sees, repeated.

    Raises:
        ValueError: If they differ in another axis, or see the image at different steps.

    Example:
    >>> concatenate(image(56, channels=512), image(56, channels=512)).shape
    (56, 56, 1024)
    """
    _check_equal(first, second, except_axis=axis)
    rows, columns = first.rows, first.columns
    if axis == 1:
        return FeatureMap(rows.extend(second.rows), columns, first.channels, name)
    if axis == 2:
        return FeatureMap(rows, columns.extend(second.columns), first.channels, name)
    both = rows.union(second.rows), columns.union(second.columns)
    return FeatureMap(*both, first.channels + second.channels, name)


def add(first, second, name="add"):
    """Follows an addition, number by number: `keras.layers.Add`.

    Args:
        first, second: Two `FeatureMap`s of the same shape.
        name: Name of the layer.

    Returns:
        A `FeatureMap`.

    Raises:
        ValueError: If the shapes differ, or the maps see the image at different steps.

    Example:
    >>> add(image(56, channels=512), image(56, channels=512)).shape
    (56, 56, 512)
    """
    _check_equal(first, second)
    axes = first.rows.union(second.rows), first.columns.union(second.columns)
    return FeatureMap(*axes, first.channels, name)


def normalisation(x, name="normalisation"):
    """Follows a batch normalisation: `keras.layers.BatchNormalization`.

    Args:
        x: The `FeatureMap` it reads.
        name: Name of the layer.

    Returns:
        A `FeatureMap`, with four parameters a channel: scale, shift, two averages.

    Example:
    >>> normalisation(image(64, channels=8)).parameters
    32
    """
    return FeatureMap(x.rows, x.columns, x.channels, name, 4 * x.channels)


def _check_equal(first, second, except_axis=None):
    if except_axis not in (None, 1, 2, 3, -1):
        raise ValueError(f"`axis` must be 1, 2, 3 or -1. Received: {except_axis!r}.")
    axes = [n for n in (1, 2, 3) if n != (except_axis or 0) % 4]
    if any(first.shape[n - 1] != second.shape[n - 1] for n in axes):
        raise ValueError(
            f"Both maps must have the same shape along the axes {axes} of a batch. "
            f"Received: {first.shape} and {second.shape}."
        )
