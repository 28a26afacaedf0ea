"""RoI pooling: by hand, against a loop, against maxima of crops; its gradient."""

import numpy as np
import pytest
import tensorflow as tf

from utils.detection import roi_cells, roi_pool
from utils.detection.two_stage import bin_edges

RAMP = np.arange(16.0).reshape(4, 4, 1)


def pooled_by_a_loop(feature_map, boxes, stride, bins):
    pooled = []
    for left, top, right, bottom in roi_cells(boxes, stride, feature_map.shape[:2]):
        part = feature_map[top:bottom, left:right]
        height, width = part.shape[:2]
        rows = [(k * height // bins, -(-(k + 1) * height // bins)) for k in range(bins)]
        columns = [
            (k * width // bins, -(-(k + 1) * width // bins)) for k in range(bins)
        ]
        pooled.append(
            [[part[a:b, c:d].max((0, 1)) for c, d in columns] for a, b in rows]
        )
    return np.array(pooled).reshape(-1, bins, bins, feature_map.shape[2])


def random_boxes(rng, count, size):
    start = rng.uniform(-20, size, (count, 2))
    return np.concatenate([start, start + rng.uniform(0, size, (count, 2))], axis=1)


def test_by_hand():
    # Three columns and two rows of cells: bins of two columns share the middle one.
    pooled = roi_pool(RAMP, [[0, 0, 48, 32]], stride=16, bins=2)
    np.testing.assert_array_equal(pooled[0, ..., 0], [[1, 2], [5, 6]])
    pooled = roi_pool(RAMP, [[0, 0, 64, 64], [16, 16, 32, 32]], stride=16, bins=1)
    np.testing.assert_array_equal(np.ravel(pooled), [15, 5])


def test_a_box_smaller_than_a_cell_or_outside_has_one_cell():
    boxes = [[20, 20, 21, 21], [20, 20, 20, 20], [900, 900, 950, 950], [-9, -9, -3, -3]]
    cells = roi_cells(boxes, stride=16, map_size=(4, 4))
    assert cells.tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [0, 0, 1, 1]]
    pooled = roi_pool(RAMP, boxes, stride=16, bins=2)
    np.testing.assert_array_equal(pooled[:, 1, 1, 0], [5, 5, 15, 0])


def test_bins_cover_all_cells_in_order():
    for length in range(1, 12):
        for bins in range(1, 6):
            begins, ends = bin_edges(np.array([3]), np.array([3 + length]), bins)
            assert begins[0, 0] == 3 and ends[0, -1] == 3 + length
            assert (begins < ends).all() and (np.diff(begins) >= 0).all()
            assert (begins[0, 1:] <= ends[0, :-1]).all()  # no cell between two bins


@pytest.mark.parametrize("bins", [1, 2, 3, 7])
def test_agrees_with_a_loop(bins):
    rng = np.random.default_rng(bins)
    feature_map = rng.normal(size=(9, 13, 4)).astype(np.float32)
    boxes = random_boxes(rng, 60, 180)
    expected = pooled_by_a_loop(feature_map, boxes, 16, bins)
    np.testing.assert_array_equal(roi_pool(feature_map, boxes, 16, bins), expected)


def test_whole_map_agrees_with_keras_pooling():
    rng = np.random.default_rng(2)
    feature_map = rng.normal(size=(8, 12, 3)).astype(np.float32)
    pooled = roi_pool(feature_map, [[0, 0, 12, 8]], stride=1, bins=4)
    expected = tf.nn.max_pool2d(feature_map[None], (2, 3), (2, 3), "VALID")
    np.testing.assert_array_equal(pooled, expected)


def test_the_gradient_reaches_the_maxima_and_is_the_slope():
    rng = np.random.default_rng(4)
    feature_map = tf.Variable(rng.permutation(60).reshape(6, 10, 1).astype(np.float32))
    boxes = random_boxes(rng, 5, 90)
    weights = rng.normal(size=(5, 2, 2, 1)).astype(np.float32)

    def loss():
        return tf.reduce_sum(weights * roi_pool(feature_map, boxes, 16, bins=2))

    with tf.GradientTape() as tape:
        before = loss()
    gradient = np.array(tf.convert_to_tensor(tape.gradient(before, feature_map)))
    expected = np.zeros_like(gradient)
    for row, column in np.ndindex(6, 10):  # steps too small to change an order
        feature_map[row, column, 0].assign(feature_map[row, column, 0] + 0.25)
        expected[row, column, 0] = 4 * (loss() - before)
        feature_map[row, column, 0].assign(feature_map[row, column, 0] - 0.25)
    np.testing.assert_allclose(gradient, expected, atol=1e-4)
    assert np.count_nonzero(gradient) <= 5 * 4


def test_no_boxes_give_no_features():
    assert roi_pool(RAMP, [], stride=16, bins=3).shape == (0, 3, 3, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: roi_pool(RAMP[..., 0], [], 16), r"Received: \(4, 4\)"),
        (lambda: roi_pool(RAMP, [], 16, bins=0), "`bins` must be a positive"),
        (lambda: roi_pool(RAMP, [], 0), "`stride` must be a positive"),
        (lambda: roi_pool(RAMP, [[2, 0, 1, 1]], 16), "left <= right"),
    ],
)
def test_errors_say_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()
