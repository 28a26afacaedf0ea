"""Figures of boxes say what they show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from utils.datasets.scenes import Scene
from utils.masks.forms import PALETTE
from utils.plotting import boxes, curves, panels, style
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


plt.switch_backend("Agg")

# A picture of two rows and six columns with one object of two pixels and one of four.
MASK = np.array([[1, 0, 2, 2, 0, 0], [1, 0, 2, 2, 0, 0]], np.uint8)

IMAGE_TASKS = np.linspace(0, 1, 36, dtype=np.float32).reshape(2, 6, 3)


@pytest.fixture
def scene():
    boxes = np.array([[0, 0, 1, 2], [2, 0, 4, 2]], np.float32)
    ids = np.array([0, 1])
    return Scene("two", IMAGE_TASKS, MASK, boxes, boxes, ids, ids)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_the_largest_object_is_the_one_that_is_named(scene):
    figure = boxes.show_tasks.figure(scene)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[0] == "classification\n“dog”"
    assert titles[1].startswith("localisation\n“dog”")
    assert [len(axis.patches) for axis in figure.axes] == [0, 1, 2, 0, 0, 0]
    assert [text.get_text() for text in figure.axes[2].texts] == ["cat", "dog"]


def test_boxes_surround_whole_pixels(scene):
    box = boxes.show_tasks.figure(scene).axes[1].patches[0]
    assert (box.get_x(), box.get_y()) == (1.5, -0.5)
    assert (box.get_width(), box.get_height()) == (2, 2)


def test_semantic_has_two_colours_instance_and_panoptic_tell_animals_apart(scene):
    axes = boxes.show_tasks.figure(scene).axes
    semantic, instance, panoptic = (axis.images[0].get_array() for axis in axes[3:])
    grey = np.repeat(IMAGE_TASKS.mean(axis=-1, keepdims=True), 3, axis=-1)
    shine = (1 - boxes.OPACITY) * grey

    def color(picture, row, column):
        return (picture - shine)[row, column] / boxes.OPACITY

    pet, background = to_rgb(PALETTE[0]), to_rgb(PALETTE[1])
    first, second = map(to_rgb, boxes.INSTANCE_COLORS[:2])
    for place, expected in (((0, 0), pet), ((0, 2), pet), ((0, 1), background)):
        np.testing.assert_allclose(color(semantic, *place), expected, atol=1e-5)
    for place, expected in (((0, 0), first), ((0, 2), second), ((0, 1), background)):
        np.testing.assert_allclose(color(panoptic, *place), expected, atol=1e-5)
    np.testing.assert_allclose(color(instance, 0, 2), second, atol=1e-5)
    np.testing.assert_allclose(instance[0, 1], grey[0, 1], atol=1e-6)


def test_the_legend_names_classes_and_objects(scene):
    legend = boxes.show_tasks.figure(scene).legends[0]
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["class pet", "class background", "pet 1", "pet 2"]


def test_instances_never_have_the_colours_of_pet_and_background():
    assert not set(boxes.INSTANCE_COLORS) & set(PALETTE[:2])


def test_titles_count_objects_not_background():
    figure = boxes.show_instances.figure(IMAGE_TASKS, {"none": 0 * MASK, "both": MASK})
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["image", "none: 0 objects", "both: 2 objects"]
    figure = boxes.show_instances.figure(IMAGE_TASKS, {"one": MASK == 2})
    assert figure.axes[1].get_title() == "one: 1 object"


def test_a_scene_without_animals_is_named(scene):
    none = np.zeros((0, 4), np.float32), np.zeros(0, int)
    empty = Scene("empty", IMAGE_TASKS, 0 * MASK, none[0], none[0], none[1], none[1])
    with pytest.raises(ValueError, match="at least one animal. Received: none."):
        boxes.show_tasks.figure(empty)


def test_a_mask_of_another_size_is_named():
    message = r"the image's height and width. Received: mask \(1, 2\), image \(2, 6, 3"
    with pytest.raises(ValueError, match=message):
        boxes.show_instances.figure(IMAGE_TASKS, {"small": [[0, 1]]})


def test_profiles_are_one_curve_each_over_the_layers():
    figure = curves.show_profiles.figure({"a": [4, 2, 1], "b": [8]}, "bytes (MB)")
    [axis] = figure.axes
    assert axis.get_yscale() == "log" and axis.get_ylabel() == "bytes (MB)"
    np.testing.assert_array_equal(axis.lines[0].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), [4, 2, 1])
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["a", "b"]


@pytest.mark.parametrize(
    "wrong", [{}, {"a": [0]}, {"a": [-1.0]}, {k: [1] for k in "abcd"}], ids=str
)
def test_profiles_that_cannot_be_drawn_are_named(wrong):
    message = "`profiles` must hold one to 3 lists of positive numbers. Received: "
    with pytest.raises(ValueError, match=message):
        curves.show_profiles.figure(wrong, "bytes")


def test_each_call_shows_one_figure(scene, monkeypatch):
    shown = []
    monkeypatch.setattr(style, "show", shown.append)
    boxes.show_tasks(scene)
    boxes.show_instances(IMAGE_TASKS, {"both": MASK})
    curves.show_profiles({"a": [1]}, "bytes")
    assert [len(figure.axes) for figure in shown] == [6, 2, 1]


IMAGE_PAIR_FIGURES = np.zeros((4, 6, 3), np.float32)


def test_a_mask_shines_through_its_picture():
    mask = np.zeros((4, 6), np.uint8)
    mask[0, 0] = 1
    figure = panels.show_overlays.figure(
        {"a": (IMAGE_PAIR_FIGURES, mask), "b": (IMAGE_PAIR_FIGURES + 1, mask)}
    )
    black, white = (axis.images[0].get_array() for axis in figure.axes)
    for pixel, color in (((0, 0), PALETTE[1]), ((3, 3), PALETTE[0])):
        expected = panels.OPACITY * np.array(to_rgb(color))
        np.testing.assert_allclose(black[pixel], expected, atol=1e-3)
        rest = 1 - panels.OPACITY
        np.testing.assert_allclose(white[pixel], expected + rest, atol=1e-3)


def test_four_panels_stand_in_a_row():
    pairs = {str(n): (IMAGE_PAIR_FIGURES, np.zeros((4, 6), int)) for n in range(5)}
    axes = panels.show_overlays.figure(pairs).axes
    titles = [axis.get_title() for axis in axes]
    assert titles == ["0", "1", "2", "3", "4", "", "", ""]


def test_a_mask_of_another_size_is_reported():
    with pytest.raises(ValueError, match=r"Received: \(4, 5\) and \(4, 6, 3\)"):
        panels.show_overlays.figure({"a": (IMAGE_PAIR_FIGURES, np.zeros((4, 5), int))})


def test_boxes_are_drawn_along_the_edges_of_pixels_and_named_once():
    corners = [(0, 0), (6, 0), (6, 4), (0, 4)]
    one = {"box": corners}
    figure = boxes.show_outlines.figure(
        {"a": (IMAGE_PAIR_FIGURES, one), "b": (IMAGE_PAIR_FIGURES, one)}
    )
    [patch] = figure.axes[0].patches
    assert patch.get_xy()[:4].tolist() == (np.array(corners) - 0.5).tolist()
    assert [text.get_text() for text in figure.legends[0].texts] == ["box"]
