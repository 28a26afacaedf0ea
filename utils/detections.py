"""True and predicted boxes of many pictures as one table, for `average_precision`."""

from dataclasses import dataclass

import numpy as np

from utils.box_formats import as_boxes, per_box
from utils.overlap import areas


@dataclass(frozen=True, eq=False)
class BoxTable:
    """The N boxes of many pictures, one row each, sorted by `groups`.

    Attributes:
        boxes: float64 array of shape (N, 4): left, top, right, bottom, in pixels.
        groups: int64 array of shape (N,): class id times number of pictures plus
            number of the picture. A box can be matched with boxes of its group.
        scores: float64 array of shape (N,), falling within a group; zeros for true
            boxes.
        flags: Boolean array of shape (N,): true boxes that need not be found.
        areas: float64 array of shape (N,), in square pixels.
    """

    boxes: np.ndarray
    groups: np.ndarray
    scores: np.ndarray
    flags: np.ndarray
    areas: np.ndarray

    @property
    def ranks(self):
        """int64 array of shape (N,): the place of each box within its group."""
        first = np.searchsorted(self.groups, self.groups, side="left")
        return np.arange(len(self.groups)) - first

    def where(self, kept):
        """Returns the table of the rows for which the boolean array `kept` is True."""
        columns = (self.boxes, self.groups, self.scores, self.flags, self.areas)
        return BoxTable(*(column[kept] for column in columns))


def box_table(pictures, num_classes, name, scored=False, flag=None, inclusive=False):
    """Collects the boxes of many pictures in one table.

    Args:
        pictures: List of one dict per picture: "boxes_xyxy", array of shape (N, 4);
            "classes", integer array of shape (N,); if `scored`, "scores", array of
            shape (N,); and optionally, as arrays of shape (N,), `flag` and "areas".
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        name: What to call the list in errors.
        scored: Whether the boxes have scores.
        flag: Key of the booleans that mark boxes which need not be found.
        inclusive: Whether `right` and `bottom` are the last pixels of a box.

    Returns:
        A `BoxTable`. Within a group, boxes are in the order of falling scores; those of
        equal score stay in the order given.

    Raises:
        ValueError: If a key is missing or an entry is not as described.

    Example:

    >>> pictures = [{"boxes_xyxy": [[0, 0, 4, 3]], "classes": [1]}]
    >>> box_table(pictures, num_classes=2, name="truths").groups
    array([1])
    """
    needed = ("boxes_xyxy", "classes", *["scores"] * scored)
    columns = {key: [] for key in ("boxes", "classes", "scores", "flags", "areas")}
    for picture in pictures:
        missing = [key for key in needed if key not in picture]
        if missing:
            raise ValueError(
                f"Every picture of `{name}` must have the keys {needed}. Received: "
                f"{sorted(picture)}."
            )
        boxes = as_boxes(picture["boxes_xyxy"], f"boxes_xyxy of {name}")
        nothing = np.zeros(len(boxes))
        values = {
            "classes": picture["classes"],
            "scores": picture["scores"] if scored else nothing,
            "flags": picture.get(flag, nothing),
            "areas": picture.get("areas", areas(boxes, inclusive)),
        }
        columns["boxes"].append(boxes)
        for key, numbers in values.items():
            columns[key].append(per_box(numbers, boxes, f"{key} of {name}"))
    counts = [len(boxes) for boxes in columns["boxes"]]
    empty = {"boxes": np.zeros((0, 4))}
    table = {
        key: np.concatenate([empty.get(key, np.zeros(0)), *arrays])
        for key, arrays in columns.items()
    }
    classes = table["classes"].astype(np.int64)
    wrong = (classes != table["classes"]) | (classes < 0) | (classes >= num_classes)
    if wrong.any():
        raise ValueError(
            f"The classes of `{name}` must be whole numbers from 0 to "
            f"{num_classes - 1}. Received: {table['classes'][wrong][0]}."
        )
    groups = classes * len(pictures) + np.repeat(np.arange(len(pictures)), counts)
    order = np.lexsort((-table["scores"], groups))
    return BoxTable(
        table["boxes"], groups, table["scores"], table["flags"] > 0, table["areas"]
    ).where(order)
