"""Sliders where somebody watches, one figure where nobody does."""

import ipywidgets
import pytest

from utils.plotting import style


def drawing(drawn):
    return lambda size, stride: drawn.append((size, stride))


def test_without_a_page_the_first_values_are_drawn_once():
    drawn = []
    style.explore(drawing(drawn), size=[4, 8], stride=(range(1, 4), 2))
    assert drawn == [(4, 2)]


def test_on_a_page_every_slider_draws_again(monkeypatch):
    drawn, shown = [], []
    monkeypatch.setattr(style, "somebody_watches", lambda: True)
    monkeypatch.setattr(ipywidgets.widgets.interaction, "display", shown.append)
    style.explore(drawing(drawn), size=[4, 8], stride=(range(1, 4), 2))
    size, stride = shown[0].children[:2]
    assert (size.options, stride.options) == ((4, 8), (1, 2, 3))
    assert (size.value, stride.value) == (4, 2)
    size.value = 8
    stride.value = 3
    assert drawn[-2:] == [(8, 2), (8, 3)]


def test_without_ipywidgets_there_is_still_the_figure(monkeypatch):
    drawn = []
    monkeypatch.setattr(style, "somebody_watches", lambda: True)
    monkeypatch.setattr(style, "find_spec", lambda name: None)
    style.explore(drawing(drawn), size=[4, 8], stride=[1])
    assert drawn == [(4, 1)]


@pytest.mark.parametrize("values", [[], ([1, 2], 3), ("valid", "same")])
def test_a_first_value_that_is_none_of_the_values_is_refused(values):
    with pytest.raises(ValueError, match=r"`size` must be a list.*Received"):
        style.explore(print, size=values)


def test_a_kernel_that_may_ask_is_watched(monkeypatch):
    class Shell:
        class kernel:
            @staticmethod
            def get_parent():
                return {"content": {"allow_stdin": True}}

    assert not style.somebody_watches()
    monkeypatch.setattr(style, "get_ipython", lambda: Shell)
    assert style.somebody_watches()
