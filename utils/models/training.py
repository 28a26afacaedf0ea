"""How the course trains a segmentation model: one recipe, used everywhere."""

import math
import statistics
import time

import keras
from keras import layers


def recipe(steps, peak=3e-3):
    """Builds the optimizer of the course: Adam with warm-up and cosine decay.

    The learning rate rises to `peak` in the first tenth of the steps, because the first
    gradients of a fresh decoder point anywhere, then falls to zero along a cosine.

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


def unfreeze_encoder(model, from_layer=None):
    """Lets training change a model's encoder, for fine-tuning.

    Batch normalisations stay frozen: in training they would overwrite the statistics of
    the pretraining, and `training=False` does not prevent that, as `fit` overrides it.

    Args:
        model: What `unet_model` returned. Compile it again, with a small learning rate.
        from_layer: First encoder layer to unfreeze, "block_13_expand", say, or `None`.

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


class EpochTimer(keras.callbacks.Callback):
    """Measures the training part of every epoch, in seconds.

    The clock stands still while the model is validated. The first epoch includes the
    start, when TensorFlow traces the training step and caches fill.

    Example:
    >>> timer = EpochTimer()
    >>> _ = model.fit(train, epochs=5, callbacks=[timer])  # doctest: +SKIP
    >>> timer.seconds_per_epoch  # doctest: +SKIP
    0.31
    """

    def __init__(self):
        super().__init__()
        self.seconds, self._begin = [], 0.0

    def on_train_begin(self, logs=None):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._begin = self._end = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self._end = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(self._end - self._begin)

    @property
    def seconds_per_epoch(self):
        """Median of all epochs but the first; of the first, if there is no other."""
        if not self.seconds:
            raise ValueError("A model must have been trained. Received: no epoch.")
        return statistics.median(self.seconds[1:] or self.seconds)


def count_macs(model):
    """Counts the multiply–accumulates of one forward pass for one image.

    That is, per number of a convolution's output, each weight of its kernel, and each
    weight of a dense layer at every position. The rest is little, and left out by
    custom.

    Args:
        model: A `keras.Model` of fixed height and width; models inside it count, too.

    Returns:
        An integer.

    Raises:
        ValueError: If the height or width of a layer's output is open.

    Example:
    >>> image = keras.Input((8, 8, 3))
    >>> features = layers.Conv2D(16, 3, padding="same")(image)  # 8·8·16 numbers, 3·3·3
    >>> count_macs(keras.Model(image, features)) == 8 * 8 * 16 * 3 * 3 * 3
    True
    """
    return sum(_layer_macs(layer) for layer in model.layers)


def _layer_macs(layer):
    if isinstance(layer, keras.Model):
        return count_macs(layer)
    if isinstance(layer, layers.SeparableConv2D):
        depthwise, pointwise = layer.depthwise_kernel, layer.pointwise_kernel
        positions = _numbers(layer.output.shape) // layer.filters
        return positions * (math.prod(depthwise.shape) + math.prod(pointwise.shape))
    if isinstance(layer, layers.DepthwiseConv2D):
        rows, columns = layer.kernel.shape[:2]
        return _numbers(layer.output.shape) * rows * columns
    if isinstance(layer, layers.Conv2DTranspose):  # each input number meets a kernel
        positions = _numbers(layer.input.shape) // layer.input.shape[-1]
        return positions * math.prod(layer.kernel.shape)
    if isinstance(layer, (layers.Conv2D, layers.Dense)):
        positions = _numbers(layer.output.shape) // layer.kernel.shape[-1]
        return positions * math.prod(layer.kernel.shape)
    return 0


def _numbers(shape):
    """Returns how many numbers of a layer's output belong to one image."""
    if None in shape[1:]:
        raise ValueError(
            "`model` must have an input of fixed height and width, such as "
            f"keras.Input((224, 224, 3)). Received: a layer of shape {tuple(shape)}."
        )
    return math.prod(shape[1:])
