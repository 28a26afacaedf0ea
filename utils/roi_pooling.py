"""RoI pooling: a feature vector of fixed size for a box of any size."""

import keras
import numpy as np
from keras import ops

from utils.arguments import check_positive
from utils.box_formats import as_boxes


def roi_cells(boxes_xyxy, stride, map_size):
    """Returns the cells of a feature map that boxes touch.

    Args:
        boxes_xyxy: Array of shape (N, 4), in pixels of the image.
        stride: Pixels of the image per cell.
        map_size: (height, width) of the feature map, in cells.

    Returns:
        int64 array of shape (N, 4): first column, first row, and those after the last.
        Each box has at least one cell, and all cells are of the map.

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
    """Divides cells first, …, after - 1 into bins, of which neighbours may share one.

    Args:
        first: Integer array of shape (N,).
        after: Integer array of shape (N,), larger than `first`.
        bins: Number of bins along the axis.

    Returns:
        Two integer arrays of shape (N, bins): first cell of each bin and the one after
        its last. No bin is empty.

    Example:

    >>> [edges.tolist() for edges in bin_edges(np.array([2]), np.array([7]), bins=2)]
    [[[2, 4]], [[5, 7]]]

    Reference:
        Girshick (2015), arXiv:1504.08083. Used in
        `notebooks/13_boxes_and_detectors.ipynb`.
    """
    length = (after - first)[:, None]
    begins = first[:, None] + np.arange(bins) * length // bins
    ends = first[:, None] - (-(np.arange(bins) + 1) * length // bins)
    return begins, ends


def roi_pool(feature_map, boxes_xyxy, stride, bins=3):
    """Max-pools the part of a feature map below each box to bins × bins.

    A box becomes the cells that it touches, these are divided into bins × bins parts
    as equal as whole cells allow, and each part is replaced by its maximum.

    Args:
        feature_map: float tensor or array of shape (H, W, C).
        boxes_xyxy: Array of shape (N, 4), in pixels of the image.
        stride: Pixels of the image per cell of the map.
        bins: Number of bins along each axis.

    Returns:
        Tensor of shape (N, bins, bins, C). Gradients reach the cell in which the
        maximum is.

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
