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

    Keras' `MeanIoU` adds up the matrix of an epoch; this class reads other scores off
    it. Classes without pixels are left out of means; before any pixel the score is 0.

    Args:
        score: One of "pixel_accuracy", "mean_accuracy", "mean_iou",
            "frequency_weighted_iou" and "mean_dice".
        num_classes: Number of classes K, which is also the number of logits.
        void: Id in the masks for pixels that are not counted, or `None`.
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


@keras.saving.register_keras_serializable(package="course")
class SoftDice(keras.losses.Loss):
    """One minus the Dice coefficient of probabilities, image by image, from logits.

    With target t and p = sigmoid(logit) it is 1 - (2 Σ t·p + s) / (Σ t² + Σ p² + s):
    Dice, if t and p are 0 or 1. Large and small objects weigh the same.

    Args:
        smooth: The s above, at least 0: no object, and none predicted, lose 0, not 0 /
            0.
        squared: Whether the sums below are of squares, as in the paper, or plain, as in
            Keras.
        reduction: How Keras joins the losses of the images of a batch.
        name: Name of the loss.
        dtype: Type in which Keras computes, or `None` for its choice.

    Raises:
        ValueError: If `smooth` is negative or no number, or, when called, if targets
            and logits differ in rank, which would combine pixels of a row.

    Example:
    >>> loss = SoftDice(smooth=0.0)
    >>> targets, logits = [[[[1.0], [0.0]]]], [[[[0.0], [-100.0]]]]
    >>> round(float(loss(targets, logits)), 4)  # 1 - 2·0.5 / (1 + 0.25)
    0.2

    Reference:
        Milletari, Navab and Ahmadi (2016), arXiv:1606.04797.
        Derived in `notebooks/07_binary_unet.ipynb`.
    """

    def __init__(
        self,
        smooth=1.0,
        squared=True,
        reduction="sum_over_batch_size",
        name="soft_dice",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not isinstance(smooth, (int, float)) or not smooth >= 0:
            raise ValueError(
                f"`smooth` must be a number of at least 0. Received: {smooth!r}."
            )
        self.smooth, self.squared = smooth, squared

    def call(self, y_true, y_pred):
        y_true, y_pred = map(ops.convert_to_tensor, (y_true, y_pred))
        if len(y_true.shape) != len(y_pred.shape):
            raise ValueError(
                "Targets and logits must both have shape (N, H, W, 1). Received: "
                f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}. Add an axis to the "
                "targets: `targets[..., None]`."
            )
        probabilities = ops.sigmoid(y_pred)
        targets = ops.cast(y_true, probabilities.dtype)
        power = 2 if self.squared else 1
        axes = tuple(range(1, len(probabilities.shape)))
        overlap = ops.sum(targets * probabilities, axis=axes)
        sizes = ops.sum(targets**power + probabilities**power, axis=axes)
        return 1 - (2 * overlap + self.smooth) / (sizes + self.smooth)

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth, "squared": self.squared}
