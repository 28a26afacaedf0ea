"""From classes to objects: instance masks, and the boxes around them."""

import numpy as np
from scipy import ndimage

NEIGHBOURHOODS = {
    4: ndimage.generate_binary_structure(2, 1),  # left, right, above, below
    8: ndimage.generate_binary_structure(2, 2),  # and the diagonals
}


def instances_from_semantic(mask, class_id, connectivity=4, smallest=1):
    """Numbers the connected parts of one class of a semantic mask.

    Pixels are in one part if a path of neighbours within the class joins them. So
    objects that touch are one, and one that is hidden in the middle is two.

    Args:
        mask: Class ids, integers (H, W); or booleans, of which True is class 1.
        class_id: Id of the class whose objects are wanted.
        connectivity: 4 if pixels that share a side are neighbours, 8 if a corner does.
        smallest: Least area in pixels; smaller parts become background.

    Returns:
        int32 array of shape (H, W): 0 without an object, otherwise 1 to N in the order
        in which the rows, from the top, first meet them.

    Raises:
        ValueError: If `mask` or `connectivity` is not as described.

    Example:
    >>> instances_from_semantic([[1, 1, 0, 1], [0, 0, 1, 0]], class_id=1).tolist()
    [[1, 1, 0, 2], [0, 0, 3, 0]]

    Reference:
        Rosenfeld and Pfaltz (1966), doi:10.1145/321356.321357. Derived in
        `notebooks/01_pixels_to_labels.ipynb`.
    """
    mask = _ids("mask", mask, kinds="biu")
    if connectivity not in NEIGHBOURHOODS:
        raise ValueError(f"`connectivity` must be 4 or 8. Received: {connectivity!r}.")
    parts, _ = ndimage.label(mask == class_id, NEIGHBOURHOODS[connectivity])
    areas = np.bincount(parts.ravel(), minlength=1)
    kept = areas >= smallest
    kept[0] = False  # number 0 is not a part but the rest of the picture
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)[parts]


def boxes_from_instances(instance_mask):
    """Returns the smallest box around every object of an instance mask.

    Args:
        instance_mask: Integers (H, W): 0 is background, 1 to N the objects.

    Returns:
        float32 array of shape (N, 4): left, top, right, bottom in pixels, x right, y
        down; a box ends before the column `right` and the row `bottom`.

    Raises:
        ValueError: If the mask is not as described, or a number from 1 to N is missing.

    Example:
    >>> boxes_from_instances([[0, 0, 2], [1, 1, 0]]).tolist()
    [[0.0, 1.0, 2.0, 2.0], [2.0, 0.0, 3.0, 1.0]]
    """
    instance_mask = _ids("instance_mask", instance_mask)
    numbers = np.setdiff1d(instance_mask, [0])
    if not np.array_equal(numbers, np.arange(1, len(numbers) + 1)):
        raise ValueError(
            "`instance_mask` must number its objects 1, 2, 3, … without a gap. "
            f"Received: {numbers.tolist()}."
        )
    if not numbers.size:
        return np.zeros((0, 4), np.float32)
    boxes = [
        (columns.start, rows.start, columns.stop, rows.stop)
        for rows, columns in ndimage.find_objects(instance_mask.astype(np.int32))
    ]
    return np.array(boxes, np.float32)


def _ids(name, mask, kinds="iu"):
    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.dtype.kind not in kinds:
        raise ValueError(
            f"`{name}` must be an integer array of shape (height, width). "
            f"Received: {mask.dtype} of shape {mask.shape}."
        )
    return mask
