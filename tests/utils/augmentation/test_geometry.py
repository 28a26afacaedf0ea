"""Image, mask and boxes move together, as in TensorFlow's and Keras' own functions."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import geometry


def example(height=12, width=16, channels=3):
    """A random picture, a mask with an object, and the object's box."""
    rng = np.random.default_rng(10)
    mask = np.zeros((height, width), np.uint8)
    mask[2:7, 3:8] = 2
    return {
        "images": tf.constant(rng.random((height, width, channels)), tf.float32),
        "masks": tf.constant(mask),
        "boxes_xyxy": tf.constant([[3.0, 2.0, 8.0, 7.0]]),
    }


def box_of(mask, class_id=2):
    rows, columns = np.nonzero(np.asarray(mask) == class_id)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def channel(mask):
    return mask[..., tf.newaxis]


def agree(moved, image, mask):
    np.testing.assert_array_equal(moved["images"], image)
    np.testing.assert_array_equal(moved["masks"], mask[..., 0])
    assert moved["masks"].dtype == tf.uint8
    assert moved["boxes_xyxy"].numpy()[0].tolist() == box_of(moved["masks"])


@pytest.mark.parametrize("horizontal", [False, True])
@pytest.mark.parametrize("vertical", [False, True])
def test_flips_equal_those_of_tensorflow(horizontal, vertical):
    before = example()
    image, mask = before["images"], channel(before["masks"])
    if horizontal:
        image, mask = map(tf.image.flip_left_right, (image, mask))
    if vertical:
        image, mask = map(tf.image.flip_up_down, (image, mask))
    agree(geometry.flip(before, horizontal, vertical), image, mask)
    as_tensors = tf.constant(horizontal), tf.constant(vertical)
    agree(geometry.flip(before, *as_tensors), image, mask)


@pytest.mark.parametrize("turns", [-1, 0, 1, 2, 3, 4])
def test_quarter_turns_equal_those_of_tensorflow(turns):
    before = example()
    image, mask = before["images"], channel(before["masks"])
    image, mask = (tf.image.rot90(pixels, turns % 4) for pixels in (image, mask))
    agree(geometry.quarter_turns(before, turns), image, mask)
    square = example(12, 12)
    np.testing.assert_array_equal(
        geometry.quarter_turns(square, tf.constant(turns))["masks"],
        np.rot90(square["masks"], turns),
    )


def test_a_crop_equals_that_of_tensorflow():
    before, window = example(), (1, 2, 8, 10)
    image, mask = before["images"], channel(before["masks"])
    cut = [tf.image.crop_to_bounding_box(pixels, *window) for pixels in (image, mask)]
    agree(geometry.crop(before, *window), *cut)
    agree(geometry.crop(before, tf.constant(1), tf.constant(2), 8, 10), *cut)


@pytest.mark.parametrize("right, down", [(0, 0), (3, -2), (-3, 4), (-16, 0), (99, -99)])
def test_a_translation_equals_that_of_keras(right, down):
    before = example()
    moved = geometry.translate(before, right, down, fill_value=0.5)
    for pixels, result, fill, interpolation in (
        (before["images"], moved["images"], 0.5, "bilinear"),
        (channel(before["masks"]), channel(moved["masks"]), 255, "nearest"),
    ):
        theirs = keras.ops.image.affine_transform(
            tf.cast(pixels, tf.float32)[tf.newaxis],
            tf.constant([[1.0, 0.0, -right, 0.0, 1.0, -down, 0.0, 0.0]]),
            interpolation=interpolation,
            fill_mode="constant",
            fill_value=fill,
        )[0]
        np.testing.assert_allclose(tf.cast(result, tf.float32), theirs, atol=1e-6)
    assert bool(moved["kept"][0]) == (abs(right) < 9 and abs(down) < 9)


def same_as_keras(moved, before, layer):
    """Compares with a layer whose random range is a single value."""
    image = layer(before["images"][tf.newaxis], training=True)[0]
    np.testing.assert_allclose(moved["images"], image, atol=2e-4)


