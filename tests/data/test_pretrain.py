"""Tests of the recipe of the embedded encoder, without training it."""

import keras
import numpy as np
import tensorflow as tf

from data import pretrain
from utils.datasets.sample import BREEDS
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS
from utils.models import class_names, classifier


def test_pictures_of_the_pretraining_are_square_and_labelled():
    image, label, mask = pretrain.pet(5)
    assert image.shape == (128, 128, 3) and image.dtype == np.uint8
    assert mask.shape == (128, 128) and set(np.unique(mask)) == {0, 1, 2}
    assert pretrain.CLASSES[label] == BREEDS[5]
    assert pretrain.CLASSES[pretrain.flower(7)[1]] == FLOWERS[2]


def test_finished_renderings_are_read_and_not_rendered_again(tmp_path):
    images = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    parts = {"images": images, "labels": [3, 1], "masks": images[..., 0]}
    np.savez(tmp_path / "pets_0_1.npz", **parts)
    read, labels, masks = pretrain.rendered("pets", 2, tmp_path)
    np.testing.assert_array_equal(masks, images[..., 0])
    np.testing.assert_array_equal(read, images)
    np.testing.assert_array_equal(labels, [3, 1])


def test_augmented_pictures_have_the_side_and_the_range_asked_for():
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).integers(0, 256, (6, 128, 128, 3), np.uint8)
    changed, labels = pretrain.augmented(tf.constant(images), tf.range(6), side=96)
    assert changed.shape == (6, 96, 96, 3)
    assert 0 <= changed.numpy().min() and changed.numpy().max() <= 255
    np.testing.assert_array_equal(labels, range(6))


def test_the_second_stage_names_three_classes_at_full_size():
    sizes = zip((64, 32, 16, 8, 4), (48, 48, 96, 192, 112), strict=True)
    maps = [keras.Input((side, side, channels)) for side, channels in sizes]
    assert pretrain.decode(maps).shape == (None, 128, 128, 3)


def test_the_saved_head_is_split_into_breeds_and_flowers(tmp_path):
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    kernel = np.arange(3 * 13, dtype=np.float32).reshape(3, 13)
    pretrain.save(network, kernel, np.arange(13), tmp_path)
    with np.load(tmp_path / "heads.npz", allow_pickle=False) as heads:
        np.testing.assert_array_equal(heads["breeds_kernel"], kernel[:, :8])
        np.testing.assert_array_equal(heads["flowers_bias"], [8, 9, 10, 11, 12])
        assert tuple(heads["flowers_names"]) == FLOWERS


def test_the_embedded_classifier_knows_pets_it_was_not_trained_on():
    made = [pretrain.pet(-number) for number in range(1, 9)]
    images, labels, _ = zip(*made, strict=True)
    model, names = classifier("breeds"), class_names("breeds")
    probabilities = model.predict(np.stack(images) / np.float32(255), verbose=0)
    named = [names[k] for k in probabilities.argmax(1)]
    right = sum(name == BREEDS[k] for name, k in zip(named, labels, strict=True))
    assert right >= 6
