"""Overlays and boxes: what is drawn where."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from utils.masks.forms import PALETTE
from utils.plotting import boxes, panels

IMAGE = np.zeros((4, 6, 3), np.float32)


def test_a_mask_shines_through_its_picture():
    mask = np.zeros((4, 6), np.uint8)
    mask[0, 0] = 1
    figure = panels.show_overlays.figure({"a": (IMAGE, mask), "b": (IMAGE + 1, mask)})
    black, white = (axis.images[0].get_array() for axis in figure.axes)
    for pixel, color in (((0, 0), PALETTE[1]), ((3, 3), PALETTE[0])):
        expected = panels.OPACITY * np.array(to_rgb(color))
        np.testing.assert_allclose(black[pixel], expected, atol=1e-3)
        rest = 1 - panels.OPACITY
        np.testing.assert_allclose(white[pixel], expected + rest, atol=1e-3)


def test_four_panels_stand_in_a_row():
    pairs = {str(n): (IMAGE, np.zeros((4, 6), int)) for n in range(5)}
    axes = panels.show_overlays.figure(pairs).axes
    titles = [axis.get_title() for axis in axes]
    assert titles == ["0", "1", "2", "3", "4", "", "", ""]


def test_a_mask_of_another_size_is_reported():
    with pytest.raises(ValueError, match=r"Received: \(4, 5\) and \(4, 6, 3\)"):
        panels.show_overlays.figure({"a": (IMAGE, np.zeros((4, 5), int))})


def test_boxes_are_drawn_along_the_edges_of_pixels_and_named_once():
    corners = [(0, 0), (6, 0), (6, 4), (0, 4)]
    one = {"box": corners}
    figure = boxes.show_outlines.figure({"a": (IMAGE, one), "b": (IMAGE, one)})
    [patch] = figure.axes[0].patches
    assert patch.get_xy()[:4].tolist() == (np.array(corners) - 0.5).tolist()
    assert [text.get_text() for text in figure.legends[0].texts] == ["box"]
