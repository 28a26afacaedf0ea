"""The U-Net: the paper's numbers, every size, every option, saved and reloaded."""

import random

import keras
import numpy as np
import pytest

from agreement import agree
from utils import models
from utils.masks import overlap_tiles
from utils.models import (
    nearest_valid_sizes,
    output_margin,
    unet,
    unet_table,
    valid_input_sizes,
)
from utils.models.unets import check_input_size


@pytest.fixture(scope="module")
def paper():
    return unet()


def test_the_network_of_the_paper(paper):
    assert paper.input_shape == (None, 572, 572, 1)
    assert paper.output_shape == (None, 388, 388, 2)
    assert paper.count_params() == 31_030_658
    agree(unet_table(572), paper)
    assert models.unet is unet


def test_joining_the_upper_skips_along_rows_builds_another_network(paper):
    """What a widely copied listing does; its output has 1180 rows and 388 columns."""

    def copy(layer):
        settings = layer.get_config()
        if layer.name in ("decoder_0_join", "decoder_1_join"):
            settings["axis"] = 1
        return type(layer).from_config(settings)

    copied = keras.models.clone_model(paper, clone_function=copy)
    assert copied.output_shape == (None, 1180, 388, 2)
    assert copied.count_params() == 30_846_338


@pytest.mark.parametrize("seed", range(10))
def test_tables_agree_with_keras(seed):
    rng = random.Random(seed)
    for _ in range(6):
        settings = dict(
            depth=rng.randint(1, 4),
            kernel_size=rng.randint(1, 5),
            padding=rng.choice(["valid", "same"]),
        )
        pad_input = rng.random() < 0.4
        sizes = valid_input_sizes(**settings, largest=2000)
        image_size = [rng.choice(sizes[:4]) for _ in range(2)]
        if pad_input:
            image_size = [size + rng.randint(0, 9) for size in image_size]
        settings |= dict(
            num_classes=rng.randint(1, 3),
            channels=rng.randint(1, 3),
            filters=rng.randint(1, 3),
            skips=rng.choice(["concatenate", "add", "none"]),
            batch_norm=rng.random() < 0.3,
            pad_input=pad_input,
        )
        model = unet(image_size=tuple(image_size), **settings)
        agree(unet_table(tuple(image_size), **settings), model)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("depth", range(1, 6))
def test_sizes_build_or_name_sizes_that_do(depth, padding):
    settings = dict(depth=depth, padding=padding, filters=1)
    valid = valid_input_sizes(depth, 3, padding, 700)
    rng = random.Random(depth)
    sizes = {valid[0] - 1, valid[0], valid[0] + 1, valid[-1], rng.randint(1, 700)}
    for size in sorted(sizes):
        try:
            model = unet(image_size=(size, size), **settings)
        except ValueError as error:
            with pytest.raises(ValueError) as same:
                check_input_size((size, size), depth, 3, padding)
            assert str(error) == str(same.value)
            nearest = nearest_valid_sizes(size, depth, 3, padding)
            assert str(nearest[0]) in str(error) and str(nearest[1]) in str(error)
            assert all(
                near in valid_input_sizes(depth, 3, padding, 900) for near in nearest
            )
        else:
            assert size in valid
            assert model.output_shape[1:] == unet_table(size, **settings).output.shape


def test_any_size_fits_if_padding_is_allowed():
    images = np.random.default_rng(2).random((2, 37, 50, 3), dtype="float32")
    model = unet(4, (37, 50), 3, filters=2, depth=3, padding="same", pad_input=True)
    assert model(images).shape == (2, 37, 50, 4)
    model = unet(4, (37, 50), 3, filters=2, depth=1, pad_input=True)
    assert model(images).shape == (2, 37 - 16, 50 - 16, 4)


def test_what_is_padded_stays_in_place():
    keras.utils.set_random_seed(2)
    inside = unet(1, (37, 50), filters=2, depth=1, pad_input=True)
    whole = unet(1, (38, 50), filters=2, depth=1)
    whole.set_weights(inside.get_weights())
    image = np.random.default_rng(2).random((1, 37, 50, 1), dtype="float32")
    padded = np.pad(image, [(0, 0), (0, 1), (0, 0), (0, 0)])
    np.testing.assert_allclose(inside(image), whole(padded)[:, :-1], atol=1e-6)


