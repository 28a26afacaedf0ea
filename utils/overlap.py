"""What boxes share, for stacks of pictures at once, unchecked. See `utils.boxes`."""

import numpy as np


def areas(boxes, inclusive=False):
    """Returns the areas of boxes.

    Args:
        boxes: float array of shape (..., N, 4): left, top, right, bottom.
        inclusive: Whether `right` and `bottom` are the last pixels of a box.

    Returns:
        float array of shape (..., N).

    Example:

    >>> areas(np.array([[0.0, 0.0, 4.0, 3.0]]))
    array([12.])
    """
    sides = boxes[..., 2:] - boxes[..., :2] + inclusive
    return sides[..., 0] * sides[..., 1]


def intersections(first, second, inclusive=False):
    """Returns the areas that all pairs of boxes share.

    Args:
        first: float array of shape (..., N, 4).
        second: float array of shape (..., M, 4).
        inclusive: Whether `right` and `bottom` are the last pixels of a box.

    Returns:
        float array of shape (..., N, M).

    Example:

    >>> first, second = np.array([[0, 0, 4, 3]]), np.array([[3, 1, 9, 9]])
    >>> intersections(first, second)
    array([[2]])
    """
    # One axis at a time: arrays (..., N, M) are quicker than pairs of numbers.
    left, top, right, bottom = (first[..., :, None, k] for k in range(4))
    lefts, tops, rights, bottoms = (second[..., None, :, k] for k in range(4))
    width = np.minimum(right, rights) - np.maximum(left, lefts) + inclusive
    height = np.minimum(bottom, bottoms) - np.maximum(top, tops) + inclusive
    return np.maximum(width, 0) * np.maximum(height, 0)


def pairwise_iou(first, second, inclusive=False, crowd=None):
    """Returns the intersection over union of all pairs of boxes.

    Args:
        first: float array of shape (..., N, 4).
        second: float array of shape (..., M, 4).
        inclusive: Whether `right` and `bottom` are the last pixels of a box.
        crowd: Boolean array of shape (..., M): which of `second` are crowds, areas in
            which nobody counted. For these the area of the box of `first` takes the
            place of the union. `None` for none.

    Returns:
        float64 array of shape (..., N, M), from 0 to 1; 0 for boxes without area.

    Example:

    >>> first, second = np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[0, 0, 4, 4]] * 2)
    >>> pairwise_iou(first, second, crowd=np.array([False, True]))
    array([[0.25, 1.  ]])
    """
    shared = intersections(first, second, inclusive)
    own = areas(first, inclusive)[..., :, None]
    union = own + areas(second, inclusive)[..., None, :] - shared
    if crowd is not None:
        union = np.where(crowd[..., None, :], own, union)
    return np.divide(shared, union, out=np.zeros(union.shape), where=union > 0)
