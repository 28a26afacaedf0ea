"""How fast a pipeline delivers pictures."""

import time

import tensorflow as tf

from utils.arguments import check_positive


def pictures_per_second(batches, seconds=1.0, warm_up=1, step=0.0):
    """Counts the pictures that a data set of batches delivers, and looks at the clock.

    The data set is repeated for as long as it takes. Speeds of one machine in one
    run may be compared, no others.

    Args:
        batches: `tf.data.Dataset` whose elements are batches: a tensor, or a tuple,
            list or dict of tensors, with the batch on the first axis.
        seconds: How long to count, at least; the batch on its way is awaited.
        warm_up: Number of batches that are taken first, not counted: until then
            threads start and buffers are empty. With as many as a whole pass has, a
            cache is full, too.
        step: Seconds for which to sleep after every batch, in the place of a training
            step on another device; 0 asks for the next batch at once.

    Returns:
        Float, pictures per second.

    Raises:
        ValueError: If `seconds` is not positive, `step` or `warm_up` is negative, or
            the data set ends although it is repeated: it is empty.

    Example:

    >>> batches = tf.data.Dataset.range(100).batch(10)
    >>> pictures_per_second(batches, seconds=0.01) > 0
    True

    Reference:
        Derived in `notebooks/09_augmentation_tf_image.ipynb`.
    """
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

    Whatever else the machine does makes a pipeline slower, never faster. So the best
    round is the one that was disturbed least.

    Args:
        pipelines: Dict from a name to a `tf.data.Dataset` of batches.
        rounds: How often to measure each.
        seconds: How long to count in each round.
        **options: Other arguments of `pictures_per_second`.

    Returns:
        Dict from the name to pictures per second, in the same order.

    Raises:
        ValueError: If `rounds` is not a positive integer, and as
            `pictures_per_second`.

    Example:

    >>> batches = tf.data.Dataset.range(100).batch(10)
    >>> list(compare({"numbers": batches}, seconds=0.01))
    ['numbers']

    Reference:
        Used in `notebooks/09_augmentation_tf_image.ipynb`.
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

    Left alone, it runs a map without state in parallel even if nobody asked for it,
    and prefetches at the end of a pipeline. That is welcome, except where the effect
    of a parallel map or of prefetching is to be measured.

    Args:
        dataset: `tf.data.Dataset` of any elements.

    Returns:
        `tf.data.Dataset` of the same elements.

    Example:

    >>> as_written(tf.data.Dataset.range(2)).cardinality().numpy()
    np.int64(2)

    Reference:
        `tf.data.experimental.OptimizationOptions`. Used in
        `notebooks/09_augmentation_tf_image.ipynb`.
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
