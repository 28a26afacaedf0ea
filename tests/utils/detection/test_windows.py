"""`utils.detection.windows`: where windows lie, and cutting them out."""

import numpy as np
import pytest

from utils.detection import (
    batched,
    crop_windows,
    pyramid_sizes,
    pyramid_windows,
    window_grid,
    window_starts,
)


def test_windows_of_four_on_twelve_pixels_by_hand():
    # Starts 0, 3, 6 end at 4, 7, 10. Pixels 10 and 11 are left over.
    assert window_starts(12, 4, 3, "drop").tolist() == [0, 3, 6]
    assert window_starts(12, 4, 3, "shift").tolist() == [0, 3, 6, 8]
    assert window_starts(12, 4, 3, "pad").tolist() == [0, 3, 6, 9]


def test_64_windows_of_224_on_448_pixels_at_stride_32():
    boxes = window_grid((448, 448), 224, 32)
    assert boxes.shape == (64, 4)
    for edge in ("drop", "pad"):  # nothing is left over, so nothing differs
        np.testing.assert_array_equal(window_grid((448, 448), 224, 32, edge), boxes)


def test_windows_of_a_feature_map_are_those_of_the_picture_in_steps_of_32():
    cells = window_grid((14, 14), window=7, stride=1)
    np.testing.assert_array_equal(32 * cells, window_grid((448, 448), 224, 32))


@pytest.mark.parametrize("edge", ["shift", "drop", "pad"])
def test_every_size_window_and_stride_up_to_nine(edge):
    for size in range(1, 10):
        for window in range(1, size + 1):
            for stride in range(1, 10):
                starts = window_starts(size, window, stride, edge)
                ends = starts + window
                assert starts[0] == 0 and (np.diff(starts) > 0).all()
                assert (np.diff(starts) <= stride).all()
                covered = np.zeros(size + stride + window, bool)
                for start, end in zip(starts, ends, strict=True):
                    covered[start:end] = True
                if edge != "drop" and stride <= window:
                    assert covered[:size].all()
                if edge != "pad":
                    assert ends[-1] <= size
                if edge == "drop":
                    assert len(starts) == (size - window) // stride + 1


def test_a_picture_smaller_than_the_window_is_an_error_unless_padded():
    with pytest.raises(ValueError, match='larger than the picture, 3 .*edge="pad"'):
        window_starts(3, 4)
    assert window_starts(3, 4, 2, "pad").tolist() == [0]
    assert window_grid((3, 9), 4, 4, "pad").tolist() == [
        [0, 0, 4, 4],
        [4, 0, 8, 4],
        [8, 0, 12, 4],
    ]


def test_windows_are_listed_row_by_row_and_need_not_be_square():
    boxes = window_grid((4, 5), window=(2, 3), stride=(2, 1))
    assert boxes.tolist() == [
        [0, 0, 3, 2],
        [1, 0, 4, 2],
        [2, 0, 5, 2],
        [0, 2, 3, 4],
        [1, 2, 4, 4],
        [2, 2, 5, 4],
    ]


@pytest.mark.parametrize("number", [0, -1, 2.0, "2"])
def test_numbers_of_windows_are_positive_integers(number):
    for name in ("size", "window", "stride"):
        arguments = {"size": 8, "window": 4, "stride": 2} | {name: number}
        with pytest.raises(ValueError, match=f"`{name}` must be a positive integer"):
            window_starts(**arguments)
    with pytest.raises(ValueError, match="`edge` must be one of .*'same'"):
        window_starts(8, 4, 2, "same")


def test_windows_inside_are_views_and_hold_the_right_pixels():
    image = np.arange(6 * 7 * 3).reshape(6, 7, 3)
    boxes = window_grid((6, 7), 3, 2)
    for box, window in zip(boxes, crop_windows(image, boxes), strict=True):
        left, top, right, bottom = box
        np.testing.assert_array_equal(window, image[top:bottom, left:right])
        assert np.shares_memory(window, image)


def test_64_windows_take_no_memory_of_their_own():
    image = np.zeros((448, 448, 3), np.float32)
    windows = [*crop_windows(image, window_grid((448, 448)))]
    assert all(window.base is image for window in windows)


