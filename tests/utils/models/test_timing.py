"""The timer of epochs, moved by hand."""

import time

import pytest

from utils.models import EpochTimer


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
