"""Two-stage detectors: features of every proposal, then its class and a better box.

The answer of the network for a proposal is a vector of K + 1 + 4 numbers: logits of
the K classes and of background, the last one; and the deltas of the box (see
`utils.proposals.box_deltas`), divided by `DELTA_SCALES`.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from utils.box_formats import convert_boxes
from utils.boxes import non_maximum_suppression
from utils.proposals import apply_deltas, box_deltas, label_proposals
from utils.roi_pooling import roi_pool

DELTA_SCALES = np.array([0.1, 0.1, 0.2, 0.2])  # makes deltas about as large as logits
FOREGROUND = 1 / 3  # largest share of the training proposals that hold an object


def training_proposals(proposals_xyxy, true_xyxy, classes, num_classes, count, rng):
    """Chooses proposals of one picture to learn from, and says what to answer.

    Args:
        proposals_xyxy: Array of shape (N, 4), in pixels.
        true_xyxy: Array of shape (M, 4), in pixels.
        classes: Integer array of shape (M,), ids from 0 to K - 1.
        num_classes: Number of classes K.
        count: How many to choose, at most a third of them with an object. Few are
            chosen more than once.
        rng: A `numpy.random.Generator`.

    Returns:
        proposals, float64 array of shape (count, 4); and targets, float32 array of
        shape (count, 5): the class id, K for background, and the scaled deltas.

    Raises:
        ValueError: If there are no proposals, or an argument is not as described.

    Example:

    >>> rng = np.random.default_rng(13)
    >>> proposals = [[0, 0, 4, 4], [9, 9, 12, 12]]
    >>> _, targets = training_proposals(proposals, [[0, 0, 4, 5]], [1], 2, 3, rng)
    >>> targets[:, 0].tolist()
    [1.0, 2.0, 2.0]

    Reference:
        Girshick (2015), arXiv:1504.08083, section 2.3. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    labels, boxes = label_proposals(proposals_xyxy, true_xyxy, classes, num_classes)
    if not len(labels):
        raise ValueError("`proposals_xyxy` must hold a proposal. Received: none.")
    with_object = rng.permutation(np.flatnonzero(labels < num_classes))
    with_object = with_object[: int(FOREGROUND * count)]
    without, rest = np.flatnonzero(labels == num_classes), count - len(with_object)
    if len(without):
        without = rng.choice(without, rest, replace=len(without) < rest)
    chosen = np.resize(np.concatenate([with_object, without]), count)
    proposals = np.asarray(proposals_xyxy, dtype=np.float64)[chosen]
    deltas = box_deltas(proposals, boxes[chosen]) / DELTA_SCALES
    targets = np.concatenate([labels[chosen, None], deltas], axis=1)
    return proposals, targets.astype(np.float32)


def crop_features(encoder, image, proposals_xyxy):
    """Encodes every proposal by itself, as R-CNN does.

    Args:
        encoder: A `keras.Model` from pictures (N, h, w, 3) to feature maps.
        image: float array of shape (H, W, 3) in [0, 1].
        proposals_xyxy: Array of shape (N, 4), in pixels. Each is cut out and resized
            to h × w.

    Returns:
        float32 array of shape (N, F): the feature maps as vectors.

    Example:

    >>> encoder = keras.Sequential([keras.Input((2, 2, 3)), layers.Identity()])
    >>> crop_features(encoder, np.ones((8, 8, 3)), [[0, 0, 4, 4]]).shape
    (1, 12)

    Reference:
        Girshick et al. (2014), arXiv:1311.2524. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    image = tf.convert_to_tensor(image, dtype=tf.float32)
    boxes = convert_boxes(proposals_xyxy, "xyxy", "yxyx", image.shape[:2])
    first = np.zeros(len(boxes), dtype=np.int32)  # all boxes are of the first picture
    crops = tf.image.crop_and_resize(
        image[None], boxes, first, encoder.input_shape[1:3]
    )
    features = encoder.predict_on_batch(crops)
    return np.reshape(features, (len(boxes), np.prod(features.shape[1:])))


def pooled_features(fine, coarse, proposals_xyxy, stride, bins=3):
    """Pools the features of every proposal from maps of the whole picture.

    Args:
        fine: float array of shape (2h, 2w, C), a feature map.
        coarse: float array of shape (h, w, D), a deeper one of half the size.
        proposals_xyxy: Array of shape (N, 4), in pixels.
        stride: Pixels of the image per cell of `fine`.
        bins: Number of bins along each axis.

    Returns:
        float32 array of shape (N, bins * bins * (C + D)).

    Raises:
        ValueError: As `utils.roi_pooling.roi_pool`.

    Example:

    >>> maps = np.zeros((4, 4, 2)), np.zeros((2, 2, 3))
    >>> pooled_features(*maps, [[0, 0, 40, 30]], stride=16).shape
    (1, 45)

    Reference:
        Girshick (2015), arXiv:1504.08083. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    both = [fine, np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)]
    pooled = roi_pool(np.concatenate(both, axis=-1), proposals_xyxy, stride, bins)
    return np.reshape(pooled, (len(pooled), np.prod(pooled.shape[1:])))


