"""Shape arithmetic: by hand, against Keras on random chains, against the paper."""

import random
from fractions import Fraction

import keras
import numpy as np
import pytest
from keras import layers

from agreement import agree
from utils.layers import shapes
from utils.models import (
    nearest_valid_sizes,
    output_margin,
    skip_crops,
    unet_table,
    valid_input_sizes,
)
from utils.models.unets import check_input_size, input_margins

# Ronneberger, Fischer and Brox (2015), figure 1: sizes along the U, (size, channels).
PUBLISHED = (
    (572, 1), (570, 64), (568, 64),
    (284, 64), (282, 128), (280, 128),
    (140, 128), (138, 256), (136, 256),
    (68, 256), (66, 512), (64, 512),
    (32, 512), (30, 1024), (28, 1024),
    (56, 1024), (54, 512), (52, 512),
    (104, 512), (102, 256), (100, 256),
    (200, 256), (198, 128), (196, 128),
    (392, 128), (390, 64), (388, 64), (388, 2),
)  # fmt: skip


def test_a_window_of_three_has_four_places_on_six_pixels():
    x = shapes.convolution(shapes.image(6, channels=1), filters=2)
    assert x.shape == (4, 4, 2)
    assert x.parameters == 3 * 3 * 1 * 2 + 2
    assert x.macs == 4 * 4 * 3 * 3 * 1 * 2
    assert (x.receptive_field, x.jump, x.sees(0, 3)) == (3, 1, (3, 0, 6, 3))


def test_pooling_doubles_the_jump_and_up_convolution_halves_it():
    x = shapes.pooling(shapes.image(9))
    assert (x.shape, x.jump, x.receptive_field) == ((4, 4, 3), 2, 2)
    x = shapes.up_convolution(x, filters=5)
    assert (x.shape, x.jump, x.receptive_field) == ((8, 8, 5), 1, 2)
    assert x.sees(5, 5) == (4, 4, 6, 6)
    x = shapes.up_convolution(x, filters=5, kernel_size=3)
    assert (x.shape, x.jump) == ((17, 17, 5), Fraction(1, 2))


def test_the_table_of_the_paper():
    table = unet_table(572)
    drawn = [
        (x.shape[0], x.shape[2])
        for x in table.values()
        if not x.name.endswith(("_up", "_crop"))
    ]
    assert tuple(drawn) == PUBLISHED
    assert table.parameters == 31_030_658
    assert skip_crops() == [88, 40, 16, 4]
    assert output_margin() == 572 - 388


def test_crops_are_the_differences_of_the_paper():
    pairs = [(568, 392), (280, 200), (136, 104), (64, 56)]
    assert skip_crops() == [(skip - up) // 2 for skip, up in pairs]


@pytest.mark.parametrize("depth", range(1, 6))
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5])
def test_crops_and_margin_are_those_of_the_table(depth, kernel_size):
    size = valid_input_sizes(depth, kernel_size, "valid", 10_000)[1]
    table = unet_table(size, filters=1, depth=depth, kernel_size=kernel_size)
    crops = skip_crops(depth, kernel_size)
    for level in range(depth):
        skip = table[f"encoder_{level}_conv_2"].shape[0]
        assert skip - 2 * crops[level] == table[f"decoder_{level}_up"].shape[0]
    assert size - table.output.shape[0] == output_margin(depth, kernel_size)
    assert skip_crops(depth, kernel_size, "same") == [0] * depth


