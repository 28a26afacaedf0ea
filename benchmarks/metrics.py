"""Times the confusion matrix of the course beside scikit-learn's and Keras'.

    python -m benchmarks.metrics

One pair of masks of 512×512 pixels, 3 and 150 classes, one pixel in five wrong. All
three have to give the same counts before any time is taken. Prints the median of the
repetitions in milliseconds and how many times the course's time the others take.
"""

import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras
import numpy as np
import sklearn.metrics

from utils.metrics import confusion_matrix, iou_per_class, mean_iou

SIZE, REPETITIONS = 512, 30


def masks(num_classes, seed=5):
    """Returns a true mask and a prediction that is wrong in a fifth of the pixels."""
    rng = np.random.default_rng(seed)
    true_mask = rng.integers(num_classes, size=(SIZE, SIZE)).astype(np.uint8)
    noise = rng.integers(num_classes, size=(SIZE, SIZE)).astype(np.uint8)
    return true_mask, np.where(rng.random((SIZE, SIZE)) < 0.25, noise, true_mask)


def milliseconds(function):
    """Returns the median time of a call, after one that does not count."""
    function()
    times = []
    for _ in range(REPETITIONS):
        begin = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)


def compare(num_classes):
    """Returns the milliseconds of each library, by name."""
    true_mask, predicted_mask = masks(num_classes)
    metric = keras.metrics.MeanIoU(num_classes)

    def course():
        confusion = confusion_matrix(true_mask, predicted_mask, num_classes)
        return confusion, mean_iou(confusion)

    def scikit_learn():
        labels = np.arange(num_classes)
        confusion = sklearn.metrics.confusion_matrix(
            true_mask.ravel(), predicted_mask.ravel(), labels=labels
        )
        return confusion, float(np.nanmean(iou_per_class(confusion)))

    def with_keras():
        metric.reset_state()
        metric.update_state(true_mask, predicted_mask)
        return np.asarray(metric.total_cm), float(metric.result())

    ours = course()
    for other in (scikit_learn, with_keras):
        confusion, score = other()
        np.testing.assert_array_equal(confusion, ours[0])
        np.testing.assert_allclose(score, ours[1], rtol=1e-5)
    functions = {"course": course, "scikit-learn": scikit_learn, "Keras": with_keras}
    return {name: milliseconds(function) for name, function in functions.items()}


def main():
    """Prints the table."""
    print(f"mean IoU of masks of {SIZE}×{SIZE}, median of {REPETITIONS} calls")
    print(f"{'classes':>7}  {'library':12} {'ms':>7} {'ratio':>6}")
    for num_classes in (3, 150):
        times = compare(num_classes)
        for name, time_ in times.items():
            ratio = time_ / times["course"]
            print(f"{num_classes:7}  {name:12} {time_:7.2f} {ratio:5.1f}x")


if __name__ == "__main__":
    main()
