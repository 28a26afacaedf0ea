"""Average precision: by hand, by its definition, and against COCO's own tool."""

import contextlib
import io

import numpy as np
import pytest

from utils.detection import box_iou, match_boxes
from utils.detection import precision as ap

# Five detections of four objects: right, wrong, right, right, wrong.
CORRECT = [True, False, True, True, False]
PRECISION = [1, 1 / 2, 2 / 3, 3 / 4, 3 / 5]
RECALL = [1 / 4, 1 / 4, 2 / 4, 3 / 4, 3 / 4]
# The largest precision from here on: 1, 3/4, 3/4, 3/4, 3/5.


def picture(boxes=(), classes=None, **more):
    classes = np.zeros(len(boxes), int) if classes is None else classes
    return {"boxes_xyxy": boxes, "classes": classes, **more}


def test_precision_and_recall_by_hand():
    precision, recall = ap.precision_recall(CORRECT, num_objects=4)
    np.testing.assert_allclose(precision, PRECISION)
    np.testing.assert_allclose(recall, RECALL)


def test_average_precision_by_hand():
    # 0, 0.1, 0.2 read 1; 0.3 to 0.7 read 3/4; nothing reaches 0.8.
    voc2007 = ap.average_precision(PRECISION, RECALL, "voc2007")
    assert voc2007 == pytest.approx((3 * 1 + 5 * 0.75) / 11)
    # A quarter of the recall at precision 1, then two at 3/4.
    voc2010 = ap.average_precision(PRECISION, RECALL, "voc2010")
    assert voc2010 == pytest.approx(0.25 * 1 + 0.5 * 0.75)
    # 0 to 0.25 are 26 places, 0.26 to 0.75 are 50.
    coco = ap.average_precision(PRECISION, RECALL, "coco")
    assert coco == pytest.approx((26 * 1 + 50 * 0.75) / 101)


@pytest.mark.parametrize("form", ap.FORMS)
def test_average_precision_of_extremes(form):
    def score(correct, num_objects):
        curve = ap.precision_recall(correct, num_objects)
        return ap.average_precision(*curve, form)

    assert score([True, True], 2) == pytest.approx(1)
    assert score([True, True, False], 2) == pytest.approx(1)  # late errors are free
    assert score([False, False], 2) == 0
    assert score([], 2) == 0
    assert np.isnan(score([False], 0))


def test_eleven_points_are_tenths():
    """Recall 3 / 10 reaches 0.3, though 3 * 0.1 is a little more than it."""
    precision, recall = ap.precision_recall([True] * 3, num_objects=10)
    assert ap.average_precision(precision, recall, "voc2007") == pytest.approx(4 / 11)


@pytest.mark.parametrize("seed", range(30))
def test_forms_are_their_definitions(seed):
    """A transcription: for each place, the largest precision at or after it."""
    rng = np.random.default_rng(seed)
    correct = rng.random(rng.integers(0, 25)) < 0.6
    num_objects = int(correct.sum() + rng.integers(1, 9))
    precision, recall = ap.precision_recall(correct, num_objects)

    def read(place):
        return max(
            (p for p, r in zip(precision, recall, strict=True) if r >= place), default=0
        )

    tenths = sum(read(k / 10) for k in range(11)) / 11
    hundredths = sum(read(place) for place in np.linspace(0, 1, 101)) / 101
    steps = sum(read(k / num_objects) for k in range(1, num_objects + 1)) / num_objects
    for form, expected in zip(ap.FORMS, (tenths, steps, hundredths), strict=True):
        assert ap.average_precision(precision, recall, form) == pytest.approx(expected)


# --- PASCAL VOC ---------------------------------------------------------------------

OBJECTS = [[0, 0, 10, 10], [20, 0, 30, 10]]


