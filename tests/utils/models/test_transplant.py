"""Dense layers as convolutions: equal on a window, equal to sliding the head."""

import keras
import numpy as np
import pytest
from keras import layers

from utils.models import convolutional, transplant, vgg16

RNG = np.random.default_rng(4)


def settled(model):
    """Gives batch normalisations averages of a trained network."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            scale, shift, mean, variance = layer.get_weights()
            mean, shift = mean + RNG.normal(size=mean.shape), shift + 0.3
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
    images = RNG.random((2, 224, 224, 3), dtype="float32")
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
    images = RNG.random((1, 160, 192, 3), dtype="float32")
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
    images = RNG.random((2, 8, 12, 3), dtype="float32")
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
