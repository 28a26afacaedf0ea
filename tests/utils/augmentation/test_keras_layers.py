"""Random layers: by hand, by counting, with seeds, saved, in pipelines."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import RandomInvert, random_layers

BLACK = np.zeros((400, 1, 1, 1), "float32")
PICTURES = np.random.default_rng(8).random((6, 12, 10, 3)).astype("float32")


def test_factor_one_inverts_all_and_zero_none():
    np.testing.assert_allclose(RandomInvert(1)(PICTURES), 1 - PICTURES)
    np.testing.assert_array_equal(RandomInvert(0)(PICTURES), PICTURES)


@pytest.mark.parametrize("factor", [0.1, 0.25, 0.5, 0.9])
def test_the_share_of_inverted_pictures_is_the_factor(factor):
    count = np.sum(RandomInvert(factor, seed=8)(BLACK))
    assert abs(count - 400 * factor) < 4 * np.sqrt(400 * factor * (1 - factor))


def test_each_picture_is_inverted_whole_or_not_at_all():
    for before, after in zip(PICTURES, RandomInvert(seed=1)(PICTURES), strict=True):
        kept = np.allclose(after, before)
        assert kept or np.allclose(after, 1 - before)


def test_nothing_happens_in_inference():
    layer = RandomInvert(1)
    assert layer(PICTURES, training=False) is not None
    np.testing.assert_array_equal(layer(PICTURES, training=False), PICTURES)
    images = keras.Input((12, 10, 3))
    model = keras.Model(images, layer(images))
    np.testing.assert_array_equal(model.predict(PICTURES, verbose=0), PICTURES)


def test_a_seed_repeats_the_coins_and_calls_go_on():
    first, second = RandomInvert(seed=8), RandomInvert(seed=8)
    calls = [np.asarray(layer(BLACK)) for layer in (first, second, first)]
    np.testing.assert_array_equal(calls[0], calls[1])
    assert (calls[0] != calls[2]).any()


def test_it_takes_one_picture_and_an_empty_batch():
    assert RandomInvert(1)(PICTURES[0]).shape == (12, 10, 3)
    assert RandomInvert(1)(PICTURES[:0]).shape == (0, 12, 10, 3)


def test_it_agrees_with_the_layer_of_keras_where_there_is_one():
    layer = getattr(keras.layers, "RandomInvert", None)
    if layer is None:
        pytest.skip("This Keras has no RandomInvert.")
    theirs = layer(factor=(1, 1), value_range=(0, 1))(PICTURES, training=True)
    np.testing.assert_allclose(RandomInvert(1)(PICTURES), theirs, atol=1e-6)
    for factor, share in (((0.8, 0.8), 0.8), (0.8, 0.4)):  # a number is a range
        theirs = layer(factor, value_range=(0, 1), seed=8)(BLACK, training=True)
        assert abs(float(np.mean(theirs)) - share) < 0.1


def test_it_is_saved_with_factor_and_seed(tmp_path):
    images = keras.Input((None, None, 3))
    model = keras.Model(images, RandomInvert(0.25, seed=8)(images))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    layer = loaded.layers[-1]
    assert (layer.factor, layer.seed) == (0.25, 8)
    np.testing.assert_array_equal(
        loaded(PICTURES, training=True), model(PICTURES, training=True)
    )


@pytest.mark.parametrize("factor", [-0.1, 1.5, "half", None, True])
def test_a_factor_is_a_probability(factor):
    with pytest.raises(ValueError, match="`factor` must be in 0 to 1. Received:"):
        RandomInvert(factor)


@pytest.mark.parametrize("seed", [-1, 1.5, True])
@pytest.mark.parametrize("build", [random_layers, lambda seed: RandomInvert(seed=seed)])
def test_a_seed_is_an_integer(build, seed):
    with pytest.raises(ValueError, match="`seed` must be `None` or an integer"):
        build(seed)


def test_a_mask_without_channels_is_refused():
    with pytest.raises(ValueError, match="`images` must have shape.*Received:"):
        RandomInvert()(np.zeros((4, 4)))


def layers():
    return [random_layers(seed=8), RandomInvert(0.5, seed=8)]


@pytest.mark.parametrize("layer", layers(), ids=lambda layer: layer.name)
def test_two_epochs_of_a_parallel_map_differ(layer):
    dataset = tf.data.Dataset.from_tensor_slices(PICTURES).repeat(8).batch(16)
    dataset = dataset.map(
        lambda images: layer(images, training=True), num_parallel_calls=2
    )
    first, second = (np.concatenate(list(dataset)) for _ in range(2))
    assert first.shape == (48, 12, 10, 3) and (first != second).any()
    assert first.min() >= -1e-6 and first.max() <= 1 + 1e-6


def test_random_layers_draw_for_every_picture():
    copies = np.repeat(PICTURES[:1], 8, axis=0)
    views = np.asarray(random_layers(seed=8)(copies, training=True))
    assert len(np.unique(views.round(4), axis=0)) == 8
    again = random_layers(seed=8)(copies, training=True)
    np.testing.assert_array_equal(views, again)
    other = random_layers(seed=9)(copies, training=True)
    assert not np.allclose(views, other)


def test_no_two_random_layers_share_a_seed_nor_do_two_neighbours():
    seeds = [
        layer.seed for seed in (0, 1, 2) for layer in random_layers(seed=seed).layers
    ]
    assert len(set(seeds)) == 15


def test_random_layers_are_off_in_inference():
    same = random_layers()(PICTURES, training=False)
    np.testing.assert_array_equal(same, PICTURES)
