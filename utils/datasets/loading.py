"""The two data sets, the same from the sample, TensorFlow Datasets or a folder.

An element of `load_pets` is a picture and its mask, of `load_flowers` a picture and its
class id. The same files give the same elements whichever source they come from.
"""

import os

import tensorflow as tf

from utils.datasets.pictures import read_image, read_pair
from utils.datasets.sources import open_source
from utils.datasets.splits import checked_request


def load_pets(split, source=None, image_size=(128, 128)):
    """Loads pictures of cats and dogs with a mask each.

    Args:
        split: "train", "validation" or "test". Validation is a fifth of the training
            data, chosen by a fingerprint of the picture's name, the same from any
            source.
        source: "sample" (embedded, rendered), "oxford" (photographs of the Oxford-IIIT
            Pet data set: see `utils.datasets.downloads`) or a folder in its layout
            (`images/NAME.jpg`, `annotations/trimaps/NAME.png`, optionally the lists
            `annotations/trainval.txt` and `test.txt`, without which a fifth becomes the
            test split). Defaults to the environment variable `COURSE_DATA`; else
            "oxford" if it is prepared or the program runs in Colab; else "sample".
        image_size: (height, width) to resize to, in pixels, whatever the ratio:
            pictures bilinearly with antialiasing, masks to the nearest neighbour.

    Returns:
        A `tf.data.Dataset` of (image, mask) of known cardinality, always in the same
        order: float32 (height, width, 3) in [0, 1] and uint8 (height, width) with ids 0
        = pet, 1 = background, 2 = border. Neither shuffled, cached nor batched.

    Raises:
        ValueError: If an argument is not as described, the embedded files are damaged,
            the download fails or files of the folder are bad: all of them are named.

    Example:
    >>> images, masks = next(iter(load_pets("train", "sample").batch(8)))
    >>> images.shape, masks.shape
    (TensorShape([8, 128, 128, 3]), TensorShape([8, 128, 128]))

    Reference:
        Parkhi, Vedaldi, Zisserman and Jawahar (2012), doi:10.1109/CVPR.2012.6248092.
    """
    height, width = checked_request(split, image_size)
    raw = open_source("pets", source).examples(split)

    def decode(example):
        image, mask = tf.numpy_function(
            _read_pair,
            [example["image"], example["target"], example["name"]],
            (tf.uint8, tf.uint8),
        )
        image, mask = tf.ensure_shape(image, (None, None, 3)), mask[..., tf.newaxis]
        mask = tf.ensure_shape(mask, (None, None, 1))
        mask = tf.image.resize(mask, (height, width), method="nearest")
        return resized(image, height, width), mask[..., 0] - 1

    return raw.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def load_flowers(split, source=None, image_size=(128, 128)):
    """Loads pictures of flowers with a class id each.

    Args:
        split: "train", "validation" or "test": a fifth of the pictures is the test
            split and a fifth of the others validation, chosen by a fingerprint of the
            content.
        source: "sample" (embedded, rendered), "tf_flowers" (photographs) or a folder
            with one folder of pictures per class. Defaults as in `load_pets`.
        image_size: (height, width) to resize to, in pixels, bilinearly with
            antialiasing.

    Returns:
        A `tf.data.Dataset` of (image, label) of known cardinality, always in the same
        order: float32 (height, width, 3) in [0, 1] and an int64 id: of dandelion,
        daisy, tulips, sunflowers, roses, else alphabetical. Neither shuffled, cached
        nor batched.

    Raises:
        ValueError: As `load_pets`.

    Example:
    >>> images, labels = next(iter(load_flowers("test", "sample").batch(8)))
    >>> images.shape, labels.dtype
    (TensorShape([8, 128, 128, 3]), tf.int64)
    """
    height, width = checked_request(split, image_size)
    raw = open_source("flowers", source).examples(split)

    def decode(example):
        arguments = [example["image"], example["name"]]
        image = tf.numpy_function(_read_image, arguments, tf.uint8)
        image = tf.ensure_shape(image, (None, None, 3))
        return resized(image, height, width), example["target"]

    return raw.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def pets_info(source=None):
    """Returns the `DatasetInfo` of what `load_pets` loads from `source`.

    Example:
    >>> print(pets_info("sample"))
    pets from sample: 192 train, 48 validation, 80 test pictures. \
To switch, pass source="oxford" or a folder, or set COURSE_DATA.
    """
    return open_source("pets", source).info


def flowers_info(source=None):
    """Returns the `DatasetInfo` of what `load_flowers` loads from `source`.

    Example:
    >>> flowers_info("sample").class_names
    ('dandelion', 'daisy', 'tulips', 'sunflowers', 'roses')
    """
    return open_source("flowers", source).info


def _read_pair(image, mask, name):
    return read_pair(image, mask, os.fsdecode(name))


def _read_image(image, name):
    return read_image(image, os.fsdecode(name))


def resized(image, height, width):
    """Resizes uint8 `image` (h, w, 3) to float32 (height, width, 3) in [0, 1]."""
    image = tf.image.resize(image, (height, width), antialias=True)
    return tf.clip_by_value(image / 255, 0, 1)
