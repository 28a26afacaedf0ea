"""`utils.detection.sliding`: the windows of the map are the windows of the picture."""

import keras
import numpy as np
import pytest
from keras import layers

from utils.detection import (
    cell_differences,
    classify_windows,
    crop_windows,
    feature_map_scores,
    window_classifier,
    window_grid,
    window_scores,
)
from utils.models import at_size, convolutional_head, split_at, vgg16

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
