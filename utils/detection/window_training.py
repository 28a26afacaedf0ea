"""Windows to train a classifier on: around a pet, beside it, and on parts of it."""

import numpy as np
import tensorflow as tf

from utils.arguments import check_positive
from utils.instances import boxes_from_instances
from utils.overlap import pairwise_iou

BACKGROUND = 1  # the class id of a pet's mask that is no part of the animal
MARGIN = 0.25  # share of the picture's size by which a window may stick out of it
SIZES = (0.2, 1.3)  # smallest and largest side of a window, as shares of the picture's
KINDS = {"whole": (0.7, 1.01), "part": (0.15, 0.5), "beside": (0.0, 0.15)}
CANDIDATES = 3000  # enough that nearly every pet gets its windows of every kind


def pet_box(mask):
    """Returns the box around the animal in a mask.

    Args:
        mask: Integer array of shape (H, W): 0 pet, 1 background, 2 border, as
            `utils.datasets.load_pets` gives. The border counts as animal.

    Returns:
        float64 array of shape (4,), `xyxy` in pixels.

    Raises:
        ValueError: If the mask has no pixel of the animal.

    Example:

    >>> pet_box([[1, 1, 1], [1, 2, 0]])
    array([1., 1., 3., 2.])

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    animal = (np.asarray(mask) != BACKGROUND).astype(int)
    if not animal.any():
        raise ValueError("`mask` must show an animal. Received: background only.")
    return boxes_from_instances(animal)[0].astype(np.float64)


def draw_windows(box_xyxy, image_size, counts=(3, 4, 3), seed=None):
    """Draws windows at random of which some show an animal, some a part, some none.

    Whole means an IoU with the animal's box of at least 0.7, part from 0.15 to below
    0.5, beside less. What lies between part and whole is never drawn: nobody could say
    what to call it.

    Args:
        box_xyxy: Array of shape (4,), the animal's box in pixels.
        image_size: (height, width) of the picture.
        counts: How many windows of each kind: whole, part, beside.
        seed: Integer, or a `numpy.random.Generator`.

    Returns:
        float64 `boxes_xyxy` (N, 4) and boolean array (N,), whether a window shows the
        whole animal. Windows may stick out of the picture by a quarter of its size.
        There are fewer than asked for where the picture has none: no window is beside
        an animal that fills the picture.

    Example:

    >>> boxes, whole = draw_windows([40, 40, 90, 100], (128, 128), (2, 1, 1), seed=0)
    >>> boxes.shape, whole.tolist()
    ((4, 4), [True, True, False, False])

    Reference:
        Girshick et al. (2014), arXiv:1311.2524, which trains on windows by their IoU.
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    rng = np.random.default_rng(seed)
    size = np.array(image_size[::-1], float)
    box = np.asarray(box_xyxy, float)
    # Half of the candidates resemble the box, half are anywhere and of any size.
    half = CANDIDATES // 2
    around = (box[2:] - box[:2]) * np.exp(rng.uniform(-0.8, 0.8, (half, 2)))
    near = (box[2:] + box[:2]) / 2 + rng.normal(0, 0.2, (half, 2)) * around
    anyhow = size * rng.uniform(*SIZES, (half, 2))
    anywhere = size * rng.uniform(0, 1, (half, 2))
    extents = np.concatenate([around, anyhow])
    centres = np.concatenate([near, anywhere])
    boxes = np.concatenate([centres - extents / 2, centres + extents / 2], axis=1)
    fits = (boxes >= -MARGIN * np.tile(size, 2)).all(axis=1)
    fits &= (boxes <= (1 + MARGIN) * np.tile(size, 2)).all(axis=1)
    fits &= (extents >= SIZES[0] * size).all(axis=1)
    boxes = boxes[rng.permutation(np.flatnonzero(fits))]
    iou = pairwise_iou(boxes, box[None])[:, 0]
    chosen = [
        np.flatnonzero((low <= iou) & (iou < high))[:count]
        for count, (low, high) in zip(counts, KINDS.values(), strict=True)
    ]
    return boxes[np.concatenate(chosen)], np.arange(sum(map(len, chosen))) < len(
        chosen[0]
    )


def window_examples(pets, breeds, num_breeds, window=224, counts=(3, 4, 3), seed=None):
    """Cuts windows out of pictures of one animal each, with a class for each window.

    Args:
        pets: Iterable of (image, mask), as `utils.datasets.load_pets` gives.
        breeds: Integer array (P,), the breed of each picture.
        num_breeds: Number of breeds K. A window that does not show the whole animal
            gets the id K: background.
        window: Side of a window in pixels, to which all are resized.
        counts: As for `draw_windows`.
        seed: Integer that makes the windows repeatable, or `None`.

    Yields:
        For each picture, float32 windows (n, window, window, 3) in [0, 1] and their
        classes, int64 (n,). Outside of the picture its edge pixels are repeated.

    Raises:
        ValueError: If there are fewer breeds than pictures, or the reverse.

    Example:

    >>> image, mask = np.zeros((64, 64, 3), "float32"), np.ones((64, 64), int)
    >>> mask[20:40, 10:30] = 0
    >>> [(windows, classes)] = window_examples([(image, mask)], [1], 2, 32, seed=0)
    >>> windows.shape, classes.tolist()
    ((10, 32, 32, 3), [1, 1, 1, 2, 2, 2, 2, 2, 2, 2])

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    check_positive(num_breeds=num_breeds, window=window)
    return _examples(pets, breeds, num_breeds, window, counts, seed)


def _examples(pets, breeds, num_breeds, window, counts, seed):
    rng = np.random.default_rng(seed)
    for (image, mask), breed in zip(pets, breeds, strict=True):
        image = np.asarray(image)
        size = np.array(image.shape[:2])
        boxes, whole = draw_windows(pet_box(mask), image.shape[:2], counts, rng)
        margin = np.ceil(MARGIN * size).astype(int)
        padded = np.pad(image, [*zip(margin, margin, strict=True), (0, 0)], mode="edge")
        yxyx = (boxes[:, [1, 0, 3, 2]] + np.tile(margin, 2)) / np.tile(
            size + 2 * margin, 2
        )
        zeros = np.zeros(len(boxes), np.int32)
        crops = tf.image.crop_and_resize(padded[None], yxyx, zeros, (window, window))
        yield crops.numpy(), np.where(whole, breed, num_breeds)
