"""Splits by seed: the same everywhere, nothing lost, nothing twice."""

import random

import pytest

from utils.datasets import split_names

NAMES = [f"pet_{n}" for n in range(50)]


def test_eight_to_two():
    train, validation = split_names(NAMES, seed=7)
    assert (len(train), len(validation)) == (40, 10)
    assert sorted(train + validation) == sorted(NAMES)
    assert train == sorted(train) and validation == sorted(validation)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_names_does_not_matter(seed):
    shuffled = random.Random(seed).sample(NAMES, len(NAMES))
    assert split_names(shuffled, seed=7) == split_names(NAMES, seed=7)


def test_the_seed_matters():
    splits = {tuple(split_names(NAMES, seed)[1]) for seed in range(10)}
    assert len(splits) == 10


def test_every_name_is_chosen_about_equally_often():
    counts = dict.fromkeys(NAMES, 0)
    for seed in range(500):
        for name in split_names(NAMES, seed)[1]:
            counts[name] += 1
    assert 60 < min(counts.values()) and max(counts.values()) < 140  # 100 expected


def test_shares_are_rounded_and_may_be_all_or_nothing():
    assert len(split_names(NAMES[:7], 1, share=0.3)[1]) == 2
    assert split_names(NAMES[:3], 1, share=0) == (NAMES[:3], [])
    assert split_names(NAMES[:3], 1, share=1) == ([], NAMES[:3])
    assert split_names([], 1) == ([], [])
    assert split_names(["only"], 1) == (["only"], [])


def test_a_name_that_occurs_twice_is_refused():
    with pytest.raises(ValueError, match=r"all be different. Received: twice \['a'\]"):
        split_names(["a", "b", "a"], 1)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match="`share` must be from 0 to 1"):
        split_names(NAMES, 1, share)
