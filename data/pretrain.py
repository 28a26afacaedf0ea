"""Trains the embedded encoder: `python -m data.pretrain`, or `make weights`.

Renders thousands of small pets and flowers from seeds that the sample does not use and
trains MobileNetV2 (alpha 0.35) from random weights, in two stages. First it names what
a picture shows: one of 8 breeds or 5 flowers. A classifier may forget where things are
and how they end, so in a second, short stage it also says for every pixel of the pets
whether it is pet, background or border, through a decoder that is then thrown away.

Written are `data/weights/encoder.weights.h5` (the network without its top) and
`data/weights/heads.npz` (the last layer, one part for breeds, one for flowers).
Renderings are kept in build/pretraining, a file per 500 pictures, so that a run that
was interrupted goes on where it stopped. On two CPU cores: about ten minutes to render
and half an hour to train.
"""

import argparse
import multiprocessing
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from utils.datasets.sample import BREEDS
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS

DATA = Path(__file__).resolve().parent
SIDE = 128
ALPHA = 0.35  # share of the channels of MobileNetV2
CLASSES = (*BREEDS, *FLOWERS)
FIRST_SEED = {"pets": 1_000_000, "flowers": 2_000_000}
COUNT = {"pets": 4000, "flowers": 2000}
CHUNK = 500
EPOCHS = {96: 16, 128: 3}  # of the first stage: picture side in pixels -> epochs
PIXEL_COUNT = {"pets": 4000, "flowers": 500}  # pictures of the second stage
PIXEL_EPOCHS = 9
VOID = 255  # not labelled


def pet(number):
    """Renders pet `number`: square picture, class id, mask of ids 0, 1, 2."""
    from data.render.pets import pets

    seed, breed = FIRST_SEED["pets"] + number, BREEDS[number % len(BREEDS)]
    picture = pets.picture(seed, breed, long_side=SIDE, supersampling=1.25)
    trimap = Image.fromarray(picture.trimap)
    mask = np.asarray(trimap.resize((SIDE, SIDE), Image.Resampling.NEAREST)) - 1
    return square(picture.image), CLASSES.index(breed), mask


def flower(number):
    """Renders flower `number`: square picture, class id, a mask of void."""
    from data.render.flowers import flowers

    seed, kind = FIRST_SEED["flowers"] + number, FLOWERS[number % len(FLOWERS)]
    picture = flowers.picture(seed, kind, long_side=SIDE, supersampling=1.25)
    void = np.full((SIDE, SIDE), VOID, np.uint8)
    return square(picture.image), CLASSES.index(kind), void


RENDER = {"pets": pet, "flowers": flower}
PARTS = ("images", "labels", "masks")


def square(image):
    """Resizes as `utils.datasets` does: sides stretched to `SIDE` pixels."""
    resized = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(resized)


