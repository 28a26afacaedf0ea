"""Random augmentation of images together with their masks and boxes.

A *transform* is a function of an example (a dict as in `examples.py`, of one picture)
and a seed, two integers. It draws its parameters once, from the seed alone, and moves
everything with them. No state is shared, so the order in which threads work is of no
importance. `augment` puts a list of transforms behind a data set.

    augment(load_pets("train"), [random_flip(), random_rotation(15)], seed=10)
"""

import time

import tensorflow as tf

from utils._arguments import check_positive
from utils.augmentation.examples import as_element, as_example, is_batch


def with_seeds(dataset, seed, fresh=True):
    """Pairs every element of a data set with the seed for its random changes.

    Seeds are handed out before the map in which they are used, so its threads do not
    matter. Call it after `cache` and `shuffle`, and after `batch` if batches are
    changed.

    Args:
        dataset: `tf.data.Dataset` of any elements.
        seed: Integer; another one gives other seeds.
        fresh: If true, every pass (a look at the first elements counts) has new seeds,
            the same in every program; they depend on `tf.random.set_seed`, too. If
            false, every pass repeats the seeds (`seed`, 0), (`seed`, 1), …, as
            validation wants it.

    Returns:
        `tf.data.Dataset` of pairs (element, int64 tensor of shape (2,)), one per
        element.

    Raises:
        ValueError: If `seed` is not an integer.

    Example:
    >>> for name, seed in with_seeds(tf.data.Dataset.range(2), seed=9, fresh=False):
    ...     print(name.numpy(), seed.numpy())
    0 [9 0]
    1 [9 1]

    Reference:
        Derived in `notebooks/09_augmentation_tf_image.ipynb`.
    """
    if not isinstance(seed, int):
        raise ValueError(f"`seed` must be an integer. Received: {seed!r}.")
    if fresh:
        numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
        seeds = numbers.batch(2, drop_remainder=True)
    else:
        first = tf.constant(seed, tf.int64)
        seeds = tf.data.Dataset.counter().map(lambda number: tf.stack([first, number]))
    return tf.data.Dataset.zip((dataset, seeds))


def augment(dataset, transforms, seed=None):
    """Changes every picture of a data set at random, with all that belongs to it.

    Each pass draws a key, and its n-th picture gets the seed (key, n). So every epoch
    shows other views, and the same seed repeats them, whatever threads and batches do.

    Args:
        dataset: `tf.data.Dataset` of images, pairs (image, mask) or dicts as in
            `utils.augmentation.examples`; single pictures or batches.
        transforms: List of transforms, applied in this order.
        seed: Integer that makes the views repeatable, or `None`.

    Returns:
        A `tf.data.Dataset` of the same form, number and order. Put `cache` before it,
        and `batch` and `prefetch` behind it.

    Raises:
        ValueError: If the elements are not as described.

    Example:
    >>> from utils.augmentation import random_flip
    >>> pictures = tf.reshape(tf.range(12.0), (2, 1, 2, 3))
    >>> dataset = tf.data.Dataset.from_tensor_slices((pictures, pictures[..., 0] > 5))
    >>> [mask.numpy().tolist() for _, mask in augment(dataset, [random_flip()], 4)]
    [[[False, False]], [[True, True]]]

    Reference:
        Salmon et al. (2011), doi:10.1145/2063384.2063405: counters in place of state.
        Derived in `notebooks/10_paired_augmentation.ipynb`.
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
    """Changes one element, or one batch, as the seed says."""
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


def pictures_per_second(batches, seconds=1.0, warm_up=1, step=0.0):
    """Counts the pictures per second that a data set of batches delivers."""
    if not seconds > 0 or step < 0 or warm_up < 0:
        raise ValueError(
            "`seconds` must be positive, `warm_up` and `step` must not be negative. "
            f"Received: {seconds}, {warm_up} and {step}."
        )
    elements = iter(batches.repeat())
    count = 0
    try:
        for _ in range(warm_up):
            next(elements)
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds:
            count += len(_first(next(elements)))
            time.sleep(step)
    except StopIteration:
        raise ValueError(
            "`batches` must hold at least one batch. Received: none."
        ) from None
    return count / passed


def compare(pipelines, rounds=2, seconds=0.3, **options):
    """Measures several pipelines in turn, and again, and keeps the best of each.

    Other work only slows a pipeline down, so the best round was disturbed least.

    Args:
        pipelines: Dict from a name to a `tf.data.Dataset` of batches.
        rounds: How often to measure each.
        seconds: How long to count in each round.
        **options: Other arguments of `pictures_per_second`.

    Returns:
        Dict from the name to pictures per second, in the same order.

    Raises:
        ValueError: As `pictures_per_second`, or if `rounds` is no positive integer.

    Example:
    >>> batches = tf.data.Dataset.range(100).batch(10)
    >>> list(compare({"numbers": batches}, seconds=0.01))
    ['numbers']
    """
    check_positive(rounds=rounds)
    best = dict.fromkeys(pipelines, 0.0)
    for _ in range(rounds):
        for name, batches in pipelines.items():
            rate = pictures_per_second(batches, seconds, **options)
            best[name] = max(best[name], rate)
    return best


def as_written(dataset):
    """Keeps `tf.data` from improving a pipeline on its own.

    Left alone, it runs a map without state in parallel and prefetches at the end, which
    is unwelcome where that effect is to be measured.

    Args:
        dataset: `tf.data.Dataset` of any elements.

    Returns:
        `tf.data.Dataset` of the same elements.

    Example:
    >>> as_written(tf.data.Dataset.range(2)).cardinality().numpy()
    np.int64(2)

    Reference:
        `tf.data.experimental.OptimizationOptions`.
    """
    options = tf.data.Options()
    options.experimental_optimization.map_parallelization = False
    options.experimental_optimization.inject_prefetch = False
    return dataset.with_options(options)


def _first(element):
    """Returns the first tensor of a batch, however it is packed."""
    while isinstance(element, (tuple, list, dict)):
        element = next(iter(element.values() if isinstance(element, dict) else element))
    return element