def test_voc_counts_a_duplicate_as_wrong():
    truths = [picture(OBJECTS)]
    found = [picture([OBJECTS[0], OBJECTS[0], OBJECTS[1]], scores=[0.9, 0.8, 0.7])]
    # Right, wrong, right: precision 1 at recall 1/2, 2/3 at recall 1.
    score = ap.voc_average_precision(truths, found, 1)
    np.testing.assert_allclose(score, [0.5 * 1 + 0.5 * 2 / 3])


def test_voc_does_not_count_what_finds_a_difficult_object():
    truths = [picture(OBJECTS, difficult=[True, False])]
    found = [picture([OBJECTS[0], OBJECTS[0], OBJECTS[1]], scores=[0.9, 0.8, 0.7])]
    assert ap.voc_average_precision(truths, found, 1).tolist() == [1]
    none = [picture(OBJECTS, difficult=[True, True])]
    assert np.isnan(ap.voc_average_precision(none, found, 1)).all()


def test_voc_looks_at_the_best_box_only_and_coco_at_the_best_free_one():
    truths = [picture([[0, 0, 10, 4], [2, 0, 12, 4]])]
    found = [picture([[0, 0, 10, 4], [0, 0, 11, 4]], scores=[0.9, 0.8])]
    assert ap.voc_average_precision(truths, found, 1).tolist() == [0.5]
    _, recall = ap.coco_curves(truths, found, 1, iou_thresholds=[0.5])
    assert recall[0, 0, 0].tolist() == [0.5, 1, 1]  # with 1, 10 and 100 detections


def test_inclusive_pixels_can_decide():
    """A wide flat box: 10·4 of 10·8 pixels, or 11·5 of 11·9."""
    truths = [picture([[0, 0, 10, 8]])]
    found = [picture([[0, 0, 10, 3.9]], scores=[0.9])]
    assert ap.voc_average_precision(truths, found, 1).tolist() == [0]
    assert ap.voc_average_precision(truths, found, 1, inclusive=True).tolist() == [1]
    _, recall = ap.coco_curves(truths, found, 1, inclusive=True)
    assert recall[0, 0, 0, 0] == 1


def test_empty_inputs_are_defined():
    something = picture(OBJECTS, scores=[1, 1])
    for truths, found, expected in (
        ([], [], np.nan),
        ([picture()], [picture(scores=[])], np.nan),
        ([picture()], [something], np.nan),
        ([picture(OBJECTS)], [picture(scores=[])], 0),
    ):
        for form in ap.FORMS[:2]:
            score = ap.voc_average_precision(truths, found, 1, form)
            np.testing.assert_array_equal(score, [expected])
        score = ap.coco_average_precision(truths, found, 1)["AP"]
        np.testing.assert_array_equal(score, expected)


def voc_by_definition(truths, found, k, form, threshold, inclusive):
    """VOC's evaluation of one class, one detection after the other."""
    rows = [
        (-score, number, place)
        for number, one in enumerate(found)
        for place, score in enumerate(one["scores"])
        if one["classes"][place] == k
    ]
    taken, correct = set(), []
    for _, number, place in sorted(rows):
        true = truths[number]
        best, best_iou = None, -1
        for j, box in enumerate(true["boxes_xyxy"]):
            if true["classes"][j] == k:
                predicted = found[number]["boxes_xyxy"][place]
                iou = box_iou([predicted], [box], inclusive)[0, 0]
                if iou > best_iou:
                    best, best_iou = j, iou
        if best_iou < threshold:
            correct.append(False)
        elif not true["difficult"][best]:
            correct.append((number, best) not in taken)
            taken.add((number, best))
    count = sum(
        c == k and not d
        for true in truths
        for c, d in zip(true["classes"], true["difficult"], strict=True)
    )
    curve = ap.precision_recall(correct, count)
    return ap.average_precision(*curve, form)


