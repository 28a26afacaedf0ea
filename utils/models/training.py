"""How the course trains a segmentation model: one recipe, used everywhere."""

import keras
import tensorflow as tf
from keras import layers


def recipe(steps, peak=3e-3):
    """Builds the optimizer of the course: Adam with warm-up and cosine decay.

    The learning rate rises to `peak` during the first tenth of the steps, because
    the first gradients of a fresh decoder point anywhere, then falls to zero along
    a cosine, because a model that is nearly right needs ever smaller corrections.

    Args:
        steps: Number of training steps in all: epochs times batches per epoch.
        peak: Largest learning rate.

    Returns:
        A `keras.optimizers.Adam`, for one training run.

    Raises:
        ValueError: If `steps` is not a positive integer.

    Example:

    >>> optimizer = recipe(steps=100)
    >>> _ = optimizer.iterations.assign(5)  # half of the warm-up
    >>> round(float(optimizer.learning_rate), 4)
    0.0015

    Reference:
        Kingma and Ba (2015), arXiv:1412.6980; Loshchilov and Hutter (2017),
        arXiv:1608.03983. Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(
            "`steps` must be a positive integer, epochs times batches per epoch. "
            f"Received: {steps!r}."
        )
    warm_up = steps // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=peak, warmup_steps=warm_up
    )
    return keras.optimizers.Adam(schedule)


def random_views(seed=None, zoom=0.25):
    """Builds the augmentation of the course: mirror and magnify, at random.

    What is random is drawn once for image and mask, so they stay together, and masks
    are resized to the nearest neighbour, so no id is invented. (Given both in one
    call, `RandomZoom` of Keras 3.8 resizes masks bilinearly.)

    Args:
        seed: Integer that makes the views repeatable, or `None`.
        zoom: Largest share by which height and width of the view are smaller than
            the image's; 0 only mirrors.

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


def mean_iou_metric(num_classes, void=None):
    """Builds the Keras metric that follows mean IoU while a model trains.

    It is `keras.metrics.MeanIoU` set up for logits. Left alone, that metric expects
    predicted ids and fails on logits with a shape error; and with one class too many
    in `num_classes`, a wrong prediction of that phantom class lowers the mean.

    Args:
        num_classes: Number of classes K, which is also the number of logits.
        void: Id in the masks for unlabelled pixels, which are not counted, or
            `None` if there are none.

    Returns:
        A `keras.metrics.Metric` named "mean_iou" for `model.compile`.

    Example:

    >>> metric = mean_iou_metric(num_classes=2)
    >>> _ = metric.update_state([[[0, 1]]], [[[[5.0, 0.0], [5.0, 0.0]]]])
    >>> float(metric.result())
    0.25

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    return keras.metrics.MeanIoU(
        num_classes, ignore_class=void, sparse_y_pred=False, name="mean_iou"
    )


def unfreeze_encoder(model, from_layer=None):
    """Lets training change a model's encoder, for fine-tuning.

    Batch normalisations stay frozen. In training mode they would normalise with
    the statistics of each small batch and overwrite those of the pretraining.
    Calling the encoder with `training=False` does not prevent that in Keras 3:
    `fit` overrides it.

    Args:
        model: What `unet_model` returned. Compile it again afterwards, with a
            small learning rate.
        from_layer: Name of the first encoder layer to unfreeze, such as
            "block_13_expand", or `None` for all.

    Returns:
        `model`.

    Raises:
        ValueError: If the encoder has no layer of that name.

    Example:

    >>> from utils.models import unet_model
    >>> model = unet_model(3, image_size=(32, 32), encoder_weights="random")
    >>> before = len(model.trainable_variables)
    >>> len(unfreeze_encoder(model, "block_16_expand").trainable_variables) - before
    3

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    encoder = model.get_layer("encoder")
    names = [layer.name for layer in encoder.layers]
    if from_layer is not None and from_layer not in names:
        raise ValueError(
            "`from_layer` must name a layer of the encoder, such as "
            f"'block_13_expand'. Received: {from_layer!r}."
        )
    first = 0 if from_layer is None else names.index(from_layer)
    encoder.trainable = True
    for number, layer in enumerate(encoder.layers):
        normalises = isinstance(layer, layers.BatchNormalization)
        layer.trainable = number >= first and not normalises
    return model
