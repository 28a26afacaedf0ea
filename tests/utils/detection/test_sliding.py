"""`utils.detection`: from what a classifier says of windows to boxes on any picture."""

import io

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from utils.datasets import load_scenes
from utils.detection import (
    best_windows,
    cell_differences,
    classify_windows,
    crop_windows,
    detect,
    feature_map_scores,
    group_probabilities,
    select,
    window_classifier,
    window_grid,
    window_scores,
)
from utils.detection.windows import open_photograph
from utils.models import (
    IMAGENET_SPECIES,
    at_size,
    class_names,
    classifier,
    convolutional_head,
    species_classifier,
    split_at,
    vgg16,
)
from utils.models.classifiers import imagenet_classifier
from utils.plotting import show_detections

WHITE = {"white": (0,)}


def brightness(images):
    """A classifier whose only class is white."""
    return images.mean(axis=(1, 2, 3))[:, None]


def picture_with_white(height, width, box, dtype=np.uint8):
    picture = np.zeros((height, width, 3), dtype)
    left, top, right, bottom = box
    picture[top:bottom, left:right] = 255 if dtype == np.uint8 else 1
    return picture


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def test_every_window_gets_its_row_whatever_the_batch():
    image = np.random.default_rng(0).random((9, 9, 3)).astype(np.float32)
    boxes = window_grid((9, 9), 4, 2)
    one = classify_windows(brightness, crop_windows(image, boxes), batch_size=1)
    all_at_once = classify_windows(brightness, crop_windows(image, boxes))
    np.testing.assert_allclose(one, all_at_once, rtol=1e-6)
    by_hand = [image[t:b, x:r].mean() for x, t, r, b in boxes]
    np.testing.assert_allclose(one[:, 0], by_hand, rtol=1e-5)


def test_never_more_windows_at_once_than_a_batch():
    seen = []

    def watched(images):
        seen.append(len(images))
        return brightness(images)

    image = np.zeros((1000, 1000, 3), np.uint8)
    detect(image, watched, WHITE, batch_size=10, shares=(0.25,))
    assert max(seen) == 10 and sum(seen) == 22 * 22


def test_no_window_and_a_classifier_of_another_kind_are_errors():
    with pytest.raises(ValueError, match="at least one window. Received: none"):
        classify_windows(brightness, [])
    with pytest.raises(
        ValueError, match=r"shape \(1, K\). Received: shape \(1, 4, 4, 3"
    ):
        classify_windows(lambda images: images, [np.zeros((4, 4, 3))])


def test_breeds_are_added_to_species():
    probabilities = np.array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])
    groups = {"cat": (0, 2), "dog": (1,), "cow": ()}
    expected = [[0.4, 0.2, 0.0], [0.5, 0.25, 0.0]]
    np.testing.assert_allclose(group_probabilities(probabilities, groups), expected)
    names = {"cat": ("a", "c"), "dog": ("b",), "cow": ()}
    np.testing.assert_allclose(
        group_probabilities(probabilities, names, "abcd"), expected
    )
    assert group_probabilities(np.zeros((0, 4), np.float32), groups).shape == (0, 3)
    assert (
        group_probabilities(probabilities.astype(np.float32), groups).dtype
        == np.float32
    )


@pytest.mark.parametrize(
    ("groups", "labels", "message"),
    [
        ({"cat": (4,)}, None, "one of 0, 1, 2, 3, .*Received: 4"),
        ({"cat": (0,), "dog": (0,)}, None, "one group only. Received: 0"),
        ({"cat": ("x",)}, "abcd", "one of a, b, c, d.*Received: 'x'"),
        ({"cat": ("a",)}, "abc", "`labels` must be 4 names. Received: 3"),
    ],
)
def test_labels_that_cannot_be_grouped(groups, labels, message):
    with pytest.raises(ValueError, match=message):
        group_probabilities(np.zeros((2, 4)), groups, labels)


def test_the_best_window_of_each_class():
    boxes = window_grid((4, 6), 4, 1)
    best = best_windows(boxes, [[0.1, 0.5], [0.7, 0.4], [0.2, 0.3]])
    assert best["boxes_xyxy"].tolist() == [[1, 0, 5, 4], [0, 0, 4, 4]]
    assert best["scores"].tolist() == [0.7, 0.5]
    with pytest.raises(ValueError, match="at least one window"):
        best_windows(np.zeros((0, 4)), np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"\(N, 4\) and \(N, G\). Received: \(3, 4"):
        best_windows(boxes, [[0.1], [0.2]])


