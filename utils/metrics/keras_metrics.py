"""Scores of a confusion matrix as Keras metrics, for `model.compile`."""

import keras
from keras import ops

SCORES = (
    "pixel_accuracy",
    "mean_accuracy",
    "mean_iou",
    "frequency_weighted_iou",
    "mean_dice",
)


@keras.saving.register_keras_serializable(package="course")
class ConfusionScore(keras.metrics.MeanIoU):
    """Follows one score of the pooled confusion matrix while a model trains.

    Keras' `MeanIoU` adds up the matrix of an epoch, batch by batch; this class reads
    other scores off it. Classes without pixels are left out of means, as in
    `utils.metrics`; before any pixel the score is 0, where `utils.metrics` says `nan`.

    Args:
        score: One of "pixel_accuracy", "mean_accuracy", "mean_iou",
            "frequency_weighted_iou" and "mean_dice".
        num_classes: Number of classes K, which is also the number of logits.
        void: Id in the masks for unlabelled pixels, which are not counted, or
            `None` if there are none.
        name: Name of the metric, by default that of the score.
        dtype: Type in which Keras counts, or `None` for its choice.

    Raises:
        ValueError: If there is no such score.

    Example:

    >>> metric = ConfusionScore("mean_dice", num_classes=2)
    >>> logits = [[[[5.0, 0.0], [5.0, 0.0], [0.0, 5.0]]]]
    >>> _ = metric.update_state([[[0, 1, 1]]], logits)
    >>> round(float(metric.result()), 2)
    0.67

    Reference:
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """

    def __init__(self, score, num_classes, void=None, name=None, dtype=None):
        if score not in SCORES:
            raise ValueError(f"`score` must be one of {SCORES}. Received: {score!r}.")
        super().__init__(
            num_classes,
            name=name or score,
            dtype=dtype,
            ignore_class=void,
            sparse_y_pred=False,
        )
        self.score = score

    def result(self):
        confusion = ops.cast(self.total_cm, "float32")
        hits = ops.diagonal(confusion)
        true, predicted = ops.sum(confusion, axis=1), ops.sum(confusion, axis=0)
        union = true + predicted - hits
        if self.score == "pixel_accuracy":
            return _quotient(ops.sum(hits), ops.sum(true))
        if self.score == "mean_accuracy":
            return _mean(hits, true)
        if self.score == "mean_dice":
            return _mean(2 * hits, true + predicted)
        if self.score == "frequency_weighted_iou":
            weighted = true * _quotient(hits, union)
            return _quotient(ops.sum(weighted), ops.sum(true))
        return _mean(hits, union)

    def get_config(self):
        return {
            "score": self.score,
            "num_classes": self.num_classes,
            "void": self.ignore_class,
            "name": self.name,
            "dtype": self.dtype,
        }


def _quotient(numerator, denominator):
    """Returns the quotient, 0 where there is nothing to divide by."""
    return ops.divide_no_nan(numerator, denominator)


def _mean(numerators, denominators):
    """Returns the mean of the quotients that have something to divide by."""
    present = ops.cast(denominators > 0, denominators.dtype)
    return _quotient(ops.sum(_quotient(numerators, denominators)), ops.sum(present))
