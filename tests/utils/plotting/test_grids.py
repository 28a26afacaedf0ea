"""Grids of cells: their numbers, their colours, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.plotting import grids, style
from utils.plotting.grids import draw_grid, show_grids

plt.switch_backend("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(axis):
    return [text.get_text() for text in axis.texts]


def colors(axis):
    return np.asarray(axis.images[0].get_array())[..., :3]


def test_every_cell_holds_its_number():
    [axis] = show_grids.figure({"input": [[1, -2.5], [0, 0.125]]}).axes
    assert texts(axis) == ["1", "-2.5", "0", "0.12"]
    assert [text.get_position() for text in axis.texts] == [
        (0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5)
    ]  # fmt: skip


def test_zero_is_white_positive_blue_negative_orange():
    cells = colors(show_grids.figure({"": [[0, 2, -2]]}).axes[0])[0]
    np.testing.assert_allclose(cells[0], 1, atol=0.02)
    assert cells[1, 2] > cells[1, 0] and cells[2, 0] > cells[2, 2]


def test_scale_is_shared_unless_it_is_not_wanted():
    two = {"small": [[1]], "large": [[4]]}
    small, large = show_grids.figure(two).axes
    assert colors(small).min() > colors(large).min()
    small, large = show_grids.figure(two, shared=False).axes
    np.testing.assert_array_equal(colors(small), colors(large))


def test_number_and_cell_stay_apart_in_brightness():
    values = np.linspace(-3, 3, 13)[None]
    axis = show_grids.figure({"": values}).axes[0]
    for cell, text in zip(colors(axis)[0], axis.texts, strict=True):
        ink = np.array(plt.matplotlib.colors.to_rgb(text.get_color()))
        light, dark = sorted(
            [0.05 + rgb**2.2 @ [0.2126, 0.7152, 0.0722] for rgb in (ink, cell)]
        )[::-1]
        assert light / dark > 3, text  # WCAG's contrast for large text


def test_pictures_have_panels_of_one_size_and_no_numbers():
    figure = show_grids.figure({"a": np.eye(4), "b": np.eye(16)}, numbers=False)
    figure.canvas.draw()
    first, second = (axis.get_window_extent() for axis in figure.axes)
    np.testing.assert_allclose(first.size, second.size, rtol=0.01)
    assert texts(figure.axes[0]) == []


def test_cells_have_one_size():
    figure = show_grids.figure({"a": np.eye(2), "b": np.eye(5)})
    figure.canvas.draw()
    first, second = (axis.get_window_extent() for axis in figure.axes)
    np.testing.assert_allclose(first.width / 2, second.width / 5, rtol=0.05)


def test_too_small_cells_stay_without_number():
    axis = plt.figure().add_subplot()
    draw_grid(axis, np.eye(2), limit=1, points=8)
    assert texts(axis) == []


def test_no_figure_is_wider_than_a_page():
    for shape in [(1, 1), (2, 40), (9, 4), (30, 30)]:
        figure = show_grids.figure(dict.fromkeys("abc", np.ones(shape)))
        assert figure.get_figwidth() <= 8


@pytest.mark.parametrize("wrong", [{}, {"a": [1, 2]}, {"a": np.zeros((0, 2))}])
def test_what_is_no_grid_is_refused(wrong):
    with pytest.raises(ValueError, match="`grids` must hold arrays.*Received: {"):
        show_grids.figure(wrong)


def test_show_grids_shows_one_figure(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "show", shown.append)
    grids.show_grids({"a": np.eye(2), "b": np.eye(2)}, numbers=False)
    assert [axis.get_title() for axis in shown[0].axes] == ["a", "b"]
