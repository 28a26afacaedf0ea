"""Times boxes and average precision of the course beside TensorFlow and pycocotools.

    python -m benchmarks.boxes

IoU and non-maximum suppression of random boxes against TensorFlow, COCO's evaluation
of random detections against pycocotools. Each pair has to agree before any time is
taken. Prints the median of the repetitions in milliseconds and how many times the
course's time the other takes: below 1, the other is faster.
"""

import contextlib
import io
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import numpy as np
import tensorflow as tf
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from utils.detection import (
    box_iou,
    coco_curves,
    convert_boxes,
    non_maximum_suppression,
)

CLASSES, REPETITIONS, SECONDS = 20, 15, 4


def random_boxes(rng, count, size=640):
    """Returns boxes of up to a third of a picture, with whole numbers."""
    start = rng.integers(0, 2 * size // 3, (count, 2))
    sides = rng.integers(4, size // 3, (count, 2))
    return np.concatenate([start, start + sides], axis=1).astype(np.float64)


def milliseconds(function):
    """Returns the median time of a call, after one that does not count."""
    function()
    times = []
    while len(times) < 3 or len(times) < REPETITIONS and sum(times) < 1000 * SECONDS:
        begin = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)


def compare_iou(count):
    """Returns the functions to time, after checking that they agree."""
    rng = np.random.default_rng(count)
    first, second = random_boxes(rng, count), random_boxes(rng, count)
    rows = [convert_boxes(boxes, "xyxy", "xywh") for boxes in (first, second)]
    crowd = np.zeros(count, np.uint8)

    def course():
        return box_iou(first, second)

    def pycocotools():
        return mask.iou(*rows, crowd)

    np.testing.assert_allclose(course(), pycocotools(), rtol=0, atol=1e-12)
    return {"course": course, "pycocotools": pycocotools}


def compare_suppression(count):
    """Returns the functions to time, after checking that they agree."""
    rng = np.random.default_rng(count)
    boxes = random_boxes(rng, count).astype(np.float32)
    scores = rng.random(count).astype(np.float32)
    flipped = tf.constant(boxes[:, [1, 0, 3, 2]])

    def course():
        return non_maximum_suppression(boxes, scores, max_boxes=100)

    def tensorflow():
        return tf.image.non_max_suppression(flipped, scores, 100).numpy()

    np.testing.assert_array_equal(course(), tensorflow())
    return {"course": course, "TensorFlow": tensorflow}


def random_detections(count, rng):
    """Returns truths and detections of `count` pictures, in the course's form."""
    truths, detections = [], []
    for _ in range(count):
        objects = rng.integers(1, 13)
        boxes, classes = random_boxes(rng, objects), rng.integers(0, CLASSES, objects)
        truths.append({"boxes_xyxy": boxes, "classes": classes})
        near = np.repeat(boxes, 4, axis=0) + rng.integers(-2, 3, (4 * objects, 4)) * 4
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        boxes = np.concatenate([near, random_boxes(rng, 100)])[:100]
        classes = np.append(np.repeat(classes, 4), rng.integers(0, CLASSES, 100))[:100]
        scores = rng.random(100)
        detections.append({"boxes_xyxy": boxes, "classes": classes, "scores": scores})
    return truths, detections


def as_coco(pictures):
    """Returns the same as a `COCO` of pycocotools."""
    rows = []
    for number, one in enumerate(pictures):
        sides = convert_boxes(one["boxes_xyxy"], "xyxy", "xywh")
        scores = one.get("scores", np.zeros(len(sides)))
        for box, k, score in zip(sides, one["classes"], scores, strict=True):
            row = {"id": len(rows) + 1, "image_id": number, "category_id": int(k)}
            area = float(box[2] * box[3])
            row |= {"bbox": box.tolist(), "area": area, "iscrowd": 0}
            rows.append(row | {"score": float(score)})
    dataset = COCO()
    dataset.dataset = {
        "images": [{"id": number} for number in range(len(pictures))],
        "categories": [{"id": k} for k in range(CLASSES)],
        "annotations": rows,
    }
    dataset.createIndex()
    return dataset


def compare_average_precision(count):
    """Returns the functions to time, after checking that they agree."""
    truths, detections = random_detections(count, np.random.default_rng(count))
    with contextlib.redirect_stdout(io.StringIO()):
        tables = as_coco(truths), as_coco(detections)

    def course():
        return coco_curves(truths, detections, CLASSES)

    def pycocotools():
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(*tables, iouType="bbox")
            evaluation.evaluate()
            evaluation.accumulate()
        results = evaluation.eval["precision"], evaluation.eval["recall"]
        return [np.where(numbers < 0, np.nan, numbers) for numbers in results]

    for ours, theirs in zip(course(), pycocotools(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    return {"course": course, "pycocotools": pycocotools}


def main():
    """Prints the table."""
    print(f"boxes, median of up to {REPETITIONS} calls")
    print(f"{'what':32} {'library':12} {'ms':>8} {'ratio':>6}")
    for what, compare, counts in (
        ("IoU of {0} × {0} boxes", compare_iou, (10, 1000)),
        ("suppression of {} boxes", compare_suppression, (10, 1000)),
        ("AP of {} pictures", compare_average_precision, (10, 100)),
    ):
        for count in counts:
            functions = compare(count)
            times = {name: milliseconds(call) for name, call in functions.items()}
            for name, time_ in times.items():
                ratio = time_ / times["course"]
                print(f"{what.format(count):32} {name:12} {time_:8.2f} {ratio:6.2f}")


if __name__ == "__main__":
    main()
