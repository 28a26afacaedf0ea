"""Grids of cells: their numbers, their colours, and what is refused."""

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.layers import overlap_counts, transposed_convolution
from utils.plotting import grids, style
from utils.plotting.grids import draw_grid, show_grids, show_overlaps, show_scatter

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


plt.switch_backend("Agg")

X = np.array([[1, 2], [3, 4]])


def cells(axis, shape):
    """The numbers in the cells of a panel, as an array; 0 where none is written."""
    numbers = np.zeros(shape)
    for text in axis.texts:
        x, y = text.get_position()
        if 0 < y < shape[0] and x % 1 == 0.5 and text.get_fontsize() != 10:
            numbers[int(y), int(x)] = float(text.get_text())
    return numbers


@pytest.mark.parametrize("stride, size", [(1, 4), (2, 5), (3, 6)])
def test_strip_ends_in_the_output_and_its_copies_add_up(stride, size):
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    figure = show_scatter.figure(X, kernel, stride)
    copies, sums = np.array(figure.axes).reshape(3, 4)[1:]
    copies = [cells(axis, (size, size)) for axis in copies]
    output = transposed_convolution(X, kernel, stride)
    np.testing.assert_array_equal(np.sum(copies, axis=0), output)
    np.testing.assert_array_equal(cells(sums[3], (size, size)), output)
    np.testing.assert_array_equal(cells(sums[1], (size, size)), copies[0] + copies[1])


def test_frames_stand_on_the_input_pixel_and_on_its_copy():
    axes = np.array(show_scatter.figure(X, np.ones((3, 3)), 2).axes).reshape(3, 4)
    corners = [(0, 0), (1, 0), (0, 1), (1, 1)]  # x, y of the four pixels
    for column, (x, y) in enumerate(corners):
        assert axes[0, column].patches[0].get_xy() == (x, y)
        assert axes[1, column].patches[0].get_xy() == (2 * x, 2 * y)
        assert axes[2, column].patches[0].get_width() == 3


def test_strip_has_one_step_per_pixel_and_fits_a_page():
    for shape in [(1, 1), (1, 2), (2, 3), (6, 1)]:
        figure = show_scatter.figure(np.ones(shape), np.ones((2, 2)), 2)
        assert len(figure.axes) == 3 * shape[0] * shape[1]
        assert figure.get_figwidth() <= 8.4
    with pytest.raises(ValueError, match=r"from 1 to 6 pixels.*\(3, 3\)"):
        show_scatter.figure(np.ones((3, 3)), X)
    with pytest.raises(ValueError, match=r"from 1 to 6 pixels.*\(0, 3\)"):
        show_scatter.figure(np.ones((0, 3)), X)


def test_overlaps_are_counted_and_two_copies_framed():
    source, output = show_overlaps.figure(size=3, kernel_size=3, stride=2).axes
    counts = [int(text.get_text()) for text in output.texts]
    np.testing.assert_array_equal(counts, overlap_counts(3, 3, 2).ravel())
    assert [patch.get_xy() for patch in source.patches] == [(1, 0), (0, 0)]
    frames = [(p.get_xy(), p.get_width()) for p in output.patches]
    assert frames == [((2, 0), 3), ((0, 0), 3), ((0, 0), 7)]


def test_what_same_padding_keeps_is_framed():
    output = show_overlaps.figure(3, 5, 2, "same").axes[1]
    # 9 pixels, 6 are kept: one goes at the top left, two at the bottom right.
    kept = output.patches[-1]
    assert (kept.get_xy(), kept.get_width(), kept.get_height()) == ((1, 1), 6, 6)
    assert output.get_title() == "output 6×6"
    pale = np.asarray(output.images[0].get_array())
    assert pale[0, 0].min() > pale[1, 1].min()


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel_size", range(1, 7))
def test_every_position_of_the_sliders_draws(kernel_size, stride, padding):
    figure = show_overlaps.figure(3, kernel_size, stride, padding)
    title = figure.get_suptitle()
    counts = overlap_counts(18, kernel_size, stride)[6:-6, 6:-6]
    uneven = counts.min() != counts.max()
    assert title.splitlines()[1].startswith("uneven" if uneven else "even")
    assert str(counts.min()) in title and str(counts.max()) in title
    assert figure.get_figwidth() <= 8


def test_sliders_move_the_figure(monkeypatch):
    drawn, shown = [], []
    monkeypatch.setattr(style, "show", lambda f: drawn.append(f.get_suptitle()))
    monkeypatch.setattr(style, "somebody_watches", lambda: True)
    monkeypatch.setattr(ipywidgets.widgets.interaction, "display", shown.append)
    style.explore(
        grids.show_overlaps,
        size=(range(2, 6), 3),
        kernel_size=(range(1, 7), 3),
        stride=(range(1, 5), 2),
        padding=["valid", "same"],
    )
    size, kernel_size, stride, padding = shown[0].children[:4]
    assert (size.value, kernel_size.value, stride.value) == (3, 3, 2)
    kernel_size.value, stride.value, padding.value = 4, 3, "same"
    assert drawn[-1].startswith("kernel 4, stride 3, same\nuneven")


def test_show_scatter_shows_one_figure(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "show", shown.append)
    grids.show_scatter(X, [[1]], 2)
    assert len(shown) == 1 and len(shown[0].axes) == 12
