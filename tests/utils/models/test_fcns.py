"""FCNs: sizes of every map, masks that lie on the picture, weights handed on."""

import math
from fractions import Fraction

import keras
import numpy as np
import pytest
from keras import layers

from utils import models
from utils.models import (
    MEAN_COLOUR,
    crop_offsets,
    fcn,
    fcn_sizes,
    fcns,
    transplant,
    vgg16,
)
from utils.models.fcns import PADDINGS, STRIDES, CropTo, Place

TINY = {"width": 1 / 64, "window": 160}
BOTH = pytest.mark.parametrize("padding", PADDINGS)
EACH = pytest.mark.parametrize("stride", STRIDES)


@BOTH
@EACH
def test_logits_have_the_size_of_any_picture(stride, padding):
    model = fcn(3, stride, padding=padding, **TINY)
    assert model.output_shape == (None, None, None, 3)
    for size in ((1, 33), (40, 64), (57, 131)):
        assert model(np.zeros((2, *size, 3))).shape == (2, *size, 3)


@BOTH
@pytest.mark.parametrize("window", [160, 224])
def test_every_map_has_the_size_of_the_table(padding, window):
    for size in ((64, 101), (313, 250)):
        settings = {"width": 1 / 64, "window": window, "padding": padding}
        model = fcn(2, 8, **settings, image_size=size)
        assert model.output_shape == (None, *size, 2)
        tables = [fcn_sizes(n, 8, padding, window) for n in size]
        for name in list(tables[0])[2:-1]:  # from pool1 to the last enlarged map
            shape = model.get_layer(name).output.shape[1:3]
            assert shape == tuple(table[name].size for table in tables), name