def rendered(name, count, folder, workers=2):
    """Renders `count` pictures, or reads those that are in `folder` already.

    Returns:
        uint8 images (count, 128, 128, 3), class ids (count,), and uint8 masks
        (count, 128, 128): 0 pet, 1 background, 2 border, 255 not labelled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for start in tqdm(range(0, count, CHUNK), name, unit=f"{CHUNK} pictures"):
            numbers = range(start, min(start + CHUNK, count))
            file = folder / f"{name}_{numbers[0]}_{numbers[-1]}.npz"
            if not file.exists():
                made = pool.map(RENDER[name], numbers, chunksize=8)
                arrays = (np.stack(column) for column in zip(*made, strict=True))
                unfinished = file.with_suffix(".tmp.npz")
                np.savez(unfinished, **dict(zip(PARTS, arrays, strict=True)))
                unfinished.replace(file)
            with np.load(file, allow_pickle=False) as chunk:
                parts.append([chunk[part] for part in PARTS])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


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
        input_shape=(None, None, 3),
        alpha=ALPHA,
        include_top=False,
        weights=None,
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


def descent(steps, peak):
    """AdamW; its learning rate rises to `peak`, then falls along a cosine to zero."""
    import keras

    warm_up = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - warm_up, 0.0, "decay", peak, warm_up
    )
    return keras.optimizers.AdamW(schedule, weight_decay=0.02)


def train(images, labels, epochs, batch=64):
    """Trains on all but the last 400 pictures, which show the progress.

    Args:
        images: uint8 array (N, 128, 128, 3).
        labels: Integer array (N,) of class ids.
        epochs: Dictionary from picture side in pixels to number of epochs. Small
            pictures first: they cost half as much and teach nearly as well.

    Returns:
        The network without its top, and the classifier around it.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    network, model = build()
    order = np.random.default_rng(0).permutation(len(images))
    fit, held_out = order[:-400], order[-400:]
    data = tf.data.Dataset.from_tensor_slices((images[fit], labels[fit]))
    data = data.shuffle(len(fit), seed=0).batch(batch, drop_remainder=True)
    model.compile(
        descent(sum(epochs.values()) * (len(fit) // batch), peak=4e-3),
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
    return network, model


def decode(feature_maps):
    """Builds the decoder of the second stage: logits of pet, background and border."""
    from keras import layers

    from utils.models import upsample

    *skips, x = feature_maps
    for filters, skip in zip((128, 96, 64, 32), skips[::-1], strict=True):
        x = layers.Concatenate()([upsample(filters, size=2)(x), skip])
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    return layers.Conv2DTranspose(3, 2, strides=2)(x)


def train_pixels(network, model, images, labels, masks, epochs, batch=16):
    """Goes on training, for the class of the picture and of every pixel.

    Args:
        network: The network without its top, changed in place.
        model: The classifier around it, whose last layer is changed in place.
        images, labels, masks: As `rendered` returns them.
        epochs: Number of passes over them.

    Returns:
        Kernel (1280, 13) and bias (13,) of the classifier's last layer.
    """
    import keras
    import tensorflow as tf

    from utils.augmentation import random_views
    from utils.models.mobilenet_unet import SKIPS

    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    outputs = [network.get_layer(name).output for name in SKIPS]
    both = keras.Model(network.input, [*outputs, network.output])
    *maps, top = both(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    head = model.get_layer("head")
    named = head(keras.layers.GlobalAveragePooling2D()(top))
    pixels = decode(maps)
    joint = keras.Model(inputs, {"pixels": pixels, "name": named})
    views = random_views(seed=0, zoom=0)

    def flipped(images, labels, masks):
        images, masks = views(images, masks)
        return tf.cast(images, tf.float32), {"pixels": masks, "name": labels}

    data = tf.data.Dataset.from_tensor_slices((images, labels, masks))
    data = data.shuffle(len(images), seed=0).batch(batch, drop_remainder=True)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy
    joint.compile(
        descent(epochs * len(data), peak=3e-3),
        {
            "pixels": cross_entropy(from_logits=True, ignore_class=VOID),
            "name": cross_entropy(from_logits=True),
        },
        loss_weights={"pixels": 1.0, "name": 0.3},
        metrics={"name": "accuracy"},
    )
    joint.fit(data.map(flipped).prefetch(2), epochs=epochs, shuffle=False, verbose=2)
    return head.get_weights()


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
    parts = {name: rendered(name, COUNT[name], options.scratch) for name in RENDER}
    if options.render_only:
        return
    images, labels, _ = map(np.concatenate, zip(*parts.values(), strict=True))
    network, model = train(images, labels, EPOCHS)
    some = [[x[: PIXEL_COUNT[name]] for x in part] for name, part in parts.items()]
    pictures = map(np.concatenate, zip(*some, strict=True))
    kernel, bias = train_pixels(network, model, *pictures, PIXEL_EPOCHS)
    save(network, kernel, bias, options.data / "weights")
    from data.make import write_checksums

    write_checksums(options.data)


if __name__ == "__main__":
    main()
