"""Every transform keeps image, mask and boxes together, whatever the threads do."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import addressed, misplaced, pipelines, transforms

SIDE = 16
MOVES = {
    "flip": transforms.random_flip(),
    "flip both ways": transforms.random_flip(vertical=True),
    "quarter turns": transforms.random_quarter_turns(),
    "crop": transforms.random_crop(11, 13),
    "translation": transforms.random_translation(0.6),
    "affine": transforms.random_affine(45, (0.7, 1.5), 0.2),
}
# So weak that bright and dark stay apart, two pixels from the outline.
PIXELS = {
    "brightness": transforms.random_brightness(0.2),
}


def pairs(count=2000):
    """The same addressed picture and its mask, `count` times."""
    return tf.data.Dataset.from_tensors(addressed(SIDE, SIDE)).repeat(count)


def all_of(dataset):
    return next(iter(dataset.batch(4000)))


@pytest.mark.parametrize("name", MOVES)
def test_2000_parallel_examples_stay_together(name):
    images, masks = all_of(pipelines.augment(pairs(), [MOVES[name]], seed=10))
    assert masks.shape[0] == 2000 and masks.dtype == tf.int32
    assert misplaced(images, masks).sum() == 0
    assert len(np.unique(images, axis=0)) > 1  # not all alike


@pytest.mark.parametrize("name", PIXELS)
def test_2000_parallel_masks_survive_a_change_of_pixels(name):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:12, 3:13] = 1
    far = np.ones((SIDE, SIDE), bool)  # from the outline of the object
    far[2:14, 1:15] = False
    far[6:10, 5:11] = True
    image = np.where(mask[..., None] == 1, (0.75, 0.7, 0.7), (0.2, 0.2, 0.25))
    dataset = tf.data.Dataset.from_tensors((image.astype("float32"), mask)).repeat(2000)
    images, masks = all_of(pipelines.augment(dataset, [PIXELS[name]], seed=10))
    np.testing.assert_array_equal(masks, np.repeat(mask[None], 2000, axis=0))
    painted = images.numpy().mean(axis=-1) > 0.47
    assert ((painted != mask) & far).sum() == 0
    assert len(np.unique(images, axis=0)) > 1
    assert images.dtype == tf.float32 and 0 <= np.min(images) <= np.max(images) <= 1


def with_two_layers(uneven):
    """TensorFlow's tutorial: one layer for the image, one for the mask, equal seeds."""
    flip_image, flip_mask = (keras.layers.RandomFlip("horizontal", 42) for _ in "12")

    def wait(number):
        time.sleep(float(number))
        return number

    def flipped(image, mask):
        image = flip_image(image, training=True)
        done = [image]
        if uneven:  # every example takes its own time, as files on a disk do
            seconds = tf.random.uniform((), 0, 1e-3)
            done = [tf.numpy_function(wait, [seconds], tf.float32)]
        with tf.control_dependencies(done):
            mask = flip_mask(mask[..., tf.newaxis], training=True)[..., 0]
        return image, tf.cast(mask, tf.int32)

    return flipped


def test_the_same_test_finds_the_race_of_two_layers():
    """A demonstration: this is what the test above is there to catch."""
    serial = pairs().map(with_two_layers(uneven=False))
    assert misplaced(*all_of(serial)).sum() == 0
    options = tf.data.Options()
    options.threading.private_threadpool_size = 8  # threads even on a single core
    racing = pairs().map(with_two_layers(uneven=True), num_parallel_calls=8)
    broken = misplaced(*all_of(racing.with_options(options))) > 0
    assert broken.sum() > 100


