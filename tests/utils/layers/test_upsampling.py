"""Up-sampling and transposed convolution: by hand, by property, as in TensorFlow."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.layers import (
    convolution_matrix,
    transposed,
    transposed_convolution,
    upsampling,
)

X = np.array([[1, 2], [3, 4]])
RNG = np.random.default_rng(3)

# Size, kernel size, stride, padding: all small ones, gaps (kernel < stride) included.
SWEEP = list(
    itertools.product(
        [(1, 1), (2, 3), (5, 4)], range(1, 6), range(1, 5), ["valid", "same"]
    )
)


def conv2d(image, kernel, stride, padding):
    """TensorFlow's convolution of one channel."""
    return tf.nn.conv2d(
        image[None, ..., None], kernel[..., None, None], stride, padding.upper()
    )[0, ..., 0].numpy()


def test_nearest_neighbour_by_hand():
    np.testing.assert_array_equal(
        upsampling.nearest_neighbour(X),
        [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]],
    )


def test_bed_of_nails_by_hand():
    np.testing.assert_array_equal(
        upsampling.bed_of_nails(X),
        [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]],
    )


def test_max_pooling_and_unpooling_by_hand():
    large = np.array([[0, 1, 2, 0], [0, 0, 1, 1], [1, 3, 0, 2], [2, 0, 1, 4]])
    pooled, positions = upsampling.max_pool(large)
    np.testing.assert_array_equal(pooled, X)
    np.testing.assert_array_equal(positions, [[1, 0], [1, 3]])
    np.testing.assert_array_equal(
        upsampling.max_unpool(pooled, positions),
        [[0, 1, 2, 0], [0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 4]],
    )


def test_of_equal_values_the_first_is_remembered():
    assert upsampling.max_pool([[2, 2], [2, 2]])[1] == 0


def test_negative_values_survive_pooling_and_unpooling():
    pooled, positions = upsampling.max_pool([[-3, -1], [-2, -4]])
    np.testing.assert_array_equal(
        upsampling.max_unpool(pooled, positions), [[0, -1], [0, 0]]
    )


def test_bilinear_by_hand():
    # Centres of four pixels lie at -1/4, 1/4, 3/4 and 5/4 of two.
    rows = np.array([[1, 1.25, 1.75, 2]])
    np.testing.assert_allclose(
        upsampling.bilinear(X), rows + np.array([[0], [0.5], [1.5], [2]])
    )


def test_bilinear_kernels_by_hand():
    np.testing.assert_allclose(upsampling.bilinear_kernel(1), [[1]])
    np.testing.assert_allclose(
        16 * upsampling.bilinear_kernel(2),
        [[1, 3, 3, 1], [3, 9, 9, 3], [3, 9, 9, 3], [1, 3, 3, 1]],
    )
    np.testing.assert_allclose(3 * upsampling.bilinear_kernel(3)[2], [1, 2, 3, 2, 1])


def test_toy_digit_for_digit():
    np.testing.assert_array_equal(
        transposed_convolution(X, [[1]], stride=2, bias=1),
        [[2, 1, 3, 1], [1, 1, 1, 1], [4, 1, 5, 1], [1, 1, 1, 1]],
    )


def test_overlaps_are_added():
    # Stride 2: copies of three pixels share one row and one column.
    np.testing.assert_array_equal(
        transposed_convolution(X, np.ones((3, 3), int), stride=2),
        [
            [1, 1, 3, 2, 2],
            [1, 1, 3, 2, 2],
            [4, 4, 10, 6, 6],
            [3, 3, 7, 4, 4],
            [3, 3, 7, 4, 4],
        ],
    )


def test_same_padding_crops_the_odd_pixel_from_the_end():
    assert transposed.cropped(3, 2) == (0, 1)
    assert transposed.cropped(4, 2) == (1, 1)
    assert transposed.cropped(5, 2) == (1, 2)
    assert transposed.cropped(2, 2) == transposed.cropped(1, 2) == (0, 0)
    assert transposed.cropped(5, 2, "valid") == (0, 0)
    kernel = np.ones((3, 3), int)
    np.testing.assert_array_equal(
        transposed_convolution(X, kernel, 2, "same"),
        transposed_convolution(X, kernel, 2)[:4, :4],
    )


def test_bias_is_added_once_where_copies_overlap():
    kernel = np.ones((2, 2), int)
    without = transposed_convolution(X, kernel)
    np.testing.assert_array_equal(
        transposed_convolution(X, kernel, bias=7), without + 7
    )


@pytest.mark.parametrize(
    "size, kernel_size, stride, valid",
    [
        (2, 3, 1, 4),
        (2, 3, 2, 5),
        (4, 2, 2, 8),
        (2, 1, 2, 4),
        (1, 1, 5, 5),
        (7, 4, 3, 22),
    ],
)
def test_output_sizes_by_hand(size, kernel_size, stride, valid):
    assert transposed.transposed_size(size, kernel_size, stride) == valid
    assert transposed.transposed_size(size, kernel_size, stride, "same") == (
        size * stride
    )


