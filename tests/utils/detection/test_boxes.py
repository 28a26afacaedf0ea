"""Boxes: overlap, formats, clipping, suppression, matching."""

import numpy as np
import pytest
import tensorflow as tf

from utils.detection import boxes

NONE = np.zeros((0, 4))
# Two of 4×4 that share 2×4, one inside the first, one far away.
FOUR = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [1, 1, 3, 3], [10, 10, 11, 12]])


def random_boxes(rng, count, size=40):
    start = rng.integers(0, size, (count, 2))
    return np.concatenate([start, start + rng.integers(1, size, (count, 2))], axis=1)


def test_iou_by_hand():
    # 2·4 shared of 16 + 16 - 8; 4 shared of 16; nothing; and so on.
    iou = boxes.box_iou(FOUR[:1], FOUR)
    np.testing.assert_allclose(iou, [[1, 8 / 24, 4 / 16, 0]])


def test_inclusive_boxes_are_a_pixel_larger_on_each_axis():
    # 5×5 pixels each, 3 columns and 5 rows of them shared: 15 of 25 + 25 - 15.
    iou = boxes.box_iou(FOUR[:1], FOUR[1:2], inclusive=True)
    np.testing.assert_allclose(iou, [[15 / 35]])
    shifted = FOUR + [0, 0, 1, 1]
    np.testing.assert_allclose(
        boxes.box_iou(FOUR, FOUR, inclusive=True), boxes.box_iou(shifted, shifted)
    )


def test_iou_counts_pixels_that_masks_share():
    rng = np.random.default_rng(13)
    first, second = random_boxes(rng, 20, 20), random_boxes(rng, 20, 20)
    rows, columns = np.mgrid[:40, :40]

    def mask(box):
        left, top, right, bottom = box
        return (left <= columns) & (columns < right) & (top <= rows) & (rows < bottom)

    expected = [
        [(mask(a) & mask(b)).sum() / (mask(a) | mask(b)).sum() for b in second]
        for a in first
    ]
    np.testing.assert_allclose(boxes.box_iou(first, second), expected)


def test_iou_is_symmetric_and_blind_to_shift_and_scale():
    rng = np.random.default_rng(1)
    first, second = random_boxes(rng, 9), random_boxes(rng, 7)
    iou = boxes.box_iou(first, second)
    assert iou.shape == (9, 7)
    np.testing.assert_allclose(boxes.box_iou(second, first), iou.T)
    np.testing.assert_allclose(boxes.box_iou(first * 3 - 8, second * 3 - 8), iou)


def test_boxes_without_area_and_no_boxes_have_a_defined_iou():
    line = [[3, 3, 3, 9]]
    assert boxes.box_iou(line, line).tolist() == [[0]]
    assert boxes.box_giou(line, line).tolist() == [[0]]
    assert boxes.box_iou(NONE, FOUR).shape == (0, 4)
    assert boxes.box_iou(FOUR, []).shape == (4, 0)
    assert boxes.box_giou([], []).shape == (0, 0)


def test_giou_by_hand_and_against_its_definition():
    # Apart by 6 columns and rows: 16 + 2 covered of 11·12 around them.
    giou = boxes.box_giou(FOUR[:1], FOUR)
    np.testing.assert_allclose(giou, [[1, 1 / 3, 1 / 4, -(132 - 18) / 132]])
    rng = np.random.default_rng(2)
    first, second = random_boxes(rng, 30), random_boxes(rng, 30)
    iou, giou = boxes.box_iou(first, second), boxes.box_giou(first, second)
    assert (giou <= iou + 1e-12).all() and (giou > -1).all()
    np.testing.assert_allclose(boxes.box_giou(second, first), giou.T)


def test_giou_tells_near_from_far_where_iou_does_not():
    target, near, far = [[0, 0, 2, 2]], [[3, 0, 5, 2]], [[9, 0, 11, 2]]
    assert boxes.box_iou(target, near) == boxes.box_iou(target, far) == 0
    assert boxes.box_giou(target, near) > boxes.box_giou(target, far)


