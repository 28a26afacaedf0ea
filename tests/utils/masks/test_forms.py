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
    overlap_tiles,
)
from utils.masks.forms import PALETTE
from utils.models import output_margin

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


def pictures(height=8, width=12, count=2):
    """Images whose first channel is their mask, so that alignment can be tested."""
    masks = np.arange(count * height * width).reshape(count, height, width)
    return np.stack([masks, -masks], axis=-1), masks


def test_one_row_by_hand():
    # 1 2 3 4, mirrored by one pixel: 2 1 2 3 4 3. Two tiles of two pixels.
    row = np.array([[1, 2, 3, 4]] * 4)
    inputs, targets = overlap_tiles(row[None, ..., None], row[None], 2, margin=2)
    assert [tile[1, :, 0].tolist() for tile in inputs[:2]] == [
        [2, 1, 2, 3],
        [2, 3, 4, 3],
    ]
    assert [tile[0].tolist() for tile in targets[:2]] == [[1, 2], [3, 4]]


@pytest.mark.parametrize("margin", [0, 2, 6])
def test_the_middle_of_every_tile_is_its_part_of_the_mask(margin):
    images, masks = pictures()
    inputs, targets = overlap_tiles(images, masks, 4, margin)
    half = margin // 2
    assert inputs.shape == (12, 4 + margin, 4 + margin, 2)
    middle = inputs[:, half : half + 4, half : half + 4, 0]
    np.testing.assert_array_equal(middle, targets)


def test_the_parts_of_the_mask_meet():
    images, masks = pictures()
    _, targets = overlap_tiles(images, masks, 4, 2)
    rows = targets.reshape(2, 2, 3, 4, 4).swapaxes(2, 3)
    np.testing.assert_array_equal(rows.reshape(masks.shape), masks)


def test_a_unet_answers_for_the_tile():
    images, masks = np.zeros((1, 64, 64, 3)), np.zeros((1, 64, 64))
    inputs, targets = overlap_tiles(images, masks, 32, output_margin(depth=2))
    assert (inputs.shape, targets.shape) == ((4, 72, 72, 3), (4, 32, 32))


def test_of_no_images_there_are_no_tiles():
    inputs, targets = overlap_tiles(np.zeros((0, 8, 8, 3)), np.zeros((0, 8, 8)), 4, 2)
    assert (inputs.shape, targets.shape) == ((0, 6, 6, 3), (0, 4, 4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(images=np.zeros((2, 8, 12))), r"must have shape \(N, H, W, C\)"),
        (dict(masks=np.zeros((2, 8, 11))), "Received"),
        (dict(tile=5), "multiples of the tile, 5 pixels. Received: 8×12"),
        (dict(tile=0), "`tile` must be a positive integer"),
        (dict(margin=3), "`margin` must be even"),
        (dict(margin=-2), "`margin` must be even"),
        (dict(margin=16), "below twice the image's sides"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    images, masks = pictures()
    arguments = dict(images=images, masks=masks, tile=4, margin=2) | change
    with pytest.raises(ValueError, match=message):
        overlap_tiles(**arguments)
