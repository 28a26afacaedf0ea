"""Average precision as the tool of COCO counts it, for many settings in one pass."""

import numpy as np

from utils.detections import box_table
from utils.overlap import pairwise_iou

COCO_THRESHOLDS = np.linspace(0.5, 0.95, 10)
# In COCO's tool 57 · 0.01 is a little more than 0.57, so that a recall of 57 / 100 does
# not reach it. The same floats are used here.
COCO_RECALLS = np.linspace(0, 1, 101)
COCO_AREAS = {  # in square pixels, both ends included
    "all": (0, 1e10),
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, 1e10),
}
LARGEST_CHUNK = 300_000  # numbers in one array, so that they stay in the cache


def coco_average_precision(truths, detections, num_classes, inclusive=False):
    """Returns the twelve numbers that COCO reports of a detector.

    Args:
        truths: As in `coco_curves`.
        detections: As in `coco_curves`.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        inclusive: As in `coco_curves`.

    Returns:
        Dict from a name to a float from 0 to 1. "AP" is the mean over the IoU
        thresholds 0.50, 0.55, …, 0.95 and over the classes; "AP50" and "AP75" are at
        one threshold; "AP_small", "AP_medium" and "AP_large" are for objects of less
        than 32², up to 96², and more pixels. "AR_1", "AR_10" and "AR_100" are the
        recalls with so many detections per picture and class, "AR_small" and so on
        those with 100. Without true boxes to find, a number is `nan`.

    Raises:
        ValueError: As `coco_curves`.

    Example:

    >>> truths = [{"boxes_xyxy": [[0, 0, 9, 9]], "classes": [0]}]
    >>> detections = [{"boxes_xyxy": [[0, 0, 9, 7]], "classes": [0], "scores": [0.9]}]
    >>> scores = coco_average_precision(truths, detections, num_classes=1)
    >>> round(scores["AP"], 2), scores["AP50"]  # an IoU of 7 / 9 reaches six of ten
    (0.6, 1.0)

    Reference:
        Lin et al. (2014), arXiv:1405.0312. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    precision, recall = coco_curves(
        truths, detections, num_classes, inclusive=inclusive
    )
    kinds = {f"_{name}": number for number, name in enumerate(COCO_AREAS)}
    names = [*kinds][1:]
    all_sizes = precision[..., 0, -1]
    scores = {"AP": all_sizes, "AP50": all_sizes[0], "AP75": all_sizes[5]}
    scores |= {f"AP{name}": precision[..., kinds[name], -1] for name in names}
    scores |= {f"AR_{m}": recall[:, :, 0, k] for k, m in enumerate((1, 10, 100))}
    scores |= {f"AR{name}": recall[:, :, kinds[name], -1] for name in names}
    return {name: _mean(numbers) for name, numbers in scores.items()}


def coco_curves(
    truths,
    detections,
    num_classes,
    iou_thresholds=COCO_THRESHOLDS,
    area_ranges=COCO_AREAS,
    max_detections=(1, 10, 100),
    inclusive=False,
):
    """Returns precision at 101 recalls, and the final recall, for every setting.

    A detection takes, of the true boxes of its class that are free, the one that it
    overlaps most, if their IoU reaches the threshold. True boxes that are crowds or
    outside the range of areas come last: who takes one does not count, nor does an
    unmatched detection outside the range. A crowd can be taken many times.

    Args:
        truths: List of one dict per picture: "boxes_xyxy", array of shape (N, 4), in
            pixels; "classes", integer array of shape (N,); optionally "crowd",
            booleans of shape (N,), and "areas", float array of shape (N,), such as
            those of the masks, which the ranges are about (default: of the boxes).
        detections: List of one dict per picture: "boxes_xyxy" (M, 4), "classes" (M,)
            and "scores" (M,). Of equal scores the first picture and box is first.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        iou_thresholds: T numbers from 0 to 1.
        area_ranges: Dict of A pairs (smallest, largest) in square pixels.
        max_detections: M increasing numbers: how many detections of a picture and
            class count, the best ones.
        inclusive: Whether `right` and `bottom` are the last pixels of a box. COCO's
            own boxes are not like that.

    Returns:
        precision, float64 array of shape (T, 101, K, A, M), and recall, of shape
        (T, K, A, M). Both are `nan` where there is no true box to find, 0 where there
        are no detections.

    Raises:
        ValueError: If the lists differ in length, or an entry is not as described.

    Example:

    >>> truths = [{"boxes_xyxy": [[0, 0, 9, 9]], "classes": [0]}]
    >>> detections = [{"boxes_xyxy": [[0, 0, 9, 7]], "classes": [0], "scores": [0.9]}]
    >>> precision, recall = coco_curves(truths, detections, num_classes=1)
    >>> precision.shape, recall[:, 0, 0, 0].tolist()
    ((10, 101, 1, 4, 3), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])

    Reference:
        Lin et al. (2014), arXiv:1405.0312. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    if len(truths) != len(detections):
        raise ValueError(
            "`truths` and `detections` must have one entry per picture. "
            f"Received: {len(truths)} and {len(detections)}."
        )
    true = box_table(truths, num_classes, "truths", flag="crowd", inclusive=inclusive)
    found = box_table(
        detections, num_classes, "detections", scored=True, inclusive=inclusive
    )
    found = found.where(found.ranks < max(max_detections))
    thresholds = np.minimum(iou_thresholds, 1 - 1e-10)  # an IoU of 1 always fits
    low, high = np.array(list(area_ranges.values()), dtype=np.float64).T[..., None]
    outside = (true.areas < low) | (true.areas > high)  # (A, number of true boxes)
    ignored = outside | true.flags
    outcome = _outcomes(true, found, ignored, thresholds, inclusive)  # (rows, A, T)
    outside = (found.areas < low) | (found.areas > high)
    outcome[(outcome == 0) & outside.T[..., None]] = -1

    shape = (num_classes, len(low), len(max_detections))
    precision = np.full((len(thresholds), len(COCO_RECALLS), *shape), np.nan)
    recall = np.full((len(thresholds), *shape), np.nan)
    size, ranks = max(1, len(truths)), found.ranks
    for k in range(num_classes):
        num_objects = np.sum(~ignored[:, true.groups // size == k], axis=1)
        rows = slice(*np.searchsorted(found.groups, [k * size, (k + 1) * size]))
        order = np.argsort(-found.scores[rows], kind="stable")
        of_class = outcome[rows][order]
        for m, most in enumerate(max_detections):
            chosen = of_class[ranks[rows][order] < most]
            for a in np.flatnonzero(num_objects):
                curves = _curves(chosen[:, a].T, num_objects[a])
                precision[:, :, k, a, m], recall[:, k, a, m] = curves
    return precision, recall


def _outcomes(true, found, ignored, thresholds, inclusive):
    """Judges detections: 1 correct, 0 wrong, -1 not counted; shape (rows, A, T).

    Groups are laid side by side in arrays of shape (groups, A, T, true boxes), filled
    up with boxes that nothing overlaps, so that a step of the loop serves all of them.
    """
    outcome = np.zeros((len(found.groups), len(ignored), len(thresholds)), np.int8)
    settings = len(ignored) * len(thresholds)
    for begins, lengths, firsts, counts in _chunks(true, found, settings):
        places = np.arange(counts.max())
        present = places < counts[:, None]
        columns = np.where(present, firsts[:, None] + places, 0)
        rows = begins[:, None] + np.minimum(np.arange(lengths[0]), lengths[:, None] - 1)
        crowd = true.flags[columns]
        boxes = found.boxes[rows], true.boxes[columns]
        iou = np.where(present[:, None], pairwise_iou(*boxes, inclusive, crowd), -1)
        wanted = ~np.moveaxis(ignored[:, columns], 0, 1)[:, :, None]
        free = np.ones((len(counts), *outcome.shape[1:], len(places)), dtype=bool)
        for d in range(lengths[0]):
            n = np.searchsorted(-lengths, -d)  # so many groups have a detection d
            overlap = iou[:n, d, None, None]
            fits = free[:n] & (overlap >= thresholds[:, None])
            fits_wanted = fits & wanted[:n]
            correct, fitting = fits_wanted.any(axis=-1), fits.any(axis=-1)
            outcome[rows[:n, d]] = np.where(correct, 1, -1 * fitting)
            fits = np.where(correct[..., None], fits_wanted, fits)
            # Of equal overlaps COCO's tool takes the last.
            last = np.argmax(np.where(fits, overlap, -1)[..., ::-1], axis=-1)
            taken = (places[::-1] == last[..., None]) & fits & ~crowd[:n, None, None]
            free[:n] &= ~taken
    return outcome


def _chunks(true, found, settings):
    """Yields groups with true and predicted boxes, alike ones together.

    For each group: its first row in `found`, number of rows, the most first, its first
    row in `true` and number of rows.
    """
    groups, firsts, counts = np.unique(
        true.groups, return_index=True, return_counts=True
    )
    begins, ends = (np.searchsorted(found.groups, groups, s) for s in ("left", "right"))
    lengths = ends - begins
    waiting = np.lexsort((-lengths, counts))
    waiting = waiting[lengths[waiting] > 0]
    while len(waiting):
        sizes = np.arange(1, len(waiting) + 1) * counts[waiting] * settings
        number = max(1, np.searchsorted(sizes, LARGEST_CHUNK))
        chunk, waiting = waiting[:number], waiting[number:]
        chunk = chunk[np.argsort(-lengths[chunk], kind="stable")]
        yield begins[chunk], lengths[chunk], firsts[chunk], counts[chunk]


def _curves(outcome, num_objects):
    """Returns precision (T, 101) and final recall (T,) of outcomes (T, detections)."""
    correct = np.cumsum(outcome == 1, axis=1)
    counted = np.maximum(np.cumsum(outcome >= 0, axis=1), 1)
    recall = correct / num_objects
    best = np.maximum.accumulate((correct / counted)[:, ::-1], axis=1)[:, ::-1]
    best = np.pad(best, ((0, 0), (0, 1)))
    steps = [np.searchsorted(row, COCO_RECALLS, side="left") for row in recall]
    final = recall[:, -1] if recall.size else np.zeros(len(recall))
    return np.take_along_axis(best, np.array(steps), axis=1), final


def _mean(numbers):
    """Returns the mean of the numbers that are not `nan`, `nan` if there are none."""
    present = numbers[~np.isnan(numbers)]
    return float(present.mean()) if present.size else float("nan")
