"""Drawn digits: bitmaps by hand, the same for a seed, readable, sizes, bad input."""

import numpy as np
import pytest

from utils.datasets import draw_digits, glyph
from utils.datasets.digits import GLYPHS


def test_nine_is_six_turned_by_half_a_turn():
    np.testing.assert_array_equal(np.rot90(glyph(6), 2), glyph(9))
    for digit in (0, 8):
        np.testing.assert_array_equal(np.rot90(glyph(digit), 2), glyph(digit))


def test_bitmaps_are_all_different():
    assert len({glyph(digit).tobytes() for digit in range(10)}) == len(GLYPHS) == 10
    assert {glyph(digit).shape for digit in range(10)} == {(7, 5)}


def test_a_seed_draws_the_same_and_another_one_something_else():
    (images, labels), (again, _) = draw_digits(3, seed=9), draw_digits(3, seed=9)
    np.testing.assert_array_equal(images, again)
    assert labels.tolist() == 3 * list(range(10))
    assert len(np.unique(images.reshape(30, -1), axis=0)) == 30
    assert not np.array_equal(images, draw_digits(3, seed=10)[0])


@pytest.mark.parametrize("size", [12, 16, 31])
def test_pictures_are_grey_dark_on_light_and_inside(size):
    images, _ = draw_digits(5, seed=9, size=size, shift=0)
    assert images.shape == (50, size, size, 3) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1
    np.testing.assert_array_equal(images[..., 0], images[..., 2])
    ink = images[..., 0].mean(axis=0) < images[..., 0].mean() - 0.1
    assert ink.any() and not ink[[0, -1]].any() and not ink[:, [0, -1]].any()


def test_nearest_mean_reads_most_digits():
    images, labels = draw_digits(60, seed=9, shift=0.0)
    flat = images[..., 0].reshape(len(labels), -1)
    flat = (flat - flat.mean(1, keepdims=True)) / flat.std(1, keepdims=True)
    means = np.stack([flat[:300][labels[:300] == digit].mean(0) for digit in range(10)])
    read = np.argmax(flat[300:] @ means.T, axis=1)
    assert np.mean(read == labels[300:]) > 0.85


@pytest.mark.parametrize("digit", [-1, 10, 6.0, "6"])
def test_other_digits_are_refused(digit):
    with pytest.raises(ValueError, match="`digit` must be an integer from 0 to 9"):
        glyph(digit)


def test_bad_sizes_are_named():
    with pytest.raises(ValueError, match="`count` must be a positive integer"):
        draw_digits(0, seed=9)
    with pytest.raises(ValueError, match="`size` must be at least 12"):
        draw_digits(1, seed=9, size=8)
    with pytest.raises(ValueError, match="`shift` at least 0. Received: 16 and -1"):
        draw_digits(1, seed=9, shift=-1)
