"""Random layers for training pictures, and one that is written out in full.

Whatever is random is off in `predict`, `evaluate` and `layer(images, training=False)`.
Images are float in [0, 1], (N, H, W, C) or one picture (H, W, C).
"""

import keras
import tensorflow as tf
from keras import layers, ops


def random_layers(seed=None):
    """Builds the augmentation for flowers: mirror, turn, magnify, move, contrast.

    Each of its five layers draws anew for every picture, from a seed of its own: with
    one for all, those that draw the same kind of number draw the same numbers.

    Args:
        seed: Integer that makes the views repeatable, or `None`.

    Returns:
        A `keras.Sequential` from images (N, H, W, 3) or (H, W, 3) in [0, 1] to the
        same. Called without `training` it augments, as Keras' own random layers do.

    Raises:
        ValueError: If `seed` is neither `None` nor an integer of at least 0.

    Example:
    >>> augmentation, images = random_layers(seed=8), keras.ops.ones((4, 16, 16, 3))
    >>> augmentation(images, training=True).shape
    TensorShape([4, 16, 16, 3])

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

    Every picture of a batch throws its own coin. Keras' newer layer of this name draws
    the probability itself between 0 and `factor`; its `factor=(f, f)` is this one's
    `f`.

    Args:
        factor: Probability for a picture to be inverted, 0 to 1.
        seed: Integer that makes the coins repeatable, or `None`; saved with the layer.
        **options: `name` and `dtype` of the layer.

    Returns:
        When called on images (N, H, W, C) or (H, W, C) in [0, 1]: the same shape and
        range; with `training=False` the images themselves. Without `training` it
        inverts.

    Raises:
        ValueError: If an argument is not as described, or the input has neither three
            nor four axes.

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


def random_views(seed=None, zoom=0.25):
    """Builds the augmentation of the course: mirror and magnify, at random.

    What is random is drawn once for image and mask, and masks are resized to the
    nearest neighbour. (Given both in one call, `RandomZoom` of Keras 3.8 does it
    bilinearly.)

    Args:
        seed: Integer that makes the views repeatable, or `None`.
        zoom: Largest share cut from the view's height and width; 0 only mirrors.

    Returns:
        A function for `Dataset.map` on batches: from images (N, H, W, 3) float32 and
        masks (N, H, W) uint8 to the same shapes and types.

    Raises:
        ValueError: If `zoom` is not in [0, 1).

    Example:
    >>> images = tf.random.uniform((8, 32, 32, 3))
    >>> masks = tf.cast(images[..., 0] > 0.5, tf.uint8)
    >>> images, masks = random_views(seed=6, zoom=0)(images, masks)
    >>> bool(tf.reduce_all((images[..., 0] > 0.5) == (masks == 1)))
    True

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    if not 0 <= zoom < 1:
        raise ValueError(f"`zoom` must be at least 0 and below 1. Received: {zoom}.")
    mirror = layers.RandomFlip("horizontal", seed=seed)
    # With the mirror's seed, it would draw the mirror's numbers.
    other_seed = None if seed is None else seed + 1
    magnify = layers.RandomZoom((-zoom, 0.0), seed=other_seed)
    magnify_mask = layers.RandomZoom((-zoom, 0.0), interpolation="nearest")

    def views(images, masks):
        pairs = {"images": images, "segmentation_masks": masks[..., tf.newaxis]}
        pairs = mirror(pairs, training=True)
        images, new_masks = pairs["images"], pairs["segmentation_masks"]
        if zoom:
            new_masks = tf.cast(new_masks, images.dtype)
            drawn = magnify.get_random_transformation(images, training=True)
            images = magnify.transform_images(images, drawn, training=True)
            new_masks = magnify_mask.transform_images(new_masks, drawn, training=True)
        return images, tf.cast(new_masks[..., 0], masks.dtype)

    return views
