"""Two-stage detectors: features of every proposal, then its class and a better box.

The answer of the network for a proposal is a vector of K + 1 + 4 numbers: logits of
the K classes and of background, the last one; and the deltas of the box (see
`utils.detection.box_deltas`), divided by `DELTA_SCALES`.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from utils._arguments import check_positive
from utils.detection.boxes import (
    as_boxes,
    clip_boxes,
    convert_boxes,
    non_maximum_suppression,
    pairwise_iou,
    per_box,
)


def roi_cells(boxes_xyxy, stride, map_size):
    """Returns the cells of a feature map that boxes touch.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels of the image.
        stride: Pixels of the image per cell.
        map_size: (height, width) of the feature map, in cells.

    Returns:
        int64 array of shape (N, 4): first column and row, and those after the last, all
        of the map, at least one cell per box.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> roi_cells([[10, 0, 40, 33], [90, 5, 95, 5]], stride=16, map_size=(4, 4))
    array([[0, 0, 3, 3],
           [3, 0, 4, 1]])

    Reference:
        Girshick (2015), arXiv:1504.08083.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    height, width = map_size
    check_positive(stride=stride, height=height, width=width)
    cells = as_boxes(boxes_xyxy) / stride
    first = np.clip(np.floor(cells[:, :2]), 0, [width - 1, height - 1])
    after = np.clip(np.ceil(cells[:, 2:]), first + 1, [width, height])
    return np.concatenate([first, after], axis=1).astype(np.int64)


