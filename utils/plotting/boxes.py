"""Figures of pictures with boxes: what is there, and what a detector found."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon, Rectangle

from utils.detection.boxes import as_boxes, per_box
from utils.detection.windows import open_photograph
from utils.masks.forms import PALETTE
from utils.plotting.style import DPI, WIDTH, grid_of_axes, show

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


def show_outlines(pictures):
    """Shows pictures with outlines of boxes, turned or upright.

    Args:
        pictures: Dict from a panel's title to (image, outlines); `outlines` is a dict
            from a name for the legend to points (corners, 2), x and y in pixels.

    Example:

    >>> show_outlines({"turned": (image, {"corners": corners})})  # doctest: +SKIP

    Reference:
        Used in `notebooks/10_paired_augmentation.ipynb`.
    """
    show(outline_panels(pictures))


def outline_panels(pictures):
    """Draws what `show_outlines` shows.

    Args:
        pictures: Dict from a panel's title to (image, outlines).

    Returns:
        A `matplotlib.figure.Figure`, one row of panels with a legend below.

    Example:

    >>> corners = [(0, 0), (2, 0), (2, 2), (0, 2)]
    >>> figure = outline_panels({"a": (np.zeros((4, 4, 3)), {"box": corners})})
    >>> [text.get_text() for text in figure.legends[0].texts]
    ['box']
    """
    figure, axes = grid_of_axes(len(pictures), columns=len(pictures))
    names = [*dict.fromkeys(n for _, outlines in pictures.values() for n in outlines)]
    colors = dict(zip(names, (PALETTE[2], PALETTE[5], PALETTE[3]), strict=False))
    drawn = {}
    for axis, (title, (image, outlines)) in zip(axes, pictures.items(), strict=True):
        axis.imshow(np.clip(image, 0, 1), interpolation="nearest")
        axis.set_title(title, fontsize=10)
        for name, points in outlines.items():
            points = np.asarray(points) - 0.5  # pixel 0 is drawn around 0
            line = Polygon(points, fill=False, ec=colors[name], lw=2.5, label=name)
            line.set_clip_on(True)
            drawn[name] = axis.add_patch(line)
    figure.legend(
        handles=[*drawn.values()], loc="outside lower center", ncols=len(drawn)
    )
    return figure


def show_detections(
    pictures, detections, class_names, titles=None, columns=4, width=WIDTH
):
    """Shows pictures with the boxes found in them, each with its class and score.

    Args:
        pictures: List of paths, bytes or arrays, as `utils.detection.detect` takes.
        detections: List of one dict per picture, as it returns: boxes in pixels of
            the picture. True boxes have no "scores": none are written.
        class_names: Names of the classes.
        titles: List of one text per picture, or `None`.
        columns: Largest number of pictures in a row.
        width: Width of the figure in inches.

    Raises:
        ValueError: If a picture cannot be read or the lists differ in length.

    Example:

    >>> show_detections(["me.jpg"], [found], ("cat", "dog"))  # doctest: +SKIP

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    show(detection_panels(pictures, detections, class_names, titles, columns, width))


def detection_panels(
    pictures, detections, class_names, titles=None, columns=4, width=WIDTH
):
    """Draws pictures with the boxes found in them. See `show_detections`.

    Args:
        pictures, detections, class_names, titles, columns, width: As in
            `show_detections`.

    Returns:
        A `matplotlib.figure.Figure` with one panel per picture. A large picture is
        drawn reduced, its shorter side 448 pixels.

    Raises:
        ValueError: As `show_detections`.

    Example:

    >>> found = {"boxes_xyxy": [[10, 10, 60, 50]], "classes": [1], "scores": [0.9]}
    >>> figure = detection_panels([np.zeros((80, 90))], [found], ("cat", "dog"))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['dog 0.90']

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    opened = [open_photograph(picture) for picture in pictures]
    images = [image for image, _ in opened]
    boxes = [
        np.asarray(found["boxes_xyxy"]).reshape(-1, 4) / np.tile(scale, 2)
        for found, (_, scale) in zip(detections, opened, strict=True)
    ]
    classes = [found["classes"] for found in detections]
    scores = [found.get("scores") for found in detections]
    figure = box_panels(images, boxes, classes, scores, class_names, titles, columns)
    figure.set_size_inches(figure.get_size_inches() * width / WIDTH)
    return figure
