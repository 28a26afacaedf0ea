"""The alignment test notices what it should and nothing else."""

import numpy as np
import pytest

from utils.augmentation import geometry


def test_pixels_in_their_place_are_not_counted():
    image, mask = geometry.addressed(5, 7)
    assert geometry.misplaced(image, mask) == 0
    assert geometry.misplaced(image[::-1, ::-1], mask[::-1, ::-1]) == 0


@pytest.mark.parametrize("shift, wrong", [(1, 30), (0.6, 30), (0.4, 0)])
def test_a_shift_of_more_than_half_a_pixel_is_noticed(shift, wrong):
    image, mask = geometry.addressed(5, 6)
    image[..., 0] += shift
    assert geometry.misplaced(image, mask) == wrong


def test_void_must_be_outside_the_picture():
    image, mask = geometry.addressed(2, 3)
    mask[0, 0] = 255
    assert geometry.misplaced(image, mask) == 1
    image[0, 0] = 0
    assert geometry.misplaced(image, mask) == 0


def test_each_picture_is_counted_by_itself():
    image, mask = geometry.addressed(2, 2)
    images, masks = np.stack([image, image[:, ::-1]]), np.stack([mask, mask])
    assert geometry.misplaced(images, masks).tolist() == [0, 4]


@pytest.mark.parametrize("size", [(0, 3), (3, 1000)])
def test_an_address_has_three_digits(size):
    with pytest.raises(ValueError, match="from 1 to 999 pixels. Received"):
        geometry.addressed(*size)


def test_image_and_mask_of_different_shape_are_reported():
    image, mask = geometry.addressed(2, 3)
    with pytest.raises(ValueError, match="shape of `masks` and three channels. Rec"):
        geometry.misplaced(image[:, :2], mask)
