"""What a network costs: the multiplications of one forward pass."""

import math

import keras
from keras import layers


def count_macs(model):
    """Counts the multiply–accumulates of one forward pass for one image.

    A convolution takes, for every number of its output, one multiplication per weight
    of its kernel; a dense layer one per weight, at every position. What batch
    normalisation, activations and pooling take is little, and left out by custom.

    Args:
        model: A `keras.Model` whose input has a fixed height and width. Models inside
            it are counted, too.

    Returns:
        An integer.

    Raises:
        ValueError: If the height or width of a layer's output is open.

    Example:

    >>> image = keras.Input((8, 8, 3))
    >>> features = layers.Conv2D(16, 3, padding="same")(image)  # 8·8·16 numbers, 3·3·3
    >>> count_macs(keras.Model(image, features)) == 8 * 8 * 16 * 3 * 3 * 3
    True

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    return sum(_layer_macs(layer) for layer in model.layers)


def _layer_macs(layer):
    if isinstance(layer, keras.Model):
        return count_macs(layer)
    if isinstance(layer, layers.SeparableConv2D):
        depthwise, pointwise = layer.depthwise_kernel, layer.pointwise_kernel
        positions = _numbers(layer.output.shape) // layer.filters
        return positions * (math.prod(depthwise.shape) + math.prod(pointwise.shape))
    if isinstance(layer, layers.DepthwiseConv2D):
        rows, columns = layer.kernel.shape[:2]
        return _numbers(layer.output.shape) * rows * columns
    if isinstance(layer, layers.Conv2DTranspose):  # each input number meets a kernel
        positions = _numbers(layer.input.shape) // layer.input.shape[-1]
        return positions * math.prod(layer.kernel.shape)
    if isinstance(layer, (layers.Conv2D, layers.Dense)):
        positions = _numbers(layer.output.shape) // layer.kernel.shape[-1]
        return positions * math.prod(layer.kernel.shape)
    return 0


def _numbers(shape):
    """Returns how many numbers of a layer's output belong to one image."""
    if None in shape[1:]:
        raise ValueError(
            "`model` must have an input of fixed height and width, such as "
            f"keras.Input((224, 224, 3)). Received: a layer of shape {tuple(shape)}."
        )
    return math.prod(shape[1:])
