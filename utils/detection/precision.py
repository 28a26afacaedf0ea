"""Average precision (AP) of a detector, as PASCAL VOC and COCO define it.

What is true and what is predicted are lists of one dict per picture. A class without
true boxes has no AP: it is `nan`, left out of means with `np.nanmean`.
"""

import numpy as np

from utils.coco import (  # noqa: F401, under one name with the others
    COCO_AREAS,
    COCO_RECALLS,
    COCO_THRESHOLDS,
    coco_average_precision,
    coco_curves,
)
from utils.detections import box_table
from utils.overlap import pairwise_iou

FORMS = ("voc2007", "voc2010", "coco")


def precision_recall(correct, num_objects):
    """Returns precision and recall after each detection.

    Args:
        correct: Boolean array of shape (D,), the detection with the highest score
            first: whether it found an object that none before it had found.
        num_objects: Number of objects to find.

    Returns:
        Two float64 arrays of shape (D,): the share of the detections so far that are
        correct, and the share of the objects that are found. Without objects, recall
        is `nan`.

    Raises:
        ValueError: If `correct` is not one row of booleans, or holds more True than
            there are objects.

    Example:

    >>> precision, recall = precision_recall([True, False, True], num_objects=4)
    >>> precision.round(2), recall
    (array([1.  , 0.5 , 0.67]), array([0.25, 0.25, 0.5 ]))

    Reference:
        Everingham et al. (2010), doi:10.1007/s11263-009-0275-4.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    correct = np.asarray(correct, dtype=float)
    if correct.ndim != 1 or not np.isin(correct, [0, 1]).all():
        raise ValueError(
            "`correct` must hold one boolean per detection. "
            f"Received: shape {correct.shape}, {correct.tolist()}."
        )
    if correct.sum() > num_objects or num_objects < 0:
        raise ValueError(
            "`num_objects` must be at least the number of correct detections. "
            f"Received: {num_objects}, with {int(correct.sum())} correct detections."
        )
    found = np.cumsum(correct)
    precision = found / np.arange(1, len(correct) + 1)
    recall = found / num_objects if num_objects else np.full(len(found), np.nan)
    return precision, recall


def average_precision(precision, recall, form="voc2010"):
    """Returns the area under a curve of precision over recall.

    All forms first replace the precision at every recall by the largest at this recall
    or a higher one. They differ in where they read it.

    Args:
        precision: Array of shape (D,) from `precision_recall`.
        recall: Array of shape (D,) from `precision_recall`; it never falls.
        form: "voc2007", the mean at the 11 recalls 0, 0.1, …, 1; "voc2010", the area
            under all steps; "coco", the mean at the 101 recalls 0, 0.01, …, 1.

    Returns:
        A float from 0 to 1: 0 without detections, `nan` if recall is `nan`.

    Raises:
        ValueError: If the form is unknown, or the arrays are not as described.

    Example:

    >>> curve = [1, 0.5, 2 / 3], [0.25, 0.25, 0.5]
    >>> [round(average_precision(*curve, form), 3) for form in FORMS]
    [0.455, 0.417, 0.422]

    Reference:
        Everingham et al. (2010), doi:10.1007/s11263-009-0275-4; Lin et al. (2014),
        arXiv:1405.0312. Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    precision, recall = np.asarray(precision, float), np.asarray(recall, float)
    if form not in FORMS:
        raise ValueError(f"`form` must be one of {FORMS}. Received: {form!r}.")
    if (
        precision.shape != recall.shape
        or precision.ndim != 1
        or (np.diff(recall) < 0).any()
    ):
        raise ValueError(
            "`precision` and `recall` must hold one number per detection, recall "
            f"never falling. Received: {precision.tolist()} and {recall.tolist()}."
        )
    if np.isnan(recall).any():
        return float("nan")
    best = np.maximum.accumulate(precision[::-1])[::-1]
    if form == "voc2010":
        return float(np.sum(np.diff(recall, prepend=0) * best))
    # As in COCO's own tool, whose 101 floats are not all the nearest to k / 100.
    places = COCO_RECALLS if form == "coco" else np.arange(11) / 10
    steps = np.searchsorted(recall, places, side="left")
    return float(np.append(best, 0)[steps].mean())


def voc_average_precision(
    truths,
    detections,
    num_classes,
    form="voc2010",
    iou_threshold=0.5,
    inclusive=False,
):
    """Returns the AP of every class as PASCAL VOC counts it.

    A detection is judged by the true box of its class that it overlaps most. If their
    IoU reaches the threshold and no detection with a higher score did so before, it is
    correct; a second one is wrong. One whose box is marked as difficult does not count.

    Args:
        truths: List of one dict per picture: "boxes_xyxy", array of shape (N, 4), in
            pixels; "classes", integer array of shape (N,); optionally "difficult",
            booleans of shape (N,): objects that need not be found.
        detections: List of one dict per picture: "boxes_xyxy" (M, 4), "classes" (M,)
            and "scores" (M,). Of equal scores the first picture and box is first.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        form: As in `average_precision`; VOC used "voc2007" until 2009.
        iou_threshold: Least IoU of a correct box.
        inclusive: Whether `right` and `bottom` are the last pixels of a box, as in
            VOC's files. Then widths are right - left + 1, in all boxes.

    Returns:
        float64 array of shape (K,). A class without true boxes (difficult ones are not
        counted) is `nan`, one without detections 0.

    Raises:
        ValueError: If the lists differ in length, or an entry is not as described.

    Example:

    >>> truths = [{"boxes_xyxy": [[0, 0, 4, 4]], "classes": [0]}]
    >>> detections = [{"boxes_xyxy": [[0, 0, 4, 3]], "classes": [0], "scores": [0.9]}]
    >>> voc_average_precision(truths, detections, num_classes=2)
    array([ 1., nan])

    Reference:
        Everingham et al. (2010), doi:10.1007/s11263-009-0275-4.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    true = box_table(truths, num_classes, "truths", flag="difficult")
    found = box_table(detections, num_classes, "detections", scored=True)
    if len(truths) != len(detections):
        raise ValueError(
            "`truths` and `detections` must have one entry per picture. "
            f"Received: {len(truths)} and {len(detections)}."
        )
    counts, correct = _judge(true, found, iou_threshold, inclusive)
    scores, size = np.full(num_classes, np.nan), max(1, len(truths))
    for k in range(num_classes):
        num_objects = np.sum(~true.flags & (true.groups // size == k))
        chosen = np.flatnonzero(counts & (found.groups // size == k))
        order = np.argsort(-found.scores[chosen], kind="stable")
        if num_objects:
            curve = precision_recall(correct[chosen][order], num_objects)
            scores[k] = average_precision(*curve, form)
    return scores


def _judge(true, found, iou_threshold, inclusive):
    """Returns which detections count and which are correct, both of shape (D,)."""
    counts = np.ones(len(found.groups), dtype=bool)
    correct = np.zeros(len(found.groups), dtype=bool)
    for group in np.intersect1d(true.groups, found.groups):
        theirs = slice(*np.searchsorted(true.groups, [group, group + 1]))
        ours = slice(*np.searchsorted(found.groups, [group, group + 1]))
        iou = pairwise_iou(found.boxes[ours], true.boxes[theirs], inclusive)
        best, reached = iou.argmax(axis=1), iou.max(axis=1) >= iou_threshold
        difficult = true.flags[theirs][best] & reached
        counts[ours] = ~difficult
        claims = np.where(reached & ~difficult, best, -1)
        _, earliest = np.unique(claims, return_index=True)
        correct[ours][earliest] = claims[earliest] >= 0
    return counts, correct
