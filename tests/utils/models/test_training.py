"""The recipe, the views, the metric and fine-tuning."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import keras_layers
from utils.models import EpochTimer, training, unet_model


def test_the_learning_rate_rises_for_a_tenth_of_the_steps_and_falls_to_zero():
    optimizer, rates = training.recipe(steps=200, peak=0.01), []
    for step in range(201):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    expected = {0: 0, 10: 5e-3, 20: 0.01, 110: 5e-3, 200: 0}
    for step, rate in expected.items():
        assert rates[step] == pytest.approx(rate, abs=1e-6)
    assert (np.diff(rates[:21]) > 0).all() and (np.diff(rates[20:]) < 0).all()


@pytest.mark.parametrize("steps", [0, -1, 2.5, None])
def test_the_recipe_wants_a_number_of_steps(steps):
    with pytest.raises(ValueError, match="`steps` must be a positive integer.*Receiv"):
        training.recipe(steps)


def picture_and_mask(count=16):
    """Images whose red channel is the mask: 1 in a disc left of the middle."""
    rows, columns = np.mgrid[:32, :32]
    mask = ((rows - 16) ** 2 + (columns - 10) ** 2 < 36).astype("uint8")
    masks = np.repeat(mask[None], count, axis=0)
    return np.stack([masks] * 3, axis=-1).astype("float32"), masks


def test_a_mirrored_picture_has_a_mirrored_mask():
    images, masks = picture_and_mask()
    new_images, new_masks = keras_layers.random_views(seed=6, zoom=0)(images, masks)
    flipped = [bool((mask == masks[0][:, ::-1]).all()) for mask in new_masks.numpy()]
    assert 0 < sum(flipped) < len(flipped)
    np.testing.assert_array_equal(new_images[..., 0], new_masks)


def test_a_magnified_picture_has_a_magnified_mask_without_new_ids():
    images, masks = picture_and_mask()
    new_images, new_masks = keras_layers.random_views(seed=6, zoom=0.5)(images, masks)
    assert new_masks.dtype == tf.uint8 and new_masks.shape == masks.shape
    assert set(np.unique(new_masks)) <= set(np.unique(masks))
    areas = new_masks.numpy().sum(axis=(1, 2))
    assert areas.min() >= masks[0].sum() and areas.max() > 1.5 * masks[0].sum()
    # Bilinear and nearest differ by less than a pixel along the outline.
    differ = (new_images.numpy()[..., 0] > 0.5) != (new_masks.numpy() == 1)
    assert differ.mean() < 0.02


def test_mirroring_and_magnifying_are_drawn_independently():
    images, masks = picture_and_mask(count=200)
    _, new_masks = keras_layers.random_views(seed=6, zoom=0.5)(images, masks)
    new_masks = new_masks.numpy().astype(float)
    areas = new_masks.sum(axis=(1, 2))
    right = new_masks[:, :, 16:].sum(axis=(1, 2)) > areas / 2
    assert abs(np.corrcoef(areas, right)[0, 1]) < 0.25


def test_views_repeat_with_their_seed():
    images, masks = picture_and_mask()
    first = keras_layers.random_views(seed=1)(images, masks)
    again = keras_layers.random_views(seed=1)(images, masks)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_pairs_stay_together_in_a_parallel_pipeline():
    images, masks = picture_and_mask(count=64)
    dataset = tf.data.Dataset.from_tensor_slices((images, masks)).batch(4)
    views = keras_layers.random_views(seed=6, zoom=0)
    for image, mask in dataset.map(views, num_parallel_calls=tf.data.AUTOTUNE):
        np.testing.assert_array_equal(image[..., 0], mask)


@pytest.mark.parametrize("zoom", [-0.1, 1])
def test_a_view_cannot_be_larger_than_the_picture_or_empty(zoom):
    with pytest.raises(ValueError, match=f"`zoom` must be.*Received: {zoom}"):
        keras_layers.random_views(zoom=zoom)


@pytest.fixture(scope="module")
def unet():
    return unet_model(3, (32, 32), "random", decoder="light")


def test_unfreezing_thaws_from_a_layer_on_but_no_batch_normalisation(unet):
    encoder = training.unfreeze_encoder(unet, "block_16_expand").get_layer("encoder")
    assert [layer.name for layer in encoder.layers if layer.trainable_variables] == [
        "block_16_expand",
        "block_16_depthwise",
        "block_16_project",
    ]
    training.unfreeze_encoder(unet)
    assert encoder.get_layer("Conv1").trainable
    assert not encoder.get_layer("bn_Conv1").trainable


def test_fine_tuning_leaves_the_statistics_of_the_pretraining(unet):
    encoder = training.unfreeze_encoder(unet).get_layer("encoder")
    kernel = encoder.get_layer("Conv1").get_weights()[0]
    statistics = encoder.get_layer("bn_Conv1").get_weights()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    unet.compile(keras.optimizers.SGD(0.1), loss)
    unet.fit(np.ones((2, 32, 32, 3)), np.zeros((2, 32, 32)), verbose=0)
    assert (encoder.get_layer("Conv1").get_weights()[0] != kernel).any()
    for value, before in zip(
        encoder.get_layer("bn_Conv1").get_weights(), statistics, strict=True
    ):
        np.testing.assert_array_equal(value, before)


def test_an_unknown_layer_is_reported(unet):
    with pytest.raises(ValueError, match="`from_layer` must name.*Received: 'block_99"):
        training.unfreeze_encoder(unet, "block_99")


def epoch(timer, training=0.0, validating=0.0):
    timer.on_epoch_begin(0)
    time.sleep(training)
    timer.on_train_batch_end(0)
    time.sleep(validating)
    timer.on_epoch_end(0)


def test_it_counts_training_but_no_validation():
    timer = EpochTimer()
    timer.on_train_begin()
    epoch(timer, training=0.02, validating=0.3)
    assert 0.02 <= timer.seconds_per_epoch < 0.3


def test_the_first_epoch_does_not_count_if_there_are_others():
    timer = EpochTimer()
    timer.on_train_begin()
    timer.seconds = [9.0, 1.0, 3.0, 2.0]
    assert timer.seconds_per_epoch == 2.0
    timer.seconds = [9.0]
    assert timer.seconds_per_epoch == 9.0


def test_a_second_training_starts_over():
    timer = EpochTimer()
    timer.seconds = [9.0]
    timer.on_train_begin()
    with pytest.raises(ValueError, match="must have been trained. Received: no epoch"):
        timer.seconds_per_epoch  # noqa: B018
