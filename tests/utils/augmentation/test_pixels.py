"""Pixel-level changes: by hand, any shape, in graphs, as TensorFlow and SciPy do it."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from utils.augmentation import (
    add_noise,
    adjust_brightness,
    adjust_saturation,
    blur,
    greyscale,
    jitter,
    jpeg,
    motion_blur,
    pixels,
)
from utils.augmentation.pixels import (
    adjust_contrast,
    as_images,
    as_seed,
    gaussian_kernels,
    motion_kernels,
    per_image,
    unless_empty,
)

RNG = np.random.default_rng(9)
IMAGES = RNG.random((3, 9, 12, 3), dtype=np.float32)
SEED = (0, 9)
# Each function with a usual parameter, and the parameter that changes nothing.
CHANGES = {
    "adjust_brightness": (lambda x: adjust_brightness(x, 0.3), {"delta": 0}),
    "adjust_contrast": (lambda x: adjust_contrast(x, 1.7), {"factor": 1}),
    "adjust_saturation": (lambda x: adjust_saturation(x, 0.4), {"factor": 1}),
    "greyscale": (greyscale, None),
    "blur": (lambda x: blur(x, 1.2), {"sigma": 0}),
    "motion_blur": (lambda x: motion_blur(x, 4, 30), {"length": 1, "angle": 30}),
    "add_noise": (lambda x: add_noise(x, 0.2, SEED), {"stddev": 0, "seed": SEED}),
    "jpeg": (lambda x: jpeg(x, 60), None),
    "jitter": (lambda x: jitter(x, 0.2, 0.2, 0.2, 0.1, seed=SEED), {"seed": SEED}),
}
every_change = pytest.mark.parametrize("name", CHANGES)


def dot(size=5):
    """A white pixel in the middle of a black image."""
    image = np.zeros((size, size, 3), np.float32)
    image[size // 2, size // 2] = 1
    return image


def test_brightness_by_hand():
    image = tf.constant([[[0.0, 0.5, 0.9]]])
    np.testing.assert_allclose(adjust_brightness(image, 0.2), [[[0.2, 0.7, 1]]])
    np.testing.assert_allclose(adjust_brightness(image, -0.6), [[[0, 0, 0.3]]], 1e-6)


def test_contrast_by_hand():
    # One channel has the mean 0.4: 0.2 lies 0.2 below and goes 0.3 below.
    image = np.array([[0.2, 0.6]])[..., None] * np.ones(3)
    changed = adjust_contrast(image, 1.5)
    np.testing.assert_allclose(changed[..., 0], [[0.1, 0.7]])
    np.testing.assert_allclose(adjust_contrast(image, 0), np.full((1, 2, 3), 0.4))


def test_saturation_by_hand():
    # Value is the largest channel; half the saturation is half the way to it.
    np.testing.assert_allclose(
        adjust_saturation([[[0.2, 0.6, 1.0]]], 0.5), [[[0.6, 0.8, 1]]], atol=1e-6
    )
    np.testing.assert_allclose(adjust_saturation([[[0.5, 0.5, 0.5]]], 9.0), 0.5)


def test_greyscale_by_hand():
    primaries = np.eye(3, dtype=np.float32)[None]
    grey = greyscale(primaries)
    np.testing.assert_allclose(grey[0, :, 0], [0.299, 0.587, 0.114], atol=2e-4)
    np.testing.assert_array_equal(grey[..., 0], grey[..., 1])
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])


def test_gaussian_kernel_by_hand():
    # exp(0), exp(-1/2), exp(-2) at the distances 0, 1, 2 of one standard deviation.
    (kernel,) = gaussian_kernels(tf.constant([[[1.0]]])).numpy()
    assert len(kernel) == 9 and kernel.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        kernel[4:7] / kernel[4], np.exp([0, -0.5, -2]), rtol=1e-6
    )


def test_motion_kernels_by_hand():
    angles = tf.constant([0.0, 90.0, 0.0])[:, None, None]
    lengths = tf.constant([3, 3, 2])[:, None, None]
    row, column, even = motion_kernels(lengths, angles).numpy().round(6)
    np.testing.assert_allclose(row, [[0, 0, 0], [1 / 3] * 3, [0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(column, row.T, atol=1e-6)
    # Two points, half a pixel left and right, each shared by two cells.
    np.testing.assert_allclose(even[1], [0.25, 0.5, 0.25], atol=1e-6)


def test_motion_at_45_degrees_rises_to_the_right():
    blurred = motion_blur(dot(9), 5, 45).numpy()[..., 0]
    assert blurred[2, 6] > 0 and blurred[6, 2] > 0  # top right and bottom left
    assert blurred[2, 2] == blurred[6, 6] == 0
    np.testing.assert_allclose(blurred, blurred.T[::-1, ::-1], atol=1e-6)


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 135, 180, -60])
def test_motion_kernels_add_up_to_one_around_the_middle(angle):
    (kernel,) = motion_kernels(
        tf.constant([[[6]]]), tf.constant([[[float(angle)]]])
    ).numpy()
    assert kernel.sum() == pytest.approx(1)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-6)


def test_noise_has_the_deviation_asked_for():
    noisy = add_noise(np.full((64, 64, 3), 0.5, np.float32), 0.1, SEED).numpy()
    assert noisy.std() == pytest.approx(0.1, abs=0.003)
    assert noisy.mean() == pytest.approx(0.5, abs=0.003)


def test_jpeg_of_low_quality_differs_more():
    image = blur(IMAGES[0], 1)
    errors = [np.abs(jpeg(image, q) - image).mean() for q in (0, 50, 100)]
    assert errors[0] > errors[1] > errors[2]
    steps = jpeg(image, 50).numpy() * 255
    np.testing.assert_allclose(steps, steps.round(), atol=1e-3)


def test_jitter_draws_another_change_for_each_image_and_seed():
    same = np.repeat(IMAGES[:1], 4, axis=0)
    jittered = jitter(same, 0.3, 0.3, 0.3, 0.2, seed=SEED).numpy()
    others = jitter(same, 0.3, 0.3, 0.3, 0.2, seed=(0, 10)).numpy()
    again = jitter(same, 0.3, 0.3, 0.3, 0.2, seed=SEED).numpy()
    np.testing.assert_array_equal(jittered, again)
    versions = np.concatenate([jittered, others]).reshape(8, -1)
    assert len(np.unique(versions, axis=0)) == 8


@pytest.mark.parametrize("quantity", ["brightness", "contrast", "saturation", "hue"])
def test_jitter_stays_within_its_limits(quantity):
    # Of these colours the change can be read off: value, difference, saturation, hue.
    image = tf.constant([[[0.5, 0.3, 0.3], [0.6, 0.4, 0.4]]])
    batch = tf.repeat(image[None], 200, axis=0)
    jittered = jitter(batch, **{quantity: 0.2}, seed=SEED)
    if quantity == "brightness":
        drawn = (jittered - batch)[:, 0, 0, 0].numpy()
    elif quantity == "contrast":
        drawn = ((jittered[:, 0, 1] - jittered[:, 0, 0]) / 0.1)[:, 0].numpy() - 1
    else:
        channel = 0 if quantity == "hue" else 1
        hsv = tf.image.rgb_to_hsv(jittered)[:, 0, 0, channel].numpy()
        drawn = (hsv + 0.5) % 1 - 0.5 if quantity == "hue" else hsv / 0.4 - 1
    assert -0.2001 < drawn.min() < -0.18 and 0.18 < drawn.max() < 0.2001


@every_change
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_shape_dtype_and_range_are_kept(name, dtype):
    change, _ = CHANGES[name]
    shapes = RNG.integers(1, 14, size=(4, 3)).tolist()
    shapes += [(1, 1, 1), (2, 1, 7), (0, 5, 5), (2, 0, 5), (2, 5, 0), (0, 0, 0)]
    for batch, height, width in shapes:
        for shape in ((batch, height, width, 3), (height, width, 3)):
            images = RNG.random(shape).astype(dtype)
            changed = change(images)
            assert changed.shape == shape and changed.dtype == dtype
            assert np.all((changed.numpy() >= 0) & (changed.numpy() <= 1))


@every_change
def test_a_neutral_parameter_changes_nothing(name):
    neutral = CHANGES[name][1]
    if neutral is not None:
        changed = getattr(pixels, name)(IMAGES, **neutral)
        np.testing.assert_allclose(changed, IMAGES, atol=1e-6)


@every_change
def test_an_image_does_not_depend_on_those_beside_it(name):
    change, _ = CHANGES[name]
    if name not in ("add_noise", "jitter"):
        for image, changed in zip(IMAGES, change(IMAGES), strict=True):
            np.testing.assert_allclose(change(image), changed, atol=1e-6)


@every_change
def test_a_graph_of_unknown_sizes_gives_the_same(name):
    change, _ = CHANGES[name]
    for rank in (3, 4):
        unknown = tf.TensorSpec([None] * (rank - 1) + [3], tf.float32)
        graph = tf.function(change, input_signature=[unknown])
        images = IMAGES if rank == 4 else IMAGES[0]
        np.testing.assert_allclose(graph(images), change(images), atol=1e-6)
        assert graph(images[:0]).shape == images[:0].shape


@every_change
def test_a_parallel_map_gives_the_same(name):
    change, _ = CHANGES[name]
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES)
    changed = dataset.map(change, num_parallel_calls=tf.data.AUTOTUNE)
    assert changed.element_spec.shape == IMAGES.shape[1:]
    for image, result in zip(IMAGES, changed, strict=True):
        np.testing.assert_allclose(result, change(image), atol=1e-6)


@pytest.mark.parametrize(
    "function, numbers",
    [
        (adjust_brightness, {"delta": [-0.3, 0.0, 0.4]}),
        (adjust_contrast, {"factor": [0.5, 1.0, 1.5]}),
        (adjust_saturation, {"factor": [0.0, 1.0, 2.0]}),
        (blur, {"sigma": [0.0, 0.7, 2.1]}),
        (motion_blur, {"length": [1, 3, 8], "angle": [0.0, 30.0, 100.0]}),
        (jpeg, {"quality": [5, 50, 95]}),
    ],
)
def test_one_number_per_image_is_each_image_with_its_own(function, numbers):
    names, values = numbers.keys(), zip(*numbers.values(), strict=True)
    alone = [
        function(image, **dict(zip(names, own, strict=True)))
        for image, own in zip(IMAGES, values, strict=True)
    ]
    np.testing.assert_allclose(function(IMAGES, **numbers), alone, atol=1e-6)
    graph = tf.function(lambda images, numbers: function(images, **numbers))
    tensors = {name: tf.constant(value) for name, value in numbers.items()}
    np.testing.assert_allclose(graph(IMAGES, tensors), alone, atol=1e-6)


def test_one_standard_deviation_per_image():
    grey = np.full((2, 32, 32, 3), 0.5, np.float32)
    still, noisy = add_noise(grey, [0.0, 0.1], SEED).numpy()
    assert still.std() == 0 and noisy.std() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("number", [0.0, 0.3, 1.0, 2.5])
def test_agrees_with_tensorflow(number):
    for ours, theirs in (
        (adjust_brightness, tf.image.adjust_brightness),
        (adjust_contrast, tf.image.adjust_contrast),
        (adjust_saturation, tf.image.adjust_saturation),
    ):
        expected = np.clip(theirs(IMAGES, number), 0, 1)
        np.testing.assert_allclose(ours(IMAGES, number), expected, atol=2e-6)
    quality = int(40 * number)
    expected = tf.image.adjust_jpeg_quality(IMAGES[0], quality)
    np.testing.assert_array_equal(jpeg(IMAGES[0], quality), expected)


def test_jitter_of_hue_agrees_with_tensorflow():
    turn = tf.random.stateless_uniform((4, 1, 1, 1, 1), SEED, -1, 1)[3, 0, 0, 0, 0] / 2
    np.testing.assert_allclose(
        jitter(IMAGES[0], hue=0.5, seed=SEED),
        tf.image.adjust_hue(IMAGES[0], turn),
        atol=1e-5,
    )


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.6, 7.0])
def test_blur_agrees_with_scipy(sigma):
    for image in (IMAGES[0], IMAGES[0, :1], IMAGES[0, :2, :3]):
        expected = ndimage.gaussian_filter(image, (sigma, sigma, 0))
        np.testing.assert_allclose(blur(image, sigma), expected, atol=1e-6)


@pytest.mark.parametrize("length, angle", [(3, 0), (7, 90), (6, 25), (9, -70)])
def test_motion_blur_agrees_with_scipy(length, angle):
    (kernel,) = motion_kernels(
        tf.constant([[[length]]]), tf.constant([[[float(angle)]]])
    ).numpy()
    expected = ndimage.correlate(IMAGES[0], kernel[..., None])
    np.testing.assert_allclose(
        motion_blur(IMAGES[0], length, angle), expected, atol=1e-6
    )


@every_change
@pytest.mark.parametrize(
    "images",
    [
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((4, 4, 1), np.float32),
        np.zeros((4, 4), np.float32),
        np.zeros((1, 1, 4, 4, 3), np.float32),
    ],
)
def test_other_images_are_refused(name, images):
    with pytest.raises(ValueError, match="`images` must be floats of shape.*Received"):
        CHANGES[name][0](images)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: adjust_brightness(IMAGES, np.nan), "`delta` must be finite. Rec"),
        (lambda: adjust_contrast(IMAGES, -1), "`factor` must be finite from 0"),
        (
            lambda: adjust_saturation(IMAGES, [1.0, 2.0]),
            "one per image of a batch of 3",
        ),
        (lambda: blur(IMAGES[0], [1.0, 2.0]), "`sigma` must be one number"),
        (
            lambda: blur(IMAGES, -0.5),
            "`sigma` must be .* from 0 to inf. Received: -0.5",
        ),
        (lambda: motion_blur(IMAGES, 0, 0), "`length` must be .* from 1"),
        (lambda: motion_blur(IMAGES, 2.5, 0), "`length` must be whole"),
        (lambda: jpeg(IMAGES, 101), "`quality` must be .* from 0 to 100"),
        (lambda: jpeg(IMAGES, 0.9), "`quality` must be whole"),
        (lambda: add_noise(IMAGES, -0.1, SEED), "`stddev` must be"),
        (lambda: add_noise(IMAGES, 0.1, 9), "`seed` must be two integers"),
        (lambda: jitter(IMAGES, 0.1, seed=(1.0, 2.0)), "`seed` must be two integers"),
        (lambda: jitter(IMAGES, hue=0.6, seed=SEED), "`hue` must be .* from 0 to 0.5"),
        (lambda: jitter(IMAGES, contrast=2, seed=SEED), "`contrast` must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_images_and_numbers_in_their_common_shapes():
    batch, restored = as_images(IMAGES[0])
    assert batch.shape == (1, 9, 12, 3) and restored(batch).shape == (9, 12, 3)
    assert per_image(batch, factor=2).shape == (1, 1, 1, 1)
    assert per_image(IMAGES, factor=[1, 2, 3]).shape == (3, 1, 1, 1)
    assert as_seed([1, 2]).shape == (2,)
    assert unless_empty(lambda batch: batch + 1, tf.zeros((0, 2, 2, 3))).shape[0] == 0
