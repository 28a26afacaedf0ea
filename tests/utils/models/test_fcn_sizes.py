"""Sizes and crops: by hand, as in the paper's reference network, for every size."""

import math
from fractions import Fraction

import pytest

from utils.models import crop_offsets, fcn_sizes
from utils.models.fcns import STRIDES, Place

# The offsets in the prototxt files of the reference network.
REFERENCE = {
    32: {"upscore": 19},
    16: {"score_pool4": 5, "upscore16": 27},
    8: {"score_pool4": 5, "score_pool3": 9, "upscore8": 31},
}


def test_a_pooling_lies_between_two_pixels():
    pooled = Place(5).window(2, stride=2, rounding="ceil")
    assert (pooled.size, pooled.jump, pooled.first) == (3, 2, Fraction(1, 2))
    assert Place(5).window(2, stride=2).size == 2


def test_a_tent_comes_back_to_the_pixels():
    scores = Place(2, jump=Fraction(32), first=Fraction(31, 2))
    enlarged = scores.spread(64, 32, pad=16)
    assert (enlarged.size, enlarged.jump, enlarged.first) == (64, 1, 0)


@pytest.mark.parametrize("stride", STRIDES)
def test_the_offsets_of_the_reference_network(stride):
    assert crop_offsets(stride) == REFERENCE[stride]


@pytest.mark.parametrize("stride", STRIDES)
def test_they_hold_for_any_size_and_leave_the_picture(stride):
    """Caffe's formulas: sizes rounded up when pooled, (n - 1) s + k when enlarged."""
    for size in range(1, 800):
        table = fcn_sizes(size, stride)
        offsets = {name: x.crop[0] for name, x in table.items() if x.crop}
        assert offsets == REFERENCE[stride]
        assert table.fits
        pool5 = math.ceil((size + 198) / 32)
        assert table["pool5"].size == pool5
        scores = pool5 - 6
        for _ in range({32: 0, 16: 1, 8: 2}[stride]):
            scores = 2 * scores + 2
        *_, last, logits = table.values()
        assert last.size == (scores - 1) * stride + 2 * stride
        assert last.size - sum(last.crop) == logits.size == size


@pytest.mark.parametrize(
    "padding, window",
    [("pad-100", 160), ("pad-100", 224)] + [("same", n) for n in (96, 160, 224, 288)],
)
def test_every_crop_lays_position_on_position(padding, window):
    for size in (1, 31, 32, 33, 100, 224, 313, 500):
        for stride in STRIDES:
            table = fcn_sizes(size, stride, padding, window)
            assert table.fits
            for name, other in (("score_pool4", "upscore2"), ("upscore16", "image")):
                if name in table and (table[name].crop or table[other].crop):
                    kept, fixed = table[name], table[other]
                    if kept.crop is None:
                        kept, fixed = fixed, kept
                    start = kept.first + kept.jump * kept.crop[0]
                    assert start == fixed.first and kept.jump == fixed.jump


def test_rounded_down_some_sizes_do_not_fit():
    """floor((n + 198) / 32) · 32 - 160 must reach 19 + n: n + 198 mod 32 below 20."""
    for size in range(32, 400):
        fits = fcn_sizes(size, 32, pooling="floor").fits
        assert fits == ((size + 198) % 32 < 20)
        fits = fcn_sizes(size, 16, pooling="floor").fits
        assert fits == ((size + 198) % 32 < 28)
        assert fcn_sizes(size, 8, pooling="floor").fits


def test_multiples_of_32_round_alike_until_they_are_padded():
    for size in range(32, 600, 32):
        up, down = (fcn_sizes(size, 8, "same", pooling=p) for p in ("ceil", "floor"))
        assert up == down


def test_the_table_shows_the_sizes():
    text = repr(fcn_sizes(224, 16))
    assert "score_pool4" in text and "5, " in text
    assert text.splitlines()[0].split() == [
        "map", "size", "pixels", "apart", "first", "at", "crop",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(size=0), "`size` must be a positive"),
        (dict(size=500, stride=4), "`stride` must be one of"),
        (dict(size=500, padding="valid"), "`padding` must be one of"),
        (dict(size=500, window=64), "odd multiple of 32 from 96 on"),
        (dict(size=500, window=32), "odd multiple of 32 from 96 on"),
        (dict(size=500, window="224"), "odd multiple of 32 from 96 on"),
        (dict(size=500, window=96), "a window of 160 or 224. Received: 96"),
        (dict(size=500, window=288), "a window of 160 or 224. Received: 288"),
        (dict(size=500, pooling="round"), "`pooling` must be"),
        (dict(size=1, pooling="floor"), "window of 7 must fit"),
    ],
)
def test_what_is_impossible_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        fcn_sizes(**settings)
