"""Pictures of several animals, with a box and an instance mask for each of them."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from utils._arguments import check_positive
from utils.datasets.loading import load_pets, resized
from utils.datasets.pictures import read_image
from utils.datasets.sample import BREEDS, CATS, SPECIES, verified_folder
from utils.datasets.sources import open_source, stored_parts
from utils.datasets.splits import checked_request, divide, fingerprints
from utils.masks.instances import boxes_from_instances


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

    There are no others, so this has no `source`. It gives a list, because pictures with
    different numbers of objects do not fit into one batch.

    Args:
        split: "train", "validation" or "test", divided as in
            `utils.datasets.load_pets`.
        image_size: (height, width) in pixels, resized as in `load_pets`, boxes with it.

    Returns:
        A list of `Scene`, in the order of their names.

    Raises:
        ValueError: If an argument is not as described or embedded files are damaged.

    Example:
    >>> scene = load_scenes("test")[0]
    >>> scene.image.shape, scene.species_names, scene.boxes_xyxy[0].tolist()
    ((448, 448, 3), ('cat', 'dog'), [9.0, 101.0, 221.0, 424.0])
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


PET = 0  # its id in a mask of `load_pets`
SMALLEST, LARGEST = 0.35, 0.85  # height of a pasted pet, as a share of the image
LEAST_SEEN = 0.3  # an animal of which less is left is not a true box any more


def load_cutouts(split="train", size=128):
    """Loads the pets of the embedded sample, cut out along their masks."""
    names = open_source("pets", "sample").examples(split).map(lambda row: row["name"])
    pets = load_pets(split, "sample", (size, size))
    cutouts = []
    for name, (image, mask) in tf.data.Dataset.zip(names, pets).as_numpy_iterator():
        pet = (mask == PET).astype(np.int32)
        left, top, right, bottom = boxes_from_instances(pet)[0].astype(int)
        cutout = np.concatenate([image, pet[..., None]], axis=-1, dtype=np.float32)
        breed = name.decode().rpartition("_")[0]
        cutouts.append((cutout[top:bottom, left:right], int(breed not in CATS)))
    return cutouts


def pasted_scenes(count, seed, image_size=(224, 224)):
    """Makes training pictures: scenes, some mirrored, with pets pasted into them.

    Args:
        count: Number of pictures.
        seed: Seed of everything that is random.
        image_size: (height, width) in pixels.

    Returns:
        images, float32 (count, height, width, 3) in [0, 1]; lists of float32
        `boxes_xyxy` (N, 4) in pixels, of what is still seen of each animal, and of
        int64 classes (N,), places in `utils.datasets.SPECIES`.

    Raises:
        ValueError: If `count` or a side is not a positive integer.

    Example:
    >>> images, boxes, classes = pasted_scenes(count=2, seed=13, image_size=(64, 64))
    >>> images.shape, boxes[0].shape[1], len(boxes[0]) == len(classes[0])
    ((2, 64, 64, 3), 4, True)

    Reference:
        Ghiasi et al. (2021), "Simple copy-paste", arXiv:2012.07177.
    """
    check_positive(count=count)
    rng = np.random.default_rng(seed)
    scenes, cutouts = load_scenes("train", image_size), load_cutouts("train")
    images, boxes, classes = [], [], []
    for number in range(count):
        scene = scenes[number % len(scenes)]
        image, instances = scene.image.copy(), scene.instance_mask.astype(np.int32)
        species = [*scene.species]
        whole = [*np.bincount(instances.ravel())[1:]]  # areas, were nothing in front
        for _ in range(rng.integers(0, 3)):
            cutout, kind = cutouts[rng.integers(len(cutouts))]
            species.append(kind)
            whole.append(_paste(image, instances, cutout, len(species), rng))
        if rng.random() < 0.5:
            image, instances = image[:, ::-1], instances[:, ::-1]
        seen = np.bincount(instances.ravel(), minlength=len(species) + 1)[1:]
        enough = seen > LEAST_SEEN * np.array(whole)
        renumbered = np.append(0, np.where(enough, np.cumsum(enough), 0))
        images.append(image)
        boxes.append(boxes_from_instances(renumbered[instances]))
        classes.append(np.array(species, dtype=np.int64)[enough])
    return np.stack(images), boxes, classes


def _paste(image, instances, cutout, number, rng):
    """Pastes a cut-out as object `number` at a random place; returns its area."""
    height, width = instances.shape
    share = rng.uniform(SMALLEST, LARGEST)
    ratio = cutout.shape[1] / cutout.shape[0] * rng.uniform(0.8, 1.2)
    rows, columns = int(share * height), int(min(share * height * ratio, 0.9 * width))
    columns = max(columns, 1)
    cutout = cutout[:, :: rng.choice([-1, 1])]
    cutout = tf.image.resize(cutout, (rows, columns), antialias=True).numpy()
    top = rng.integers(0, height - rows + 1)
    left = rng.integers(0, width - columns + 1)
    place = np.s_[top : top + rows, left : left + columns]
    opacity = cutout[..., 3:]
    covered = (1 - opacity) * image[place] + opacity * cutout[..., :3]
    image[place] = np.clip(covered, 0, 1)
    solid = opacity[..., 0] > 0.5
    instances[place][solid] = number
    return solid.sum()
