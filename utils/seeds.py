"""A seed of its own for every element of a data set, safe in a parallel map."""

import tensorflow as tf


def with_seeds(dataset, seed, fresh=True):
    """Pairs every element of a data set with the seed for its random changes.

    Seeds are data here, handed out one after the other before the map in which they
    are used. So it does not matter how many threads that map has and which of them is
    first. Call it after `cache` and `shuffle`, and after `batch` if whole batches are
    changed.

    Args:
        dataset: `tf.data.Dataset` of any elements.
        seed: Integer; another one gives other seeds.
        fresh: If true, every pass over the result has new seeds, the same in every
            program; a look at the first elements counts as a pass. They depend on
            `tf.random.set_seed`, too. If false, every pass repeats the seeds (`seed`,
            0), (`seed`, 1), …, as validation wants it.

    Returns:
        `tf.data.Dataset` of pairs (element, int64 tensor of shape (2,)), as many as
        `dataset` has.

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
