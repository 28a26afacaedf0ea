"""Sheets of pictures: names, rows, outlines, and what is refused."""

import numpy as np
import pytest

from utils.plotting import show_sheet, style

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
