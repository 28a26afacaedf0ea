"""Figures of what `utils.detection` finds in pictures of any size."""

import numpy as np

from utils.box_figures import box_panels
from utils.panels import WIDTH
from utils.photographs import open_photograph
from utils.plotting import show


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
