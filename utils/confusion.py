"""From logits to masks, and from masks to confusion matrices.

A confusion matrix has one row per true class and one column per predicted class. Its
unit is pixels, so the matrices of several images may be added: that is how a data set
is measured batch by batch. `utils.metrics` reads every score off such a matrix.
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
    if not labelled.all():
        true_mask, predicted_mask = true_mask[labelled], predicted_mask[labelled]
    pairs = num_classes * _class_ids("true_mask", true_mask, num_classes)
    pairs += _class_ids("predicted_mask", predicted_mask, num_classes)
    counts = np.bincount(pairs, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def confusion_per_image(true_masks, predicted_masks, num_classes, void=255):
    """Counts a confusion matrix for every image of a batch.

    Args:
        true_masks: Integer array of shape (N, H, W), or a list of N masks that may
            differ in size.
        predicted_masks: The same, predicted.
        num_classes: Number of classes K.
        void: Id in `true_masks` for unlabelled pixels, which are not counted.

    Returns:
        int64 array of shape (N, K, K). Its sum over the first axis is the matrix of
        all pixels together.

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
        dataset: Iterable of batches (images, masks), masks of shape (N, H, W);
            anything after the masks, such as sample weights, is ignored.
        num_classes: Number of classes K.
        void: Id in the masks for unlabelled pixels, which are not counted.
        per_image: Whether to keep one matrix per image.

    Returns:
        int64 array of shape (K, K), as `confusion_matrix`; with `per_image` of shape
        (N, K, K), in the order of the data set, whose sum over the first axis is the
        other.

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
    this one gives one to every image, however small its object.

    Args:
        score: Function of a confusion matrix, from `utils.metrics`.
        confusions: Array of shape (N, K, K) from `confusion_per_image`.

    Returns:
        A float, or a float64 array of shape (K,) if the score is per class. Images
        whose score is `nan` are left out; `nan` if none remains.

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
    """Divides counts, with `nan` where there is nothing to divide by.

    Args:
        numerators: Array of numbers.
        denominators: Array of the same shape, numbers of at least 0.

    Returns:
        float64 array of their shape.

    Example:

    >>> quotients([3, 0], [4, 0])
    array([0.75,  nan])
    """
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
