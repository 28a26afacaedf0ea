"""Seeds for data sets: the same in every process and with any number of threads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import add_noise, as_written, compare, jitter, with_seeds
from utils.augmentation.pipelines import pictures_per_second

ROOT = Path(__file__).resolve().parents[3]


def values(dataset):
    return [seed.numpy().tolist() for _, seed in dataset]


def augmented(image, seed):
    """The stateless operations of the lesson in a row, and two of the course."""
    seeds = tf.unstack(tf.random.split(seed, 7))
    image = tf.image.stateless_random_flip_left_right(image, seeds[0])
    image = tf.image.stateless_random_flip_up_down(image, seeds[1])
    image = tf.image.stateless_random_brightness(image, 0.2, seeds[2])
    image = tf.image.stateless_random_saturation(image, 0.5, 1.5, seeds[3])
    image = tf.image.stateless_random_crop(image, (20, 20, 3), seeds[4])
    image = jitter(image, 0.1, 0.1, 0.1, 0.1, seed=seeds[5])
    return add_noise(image, 0.05, seeds[6])


def two_passes(threads=None):
    """Augmented pictures of two passes, float32 of shape (80, 20, 20, 3)."""
    tf.random.set_seed(9)  # on which fresh seeds depend, and other tests set it
    pictures = np.random.default_rng(9).random((40, 24, 24, 3), dtype=np.float32)
    dataset = with_seeds(tf.data.Dataset.from_tensor_slices(pictures), seed=9)
    dataset = dataset.map(augmented, num_parallel_calls=threads)
    return np.stack([image.numpy() for _ in range(2) for image in dataset])


def test_two_processes_and_any_number_of_threads_draw_the_same(tmp_path):
    """The same up to rounding, which may depend on how work is cut into blocks."""
    path = tmp_path / "other.npy"
    command = (
        "import sys, numpy; from test_pipelines import two_passes;"
        "numpy.save(sys.argv[1], two_passes(threads=4))"
    )
    paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    subprocess.run(
        [sys.executable, "-c", command, str(path)],
        check=True,
        env=os.environ | {"PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    first = two_passes()
    assert np.abs(first[:40] - first[40:]).mean() > 0.01
    np.testing.assert_allclose(two_passes(threads=2), first, atol=1e-5)
    np.testing.assert_allclose(np.load(path), first, atol=1e-5)


def test_fixed_seeds_by_hand():
    fixed = with_seeds(tf.data.Dataset.range(3), seed=9, fresh=False)
    assert values(fixed) == values(fixed) == [[9, 0], [9, 1], [9, 2]]


def test_fresh_seeds_differ_in_every_pass_and_repeat_in_a_new_data_set():
    fresh, again = (with_seeds(tf.data.Dataset.range(50), seed=9) for _ in range(2))
    passes = [tuple(map(tuple, values(fresh))) for _ in range(3)]
    assert len(set(sum(passes, ()))) == 150
    assert passes == [tuple(map(tuple, values(again))) for _ in range(3)]
    assert values(fresh.repeat(2)) != 2 * values(fresh)


def test_another_seed_gives_other_seeds():
    for fresh in (True, False):
        nine, ten = (
            values(with_seeds(tf.data.Dataset.range(5), seed, fresh))
            for seed in (9, 10)
        )
        assert not any(seed in nine for seed in ten)


@pytest.mark.parametrize("fresh", [True, False])
def test_size_is_kept_and_elements_may_be_anything(fresh):
    pairs = tf.data.Dataset.from_tensor_slices(({"a": [1, 2]}, [3, 4])).batch(2)
    seeded = with_seeds(pairs, 9, fresh)
    assert seeded.cardinality() == 1
    (element, seed) = next(iter(seeded))
    assert element[0]["a"].numpy().tolist() == [1, 2] and seed.dtype == tf.int64
    assert values(with_seeds(pairs.take(0), 9, fresh)) == []
    assert seeded.element_spec[1].shape == (2,)


def test_seed_must_be_an_integer():
    with pytest.raises(ValueError, match="`seed` must be an integer. Received: None"):
        with_seeds(tf.data.Dataset.range(3), None)


BATCHES = tf.data.Dataset.range(30).batch(10)


@pytest.mark.parametrize(
    "packed",
    [
        lambda x: x,
        lambda x: (x, x[:, tf.newaxis]),
        lambda x: {"images": (x, x)},
        lambda x: ((x, x), tf.constant([0, 9])),
    ],
)
def test_pictures_are_counted_however_they_are_packed(packed):
    # Ten pictures and then a sleep of 10 ms: at most 1,000 pictures per second.
    rate = pictures_per_second(BATCHES.map(packed), seconds=0.1, step=0.01)
    assert 50 < rate <= 1000


def test_a_short_data_set_is_repeated():
    assert pictures_per_second(BATCHES.take(1), seconds=0.05, warm_up=3) > 0


def test_best_of_rounds_has_every_name_in_order():
    rates = compare({"b": BATCHES, "a": BATCHES.take(1)}, rounds=2, seconds=0.02)
    assert list(rates) == ["b", "a"] and min(rates.values()) > 0


def test_a_pipeline_as_written_has_the_same_elements_and_no_helper():
    dataset = as_written(BATCHES.map(lambda numbers: numbers + 1))
    assert [len(numbers) for numbers in dataset] == [10, 10, 10]
    optimization = dataset.options().experimental_optimization
    assert optimization.map_parallelization is optimization.inject_prefetch is False


@pytest.mark.parametrize("bad", [{"seconds": 0}, {"step": -1}, {"warm_up": -1}])
def test_bad_numbers_are_named(bad):
    with pytest.raises(ValueError, match="`seconds` must be positive.*Received"):
        pictures_per_second(BATCHES, **bad)


def test_an_empty_data_set_is_refused():
    with pytest.raises(ValueError, match="at least one batch"):
        pictures_per_second(BATCHES.take(0), seconds=0.05)
    with pytest.raises(ValueError, match="`rounds` must be a positive"):
        compare({"a": BATCHES}, rounds=0)
