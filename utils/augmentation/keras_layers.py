"""Random layers for training pictures, and one that is written out in full.

Whatever is random is off in `predict`, `evaluate` and `layer(images, training=False)`.
Images are float in [0, 1], (N, H, W, C) or one picture (H, W, C).
"""

import keras
from keras import layers, ops


def random_layers(seed=None):
    """Builds the augmentation for flowers: mirror, turn, magnify, move, contrast.

    Each of its five layers draws anew for every picture of a batch, from its own
    seed: with one seed for all, those that draw the same kind of number draw the same
    numbers.

    Args:
        seed: Integer that makes the views repeatable, or `None`.

    Returns:
        A `keras.Sequential` from images (N, H, W, 3) or (H, W, 3) in [0, 1] to the
        same shape and range. Called without `training` it augments, as Keras' own
        random layers do.

    Raises:
        ValueError: If `seed` is neither `None` nor an integer of at least 0.

    Example:

    >>> images = keras.random.uniform((4, 16, 16, 3), seed=8)
    >>> augmentation = random_layers(seed=8)
    >>> augmentation(images, training=True).shape
    TensorShape([4, 16, 16, 3])
    >>> bool(ops.all(augmentation(images, training=False) == images))
    True

    Reference:
        Derived in `notebooks/08_augmentation_layers.ipynb`.
    """
    _check_seed(seed)
    seeds = [None if seed is None else 5 * seed + number for number in range(5)]
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal", seed=seeds[0]),
            layers.RandomRotation(0.1, seed=seeds[1]),
            layers.RandomZoom((-0.3, 0.1), seed=seeds[2]),
            layers.RandomTranslation(0.1, 0.1, seed=seeds[3]),
            layers.RandomContrast(0.3, value_range=(0, 1), seed=seeds[4]),
        ],
        name="random_layers",
    )


@keras.saving.register_keras_serializable(package="course")
class RandomInvert(layers.Layer):
    """Turns some pictures into their negatives: x becomes 1 − x.

    Every picture of a batch throws its own coin. Newer versions of Keras have a layer
    of this name, whose `factor=f` is a range: it draws the probability itself between
    0 and f, so it inverts half as often. Its `factor=(f, f)` is this one's `f`.

    Args:
        factor: Probability for a picture to be inverted, 0 to 1.
        seed: Integer that makes the coins repeatable, or `None`. It is saved with
            the layer; a layer made from its configuration starts over.
        **options: `name` and `dtype` of the layer.

    Returns:
        When called on images (N, H, W, C) or (H, W, C) in [0, 1]: the same shape and
        range. With `training=False` the images themselves. Without `training` it
        inverts, as Keras' own random layers would.

    Raises:
        ValueError: If `factor` is not in 0 to 1, `seed` is neither `None` nor an
            integer of at least 0, or the input has neither three nor four axes.

    Example:

    >>> images = ops.zeros((1000, 1, 1, 1))
    >>> share = ops.mean(RandomInvert(factor=0.25, seed=8)(images))
    >>> 0.2 < float(share) < 0.3
    True

    Reference:
        Derived in `notebooks/08_augmentation_layers.ipynb`.
    """

    def __init__(self, factor=0.5, seed=None, **options):
        super().__init__(**options)
        number = isinstance(factor, (int, float)) and not isinstance(factor, bool)
        if not number or not 0 <= factor <= 1:
            raise ValueError(f"`factor` must be in 0 to 1. Received: {factor!r}.")
        _check_seed(seed)
        self.factor, self.seed = factor, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        if len(images.shape) not in (3, 4):
            raise ValueError(
                "`images` must have shape (N, H, W, C) or (H, W, C). "
                f"Received: {images.shape}."
            )
        if not training:
            return images
        count = (ops.shape(images)[0],) if len(images.shape) == 4 else ()
        coins = keras.random.uniform((*count, 1, 1, 1), seed=self.seed_generator)
        return ops.where(coins < self.factor, 1 - images, images)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "factor": self.factor, "seed": self.seed}


def _check_seed(seed):
    whole = isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0
    if seed is not None and not whole:
        raise ValueError(
            f"`seed` must be `None` or an integer of at least 0. Received: {seed!r}."
        )
