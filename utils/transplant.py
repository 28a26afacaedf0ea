"""From dense to convolutional: weights moved from one network to another."""

import keras
import numpy as np
from keras import layers


def convolutional(classifier):
    """Turns a classifier's dense layers into convolutions, with the same weights.

    The first dense layer behind a flattening becomes a convolution whose kernel is as
    large as the map that was flattened; every later one becomes a 1×1 convolution.

    Args:
        classifier: A `keras.Model` whose layers form one chain with one `Flatten`,
            such as `vgg16` or `keras.applications.VGG16`.

    Returns:
        A `keras.Model` from images (N, H, W, C) of any size from the window on to
        scores (N, h, w, K). It shares no weights with `classifier`.

    Raises:
        ValueError: If the layers form no chain or nothing is flattened.

    Example:

    >>> from utils.vgg import vgg16
    >>> classifier = vgg16(num_classes=5, window=96, width=1 / 16)
    >>> model = convolutional(classifier)
    >>> model(np.zeros((1, 96, 96, 3))).shape, model(np.zeros((1, 160, 224, 3))).shape
    (TensorShape([1, 1, 1, 5]), TensorShape([1, 3, 5, 5]))

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, section 3.1. Derived in
        `notebooks/04_fcn.ipynb`.
    """
    first, *others = classifier.layers
    before = [first, *others]
    chained = all(a.output is b.input for a, b in zip(before, others, strict=False))
    if not chained or not any(isinstance(x, layers.Flatten) for x in others):
        raise ValueError(
            "`classifier` must be a chain of layers, one of them a `Flatten`. "
            f"Received: {[layer.name for layer in classifier.layers]}."
        )
    x = images = keras.Input((None, None, first.output.shape[-1]), name="images")
    kernel_size = (1, 1)
    for layer in others:
        if isinstance(layer, layers.Flatten):
            kernel_size = layer.input.shape[1:3]
            continue
        if isinstance(layer, layers.Dense):
            x = layers.Conv2D(
                layer.units,
                kernel_size,
                activation=layer.activation,
                use_bias=layer.use_bias,
                name=layer.name,
            )(x)
            kernel_size = (1, 1)
        else:
            x = type(layer).from_config(layer.get_config())(x)
    model = keras.Model(images, x, name=f"convolutional_{classifier.name}")
    transplant(model, classifier)
    return model


def transplant(model, source):
    """Copies the weights of all layers that two models have under the same name.

    A dense kernel (h·w·C, F) fits a convolution of kernel (h, w, C, F): the numbers
    are the same, in the same order.

    Args:
        model: The `keras.Model` that receives.
        source: The `keras.Model` that gives.

    Returns:
        List of the names of the layers that received weights, in order. Layers with
        no counterpart keep what they have.

    Raises:
        ValueError: If two layers of one name differ in size.

    Example:

    >>> from utils.vgg import vgg16
    >>> classifier = vgg16(num_classes=5, window=96, width=1 / 16)
    >>> transplant(convolutional(classifier), classifier)[-3:]
    ['fc6', 'fc7', 'fc8']

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038. Derived in
        `notebooks/04_fcn.ipynb`.
    """
    giving = {layer.name: layer for layer in source.layers if layer.weights}
    received = []
    for layer in model.layers:
        if not layer.weights or layer.name not in giving:
            continue
        new = []
        for ours, theirs in zip(
            layer.weights, giving[layer.name].get_weights(), strict=True
        ):
            if ours.shape[-1] != theirs.shape[-1] or np.prod(ours.shape) != theirs.size:
                raise ValueError(
                    f"Layer {layer.name!r} must have weights of one size in both "
                    f"models. Received: {tuple(ours.shape)} and {theirs.shape}."
                )
            new.append(theirs.reshape(ours.shape))
        layer.set_weights(new)
        received.append(layer.name)
    return received
