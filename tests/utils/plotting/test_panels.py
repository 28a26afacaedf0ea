"""Figures: what their panels hold, how they are shown."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.masks import color_mask
from utils.masks.forms import PALETTE
from utils.models import unet_table
from utils.plotting import curves, networks, show_windows, style
from utils.plotting import panels as figures
from utils.plotting.curves import show_thresholds
from utils.plotting.galleries import show_heat_maps
from utils.plotting.panels import panels, show_binary, show_comparison

plt.switch_backend("Agg")
NAMES = ("pet", "background", "border")
IMAGE = np.linspace(0, 1, 48, dtype="float32").reshape(4, 4, 3)
TRUE = np.array([[0, 1, 1, 255], [0, 1, 2, 2], [0, 0, 1, 1], [0, 0, 0, 1]], "uint8")
PREDICTED = np.where(TRUE == 2, 0, TRUE % 3).astype("uint8")  # both border pixels wrong


@pytest.fixture
def shown(monkeypatch):
    """Collects (figure, handle) instead of showing figures."""
    figures = []

    def show(figure, handle=None):
        figures.append((figure, handle))
        plt.close(figure)
        return len(figures)

    monkeypatch.setattr(style, "show", show)
    return figures


def pictures(figure):
    return [axis.images[0].get_array() for axis in figure.axes]


def titles(figure):
    return [axis.get_title() for axis in figure.axes]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.fixture(scope="module")
def echo():
    """A model whose logits are its images."""
    images = keras.Input((4, 4, 3))
    return keras.Model(images, keras.layers.Activation("linear")(images))


def test_every_class_has_its_colour_and_void_is_grey():
    colors = color_mask([[0, 1], [2, 255]])
    assert colors.dtype == np.uint8
    np.testing.assert_array_equal(colors[0, 0], [0xE6, 0x9F, 0x00])
    np.testing.assert_array_equal(colors[0, 1], [0x56, 0xB4, 0xE9])
    np.testing.assert_array_equal(colors[1, 0], [0x00, 0x9E, 0x73])
    np.testing.assert_array_equal(colors[1, 1], [0x99, 0x99, 0x99])


def test_colours_stay_apart_for_every_kind_of_colour_vision():
    # Viénot, Brettel and Mollon (1999): what protanopes and deuteranopes see.
    normal = np.eye(3)
    protan = [[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.004, -0.004, 1]]
    deutan = [[0.2928, 0.7072, 0], [0.2928, 0.7072, 0], [-0.0223, 0.0223, 1]]
    colors = color_mask([[0, 1, 2]])[0] / 255
    for vision in (normal, protan, deutan):
        seen = (colors**2.2) @ np.array(vision).T
        for one, other in ((0, 1), (0, 2), (1, 2)):
            assert np.abs(seen[one] - seen[other]).max() > 0.15


@pytest.mark.parametrize("mask", [[[len(PALETTE)]], [[-1]], [0, 1], [[0.5]]])
def test_ids_without_colour_are_refused(mask):
    with pytest.raises(ValueError, match="`mask` must have shape.*Received: shape"):
        color_mask(mask)


def test_panels_read_image_true_mask_prediction_error_map():
    figure = panels([(IMAGE, TRUE, PREDICTED)], NAMES)
    # Two of the fifteen labelled pixels are wrong: 13 %.
    expected = ["image", "true mask", "prediction", "error map: 13% wrong"]
    assert titles(figure) == expected
    image, true_mask, prediction, errors = pictures(figure)
    np.testing.assert_array_equal(image, IMAGE)
    np.testing.assert_array_equal(true_mask, color_mask(TRUE))
    np.testing.assert_array_equal(prediction, color_mask(PREDICTED))
    np.testing.assert_array_equal(errors[1], [[255] * 3, [255] * 3, [0] * 3, [0] * 3])
    np.testing.assert_array_equal(errors[0, 3], [153] * 3)
    assert legend(figure) == [*NAMES, "void", "wrong pixel"]
    plt.close(figure)


def test_figures_fit_a_notebook_and_never_interpolate():
    figure = panels([(IMAGE, TRUE, PREDICTED)] * 3, NAMES)
    assert figure.get_figwidth() <= 8 and figure.dpi == 80
    assert {axis.images[0].get_interpolation() for axis in figure.axes} == {"nearest"}
    plt.close(figure)


def test_without_names_the_legend_counts_the_classes(shown):
    figures.display(IMAGE, TRUE)
    figure, _ = shown[0]
    assert titles(figure) == ["image", "true mask"]
    assert legend(figure) == ["class 0", "class 1", "class 2", "void"]


def test_an_image_alone_has_no_legend(shown):
    figures.display(IMAGE)
    figure, _ = shown[0]
    assert titles(figure) == ["image"] and not figure.legends


def test_a_mask_of_another_size_is_reported():
    with pytest.raises(ValueError, match=r"height and width.*\(4, 4, 3\), prediction"):
        figures.display(IMAGE, TRUE, PREDICTED[:2])


def test_show_predictions_draws_the_first_pictures(shown, echo):
    images = np.stack([IMAGE, 1 - IMAGE, IMAGE])
    masks = np.stack([TRUE] * 3)
    batches = [(images[:1], masks[:1]), (images[1:], masks[1:])]
    figures.show_predictions(echo, batches, count=2, class_names=NAMES)
    figure, _ = shown[0]
    assert len(figure.axes) == 2 * 4
    # The last channel of IMAGE is the largest, so "border" is predicted everywhere.
    np.testing.assert_array_equal(pictures(figure)[2], color_mask(np.full((4, 4), 2)))
    np.testing.assert_array_equal(pictures(figure)[6], color_mask(np.zeros((4, 4))))


def test_show_predictions_wants_batches(echo):
    with pytest.raises(ValueError, match=r"must yield batches.*shape \(4, 4, 3\)"):
        figures.show_predictions(echo, [(IMAGE, TRUE)])
    with pytest.raises(ValueError, match="at least one batch. Received: none"):
        figures.show_predictions(echo, [])


def test_show_prediction_replaces_its_figure_and_starts_anew(shown, echo):
    callback = figures.ShowPrediction(IMAGE, TRUE, NAMES, every=2)
    callback.set_model(echo)
    callback.set_params({"epochs": 3})
    for _ in range(2):
        callback.on_train_begin()
        for epoch in range(3):
            callback.on_epoch_end(epoch)
    expected = ["before training", "after epoch 2", "after epoch 3"] * 2
    assert [titles(figure)[2] for figure, _ in shown] == expected
    assert [handle for _, handle in shown] == [None, 1, 2, None, 4, 5]
    assert not plt.get_fignums()


def test_feature_maps_are_averaged_over_their_channels(shown):
    feature_map = np.stack([IMAGE[..., 0], IMAGE[..., 0] + 2], axis=-1)
    figures.show_feature_maps(IMAGE, [feature_map, feature_map[:2, :2]])
    figure, _ = shown[0]
    assert titles(figure) == ["image", "4×4×2", "2×2×2"]
    np.testing.assert_allclose(pictures(figure)[1], IMAGE[..., 0] + 1, rtol=1e-6)
    assert figure.get_figwidth() <= 8


def test_a_batch_of_feature_maps_is_refused():
    with pytest.raises(ValueError, match=r"height, width, channels.*\(1, 4, 4, 2\)"):
        figures.show_feature_maps(IMAGE, [np.zeros((1, 4, 4, 2))])


class Run:
    """Stands for what `model.fit` returns."""

    def __init__(self, **history):
        self.history = history


RUN = Run(loss=[1, 0.5], val_loss=[1.1, 0.7], mean_iou=[0.2, 0.4], val_mean_iou=[0, 0])


def test_one_run_is_a_row_of_learning_curves(shown):
    curves.plot_history(RUN)
    figure, _ = shown[0]
    labels = [(axis.get_xlabel(), axis.get_ylabel()) for axis in figure.axes]
    assert labels == [("epoch", "loss (nats)"), ("epoch", "mean IoU")]
    training, validation = figure.axes[0].lines
    np.testing.assert_array_equal(training.get_xydata(), [[1, 1], [2, 0.5]])
    np.testing.assert_array_equal(validation.get_xydata(), [[1, 1.1], [2, 0.7]])


def test_curves_of_several_runs_share_their_range(shown):
    other = Run(loss=[9], val_loss=[8], mean_iou=[0.9], val_mean_iou=[0.8])
    curves.plot_history({"first": RUN, "second": other})
    figure, _ = shown[0]
    ranges = [axis.get_ylim() for axis in figure.axes]
    assert ranges[0] == ranges[1] and ranges[2] == ranges[3]
    assert titles(figure)[:2] == ["first", "second"]


def test_a_run_without_validation_still_has_its_loss(shown):
    curves.plot_history(Run(loss=[1, 2]))
    assert len(shown[0][0].axes) == 1


@pytest.mark.parametrize("history", [{}, Run(), {"one": Run()}])
def test_a_history_without_epochs_is_reported(history):
    with pytest.raises(ValueError, match="at least one epoch.*Received"):
        curves.plot_history(history)


plt.switch_backend("Agg")

IMAGE_FCN_FIGURES = np.random.default_rng(4).random((64, 96, 3))


def test_a_heat_map_covers_the_picture_without_its_margin():
    figure = show_heat_maps.figure(
        IMAGE_FCN_FIGURES, {"pet": np.eye(2, 3), "border": np.ones((1, 1))}, 16
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
    figure = show_heat_maps.figure(
        IMAGE_FCN_FIGURES, {"score": np.array([[-3.0, 7.0]])}
    )
    alpha = figure.axes[1].images[1].get_array()[..., 3]
    np.testing.assert_allclose(alpha, [[0, 0.85]])


@pytest.mark.parametrize("maps", [{}, {"pet": np.zeros((1, 2, 3))}])
def test_maps_must_have_two_axes(maps):
    with pytest.raises(ValueError, match="must hold arrays of shape"):
        show_heat_maps.figure(IMAGE_FCN_FIGURES, maps)


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
        np.stack([IMAGE_FCN_FIGURES] * 2), masks, models, ("pet", "other")
    )
    assert len(figure.axes) == 8
    titles = [axis.get_title() for axis in figure.axes[:4]]
    assert titles == ["image", "true mask", "FCN-32s", "FCN-8s"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["pet", "other"]


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
