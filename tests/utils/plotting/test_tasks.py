"""`tasks` and `curves` of `utils.plotting`: what the figures of lesson 1 show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from utils.datasets.scenes import Scene
from utils.masks.forms import PALETTE
from utils.plotting import boxes, curves, style

plt.switch_backend("Agg")

# A picture of two rows and six columns with one object of two pixels and one of four.
MASK = np.array([[1, 0, 2, 2, 0, 0], [1, 0, 2, 2, 0, 0]], np.uint8)
IMAGE = np.linspace(0, 1, 36, dtype=np.float32).reshape(2, 6, 3)


@pytest.fixture
def scene():
    boxes = np.array([[0, 0, 1, 2], [2, 0, 4, 2]], np.float32)
    ids = np.array([0, 1])
    return Scene("two", IMAGE, MASK, boxes, boxes, ids, ids)


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
    grey = np.repeat(IMAGE.mean(axis=-1, keepdims=True), 3, axis=-1)
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
    figure = boxes.show_instances.figure(IMAGE, {"none": 0 * MASK, "both": MASK})
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["image", "none: 0 objects", "both: 2 objects"]
    figure = boxes.show_instances.figure(IMAGE, {"one": MASK == 2})
    assert figure.axes[1].get_title() == "one: 1 object"


def test_a_scene_without_animals_is_named(scene):
    none = np.zeros((0, 4), np.float32), np.zeros(0, int)
    empty = Scene("empty", IMAGE, 0 * MASK, none[0], none[0], none[1], none[1])
    with pytest.raises(ValueError, match="at least one animal. Received: none."):
        boxes.show_tasks.figure(empty)


def test_a_mask_of_another_size_is_named():
    message = r"the image's height and width. Received: mask \(1, 2\), image \(2, 6, 3"
    with pytest.raises(ValueError, match=message):
        boxes.show_instances.figure(IMAGE, {"small": [[0, 1]]})


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
    boxes.show_instances(IMAGE, {"both": MASK})
    curves.show_profiles({"a": [1]}, "bytes")
    assert [len(figure.axes) for figure in shown] == [6, 2, 1]
