"""Tests of the gates of the sample data: by hand, then on what is embedded."""

import numpy as np
import pytest

from data import report


def pet(image, trimap):
    return {"image": image, "segmentation_mask": np.asarray(trimap)[..., None]}


# The left half is pet, one column is border, the rest is background.
TRIMAP = np.repeat(np.uint8([[1] * 16 + [3] + [2] * 15]), 32, axis=0)


def test_a_pet_in_a_colour_of_its_own_is_found_by_colour_alone():
    image = np.where(TRIMAP[..., None] == 1, (200, 40, 40), (40, 160, 40))
    assert report.colour_iou(pet(image.astype(np.uint8), TRIMAP)) == 1


def test_colours_that_say_nothing_give_a_low_iou():
    # Upper rows dark, lower rows light: either cluster holds half of the pet (256
    # pixels) and half of the background (240), so 256 / (512 + 240) is the IoU.
    image = np.repeat(np.repeat(np.uint8([[[20]], [[220]]]), 16, 0), 32, 1)
    iou = report.colour_iou(pet(np.repeat(image, 3, axis=2), TRIMAP))
    assert iou == pytest.approx(256 / 752)


def test_a_picture_counts_once_in_the_shares_whatever_its_size():
    small, large = np.full((1, 1), 1), np.full((9, 9), 2)
    shares = report.pixel_shares([pet(None, small), pet(None, large)])
    assert shares == {"pet": 0.5, "background": 0.5, "border": 0.0}


def test_a_contact_sheet_keeps_the_shape_of_pictures():
    black = np.zeros((20, 40, 3), np.uint8)
    sheet = report.contact_sheet([black, black], columns=2, side=20)
    assert sheet.shape == (20, 40, 3)
    assert (sheet == 0).all(2).sum() == 2 * 20 * 10


def test_the_embedded_data_and_weights_pass_every_gate():
    measured = report.gates()
    assert len(measured) == 8
    assert [(what, value) for what, value, passed in measured if not passed] == []
