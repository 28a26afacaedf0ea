"""Times five ways to look at 64 windows of a picture, beside one bare forward pass.

    python -m benchmarks.sliding_window

The picture is 448×448, a window 224×224, the stride 32. The classifier is the one that
lessons 11 and 12 train: MobileNetV2 with breeds and background. What is computed from
crops has to agree, and so has what is computed from the feature map, before any time is
taken. Prints the median seconds of the repetitions, how many times the bare forward
pass and which part of the naive loop that is, and the mean average precision (AP) of
each way on the sample's eight test scenes.
"""

import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras
import numpy as np

from utils.datasets import (
    load_scenes,
    species_groups,
)
from utils.detection import (
    classify_windows,
    crop_windows,
    group_probabilities,
    select,
    voc_average_precision,
    window_classifier,
    window_grid,
)
from utils.models import (
    at_size,
    convolutional_head,
    count_macs,
    split_at,
)

SIZE, WINDOW, STRIDE, CELLS = 448, 224, 32, 7
LAYER = "out_relu"  # the last one before the mean over the cells
REPETITIONS, SECONDS = 15, 12
BARE = "bare forward pass"
NAIVE = "predict, window by window"
ONE_BY_ONE = "predict_on_batch, one by one"
CONVOLUTION = "convolutional head"


def ways(classifier):
    """Returns functions from a picture to (64, K) scores, and the bare pass."""
    bottom, top = split_at(classifier, LAYER)
    large = at_size(bottom, (SIZE, SIZE))
    head = convolutional_head(top)
    whole = keras.Model(large.inputs[0], head(large.outputs[0]))
    pixels = window_grid((SIZE, SIZE), WINDOW, STRIDE)
    cells = window_grid((SIZE // STRIDE, SIZE // STRIDE), CELLS, 1)

    def one_by_one(ask):
        return lambda image: np.concatenate(
            [ask(window[None]) for window in crop_windows(image, pixels)]
        )

    def feature_map_windows(image):
        [feature_map] = large.predict_on_batch(image[None])
        return classify_windows(top, crop_windows(feature_map, cells))

    def convolution(image):
        return whole.predict_on_batch(image[None]).reshape(len(pixels), -1)

    functions = {
        NAIVE: one_by_one(lambda window: classifier.predict(window, verbose=0)),
        ONE_BY_ONE: one_by_one(classifier.predict_on_batch),
        "one batch of crops": lambda image: classify_windows(
            classifier, crop_windows(image, pixels)
        ),
        "windows of the feature map": feature_map_windows,
        CONVOLUTION: convolution,
        BARE: lambda image: large.predict_on_batch(image[None]),
    }
    window_macs, pass_macs = count_macs(classifier), count_macs(large)
    print(f"64 windows {64 * window_macs / 1e9:.2f} GMAC, one pass at {SIZE} ", end="")
    print(f"{pass_macs / 1e9:.2f} GMAC: {64 * window_macs / pass_macs:.1f} times fewer")
    return functions


def check(functions, image):
    """Stops unless ways that compute the same thing give the same numbers."""
    first, second, third, fourth, fifth = (
        function(image) for name, function in functions.items() if name != BARE
    )
    np.testing.assert_allclose(second, first, rtol=0, atol=1e-5)
    np.testing.assert_allclose(third, first, rtol=0, atol=1e-5)
    np.testing.assert_allclose(fifth, fourth, rtol=0, atol=1e-5)


def precisions(function, scenes, labels):
    """Returns the mean AP of cats and dogs at IoU 0.5 and at IoU 0.3."""
    groups = species_groups(labels[:-1])
    boxes = window_grid((SIZE, SIZE), WINDOW, STRIDE)
    true = [{"boxes_xyxy": s.boxes_xyxy, "classes": s.species} for s in scenes]
    scores = [group_probabilities(function(s.image), groups, labels) for s in scenes]
    found = [select(boxes, values, threshold=0.05) for values in scores]
    return [
        voc_average_precision(true, found, 2, iou_threshold=least).mean()
        for least in (0.5, 0.3)
    ]


def seconds(functions, image):
    """Returns the median time of each function, taken in turns."""
    times = {name: [] for name in functions}
    started = time.perf_counter()
    for repetition in range(REPETITIONS):
        for name, function in functions.items():
            slow = "one" in name or name == NAIVE
            if slow and repetition >= 3 and time.perf_counter() - started > SECONDS:
                continue
            begin = time.perf_counter()
            function(image)
            times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    """Prints the table."""
    classifier, labels = window_classifier()
    functions = ways(classifier)
    scenes = load_scenes("test", image_size=(SIZE, SIZE))
    check(functions, scenes[0].image)
    times = seconds(functions, scenes[0].image)
    print(f"{'':28} {'seconds':>8} {'passes':>7} {'faster':>7}  AP at 0.5  at 0.3")
    for name, time_ in times.items():
        row = f"{name:28} {time_:8.3f} {time_ / times[BARE]:7.2f}"
        row += f" {times[NAIVE] / time_:6.0f}x"
        if name != BARE:
            strict, loose = precisions(functions[name], scenes, labels)
            row += f" {strict:10.2f} {loose:7.2f}"
        print(row)
    ratio = times[ONE_BY_ONE] / times[CONVOLUTION]
    print(f"{CONVOLUTION}: {ratio:.0f} times faster than {ONE_BY_ONE}")


if __name__ == "__main__":
    main()