@pytest.mark.parametrize("padding, batch_norm", [("valid", False), ("same", True)])
def test_saved_and_reloaded_it_is_the_same(tmp_path, padding, batch_norm):
    settings = dict(padding=padding, batch_norm=batch_norm, pad_input=True)
    model = unet(3, (50, 45), 3, filters=2, depth=2, dropout=0.5, **settings)
    model.save(tmp_path / "unet.keras")
    reloaded = keras.models.load_model(tmp_path / "unet.keras")
    images = np.random.default_rng(2).random((1, 50, 45, 3), dtype="float32")
    np.testing.assert_array_equal(reloaded(images), model(images))


def test_two_models_share_nothing():
    first, second = (unet(filters=1, depth=1, image_size=(20, 20)) for _ in range(2))
    assert not {id(v) for v in first.variables} & {id(v) for v in second.variables}


def test_padded_from_three_channels_to_one_it_is_the_wide_network_of_lesson_seven():
    table = unet_table(64, num_classes=1, channels=3, padding="same")
    model = unet(1, (64, 64), channels=3, padding="same")
    agree(table, model)
    assert model.output_shape == (None, 64, 64, 1)
    widths = [table[f"encoder_{k}_conv_2"].shape[-1] for k in range(4)]
    assert [*widths, table["bottleneck_conv_2"].shape[-1]] == [64, 128, 256, 512, 1024]
    assert model.count_params() == 31_030_658 + 2 * 9 * 64 - (64 + 1)


def squares(count, side=32, size=64, seed=2):
    """Noisy pictures of one bright square each, and its mask."""
    rng = np.random.default_rng(seed)
    masks = np.zeros((count, size, size), np.uint8)
    for mask, (top, left) in zip(
        masks, rng.integers(0, size - side, (count, 2)), strict=True
    ):
        mask[top : top + side, left : left + side] = 1
    images = 0.5 * masks[..., None] + 0.5 * rng.random((count, size, size, 1))
    return images.astype(np.float32), masks


def test_the_unpadded_network_trains_on_overlapping_tiles():
    """Mirrored input, and of the mask the part that the logits cover: the loss falls.

    The mask's upper left corner has the right shape, too. It does not fit the answers.
    """
    images, masks = squares(8)
    margin = output_margin(depth=2)
    inputs, covered = overlap_tiles(images, masks, tile=32, margin=margin)
    surroundings, _ = overlap_tiles(masks[..., None], masks, tile=32, margin=margin)
    corners = surroundings[:, :32, :32]
    keras.utils.set_random_seed(2)
    model = unet(1, (72, 72), filters=4, depth=2)
    assert model.output_shape == (None, *corners.shape[1:])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    history = model.fit(inputs, covered[..., None], 8, epochs=10, verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < losses[0] / 2
    logits = model.predict_on_batch(inputs)
    assert loss(covered[..., None], logits) < loss(corners, logits) / 2


def test_added_skips_need_fewer_parameters_than_concatenated_ones():
    counts = {
        skips: unet_table(128, filters=8, depth=3, padding="same", skips=skips)
        for skips in ("concatenate", "add", "none")
    }
    assert counts["add"].parameters == counts["none"].parameters
    difference = counts["concatenate"].parameters - counts["add"].parameters
    assert difference == sum(9 * width * width for width in (8, 16, 32))


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(image_size=(570, 572)), "height 570 breaks at level 1"),
        (dict(image_size=(100, 100), pad_input=True), "must exceed 184"),
        (dict(num_classes=0), "`num_classes` must be a positive"),
        (dict(channels=None), "`channels` must be a positive"),
        (dict(filters=1.5), "`filters` must be a positive"),
        (dict(depth=0), "`depth` must be a positive"),
        (dict(padding="full"), "`padding` must be"),
        (dict(skips="sum"), "`skips` must be one of"),
        (dict(image_size=(572, -4)), "positive integer or a pair"),
    ],
)
def test_what_is_impossible_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        unet(**settings)