def test_a_window_may_be_chosen_for_two_classes_and_equal_scores_reach_it():
    found = select([[0, 0, 4, 4]], [[0.5, 0.6]], threshold=0.5)
    assert found["classes"].tolist() == [1, 0]
    nothing = select([[0, 0, 4, 4]], [[0.5, 0.6]], threshold=0.7)
    assert nothing["boxes_xyxy"].shape == (0, 4) and nothing["scores"].shape == (0,)


def test_a_place_gets_one_name_if_asked():
    boxes, scores = [[0, 0, 4, 4], [0, 0, 4, 5]], [[0.9, 0.1], [0.2, 0.8]]
    assert select(boxes, scores)["classes"].tolist() == [0, 1]
    assert select(boxes, scores, per_class=False)["classes"].tolist() == [0]


@pytest.mark.parametrize("size", [(60, 90), (448, 448), (3000, 2000), (90, 1000)])
def test_a_white_square_is_found_in_pixels_of_the_picture(size):
    height, width = size
    side = min(size) // 2
    box = (width - side, height - side, width, height)  # the lower right corner
    for dtype in (np.uint8, np.float32):
        picture = picture_with_white(height, width, box, dtype)
        found = detect(picture, brightness, WHITE, threshold=0.9, shares=(0.5,))
        np.testing.assert_allclose(found["boxes_xyxy"][0], box, atol=side * 0.04)


def test_grey_and_colour_and_a_file_give_the_same(tmp_path):
    picture = picture_with_white(80, 120, (60, 0, 100, 40))
    file = tmp_path / "square.png"
    file.write_bytes(png(picture))
    grey = picture[..., 0]
    results = [
        window_scores(kind, brightness, WHITE)
        for kind in (picture, grey, grey[..., None], file, png(grey), png(picture))
    ]
    for boxes, scores in results[1:]:
        np.testing.assert_array_equal(boxes, results[0][0])
        np.testing.assert_array_equal(scores, results[0][1])


def test_boxes_are_in_pixels_of_the_upright_picture():
    picture = picture_with_white(100, 200, (100, 0, 200, 100))  # its right half
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(picture).transpose(Image.Transpose.ROTATE_90)
    turned.save(file, "JPEG", exif=exif, quality=95)
    found = detect(file.getvalue(), brightness, WHITE, threshold=0.9, shares=(1,))
    np.testing.assert_allclose(found["boxes_xyxy"][0], [100, 0, 200, 100], atol=2)


def test_an_enormous_picture_takes_as_many_windows_as_its_thumbnail():
    calls = []

    def watched(images):
        calls.append(images.shape)
        return brightness(images)

    enormous = np.zeros((6000, 8000, 3), np.uint8)
    enormous[:3000, :3000] = 255
    found = detect(enormous, watched, WHITE, threshold=0.95, shares=(0.5,))
    assert sum(shape[0] for shape in calls) == 8 * 13
    np.testing.assert_allclose(found["boxes_xyxy"], [[0, 0, 3000, 3000]], atol=9)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((1, 5000), np.uint8), "at least 16 pixels .*5000×1 pixels"),
        (np.zeros((5000, 1, 3), np.uint8), "at least 16 pixels .*1×5000 pixels"),
        (np.zeros((20, 400), np.uint8), "at most 16 times as long"),
        (np.zeros((20, 20, 4), np.uint8), r"\(H, W, 3\). Received: shape \(20, 20, 4"),
        (np.zeros((20, 0, 3), np.uint8), "array must have shape"),
        (np.zeros((20, 20, 3), np.int64), "uint8, or float in .*int64"),
        (np.full((20, 20, 3), 255.0), "values in .* Received: 255 to 255"),
        (np.full((20, 20, 3), np.nan), "values in .* Received: nan"),
        (b"no picture", "Cannot read"),
        ("nowhere.jpg", "There is no file nowhere.jpg"),
    ],
)
def test_a_picture_that_cannot_be_used_is_refused_with_a_reason(picture, message):
    with pytest.raises(ValueError, match=message):
        detect(picture, brightness, WHITE)


