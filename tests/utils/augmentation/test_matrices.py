"""Matrices by hand, boxes moved by them, and resampling."""

import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import geometry

SIZE = (2, 4)  # a picture from (0, 0) to (4, 2); its centre is (2, 1)


def place(matrix, x, y):
    return (matrix @ tf.constant([[x], [y], [1.0]])).numpy()[:2, 0]


@pytest.mark.parametrize(
    "options, point, expected",
    [
        ({}, (3, 0), (3, 0)),
        ({"degrees": 90}, (4, 1), (2, -1)),  # right of the centre comes above it
        ({"degrees": -90}, (4, 1), (2, 3)),
        ({"zoom": 2}, (3, 1.5), (4, 2)),
        ({"zoom": (1, 2)}, (3, 1.5), (4, 1.5)),  # heights stay, widths double
        ({"right": 1, "down": -2}, (0, 0), (1, -2)),
        ({"degrees": 180, "zoom": 2, "right": 1}, (3, 1), (1, 1)),  # moved at the end
    ],
)
def test_points_go_where_they_should(options, point, expected):
    matrix = geometry.affine_matrix(SIZE, **options)
    np.testing.assert_allclose(place(matrix, *point), expected, atol=1e-5)


def test_mirrors_and_quarter_turns_move_points_exactly():
    assert place(geometry.flip_matrix(SIZE, axis=1), 1, 0.5).tolist() == [3, 0.5]
    assert place(geometry.flip_matrix(SIZE, axis=0), 1, 0.5).tolist() == [1, 1.5]
    places = [place(geometry.quarter_turn_matrix(SIZE, k), 1, 0.5) for k in range(4)]
    assert [p.tolist() for p in places] == [[1, 0.5], [0.5, 3], [3, 1.5], [1.5, 1]]


def test_four_quarter_turns_are_none():
    matrix, size = tf.eye(3), SIZE
    for _ in range(4):
        matrix = geometry.quarter_turn_matrix(size, 1) @ matrix
        size = size[::-1]
    np.testing.assert_array_equal(matrix, np.eye(3))


@pytest.mark.parametrize("zoom", [0, -1, (1, 0), float("nan")])
def test_a_zoom_above_zero_is_wanted(zoom):
    with pytest.raises(ValueError, match="`zoom` must be above 0. Received"):
        geometry.affine_matrix(SIZE, zoom=zoom)


def test_a_turned_box_is_the_upright_box_around_its_corners():
    # A square of side 2 about the centre of 4×4, turned by 45 degrees, is √8 wide.
    matrix = geometry.affine_matrix((4, 4), degrees=45)
    boxes, kept = geometry.move_boxes([[1.0, 1.0, 3.0, 3.0]], matrix, (4, 4))
    half = np.sqrt(2)
    expected = [[2 - half, 2 - half, 2 + half, 2 + half]]
    np.testing.assert_allclose(boxes, expected, atol=1e-5)
    assert kept.numpy().tolist() == [True]


def test_boxes_are_clipped_and_empty_ones_reported_not_dropped():
    boxes = [[0.0, 0.0, 2.0, 2.0], [2.0, 0.0, 4.0, 2.0]]
    matrix = geometry.translation_matrix(2, 0)
    boxes, kept = geometry.move_boxes(boxes, matrix, SIZE)
    assert boxes.numpy().tolist() == [[2, 0, 4, 2], [4, 0, 4, 2]]
    assert kept.numpy().tolist() == [True, False]


def test_no_boxes_are_no_boxes():
    boxes, kept = geometry.move_boxes(tf.zeros((0, 4)), tf.eye(3), SIZE)
    assert boxes.shape == (0, 4) and kept.shape == (0,)


def test_the_identity_changes_no_pixel():
    pixels = tf.random.stateless_uniform((5, 7, 2), (1, 2))
    for interpolation in ("nearest", "bilinear"):
        result = geometry.resample(pixels, tf.eye(3), interpolation, fill=9)
        np.testing.assert_array_equal(result, pixels)


def test_half_a_pixel_is_the_mean_of_two():
    row = tf.constant([[[1.0], [3.0], [5.0]]])
    moved = geometry.resample(
        row, geometry.translation_matrix(0.5, 0), "bilinear", fill=7
    )
    assert moved.numpy().ravel().tolist() == [4, 2, 4]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64", "bool"])
def test_ids_of_any_dtype_are_resampled_nearest(dtype):
    ids = tf.cast([[[1], [0], [1]]], dtype)
    moved = geometry.resample(ids, geometry.translation_matrix(1, 0), "nearest", fill=0)
    assert moved.dtype == dtype and moved.numpy().ravel().tolist() == [0, 1, 0]


def test_ids_cannot_be_resampled_bilinearly():
    with pytest.raises(ValueError, match="must be floats.*another id. Received: uint8"):
        geometry.resample(tf.zeros((2, 2, 1), tf.uint8), tf.eye(3), "bilinear", 0)
