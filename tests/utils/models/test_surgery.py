"""`utils.models.surgery`: both halves together are the classifier; the head slides."""

import keras
import numpy as np
import pytest
from keras import layers

from utils.models import (
    at_size,
    convolutional,
    convolutional_head,
    count_macs,
    mobilenet_v2,
    species_classifier,
    split_at,
    transplant,
    vgg16,
)
from utils.models.classifiers import imagenet_classifier

RNG = np.random.default_rng(12)


def slid(top_model, feature_map, size):
    """Calls the upper half window by window, as scores (h, w, K)."""
    rows, columns = (n - size + 1 for n in feature_map.shape[1:3])
    windows = [
        feature_map[:, i : i + size, j : j + size] for i, j in np.ndindex(rows, columns)
    ]
    scores = np.asarray(top_model(np.concatenate(windows)))
    return scores.reshape(rows, columns, -1)


def mobilenet(classes=4, size=96):
    """A MobileNetV2 with pooling, dropout and a dense layer."""
    network = mobilenet_v2((size, size), weights="random")
    x = layers.GlobalAveragePooling2D()(network.output)
    x = layers.Dense(classes, activation="softmax")(layers.Dropout(0.5)(x))
    return keras.Model(network.inputs[0], x)


def small(head):
    """A classifier of 4×4 windows whose head is the function `head`."""
    images = keras.Input((4, 4, 3))
    cells = layers.Conv2D(5, 1, activation="relu", name="cells")(images)
    return keras.Model(images, head(cells))


@pytest.mark.parametrize(
    ("model", "layer"),
    [
        (mobilenet(), "out_relu"),
        (mobilenet(), "block_2_add"),
        (vgg16(4, window=96, width=1 / 16), "pool5"),
        (vgg16(4, window=96, width=1 / 16), "conv2_1_relu"),
    ],
    ids=["mobilenet, end", "mobilenet, block", "vgg, end", "vgg, early"],
)
def test_one_half_after_the_other_is_the_classifier(model, layer):
    bottom_model, top_model = split_at(model, layer)
    images = RNG.random((2, 96, 96, 3), dtype="float32")
    np.testing.assert_allclose(
        top_model(bottom_model(images)), model(images), atol=1e-6
    )
    assert count_macs(bottom_model) + count_macs(top_model) == count_macs(model)
    weights = [id(w) for part in (bottom_model, top_model) for w in part.weights]
    assert sorted(weights) == sorted(id(w) for w in model.weights)


def test_a_network_inside_the_classifier_is_taken_apart():
    model = imagenet_classifier("mobilenet_v2", "random", alpha=0.35)
    bottom_model, top_model = split_at(model, "out_relu")
    assert bottom_model.output_shape == (None, 7, 7, 1280)
    images = RNG.random((1, 224, 224, 3), dtype="float32")
    expected = model(images)
    np.testing.assert_allclose(top_model(bottom_model(images)), expected, atol=1e-6)
    head = convolutional_head(top_model)
    np.testing.assert_allclose(head(bottom_model(images))[:, 0, 0], expected, atol=1e-6)


def test_a_sequential_head_is_taken_apart():
    head = keras.Sequential([layers.Dropout(0.5), layers.Dense(3)])
    model = small(lambda cells: head(layers.GlobalAveragePooling2D()(cells)))
    _, top_model = split_at(model, "cells")
    feature_map = RNG.random((1, 6, 5, 5), dtype="float32")
    scores = convolutional_head(top_model)(feature_map)
    np.testing.assert_allclose(scores[0], slid(top_model, feature_map, 4), atol=1e-6)


def test_a_cut_inside_a_residual_block_names_both_ends():
    with pytest.raises(ValueError, match="block_1_project_BN → block_2_add"):
        split_at(mobilenet(), "block_2_expand")


def test_a_cut_beside_a_long_skip_is_refused():
    images = keras.Input((8, 8, 3), name="images")
    x = layers.Conv2D(3, 1, name="cells")(images)
    x = layers.Conv2D(3, 1, name="more")(x)
    model = keras.Model(images, layers.Add(name="sum")([x, images]))
    with pytest.raises(ValueError, match="images → sum"):
        split_at(model, "cells")


@pytest.mark.parametrize("name", ["nothing", "images", "dense_at_the_end"])
def test_only_a_layer_between_the_first_and_the_last_will_do(name):
    images = keras.Input((8,), name="images")
    x = layers.Dense(4, name="middle")(images)
    model = keras.Model(images, layers.Dense(2, name="dense_at_the_end")(x))
    with pytest.raises(ValueError, match=f"`layer_name` must .*{name}"):
        split_at(model, name)
    assert split_at(model, "middle")[0].output_shape == (None, 4)


def test_a_layer_that_is_used_twice_is_no_place_to_cut():
    images, shared = keras.Input((8,)), layers.Dense(8, name="shared")
    model = keras.Model(images, layers.Dense(2)(shared(shared(images))))
    with pytest.raises(ValueError, match="used once"):
        split_at(model, "shared")