def random_chain(rng):
    """Returns a table, and a Keras model of the same layers."""
    size = rng.randint(12, 40), rng.randint(12, 40)
    x = shapes.image(size, rng.randint(1, 3))
    y = inputs = keras.Input(x.shape, name=x.name)
    maps, model_maps = [x], [y]
    for number in range(rng.randint(2, 6)):
        name, filters = f"layer_{number}", rng.randint(1, 4)
        padding = rng.choice(["valid", "same"])
        kernel_size, strides = rng.randint(1, 5), rng.randint(1, 3)
        sizes = dict(kernel_size=kernel_size, strides=strides, padding=padding)
        kind = rng.choice(["convolution", "pooling", "up", "crop", "join", "add"])
        if min(x.shape[:2]) < 6 or max(x.shape[:2]) > 200:
            kind = "join"
        if kind == "convolution":
            x = shapes.convolution(x, filters, name=name, **sizes)
            y = layers.Conv2D(filters, name=name, **sizes)(y)
        elif kind == "pooling":
            x = shapes.pooling(x, strides + 1, name=name)
            y = layers.MaxPooling2D(strides + 1, name=name)(y)
        elif kind == "up":
            x = shapes.up_convolution(x, filters, name=name, **sizes)
            y = layers.Conv2DTranspose(filters, name=name, **sizes)(y)
        elif kind == "crop":
            edges = (rng.randint(0, 2), 1), (0, rng.randint(0, 2))
            x = shapes.crop(x, *edges, name=name)
            y = layers.Cropping2D(edges, name=name)(y)
        else:
            other = shapes.convolution(
                x, x.channels, padding="same", name=f"side_{name}"
            )
            branch = layers.Conv2D(x.channels, 3, padding="same", name=other.name)(y)
            maps.append(other)
            model_maps.append(branch)
            axis = rng.choice([-1, 1, 2, 3])
            if kind == "add":
                x = shapes.add(x, other, name=name)
                y = layers.Add(name=name)([y, branch])
            else:
                x = shapes.concatenate(x, other, axis, name=name)
                y = layers.Concatenate(axis, name=name)([y, branch])
        maps.append(x)
        model_maps.append(y)
    return shapes.ShapeTable(maps), keras.Model(inputs, model_maps)


@pytest.mark.parametrize("seed", range(20))
def test_random_chains_agree_with_keras(seed):
    rng = random.Random(seed)
    for _ in range(10):
        agree(*random_chain(rng))


SEES = [
    ("valid", 3, 2, 60, "concatenate"),
    ("valid", 2, 3, 54, "concatenate"),
    ("valid", 4, 1, 34, "concatenate"),
    ("same", 3, 2, 48, "concatenate"),
    ("same", 2, 3, 56, "none"),
    ("same", 5, 1, 30, "add"),
]


@pytest.mark.parametrize("padding, kernel_size, depth, size, skips", SEES)
def test_what_a_position_sees_is_what_changes_it(
    padding, kernel_size, depth, size, skips
):
    from utils.models import unet

    settings = dict(
        depth=depth, kernel_size=kernel_size, padding=padding, skips=skips, filters=1
    )
    model = unet(1, (size, size), **settings)
    for variable in model.trainable_variables:
        scale = 0 if "bias" in variable.path else 1 / np.prod(variable.shape[:3])
        variable.assign(np.full(variable.shape, scale))
    # Image p is zero but for its column p: an output column that is not zero sees it.
    images = np.eye(size, dtype="float32")[:, None, :, None].repeat(size, axis=1)
    middle = model.output_shape[1] // 2
    lit = np.asarray(model(images))[:, middle, :, 0] > 0
    output = unet_table(size, 1, **settings).output
    for column in range(output.shape[1]):
        left, _, right, _ = output.sees(middle, column)
        seen = np.flatnonzero(lit[:, column])
        assert (seen[0], seen[-1] + 1) == (max(left, 0), min(right, size))