def test_a_window_that_sticks_out_repeats_the_edge():
    image = np.arange(1, 7).reshape(2, 3)
    [window] = crop_windows(image, [[-1, 1, 2, 4]])
    assert window.tolist() == [[4, 4, 5]] * 3
    padded = np.pad(image, (0, 4), mode="edge")
    boxes = window_grid((2, 3), 4, 2, "pad")
    for (left, top, right, bottom), crop in zip(
        boxes, crop_windows(image, boxes), strict=True
    ):
        expected = padded[top:bottom, left:right]
        np.testing.assert_array_equal(crop, expected)


@pytest.mark.parametrize(
    ("image", "boxes", "message"),
    [
        (np.zeros(3), [[0, 0, 1, 1]], "`image` must have shape .*: shape \\(3"),
        (np.zeros((0, 3)), [[0, 0, 1, 1]], "`image` must have shape"),
        (np.zeros((2, 2)), [0, 0, 1, 1], "`boxes_xyxy` must be integers of shape"),
        (np.zeros((2, 2)), [[0.5, 0, 1, 1]], "`boxes_xyxy` must be integers .*float64"),
        (np.zeros((2, 2)), [[2, 0, 3, 1]], "contain a pixel .*Received: \\[2, 0, 3, 1"),
        (np.zeros((2, 2)), [[1, 0, 1, 1]], "contain a pixel of the picture, 2×2"),
    ],
)
def test_what_cannot_be_cropped_is_said_at_once(image, boxes, message):
    with pytest.raises(ValueError, match=message):
        crop_windows(image, boxes)


def test_batches_are_made_one_at_a_time():
    taken = []

    def windows():
        for number in range(7):
            taken.append(number)
            yield np.full((2, 2), number)

    batches = batched(windows(), batch_size=3)
    first = next(batches)
    assert taken == [0, 1, 2] and first[:, 0, 0].tolist() == [0, 1, 2]
    assert [len(batch) for batch in batches] == [3, 1]
    assert [*batched([], 3)] == []
    with pytest.raises(ValueError, match="`batch_size` must be a positive integer"):
        batched(windows(), 0)


def test_a_window_sees_its_share_on_every_level():
    for size in ((448, 448), (561, 728), (3000, 200), (17, 16), (6000, 8000)):
        shares = (1, 0.5, (0.75, 0.5), (1, 0.5), (0.3, 0.9))
        levels = pyramid_sizes(size, 224, shares)
        for (height, width), share in zip(levels, shares, strict=True):
            high, wide = np.broadcast_to(share, 2)
            assert min(height, width) >= 224
            assert 224 / height * size[0] == pytest.approx(high * min(size), rel=0.01)
            assert 224 / width * size[1] == pytest.approx(wide * min(size), rel=0.01)


@pytest.mark.parametrize("shares", [(), (0,), (1.2,), ((0.5, 0.5, 0.5),), ((0.5, 0),)])
def test_shares_are_above_zero_and_at_most_one(shares):
    with pytest.raises(ValueError, match="`shares` must hold numbers above 0 .*Receiv"):
        pyramid_sizes((448, 448), 224, shares)


def test_boxes_of_all_levels_are_in_pixels_of_the_picture():
    image = np.random.default_rng(0).random((60, 90, 3)).astype(np.float32)
    levels, grids, boxes = pyramid_windows(image, 32, 16, (1, 0.5, (1, 0.5)))
    assert [level.dtype for level in levels] == [np.float32] * 3
    assert sum(map(len, grids)) == len(boxes)
    assert boxes.min() == 0 and boxes[:, 2].max() == 90 and boxes[:, 3].max() == 60
    # A window of the first level is as high as the picture, one of the second half.
    heights = boxes[:, 3] - boxes[:, 1]
    np.testing.assert_allclose(heights[: len(grids[0])], 60, rtol=1e-5)
    second = heights[len(grids[0]) : len(grids[0]) + len(grids[1])]
    np.testing.assert_allclose(second, 30, rtol=1e-5)


def test_a_level_of_the_same_size_is_the_picture_itself():
    image = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    [level], [grid], boxes = pyramid_windows(image, 32, 16, (0.5,))
    np.testing.assert_array_equal(level, image)
    np.testing.assert_array_equal(grid, boxes)
