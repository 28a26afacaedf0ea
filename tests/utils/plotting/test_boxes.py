"""Figures of boxes say what they show."""

import numpy as np
import pytest

from utils.plotting.boxes import show_boxes
from utils.plotting.curves import show_precision_recall

IMAGE = np.zeros((8, 8, 3))


def test_names_and_scores_are_written_beside_each_box():
    figure = show_boxes.figure(
        [IMAGE], [[[0, 0, 4, 4], [2, 2, 8, 8]]], [[0, 1]], [[0.9, 0.25]], "ab"
    )
    assert [text.get_text() for text in figure.axes[0].texts] == ["a 0.90", "b 0.25"]
    colors = [patch.get_edgecolor() for patch in figure.axes[0].patches]
    assert colors[0] != colors[1]


def test_a_box_encloses_its_pixels():
    figure = show_boxes.figure([IMAGE], [[[1, 2, 4, 8]]])
    box = figure.axes[0].patches[0]
    assert (*box.get_xy(), box.get_width(), box.get_height()) == (0.5, 1.5, 3, 6)


@pytest.mark.parametrize(("count", "words"), [(8, 8), (9, 0)])
def test_too_many_boxes_are_drawn_without_words(count, words):
    boxes, classes = [[[0, 0, 1, 1]] * count], [[0] * count]
    axis = show_boxes.figure([IMAGE], boxes, classes, class_names=["cat"]).axes[0]
    assert len(axis.patches) == count and len(axis.texts) == words


def test_a_picture_without_boxes_is_shown_bare():
    figure = show_boxes.figure([IMAGE] * 3, [[], [], [[0, 0, 1, 1]]], columns=2)
    assert [len(axis.patches) for axis in figure.axes] == [0, 0, 1, 0]


def test_a_curve_is_drawn_with_one_dot_per_detection():
    figure = show_precision_recall.figure(
        {"one": ([1, 0.5], [0.5, 0.5]), "two": ([], [])}
    )
    assert [len(axis.lines[0].get_xdata()) for axis in figure.axes] == [2, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: show_boxes.figure([IMAGE], []), r"Received: \[1, 0, 1, 1, 1\]"),
        (lambda: show_boxes.figure([], []), "at least one"),
        (lambda: show_boxes.figure([IMAGE], [[[0, 0, 1, 1]]], [[0, 1]]), "the 1 boxes"),
        (lambda: show_precision_recall.figure({}), "at least one curve"),
    ],
)
def test_errors_say_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()
