"""What is known of a layer's output before any pixel is, and the table of a network."""

from dataclasses import dataclass

from utils.aligned import aligned
from utils.axes import Axis


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

    >>> from utils.shapes import convolution, image
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
        """Returns the box (left, top, right, bottom) of the image that one sees.

        Half-open, in pixels. Where a layer pads, it may reach beyond the image.
        """
        (top, bottom), (left, right) = self.rows.sees(row), self.columns.sees(column)
        return left, top, right, bottom


class ShapeTable(dict):
    """The feature maps of a network by name; shows itself as a table.

    Args:
        feature_maps: Iterable of `FeatureMap`, from input to output.

    Example:

    >>> from utils.shapes import convolution, image, pooling
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
