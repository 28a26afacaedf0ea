"""Overlapping tiles: aligned with their masks, complete, refused where impossible."""

import numpy as np
import pytest

from utils.masks import overlap_tiles
from utils.models import output_margin


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