def test_one_input_and_one_output_are_expected():
    first, second = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([first, second], layers.Add()([first, second]))
    with pytest.raises(ValueError, match="Received: 2 and 1"):
        split_at(model, "add")


def test_another_size_gives_the_same_cells_and_shares_no_weights():
    bottom_model, _ = split_at(mobilenet(), "out_relu")
    images = RNG.random((1, 96, 96, 3), dtype="float32")
    large, any_size = (at_size(bottom_model, s) for s in ((192, 128), (None, None)))
    assert large.output_shape == (None, 6, 4, 1280)
    np.testing.assert_allclose(any_size(images), bottom_model(images), atol=1e-6)
    assert count_macs(at_size(bottom_model, (192, 192))) == 4 * count_macs(bottom_model)
    assert not {id(w) for w in large.weights} & {id(w) for w in bottom_model.weights}
    with pytest.raises(ValueError, match="fixed height and width"):
        count_macs(any_size)


def test_a_dense_layer_behind_a_flattening_fixes_the_size():
    with pytest.raises(ValueError, match="`Flatten`"):
        at_size(vgg16(4, window=64, width=1 / 16), (96, 96))


HEADS = {
    "mean and softmax": lambda x: layers.Dense(3, activation="softmax")(
        layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    ),
    "mean and two layers": lambda x: layers.Dense(3)(
        layers.Dense(6, activation="relu")(layers.GlobalAveragePooling2D()(x))
    ),
    "mean, normalised": lambda x: layers.Dense(3)(
        layers.BatchNormalization()(layers.GlobalAveragePooling2D()(x))
    ),
    "mean, ReLU": lambda x: layers.Dense(3)(
        layers.ReLU()(layers.GlobalAveragePooling2D()(x))
    ),
    "mean at the end": lambda x: layers.GlobalAveragePooling2D()(layers.Dense(3)(x)),
    "maximum": lambda x: layers.Dense(3)(layers.GlobalMaxPooling2D()(x)),
    "flattened": lambda x: layers.Dense(3, activation="sigmoid")(
        layers.Dense(6, activation="relu")(layers.Flatten()(x))
    ),
    "3×3 without padding": lambda x: layers.Dense(3)(
        layers.Flatten()(layers.Conv2D(4, 3)(x))
    ),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_the_convolutional_head_equals_the_slid_head(head):
    _, top_model = split_at(small(head), "cells")
    feature_map = RNG.normal(size=(1, 7, 5, 5)).astype("float32")
    scores = np.asarray(convolutional_head(top_model)(feature_map))
    assert scores.shape == (1, 4, 2, 3)
    np.testing.assert_allclose(scores[0], slid(top_model, feature_map, 4), atol=1e-6)


def test_one_window_by_hand():
    """The mean of 1, 2, 3 and 6 is 3; the head computes 10 times that, plus 1."""
    cells = keras.Input((2, 2, 1))
    dense = layers.Dense(1)
    top_model = keras.Model(cells, dense(layers.GlobalAveragePooling2D()(cells)))
    dense.set_weights([np.array([[10.0]]), np.array([1.0])])
    feature_map = np.array([[1.0, 2.0, 4.0], [3.0, 6.0, 8.0]])[None, ..., None]
    scores = np.asarray(convolutional_head(top_model)(feature_map))
    assert scores.ravel().tolist() == [31.0, 51.0]


def test_vgg_everywhere_is_lesson_4s():
    model = vgg16(4, window=96, width=1 / 16)
    bottom_model, top_model = split_at(model, "pool5")
    images = RNG.random((1, 160, 128, 3), dtype="float32")
    scores = convolutional_head(top_model)(at_size(bottom_model, (160, 128))(images))
    np.testing.assert_allclose(scores, convolutional(model)(images), atol=1e-6)


def test_the_embedded_classifier_can_be_cut():
    model, _ = species_classifier(weights="embedded")
    bottom_model, top_model = split_at(model, "out_relu")
    head = convolutional_head(top_model)
    feature_map = 6 * RNG.random((1, 9, 8, 1280), dtype="float32")
    np.testing.assert_allclose(
        head(feature_map)[0], slid(top_model, feature_map, 7), atol=1e-5
    )
    assert bottom_model.output_shape == (None, 7, 7, 1280)


def test_a_head_that_pads_is_refused():
    _, top_model = split_at(vgg16(4, window=64, width=1 / 16), "conv5_2_relu")
    with pytest.raises(ValueError, match="no layer that pads.*conv5_3"):
        convolutional_head(top_model)


def test_a_head_with_an_open_size_or_a_branch_is_refused():
    cells = keras.Input((None, None, 3))
    pooled = layers.GlobalAveragePooling2D()(cells)
    with pytest.raises(ValueError, match="of fixed size"):
        convolutional_head(keras.Model(cells, pooled))
    cells = keras.Input((2, 2, 3))
    both = [p()(cells) for p in (layers.GlobalAveragePooling2D, layers.Flatten)]
    branched = keras.Model(cells, layers.Concatenate(name="both")(both))
    with pytest.raises(ValueError, match="must be a chain.*both"):
        convolutional_head(branched)


RNG_TRANSPLANT = np.random.default_rng(4)


def settled(model):
    """Gives batch normalisations averages of a trained network."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            scale, shift, mean, variance = layer.get_weights()
            mean, shift = mean + RNG_TRANSPLANT.normal(size=mean.shape), shift + 0.3
            layer.set_weights([scale * 1.5, shift, mean, variance + 0.5])
    return model


def test_one_unit_by_hand():
    """A map of 1×2 cells and one channel; the unit computes 3 a + 5 b."""
    classifier = keras.Sequential(
        [keras.Input((1, 2, 1)), layers.Flatten(), layers.Dense(1, name="unit")]
    )
    classifier.layers[-1].set_weights([np.array([[3.0], [5.0]]), np.array([1.0])])
    model = convolutional(keras.Model(classifier.inputs[0], classifier.outputs[0]))
    scores = model(np.array([[[[1.0], [10.0], [100.0]]]]))
    assert np.asarray(scores).ravel().tolist() == [3 + 50 + 1, 30 + 500 + 1]


@pytest.mark.parametrize("batch_norm", [False, True])
def test_on_a_window_of_224_it_equals_the_dense_head(batch_norm):
    classifier = settled(vgg16(7, window=224, width=1 / 16, batch_norm=batch_norm))
    images = RNG_TRANSPLANT.random((2, 224, 224, 3), dtype="float32")
    everywhere = convolutional(classifier)
    assert everywhere.get_layer("fc6").kernel.shape == (7, 7, 32, 256)
    assert everywhere.get_layer("fc7").kernel.shape == (1, 1, 256, 256)
    scores = everywhere(images)
    assert scores.shape == (2, 1, 1, 7)
    np.testing.assert_allclose(scores[:, 0, 0], classifier(images), atol=1e-5)
    assert everywhere.count_params() == classifier.count_params()


def test_it_equals_the_head_slid_over_the_feature_map():
    classifier = settled(vgg16(3, window=96, width=1 / 16, batch_norm=True))
    everywhere = convolutional(classifier)
    head = keras.Model(classifier.get_layer("flatten").input, classifier.output)
    pool5 = keras.Model(everywhere.input, everywhere.get_layer("pool5").output)
    images = RNG_TRANSPLANT.random((1, 160, 192, 3), dtype="float32")
    cells, scores = np.asarray(pool5(images)), everywhere(images)
    assert scores.shape == (1, 3, 4, 3)
    for row, column in np.ndindex(3, 4):
        part = cells[:, row : row + 3, column : column + 3]
        np.testing.assert_allclose(head(part)[0], scores[0, row, column], atol=1e-5)


def test_keras_own_chain_is_turned_too():
    network = keras.Sequential(
        [
            keras.Input((8, 12, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(6, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    classifier = keras.Model(network.inputs[0], network.outputs[0])
    images = RNG_TRANSPLANT.random((2, 8, 12, 3), dtype="float32")
    everywhere = convolutional(classifier)
    np.testing.assert_allclose(
        everywhere(images)[:, 0, 0], classifier(images), atol=1e-6
    )
    assert everywhere(np.zeros((1, 10, 20, 3))).shape == (1, 2, 5, 2)


def test_nothing_is_shared():
    classifier = vgg16(2, window=64, width=1 / 32)
    everywhere = convolutional(classifier)
    assert not {id(v) for v in classifier.variables} & {
        id(v) for v in everywhere.variables
    }


def test_layers_without_counterpart_keep_their_weights():
    source, model = (vgg16(k, window=64, width=1 / 32) for k in (2, 2))
    renamed = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="other")])
    before = [layer.get_weights() for layer in renamed.layers]
    assert transplant(renamed, source) == []
    np.testing.assert_array_equal(renamed.layers[0].get_weights()[0], before[0][0])
    assert len(transplant(model, source)) == 16


def test_layers_of_another_size_are_refused():
    with pytest.raises(ValueError, match="'fc8' must have weights of one size"):
        transplant(*(vgg16(k, window=64, width=1 / 32) for k in (2, 3)))
    with pytest.raises(ValueError, match="'fc6' must have weights of one size"):
        transplant(*(vgg16(2, window=w, width=1 / 32) for w in (64, 96)))


def test_a_network_that_is_no_chain_is_refused():
    images = keras.Input((4, 4, 1))
    twice = layers.Add()([images, layers.ReLU()(images)])
    branched = keras.Model(images, layers.Dense(1)(layers.Flatten()(twice)))
    with pytest.raises(ValueError, match="must be a chain of layers"):
        convolutional(branched)
    with pytest.raises(ValueError, match="one of them a `Flatten`"):
        convolutional(keras.Model(images, layers.ReLU()(images)))
