"""How the course trains a segmentation model: one recipe, used everywhere."""

import keras
from keras import layers


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
