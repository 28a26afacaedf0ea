"""Rows of pictures: what is drawn, what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.plotting import show_gallery, show_sheet, style

plt.switch_backend("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_rows_keep_their_order_names_and_titles():
    rows = {"a": np.zeros((2, 4, 4, 3)), "b": np.ones((2, 6, 4, 3))}
    figure = show_gallery.figure(rows, ["left", "right"])
    assert [axis.get_ylabel() for axis in figure.axes] == ["a", "", "b", ""]
    assert [axis.get_title() for axis in figure.axes] == ["left", "right", "", ""]
    assert figure.get_size_inches()[0] <= 8


def test_rows_may_differ_in_length():
    figure = show_gallery.figure(
        {"a": np.zeros((3, 4, 4, 3)), "b": [np.ones((2, 2, 3))]}
    )
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 1, 0, 0]


def test_values_are_clipped_so_that_nothing_wraps_round():
    [axis] = show_gallery.figure({"": [np.full((2, 2, 3), 7.0)]}).axes
    assert axis.images[0].get_array().max() == 1


@pytest.mark.parametrize(
    "rows",
    [{}, {"a": []}, {"a": np.zeros((1, 4, 4))}, {"a": [np.zeros((4, 4, 1))]}],
)
def test_what_is_no_picture_is_refused(rows):
    with pytest.raises(ValueError, match="`rows` must hold pictures.*Received:"):
        show_gallery.figure(rows)


def test_showing_closes_the_figure():
    show_gallery({"": np.zeros((1, 4, 4, 3))})
    assert not plt.get_fignums()


SMALL, LARGE = np.zeros((4, 4, 1)), np.ones((6, 8, 3))


def test_every_picture_has_its_name_and_size():
    figure = show_sheet.figure(
        {"small": SMALL, "large": LARGE, "other": 2 * LARGE}, columns=2
    )
    assert [axis.get_title() for axis in figure.axes] == ["small", "large", "other"]
    shown = [axis.images[0].get_array() for axis in figure.axes]
    assert [picture.shape for picture in shown] == [(4, 4, 3), (6, 8, 3), (6, 8, 3)]
    assert shown[2].max() == 1


def test_outline_is_drawn_where_it_fits():
    outline = np.zeros((6, 8), bool)
    outline[2:4, 2:5] = True
    figure = show_sheet.figure({"small": SMALL, "large": LARGE}, outline=outline)
    assert [len(axis.collections) for axis in figure.axes] == [0, 1]


@pytest.mark.parametrize(
    "pictures, columns",
    [({}, 4), ({"a": np.zeros((4, 4))}, 4), ({"a": SMALL}, 0), ({"a": SMALL}, 1.5)],
)
def test_what_is_no_sheet_is_refused(pictures, columns):
    with pytest.raises(ValueError, match="`pictures` must hold at least one"):
        show_sheet.figure(pictures, columns)


def test_show_sheet_shows_one_figure(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "show", shown.append)
    show_sheet({"small": SMALL})
    assert len(shown) == 1
