"""Measures whether finer skips help: FCN-32s, 16s and 8s, over several seeds.

    python -m benchmarks.fcn_order
    python -m benchmarks.fcn_order --data FOLDER --seeds 4 5 6

For each seed trains the small networks of lesson 4, in its way and with its settings:
a narrow VGG-16 as a classifier of windows, then FCN-32s with the encoder frozen, and
FCN-32s, 16s and 8s, each from the coarser one. Prints mean IoU on the test split for
every seed, the gaps, and beside them those of the paper.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras
import numpy as np

from utils.augmentation import random_views
from utils.datasets import PET_CLASSES, load_pets, pets_info
from utils.detection import random_windows
from utils.metrics import dataset_confusion, mean_iou
from utils.models import (
    fcn,
    recipe,
    transplant,
    vgg16,
)

# Mean IU on PASCAL VOC 2011 validation, table 2 of Long, Shelhamer and Darrell (2015).
PAPER = {"32s, frozen": 45.4, "32s": 59.4, "16s": 62.4, "8s": 62.7}
NUM_CLASSES = len(PET_CLASSES)
NARROW = {"width": 1 / 8, "window": 96, "batch_norm": True, "dropout": 0.0}
EPOCHS, PEAKS = {32: 5, 16: 3, 8: 3}, {32: 3e-3, 16: 1.5e-3, 8: 1.5e-3}


def train_classifier(images, masks, seed, factor):
    """Returns the narrow VGG-16, trained to name the centre of windows."""
    windows, labels = random_windows(images, masks, count=6 * factor, seed=seed)
    keras.utils.set_random_seed(seed)
    model = vgg16(NUM_CLASSES, **NARROW)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(recipe(len(windows) // 16 or 1, 2e-3), loss)
    model.fit(windows, labels, batch_size=16, verbose=0)
    return model


def train_fcn(source, stride, data, seed, factor, frozen=False):
    """Returns an FCN that starts from `source`, trained on batches."""
    keras.utils.set_random_seed(seed)
    model = fcn(NUM_CLASSES, stride, **NARROW, image_size=(128, 128))
    received = transplant(model, source)
    if frozen:
        for name in received:
            model.get_layer(name).trainable = False
    epochs = factor * EPOCHS[stride]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(recipe(epochs * len(data), PEAKS[stride]), loss)
    model.fit(data, epochs=epochs, shuffle=False, verbose=0)
    return model


def run(seed, options):
    """Trains all for one seed; returns mean IoU on the test split, in per cent."""
    pairs = zip(*load_pets("train", options.data).as_numpy_iterator(), strict=True)
    images, masks = map(np.stack, pairs)
    classifier = train_classifier(images, masks, seed, options.factor)
    dataset = load_pets("train", options.data).cache()
    data = dataset.shuffle(len(images), seed=seed).batch(8, drop_remainder=True)
    data = data.map(random_views(seed, zoom=0)).prefetch(2)
    test = load_pets("test", options.data).batch(16)

    def score(name, model):
        scores[name] = 100 * mean_iou(dataset_confusion(model, test, NUM_CLASSES))
        print(f"seed {seed}  {name:12} {scores[name]:5.1f}", flush=True)

    scores = {}
    common = (data, seed, options.factor)
    score("32s, frozen", train_fcn(classifier, 32, *common, frozen=True))
    model = classifier
    for stride in (32, 16, 8):
        model = train_fcn(model, stride, *common)
        score(f"{stride}s", model)
    return scores


def report(runs):
    """Prints mean and spread over the seeds, gaps, and the paper's beside them."""
    print(
        f"\nMean IoU on the test split in per cent, {len(runs)} seeds, and the gap to"
    )
    print(
        "the row above. Beside it mean IU and gap of the paper, on PASCAL VOC 2011.\n"
    )
    print(f"{'':12} {'mean':>6} {'spread':>7} {'gap':>6}   {'paper':>6} {'gap':>6}")
    before = None
    for name, paper in PAPER.items():
        values = [scores[name] for scores in runs]
        mean = statistics.mean(values)
        spread = max(values) - min(values)
        gaps = ["", ""]
        if before:
            gaps = [f"{mean - before[0]:+.1f}", f"{paper - before[1]:+.1f}"]
        cells = f"{name:12} {mean:6.1f} {spread:7.1f} {gaps[0]:>6}"
        print(f"{cells}   {paper:6.1f} {gaps[1]:>6}")
        before = mean, paper
    ordered = sum(scores["32s"] <= scores["16s"] <= scores["8s"] for scores in runs)
    print(f"\n32s ≤ 16s ≤ 8s for {ordered} of {len(runs)} seeds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="sample, oxford or a folder")
    parser.add_argument("--seeds", type=int, nargs="+", default=[4, 5, 6])
    parser.add_argument(
        "--factor", type=int, default=1, help="how much longer to train"
    )
    options = parser.parse_args()
    print(pets_info(options.data))
    begin = time.process_time()
    runs = [run(seed, options) for seed in options.seeds]
    report(runs)
    print(f"{time.process_time() - begin:.0f} processor seconds")


if __name__ == "__main__":
    main()
