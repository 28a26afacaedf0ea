"""VGG-16: the published counts, Keras' own network, both ways of building it."""

import keras
import numpy as np
import pytest

from utils import models
from utils.models import vgg, vgg16
from utils.models.vgg import feature_maps, from_keras

IMAGES = np.random.default_rng(4).random((2, 64, 64, 3), dtype="float32")


def test_the_convolutions_are_those_of_keras():
    """The same weights and pixels: RGB in [0, 1] here, BGR around zero there."""
    network = keras.applications.VGG16(weights=None, include_top=False)
    images = keras.Input((None, None, 3))
    ours = from_keras(keras.Model(images, feature_maps(images)[-1]), network)
    assert ours.count_params() == 14_714_688
    prepared = keras.applications.vgg16.preprocess_input(255 * IMAGES)
    np.testing.assert_allclose(ours(IMAGES), network(prepared), atol=2e-4)


def test_the_published_number_of_parameters():
    # Thirteen convolutions, then three dense layers with biases, from the shapes.
    pairs = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256)]
    pairs += [(256, 256)] * 2 + [(256, 512)] + [(512, 512)] * 5
    convolutions = sum(9 * a * b + b for a, b in pairs)
    dense = sum(a * b + b for a, b in ((25_088, 4096), (4096, 4096), (4096, 1000)))
    assert convolutions + dense == 138_357_544
    # A quarter of the width: each pair a quarter, and the classes stay.
    model = vgg16(width=1 / 4)
    quarters = [(3, 16)] + [(a // 4, b // 4) for a, b in pairs[1:]]
    narrow = sum(9 * a * b + b for a, b in quarters)
    narrow += sum(a * b + b for a, b in ((6272, 1024), (1024, 1024), (1024, 1000)))
    assert model.count_params() == narrow


def test_an_odd_size_is_halved_rounding_up():
    maps = feature_maps(np.zeros((1, 175, 33, 3)), width=1 / 64)
    assert [x.shape[1] for x in maps] == [88, 44, 22, 11, 6]
    assert [x.shape[2] for x in maps] == [17, 9, 5, 3, 2]


def test_the_mean_colour_is_zero_to_the_network():
    colour = np.array(vgg.MEAN_COLOUR, "float32") / 255
    images = np.broadcast_to(colour, (1, 96, 96, 3))
    model = vgg16(num_classes=4, window=96, width=1 / 16)
    centred = keras.Model(model.input, model.get_layer("centred").output)
    np.testing.assert_allclose(centred(images), 0, atol=1e-6)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_saved_and_reloaded_it_is_the_same(tmp_path, batch_norm):
    model = vgg16(num_classes=4, window=64, width=1 / 16, batch_norm=batch_norm)
    model.save(tmp_path / "vgg.keras")
    reloaded = keras.models.load_model(tmp_path / "vgg.keras")
    np.testing.assert_array_equal(reloaded(IMAGES), model(IMAGES))


def test_two_models_share_nothing():
    first, second = (vgg16(num_classes=2, window=64, width=1 / 32) for _ in range(2))
    assert not {id(v) for v in first.variables} & {id(v) for v in second.variables}
    assert models.vgg16 is vgg16


def test_pretrained_weights_arrive_layer_by_layer(monkeypatch):
    """Keras' network is replaced by a narrow one that has the same layers."""
    kept = vgg16(num_classes=1000, width=1 / 32)

    def narrow(weights, classes, classifier_activation):
        assert (weights, classes, classifier_activation) == ("imagenet", 1000, None)
        return kept

    monkeypatch.setattr(keras.applications, "VGG16", narrow)
    model = vgg._pretrained(vgg16(width=1 / 32), "imagenet")
    for layer in ("conv1_2", "conv5_3", "fc6", "fc7", "fc8"):
        for ours, theirs in zip(
            model.get_layer(layer).get_weights(),
            kept.get_layer(layer).get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
    kernel = kept.get_layer("conv1_1").get_weights()[0]
    np.testing.assert_array_equal(
        model.get_layer("conv1_1").get_weights()[0], 255 * kernel[:, :, ::-1]
    )


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(num_classes=0), "`num_classes` must be a positive"),
        (dict(window=100), "`window` must be a positive multiple of 32"),
        (dict(window=0), "`window` must be"),
        (dict(width=0), "`width` must be a positive number"),
        (dict(width=True), "`width` must be a positive number"),
        (dict(width=0.5, weights="imagenet"), "must go with window=224"),
        (dict(batch_norm=True, weights="imagenet"), "must go with window=224"),
    ],
)
def test_what_is_impossible_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        vgg16(**settings)


def test_weights_that_are_missing_are_named(monkeypatch):
    def broken(**_):
        raise OSError("no network")

    monkeypatch.setattr(keras.applications, "VGG16", broken)
    with pytest.raises(ValueError, match="'imagenet', and Keras said: no network"):
        vgg._pretrained(vgg16(num_classes=2, window=64, width=1 / 32), "imagenet")