def test_formats_by_hand():
    for target, expected in {
        "xyxy": [10, 20, 50, 40],
        "xywh": [10, 20, 40, 20],
        "cxcywh": [30, 30, 40, 20],
        "yxyx": [0.25, 0.1, 0.5, 0.5],
    }.items():
        converted = boxes.convert_boxes([[10, 20, 50, 40]], "xyxy", target, (80, 100))
        np.testing.assert_allclose(converted, [expected])


@pytest.mark.parametrize("source", boxes.FORMATS)
@pytest.mark.parametrize("target", boxes.FORMATS)
def test_formats_round_trip(source, target):
    rng = np.random.default_rng(3)
    first = boxes.convert_boxes(random_boxes(rng, 10), "xyxy", source, (30, 50))
    there = boxes.convert_boxes(first, source, target, (30, 50))
    np.testing.assert_allclose(
        boxes.convert_boxes(there, target, source, (30, 50)), first
    )
    assert boxes.convert_boxes([], source, target, (30, 50)).shape == (0, 4)


def test_clipping_keeps_every_row():
    clipped = boxes.clip_boxes([[-3, -1, 4, 2], [2, 2, 9, 9], [8, 0, 9, 1]], (6, 5))
    assert clipped.tolist() == [[0, 0, 4, 2], [2, 2, 5, 6], [5, 0, 5, 1]]
    assert boxes.clip_boxes(NONE, (6, 5)).shape == (0, 4)


def test_suppression_by_hand():
    scores = [0.5, 0.9, 0.7, 0.1]
    # 1 and 0 share a third; 2 shares 2·1 pixels of 16 + 4 - 2 with 1, and 1/4 with 0.
    assert boxes.non_maximum_suppression(FOUR, scores, 0.5).tolist() == [1, 2, 0, 3]
    assert boxes.non_maximum_suppression(FOUR, scores, 0.3).tolist() == [1, 2, 3]
    assert boxes.non_maximum_suppression(FOUR, scores, 0.1).tolist() == [1, 3]
    assert boxes.non_maximum_suppression(FOUR, scores, 1 / 3).tolist() == [1, 2, 0, 3]
    kept = boxes.non_maximum_suppression(FOUR, scores, 0.1, classes=[0, 0, 1, 1])
    assert kept.tolist() == [1, 2, 3]
    assert boxes.non_maximum_suppression(FOUR, scores, 0.5, max_boxes=2).tolist() == [
        1,
        2,
    ]
    assert boxes.non_maximum_suppression(FOUR, scores, max_boxes=0).tolist() == []
    assert boxes.non_maximum_suppression([], []).tolist() == []


def test_a_dropped_box_drops_nothing():
    chain = [[0, 0, 10, 4], [4, 0, 14, 4], [8, 0, 18, 4]]  # each shares 6 with the next
    assert boxes.non_maximum_suppression(chain, [3, 2, 1], 0.4).tolist() == [0, 2]


@pytest.mark.parametrize("seed", range(25))
def test_suppression_agrees_with_tensorflow(seed):
    rng = np.random.default_rng(seed)
    candidates = random_boxes(rng, rng.integers(0, 80)).astype(np.float32)
    scores = rng.choice(12, len(candidates)).astype(np.float32) / 12  # with ties
    threshold, most = (
        float(rng.choice([0.0, 0.31, 0.5, 0.77, 1.0])),
        int(rng.integers(1, 40)),
    )
    expected = tf.image.non_max_suppression(
        candidates[:, [1, 0, 3, 2]], scores, most, iou_threshold=threshold
    )
    kept = boxes.non_maximum_suppression(candidates, scores, threshold, max_boxes=most)
    np.testing.assert_array_equal(kept, expected)


@pytest.mark.parametrize("seed", range(10))
def test_suppression_per_class_is_suppression_of_each_class(seed):
    rng = np.random.default_rng(seed)
    candidates, scores = random_boxes(rng, 50), rng.random(50)
    classes = rng.integers(0, 3, 50)
    kept = boxes.non_maximum_suppression(candidates, scores, 0.3, classes)
    assert (np.diff(scores[kept]) <= 0).all()
    for k in range(3):
        rows = np.flatnonzero(classes == k)
        alone = rows[boxes.non_maximum_suppression(candidates[rows], scores[rows], 0.3)]
        np.testing.assert_array_equal(kept[classes[kept] == k], alone)
    separate = candidates.astype(np.float32) + 1000 * classes[:, None]
    expected = tf.image.non_max_suppression(
        separate[:, [1, 0, 3, 2]], scores.astype(np.float32), 50, iou_threshold=0.3
    )
    np.testing.assert_array_equal(kept, expected)


