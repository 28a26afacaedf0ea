"""A classifier in two halves: what is done once per picture, and once per window.

Feature maps are (N, h, w, C). The lower half makes one of a picture, the upper half
makes scores (N, K) of a window of it.
"""

import keras
import numpy as np
from keras import layers


def convolutional(classifier):
    """Turns a classifier's dense layers into convolutions, with the same weights.

    The first one behind a flattening gets a kernel as large as the map that was
    flattened; every later one becomes a 1×1 convolution.

    Args:
        classifier: A `keras.Model`, one chain of layers with one `Flatten`, as `vgg16`.

    Returns:
        A `keras.Model` from images (N, H, W, C), from the window's size on, to scores
        (N, h, w, K). It shares no weights with `classifier`.

    Raises:
        ValueError: If the layers form no chain or nothing is flattened.

    Example:
    >>> from utils.models import vgg16
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

    A dense kernel (h·w·C, F) fits a convolution's (h, w, C, F): the same numbers.

    Args:
        model, source: The `keras.Model` that receives, and the one that gives.

    Returns:
        List of the names of the layers that received weights; others keep theirs.

    Raises:
        ValueError: If two layers of one name differ in size.

    Example:
    >>> from utils.models import vgg16
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


POOLINGS = {
    layers.GlobalAveragePooling2D: layers.AveragePooling2D,
    layers.GlobalMaxPooling2D: layers.MaxPooling2D,
}


def split_at(model, layer_name):
    """Cuts a classifier in two behind one of its layers.

    Args:
        model: A functional `keras.Model` with one input and one output.
        layer_name: Last layer of the lower half. What follows depends on it alone.

    Returns:
        Two `keras.Model`s that share the weights of `model`: `bottom_model`,
        `top_model`. Models inside `model` are taken apart.

    Raises:
        ValueError: If there is no such layer, or a skip connection passes the cut: its
            ends are named.

    Example:
    >>> images = keras.Input((32, 32, 3))
    >>> cells = layers.Conv2D(8, 3, strides=2, padding="same", name="cells")(images)
    >>> pooled = layers.GlobalAveragePooling2D()(cells)
    >>> model = keras.Model(images, layers.Dense(5)(pooled))
    >>> bottom_model, top_model = split_at(model, "cells")
    >>> bottom_model.output_shape, top_model.output_shape
    ((None, 16, 16, 8), (None, 5))

    Reference:
        Osinga (2018), Deep Learning Cookbook, chapter 11. Derived in
        `notebooks/12_feature_map_windows.ipynb`.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            "`model` must have one input and one output. "
            f"Received: {len(model.inputs)} and {len(model.outputs)}."
        )
    model = _unfolded(model)
    names = [layer.name for layer in model.layers]
    [image], [scores] = model.inputs, model.outputs
    found = [x for x in _ancestors(scores) if x._keras_history[0].name == layer_name]
    if len(found) != 1 or layer_name == names[-1] or found[0] is image:
        raise ValueError(
            "`layer_name` must be a layer used once, neither the first nor the last, "
            f"such as {names[len(names) // 2]!r}. Received: {layer_name!r}."
        )
    below = _ancestors(found[0])
    skips = {
        f"{_name(source)} → {_name(x)}"
        for x in _ancestors(scores, until=found)
        if not _holds(below, x)
        for source in _sources(x)
        if _holds(below, source) and source is not found[0]
    }
    if skips:
        raise ValueError(
            f"`layer_name` must be a layer that no connection passes by. Received: "
            f"{layer_name!r}, and these do: {', '.join(sorted(skips))}."
        )
    cells = keras.Input(found[0].shape[1:], name="cells")
    top = _run(keras.Model(found[0], scores), cells)
    return (
        keras.Model(image, found[0], name="bottom_model"),
        keras.Model(cells, top, name="top_model"),
    )


def at_size(model, image_size):
    """Builds a network once more, for pictures of another size, with equal weights.

    Args:
        model: A functional `keras.Model` from pictures (N, H, W, C) whose layers, such
            as convolutions and pooling, do not fix the size.
        image_size: Height and width, or `None`: then `count_macs` cannot count.

    Returns:
        A `keras.Model` that shares no weights with `model`.

    Raises:
        ValueError: If a layer fixes the size.

    Example:
    >>> from utils.models import mobilenet_v2
    >>> bottom_model = mobilenet_v2((224, 224), weights="random")
    >>> at_size(bottom_model, (448, 320)).output_shape
    (None, 14, 10, 1280)
    """
    height, width = image_size
    image = keras.Input((height, width, model.inputs[0].shape[-1]))
    images = keras.tree.map_structure(lambda _: image, model.input)
    copy = keras.models.clone_model(model, input_tensors=images)
    theirs, ours = model.get_weights(), copy.get_weights()
    if [x.shape for x in theirs] != [x.shape for x in ours]:
        raise ValueError(
            "`model` must have weights whose number does not depend on the size of "
            f"the picture. Received: {model.name!r}, with a dense layer behind "
            "`Flatten`; see `utils.models.convolutional`."
        )
    copy.set_weights(theirs)
    return copy


