"""How good is a mask? Everything here is read off one confusion matrix.

A class that is absent from both masks has no score: it is `nan` and left out of means.
For streaming, add the matrices of the batches and score their sum.
"""

import numpy as np

from utils.masks.forms import binary_mask, create_mask


def confusion_matrix(true_mask, predicted_mask, num_classes, void=255):
    """Counts how often each true class was predicted as each class.

    Args:
        true_mask: Integer array of any shape, one class id per pixel.
        predicted_mask: Integer array of the same shape.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        void: Id in `true_mask` for unlabelled pixels, which are not counted.

    Returns:
        int64 array of shape (K, K): row = true class, column = predicted, in pixels.

    Raises:
        ValueError: If the shapes differ, an array holds other than integers, or an id
            is not in 0 to K - 1: a labelling bug, so it is reported, never dropped.

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
    if not labelled.all():
        true_mask, predicted_mask = true_mask[labelled], predicted_mask[labelled]
    pairs = num_classes * _class_ids("true_mask", true_mask, num_classes)
    pairs += _class_ids("predicted_mask", predicted_mask, num_classes)
    counts = np.bincount(pairs, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def confusion_per_image(true_masks, predicted_masks, num_classes, void=255):
    """Counts a confusion matrix for every image of a batch.

    Args:
        true_masks: Integers (N, H, W), or a list of N masks that may differ in size.
        predicted_masks: The same, predicted.
        num_classes: Number of classes K.
        void: Id in `true_masks` for unlabelled pixels, which are not counted.

    Returns:
        int64 array of shape (N, K, K); its sum is the matrix of all pixels together.

    Raises:
        ValueError: If the numbers of masks differ, and as `confusion_matrix`.

    Example:
    >>> confusion_per_image([[[0, 1]], [[1, 1]]], [[[0, 0]], [[1, 1]]], num_classes=2)
    array([[[1, 0],
            [1, 0]],
    <BLANKLINE>
           [[0, 0],
            [0, 2]]])

    Reference:
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    if len(true_masks) != len(predicted_masks):
        raise ValueError(
            "`true_masks` and `predicted_masks` must hold the same number of masks. "
            f"Received: {len(true_masks)} and {len(predicted_masks)}."
        )
    confusions = np.zeros((len(true_masks), num_classes, num_classes), dtype=np.int64)
    for number, pair in enumerate(zip(true_masks, predicted_masks, strict=True)):
        confusions[number] = confusion_matrix(*pair, num_classes, void)
    return confusions


def dataset_confusion(model, dataset, num_classes, void=255, per_image=False):
    """Adds up the confusion matrices of a model's predictions for a whole data set.

    Only one batch of logits is in memory at a time.

    Args:
        model: A `keras.Model` from images (N, H, W, 3) to logits (N, H, W, K).
        dataset: Iterable of batches (images, masks), masks of shape (N, H, W); anything
            after these is ignored.
        num_classes: Number of classes K.
        void: Id in the masks for unlabelled pixels, which are not counted.
        per_image: Whether to keep one matrix per image.

    Returns:
        int64 array of shape (K, K), as `confusion_matrix`; with `per_image` (N, K, K),
        in the order of the data set.

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
    count = confusion_per_image if per_image else confusion_matrix
    batches = []
    for images, masks, *_ in dataset:
        if len(images.shape) != 4:
            raise ValueError(
                "`dataset` must yield batches: images of shape (batch, height, "
                f"width, channels). Received: shape {tuple(images.shape)}. Call "
                "`dataset.batch(16)` first."
            )
        predicted_masks = create_mask(model.predict_on_batch(images))
        batches.append(count(masks, predicted_masks, num_classes, void))
    whole = np.zeros((0, num_classes, num_classes), dtype=np.int64)
    if per_image:
        return np.concatenate([whole, *batches])
    return sum(batches, whole.sum(axis=0))


def per_image_mean(score, confusions):
    """Scores every image by itself, then takes the mean over images.

    The pooled score, `score(confusions.sum(axis=0))`, gives one vote to every pixel;
    this one gives one to every image.

    Args:
        score: Function of a confusion matrix, from `utils.metrics`.
        confusions: Array of shape (N, K, K) from `confusion_per_image`.

    Returns:
        A float, or float64 (K,) if the score is per class. Images whose score is `nan`
        are left out; `nan` if none remains.

    Raises:
        ValueError: If `confusions` has another number of axes.

    Example:
    >>> from utils.metrics import mean_iou
    >>> per_image_mean(mean_iou, [[[9, 0], [0, 1]], [[9, 0], [1, 0]]])  # 1, 0.45
    0.725

    Reference:
        Csurka, Larlus and Perronnin (2013), doi:10.5244/C.27.32.
        Derived in `notebooks/05_segmentation_metrics.ipynb`.
    """
    confusions = np.asarray(confusions)
    if confusions.ndim != 3:
        raise ValueError(
            "`confusions` must have shape (images, classes, classes). "
            f"Received: shape {confusions.shape}."
        )
    scores = np.array([score(confusion) for confusion in confusions])
    present = ~np.isnan(scores)
    means = quotients(np.where(present, scores, 0).sum(axis=0), present.sum(axis=0))
    return means if means.ndim else float(means)


def quotients(numerators, denominators):
    """Divides counts, with `nan` where there is nothing to divide by."""
    numerators, denominators = np.asarray(numerators), np.asarray(denominators)
    absent = np.full(denominators.shape, np.nan)
    return np.divide(numerators, denominators, out=absent, where=denominators > 0)


def _class_ids(name, ids, num_classes):
    """Returns `ids` as a flat int64 array after checking that they are class ids."""
    if ids.size and not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(
            f"`{name}` must hold integer class ids. Received: {ids.dtype}."
        )
    if ids.size and (ids.min() < 0 or ids.max() >= num_classes):
        wrong = np.unique(ids[(ids < 0) | (ids >= num_classes)])
        raise ValueError(
            f"`{name}` must hold class ids from 0 to {num_classes - 1}. "
            f"Received: {wrong.tolist()}. Was the mask resized with interpolation?"
        )
    return ids.astype(np.int64).ravel()


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
        float64 array of shape (K,), from 0 to 1; `nan` for a class not in the truth.

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

    The pixels that are k in both masks, as a share of those that are k in at least one.

    Args:
        confusion: Array of shape (K, K) from `confusion_matrix`, in pixels.

    Returns:
        float64 array of shape (K,), from 0 to 1; `nan` for a class in neither mask.

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
        predicted has no vote.

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

    Twice the intersection, divided by the sum of both sizes: 2 IoU / (1 + IoU).

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
        float64 (T,), from 0 to 1; `nan` where the object is in neither mask.

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
