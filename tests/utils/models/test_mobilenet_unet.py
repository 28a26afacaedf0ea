"""Models: shapes and counts worked by hand, independence, training, saving."""

import keras
import numpy as np
import pytest

from utils import models
from utils.models import classifiers, mobilenet_unet, unfreeze_encoder

# Keras warns when images do not have the structure a model was built for.
pytestmark = pytest.mark.filterwarnings("error::UserWarning")
IMAGES = np.random.default_rng(0).random((2, 64, 64, 3), dtype="float32")


@pytest.fixture(scope="module", params=sorted(mobilenet_unet.DECODERS))
def unet(request):
    return models.unet_model(3, (64, 64), "random", decoder=request.param)


def size(variables):
    return sum(int(np.prod(variable.shape)) for variable in variables)


def test_pix2pix_unet_has_the_published_number_of_parameters():
    model = models.unet_model(3, encoder_weights="random", alpha=1.0)
    assert model.count_params() == 6_504_227
    assert size(model.trainable_variables) == 4_660_323
    assert model.output_shape == (None, 128, 128, 3)


def test_the_light_decoder_has_less_than_a_sixth_of_the_parameters():
    pix2pix, light = (
        models.unet_model(3, (64, 64), "random", decoder=name).count_params()
        for name in ("pix2pix", "light")
    )
    assert pix2pix == 2_913_139
    assert light < pix2pix / 5


def test_upsample_counts_its_weights_by_hand():
    # Kernel 3·3·2·5 without bias; scale, offset, mean and variance per channel.
    block = models.upsample(filters=5, size=3)
    assert block(np.zeros((1, 4, 6, 2))).shape == (1, 8, 12, 5)
    assert block.count_params() == 3 * 3 * 2 * 5 + 4 * 5


def test_the_encoder_halves_height_and_width_five_times():
    encoder = models.mobilenet_v2_encoder((64, 96), weights="random")
    sizes = [feature_map.shape[1:3] for feature_map in encoder.outputs]
    assert sizes == [(32, 48), (16, 24), (8, 12), (4, 6), (2, 3)]


def test_the_encoder_sees_values_from_minus_one_to_one():
    encoder = models.mobilenet_v2_encoder((32, 32), weights="random")
    rescaling = encoder.get_layer("rescaling")
    np.testing.assert_array_equal(rescaling(np.array([0.0, 0.5, 1.0])), [-1, 0, 1])


def test_the_encoder_is_kerass_own_network():
    encoder = models.mobilenet_v2_encoder((64, 64), weights="random")
    network = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    for layer in encoder.layers[2:]:
        network.get_layer(layer.name).set_weights(layer.get_weights())
    outputs = [network.get_layer(name).output for name in mobilenet_unet.SKIPS]
    reference = keras.Model(network.inputs[0], outputs)
    for ours, theirs in zip(encoder(IMAGES), reference(2 * IMAGES - 1), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_two_models_share_nothing(unet):
    decoder = unet.name.removeprefix("unet_")
    other = models.unet_model(3, (64, 64), "random", decoder=decoder)
    assert len(other.variables) == len(unet.variables)
    assert not {id(v) for v in unet.variables} & {id(v) for v in other.variables}


def test_training_changes_the_decoder_and_leaves_the_encoder_alone(unet):
    encoder = unet.get_layer("encoder")
    before = [variable.numpy() for variable in encoder.variables]
    head = unet.get_layer("logits").get_weights()[0]
    fit_once(unet)
    for variable, value in zip(encoder.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert (unet.get_layer("logits").get_weights()[0] != head).any()


def fit_once(model, **options):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss)
    model.fit(IMAGES, np.zeros((2, 64, 64), dtype="uint8"), verbose=0, **options)


def test_an_unfrozen_encoder_keeps_its_batch_normalisation():
    model = unfreeze_encoder(models.unet_model(3, (64, 64), "random"))
    encoder = model.get_layer("encoder")
    kernel = encoder.get_layer("Conv1").get_weights()[0]
    statistics = encoder.get_layer("bn_Conv1").get_weights()
    fit_once(model)
    assert (encoder.get_layer("Conv1").get_weights()[0] != kernel).any()
    for value, before in zip(
        encoder.get_layer("bn_Conv1").get_weights(), statistics, strict=True
    ):
        np.testing.assert_array_equal(value, before)


def test_a_saved_model_gives_the_same_logits(unet, tmp_path):
    unet.save(tmp_path / "pets.keras")
    reloaded = keras.models.load_model(tmp_path / "pets.keras")
    np.testing.assert_array_equal(
        reloaded.predict_on_batch(IMAGES), unet.predict_on_batch(IMAGES)
    )


@pytest.mark.parametrize(
    "image_size", [(128, 100), (0, 32), (16, 16), (64,), (64, 64, 3), (64.5, 64)]
)
def test_sizes_the_encoder_cannot_halve_five_times_are_refused(image_size):
    with pytest.raises(ValueError, match="multiple of 32.*Received.*Resize or pad"):
        models.mobilenet_v2_encoder(image_size, weights="random")


def test_other_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"\['light', 'pix2pix'\]. Received: 'unet'"):
        models.unet_model(3, decoder="unet")
    for output_channels in (0, 2.0, None):
        with pytest.raises(ValueError, match="`output_channels` must be a positive"):
            models.unet_model(output_channels)
    with pytest.raises(ValueError, match="`labels` must be one of.*Received: 'cats'"):
        models.classifier("cats")


def test_the_classifier_is_the_mean_feature_times_the_head(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    kernel, bias = rng.normal(size=(1280, 5)), rng.normal(size=5)
    np.savez(
        tmp_path / "heads.npz",
        flowers_kernel=kernel,
        flowers_bias=bias,
        flowers_names=["a", "b", "c", "d", "e"],
    )
    monkeypatch.setattr(classifiers, "verified", lambda name: tmp_path / "heads.npz")
    monkeypatch.setattr(
        mobilenet_unet, "load_encoder_weights", lambda network, *_: network
    )
    assert models.class_names("flowers") == ("a", "b", "c", "d", "e")
    model = models.classifier("flowers", image_size=(64, 64))
    features = keras.Model(model.inputs[0], model.get_layer("average").output)
    scores = np.exp(features(IMAGES) @ kernel + bias)
    np.testing.assert_allclose(
        model(IMAGES), scores / scores.sum(axis=1, keepdims=True), rtol=1e-4
    )


@pytest.mark.parametrize("labels", classifiers.LABELS)
def test_the_embedded_classifier_loads(labels):
    model = models.classifier(labels, image_size=(64, 64))
    probabilities = model.predict_on_batch(IMAGES)
    assert probabilities.shape == (2, len(models.class_names(labels)))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
