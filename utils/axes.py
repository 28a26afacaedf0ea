"""One axis of a feature map: how long it is, and which pixels each position sees.

What a position sees is an interval of the image. In an encoder all intervals are
equally long; behind an up-convolution they depend on whether a position is even or
odd. They repeat, though, so one period of them says everything.
"""

import math
import operator
from dataclasses import dataclass
from fractions import Fraction

from utils.arguments import check_padding, check_positive


@dataclass(frozen=True)
class Axis:
    """One axis of a feature map.

    Attributes:
        size: Number of positions.
        first, last: First and last pixel that a position sees, one number for each
            of the first `len(first)` positions. Later positions repeat them.
        shift: Number of pixels by which each repetition is further on.

    Example:

    >>> axis = Axis(8).slide(3).slide(2, strides=2)
    >>> axis.size, axis.sees(0), axis.sees(1)
    (3, (0, 4), (2, 6))
    """

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
    """Returns (height, width) of a pair, or of one number for a square.

    Args:
        size: Integer, or pair of integers, in pixels.

    Returns:
        Tuple of two ints.

    Raises:
        ValueError: If it is neither, or not positive.

    Example:

    >>> sides(572), sides((480, 640))
    ((572, 572), (480, 640))
    """
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