@BOTH
@EACH
@pytest.mark.parametrize("size", [(130, 145), (151, 160)])
def test_the_mask_lies_on_the_picture(stride, padding, size):
    """Each convolution hands on its middle pixel, so that only pooling, crops and
    tents are left. The largest pixel of a block in an even slope lies (s - 1) / 2
    pixels from its middle along each axis, and a tent continues the slope."""
    model = fcn(1, stride, padding=padding, width=1 / 64)
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D) and layer.trainable:
            kernel = np.zeros(layer.kernel.shape)
            kernel[kernel.shape[0] // 2, kernel.shape[1] // 2, 0, 0] = 1
            layer.set_weights([kernel, *layer.get_weights()[1:]])
    rows, columns = np.indices(size)
    slope = (1 + rows + 2 * columns) / 1000
    image = slope[..., None] + np.array(MEAN_COLOUR) / 255
    logits = np.asarray(model(image[None].astype("float32")))[0, ..., 0]
    scored = [s for s in STRIDES if s >= stride]
    expected = sum(slope + 3 * (s - 1) / 2 / 1000 for s in scored)
    inner = slice(64, -64)  # what the edges do not reach
    np.testing.assert_allclose(logits[inner, inner], expected[inner, inner], atol=1e-5)


@EACH
def test_it_starts_without_an_opinion(stride):
    model = fcn(3, stride, **TINY)
    assert not np.any(model(np.random.default_rng(4).random((1, 64, 64, 3))))


def test_each_network_is_filled_from_the_coarser():
    fcn_32s, fcn_16s, fcn_8s = (fcn(3, stride, **TINY) for stride in STRIDES)
    received = transplant(fcn_32s, vgg16(3, **TINY))
    assert received[-2:] == ["fc6", "fc7"] and len(received) == 15
    for finer, coarser, new in (
        (fcn_16s, fcn_32s, {"score_pool4"}),
        (fcn_8s, fcn_16s, {"score_pool3"}),
    ):
        received = set(transplant(finer, coarser))
        learning = {x.name for x in finer.layers if x.trainable_weights}
        assert learning - received == new


def test_tents_learn_only_if_asked():
    kept, learned = (
        fcn(3, 8, upsampling=upsampling, **TINY) for upsampling in fcns.UPSAMPLING
    )
    names = ["upscore2", "upscore_pool4", "upscore8"]
    for name in names:
        assert not kept.get_layer(name).trainable_weights
        assert learned.get_layer(name).trainable_weights
        np.testing.assert_array_equal(
            kept.get_layer(name).kernel, learned.get_layer(name).kernel
        )
    sizes = [kept.get_layer(name).kernel.shape[0] for name in names]
    assert sizes == [4, 4, 16]


def test_scores_have_no_relu():
    model = fcn(3, 8, **TINY)
    for name in ("score_fr", "score_pool4", "score_pool3"):
        assert model.get_layer(name).activation is keras.activations.linear


def test_the_paper_counts_134_million_parameters():
    """fc6 and fc7 as in VGG-16; 21 classes on 4096, 512 and 256 channels."""
    convolutions, fc6, fc7 = 14_714_688, 25_088 * 4096 + 4096, 4096 * 4096 + 4096
    heads = (4096 + 1) * 21, (512 + 1) * 21, (256 + 1) * 21
    assert round((convolutions + fc6 + fc7 + sum(heads)) / 1e6) == 134
    # The same at a sixteenth of the width, counted by Keras.
    model = fcn(21, 8, width=1 / 16)
    classifier = vgg16(21, width=1 / 16)
    own = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert own == classifier.count_params() + (32 + 1) * 21 + (16 + 1) * 21


def test_pretrained_weights_reach_the_convolutions(monkeypatch):
    source = vgg16(width=1 / 64)
    monkeypatch.setattr(fcns, "vgg16", lambda weights: source)
    monkeypatch.setattr(fcns, "check_vgg", lambda *_: None)
    model = fcn(3, 16, width=1 / 64, weights="imagenet")
    kernel = np.asarray(source.get_layer("fc6").kernel)
    moved = np.asarray(model.get_layer("fc6").kernel)
    np.testing.assert_array_equal(moved.reshape(kernel.shape), kernel)


@BOTH
def test_saved_and_reloaded_it_is_the_same(tmp_path, padding):
    model = fcn(2, 8, padding=padding, batch_norm=True, **TINY)
    for name in ("score_fr", "score_pool3"):
        layer = model.get_layer(name)
        layer.set_weights([layer.kernel + 1, layer.bias])
    model.save(tmp_path / "fcn.keras")
    reloaded = keras.models.load_model(tmp_path / "fcn.keras")
    images = np.random.default_rng(4).random((1, 45, 70, 3), dtype="float32")
    np.testing.assert_array_equal(reloaded(images), model(images))


def test_two_models_share_nothing():
    first, second = (fcn(2, 8, **TINY) for _ in range(2))
    assert not {id(v) for v in first.variables} & {id(v) for v in second.variables}
    assert models.fcn is fcn


def test_a_crop_starts_at_its_offset():
    feature_map = np.arange(20).reshape(1, 4, 5, 1)
    cropped = CropTo(offset=1)([feature_map, np.zeros((1, 2, 3, 7))])
    assert np.asarray(cropped)[0, ..., 0].tolist() == [[6, 7, 8], [11, 12, 13]]
    with pytest.raises(ValueError, match="reach as far.*4 positions"):
        CropTo(offset=1)([keras.Input((4, 4, 1)), keras.Input((4, 4, 1))])
    with pytest.raises(ValueError, match="`offset` must be an integer from 0"):
        CropTo(offset=-1)


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(num_classes=0), "`num_classes` must be a positive"),
        (dict(stride=4), "`stride` must be one of"),
        (dict(padding="valid"), "`padding` must be one of"),
        (dict(upsampling="nearest"), "`upsampling` must be one of"),
        (dict(window=64), "odd multiple of 32"),
        (dict(window=96, padding="pad-100"), "a window of 160 or 224"),
        (dict(width=-1), "`width` must be a positive number"),
        (dict(width=0.5, weights="imagenet"), "must go with window=224"),
    ],
)
def test_what_is_impossible_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        fcn(**{"num_classes": 2, **settings})


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
def test_what_is_impossible_is_refused_in_fcn_sizes(settings, message):
    with pytest.raises(ValueError, match=message):
        fcn_sizes(**settings)
