"""Average precision (AP) of a detector, as PASCAL VOC and COCO define it.

What is true and what is predicted are lists of one dict per picture. A class without
true boxes has no AP: it is `nan`, left out of means with `np.nanmean`.
"""

from dataclasses import dataclass

import numpy as np

from utils.detection.boxes import areas, as_boxes, pairwise_iou, per_box


@dataclass(frozen=True, eq=False)
class BoxTable:
    """The N boxes of many pictures, one row each, sorted by `groups`."""

    boxes: np.ndarray
    groups: np.ndarray
    scores: np.ndarray
    flags: np.ndarray
    areas: np.ndarray

    @property
    def ranks(self):
        """int64 array of shape (N,): the place of each box within its group."""
        first = np.searchsorted(self.groups, self.groups, side="left")
        return np.arange(len(self.groups)) - first

    def where(self, kept):
        """Returns the table of the rows for which the boolean array `kept` is True."""
        columns = (self.boxes, self.groups, self.scores, self.flags, self.areas)
        return BoxTable(*(column[kept] for column in columns))


def box_table(pictures, num_classes, name, scored=False, flag=None, inclusive=False):
    """Collects the boxes of many pictures in one table."""
    needed = ("boxes_xyxy", "classes", *["scores"] * scored)
    columns = {key: [] for key in ("boxes", "classes", "scores", "flags", "areas")}
    for picture in pictures:
        missing = [key for key in needed if key not in picture]
        if missing:
            raise ValueError(
                f"Every picture of `{name}` must have the keys {needed}. Received: "
                f"{sorted(picture)}."
            )
        boxes = as_boxes(picture["boxes_xyxy"], f"boxes_xyxy of {name}")
        nothing = np.zeros(len(boxes))
        values = {
            "classes": picture["classes"],
            "scores": picture["scores"] if scored else nothing,
            "flags": picture.get(flag, nothing),
            "areas": picture.get("areas", areas(boxes, inclusive)),
        }
        columns["boxes"].append(boxes)
        for key, numbers in values.items():
            columns[key].append(per_box(numbers, boxes, f"{key} of {name}"))
    counts = [len(boxes) for boxes in columns["boxes"]]
    empty = {"boxes": np.zeros((0, 4))}
    table = {
        key: np.concatenate([empty.get(key, np.zeros(0)), *arrays])
        for key, arrays in columns.items()
    }
    classes = table["classes"].astype(np.int64)
    wrong = (classes != table["classes"]) | (classes < 0) | (classes >= num_classes)
    if wrong.any():
        raise ValueError(
            f"The classes of `{name}` must be whole numbers from 0 to "
            f"{num_classes - 1}. Received: {table['classes'][wrong][0]}."
        )
    groups = classes * len(pictures) + np.repeat(np.arange(len(pictures)), counts)
    order = np.lexsort((-table["scores"], groups))
    return BoxTable(
        table["boxes"], groups, table["scores"], table["flags"] > 0, table["areas"]
    ).where(order)


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
        truths, detections, inclusive: As in `coco_curves`.
        num_classes: Number of classes K; valid ids are 0 to K - 1.

    Returns:
        Dict from a name to a float from 0 to 1, or `nan` without true boxes. "AP" is
        the mean over the classes and the IoU thresholds 0.50, 0.55, …, 0.95; "AP50" and
        "AP75" have one threshold; "AP_small", "AP_medium" and "AP_large" are for
        objects of less than 32², up to 96², and more pixels. "AR_1", "AR_10" and
        "AR_100" are the recalls with so many detections per picture and class,
        "AR_small" and so on those with 100.

    Raises:
        ValueError: As `coco_curves`.

    Example:
    >>> truths = [{"boxes_xyxy": [[0, 0, 9, 9]], "classes": [0]}]
    >>> detections = [{"boxes_xyxy": [[0, 0, 9, 7]], "classes": [0], "scores": [0.9]}]
    >>> scores = coco_average_precision(truths, detections, num_classes=1)
    >>> round(scores["AP"], 2), scores["AP50"]  # an IoU of 7 / 9 reaches six of ten
    (0.6, 1.0)

    Reference:
        Lin et al. (2014), arXiv:1405.0312.
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

    A detection takes the free true box of its class that it overlaps most, if the IoU
    reaches the threshold; crowds and boxes outside the range of areas come last. Who
    takes one of those does not count, nor does an unmatched detection outside the
    range. A crowd can be taken many times.

    Args:
        truths: List of one dict per picture: "boxes_xyxy" (N, 4), in pixels; "classes",
            integers (N,); optionally "crowd", booleans (N,), and "areas", floats (N,),
            such as those of the masks, which the ranges are about (default: of the
            boxes).
        detections: List of one dict per picture: "boxes_xyxy" (M, 4), "classes" (M,)
            and "scores" (M,). Of equal scores the first picture and box is first.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        iou_thresholds: T numbers from 0 to 1.
        area_ranges: Dict of A pairs (smallest, largest) in square pixels.
        max_detections: M increasing numbers: how many of a picture and class count.
        inclusive: Whether `right` and `bottom` are a box's last pixels (COCO's are
            not).

    Returns:
        precision, float64 (T, 101, K, A, M), and recall, (T, K, A, M): `nan` where
        there is no true box to find, 0 where there are no detections.

    Raises:
        ValueError: If the lists differ in length, or an entry is not as described.

    Example:
    >>> truths = [{"boxes_xyxy": [[0, 0, 9, 9]], "classes": [0]}]
    >>> detections = [{"boxes_xyxy": [[0, 0, 9, 7]], "classes": [0], "scores": [0.9]}]
    >>> precision, recall = coco_curves(truths, detections, num_classes=1)
    >>> precision.shape, recall[:, 0, 0, 0].tolist()
    ((10, 101, 1, 4, 3), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])

    Reference:
        Lin et al. (2014), arXiv:1405.0312.
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
    """Judges detections: 1 correct, 0 wrong, -1 not counted; shape (rows, A, T)."""
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
    """Yields groups with true and predicted boxes, alike ones together."""
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


FORMS = ("voc2007", "voc2010", "coco")


def precision_recall(correct, num_objects):
    """Returns precision and recall after each detection.

    Args:
        correct: Booleans (D,), highest score first: whether it found a new object.
        num_objects: Number of objects to find.

    Returns:
        Two float64 arrays of shape (D,): shares of the detections so far that are
        correct, and of the objects that are found (`nan` without objects).

    Raises:
        ValueError: If `correct` is no row of booleans, or True more often than objects.

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

    Precision is first replaced by the largest at this recall or a higher one.

    Args:
        precision, recall: Arrays of shape (D,) from `precision_recall`.
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
    truths, detections, num_classes, form="voc2010", iou_threshold=0.5, inclusive=False
):
    """Returns the AP of every class as PASCAL VOC counts it.

    A detection is correct if its IoU with the true box that it overlaps most reaches
    the threshold and none with a higher score did so before. One whose box is marked as
    difficult does not count.

    Args:
        truths: List of one dict per picture: "boxes_xyxy" (N, 4), in pixels; "classes",
            integers (N,); optionally "difficult", booleans (N,): need not be found.
        detections: List of one dict per picture: "boxes_xyxy" (M, 4), "classes" (M,)
            and "scores" (M,). Of equal scores the first picture and box is first.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        form: As in `average_precision`; VOC used "voc2007" until 2009.
        iou_threshold: Least IoU of a correct box.
        inclusive: Whether `right` and `bottom` are a box's last pixels, as in VOC's
            files.

    Returns:
        float64 array of shape (K,): `nan` without true boxes, 0 without detections.

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