@pytest.mark.parametrize("size", [1, 7, 30])
def test_batches_get_what_single_pictures_get(size):
    steps = [*MOVES.values(), *PIXELS.values()]
    alone = pipelines.augment(pairs(30), steps[:2] + steps[4:], seed=3)
    together = pipelines.augment(pairs(30).batch(size), steps[:2] + steps[4:], seed=3)
    for ours, theirs in zip(all_of(alone), all_of(together.unbatch()), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_epochs_differ_and_the_seed_repeats_them():
    def epochs(seed):
        dataset = pipelines.augment(pairs(20), [MOVES["affine"]], seed)
        return [all_of(dataset)[1].numpy() for _ in range(3)]

    first, again, other = epochs(1), epochs(1), epochs(2)
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any() and (first[1] != first[2]).any()
    assert (first[0] != other[0]).any()
    assert (epochs(None)[0] != epochs(None)[0]).any()


def test_a_data_set_keeps_its_length_order_and_form():
    numbers = tf.data.Dataset.range(10).map(
        lambda n: {"images": tf.fill((4, 4, 3), tf.cast(n, tf.float32)), "labels": n}
    )
    dataset = pipelines.augment(numbers, [MOVES["flip"]], seed=0)
    assert len(dataset) == 10
    for number, example in enumerate(dataset):
        assert example["labels"] == number and example["images"][0, 0, 0] == number


def test_boxes_go_with_the_mask():
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:8, 3:13] = 1
    example = {
        "images": tf.zeros((SIDE, SIDE, 3)),
        "masks": tf.constant(mask),
        "boxes_xyxy": tf.constant([[3.0, 4.0, 13.0, 8.0], [0.0, 0.0, 0.0, 0.0]]),
    }
    exact = [MOVES[name] for name in ("flip", "quarter turns", "translation", "crop")]
    dataset = tf.data.Dataset.from_tensors(example).repeat(200)
    moved = all_of(pipelines.augment(dataset, exact, seed=10))
    for mask, boxes, kept in zip(
        moved["masks"].numpy(),
        moved["boxes_xyxy"].numpy(),
        moved["kept"].numpy(),
        strict=True,
    ):
        rows, columns = np.nonzero(mask == 1)
        assert kept.tolist() == [len(rows) > 0, False]
        if kept[0]:
            tight = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            assert boxes[0].tolist() == [*tight]


def test_half_of_the_pictures_are_flipped():
    _, masks = all_of(pipelines.augment(pairs(), [MOVES["flip"]], seed=0))
    flipped = (masks[:, 0, 0] != addressed(SIDE, SIDE)[1][0, 0]).numpy().mean()
    assert abs(flipped - 0.5) < 0.05


def test_transforms_of_one_list_draw_independently():
    flips = [transforms.random_flip()] * 2  # half of the time they undo each other
    _, masks = all_of(pipelines.augment(pairs(), flips, seed=0))
    flipped = (masks[:, 0, 0] != addressed(SIDE, SIDE)[1][0, 0]).numpy().mean()
    assert abs(flipped - 0.5) < 0.05


def any_size(seed):
    """A random element: one picture or a batch, large or tiny, boxes or none."""
    rng = np.random.default_rng(seed)
    height, width = rng.choice([1, 2, 3, 8, 17], 2)
    leading = [(), (0,), (1,), (3,)][rng.integers(4)]
    dtype = rng.choice(["uint8", "int8", "uint16", "int32", "int64", "uint32"])
    element = {
        "images": rng.random((*leading, height, width, 3), np.float32),
        "masks": rng.integers(3, size=(*leading, height, width)).astype(dtype),
    }
    if rng.random() < 0.5:
        boxes = rng.random((*leading, rng.integers(3), 4), np.float32) * 9
        element["boxes_xyxy"] = boxes
    return element


@pytest.mark.parametrize("seed", range(16))
def test_any_shape_dtype_and_batch_size_works_or_is_explained(seed):
    element = any_size(seed)
    rng = np.random.default_rng(seed)
    fill = {"fill_id": 0}
    changes = {
        "flip": transforms.random_flip(),
        "turns": transforms.random_quarter_turns(),
        "crop": transforms.random_crop(2, 2),
        "translation": transforms.random_translation(0.9, **fill),
        "affine": transforms.random_affine(90, (0.3, 3), 0.5, **fill),
        **PIXELS,
    }
    for name in rng.choice([*changes], 3, replace=False):
        height, width = element["images"].shape[-3:-1]
        refused = {"turns": height != width, "crop": min(height, width) < 2}
        if refused.get(name, False):
            with pytest.raises(ValueError, match="must .*Received: "):
                pipelines.apply([changes[name]], element, (seed, 0))
            continue
        result = pipelines.apply([changes[name]], element, (seed, 0))
        assert result["masks"].dtype == element["masks"].dtype
        assert set(np.unique(result["masks"])) <= {0, *np.unique(element["masks"])}
        assert np.isfinite(result["images"]).all()
        side = result["images"].shape[-3:-1]
        assert side == ((2, 2) if name == "crop" else (height, width))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: transforms.random_translation(1.1), "`share` must be from 0 to 1"),
        (lambda: transforms.random_crop(0, 4), "`height` must be a positive integer"),
        (lambda: transforms.random_brightness(2), "`most` must be from 0 to 1"),
    ],
)
def test_a_strength_out_of_range_is_reported_when_it_is_given(make, message):
    with pytest.raises(ValueError, match=f"{message}.*Received: "):
        make()


def test_a_picture_and_its_class_are_no_pair_of_picture_and_mask():
    flowers = tf.data.Dataset.from_tensors((tf.zeros((4, 4, 3)), tf.constant(2)))
    with pytest.raises(ValueError, match="`masks` must have 2 axes.*Received: shape"):
        pipelines.augment(flowers, [MOVES["flip"]])
