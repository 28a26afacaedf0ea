"""Measures what augmentation brings to a flower classifier, and what it costs.

    python -m benchmarks.augmentation --data sample --seeds 5
    python -m benchmarks.augmentation --data FOLDER

Two small networks, trained from nothing: one whose hidden layer reads every place of
the last feature map, as in lesson 8, and one that averages every channel first. Each
is trained without augmentation, with random layers in the model (option 1) and with
the same layers in `Dataset.map` (option 2), once per seed. For a seed all three start
from the same weights. Prints the test accuracy of every run, then mean and standard
deviation over the seeds, the test loss, the training accuracy, the validation accuracy
and the seconds per epoch. Nothing is chosen on the test set.
"""

import argparse
import os
import statistics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras
import tensorflow as tf

from utils.augmentation import random_layers
from utils.datasets import flowers_info, load_flowers
from utils.models import (
    EpochTimer,
    recipe,
    small_convnet,
)

HEADS = ("flat", "average")
WAYS = ("without", "option 1", "option 2")


def load(split, options):
    """Returns images and labels of one split, resized as in the lesson."""
    resize = keras.layers.Resizing(options.image_size, options.image_size)
    dataset = load_flowers(split, options.data)
    return dataset.map(lambda image, label: (resize(image), label)).cache()


def run(head, way, seed, sets, options):
    """Trains one model; returns its scores."""
    keras.utils.set_random_seed(seed)
    layers = random_layers(seed=seed)
    model = small_convnet(
        options.num_classes,
        (options.image_size, options.image_size),
        augmentation=layers if way == "option 1" else None,
        head=head,
    )
    train = sets["train"].shuffle(len(sets["train"]), seed=seed).batch(16)
    if way == "option 2":
        train = train.map(
            lambda images, labels: (layers(images, training=True), labels),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(recipe(options.epochs * len(train)), loss, metrics=["accuracy"])
    timer = EpochTimer()
    history = model.fit(
        train.prefetch(tf.data.AUTOTUNE),
        epochs=options.epochs,
        callbacks=[timer],
        shuffle=False,
        verbose=0,
    )
    validation = model.evaluate(sets["validation"].batch(64), verbose=0)
    test = model.evaluate(sets["test"].batch(64), verbose=0)
    print(f"{head:8} {way:9} seed {seed}: test accuracy {test[1]:.3f}", flush=True)
    return {
        "test": test[1],
        "loss": test[0],
        "training": history.history["accuracy"][-1],
        "validation": validation[1],
        "seconds": timer.seconds_per_epoch,
    }


def report(results):
    """Prints one line per network and way, means over the seeds."""
    print("\nmean over the seeds; ± is their standard deviation; loss in nats")
    names = ("test accuracy", "loss", "validation", "training", "s per epoch")
    print(f"{'':18} {names[0]:>14} " + " ".join(f"{name:>11}" for name in names[1:]))
    for (head, way), runs in results.items():
        column = {name: [run[name] for run in runs] for name in runs[0]}
        means = {name: statistics.mean(values) for name, values in column.items()}
        spread = statistics.stdev(column["test"]) if len(runs) > 1 else 0
        cells = (means["loss"], means["validation"], means["training"])
        print(
            f"{head:8} {way:9} {means['test']:7.3f} ± {spread:.3f} "
            + " ".join(f"{cell:11.3f}" for cell in (*cells, means["seconds"]))
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="sample, tf_flowers or a folder")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=HEADS)
    options = parser.parse_args()
    flowers = flowers_info(options.data)
    print(flowers)
    options.num_classes = flowers.num_classes
    sets = {split: load(split, options) for split in flowers.split_sizes}
    report(
        {
            (head, way): [
                run(head, way, seed, sets, options) for seed in range(options.seeds)
            ]
            for head in options.heads
            for way in WAYS
        }
    )


if __name__ == "__main__":
    main()
