"""Pictures per second: batches of every form, a step that limits, and bad input."""

import pytest
import tensorflow as tf

from utils.augmentation import as_written, compare
from utils.augmentation.pipelines import pictures_per_second

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
