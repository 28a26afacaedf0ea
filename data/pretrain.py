"""Trains the embedded encoder: `python -m data.pretrain`, or `make weights`.

Renders thousands of small pets and flowers from seeds that the sample does not use,
trains MobileNetV2 (alpha 0.35) from random weights to name the 8 breeds and the 5
flowers, and writes `data/weights/encoder.weights.h5` (the network without its top)
and `data/weights/heads.npz` (the last layer, one part for breeds, one for flowers).

Renderings are kept in build/pretraining, a file per 500 pictures, so that a run that
was interrupted goes on where it stopped. On two CPU cores: about half an hour to
render and three quarters of an hour to train.
"""

import argparse
import multiprocessing
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from data.classes import BREEDS, FLOWERS
from utils.files import DATA

SIDE = 128
CLASSES = (*BREEDS, *FLOWERS)
FIRST_SEED = {"pets": 1_000_000, "flowers": 2_000_000}
COUNT = {"pets": 6000, "flowers": 3000}
CHUNK = 500
ALPHA = 0.35
EPOCHS = {96: 20, 128: 4}


def pet(number):
    """Renders pet `number` as a square uint8 picture, with its class id."""
    from data.render import pets

    seed, breed = FIRST_SEED["pets"] + number, BREEDS[number % len(BREEDS)]
    picture = pets.picture(seed, breed, long_side=SIDE, supersampling=1.25)
    return square(picture.image), CLASSES.index(breed)


def flower(number):
    """Renders flower `number` as a square uint8 picture, with its class id."""
    from data.render import flowers

    seed, kind = FIRST_SEED["flowers"] + number, FLOWERS[number % len(FLOWERS)]
    picture = flowers.picture(seed, kind, long_side=SIDE, supersampling=1.25)
    return square(picture.image), CLASSES.index(kind)


RENDER = {"pets": pet, "flowers": flower}


def square(image):
    """Resizes as `utils.datasets` does: sides stretched to `SIDE` pixels."""
    resized = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(resized)


def rendered(name, count, folder, workers=2):
    """Renders `count` pictures, or reads those that are in `folder` already.

    Returns:
        uint8 array (count, 128, 128, 3) and integer array (count,) of class ids.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = [], []
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for start in tqdm(range(0, count, CHUNK), name, unit=f"{CHUNK} pictures"):
            numbers = range(start, min(start + CHUNK, count))
            file = folder / f"{name}_{numbers[0]}_{numbers[-1]}.npz"
            if not file.exists():
                pairs = pool.map(RENDER[name], numbers, chunksize=8)
                unfinished = file.with_suffix(".tmp.npz")
                np.savez(
                    unfinished,
                    images=np.stack([image for image, _ in pairs]),
                    labels=np.array([label for _, label in pairs]),
                )
                unfinished.replace(file)
            with np.load(file, allow_pickle=False) as chunk:
                images.append(chunk["images"])
                labels.append(chunk["labels"])
    return np.concatenate(images), np.concatenate(labels)


def augmented(images, labels, side):
    """Flips, crops and recolours a batch at random; float32 in [0, 255]."""
    import tensorflow as tf

    count = tf.shape(images)[0]
    images = tf.image.random_flip_left_right(tf.cast(images, tf.float32))
    height = tf.random.uniform([count], 0.65, 1.0)
    width = tf.minimum(height * tf.random.uniform([count], 0.85, 1.18), 1.0)
    top = tf.random.uniform([count]) * (1.0 - height)
    left = tf.random.uniform([count]) * (1.0 - width)
    boxes = tf.stack([top, left, top + height, left + width], axis=1)
    images = tf.image.crop_and_resize(images, boxes, tf.range(count), [side, side])
    contrast = tf.random.uniform([count, 1, 1, 1], 0.75, 1.25)
    brightness = tf.random.uniform([count, 1, 1, 1], -25.0, 25.0)
    images = (images - 127.5) * contrast + 127.5 + brightness
    return tf.clip_by_value(images, 0.0, 255.0), labels


def build():
    """Builds the network and the 13-way classifier around it, from random weights."""
    import keras

    network = keras.applications.MobileNetV2(
        input_shape=(None, None, 3), alpha=ALPHA, include_top=False, weights=None
    )
    for layer in network.layers:
        # The default, 0.999, averages over more steps than this training has.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.97
    images = keras.Input((None, None, 3))
    x = network(keras.layers.Rescaling(1 / 127.5, offset=-1)(images))
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    logits = keras.layers.Dense(len(CLASSES), name="head")(x)
    return network, keras.Model(images, logits)


def train(images, labels, epochs, batch=64, learning_rate=4e-3):
    """Trains on all but the last 400 pictures, which show the progress.

    Args:
        images: uint8 array (N, 128, 128, 3).
        labels: Integer array (N,) of class ids.
        epochs: Dictionary from picture side in pixels to number of epochs. Small
            pictures first: they cost half as much and teach nearly as well.

    Returns:
        The network without its top, and the kernel (1280, 13) and bias (13,) of the
        classifier's last layer.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    network, model = build()
    order = np.random.default_rng(0).permutation(len(images))
    fit, held_out = order[:-400], order[-400:]
    data = tf.data.Dataset.from_tensor_slices((images[fit], labels[fit]))
    data = data.shuffle(len(fit), seed=0).batch(batch, drop_remainder=True)
    steps = sum(epochs.values()) * (len(fit) // batch)
    warm_up = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10, steps - warm_up, 0.0, "decay", learning_rate, warm_up
    )
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.02),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    for side, count in epochs.items():
        model.fit(
            data.map(partial(augmented, side=side), num_parallel_calls=2).prefetch(2),
            epochs=count,
            shuffle=False,
            validation_data=(images[held_out], labels[held_out]),
            validation_freq=4,
            verbose=2,
        )
    return network, *model.get_layer("head").get_weights()


def save(network, kernel, bias, folder):
    """Writes the encoder and the two heads to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    network.save_weights(folder / "encoder.weights.h5")
    breeds = len(BREEDS)
    np.savez(
        folder / "heads.npz",
        breeds_kernel=kernel[:, :breeds],
        breeds_bias=bias[:breeds],
        breeds_names=np.array(BREEDS),
        flowers_kernel=kernel[:, breeds:],
        flowers_bias=bias[breeds:],
        flowers_names=np.array(FLOWERS),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m data.pretrain")
    parser.add_argument("--scratch", type=Path, default=Path("build/pretraining"))
    parser.add_argument("--data", type=Path, default=DATA, help="where to write")
    parser.add_argument("--render-only", action="store_true")
    options = parser.parse_args(arguments)
    parts = [rendered(name, COUNT[name], options.scratch) for name in RENDER]
    if options.render_only:
        return
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    save(*train(images, labels, EPOCHS), options.data / "weights")
    from data.make import write_checksums

    write_checksums(options.data)


if __name__ == "__main__":
    main()
