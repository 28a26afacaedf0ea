"""How good is a mask? Everything here is read off one confusion matrix.

A class that is absent from both masks has no score: it is `nan` and left out of means.
For streaming, add the matrices of the batches and score their sum.
"""

import numpy as np

from utils.confusion import (  # noqa: F401, under one name with the scores
    confusion_matrix,
    confusion_per_image,
    create_mask,
    dataset_confusion,
    per_image_mean,
    quotients,
)


def pixel_accuracy(confusion):
    """Returns the share of labelled pixels whose class was predicted.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        A float from 0 to 1, `nan` if no pixel was counted.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> pixel_accuracy([[2, 0], [1, 1]])
    0.75

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    confusion = _counts(confusion)
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def accuracy_per_class(confusion):
    """Returns the share of every true class that was found, its recall.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        float64 array of shape (K,), from 0 to 1; `nan` for a class that is not in the
        true mask.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> accuracy_per_class([[2, 0], [1, 1]])
    array([1. , 0.5])

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    confusion = _counts(confusion)
    return quotients(np.diag(confusion), confusion.sum(axis=1))


def mean_accuracy(confusion):
    """Returns the mean of `accuracy_per_class` over the classes in the true mask.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        A float from 0 to 1, `nan` if no pixel was counted.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> mean_accuracy([[2, 0], [1, 1]])
    0.75

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, "mean accuracy".
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    return _mean_of_present(accuracy_per_class(confusion))


def iou_per_class(confusion):
    """Returns intersection over union (IoU) of every class.

    For class k the intersection is the pixels that are k in both masks, the union
    those that are k in at least one of them.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        float64 array of shape (K,), from 0 to 1. A class that is in neither mask
        has no IoU: its entry is `nan`.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> iou_per_class([[2, 0, 0], [1, 1, 0], [0, 0, 0]])
    array([0.66666667, 0.5       ,        nan])

    Reference:
        Everingham et al. (2010), doi:10.1007/s11263-009-0275-4.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    confusion = _counts(confusion)
    intersection = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - intersection
    return quotients(intersection, union)


def mean_iou(confusion):
    """Returns the mean IoU of the classes that are in at least one of the masks.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        A float from 0 to 1, `nan` if no pixel was counted.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> mean_iou([[2, 0, 0], [2, 4, 0], [0, 0, 0]])
    0.5833333333333333

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, "mean IU".
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    return _mean_of_present(iou_per_class(confusion))


def frequency_weighted_iou(confusion):
    """Returns the mean IoU in which every true pixel, not every class, has one vote.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        A float from 0 to 1, `nan` if no pixel was counted. A class that is only
        predicted has no vote of its own; its pixels are missing elsewhere.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> frequency_weighted_iou([[2, 0], [2, 4]])  # (2 * 2/4 + 6 * 4/6) / 8
    0.625

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, "f.w. IU".
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    confusion = _counts(confusion)
    frequency = confusion.sum(axis=1)
    if not frequency.any():
        return float("nan")
    iou = np.nan_to_num(iou_per_class(confusion))
    return float(np.sum(frequency * iou) / np.sum(frequency))


def dice_per_class(confusion):
    """Returns the Dice coefficient of every class, also known as its F1 score.

    Twice the intersection, divided by the sum of the two sizes. With the IoU of the
    class it is 2 IoU / (1 + IoU): other numbers, the same order.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        float64 array of shape (K,), from 0 to 1; `nan` for a class in neither mask.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> dice_per_class([[2, 0, 0], [1, 1, 0], [0, 0, 0]])
    array([0.8       , 0.66666667,        nan])

    Reference:
        Dice (1945), doi:10.2307/1932409.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    confusion = _counts(confusion)
    sizes = confusion.sum(axis=0) + confusion.sum(axis=1)
    return quotients(2 * np.diag(confusion), sizes)


def mean_dice(confusion):
    """Returns the mean Dice of the classes that are in at least one of the masks.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        A float from 0 to 1, `nan` if no pixel was counted.

    Raises:
        ValueError: If `confusion` is not a square matrix of counts.

    Example:

    >>> mean_dice([[2, 0], [0, 2]])
    1.0

    Reference:
        Dice (1945), doi:10.2307/1932409.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    return _mean_of_present(dice_per_class(confusion))


def _mean_of_present(scores):
    """Returns the mean of the scores that are not `nan`, `nan` if there is none."""
    present = scores[~np.isnan(scores)]
    return float(present.mean()) if present.size else float("nan")


def _counts(confusion):
    """Returns `confusion` as an array after checking that it is a square of counts."""
    confusion = np.asarray(confusion)
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:
        raise ValueError(
            "`confusion` must be a square matrix, one row and column per class. "
            f"Received: shape {confusion.shape}."
        )
    if (confusion < 0).any():
        raise ValueError(
            f"`confusion` must hold counts of pixels. Received: {confusion.tolist()}."
        )
    return confusion
