"""Windows to train a classifier on: around a pet, beside it, and on parts of it."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from utils._arguments import check_positive
from utils.datasets.loading import load_pets
from utils.datasets.sources import breed_ids, breed_names
from utils.detection.boxes import pairwise_iou
from utils.masks.instances import boxes_from_instances
from utils.models.mobilenet_unet import mobilenet_v2
from utils.models.vgg import MEAN_COLOUR

BACKGROUND = 1  # the class id of a pet's mask that is no part of the animal
MARGIN = 0.25  # share of the picture's size by which a window may stick out of it
SIZES = (0.2, 1.3)  # smallest and largest side of a window, as shares of the picture's
KINDS = {"whole": (0.7, 1.01), "part": (0.15, 0.5), "beside": (0.0, 0.15)}
CANDIDATES = 3000  # enough that nearly every pet gets its windows of every kind


def pet_box(mask):
    """Returns the box around the animal in a mask."""
    animal = (np.asarray(mask) != BACKGROUND).astype(int)
    if not animal.any():
        raise ValueError("`mask` must show an animal. Received: background only.")
    return boxes_from_instances(animal)[0].astype(np.float64)


def draw_windows(box_xyxy, image_size, counts=(3, 4, 3), seed=None):
    """Draws windows at random of which some show an animal, some a part, some none."""
    rng = np.random.default_rng(seed)
    size = np.array(image_size[::-1], float)
    box = np.asarray(box_xyxy, float)
    # Half of the candidates resemble the box, half are anywhere and of any size.
    half = CANDIDATES // 2
    around = (box[2:] - box[:2]) * np.exp(rng.uniform(-0.8, 0.8, (half, 2)))
    near = (box[2:] + box[:2]) / 2 + rng.normal(0, 0.2, (half, 2)) * around
    anyhow = size * rng.uniform(*SIZES, (half, 2))
    anywhere = size * rng.uniform(0, 1, (half, 2))
    extents = np.concatenate([around, anyhow])
    centres = np.concatenate([near, anywhere])
    boxes = np.concatenate([centres - extents / 2, centres + extents / 2], axis=1)
    fits = (boxes >= -MARGIN * np.tile(size, 2)).all(axis=1)
    fits &= (boxes <= (1 + MARGIN) * np.tile(size, 2)).all(axis=1)
    fits &= (extents >= SIZES[0] * size).all(axis=1)
    boxes = boxes[rng.permutation(np.flatnonzero(fits))]
    iou = pairwise_iou(boxes, box[None])[:, 0]
    chosen = [
        np.flatnonzero((low <= iou) & (iou < high))[:count]
        for count, (low, high) in zip(counts, KINDS.values(), strict=True)
    ]
    return boxes[np.concatenate(chosen)], np.arange(sum(map(len, chosen))) < len(
        chosen[0]
    )


def window_examples(pets, breeds, num_breeds, window=224, counts=(3, 4, 3), seed=None):
    """Cuts windows out of pictures of one animal each, with a class for each window.

    Args:
        pets: Iterable of (image, mask), as `utils.datasets.load_pets` gives.
        breeds: Integer array (P,), the breed of each picture.
        num_breeds: Number of breeds K; K is the id of windows without a whole animal.
        window: Side of a window in pixels, to which all are resized.
        counts: As for `draw_windows`.
        seed: Integer that makes the windows repeatable, or `None`.

    Yields:
        For each picture, float32 windows (n, window, window, 3) in [0, 1] and their
        classes, int64 (n,). Outside of the picture its edge pixels are repeated.

    Raises:
        ValueError: If there are fewer breeds than pictures, or the reverse.

    Example:
    >>> image, mask = np.zeros((64, 64, 3), "float32"), np.ones((64, 64), int)
    >>> mask[20:40, 10:30] = 0
    >>> [(windows, classes)] = window_examples([(image, mask)], [1], 2, 32, seed=0)
    >>> windows.shape, classes.tolist()
    ((10, 32, 32, 3), [1, 1, 1, 2, 2, 2, 2, 2, 2, 2])
    """
    check_positive(num_breeds=num_breeds, window=window)
    return _examples(pets, breeds, num_breeds, window, counts, seed)


def _examples(pets, breeds, num_breeds, window, counts, seed):
    rng = np.random.default_rng(seed)
    for (image, mask), breed in zip(pets, breeds, strict=True):
        image = np.asarray(image)
        size = np.array(image.shape[:2])
        boxes, whole = draw_windows(pet_box(mask), image.shape[:2], counts, rng)
        margin = np.ceil(MARGIN * size).astype(int)
        padded = np.pad(image, [*zip(margin, margin, strict=True), (0, 0)], mode="edge")
        yxyx = (boxes[:, [1, 0, 3, 2]] + np.tile(margin, 2)) / np.tile(
            size + 2 * margin, 2
        )
        zeros = np.zeros(len(boxes), np.int32)
        crops = tf.image.crop_and_resize(padded[None], yxyx, zeros, (window, window))
        yield crops.numpy(), np.where(whole, breed, num_breeds)


def random_windows(images, masks, size=96, count=4, seed=None):
    """Cuts windows around random pixels; the class of that pixel is the label.

    Outside a picture is the mean colour: VGG's first layer turns it to zero, its
    padding.

    Args:
        images: Float array of shape (N, H, W, 3) in [0, 1].
        masks: Integer array of shape (N, H, W), class ids.
        size: Height and width of a window in pixels.
        count: Number of windows per picture.
        seed: Integer that makes the choice repeatable, or `None`.

    Returns:
        Two arrays, in random order: windows (N · count, size, size, 3) of the images'
        dtype, and labels (N · count,), of the pixel at [size // 2, size // 2].

    Raises:
        ValueError: If the shapes do not fit, or `size` or `count` is no positive
            integer.

    Example:
    >>> images = np.zeros((2, 8, 8, 3), "float32")
    >>> windows, labels = random_windows(images, np.ones((2, 8, 8), int), 6, count=3)
    >>> windows.shape, labels.tolist()
    ((6, 6, 6, 3), [1, 1, 1, 1, 1, 1])

    Reference:
        Ciresan et al. (2012), "Deep neural networks segment neuronal membranes".
        Derived in `notebooks/04_fcn.ipynb`.
    """
    check_positive(size=size, count=count)
    images, masks = np.asarray(images), np.asarray(masks)
    if images.ndim != 4 or masks.shape != images.shape[:3]:
        raise ValueError(
            "`images` and `masks` must have shapes (N, H, W, 3) and (N, H, W). "
            f"Received: {images.shape} and {masks.shape}."
        )
    rng = np.random.default_rng(seed)
    number, height, width = masks.shape
    which = rng.permutation(np.repeat(np.arange(number), count))
    rows = rng.integers(height, size=len(which))
    columns = rng.integers(width, size=len(which))
    windows = np.empty((len(which), size, size, images.shape[-1]), images.dtype)
    windows[:] = np.array(MEAN_COLOUR[: images.shape[-1]]) / 255
    for window, image, row, column in zip(
        windows, images[which], rows, columns, strict=True
    ):
        top, left = row - size // 2, column - size // 2
        inside = image[max(top, 0) : top + size, max(left, 0) : left + size]
        down, right = max(-top, 0), max(-left, 0)
        window[down : down + inside.shape[0], right : right + inside.shape[1]] = inside
    return windows, masks[which, rows, columns]


def window_classifier(
    counts=(4, 2, 2), window=224, weights=None, seed=11, epochs=20, split="train"
):
    """Trains a classifier of windows: the breed of an animal, or background.

    Windows of training pictures are encoded once; a dense layer learns to name them.

    Args:
        counts: How many windows of a picture to draw, as of `draw_windows`.
        window: Height and width of a window in pixels, a multiple of 32.
        weights: Of the encoder, as for `utils.models.mobilenet_v2`.
        seed: Integer that makes windows and training repeatable.
        epochs: Passes over the windows.
        split: Pictures to cut them from: "train" or "validation".

    Returns:
        A `keras.Model` from images (N, window, window, 3) in [0, 1] to probabilities
        (N, K + 1), and the labels: breeds in order, then "background".

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