def test_levels_of_another_shape_do_not_bend_the_picture():
    # The widest level has 448 columns, the highest 320 rows: one factor for both.
    shares = ((0.75, 0.5), (0.7, 0.7))
    image, scale = open_photograph(np.zeros((448, 448), np.uint8), 224, shares)
    assert image.shape == (448, 448, 3) and scale.tolist() == [1, 1]
    image, scale = open_photograph(np.zeros((4480, 8960), np.uint8), 224, shares)
    assert image.shape == (448, 896, 3) and scale.tolist() == [10, 10]


def test_a_photograph_is_reduced_and_never_enlarged():
    image, scale = open_photograph(np.zeros((100, 100), np.uint8), 224, (0.5,))
    assert image.shape == (100, 100, 3) and scale.tolist() == [1, 1]
    image, scale = open_photograph(np.ones((900, 1800)), 224, (0.5, (1, 0.5)))
    assert image.shape == (448, 896, 3) and image.dtype == np.float32
    np.testing.assert_allclose(scale, [1800 / 896, 900 / 448])


def test_every_window_of_a_scene_is_a_cat_or_a_dog_to_the_embedded_classifier():
    model, groups = species_classifier("mobilenet_v2", "embedded")
    image = load_scenes("test")[0].image
    boxes, scores = window_scores(image, model, groups, shares=((1, 0.5),))
    assert boxes.shape == (8, 4) and scores.shape == (8, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    best = best_windows(boxes, scores)
    assert best["boxes_xyxy"][0, 0] < best["boxes_xyxy"][1, 0]  # the cat sits left


def test_groups_of_the_embedded_classifier_are_its_breeds():
    model, groups = species_classifier(weights="embedded")
    names = class_names("breeds")
    assert {names[k] for k in groups["cat"]} == {
        "tabby",
        "siamese",
        "persian",
        "tuxedo",
    }
    image = np.random.default_rng(0).random((1, 224, 224, 3)).astype(np.float32)
    other = classifier("breeds", image_size=(224, 224))
    np.testing.assert_allclose(model(image), other(image), atol=1e-6)


def test_windows_of_vgg16():
    model = imagenet_classifier("vgg16", "random", input_shape=(32, 32, 3), classes=10)
    groups = {"even": range(0, 10, 2), "odd": range(1, 10, 2)}
    boxes, scores = window_scores(
        np.zeros((64, 64)), model, groups, None, 32, 16, (0.5,)
    )
    assert boxes.shape == (9, 4)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_preprocessing_inside_is_that_of_keras():
    import keras

    image = np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32)
    for name, module in (
        ("vgg16", keras.applications.vgg16),
        ("mobilenet_v2", keras.applications.mobilenet_v2),
    ):
        model = imagenet_classifier(name, "random", input_shape=(32, 32, 3), classes=3)
        inside = keras.Model(model.inputs[0], model.get_layer("rescaling").output)
        expected = module.preprocess_input(255 * image)
        np.testing.assert_allclose(inside(image), expected, atol=1e-4)


def test_imagenet_has_five_house_cats_and_118_dogs():
    assert [len(IMAGENET_SPECIES[name]) for name in ("cat", "dog")] == [5, 118]
    with pytest.raises(ValueError, match="`architecture` must be one of .*'alexnet'"):
        imagenet_classifier("alexnet", "random")
    with pytest.raises(
        ValueError, match="path of a file that exists. Received: 'no.h5"
    ):
        imagenet_classifier("vgg16", "no.h5")
    with pytest.raises(ValueError, match="Embedded weights exist for .*'vgg16'"):
        species_classifier("vgg16", "embedded")


def test_the_figure_scales_boxes_of_a_large_picture():
    found = {"boxes_xyxy": [[0, 0, 448, 448]], "classes": [0], "scores": [0.5]}
    figure = show_detections.figure([np.zeros((896, 896), np.uint8)], [found], ("cat",))
    [patch] = figure.axes[0].patches
    assert (patch.get_width(), patch.get_height()) == (224, 224)
    nothing = {"boxes_xyxy": [], "classes": []}
    figure = show_detections.figure([np.zeros((20, 20))], [nothing], ("cat",))
    assert not figure.axes[0].patches


RNG = np.random.default_rng(12)

GROUPS = {"cat": (0, 1), "dog": (2,)}


def blocks():
    """A classifier of 64×64 windows that looks at blocks of 32, without padding."""
    images = keras.Input((64, 64, 3))
    cells = layers.Conv2D(5, 32, strides=32, activation="relu", name="cells")(images)
    x = layers.GlobalAveragePooling2D()(cells)
    model = keras.Model(images, layers.Dense(4, activation="softmax")(x))
    bottom_model, top_model = split_at(model, "cells")
    bottom = at_size(bottom_model, (None, None))
    head = convolutional_head(top_model)
    return model, keras.Model(bottom.inputs[0], head(bottom.outputs[0]))


