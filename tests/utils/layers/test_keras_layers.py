"""Layers: by hand, any size and type, gradients, saving, as Keras and TensorFlow."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.layers import (
    BilinearKernel,
    MaxPoolingWithPositions,
    MaxUnpooling,
    upsampling,
)

RNG = np.random.default_rng(3)
# Two windows: 5 stands top right (position 1), 9 bottom left (position 2).
FEATURE_MAP = np.array([[0.0, 5.0, 1.0, 1.0], [2.0, 3.0, 9.0, 1.0]])[None, ..., None]


def segnet(size=(None, None), pool_size=2):
    """One pooling with positions, one unpooling back to the size of the input."""
    images = keras.Input((*size, 3))
    values, positions = MaxPoolingWithPositions(pool_size)(images)
    unpooled = MaxUnpooling(pool_size)([values, positions, images])
    return keras.Model(images, unpooled)


def test_pooling_and_unpooling_by_hand():
    values, positions = MaxPoolingWithPositions()(FEATURE_MAP)
    np.testing.assert_array_equal(values[0, ..., 0], [[5, 9]])
    np.testing.assert_array_equal(positions[0, ..., 0], [[1, 2]])
    unpooled = MaxUnpooling()([values, positions])
    np.testing.assert_array_equal(unpooled[0, ..., 0], [[0, 5, 0, 0], [0, 0, 9, 0]])


@pytest.mark.parametrize("shape", [(1, 4, 4, 1), (2, 7, 5, 3), (3, 6, 9, 2)])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pooling_agrees_with_tensorflow_and_numpy(shape, size):
    images = RNG.normal(size=shape).astype("float32")
    values, positions = MaxPoolingWithPositions(size)(images)
    theirs, flat = tf.nn.max_pool_with_argmax(images, size, size, "VALID")
    np.testing.assert_array_equal(values, theirs)
    np.testing.assert_array_equal(values, keras.layers.MaxPooling2D(size)(images))
    # TensorFlow counts (row · W + column) · C + channel over the whole map.
    rows, columns = np.indices(positions.shape[1:3])[..., None] * size
    rows = rows + positions.numpy() // size
    columns = columns + positions.numpy() % size
    counted = (rows * shape[2] + columns) * shape[3] + np.arange(shape[3])
    np.testing.assert_array_equal(counted, flat)
    for n, channel in np.ndindex(shape[0], shape[3]):
        pooled, places = upsampling.max_pool(images[n, ..., channel], size)
        np.testing.assert_array_equal(values[n, ..., channel], pooled)
        np.testing.assert_array_equal(positions[n, ..., channel], places)
        np.testing.assert_array_equal(
            MaxUnpooling(size)([values, positions])[n, ..., channel],
            upsampling.max_unpool(pooled, places, size),
        )


def test_unpooling_brings_back_the_size_of_the_input():
    images = RNG.uniform(1, 2, size=(2, 7, 5, 3)).astype("float32")
    unpooled = segnet()(images).numpy()
    assert unpooled.shape == images.shape
    kept = unpooled != 0
    np.testing.assert_array_equal(unpooled[kept], images[kept])
    assert kept.sum() == 2 * 3 * 2 * 3  # one value for each of 3·2 windows
    assert not kept[:, 6].any() and not kept[:, :, 4].any()


def test_pooling_again_finds_the_same_values():
    images = RNG.uniform(1, 2, size=(1, 6, 6, 2)).astype("float32")
    pair = MaxPoolingWithPositions(3)(images)
    again = MaxPoolingWithPositions(3)(MaxUnpooling(3)(pair))
    np.testing.assert_array_equal(again[0], pair[0])
    np.testing.assert_array_equal(again[1], pair[1])


def test_gradient_reaches_the_remembered_pixel_only():
    images = tf.constant(FEATURE_MAP)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(MaxUnpooling()(MaxPoolingWithPositions()(images)))
    np.testing.assert_array_equal(
        tape.gradient(total, images)[0, ..., 0], [[0, 1, 0, 0], [0, 0, 1, 0]]
    )


def test_one_model_takes_batches_and_sizes_of_all_kinds_in_graph_mode():
    model = segnet()
    assert model.output_shape[0] is None and model.output_shape[3] == 3
    signature = [tf.TensorSpec((None, None, None, 3), tf.float32)]
    graph = tf.function(model, input_signature=signature)
    for shape in [(1, 4, 4, 3), (3, 5, 9, 3), (2, 1, 1, 3), (0, 4, 4, 3)]:
        images = tf.random.stateless_uniform(shape, (1, 2))
        assert graph(images).shape == shape
        np.testing.assert_array_equal(graph(images), model(images))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "mixed_float16"])
def test_layers_keep_their_dtype(dtype):
    policy = keras.dtype_policies.DTypePolicy(dtype)
    values, positions = MaxPoolingWithPositions(dtype=policy)(FEATURE_MAP)
    assert values.dtype == policy.compute_dtype and positions.dtype == "int32"
    unpooled = MaxUnpooling(dtype=policy)([values, positions])
    assert unpooled.dtype == policy.compute_dtype


def test_known_sizes_stay_known():
    images = keras.Input((6, 5, 3))
    values, positions = MaxPoolingWithPositions()(images)
    assert values.shape == positions.shape == (None, 3, 2, 3)
    assert positions.dtype == "int32"
    assert MaxUnpooling()([values, positions]).shape == (None, 6, 4, 3)
    assert MaxUnpooling()([values, positions, images]).shape == (None, 6, 5, 3)


def test_layers_that_cannot_work_say_so():
    with pytest.raises(ValueError, match="`pool_size` must be a positive.*Received: 0"):
        MaxPoolingWithPositions(0)
    with pytest.raises(ValueError, match="`pool_size` must be.*Received: 2.0"):
        MaxUnpooling(2.0)
    with pytest.raises(ValueError, match=r"`inputs` must be \[values, positions\]"):
        MaxUnpooling()([np.zeros((1, 3, 3, 1))])
    with pytest.raises(ValueError, match="as many filters as channels.*Received: "):
        BilinearKernel()((4, 4, 3, 2))


def test_bilinear_layer_mixes_no_channels_and_interpolates_each():
    images = RNG.normal(size=(1, 5, 6, 2)).astype("float32")
    layer = keras.layers.Conv2DTranspose(
        2, 4, strides=2, padding="same", kernel_initializer=BilinearKernel()
    )
    theirs = keras.layers.UpSampling2D(2, interpolation="bilinear")(images)
    inside = np.s_[:, 1:-1, 1:-1]
    np.testing.assert_allclose(layer(images)[inside], theirs[inside], atol=1e-6)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 8])
def test_initializer_makes_the_kernel_of_the_numpy_function(factor):
    kernel = upsampling.bilinear_kernel(factor)
    made = BilinearKernel()((*kernel.shape, 2, 2), dtype="float64")
    np.testing.assert_allclose(made[..., 1, 1], kernel)
    np.testing.assert_array_equal(made[..., 0, 1], np.zeros_like(kernel))


def test_model_of_all_layers_is_saved_and_reloaded(tmp_path):
    keras.utils.set_random_seed(3)
    images = keras.Input((None, None, 2))
    values, positions = MaxPoolingWithPositions(2, name="pool")(images)
    unpooled = MaxUnpooling(2, name="unpool")([values, positions, images])
    doubled = keras.layers.Conv2DTranspose(
        2, 4, strides=2, padding="same", kernel_initializer=BilinearKernel()
    )(values)
    model = keras.Model(images, [doubled, unpooled])
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    assert reloaded.get_layer("pool").pool_size == 2
    pictures = RNG.normal(size=(2, 6, 7, 2)).astype("float32")
    for ours, theirs in zip(reloaded(pictures), model(pictures), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    [transposed] = [
        layer
        for layer in reloaded.layers
        if isinstance(layer, keras.layers.Conv2DTranspose)
    ]
    assert isinstance(transposed.kernel_initializer, BilinearKernel)


def test_model_with_unpooling_learns():
    keras.utils.set_random_seed(3)
    images = keras.Input((4, 4, 1))
    values, positions = MaxPoolingWithPositions()(images)
    x = keras.layers.Conv2D(1, 1)(values)
    model = keras.Model(images, MaxUnpooling()([x, positions]))
    model.compile("sgd", "mse")
    pictures = RNG.uniform(size=(8, 4, 4, 1)).astype("float32")
    losses = model.fit(pictures, pictures, epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]
