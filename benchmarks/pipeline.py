"""Pictures per second of the course's augmented pipeline and of TensorFlow's tutorials.

    python -m benchmarks.pipeline

All lines read the same 192 pictures and trimaps of the embedded sample and yield
batches of 32 at 128×128 pixels. Two sets of operations are compared.

"shift, flip, brightness" is what TensorFlow's tutorial "Data augmentation" does: a
margin of three pixels on every side and a random crop back to size, a random flip and a
random brightness of at most 0.5, clipped; the mask takes part in the first two. The
tutorial's way: `map` decodes, resizes and augments each picture in every epoch, with
`tf.image.stateless_random_*`, a counter for seeds, `num_parallel_calls=AUTOTUNE` and
`prefetch`, without `cache`. (It crops and flips image and mask with the same seed here,
so its pairs hold.) "and cached" is the same with `cache` behind resizing, which is what
separates the gain of the cache from that of the rest.

"flip" is what the tutorial "Image segmentation" does: `cache`, `shuffle`, `batch`, then
`map`, one call after the other, with one `RandomFlip` layer for images and one for
masks.

The course's way for either: `load_pets`, `cache`, `shuffle`, `augment`, `batch`,
`prefetch`.

"decode" only reads, decodes and resizes, with TensorFlow's decoders: no pipeline that
decodes in every epoch can be faster. "cached" hands out what is in memory: no pipeline
can be faster at all. Every line runs for three seconds after a first epoch that does
not count, three times in turn, and the best of the three is printed.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras
import tensorflow as tf

from utils.augmentation import (
    augment,
    random_brightness,
    random_flip,
    random_translation,
)
from utils.datasets import load_pets
from utils.datasets.sources import open_source

SIZE, BATCH, SECONDS, ROUNDS = 128, 32, 3.0, 3
MARGIN, DELTA = 3, 0.5
AUTOTUNE = tf.data.AUTOTUNE


def decode(files):
    """Decodes and resizes a picture and its trimap with TensorFlow."""
    image = tf.io.decode_jpeg(files["image"], channels=3)
    mask = tf.io.decode_png(files["target"], channels=1)
    image = tf.image.resize(image, (SIZE, SIZE)) / 255
    return image, tf.image.resize(mask, (SIZE, SIZE), method="nearest") - 1


def tutorial_augment(pair, seed):
    """Shift, flip and brightness as in the tutorial "Data augmentation"."""
    image, mask = pair
    other = tf.random.split(seed, num=1)[0]
    wide = SIZE + 2 * MARGIN
    image, mask = (
        tf.image.resize_with_crop_or_pad(pixels, wide, wide) for pixels in pair
    )
    image = tf.image.stateless_random_crop(image, (SIZE, SIZE, 3), seed=seed)
    mask = tf.image.stateless_random_crop(mask, (SIZE, SIZE, 1), seed=seed)
    image = tf.image.stateless_random_flip_left_right(image, seed=other)
    mask = tf.image.stateless_random_flip_left_right(mask, seed=other)
    image = tf.image.stateless_random_brightness(image, DELTA, seed=other)
    return tf.clip_by_value(image, 0, 1), mask


class TutorialFlip(keras.layers.Layer):
    """The layer of the tutorial "Image segmentation", with its two seeded layers."""

    def __init__(self, seed=42):
        super().__init__()
        self.images = keras.layers.RandomFlip("horizontal", seed=seed)
        self.masks = keras.layers.RandomFlip("horizontal", seed=seed)

    def call(self, images, masks):
        """Mirrors images and masks."""
        return self.images(images), self.masks(masks)


def pipelines():
    """Returns dicts from a set of operations to its pipelines by name."""
    files = open_source("pets", "sample").examples("train").cache()
    count = len(files)
    decoded = files.map(decode, num_parallel_calls=AUTOTUNE)
    cached = decoded.cache().shuffle(count)
    course = load_pets("train", "sample").cache().shuffle(count)
    counter = tf.data.Dataset.counter()

    def in_tutorial(pairs):
        seeded = tf.data.Dataset.zip(pairs, (counter, counter)).shuffle(count)
        return seeded.map(tutorial_augment, num_parallel_calls=AUTOTUNE).batch(BATCH)

    def with_tutorial_flip():
        return cached.batch(BATCH).map(TutorialFlip())

    share = (MARGIN + 0.5) / SIZE  # rounded to -3 … 3 pixels
    moves = [random_translation(share), random_flip(), random_brightness(DELTA)]
    return {
        "limits": {"decode": decoded.batch(BATCH), "cached": cached.batch(BATCH)},
        "shift, flip, brightness": {
            "tutorial": in_tutorial(decoded),
            "tutorial and cached": in_tutorial(cached),
            "course, first epoch": augment(decoded.map(without_channel), moves, 1)
            .shuffle(count)
            .batch(BATCH),
            "course": augment(course, moves, seed=1).batch(BATCH),
        },
        "flip": {
            "tutorial": with_tutorial_flip(),
            "course": augment(course, [random_flip()], seed=1).batch(BATCH),
        },
    }


def without_channel(image, mask):
    """Gives a mask (H, W, 1) the course's shape (H, W)."""
    return image, mask[..., 0]


def rate(dataset):
    """Returns pictures per second, after an epoch that does not count."""
    batches = iter(dataset.repeat().prefetch(AUTOTUNE))
    for _ in range(len(dataset)):
        next(batches)
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < SECONDS:
        images, _ = next(batches)
        count += len(images)
    return count / (time.perf_counter() - begin)


def main():
    """Prints the table."""
    groups = pipelines()
    best = {}
    for _ in range(ROUNDS):
        for group, named in groups.items():
            for name, dataset in named.items():
                key = group, name
                best[key] = max(best.get(key, 0), rate(dataset))
    print(f"pictures per second, {SIZE}×{SIZE}, batches of {BATCH}, best of {ROUNDS}")
    limit = best["limits", "decode"]
    for group, named in groups.items():
        print(f"{group:34} {'rate':>7} {'of decode':>10} {'of tutorial':>12}")
        for name in named:
            this, theirs = best[group, name], best.get((group, "tutorial"))
            ratio = f"{this / theirs:11.1f}x" if theirs else ""
            print(f"  {name:32} {this:7.0f} {this / limit:9.2f}x {ratio}")


if __name__ == "__main__":
    main()