def test_kernel_smaller_than_stride_leaves_positions_that_see_nothing():
    x = shapes.up_convolution(shapes.image(4), 1, kernel_size=1, strides=2)
    assert [stop - start for start, stop in map(x.rows.sees, range(4))] == [1, 0, 1, 0]
    assert x.receptive_field == 1


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("depth", range(1, 6))
def test_every_size_is_valid_or_the_error_names_sizes_that_are(depth, padding):
    settings = dict(depth=depth, padding=padding)
    valid = set(valid_input_sizes(largest=2000, **settings))
    margin = output_margin(**settings)
    for size in range(1, 701):
        nearest = nearest_valid_sizes(size, **settings)
        if size in valid:
            check_input_size(size, **settings)
            assert nearest == (size,)
            continue
        with pytest.raises(ValueError) as error:
            check_input_size(size, **settings)
        text = str(error.value)
        assert f"the height {size} breaks at level " in text
        assert f"sizes that work are {nearest[0]} and {nearest[1]}." in text
        assert valid >= set(nearest)
        closer = [
            n for n in valid if abs(n - size) < min(abs(m - size) for m in nearest)
        ]
        assert closer == []
    for size in sorted(valid)[:20]:
        output = unet_table(size, filters=1, **settings).output
        assert output.shape == (size - margin, size - margin, 2)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5, 7])
def test_the_solution_is_what_walking_the_u_finds(kernel_size):
    for padding in ("valid", "same"):
        for depth in range(1, 6):
            settings = depth, kernel_size, padding
            found = []
            for size in range(1, 701):
                try:
                    check_input_size(size, *settings)
                except ValueError:
                    continue
                found.append(size)
            assert found == list(valid_input_sizes(*settings, largest=700))


def test_an_error_says_at_which_level_and_why():
    with pytest.raises(ValueError, match="width 570 breaks at level 1: 279 pixels can"):
        check_input_size((572, 570))
    with pytest.raises(ValueError, match="level 2: 2 convolutions cut 4 .* up only 4 "):
        check_input_size(172)
    with pytest.raises(ValueError, match="level 0: .* on the way down only 4 are left"):
        check_input_size(4)
    with pytest.raises(ValueError, match="level 1: .* at the bottom only 4 are left"):
        check_input_size(12, depth=1)


def test_padding_fills_up_to_the_next_valid_size():
    assert input_margins(100, padding="same") == ((6, 6), (6, 6))
    assert input_margins((572, 573)) == ((0, 0), (7, 8))
    with pytest.raises(ValueError, match="exceed 184 pixels.*Received: .*184"):
        input_margins((400, 184))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: shapes.image(0), "positive integer or a pair.*Received: 0"),
        (lambda: shapes.image((4, 4, 3)), "positive integer or a pair"),
        (lambda: shapes.image(4.5), "positive integer or a pair"),
        (lambda: shapes.convolution(shapes.image(2), 1), "window of 3 must fit"),
        (lambda: shapes.convolution(shapes.image(2), 1, padding="full"), "`padding`"),
        (
            lambda: shapes.convolution(shapes.image(2), 1, 0),
            "`kernel_size` must be a positive integer",
        ),
        (lambda: shapes.pooling(shapes.image(2), 3), "window of 3 must fit"),
        (lambda: shapes.crop(shapes.image(4), (2, 2), (0, 0)), "leave at least one"),
        (
            lambda: shapes.concatenate(shapes.image(4), shapes.image(5)),
            r"along the axes \[1, 2\].*Received: \(4, 4, 3\) and \(5, 5, 3\)",
        ),
        (lambda: shapes.concatenate(shapes.image(4), shapes.image(4), 0), "`axis`"),
        (lambda: shapes.add(shapes.image(4), shapes.image(4, 1)), "same shape along"),
        (
            lambda: shapes.add(shapes.image(4), shapes.pooling(shapes.image(8))),
            "same jump. Received: 1 and 2",
        ),
        (lambda: valid_input_sizes(depth=0), "`depth` must be a positive"),
        (lambda: skip_crops(kernel_size=2.5), "`kernel_size` must be a positive"),
        (lambda: output_margin(padding="full"), "`padding` must be"),
        (lambda: unet_table(572, skips="sum"), "`skips` must be one of"),
    ],
)
def test_what_is_impossible_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