def bin_edges(first, after, bins):
    """Divides a range of cells into bins, of which neighbours may share a cell."""
    length = (after - first)[:, None]
    begins = first[:, None] + np.arange(bins) * length // bins
    ends = first[:, None] - (-(np.arange(bins) + 1) * length // bins)
    return begins, ends


def roi_pool(feature_map, boxes_xyxy, stride, bins=3):
    """Max-pools the part of a feature map below each box to bins × bins.

    Its cells are divided into parts as equal as whole cells allow, each replaced by its
    maximum.

    Args:
        feature_map: float tensor or array of shape (H, W, C).
        boxes_xyxy: Array of shape (N, 4), in pixels of the image.
        stride: Pixels of the image per cell of the map.
        bins: Number of bins along each axis.

    Returns:
        Tensor of shape (N, bins, bins, C), through which gradients reach the maxima.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> ramp = np.arange(16.0).reshape(4, 4, 1)
    >>> roi_pool(ramp, [[0, 0, 48, 32]], stride=16, bins=2).numpy()[0, ..., 0]
    array([[1., 2.],
           [5., 6.]], dtype=float32)

    Reference:
        Girshick (2015), arXiv:1504.08083.
        Derived in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    check_positive(bins=bins)
    if len(feature_map.shape) != 3:
        raise ValueError(
            "`feature_map` must have shape (height, width, channels). "
            f"Received: {tuple(feature_map.shape)}."
        )
    feature_map = ops.convert_to_tensor(feature_map, dtype=keras.config.floatx())
    cells = roi_cells(boxes_xyxy, stride, feature_map.shape[:2])
    if not len(cells):
        return ops.zeros((0, bins, bins, feature_map.shape[2]))
    columns = _places(*bin_edges(cells[:, 0], cells[:, 2], bins))
    rows = _places(*bin_edges(cells[:, 1], cells[:, 3], bins))
    width, channels = feature_map.shape[1:]
    tall = ops.max(ops.take(feature_map, rows, axis=0), axis=2)  # (N, bins, W, C)
    strips = np.arange(len(cells) * bins).reshape(-1, bins, 1, 1) * width
    tall = ops.reshape(tall, (-1, channels))  # so that a plain index finds a cell
    return ops.max(ops.take(tall, strips + columns[:, None], axis=0), axis=3)


def _places(begins, ends):
    """Returns the cells of each bin, (N, bins, k); short bins repeat their last."""
    steps = np.arange((ends - begins).max())
    return np.minimum(begins[..., None] + steps, ends[..., None] - 1)


def sliding_proposals(image_size, shapes, steps=6):
    """Slides boxes of several shapes over an image.

    Args:
        image_size: (height, width) in pixels.
        shapes: List of (height, width) of a box, in pixels, at most the image's.
        steps: Number of places of a shape along each axis, from edge to edge.

    Returns:
        float64 array of shape (len(shapes) * steps * steps, 4), `boxes_xyxy`.

    Raises:
        ValueError: If `steps` or a size is not positive, or a shape larger than the
            image.

    Example:
    >>> sliding_proposals((8, 10), shapes=[(8, 4)], steps=2).tolist()[:3]
    [[0.0, 0.0, 4.0, 8.0], [6.0, 0.0, 10.0, 8.0], [0.0, 0.0, 4.0, 8.0]]
    """
    check_positive(steps=steps)
    boxes = []
    for shape in np.asarray(shapes, dtype=np.float64).reshape(-1, 2):
        if (shape <= 0).any() or (shape > image_size).any():
            raise ValueError(
                f"A shape must be (height, width) of at most {tuple(image_size)}. "
                f"Received: {tuple(shape.tolist())}."
            )
        (height, width), (rows, columns) = shape, image_size
        tops, lefts = (
            np.linspace(0, rows - height, steps),
            np.linspace(0, columns - width, steps),
        )
        top, left = (axis.ravel() for axis in np.meshgrid(tops, lefts, indexing="ij"))
        boxes.append(np.stack([left, top, left + width, top + height], axis=1))
    return np.concatenate([np.zeros((0, 4)), *boxes])


def label_proposals(proposals_xyxy, true_xyxy, classes, background, least_iou=0.5):
    """Gives every proposal class and box of the object that it overlaps most."""
    proposals = as_boxes(proposals_xyxy, "proposals_xyxy")
    true = as_boxes(true_xyxy, "true_xyxy")
    classes = per_box(classes, true, "classes")
    if not len(true):
        return np.full(len(proposals), background), proposals
    iou = pairwise_iou(proposals, true)
    best, found = iou.argmax(axis=1), iou.max(axis=1) >= least_iou
    labels = np.where(found, classes[best], background).astype(np.int64)
    return labels, np.where(found[:, None], true[best], proposals)


def box_deltas(proposals_xyxy, true_xyxy):
    """Returns how to move and stretch each proposal to become the true box.

    Args:
        proposals_xyxy, true_xyxy: Arrays (N, 4), in pixels, with positive sides.

    Returns:
        float64 array of shape (N, 4): steps of the centre, right and down, as shares of
        the proposal's sides; the logarithms of the ratios of widths and of heights.

    Raises:
        ValueError: If the shapes differ or a side is not positive.

    Example:
    >>> box_deltas([[0, 0, 10, 10]], [[1, 0, 11, 20]]).round(2)
    array([[0.1 , 0.5 , 0.  , 0.69]])

    Reference:
        Girshick et al. (2014), arXiv:1311.2524, appendix C.
    """
    start, goal = _centres(proposals_xyxy), _centres(true_xyxy)
    if start.shape != goal.shape:
        raise ValueError(
            "`proposals_xyxy` and `true_xyxy` must have the same shape. Received: "
            f"{start.shape} and {goal.shape}."
        )
    moved = (goal[:, :2] - start[:, :2]) / start[:, 2:]
    return np.concatenate([moved, np.log(goal[:, 2:] / start[:, 2:])], axis=1)


def apply_deltas(proposals_xyxy, deltas, image_size):
    """Moves and stretches proposals, and clips them to the image.

    Args:
        proposals_xyxy: Array of shape (N, 4), in pixels, with positive sides.
        deltas: Array of shape (N, 4), as from `box_deltas`. Sides change at most e²
            times.
        image_size: (height, width) in pixels.

    Returns:
        float64 array of shape (N, 4), `boxes_xyxy`.

    Raises:
        ValueError: If an argument is not as described.

    Example:
    >>> deltas = box_deltas([[0, 0, 10, 10]], [[1, 0, 11, 20]])
    >>> apply_deltas([[0, 0, 10, 10]], deltas, image_size=(20, 20)).round(6)
    array([[ 1.,  0., 11., 20.]])

    Reference:
        Girshick et al. (2014), arXiv:1311.2524, appendix C.
    """
    start, deltas = _centres(proposals_xyxy), np.asarray(deltas, dtype=np.float64)
    if deltas.shape != start.shape:
        raise ValueError(
            f"`deltas` must have shape {start.shape}. Received: {deltas.shape}."
        )
    centres = start[:, :2] + deltas[:, :2] * start[:, 2:]
    sides = start[:, 2:] * np.exp(np.clip(deltas[:, 2:], -2, 2))
    boxes = convert_boxes(np.concatenate([centres, sides], axis=1), "cxcywh", "xyxy")
    return clip_boxes(boxes, image_size)


def _centres(boxes_xyxy):
    boxes = convert_boxes(boxes_xyxy, "xyxy", "cxcywh")
    if (boxes[:, 2:] <= 0).any():
        raise ValueError(
            "Every box must have positive sides. Received: "
            f"{boxes[(boxes[:, 2:] <= 0).any(axis=1)][0].tolist()} (centre, sides)."
        )
    return boxes


DELTA_SCALES = np.array([0.1, 0.1, 0.2, 0.2])  # makes deltas about as large as logits
FOREGROUND = 1 / 3  # largest share of the training proposals that hold an object


def training_proposals(proposals_xyxy, true_xyxy, classes, num_classes, count, rng):
    """Chooses proposals of one picture to learn from, and says what to answer.

    Args:
        proposals_xyxy, true_xyxy: Arrays of shape (N, 4) and (M, 4), in pixels.
        classes: Integer array of shape (M,), ids from 0 to K - 1.
        num_classes: Number of classes K.
        count: How many, at most a third with an object; few are chosen repeatedly.
        rng: A `numpy.random.Generator`.

    Returns:
        proposals, float64 (count, 4); and targets, float32 (count, 5): the class id, K
        for background, and the scaled deltas.

    Raises:
        ValueError: If there are no proposals, or an argument is not as described.

    Example:
    >>> rng = np.random.default_rng(13)
    >>> proposals = [[0, 0, 4, 4], [9, 9, 12, 12]]
    >>> _, targets = training_proposals(proposals, [[0, 0, 4, 5]], [1], 2, 3, rng)
    >>> targets[:, 0].tolist()
    [1.0, 2.0, 2.0]

    Reference:
        Girshick (2015), arXiv:1504.08083, section 2.3.
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
        proposals_xyxy: Array of shape (N, 4), in pixels; each is resized to h × w.

    Returns:
        float32 array of shape (N, F): the feature maps as vectors.

    Example:
    >>> encoder = keras.Sequential([keras.Input((2, 2, 3)), layers.Identity()])
    >>> crop_features(encoder, np.ones((8, 8, 3)), [[0, 0, 4, 4]]).shape
    (1, 12)

    Reference:
        Girshick et al. (2014), arXiv:1311.2524.
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
        ValueError: As `utils.detection.roi_pool`.

    Example:
    >>> maps = np.zeros((4, 4, 2)), np.zeros((2, 2, 3))
    >>> pooled_features(*maps, [[0, 0, 40, 30]], stride=16).shape
    (1, 45)

    Reference:
        Girshick (2015), arXiv:1504.08083.
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
        Girshick (2015), arXiv:1504.08083.
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
        Girshick (2015), arXiv:1504.08083, equation 1.
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
        Dict of "boxes_xyxy", float64 (M, 4) in pixels; "classes", int64 (M,); "scores",
        float64 (M,), the highest first.

    Raises:
        ValueError: If the arrays differ in length.

    Example:
    >>> answer = np.array([[9.0, 0, 0, 0, 0, 0, 0]])
    >>> decode_regions(answer, [[0, 0, 4, 4]], (8, 8))["boxes_xyxy"].tolist()
    [[0.0, 0.0, 4.0, 4.0]]

    Reference:
        Girshick (2015), arXiv:1504.08083.
    """
    answer = np.asarray(answer, dtype=np.float64)
    boxes = apply_deltas(proposals_xyxy, answer[:, -4:] * DELTA_SCALES, image_size)
    scores = np.exp(answer[:, :-4] - answer[:, :-4].max(axis=1, keepdims=True))
    scores = scores[:, :-1] / scores.sum(axis=1, keepdims=True)
    places, classes = np.nonzero(scores >= least_score)
    boxes, scores = boxes[places], scores[places, classes]
    kept = non_maximum_suppression(boxes, scores, iou_threshold, classes)
    return {"boxes_xyxy": boxes[kept], "classes": classes[kept], "scores": scores[kept]}
