"""`utils.masks`: ids, one-hot and colours, there and back."""

import keras
import numpy as np
import pytest

from utils.masks import (
    color_mask,
    create_mask,
    ids_from_colors,
    ids_from_one_hot,
    one_hot,
)
from utils.masks.forms import PALETTE

# Two rows of two pixels, three classes; the last pixel has no label.
MASK = np.array([[0, 2], [1, 255]], np.uint8)
VECTORS = np.array([[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 0]]], np.float32)


def random_masks(high, shape=(5, 6, 7)):
    for seed in range(20):
        yield np.random.default_rng(seed).integers(0, high, shape).astype(np.uint8)


def test_one_hot_has_its_one_at_the_class_by_hand():
    vectors = one_hot(MASK, num_classes=3)
    np.testing.assert_array_equal(vectors, VECTORS)
    assert vectors.dtype == np.float32


def test_a_class_that_is_missing_has_its_channel():
    np.testing.assert_array_equal(one_hot([1], num_classes=3), [[0, 1, 0]])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (0, 3)])
def test_classes_become_the_last_axis(shape):
    assert one_hot(np.zeros(shape, int), num_classes=5).shape == (*shape, 5)


def test_one_hot_agrees_with_keras():
    for mask in random_masks(high=4):
        expected = keras.utils.to_categorical(mask, num_classes=4)
        np.testing.assert_array_equal(one_hot(mask, num_classes=4), expected)


def test_vectors_sum_to_one_and_void_to_zero():
    for mask in random_masks(high=4):
        mask[mask == 3] = 255
        total = one_hot(mask, num_classes=3).sum(axis=-1)
        np.testing.assert_array_equal(total, mask != 255)


def test_ids_come_back_from_one_hot():
    np.testing.assert_array_equal(ids_from_one_hot(VECTORS), MASK)
    for mask in random_masks(high=4):
        mask[mask == 3] = 255
        back = ids_from_one_hot(one_hot(mask, num_classes=3))
        np.testing.assert_array_equal(back, mask)
        assert back.dtype == np.uint8


def test_without_void_ids_are_the_argmax():
    for mask in random_masks(high=4):
        vectors = one_hot(mask, num_classes=4)
        np.testing.assert_array_equal(ids_from_one_hot(vectors), create_mask(vectors))


def test_another_id_for_void_works_both_ways():
    mask = [[0, 9], [1, 0]]
    vectors = one_hot(mask, num_classes=2, void=9)
    np.testing.assert_array_equal(ids_from_one_hot(vectors, void=9), mask)


def test_ids_come_back_from_colours():
    np.testing.assert_array_equal(ids_from_colors(color_mask(MASK)), MASK)
    for mask in random_masks(high=len(PALETTE) + 1, shape=(6, 7)):
        mask[mask == len(PALETTE)] = 255
        back = ids_from_colors(color_mask(mask))
        np.testing.assert_array_equal(back, mask)
        assert back.dtype == np.uint8


def test_an_empty_mask_stays_empty():
    assert one_hot([], num_classes=2).shape == (0, 2)
    assert ids_from_one_hot(np.zeros((0, 4, 2))).shape == (0, 4)
    assert ids_from_colors(np.zeros((0, 4, 3), np.uint8)).shape == (0, 4)


@pytest.mark.parametrize(
    "mask, message",
    [
        ([0.0, 1.0], "`mask` must hold integer class ids. Received: dtype float64"),
        ([True], "`mask` must hold integer class ids. Received: dtype bool"),
        ([0, 2], r"ids from 0 to 1, or 255 for void. Received: \[2\]"),
        ([-1, 0], r"ids from 0 to 1, or 255 for void. Received: \[-1\]"),
    ],
)
def test_one_hot_names_what_is_no_class(mask, message):
    with pytest.raises(ValueError, match=message):
        one_hot(mask, num_classes=2)


@pytest.mark.parametrize(
    "vectors, message",
    [
        ([[1.0, 1.0]], r"at most one 1 per pixel. Received: \[1.0, 1.0\]"),
        ([[0.5, 0.5]], r"at most one 1 per pixel. Received: \[0.5, 0.5\]"),
        ([[1, 0], [2, 1]], r"Received: \[2, 1\], and 1 such vectors"),
        ([[np.nan, 1]], r"Received: \[nan, 1.0\]"),
        (1.0, r"must have shape .* Received: shape \(\)"),
        (np.zeros((2, 0)), r"must have shape .* Received: shape \(2, 0\)"),
        (np.zeros((1, 256)), "1 ≤ K ≤ `void` ≤ 255. Received: shape"),
    ],
)
def test_what_is_not_one_hot_is_named(vectors, message):
    with pytest.raises(ValueError, match=message):
        ids_from_one_hot(vectors)


@pytest.mark.parametrize(
    "picture, message",
    [
        (np.full((2, 2, 3), 7, np.uint8), r"Received: \[7, 7, 7\], and 4 pixels"),
        (np.zeros((2, 2, 3)), r"must be uint8 .* Received: float64 of shape"),
        (np.zeros((2, 2), np.uint8), r"Received: uint8 of shape \(2, 2\)"),
        (np.zeros((2, 2, 4), np.uint8), r"Received: uint8 of shape \(2, 2, 4\)"),
    ],
)
def test_unknown_colours_are_named(picture, message):
    with pytest.raises(ValueError, match=message):
        ids_from_colors(picture)
