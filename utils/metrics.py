"""How good is a mask? Everything here is read off one confusion matrix.

A confusion matrix has one row per true class and one column per predicted class. Its
unit is pixels, so the matrices of several images may be added.
"""

import numpy as np


def create_mask(logits):
    """Chooses the class with the largest logit for every pixel.

    Args:
        logits: Float array of shape (..., H, W, K) with K of at least 2.

    Returns:
        uint8 array of shape (..., H, W): class ids from 0 to K - 1. Among equal
        logits the lowest id wins.

    Raises:
        ValueError: If K is 1 (a single logit is compared with a threshold, its
            largest is always class 0) or more than 255.

    Example:

    >>> create_mask([[[0.1, 2.0], [3.0, -1.0]]])
    array([[1, 0]], dtype=uint8)

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    logits = np.asarray(logits)
    if logits.ndim < 3 or not 2 <= logits.shape[-1] <= 255:
        raise ValueError(
            "`logits` must have shape (..., height, width, classes) with 2 to 255 "
            f"classes. Received: shape {logits.shape}."
        )
    return np.argmax(logits, axis=-1).astype(np.uint8)


def confusion_matrix(true_mask, predicted_mask, num_classes, void=255):
    """Counts how often each true class was predicted as each class.

    Args:
        true_mask: Integer array of any shape, one class id per pixel.
        predicted_mask: Integer array of the same shape.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        void: Id in `true_mask` for unlabelled pixels, which are not counted.

    Returns:
        int64 array of shape (K, K): row = true class, column = predicted class,
        unit = pixels. All zeros if there is no labelled pixel.

    Raises:
        ValueError: If the shapes differ, an array does not hold integers or an id
            is not in 0 to K - 1. Such an id is a labelling bug (bilinear resizing
            of a mask makes them), so it is reported, never dropped.

    Example:

    >>> confusion_matrix([0, 0, 1, 255], [0, 1, 1, 1], num_classes=2)
    array([[1, 1],
           [0, 1]])

    Reference:
        Long, Shelhamer and Darrell (2015), arXiv:1411.4038, where it is n_ij.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    true_mask, predicted_mask = np.asarray(true_mask), np.asarray(predicted_mask)
    if true_mask.shape != predicted_mask.shape:
        raise ValueError(
            "`true_mask` and `predicted_mask` must have the same shape. "
            f"Received: {true_mask.shape} and {predicted_mask.shape}."
        )
    labelled = true_mask != void
    true_ids = _class_ids("true_mask", true_mask[labelled], num_classes)
    predicted_ids = _class_ids("predicted_mask", predicted_mask[labelled], num_classes)
    pairs = num_classes * true_ids + predicted_ids
    counts = np.bincount(pairs, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


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
    intersection = np.diag(confusion).astype(float)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - np.diag(confusion)
    absent = np.full(len(union), np.nan)
    return np.divide(intersection, union, out=absent, where=union > 0)


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
    iou = iou_per_class(confusion)
    present = ~np.isnan(iou)
    return float(iou[present].mean()) if present.any() else float("nan")


def dataset_confusion(model, dataset, num_classes, void=255):
    """Adds up the confusion matrices of a model's predictions for a whole data set.

    Only one batch of logits is in memory at a time.

    Args:
        model: A `keras.Model` from images (N, H, W, 3) to logits (N, H, W, K).
        dataset: Iterable of batches (images, masks), masks of shape (N, H, W);
            anything after the masks, such as sample weights, is ignored.
        num_classes: Number of classes K.
        void: Id in the masks for unlabelled pixels, which are not counted.

    Returns:
        int64 array of shape (K, K), as `confusion_matrix`.

    Raises:
        ValueError: If the data set is not batched.

    Example:

    >>> import keras
    >>> logits = keras.Input((1, 2, 2))
    >>> echo = keras.Model(logits, logits)
    >>> images = np.array([[[[5.0, 0.0], [5.0, 0.0]]]])
    >>> dataset_confusion(echo, [(images, np.array([[[0, 1]]]))], num_classes=2)
    array([[1, 0],
           [1, 0]])

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    confusion = np.zeros((num_classes, num_classes), dtype=np.int64)
    for images, masks, *_ in dataset:
        if len(images.shape) != 4:
            raise ValueError(
                "`dataset` must yield batches: images of shape (batch, height, "
                f"width, channels). Received: shape {tuple(images.shape)}. Call "
                "`dataset.batch(16)` first."
            )
        predicted_masks = create_mask(model.predict_on_batch(images))
        confusion += confusion_matrix(masks, predicted_masks, num_classes, void)
    return confusion


def _class_ids(name, ids, num_classes):
    """Returns `ids` as int64 after checking that they are class ids."""
    if ids.size and not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(
            f"`{name}` must hold integer class ids. Received: {ids.dtype}."
        )
    wrong = np.unique(ids[(ids < 0) | (ids >= num_classes)])
    if wrong.size:
        raise ValueError(
            f"`{name}` must hold class ids from 0 to {num_classes - 1}. "
            f"Received: {wrong.tolist()}. Was the mask resized with interpolation?"
        )
    return ids.astype(np.int64)


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
