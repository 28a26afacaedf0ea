"""What an example may be, and what is said of others."""

import numpy as np
import pytest
import tensorflow as tf

from utils.augmentation import examples

IMAGE, MASK = np.zeros((4, 6, 3), np.float32), np.zeros((4, 6), np.uint8)


@pytest.mark.parametrize("count", [None, 0, 1, 5])
def test_every_form_comes_back(count):
    image, mask = IMAGE, MASK
    if count is not None:
        image, mask = np.repeat(image[None], count, 0), np.repeat(mask[None], count, 0)
    for element in (image, (image, mask), {"images": image, "masks": mask}, (image,)):
        example = examples.as_example(element)
        assert examples.is_batch(example) == (count is not None)
        back = examples.as_element(example, like=element)
        assert type(back) is type(element) or tf.is_tensor(back)
        tf.nest.map_structure(np.testing.assert_array_equal, back, element)


def test_a_box_without_area_is_reported():
    boxes = np.array([[0, 0, 2, 2], [1, 1, 1, 3], [0, 0, 0, 0]], np.float32)
    example = examples.as_example({"images": IMAGE, "boxes_xyxy": boxes})
    assert example["kept"].numpy().tolist() == [True, False, False]
    example["kept"] = tf.constant([False, True, True])
    assert not examples.as_example(example)["kept"].numpy().any()


BATCH = np.zeros((2, 4, 6, 3), np.float32)


@pytest.mark.parametrize(
    "element, message",
    [
        ({"masks": MASK}, "must have the key 'images'. Received: .'masks'."),
        ((IMAGE, MASK, MASK), "a pair .image, mask. or a dict. Received: 3 parts"),
        (IMAGE.astype("uint8"), "must be float32.*Received: uint8"),
        (IMAGE.astype("float64"), "must be float32.*Received: float64"),
        (IMAGE[0], "must be float32 of shape.*Received: float32 of shape .6, 3."),
        (IMAGE[:0], "must have pixels. Received: shape .0, 6, 3."),
        ((BATCH, np.zeros(2, int)), "`masks` must have 3 axes.*Received: shape .2,."),
        ((IMAGE, MASK[..., None]), "`masks` must have 2 axes"),
        ((IMAGE, MASK.astype("float32")), "must hold integer ids.*float32"),
        ((IMAGE, MASK[:3]), "rows and columns of the images.*.3, 6. and images .4, 6"),
        ({"images": IMAGE, "weights": MASK}, "would not move.*Received: 'weights'"),
        ({"images": IMAGE, "boxes_xyxy": np.zeros((2, 4), int)}, "float32.*int64"),
        ({"images": IMAGE, "boxes_xyxy": np.zeros((2, 5), "f4")}, "float32.*2, 5"),
        (
            {"images": IMAGE, "kept": np.array([True])},
            "`kept` must be bool, and beside",
        ),
    ],
)
def test_what_is_not_an_example_is_explained(element, message):
    with pytest.raises(ValueError, match=message):
        examples.as_example(element)