def region_head(num_features, num_classes, units=256, dropout=0.3):
    """Builds the layers that judge one proposal by its features.

    Args:
        num_features: Length of the feature vector.
        num_classes: Number of classes K.
        units: Number of units in between.
        dropout: Share of the features that training leaves out, at random.

    Returns:
        A `keras.Model` from features (N, F) to answers (N, K + 1 + 4).

    Example:

    >>> region_head(num_features=45, num_classes=2).output_shape
    (None, 7)

    Reference:
        Girshick (2015), arXiv:1504.08083. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    features = keras.Input((num_features,))
    x = layers.Dropout(dropout)(features)
    x = layers.Dense(units, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    answer = layers.Dense(num_classes + 5, name="answer")(x)
    return keras.Model(features, answer, name="region_head")


def region_loss(target, answer):
    """Returns the loss of every proposal: of its class and, with an object, its box.

    Args:
        target: Tensor of shape (N, 5), as from `training_proposals`.
        answer: Tensor of shape (N, K + 1 + 4).

    Returns:
        Tensor of shape (N,): the cross-entropy of the class, and where it is not
        background the mean Huber loss of the deltas.

    Example:

    >>> float(region_loss(np.array([[2.0, 9, 9, 9, 9]]), np.zeros((1, 7)))[0])  # log 3
    1.0986122886681098

    Reference:
        Girshick (2015), arXiv:1504.08083, equation 1. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    target, answer = ops.cast(target, answer.dtype), ops.convert_to_tensor(answer)
    logits, deltas = answer[:, :-4], answer[:, -4:]
    kind = ops.cast(target[:, 0], "int32")
    with_object = ops.cast(kind < logits.shape[1] - 1, answer.dtype)
    moved = keras.losses.huber(target[:, 1:], deltas)
    kinds = ops.sparse_categorical_crossentropy(kind, logits, from_logits=True)
    return kinds + with_object * moved


def decode_regions(
    answer, proposals_xyxy, image_size, least_score=0.05, iou_threshold=0.3
):
    """Turns the network's answers for the proposals of one picture into detections.

    Args:
        answer: float array of shape (N, K + 1 + 4).
        proposals_xyxy: Array of shape (N, 4), in pixels.
        image_size: (height, width) in pixels.
        least_score: A class of lower probability is dropped.
        iou_threshold: Of two boxes of one class with a larger IoU, one is dropped.

    Returns:
        Dict of "boxes_xyxy", float64 array of shape (M, 4) in pixels; "classes", int64
        array of shape (M,); "scores", float64 array of shape (M,), the highest first.

    Raises:
        ValueError: If the arrays differ in length.

    Example:

    >>> answer = np.array([[9.0, 0, 0, 0, 0, 0, 0]])
    >>> decode_regions(answer, [[0, 0, 4, 4]], (8, 8))["boxes_xyxy"].tolist()
    [[0.0, 0.0, 4.0, 4.0]]

    Reference:
        Girshick (2015), arXiv:1504.08083. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    answer = np.asarray(answer, dtype=np.float64)
    boxes = apply_deltas(proposals_xyxy, answer[:, -4:] * DELTA_SCALES, image_size)
    scores = np.exp(answer[:, :-4] - answer[:, :-4].max(axis=1, keepdims=True))
    scores = scores[:, :-1] / scores.sum(axis=1, keepdims=True)
    places, classes = np.nonzero(scores >= least_score)
    boxes, scores = boxes[places], scores[places, classes]
    kept = non_maximum_suppression(boxes, scores, iou_threshold, classes)
    return {"boxes_xyxy": boxes[kept], "classes": classes[kept], "scores": scores[kept]}