@pytest.mark.parametrize("degrees", [-75, 0, 12.5, 90, 180])
def test_a_rotation_equals_that_of_keras(degrees):
    before = example()
    layer = keras.layers.RandomRotation((degrees / 360,) * 2, fill_mode="constant")
    moved = geometry.affine(before, degrees)
    same_as_keras(moved, before, layer)
    nearest = keras.layers.RandomRotation(
        (degrees / 360,) * 2, "constant", "nearest", fill_value=255.0
    )
    mask = nearest(tf.cast(channel(before["masks"]), tf.float32), training=True)
    assert (
        np.mean(mask.numpy()[..., 0] != moved["masks"].numpy()) < 0.02
    )  # ties between two pixels


@pytest.mark.parametrize("zoom", [0.5, 0.8, 1, 1.25, 3])
def test_a_zoom_equals_that_of_keras(zoom):
    before, factor = example(), 1 / zoom - 1
    layer = keras.layers.RandomZoom((factor, factor), fill_mode="constant")
    same_as_keras(geometry.affine(before, zoom=zoom), before, layer)
    both = keras.layers.RandomZoom((factor,) * 2, (0.25,) * 2, fill_mode="constant")
    same_as_keras(geometry.affine(before, zoom=(zoom, 0.8)), before, both)


@pytest.mark.parametrize(
    "options", [{"degrees": 30}, {"zoom": 0.6}, {"right": 3.3, "down": -1.2}]
)
def test_an_object_stays_in_its_box_and_brings_no_new_id(options):
    moved = geometry.affine(example(), **options)
    left, top, right, bottom = moved["boxes_xyxy"].numpy()[0]
    tight = box_of(moved["masks"])
    assert left - 0.5 <= tight[0] and top - 0.5 <= tight[1]
    assert tight[2] <= right + 0.5 and tight[3] <= bottom + 0.5
    assert set(np.unique(moved["masks"])) <= {0, 2, 255}


def test_an_affine_move_without_parameters_changes_nothing():
    before = example()
    agree(geometry.affine(before), before["images"], channel(before["masks"]))


def test_what_has_no_rows_and_columns_passes():
    before = example() | {"labels": tf.constant(7), "names": tf.constant("Minka")}
    moved = geometry.affine(before, degrees=20)
    assert moved["labels"] == 7 and moved["names"] == "Minka"
    assert set(moved) == {*before, "kept"}


def test_a_box_that_was_lost_stays_lost():
    gone = geometry.translate(example(), right=16, down=0)
    back = geometry.translate(gone, right=-16, down=0)
    assert not gone["kept"].numpy().any() and not back["kept"].numpy().any()
    assert back["boxes_xyxy"].shape == (1, 4)


def test_sizes_may_be_unknown_in_a_graph():
    unknown = {
        "images": tf.TensorSpec((None, None, 3)),
        "masks": tf.TensorSpec((None, None), tf.uint8),
    }

    @tf.function(input_signature=[unknown])
    def moved(example):
        example = geometry.flip(example, tf.constant(True), False)
        example = geometry.affine(geometry.translate(example, 1, 0), degrees=10)
        return geometry.crop(example, 0, 0, 4, 4)

    before = example()
    del before["boxes_xyxy"]
    assert moved(before)["images"].shape == (4, 4, 3)


@pytest.mark.parametrize(
    "move, message",
    [
        (
            lambda e: geometry.crop(e, 0, 8, 5, 9),
            "inside the 16 pixels.*`left` 8 and 9",
        ),
        (lambda e: geometry.crop(e, -1, 0, 5, 5), "inside the 12 pixels.*`top` -1"),
        (lambda e: geometry.crop(e, 0, 0, 0, 5), "`height` must be a positive integer"),
        (lambda e: geometry.quarter_turns(e, tf.constant(1)), "square.*12, 16, 3"),
        (lambda e: geometry.affine(e, zoom=0), "`zoom` must be above 0"),
        (lambda e: geometry.affine(e, fill_id=256), "uint8 from 0 to 255.*256"),
        (lambda e: geometry.translate(e, 1, 1, fill_id=-1), "uint8.*Received: -1"),
        (lambda e: geometry.flip(tf.nest.map_structure(lambda t: t[None], e)), "batch"),
    ],
)
def test_what_cannot_be_done_is_explained(move, message):
    with pytest.raises(ValueError, match=message):
        move(example())


