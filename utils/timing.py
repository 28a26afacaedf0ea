"""The time that training takes, epoch by epoch."""

import statistics
import time

import keras


class EpochTimer(keras.callbacks.Callback):
    """Measures the training part of every epoch, in seconds.

    The clock stands still while the model is validated. The first epoch includes the
    start, when TensorFlow traces the training step and caches fill.

    Example:

    >>> timer = EpochTimer()
    >>> _ = model.fit(train, epochs=5, callbacks=[timer])  # doctest: +SKIP
    >>> timer.seconds_per_epoch  # doctest: +SKIP
    0.31

    Reference:
        Used in `notebooks/08_augmentation_layers.ipynb`.
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
