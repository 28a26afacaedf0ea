"""Windows: each around its pixel, filled with grey outside, repeatable."""

import numpy as np
import pytest

from utils.detection import random_windows
from utils.models import MEAN_COLOUR

# Every pixel of the two pictures has a number of its own, also as its class.
MASKS = np.arange(2 * 5 * 7).reshape(2, 5, 7)
IMAGES = np.repeat(MASKS[..., None], 3, axis=-1).astype("float32")


@pytest.mark.parametrize("size", [1, 2, 3, 6, 20])
def test_the_label_is_the_class_of_the_middle(size):
    windows, labels = random_windows(IMAGES, MASKS, size, count=40, seed=1)
    assert windows.shape == (80, size, size, 3) and windows.dtype == np.float32
    np.testing.assert_array_equal(windows[:, size // 2, size // 2, 0], labels)
    assert sorted(np.bincount(labels // 35)) == [40, 40]


def test_a_window_shows_the_surroundings_and_grey_beyond():
    windows, labels = random_windows(IMAGES, MASKS, 3, count=200, seed=1)
    grey = np.array(MEAN_COLOUR, "float32") / 255
    corner = windows[list(labels).index(0)]
    np.testing.assert_array_equal(corner[0], np.tile(grey, (3, 1)))
    np.testing.assert_array_equal(corner[:, 0], np.tile(grey, (3, 1)))
    assert corner[1:, 1:, 0].tolist() == [[0, 1], [7, 8]]
    inside = windows[list(labels).index(35 + 8)]
    assert inside[..., 0].tolist() == [[35, 36, 37], [42, 43, 44], [49, 50, 51]]


def test_one_seed_gives_the_same_windows():
    first, second = (random_windows(IMAGES, MASKS, 3, seed=5) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (random_windows(IMAGES, MASKS, 3, seed=6)[1] != first[1]).any()


def test_no_picture_gives_no_window():
    windows, labels = random_windows(IMAGES[:0], MASKS[:0], 4)
    assert windows.shape == (0, 4, 4, 3) and labels.shape == (0,)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((IMAGES, MASKS[:1], 3), r"must have shapes.*\(1, 5, 7\)"),
        ((IMAGES[0], MASKS[0], 3), "must have shapes"),
        ((IMAGES, MASKS, 0), "`size` must be a positive"),
        ((IMAGES, MASKS, 3, 0), "`count` must be a positive"),
    ],
)
def test_what_is_impossible_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        random_windows(*arguments)