@pytest.mark.parametrize("seed", range(20))
def test_voc_agrees_with_its_definition(seed):
    truths, found = random_case(seed)
    rng = np.random.default_rng(seed)
    for one in truths:
        one["difficult"] = rng.random(len(one["classes"])) < 0.2
    form, inclusive = ap.FORMS[seed % 2], seed % 4 < 2
    scores = ap.voc_average_precision(truths, found, 3, form, 0.4, inclusive)
    for k in range(3):
        expected = voc_by_definition(truths, found, k, form, 0.4, inclusive)
        np.testing.assert_allclose(scores[k], expected)


def test_scores_may_be_squared_and_pictures_reordered():
    truths, found = random_case(5, ties=False)
    before = ap.voc_average_precision(truths, found, 3)
    squared = [one | {"scores": one["scores"] ** 2} for one in found]
    after = ap.voc_average_precision(truths[::-1], squared[::-1], 3)
    np.testing.assert_allclose(after, before)


# --- COCO ---------------------------------------------------------------------------


def random_case(seed, num_classes=3, ties=True):
    """Returns truths and detections: crowds, ties, empty pictures, all sizes.

    Coordinates are quarters of a pixel, so that left + width has no rounding error.
    """
    rng = np.random.default_rng(seed)
    truths, found = [], []
    for _ in range(rng.integers(1, 9)):
        count = rng.integers(0, 7)
        start = rng.integers(0, 300, (count, 2)) / 4
        sides = rng.integers(1, 600, (count, 2)) / 4
        boxes = np.concatenate([start, start + sides], axis=1)
        classes = rng.integers(0, num_classes, count)
        crowd = rng.random(count) < 0.2
        truths.append(picture(boxes, classes, crowd=crowd))
        near = np.repeat(np.arange(count), rng.integers(0, 4, count))
        moved = boxes[near] + rng.integers(-24, 25, (len(near), 4)) / 4
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 0.25)
        far = rng.integers(0, 300, (rng.integers(0, 12), 4)) / 4
        far[:, 2:] += far[:, :2]
        boxes = np.concatenate([moved, far])
        wrong = rng.random(len(near)) < 0.2
        classes = np.where(
            wrong, rng.integers(0, num_classes, len(near)), classes[near]
        )
        classes = np.append(classes, rng.integers(0, num_classes, len(far))).astype(int)
        scores = rng.random(len(boxes))
        scores = scores.round(1) if ties else scores
        found.append(picture(boxes, classes, scores=scores))
        if rng.random() < 0.3:
            truths[-1]["areas"] = rng.random(count) * 12_000
    return truths, found


def with_pycocotools(truths, found, num_classes, **settings):
    """Returns precision and recall as COCO's tool gives them, its -1 as `nan`."""
    coco, cocoeval = (
        pytest.importorskip(f"pycocotools.{name}") for name in ("coco", "cocoeval")
    )

    def rows(pictures, key):
        for number, one in enumerate(pictures):
            boxes = np.asarray(one["boxes_xyxy"], float).reshape(-1, 4)
            sides = boxes[:, 2:] - boxes[:, :2]
            areas = one.get("areas", sides.prod(axis=1))
            for k in range(len(boxes)):
                yield {
                    "image_id": number,
                    "category_id": int(one["classes"][k]),
                    "bbox": [*boxes[k, :2].tolist(), *sides[k].tolist()],
                    "area": float(areas[k]),
                    key: float(one[key][k]) if key == "score" else int(one["crowd"][k]),
                }

    tables = []
    for pictures, key in ((truths, "iscrowd"), (found, "score")):
        named = [one | {"score": one.get("scores")} for one in pictures]
        table = [row | {"id": n} for n, row in enumerate(rows(named, key), start=1)]
        dataset = coco.COCO()
        dataset.dataset = {
            "images": [{"id": number} for number in range(len(pictures))],
            "categories": [{"id": k} for k in range(num_classes)],
            "annotations": [{"iscrowd": 0} | row for row in table],
        }
        with contextlib.redirect_stdout(io.StringIO()):
            dataset.createIndex()
        tables.append(dataset)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = cocoeval.COCOeval(*tables, iouType="bbox")
        for name, value in settings.items():
            setattr(evaluation.params, name, value)
        evaluation.evaluate()
        evaluation.accumulate()
        if not settings:
            evaluation.summarize()
    results = (
        evaluation.eval["precision"],
        evaluation.eval["recall"],
        evaluation.stats,
    )
    return [np.where(np.array(r) < 0, np.nan, r) for r in results]


