"""The classifier of windows that lesson 11 trains, in one call."""

import keras
import numpy as np
from keras import layers

from utils.breeds import breed_ids, breed_names
from utils.datasets import load_pets
from utils.mobilenet_unet import mobilenet_v2
from utils.window_examples import window_examples


def window_classifier(
    counts=(4, 2, 2), window=224, weights=None, seed=11, epochs=20, split="train"
):
    """Trains a classifier of windows: the breed of an animal, or background.

    Windows are cut out of the training pictures and encoded once. A dense layer behind
    the encoder learns to name them; the encoder stays as it is.

    Args:
        counts: How many windows of a picture to draw, as of
            `utils.window_examples.draw_windows`.
        window: Height and width of a window in pixels, a multiple of 32.
        weights: Of the encoder, as for `utils.mobilenet_unet.mobilenet_v2`.
        seed: Integer that makes windows and training repeatable.
        epochs: Passes over the windows.
        split: Pictures to cut them from: "train" or "validation".

    Returns:
        A `keras.Model` from images (N, window, window, 3) in [0, 1] to probabilities
        (N, K + 1), and the K + 1 labels: breeds in order, then "background".

    Raises:
        ValueError: As `utils.datasets.load_pets` and `mobilenet_v2`.

    Example:

    >>> model, labels = window_classifier(
    ...     counts=(1, 0, 1), window=32, weights="random", epochs=1, split="validation"
    ... )
    >>> model.output_shape, labels[0], labels[-1]
    ((None, 9), 'tabby', 'background')

    Reference:
        Derived in `notebooks/11_sliding_window.ipynb`.
    """
    labels = (*breed_names(), "background")
    network = mobilenet_v2((window, window), weights)
    features = layers.GlobalAveragePooling2D(name="average")(network.output)
    encoder = keras.Model(network.inputs[0], features)
    examples = window_examples(
        load_pets(split, image_size=(320, 320)),
        breed_ids(split),
        len(labels) - 1,
        window,
        counts,
        seed,
    )
    inputs, classes = zip(
        *((encoder.predict_on_batch(windows), ids) for windows, ids in examples),
        strict=True,
    )
    inputs, classes = np.concatenate(inputs), np.concatenate(classes)
    keras.utils.set_random_seed(seed)
    dense = layers.Dense(len(labels), activation="softmax", name="head")
    head = keras.Sequential([keras.Input(inputs.shape[1:]), layers.Dropout(0.5), dense])
    steps = epochs * -(-len(inputs) // 64)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    decay = keras.optimizers.schedules.CosineDecay(1e-2, steps)
    head.compile(keras.optimizers.Adam(decay), loss)
    targets = keras.utils.to_categorical(classes, len(labels))
    head.fit(inputs, targets, batch_size=64, epochs=epochs, verbose=0)
    return keras.Model(encoder.inputs[0], dense(encoder.output)), labels
