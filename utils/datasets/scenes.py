"""Pictures of several animals, with a box and an instance mask for each of them."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from utils.datasets import resized
from utils.examples import stored_parts
from utils.files import verified_folder
from utils.pictures import read_image
from utils.splits import checked_request, divide, fingerprints

SPECIES = ("cat", "dog")
CATS = ("tabby", "siamese", "persian", "tuxedo")
DOGS = ("beagle", "dalmatian", "shiba", "retriever")
BREEDS = CATS + DOGS


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture and everything that is known about the N animals in it.

    Attributes:
        name: Such as "scene_001".
        image: float32 array of shape (H, W, 3), values in [0, 1].
        instance_mask: uint8 array of shape (H, W): 0 is background, k (from 1) the
            k-th animal, that is, row k - 1 of the arrays below.
        boxes_xyxy: float32 array of shape (N, 4): left, top, right, bottom in pixels.
            x points right, y down; the box ends before the column `right` and the row
            `bottom`, so that its width is right - left.
        head_boxes_xyxy: float32 array of shape (N, 4), boxes of the heads.
        species: int64 array of shape (N,), places in `SPECIES`.
        breeds: int64 array of shape (N,), places in `BREEDS`.
    """

    name: str
    image: np.ndarray
    instance_mask: np.ndarray
    boxes_xyxy: np.ndarray
    head_boxes_xyxy: np.ndarray
    species: np.ndarray
    breeds: np.ndarray

    @property
    def species_names(self):
        """A tuple of N texts, "cat" or "dog"."""
        return tuple(SPECIES[k] for k in self.species)

    @property
    def breed_names(self):
        """A tuple of N texts such as "beagle"."""
        return tuple(BREEDS[k] for k in self.breeds)


def load_scenes(split, image_size=(448, 448)):
    """Loads the embedded scenes: a cat and a dog in one picture.

    There are no others, so this has no `source`. A list rather than a
    `tf.data.Dataset`: the scenes are few, and pictures with different numbers of
    objects do not fit into one batch.

    Args:
        split: "train", "validation" or "test". A fifth of the stored train split is
            the validation split, chosen by a fingerprint of the picture's name, as in
            `utils.datasets.load_pets`.
        image_size: (height, width) to resize to, in pixels. Images are resized
            bilinearly with antialiasing, masks to the nearest neighbour, and boxes are
            scaled.

    Returns:
        A list of `Scene`, in the order of their names.

    Raises:
        ValueError: If an argument is not as described or the embedded files are
            damaged.

    Example:

    >>> scene = load_scenes("test")[0]
    >>> scene.image.shape, scene.species_names, scene.boxes_xyxy.tolist()
    ((448, 448, 3), ('cat', 'dog'), [[9.0, 101.0, 221.0, 424.0], \
[236.0, 47.0, 425.0, 394.0]])
    """
    size = checked_request(split, image_size)
    parts, _ = stored_parts(verified_folder("sample/scenes/1.0.0"))
    rows = {part: [*parts[part].as_numpy_iterator()] for part in parts}
    names = {part: [row["file_name"] for row in rows[part]] for part in rows}
    numbers = {part: fingerprints(names[part]).numpy() for part in rows}
    part, low, high = divide(numbers)[split]
    scenes = [
        _scene(row, size)
        for row, number in zip(rows[part], numbers[part], strict=True)
        if low <= number < high
    ]
    return sorted(scenes, key=lambda scene: scene.name)


def _scene(row, size):
    """Makes a `Scene` from a stored example."""
    name = row["file_name"].decode()
    mask = tf.io.decode_png(row["instance_mask"], channels=1)
    mask = tf.image.resize(mask, size, method="nearest")
    objects = row["objects"]
    return Scene(
        name=name.removesuffix(".jpg"),
        image=resized(read_image(row["image"], name), *size).numpy(),
        instance_mask=mask.numpy()[..., 0],
        boxes_xyxy=_pixels(objects["bbox"], size),
        head_boxes_xyxy=_pixels(objects["head_bbox"], size),
        species=objects["species"],
        breeds=objects["label"],
    )


def _pixels(boxes, size):
    """Turns top, left, bottom, right in [0, 1] into left, top, right, bottom."""
    height, width = size
    scale = np.array([width, height, width, height], np.float32)
    return boxes[:, [1, 0, 3, 2]] * scale
