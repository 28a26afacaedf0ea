"""Random augmentation of images together with their masks and boxes.

A *transform* is a function of an example (a dict as in `utils.pairs`, of one picture)
and a seed, two integers. It draws its parameters once, from the seed alone, and moves
everything with them. No state is shared, so the order in which threads work is of no
importance. `augment` puts a list of transforms behind a data set.

    augment(load_pets("train"), [random_flip(), random_rotation(15)], seed=10)
"""

import tensorflow as tf

from utils.arguments import check_share
from utils.pairs import as_element, as_example, is_batch
from utils.random_moves import (
    random_affine,
    random_crop,
    random_flip,
    random_quarter_turns,
    random_rotation,
    random_translation,
    random_zoom,
)
from utils.random_pixels import (
    random_blur,
    random_brightness,
    random_contrast,
    random_greyscale,
    random_jitter,
    random_jpeg,
    random_motion_blur,
    random_noise,
    random_saturation,
)

__all__ = [
    "apply",
    "augment",
    "random_affine",
    "random_blur",
    "random_brightness",
    "random_contrast",
    "random_crop",
    "random_flip",
    "random_greyscale",
    "random_jitter",
    "random_jpeg",
    "random_motion_blur",
    "random_noise",
    "random_quarter_turns",
    "random_rotation",
    "random_saturation",
    "random_translation",
    "random_zoom",
    "sometimes",
]


def augment(dataset, transforms, seed=None):
    """Changes every picture of a data set at random, with all that belongs to it.

    Each pass over the result draws a key, and the n-th picture of that pass gets the
    seed (key, n). So every epoch shows other views, and a data set built again with
    the same seed repeats the same views in the same order, whatever the threads do
    and whether pictures come one by one or in batches.

    Args:
        dataset: A `tf.data.Dataset` of images, of pairs (image, mask) or of dicts as
            in `utils.pairs`; single pictures, or batches of them.
        transforms: List of transforms, applied in this order.
        seed: Integer that makes the views repeatable, or `None`.

    Returns:
        A `tf.data.Dataset` with elements of the same form, as many and in the same
        order. Put `cache` before it, and `batch` and `prefetch` behind it.

    Raises:
        ValueError: If the elements are not as described.

    Example:

    >>> pictures = tf.reshape(tf.range(12.0), (2, 1, 2, 3))
    >>> dataset = tf.data.Dataset.from_tensor_slices((pictures, pictures[..., 0] > 5))
    >>> [mask.numpy().tolist() for _, mask in augment(dataset, [random_flip()], 4)]
    [[[False, False]], [[True, True]]]

    Reference:
        Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3",
        doi:10.1145/2063384.2063405: counters in place of state. Derived in
        `notebooks/10_paired_augmentation.ipynb`.
    """
    keys = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    start = tf.constant(0, tf.int64), tf.constant(0, tf.int64)

    def numbered(state, pair):
        (number, key), (element, drawn) = state, pair
        key = tf.where(number == 0, drawn, key)  # the first draw of a pass serves all
        example = as_example(element)
        count = tf.shape(example["images"], tf.int64)[0] if is_batch(example) else 1
        return (number + count, key), (element, tf.stack((key, number)))

    def changed(element, seed):
        return apply(transforms, element, seed)

    seeded = tf.data.Dataset.zip(dataset, keys).scan(start, numbered)
    return seeded.map(changed, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def apply(transforms, element, seed):
    """Changes one element, or one batch, as the seed says.

    Args:
        transforms: List of transforms, applied in this order.
        element: An image, a pair (image, mask) or a dict as in `utils.pairs`.
        seed: Two integers, (key, number). In a batch picture n, from 0, gets the seed
            (key, number + n), as if it had come alone.

    Returns:
        An element of the same form.

    Raises:
        ValueError: If `element` is not as described.

    Example:

    >>> image, mask = tf.zeros((2, 4, 3)), tf.constant([[0, 1, 2, 3]] * 2)
    >>> _, new_mask = apply([random_flip()], (image, mask), seed=(0, 1))
    >>> new_mask.numpy().tolist()
    [[3, 2, 1, 0], [3, 2, 1, 0]]

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    example, seed = as_example(element), tf.cast(seed, tf.int64)

    def one(pair):
        example, seed = pair
        for number, transform in enumerate(transforms):
            own = tf.random.experimental.stateless_fold_in(seed, number)
            example = transform(example, own)
        return example

    if not is_batch(example):
        return as_element(one((example, seed)), like=element)
    numbers = tf.range(tf.shape(example["images"], tf.int64)[0])
    seeds = seed + tf.stack((tf.zeros_like(numbers), numbers), axis=1)
    dtypes = tf.nest.map_structure(lambda tensor: tensor.dtype, example)

    @tf.function  # without it, a batch of no picture would fail
    def each(pairs):
        return tf.map_fn(one, pairs, fn_output_signature=dtypes)

    return as_element(each((example, seeds)), like=element)


def sometimes(transform, probability=0.5):
    """Makes a transform that leaves some of the pictures as they are.

    Args:
        transform: A transform that keeps the shape of a picture.
        probability: Share of the pictures to change, from 0 to 1.

    Returns:
        A transform.

    Raises:
        ValueError: If `probability` is not from 0 to 1.

    Example:

    >>> example = {"images": tf.zeros((1, 3, 3)), "masks": tf.constant([[1, 2, 3]])}
    >>> never = sometimes(random_translation(1.0), probability=0)
    >>> never(example, seed=(0, 1))["masks"].numpy().tolist()
    [[1, 2, 3]]
    """
    check_share(probability=probability)

    def transform_or_not(example, seed):
        example = as_example(example)
        coin, inner = (
            tf.random.experimental.stateless_fold_in(seed, n) for n in (0, 1)
        )
        wanted = tf.random.stateless_uniform((), coin) < probability
        return tf.cond(wanted, lambda: transform(example, inner), lambda: example)

    return transform_or_not
