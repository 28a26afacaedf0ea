"""More scenes than there are: cut-out pets pasted into them."""

import numpy as np
import tensorflow as tf

from utils.arguments import check_positive
from utils.datasets import load_pets
from utils.examples import open_source
from utils.instances import boxes_from_instances
from utils.scenes import CATS, load_scenes

PET = 0  # its id in a mask of `load_pets`
SMALLEST, LARGEST = 0.35, 0.85  # height of a pasted pet, as a share of the image
LEAST_SEEN = 0.3  # an animal of which less is left is not a true box any more


def load_cutouts(split="train", size=128):
    """Loads the pets of the embedded sample, cut out along their masks.

    The scenes are rendered, and so are these pets: there is no other `source`.

    Args:
        split: "train", "validation" or "test".
        size: Height and width of a picture, in pixels.

    Returns:
        List of (cutout, species): a float32 array of shape (h, w, 4), colours and
        opacity in [0, 1], as large as the pet's box; and its place in
        `utils.scenes.SPECIES`.

    Raises:
        ValueError: As `utils.datasets.load_pets`.

    Example:

    >>> cutouts = load_cutouts("validation")
    >>> len(cutouts), cutouts[0][0].shape[-1]
    (48, 4)

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
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
        images, float32 array of shape (count, height, width, 3) in [0, 1]; boxes, list
        of float32 arrays of shape (N, 4), `boxes_xyxy` in pixels, of what is still to
        be seen of every animal; classes, list of int64 arrays of shape (N,), places in
        `utils.scenes.SPECIES`.

    Raises:
        ValueError: If `count` or a side is not a positive integer.

    Example:

    >>> images, boxes, classes = pasted_scenes(count=2, seed=13, image_size=(64, 64))
    >>> images.shape, boxes[0].shape[1], len(boxes[0]) == len(classes[0])
    ((2, 64, 64, 3), 4, True)

    Reference:
        Ghiasi et al. (2021), "Simple copy-paste is a strong data augmentation method
        for instance segmentation", arXiv:2012.07177. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
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