def test_matrix_by_hand():
    # 3×3 image, 2×2 kernel: four windows, each reads four of nine pixels.
    np.testing.assert_array_equal(
        convolution_matrix((3, 3), [[1, 2], [3, 4]]),
        [
            [1, 2, 0, 3, 4, 0, 0, 0, 0],
            [0, 1, 2, 0, 3, 4, 0, 0, 0],
            [0, 0, 0, 1, 2, 0, 3, 4, 0],
            [0, 0, 0, 0, 1, 2, 0, 3, 4],
        ],
    )
    assert convolution_matrix((2, 2), np.ones((3, 3))).shape == (0, 4)


def test_overlap_counts_by_hand():
    np.testing.assert_array_equal(
        transposed.overlap_counts(2, 3, 2)[2], [2, 2, 4, 2, 2]
    )
    np.testing.assert_array_equal(transposed.overlap_counts(3, 2, 2), np.ones((6, 6)))
    np.testing.assert_array_equal(transposed.overlap_counts(2, 1, 2)[0], [1, 0, 1, 0])


@pytest.mark.parametrize(
    "kernel_size, stride", list(itertools.product(range(1, 9), range(1, 5)))
)
def test_counts_are_even_exactly_where_the_stride_divides_the_kernel(
    kernel_size, stride
):
    counts = transposed.overlap_counts(18, kernel_size, stride)
    inside = counts[kernel_size:-kernel_size, kernel_size:-kernel_size]
    assert (np.unique(inside).size == 1) == (kernel_size % stride == 0)


@pytest.mark.parametrize("shape, k, stride, padding", SWEEP)
def test_transposed_convolution_is_keras_layer_and_tensorflow_function(
    shape, k, stride, padding
):
    small = RNG.normal(size=shape).astype("float32")
    kernel = RNG.normal(size=(k, k)).astype("float32")
    ours = transposed_convolution(small, kernel, stride, padding, bias=0.5)
    layer = keras.layers.Conv2DTranspose(1, k, strides=stride, padding=padding)
    layer.build((None, None, None, 1))
    layer.set_weights([kernel[..., None, None], np.array([0.5], "float32")])
    np.testing.assert_allclose(
        ours, layer(small[None, ..., None])[0, ..., 0], atol=1e-5
    )
    sizes = [transposed.transposed_size(n, k, stride, padding) for n in shape]
    theirs = tf.nn.conv2d_transpose(
        small[None, ..., None],
        kernel[..., None, None],
        (1, *sizes, 1),
        stride,
        padding.upper(),
    )
    np.testing.assert_allclose(ours - 0.5, theirs[0, ..., 0], atol=1e-5)


@pytest.mark.parametrize("shape, k, stride, padding", SWEEP)
def test_matrix_is_tensorflow_convolution_and_its_transpose_ours(
    shape, k, stride, padding
):
    small = RNG.normal(size=shape)
    kernel = RNG.normal(size=(k, k))
    sizes = [transposed.transposed_size(n, k, stride, padding) for n in shape]
    matrix = convolution_matrix(sizes, kernel, stride, padding)
    large = RNG.normal(size=sizes)
    np.testing.assert_allclose(
        (matrix @ large.ravel()).reshape(shape), conv2d(large, kernel, stride, padding)
    )
    ours = transposed_convolution(small, kernel, stride, padding)
    np.testing.assert_allclose((matrix.T @ small.ravel()).reshape(sizes), ours)
    # <W x, y> = <x, W' y>: the property that defines the transpose.
    np.testing.assert_allclose(
        np.vdot(matrix @ large.ravel(), small), np.vdot(large, ours)
    )