@pytest.mark.parametrize("size", [(64, 64), (128, 96), (160, 320)])
def test_without_padding_it_equals_the_crops(size):
    model, everywhere = blocks()
    picture = RNG.random((*size, 3), dtype="float32")
    options = {"window": 64, "stride": 32, "shares": (64 / min(size),)}
    boxes, scores = feature_map_scores(picture, everywhere, GROUPS, **options)
    crop_boxes, crop_scores = window_scores(picture, model, GROUPS, **options)
    np.testing.assert_allclose(boxes, crop_boxes, atol=1e-4)
    np.testing.assert_allclose(scores, crop_scores, atol=1e-5)


def test_an_odd_size_is_brought_to_whole_cells_and_boxes_back():
    _, everywhere = blocks()
    picture = RNG.integers(0, 256, (100, 170, 3)).astype(np.uint8)
    options = {"window": 64, "stride": 32, "shares": (0.5, 1)}
    boxes, scores = feature_map_scores(picture, everywhere, GROUPS, **options)
    # 128×218 becomes 128×224: 3·6 windows. 64×109 becomes 64×96: 2 windows.
    assert boxes.shape == (20, 4) and scores.shape == (20, 2)
    for part in (boxes[:18], boxes[18:]):
        assert part.min() == 0
        np.testing.assert_allclose(part[:, 2:].max(axis=0), [170, 100])


def test_the_windows_of_the_network_must_be_those_asked_for():
    def network(images):
        return np.ones((1, 3, 3, 4))

    picture = np.zeros((64, 64, 3), np.float32)
    with pytest.raises(ValueError, match="each of the 1 windows"):
        feature_map_scores(picture, network, GROUPS, window=64, shares=(1,))
    with pytest.raises(ValueError, match="multiple of the stride"):
        feature_map_scores(picture, network, GROUPS, window=60)


def test_a_cell_that_differs_is_found():
    feature_map = RNG.random((4, 5, 3))
    windows = window_grid((4, 5), window=3, stride=1)
    maps = np.stack([*crop_windows(feature_map, windows)])
    assert cell_differences(feature_map, maps).max() == 0
    mean = maps.mean()
    maps[4, 1, 2, 0] += 1  # one channel of three
    found = cell_differences(feature_map, maps)
    assert np.argwhere(found).tolist() == [[4, 1, 2]]
    np.testing.assert_allclose(found.max(), 1 / 3 / mean)


def test_maps_of_zeros_are_equal():
    assert cell_differences(np.zeros((2, 2, 1)), np.zeros((1, 2, 2, 1))).max() == 0


@pytest.mark.parametrize("shape", [(3, 2, 2, 3), (4, 2, 2, 1), (1, 5, 5, 3), (4, 2, 2)])
def test_maps_of_other_windows_are_refused(shape):
    with pytest.raises(ValueError, match="all windows"):
        cell_differences(np.zeros((3, 3, 3)), np.zeros(shape))


def test_padding_spares_the_cells_that_do_not_see_it():
    """VGG-16 sees 212 pixels: of 7×7 cells 1 inside, 4 at an edge, 16 in a corner."""
    bottom_model, _ = split_at(vgg16(2, window=224, width=1 / 64), "pool5")
    image = RNG.random((288, 288, 3), dtype="float32")
    feature_map = np.asarray(at_size(bottom_model, (288, 288))(image[None]))[0]
    crops = crop_windows(image, window_grid((288, 288), 224, 32))
    maps = np.stack([bottom_model(crop[None])[0] for crop in crops])
    equal = (cell_differences(feature_map, maps) < 1e-5).sum(axis=(1, 2))
    assert equal.reshape(3, 3).tolist() == [[16, 4, 16], [4, 1, 4], [16, 4, 16]]


def test_the_classifier_of_windows_knows_breeds_and_background():
    model, labels = window_classifier(
        (1, 1, 0), 32, "random", seed=3, epochs=1, split="validation"
    )
    assert labels[-1] == "background" and len(set(labels)) == 9
    windows = RNG.random((3, 32, 32, 3), dtype="float32")
    scores = classify_windows(model, windows)
    assert scores.shape == (3, 9)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