def test_a_mask_of_true_and_false_has_no_void():
    before = example() | {"masks": tf.constant(np.eye(12, 16, dtype=bool))}
    with pytest.raises(ValueError, match="bool from 0 to 1. Received: 255"):
        geometry.affine(before)
    assert geometry.affine(before, degrees=30, fill_id=0)["masks"].dtype == tf.bool


def test_the_box_of_an_object_magnified_by_two_is_its_box():
    moved = geometry.affine(example(), zoom=2, right=3, down=3)
    assert moved["boxes_xyxy"].numpy()[0].tolist() == box_of(moved["masks"])


def keras_boxes(layer, boxes):
    labels = np.zeros((1, len(boxes)), np.int32)
    boxes = {"boxes": np.array(boxes, np.float32)[None], "labels": labels}
    images = np.zeros((1, 12, 16, 3), np.float32)
    data = layer({"images": images, "bounding_boxes": boxes}, training=True)
    return np.asarray(data["bounding_boxes"]["boxes"])[0]


@pytest.mark.parametrize(
    "name, range_, options, far",
    [
        ("RandomTranslation", ((0.25,) * 2,) * 2, {"right": 4, "down": 3}, 1e-4),
        # Keras turns and magnifies boxes about the middle of the last pixel's centre,
        # not of the picture: a fraction of a pixel away.
        ("RandomRotation", ((20 / 360,) * 2,), {"degrees": 20}, 0.25),
        ("RandomZoom", ((-0.2,) * 2,), {"zoom": 1.25}, 0.15),
    ],
)
def test_boxes_go_where_those_of_keras_go(name, range_, options, far):
    boxes = [[3.0, 2.0, 8.0, 7.0], [0.0, 0.0, 16.0, 12.0], [10.0, 5.0, 15.0, 11.0]]
    before = example() | {"boxes_xyxy": tf.constant(boxes)}
    layer = getattr(keras.layers, name)(
        *range_, fill_mode="constant", bounding_box_format="xyxy"
    )
    ours = geometry.affine(before, **options)["boxes_xyxy"]
    np.testing.assert_allclose(ours, keras_boxes(layer, boxes), atol=far)


SIZE = (2, 4)  # a picture from (0, 0) to (4, 2); its centre is (2, 1)


def place(matrix, x, y):
    return (matrix @ tf.constant([[x], [y], [1.0]])).numpy()[:2, 0]


@pytest.mark.parametrize(
    "options, point, expected",
    [
        ({}, (3, 0), (3, 0)),
        ({"degrees": 90}, (4, 1), (2, -1)),  # right of the centre comes above it
        ({"degrees": -90}, (4, 1), (2, 3)),
        ({"zoom": 2}, (3, 1.5), (4, 2)),
        ({"zoom": (1, 2)}, (3, 1.5), (4, 1.5)),  # heights stay, widths double
        ({"right": 1, "down": -2}, (0, 0), (1, -2)),
        ({"degrees": 180, "zoom": 2, "right": 1}, (3, 1), (1, 1)),  # moved at the end
    ],
)
def test_points_go_where_they_should(options, point, expected):
    matrix = geometry.affine_matrix(SIZE, **options)
    np.testing.assert_allclose(place(matrix, *point), expected, atol=1e-5)


def test_mirrors_and_quarter_turns_move_points_exactly():
    assert place(geometry.flip_matrix(SIZE, axis=1), 1, 0.5).tolist() == [3, 0.5]
    assert place(geometry.flip_matrix(SIZE, axis=0), 1, 0.5).tolist() == [1, 1.5]
    places = [place(geometry.quarter_turn_matrix(SIZE, k), 1, 0.5) for k in range(4)]
    assert [p.tolist() for p in places] == [[1, 0.5], [0.5, 3], [3, 1.5], [1.5, 1]]


def test_four_quarter_turns_are_none():
    matrix, size = tf.eye(3), SIZE
    for _ in range(4):
        matrix = geometry.quarter_turn_matrix(size, 1) @ matrix
        size = size[::-1]
    np.testing.assert_array_equal(matrix, np.eye(3))


@pytest.mark.parametrize("zoom", [0, -1, (1, 0), float("nan")])
def test_a_zoom_above_zero_is_wanted(zoom):
    with pytest.raises(ValueError, match="`zoom` must be above 0. Received"):
        geometry.affine_matrix(SIZE, zoom=zoom)