@pytest.mark.parametrize("shape", [(5, 7), (6, 4), (9, 9)])
@pytest.mark.parametrize("k, stride", [(1, 2), (2, 1), (3, 2), (3, 3), (4, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_matrix_is_right_where_windows_do_not_fill_the_image(shape, k, stride, padding):
    image, kernel = RNG.normal(size=shape), RNG.normal(size=(k, k))
    theirs = conv2d(image, kernel, stride, padding)
    matrix = convolution_matrix(shape, kernel, stride, padding)
    np.testing.assert_allclose(matrix @ image.ravel(), theirs.ravel())


def test_backward_pass_of_a_convolution_is_a_transposed_convolution():
    image = tf.constant(RNG.normal(size=(1, 7, 7, 1)))
    kernel, small = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps = tf.nn.conv2d(image, kernel[..., None, None], 2, "VALID")
        total = tf.reduce_sum(maps * small[None, ..., None])
    np.testing.assert_allclose(
        tape.gradient(total, image)[0, ..., 0], transposed_convolution(small, kernel, 2)
    )


def test_rectangular_kernels():
    kernel = RNG.normal(size=(2, 5))
    ours = transposed_convolution(X, kernel, 3, "same")
    matrix = convolution_matrix((6, 6), kernel, 3, "same")
    np.testing.assert_allclose(ours.ravel(), matrix.T @ X.ravel())


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 2), (5, 7)])
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_resizing_agrees_with_keras(shape, factor):
    image = RNG.normal(size=shape).astype("float32")
    for name, function in (
        ("nearest", upsampling.nearest_neighbour),
        ("bilinear", upsampling.bilinear),
    ):
        layer = keras.layers.UpSampling2D(factor, interpolation=name)
        theirs = layer(image[None, ..., None])[0, ..., 0]
        np.testing.assert_allclose(function(image, factor), theirs, atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 4), (5, 7), (2, 3)])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_max_pooling_agrees_with_tensorflow(shape, size):
    image = RNG.integers(0, 4, size=shape).astype("float32")  # with ties
    pooled, positions = upsampling.max_pool(image, size)
    theirs, flat = tf.nn.max_pool_with_argmax(
        image[None, ..., None], size, size, "VALID"
    )
    np.testing.assert_array_equal(pooled, theirs[0, ..., 0])
    rows, columns = np.indices(pooled.shape) * size
    ours = (rows + positions // size) * shape[1] + columns + positions % size
    np.testing.assert_array_equal(ours, flat[0, ..., 0])


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5])
def test_all_four_are_transposed_convolutions_with_a_fixed_kernel(factor):
    image = RNG.normal(size=(4, 5))
    ones, one = np.ones((factor, factor)), np.ones((1, 1))
    np.testing.assert_allclose(
        upsampling.nearest_neighbour(image, factor),
        transposed_convolution(image, ones, factor),
    )
    np.testing.assert_allclose(
        upsampling.bed_of_nails(image, factor),
        transposed_convolution(image, one, factor),
    )
    kernel = upsampling.bilinear_kernel(factor)
    edge = factor  # beyond the outermost centres the copies thin out
    np.testing.assert_allclose(
        upsampling.bilinear(image, factor)[edge:-edge, edge:-edge],
        transposed_convolution(image, kernel, factor, "same")[edge:-edge, edge:-edge],
    )
    # With the edge repeated beyond the map, they agree everywhere.
    wider = transposed_convolution(np.pad(image, 1, "edge"), kernel, factor, "same")
    np.testing.assert_allclose(
        upsampling.bilinear(image, factor), wider[factor:-factor, factor:-factor]
    )


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5])
def test_round_trips(factor):
    image = RNG.normal(size=(3, 4))
    for larger in (
        upsampling.nearest_neighbour(image, factor),
        upsampling.bed_of_nails(image, factor),
    ):
        np.testing.assert_array_equal(larger[::factor, ::factor], image)
    places = RNG.integers(0, factor**2, size=image.shape)
    unpooled = upsampling.max_unpool(image**2, places, factor)
    pooled, found = upsampling.max_pool(unpooled, factor)
    np.testing.assert_array_equal(pooled, image**2)
    np.testing.assert_array_equal(found, places)
    np.testing.assert_allclose(upsampling.bilinear(np.full((2, 3), 7), factor), 7)


def test_lists_and_empty_maps():
    assert upsampling.nearest_neighbour(np.zeros((0, 3))).shape == (0, 6)
    assert upsampling.bed_of_nails(np.zeros((0, 3))).shape == (0, 6)
    assert upsampling.max_pool(np.zeros((1, 5)))[0].shape == (0, 2)
    with pytest.raises(ValueError, match=r"must have a pixel.*\(0, 3\)"):
        upsampling.bilinear(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="`size` must be.*Received: 0"):
        transposed_convolution(np.zeros((0, 3)), [[1]])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: upsampling.nearest_neighbour([1, 2]), r"\(height, width\).*\(2,\)"),
        (lambda: upsampling.bed_of_nails(X, 0), "`factor` must be.*Received: 0"),
        (lambda: upsampling.bilinear(X, 1.5), "`factor` must be.*Received: 1.5"),
        (lambda: upsampling.bilinear_kernel(0), "`factor` must be.*Received: 0"),
        (lambda: upsampling.bilinear_tent(-1), "`kernel_size` must be.*Received: -1"),
        (lambda: upsampling.max_pool(X, 0), "`size` must be.*Received: 0"),
        (lambda: upsampling.max_unpool(X, X[:1]), r"same shape.*\(1, 2\)"),
        (lambda: upsampling.max_unpool(X, X), r"0 to 3.*Received: \[1, 2, 3, 4\]"),
        (lambda: upsampling.max_unpool(X, X / 2), r"must be integers.*0.5"),
        (lambda: transposed_convolution(X, [1]), r"\(height, width\).*\(1,\)"),
        (lambda: transposed_convolution(X, X, 0), "`stride` must be.*Received: 0"),
        (
            lambda: transposed_convolution(X, X, 1, "full"),
            "`padding` must be.*Received: 'full'",
        ),
        (lambda: transposed.cropped(3, 2, "SAME"), "`padding` must be.*'SAME'"),
        (lambda: convolution_matrix((0, 3), X), "`height` must be.*Received: 0"),
        (lambda: convolution_matrix((3, 3), X, 1, ""), "`padding` must be.*''"),
        (lambda: transposed.transposed_size(0, 1, 1), "`size` must be.*Received: 0"),
        (lambda: transposed.overlap_counts(2, 0, 1), "`kernel_size` must be.*: 0"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