def convolutional_head(top_model):
    """Turns the upper half of a classifier into one that slides over a feature map.

    Pooling over the whole window becomes pooling over every window of that size, dense
    layers become convolutions, and one behind a mean is put before it: both are
    weighted sums, and K channels are pooled faster than a thousand.

    Args:
        top_model: A `keras.Model` from windows (N, h, w, C) of fixed size to scores (N,
            K), as of `split_at`: a chain with one global pooling or `Flatten`, behind
            it dense layers or layers that treat every number alone.

    Returns:
        A `keras.Model` from feature maps (N, H, W, C), H ≥ h and W ≥ w, to scores (N, H
        - h + 1, W - w + 1, K), equal to `top_model` of each window, with own weights.

    Raises:
        ValueError: If the window's size is open, the layers form no chain, or one of
            them pads, so that scores depend on where the window was cut.

    Example:
    >>> cells = keras.Input((7, 7, 16))
    >>> pooled = layers.GlobalAveragePooling2D()(cells)
    >>> top_model = keras.Model(cells, layers.Dense(5, activation="softmax")(pooled))
    >>> convolutional_head(top_model)(keras.ops.ones((1, 14, 14, 16))).shape
    TensorShape([1, 8, 8, 5])

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038. Derived in
        `notebooks/12_feature_map_windows.ipynb`.
    """
    shape = tuple(top_model.inputs[0].shape[1:])
    if len(shape) != 3 or None in shape:
        raise ValueError(
            "`top_model` must take windows (height, width, channels) of fixed size. "
            f"Received: {shape}."
        )
    x = cells = keras.Input(shape)
    waiting = None
    for layer in _chain(_unfolded(top_model)):
        if getattr(layer, "padding", "valid") != "valid":
            raise ValueError(
                "`top_model` must hold no layer that pads, because a window inside a "
                f"map has neighbours. Received: {layer.name!r}. Cut behind it."
            )
        if type(layer) in POOLINGS:
            waiting = POOLINGS[type(layer)](x.shape[1:3], strides=1)
            continue
        copy = type(layer).from_config(layer.get_config())
        mean = isinstance(waiting, layers.AveragePooling2D)
        if mean and isinstance(layer, layers.Dense):
            copy.activation = keras.activations.linear
            x = layers.Flatten()(waiting(copy(x)))
            waiting = None
            x = layers.Activation(layer.activation)(x)
        else:
            if waiting and not (mean and isinstance(layer, layers.Dropout)):
                x, waiting = layers.Flatten()(waiting(x)), None
            x = copy(x)
        copy.set_weights(layer.get_weights())
    if waiting:
        x = layers.Flatten()(waiting(x))
    return convolutional(keras.Model(cells, x, name="head"))


def _chain(model):
    """Returns the layers of a model in order, those of models inside it as well."""
    found = []
    x = model.outputs[0]
    while x is not model.inputs[0]:
        sources = _sources(x)
        if len(sources) != 1:
            raise ValueError(
                "`top_model` must be a chain, each layer behind the one before it. "
                f"Received: {_name(x)!r}, which takes {len(sources)} inputs."
            )
        found.insert(0, x._keras_history[0])
        [x] = sources
    return found


def _unfolded(model):
    """Returns a model with the layers of the models inside it as its own."""
    if not any(isinstance(layer, keras.Model) for layer in model.layers):
        return model
    image = keras.Input(model.inputs[0].shape[1:], name="images")
    return keras.Model(image, _run(model, image), name=model.name)


def _run(model, x):
    """Calls the layers of a model, those of models inside it one by one."""
    model = keras.Model(model.inputs[0], model.outputs[0])
    return model._run_through_graph(x, _one_by_one)


def _one_by_one(layer):
    if isinstance(layer, keras.Model):
        return lambda x, **options: _run(layer, x)
    return layer


def _sources(x):
    """Returns the tensors from which a layer made the tensor `x`."""
    layer, node, _ = x._keras_history
    return layer._inbound_nodes[node].input_tensors


def _ancestors(x, until=()):
    """Returns the tensors on which `x` depends, itself included."""
    found, waiting = {}, [x]
    while waiting:
        x = waiting.pop()
        if id(x) not in found:
            found[id(x)] = x
            waiting += [] if _holds(until, x) else _sources(x)
    return [*found.values()]


def _holds(tensors, x):
    return any(x is tensor for tensor in tensors)


def _name(x):
    return x._keras_history[0].name