def test_a_turned_box_is_the_upright_box_around_its_corners():
    # A square of side 2 about the centre of 4×4, turned by 45 degrees, is √8 wide.
    matrix = geometry.affine_matrix((4, 4), degrees=45)
    boxes, kept = geometry.move_boxes([[1.0, 1.0, 3.0, 3.0]], matrix, (4, 4))
    half = np.sqrt(2)
    expected = [[2 - half, 2 - half, 2 + half, 2 + half]]
    np.testing.assert_allclose(boxes, expected, atol=1e-5)
    assert kept.numpy().tolist() == [True]


def test_boxes_are_clipped_and_empty_ones_reported_not_dropped():
    boxes = [[0.0, 0.0, 2.0, 2.0], [2.0, 0.0, 4.0, 2.0]]
    matrix = geometry.translation_matrix(2, 0)
    boxes, kept = geometry.move_boxes(boxes, matrix, SIZE)
    assert boxes.numpy().tolist() == [[2, 0, 4, 2], [4, 0, 4, 2]]
    assert kept.numpy().tolist() == [True, False]


def test_no_boxes_are_no_boxes():
    boxes, kept = geometry.move_boxes(tf.zeros((0, 4)), tf.eye(3), SIZE)
    assert boxes.shape == (0, 4) and kept.shape == (0,)


def test_the_identity_changes_no_pixel():
    pixels = tf.random.stateless_uniform((5, 7, 2), (1, 2))
    for interpolation in ("nearest", "bilinear"):
        result = geometry.resample(pixels, tf.eye(3), interpolation, fill=9)
        np.testing.assert_array_equal(result, pixels)


def test_half_a_pixel_is_the_mean_of_two():
    row = tf.constant([[[1.0], [3.0], [5.0]]])
    moved = geometry.resample(
        row, geometry.translation_matrix(0.5, 0), "bilinear", fill=7
    )
    assert moved.numpy().ravel().tolist() == [4, 2, 4]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64", "bool"])
def test_ids_of_any_dtype_are_resampled_nearest(dtype):
    ids = tf.cast([[[1], [0], [1]]], dtype)
    moved = geometry.resample(ids, geometry.translation_matrix(1, 0), "nearest", fill=0)
    assert moved.dtype == dtype and moved.numpy().ravel().tolist() == [0, 1, 0]


def test_ids_cannot_be_resampled_bilinearly():
    with pytest.raises(ValueError, match="must be floats.*another id. Received: uint8"):
        geometry.resample(tf.zeros((2, 2, 1), tf.uint8), tf.eye(3), "bilinear", 0)


def test_pixels_in_their_place_are_not_counted():
    image, mask = geometry.addressed(5, 7)
    assert geometry.misplaced(image, mask) == 0
    assert geometry.misplaced(image[::-1, ::-1], mask[::-1, ::-1]) == 0


@pytest.mark.parametrize("shift, wrong", [(1, 30), (0.6, 30), (0.4, 0)])
def test_a_shift_of_more_than_half_a_pixel_is_noticed(shift, wrong):
    image, mask = geometry.addressed(5, 6)
    image[..., 0] += shift
    assert geometry.misplaced(image, mask) == wrong


def test_void_must_be_outside_the_picture():
    image, mask = geometry.addressed(2, 3)
    mask[0, 0] = 255
    assert geometry.misplaced(image, mask) == 1
    image[0, 0] = 0
    assert geometry.misplaced(image, mask) == 0


def test_each_picture_is_counted_by_itself():
    image, mask = geometry.addressed(2, 2)
    images, masks = np.stack([image, image[:, ::-1]]), np.stack([mask, mask])
    assert geometry.misplaced(images, masks).tolist() == [0, 4]


@pytest.mark.parametrize("size", [(0, 3), (3, 1000)])
def test_an_address_has_three_digits(size):
    with pytest.raises(ValueError, match="from 1 to 999 pixels. Received"):
        geometry.addressed(*size)


def test_image_and_mask_of_different_shape_are_reported():
    image, mask = geometry.addressed(2, 3)
    with pytest.raises(ValueError, match="shape of `masks` and three channels. Rec"):
        geometry.misplaced(image[:, :2], mask)
