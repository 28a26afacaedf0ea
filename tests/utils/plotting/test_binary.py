"""Figures of two-class masks: colours, curves, best thresholds, and refusals."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.masks import color_mask
from utils.models import unet_table
from utils.plotting import curves, networks, panels, style
from utils.plotting.curves import show_thresholds
from utils.plotting.panels import show_binary

plt.switch_backend("Agg")
IMAGES = np.zeros((2, 4, 4, 3))
TARGETS = np.zeros((2, 4, 4), np.uint8)
TARGETS[:, 1:3, 1:3] = 1


def test_the_pet_has_the_colour_that_it_has_in_a_trimap():
    figure = show_binary.figure(IMAGES, TARGETS)
    shown = figure.axes[1].images[0].get_array()
    assert shown[1, 1].tolist() == color_mask([[0]])[0, 0].tolist()
    assert shown[0, 0].tolist() == color_mask([[1]])[0, 0].tolist()


def test_a_prediction_brings_an_error_map():
    predicted = TARGETS.astype(bool)
    predicted[0, 0] = True
    figure = show_binary.figure(IMAGES, TARGETS, predicted, title="guess")
    assert len(figure.axes) == 8
    titles = [axis.get_title() for axis in figure.axes[:4]]
    assert titles == ["image", "true mask", "guess", "error map: 25% wrong"]


def test_a_cross_marks_the_best_threshold():
    figure = show_thresholds.figure(
        [0.2, 0.4, 0.6], {"a": [0.5, 0.7, 0.6], "b": [1, 0, 0]}
    )
    axis = figure.axes[0]
    crosses = [line.get_xdata() for line in axis.lines if line.get_marker() == "x"]
    assert [float(np.ravel(x)[0]) for x in crosses] == [0.4, 0.2]
    texts = [text.get_text() for text in axis.get_legend().get_texts()]
    assert texts == ["a: best at 0.40", "b: best at 0.20"]
    assert axis.get_xlabel() and axis.get_ylabel()


def test_all_figures_are_shown(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "show", shown.append)
    panels.show_binary(IMAGES, TARGETS)
    curves.show_thresholds([0.5], {"model": [0.8]})
    panels.show_rows([(IMAGES[0], TARGETS[0], None)], ("background", "pet"))
    networks.show_network(unet_table(64, 1, 3, 8, 3, padding="same"))
    assert len(shown) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: show_binary.figure(IMAGES, TARGETS[:1]), "Received: 2 and 1"),
        (
            lambda: show_binary.figure(IMAGES[:0], TARGETS[:0]),
            "at least one. Received: 0",
        ),
        (lambda: show_binary.figure(IMAGES, TARGETS[:, :3]), "height and width"),
        (lambda: show_thresholds.figure([0.5], {}), "one to 3 curves"),
        (lambda: show_thresholds.figure([0.5], {"a": [1, 2]}), "curves of 1"),
        (lambda: show_thresholds.figure([0.5], dict.fromkeys("abcd", [1])), "one to 3"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
