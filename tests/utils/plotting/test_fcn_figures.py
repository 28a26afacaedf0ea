"""Figures of windows, heat maps and compared masks."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.plotting import show_windows, style
from utils.plotting.galleries import show_heat_maps
from utils.plotting.panels import show_comparison

plt.switch_backend("Agg")
IMAGE = np.random.default_rng(4).random((64, 96, 3))


def test_a_heat_map_covers_the_picture_without_its_margin():
    figure = show_heat_maps.figure(
        IMAGE, {"pet": np.eye(2, 3), "border": np.ones((1, 1))}, 16
    )
    image, pet, border = figure.axes
    assert [axis.get_title() for axis in figure.axes] == [
        "image",
        "pet: 2×3",
        "border: 1×1",
    ]
    assert pet.images[1].get_extent() == [15.5, 79.5, 47.5, 15.5]
    alpha = pet.images[1].get_array()[..., 3]
    np.testing.assert_allclose(alpha, 0.85 * np.eye(2, 3))
    assert pet.get_xlim() == image.get_xlim() == (-0.5, 95.5)
    assert (border.images[1].get_array() != pet.images[1].get_array()[0, 0]).any()
    assert figure.get_figwidth() <= 8


def test_what_exceeds_full_colour_is_cut():
    figure = show_heat_maps.figure(IMAGE, {"score": np.array([[-3.0, 7.0]])})
    alpha = figure.axes[1].images[1].get_array()[..., 3]
    np.testing.assert_allclose(alpha, [[0, 0.85]])


@pytest.mark.parametrize("maps", [{}, {"pet": np.zeros((1, 2, 3))}])
def test_maps_must_have_two_axes(maps):
    with pytest.raises(ValueError, match="must hold arrays of shape"):
        show_heat_maps.figure(IMAGE, maps)


def test_windows_carry_their_class_and_a_cross(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "show", shown.append)
    show_windows(np.zeros((2, 6, 6, 3)), [1, 0], ("pet", "background"))
    axes = shown[0].axes
    assert [axis.get_title() for axis in axes] == ["background", "pet"]
    assert axes[0].lines[0].get_xydata().tolist() == [[3, 3]]
    with pytest.raises(ValueError, match="one label each.*2 windows and 1 labels"):
        show_windows(np.zeros((2, 6, 6, 3)), [1], ("pet",))


def test_masks_of_several_models_share_a_row():
    masks = np.zeros((2, 64, 96), int)
    models = {"FCN-32s": masks, "FCN-8s": masks + 1}
    figure = show_comparison.figure(
        np.stack([IMAGE] * 2), masks, models, ("pet", "other")
    )
    assert len(figure.axes) == 8
    titles = [axis.get_title() for axis in figure.axes[:4]]
    assert titles == ["image", "true mask", "FCN-32s", "FCN-8s"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["pet", "other"]
