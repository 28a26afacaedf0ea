"""Compares the course's training recipe with TensorFlow's segmentation tutorial.

    python -m benchmarks.pets_recipe --data sample
    python -m benchmarks.pets_recipe --data FOLDER --weights FILE.h5

Trains three models in one process, on one split, from one set of encoder weights:
the tutorial's network with the tutorial's recipe as published, the same network with
the course's recipe, and the course's light decoder with the course's recipe. After
every epoch, while the clock stands still, mean IoU on the validation split is
measured. Prints the training seconds each needs to the tutorial's best validation
mean IoU, the ratios, and the IoU per class after the last epoch.

Use a quiet machine. Processor seconds are printed, too: they suffer less from others.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras

from utils.augmentation import random_views
from utils.datasets import PET_CLASSES, load_pets, pets_info
from utils.metrics import dataset_confusion, iou_per_class, mean_iou
from utils.models import (
    recipe,
    unet_model,
    weights_info,
)

NUM_CLASSES = len(PET_CLASSES)


class Stopwatch(keras.callbacks.Callback):
    """Measures epochs, then the validation split with the clock stopped.

    `seconds` and `cpu_seconds` are the training times up to the end of each epoch.
    """

    def __init__(self, name, validation):
        super().__init__()
        self.name, self.validation = name, validation
        self.seconds, self.cpu_seconds, self.confusions = [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        self.seconds.append(wall + sum(self.seconds[-1:]))
        self.cpu_seconds.append(cpu + sum(self.cpu_seconds[-1:]))
        confusion = dataset_confusion(self.model, self.validation, NUM_CLASSES)
        self.confusions.append(confusion)
        print(
            f"{self.name:24} epoch {epoch + 1:2} {self.seconds[-1]:6.1f} s  "
            f"mean IoU {mean_iou(confusion):.3f}",
            flush=True,
        )

    def scores(self):
        return [mean_iou(confusion) for confusion in self.confusions]


def tutorial(options):
    """The network and the training of tensorflow.org/tutorials/images/segmentation."""
    size = (options.image_size, options.image_size)
    unet = unet_model(NUM_CLASSES, size, options.weights, decoder="pix2pix")
    for block in unet.layers:
        for layer in getattr(block, "layers", []):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = 0.99  # Keras' default; the encoder is frozen
    images = keras.Input((*size, 3))
    # The course's models map [0, 1] to [-1, 1]; undone here, as the tutorial lacks it.
    unmapped = keras.layers.Rescaling(0.5, offset=0.5)(images)
    model = keras.Model(images, unet(unmapped))

    examples = load_pets("train", options.data, size)
    batches = examples.cache().shuffle(1000, seed=options.seed).batch(64).repeat()
    batches = batches.map(random_views(options.seed, zoom=0)).prefetch(2)
    return model, keras.optimizers.Adam(1e-3), batches, len(examples) // 64 or 1, 20


def course(options, decoder, epochs):
    """The recipe of lesson 6."""
    size = (options.image_size, options.image_size)
    model = unet_model(NUM_CLASSES, size, options.weights, decoder=decoder)
    examples = load_pets("train", options.data, size)
    batches = examples.cache().shuffle(len(examples), seed=options.seed).batch(8)
    batches = batches.map(random_views(options.seed))
    steps = len(batches)
    return model, recipe(epochs * steps), batches.repeat().prefetch(2), steps, epochs


def train(name, build, options, validation):
    """Trains and measures one model; returns its stopwatch."""
    keras.utils.set_random_seed(options.seed)
    model, optimizer, batches, steps, epochs = build(options)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    start_up(model, batches)
    stopwatch = Stopwatch(name, validation)
    model.fit(
        batches,
        steps_per_epoch=steps,
        epochs=epochs,
        callbacks=[stopwatch],
        shuffle=False,
        verbose=0,
    )
    return stopwatch


def start_up(model, batches):
    """Traces the training step, fills the cache, then takes the step back."""
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    before = [variable.numpy() for variable in variables]
    model.fit(batches, steps_per_epoch=1, shuffle=False, verbose=0)
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)


def report(stopwatches):
    """Prints the table, with the ratios to the first stopwatch, the tutorial's."""
    target = max(stopwatches[0].scores())
    print(
        f"\nTarget: the tutorial's best validation mean IoU, {target:.3f}. Seconds of "
        "training until then,\nof the clock and of the processor, without TensorFlow's "
        "start-up. Ratio: the tutorial's\nseconds by the recipe's. IoU on the "
        "validation split after the last epoch.\n"
    )
    rows = [["", "parameters", "epochs", "clock", "processor", "ratio", "mean"]]
    rows[0] += PET_CLASSES
    for watch in stopwatches:
        scores, iou = watch.scores(), iou_per_class(watch.confusions[-1])
        row = [watch.name, f"{watch.model.count_params():,}", len(scores)]
        times = ["never", "never", "-"]
        if max(scores) >= target:
            epoch = next(n for n, score in enumerate(scores) if score >= target)
            first = stopwatches[0]
            ratio = first.seconds[first.scores().index(target)] / watch.seconds[epoch]
            times = [watch.seconds[epoch], watch.cpu_seconds[epoch], ratio]
            times = [f"{value:.1f}" for value in times]
        rows.append(row + times + [f"{value:.3f}" for value in (scores[-1], *iou)])
    for name, *cells in rows:
        print(f"{name:22}", *(f"{cell:>10}" for cell in cells[:6]), end="")
        print("", *(f"{cell:>10}" for cell in cells[6:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="sample, oxford or a folder")
    parser.add_argument("--weights", help="embedded, imagenet, random or an .h5 file")
    parser.add_argument("--image-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--pix2pix-epochs", type=int, default=16)
    parser.add_argument("--light-epochs", type=int, default=20)
    options = parser.parse_args()
    print(pets_info(options.data), weights_info(options.weights), sep="\n")
    size = (options.image_size, options.image_size)
    validation = load_pets("validation", options.data, size).cache().batch(16)
    runs = {
        "tutorial, as published": tutorial,
        "tutorial's net, course": lambda o: course(o, "pix2pix", o.pix2pix_epochs),
        "light decoder, course": lambda o: course(o, "light", o.light_epochs),
    }
    report([train(name, run, options, validation) for name, run in runs.items()])


if __name__ == "__main__":
    main()
