"""Masks of two classes from one logit per pixel: target, threshold, Dice loss.

The target is 1 on the object and 0 on the background. A model has one output channel,
whose sigmoid is the probability of the object.
"""

import keras
import numpy as np
from keras import ops

from utils.metrics import confusion_matrix, iou_per_class

BORDER_TOO = (0, 2)  # of a trimap's pet, background, border: what counts as object


def binary_target(mask, object_ids=BORDER_TOO, num_classes=3):
    """Turns class ids into 1 for the object and 0 for everything else.

    Args:
        mask: Integer array of any shape, such as (N, H, W): class ids.
        object_ids: The ids that count as object. By default pet and border.
        num_classes: Number of classes K; valid ids are 0 to K - 1.

    Returns:
        uint8 array of the same shape. An empty mask gives an empty array.

    Raises:
        ValueError: If `mask` does not hold integers, or an id that is not 0 to K - 1.
            Void pixels are neither object nor background: decide about them first.

    Example:

    >>> binary_target([[0, 2, 1]])
    array([[1, 1, 0]], dtype=uint8)

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    mask = np.asarray(mask)
    if mask.size and mask.dtype.kind not in "iu":
        raise ValueError(
            f"`mask` must hold integer class ids. Received: dtype {mask.dtype}."
        )
    wrong = np.setdiff1d(mask, range(num_classes))
    if wrong.size:
        raise ValueError(
            f"`mask` must hold ids from 0 to {num_classes - 1}. "
            f"Received: {wrong.tolist()}."
        )
    return np.isin(mask, object_ids).astype(np.uint8)


def binary_mask(logits, threshold=0.5):
    """Calls every pixel object whose probability exceeds a threshold.

    The logits are compared with log(threshold / (1 - threshold)), so no sigmoid has
    to be computed and none can overflow.

    Args:
        logits: Float array of shape (..., H, W, 1).
        threshold: Probability between 0 and 1, both excluded.

    Returns:
        uint8 array of shape (..., H, W): 1 = object, 0 = background.

    Raises:
        ValueError: If there is not exactly one logit per pixel, or the threshold is
            not between 0 and 1.

    Example:

    >>> binary_mask([[[-1.0], [0.5], [2.0]]])
    array([[0, 1, 1]], dtype=uint8)
    >>> binary_mask([[[-1.0], [0.5], [2.0]]], threshold=0.8)
    array([[0, 0, 1]], dtype=uint8)

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    logits = np.asarray(logits)
    if logits.ndim < 3 or logits.shape[-1] != 1:
        raise ValueError(
            "`logits` must have shape (..., height, width, 1). "
            f"Received: shape {logits.shape}."
        )
    if not 0 < threshold < 1:
        raise ValueError(
            f"`threshold` must be a probability between 0 and 1. Received: {threshold}."
        )
    return (logits[..., 0] > np.log(threshold / (1 - threshold))).astype(np.uint8)


def binary_confusion(targets, logits, threshold=0.5):
    """Counts the confusion matrix of background (0) and object (1) at a threshold.

    Args:
        targets: Integer array of shape (N, H, W) of zeros and ones.
        logits: Float array of shape (N, H, W, 1).
        threshold: Probability above which a pixel is called object.

    Returns:
        int64 array of shape (2, 2): row = true, column = predicted, unit = pixels.

    Raises:
        ValueError: If the shapes do not fit, or an argument is not as described.

    Example:

    >>> binary_confusion([[[0, 1, 1]]], [[[[-3.0], [0.2], [2.0]]]], threshold=0.6)
    array([[1, 0],
           [1, 1]])

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    predicted = binary_mask(logits, threshold)
    return confusion_matrix(targets, predicted, num_classes=2)


def iou_by_threshold(targets, logits, thresholds):
    """Returns the object's IoU for every threshold, over all pixels together.

    Args:
        targets: Integer array of shape (N, H, W) of zeros and ones.
        logits: Float array of shape (N, H, W, 1).
        thresholds: Sequence of T probabilities between 0 and 1.

    Returns:
        float64 array of shape (T,), from 0 to 1; `nan` where the object is in neither
        mask.

    Raises:
        ValueError: As `binary_confusion`.

    Example:

    >>> logits = [[[[-3.0], [0.2], [2.0]]]]
    >>> iou_by_threshold([[[0, 1, 1]]], logits, thresholds=[0.5, 0.6])
    array([1. , 0.5])

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    targets, logits = np.asarray(targets), np.asarray(logits)
    scores = [
        iou_per_class(binary_confusion(targets, logits, threshold))[1]
        for threshold in thresholds
    ]
    return np.array(scores, dtype=np.float64)


@keras.saving.register_keras_serializable(package="course")
class SoftDice(keras.losses.Loss):
    """One minus the Dice coefficient of probabilities, image by image, from logits.

    With target t and probability p = sigmoid(logit) of every pixel it is
    1 - (2 Σ t·p + s) / (Σ t² + Σ p² + s). Where t and p are 0 or 1, this is Dice. Large
    and small objects weigh the same, however many pixels are background.

    Args:
        smooth: The s above, at least 0. An image without object, and with none
            predicted, has a loss of 0 instead of 0 / 0.
        squared: Whether the sums in the denominator are of squares, as in the paper, or
            plain, as in `keras.losses.Dice`.
        reduction: How Keras joins the losses of the images of a batch.
        name: Name of the loss.
        dtype: Type in which Keras computes, or `None` for its choice.

    Raises:
        ValueError: If `smooth` is negative or no number, or, when called, if targets
            and logits differ in rank: NumPy's rules would combine every pixel of a row
            with every other.

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
        return {
            **super().get_config(),
            "smooth": self.smooth,
            "squared": self.squared,
        }
