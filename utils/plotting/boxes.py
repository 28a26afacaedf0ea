"""Figures of pictures with boxes: what is there, and what a detector found."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from utils.box_formats import as_boxes, per_box
from utils.panels import DPI, PALETTE, WIDTH
from utils.plotting import show

MOST_NAMED = 8  # in one picture; the names of more would cover each other


def show_boxes(
    images,
    boxes,
    classes=None,
    scores=None,
    class_names=None,
    titles=None,
    columns=4,
):
    """Shows pictures with their boxes, each with its class and score.

    In a picture with more than eight boxes these are drawn without words.

    Args:
        images: List of float arrays of shape (H, W, 3) in [0, 1].
        boxes: List of arrays of shape (N, 4), `boxes_xyxy` of each picture, in pixels.
        classes: List of integer arrays of shape (N,), which choose the colours, or
            `None`.
        scores: List of arrays of shape (N,), written beside the names, or `None`.
        class_names: Names of the classes, or `None` for none.
        titles: List of one text per picture, or `None`.
        columns: Largest number of pictures in a row.

    Raises:
        ValueError: If the lists differ in length, or an entry is not as described.

    Example:

    >>> show_boxes([scene.image], [scene.boxes_xyxy])  # doctest: +SKIP

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    show(box_panels(images, boxes, classes, scores, class_names, titles, columns))


def box_panels(
    images,
    boxes,
    classes=None,
    scores=None,
    class_names=None,
    titles=None,
    columns=4,
):
    """Draws pictures with their boxes. See `show_boxes`.

    Args:
        images, boxes, classes, scores, class_names, titles, columns: As in
            `show_boxes`.

    Returns:
        A `matplotlib.figure.Figure` with one panel per picture.

    Raises:
        ValueError: If the lists differ in length, or an entry is not as described.

    Example:

    >>> figure = box_panels([np.zeros((8, 8, 3))], [[[1, 1, 5, 6]]], titles=["one box"])
    >>> [axis.get_title() for axis in figure.axes]
    ['one box']

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    nothing = [None] * len(images)
    lists = [nothing if one is None else one for one in (classes, scores, titles)]
    lengths = [len(one) for one in (images, boxes, *lists)]
    if len(set(lengths)) != 1 or not len(images):
        raise ValueError(
            "`images`, `boxes`, `classes`, `scores` and `titles` must have one entry "
            f"per picture, at least one. Received: {lengths} entries."
        )
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    side = WIDTH / columns
    height, width = np.shape(images[0])[:2]
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH, rows * (side * height / width + 0.3 * (titles is not None))),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.axis("off")
    panels = zip(axes.flat, images, boxes, *lists, strict=False)
    for axis, image, these, ids, numbers, title in panels:
        axis.imshow(np.clip(image, 0, 1), interpolation="nearest")
        axis.set_title(title or "", fontsize=9)
        these = as_boxes(these, "boxes")
        ids = (
            np.zeros(len(these), int) if ids is None else per_box(ids, these, "classes")
        )
        if numbers is not None:
            numbers = per_box(numbers, these, "scores")
        for row, (box, k) in enumerate(zip(these, ids, strict=True)):
            words = [class_names[k]] if class_names is not None else []
            words += [f"{numbers[row]:.2f}"] if numbers is not None else []
            words = words if len(these) <= MOST_NAMED else []
            draw_box(axis, box, " ".join(words), PALETTE[int(k) % len(PALETTE)])
    return figure


def draw_box(axis, box, name, color):
    """Draws a box with its name inside the upper left corner.

    Args:
        axis: The matplotlib axis that shows the picture.
        box: Array of shape (4,): left, top, right, bottom, in pixels.
        name: The text, or "" for none.
        color: A colour of matplotlib.

    Example:

    >>> figure, axis = plt.subplots()
    >>> draw_box(axis, [0, 0, 4, 3], "cat", "black")
    >>> axis.texts[0].get_text()
    'cat'
    """
    left, top, right, bottom = np.asarray(box) - 0.5  # pixel 0 is drawn around 0
    axis.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, ec=color, lw=2)
    )
    if name:
        label = {"boxstyle": "square,pad=0.15", "fc": color, "ec": "none"}
        corner = max(left, 0), max(top, 0)
        style = {"textcoords": "offset points", "va": "top", "fontsize": 8}
        axis.annotate(name, corner, (3, -3), bbox=label, annotation_clip=False, **style)


def show_precision_recall(curves):
    """Shows curves of precision over recall, with what is left of them for the AP.

    Args:
        curves: Dict from a name to (precision, recall), arrays of shape (D,) from
            `utils.average_precision.precision_recall`.

    Raises:
        ValueError: If there is no curve.

    Example:

    >>> show_precision_recall({"by hand": ([1, 0.5], [0.5, 0.5])})  # doctest: +SKIP

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    show(precision_recall_panels(curves))


def precision_recall_panels(curves):
    """Draws one panel per curve. See `show_precision_recall`.

    Args:
        curves: As in `show_precision_recall`.

    Returns:
        A `matplotlib.figure.Figure`: dots are detections, the line is the largest
        precision at this recall or a higher one, and the area below it is the AP.

    Raises:
        ValueError: If there is no curve.

    Example:

    >>> figure = precision_recall_panels({"by hand": ([1, 0.5], [0.5, 0.5])})
    >>> figure.axes[0].get_xlabel()
    'recall'

    Reference:
        Used in `notebooks/13_boxes_and_detectors.ipynb`.
    """
    if not curves:
        raise ValueError(f"`curves` must hold at least one curve. Received: {curves}.")
    figure, axes = plt.subplots(
        1,
        len(curves),
        figsize=(min(WIDTH, 4 * len(curves)), 2.6),
        dpi=DPI,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axis, (name, (precision, recall)) in zip(
        axes.flat, curves.items(), strict=True
    ):
        precision, recall = np.asarray(precision), np.asarray(recall)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        edges = np.concatenate([[0], recall])
        axis.stairs(best, edges, fill=True, color=PALETTE[1], alpha=0.4)
        axis.stairs(best, edges, color=PALETTE[4], lw=2, label="largest from here on")
        axis.plot(recall, precision, "o", color=PALETTE[5], ms=5, label="detection")
        axis.set(xlabel="recall", title=name, xlim=(0, 1.03), ylim=(0, 1.05))
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("precision")
    axes[0, 0].legend(loc="lower left", fontsize=8)
    return figure