@pytest.mark.parametrize("seed", range(60))
def test_coco_agrees_with_pycocotools(seed):
    truths, found = random_case(seed)
    precision, recall, stats = with_pycocotools(truths, found, 3)
    ours = ap.coco_curves(truths, found, 3)
    np.testing.assert_allclose(ours[0], precision, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours[1], recall, rtol=0, atol=1e-9)
    scores = ap.coco_average_precision(truths, found, 3)
    np.testing.assert_allclose([*scores.values()], stats, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(60, 75))
def test_coco_agrees_with_pycocotools_in_other_settings(seed):
    truths, found = random_case(seed)
    thresholds, most = np.array([0.1, 0.5, 1.0]), [1, 2, 3]
    ranges = {"tiny": (0, 400), "rest": (400, 5_000)}
    precision, recall, _ = with_pycocotools(
        truths,
        found,
        3,
        iouThrs=thresholds,
        maxDets=most,
        areaRng=[*ranges.values()],
        areaRngLbl=[*ranges],
    )
    ours = ap.coco_curves(truths, found, 3, thresholds, ranges, most)
    np.testing.assert_allclose(ours[0], precision, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours[1], recall, rtol=0, atol=1e-9)


def test_chunks_do_not_matter(monkeypatch):
    truths, found = random_case(3)
    expected = ap.coco_curves(truths, found, 3)
    monkeypatch.setattr("utils.detection.precision.LARGEST_CHUNK", 1)
    for ours, one in zip(ap.coco_curves(truths, found, 3), expected, strict=True):
        np.testing.assert_array_equal(ours, one)


@pytest.mark.parametrize("seed", range(10))
def test_coco_matches_as_match_boxes_does(seed):
    truths, found = random_case(seed, num_classes=1)
    truths = [one | {"crowd": np.zeros(len(one["classes"]))} for one in truths]
    found_objects = sum(
        np.sum(match_boxes(t["boxes_xyxy"], f["boxes_xyxy"], f["scores"]) >= 0)
        for t, f in zip(truths, found, strict=True)
    )
    _, recall = ap.coco_curves(truths, found, 1)
    count = sum(len(one["classes"]) for one in truths)
    assert recall[0, 0, 0, 2] * count == pytest.approx(found_objects)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ap.precision_recall([[True]], 1), "one boolean per detection"),
        (
            lambda: ap.precision_recall([0.5], 1),
            r"Received: shape \(1,\), \[0.5\]",
        ),
        (lambda: ap.precision_recall([True, True], 1), "with 2 correct"),
        (lambda: ap.average_precision([1], [1], "voc"), "Received: 'voc'"),
        (lambda: ap.average_precision([1, 1], [1, 0.5]), "never falling"),
        (lambda: ap.average_precision([1], []), "never falling"),
        (
            lambda: ap.voc_average_precision([picture()], [], 1),
            "Received: 1 and 0",
        ),
        (lambda: ap.coco_curves([picture()], [], 1), "Received: 1 and 0"),
        (lambda: ap.coco_curves([picture()], [picture()], 1), "'scores'"),
        (lambda: ap.coco_curves([{}], [{}], 1), r"Received: \[\]"),
        (
            lambda: ap.coco_curves([picture([[0, 0, 1, 1]], [2])], [{}], 2),
            "Received: 2",
        ),
        (
            lambda: ap.coco_curves([picture([[0, 0, 1, 1]], [0.5])], [{}], 2),
            "0.5",
        ),
        (
            lambda: ap.coco_curves([picture([[0, 0, 1, 1]], [])], [{}], 1),
            "the 1 boxes",
        ),
    ],
)
def test_errors_say_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()