def test_matching_by_hand():
    true = [[0, 0, 4, 4], [4, 0, 8, 4]]
    predicted = [[0, 0, 4, 3], [0, 0, 4, 4], [4, 0, 8, 2], [20, 20, 24, 24]]
    # The better box comes second and finds the object taken.
    matched = boxes.match_boxes(true, predicted, [0.9, 0.8, 0.7, 0.6])
    assert matched.tolist() == [0, -1, 1, -1]
    matched = boxes.match_boxes(true, predicted, [0.8, 0.9, 0.7, 0.6])
    assert matched.tolist() == [-1, 0, 1, -1]
    matched = boxes.match_boxes(true, predicted, [0.9, 0.8, 0.7, 0.6], 0.6)
    assert matched.tolist() == [0, -1, -1, -1]


def test_a_box_takes_its_second_choice_if_the_first_is_taken():
    true = [[0, 0, 10, 4], [2, 0, 12, 4]]
    predicted = [[0, 0, 10, 4], [0, 0, 11, 4]]
    assert boxes.match_boxes(true, predicted, [0.9, 0.8]).tolist() == [0, 1]


def test_matching_takes_the_last_of_equal_overlaps():
    assert boxes.match_boxes([[0, 0, 2, 2]] * 3, [[0, 0, 2, 2]], [1]).tolist() == [2]


def test_matching_with_nothing_on_either_side():
    assert boxes.match_boxes([], FOUR, np.ones(4)).tolist() == [-1] * 4
    assert boxes.match_boxes(FOUR, [], []).tolist() == []


def test_inclusive_pixels_make_a_match_of_a_near_miss():
    true, predicted = [[0, 0, 3, 3]], [[0, 0, 3, 1.4]]  # 4×2.4 pixels of 4×4
    assert boxes.match_boxes(true, predicted, [1]).tolist() == [-1]
    assert boxes.match_boxes(true, predicted, [1], inclusive=True).tolist() == [0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: boxes.box_iou([0, 0, 1, 1], NONE),
            r"shape \(N, 4\). Received: \(4,\)",
        ),
        (
            lambda: boxes.box_iou([[3, 0, 1, 1]], NONE),
            r"Received: \[3.0, 0.0, 1.0, 1.0\]",
        ),
        (lambda: boxes.box_iou([[0, 0, np.nan, 1]], NONE), "finite"),
        (lambda: boxes.convert_boxes(NONE, "xyxy", "xxyy"), "Received: 'xxyy'"),
        (lambda: boxes.convert_boxes([[1, 2, 3]], "xyxy", "xywh"), r"\(1, 3\)"),
        (lambda: boxes.convert_boxes([[0, 0, -1, 2]], "xywh", "xyxy"), "left <= right"),
        (lambda: boxes.convert_boxes(NONE, "yxyx", "xyxy"), "Received: None"),
        (lambda: boxes.clip_boxes(NONE, (0, 5)), r"Received: \(0, 5\)"),
        (lambda: boxes.non_maximum_suppression(FOUR, [1, 2]), "the 4 boxes"),
        (lambda: boxes.non_maximum_suppression(FOUR, [1, 2, np.inf, 3]), "finite"),
        (lambda: boxes.non_maximum_suppression([], [], 1.5), "Received: 1.5"),
        (lambda: boxes.non_maximum_suppression([], [], max_boxes=-1), "Received: -1"),
        (lambda: boxes.non_maximum_suppression(FOUR, range(4), classes=[1]), "classes"),
        (lambda: boxes.match_boxes(FOUR, FOUR, [1]), "`scores` must"),
        (lambda: boxes.match_boxes(FOUR, [], [], -0.1), "Received: -0.1"),
    ],
)
def test_errors_say_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()
