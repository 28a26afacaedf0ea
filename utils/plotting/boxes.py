"""Figures of pictures with boxes: what is there, and what a detector found."""

import numpy as np
from matplotlib.patches import Patch, Polygon, Rectangle

from utils.detection.boxes import as_boxes, per_box
from utils.detection.windows import open_photograph
from utils.masks.forms import PALETTE, color_mask
from utils.plotting.style import WIDTH, draw_picture, grid_of_axes, shown, subplots

MOST_NAMED = 8  # in one picture; the names of more would cover each other


@shown
def show_boxes(
    images, boxes, classes=None, scores=None, class_names=None, titles=None, columns=4
):
    """Shows pictures with their boxes, each with its class and score.

    In a picture with more than eight boxes these are drawn without words.

    Args:
        images: List of float arrays of shape (H, W, 3) in [0, 1].
        boxes: List of arrays of shape (N, 4), `boxes_xyxy` of each picture, in pixels.
        classes: List of integer arrays of shape (N,), for the colours, or `None`.
        scores: List of arrays of shape (N,), written beside the names, or `None`.
        class_names: Names of the classes, or `None` for none.
        titles: List of one text per picture, or `None`.
        columns: Largest number of pictures in a row.

    Raises:
        ValueError: If the lists differ in length, or an entry is not as described.

    Example:
    >>> figure = show_boxes.figure(
    ...     [np.zeros((8, 8, 3))], [[[1, 1, 5, 6]]], titles=["one box"]
    ... )
    >>> [axis.get_title() for axis in figure.axes]
    ['one box']
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
    figure, axes = subplots(
        rows,
        columns,
        WIDTH,
        rows * (side * height / width + 0.3 * (titles is not None)),
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
    """Draws a box with its name inside the upper left corner."""
    left, top, right, bottom = np.asarray(box) - 0.5  # pixel 0 is drawn around 0
    axis.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, ec=color, lw=2)
    )
    if name:
        label = {"boxstyle": "square,pad=0.15", "fc": color, "ec": "none"}
        corner = max(left, 0), max(top, 0)
        style = {"textcoords": "offset points", "va": "top", "fontsize": 8}
        axis.annotate(name, corner, (3, -3), bbox=label, annotation_clip=False, **style)


@shown
def show_outlines(pictures):
    """Shows pictures with outlines of boxes, turned or upright.

    Args:
        pictures: Dict from a panel's title to (image, outlines); `outlines` is a dict
            from a name for the legend to points (corners, 2), x and y in pixels.

    Example:
    >>> corners = [(0, 0), (2, 0), (2, 2), (0, 2)]
    >>> figure = show_outlines.figure({"a": (np.zeros((4, 4, 3)), {"box": corners})})
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


@shown
def show_detections(
    pictures, detections, class_names, titles=None, columns=4, width=WIDTH
):
    """Shows pictures with the boxes found in them, each with its class and score.

    Args:
        pictures: List of paths, bytes or arrays, as `utils.detection.detect` takes.
        detections: List of one dict per picture, as it returns, in pixels of the
            picture. True boxes have no "scores": none are written.
        class_names: Names of the classes.
        titles: List of one text per picture, or `None`.
        columns: Largest number of pictures in a row.
        width: Width of the figure in inches.

    Raises:
        ValueError: If a picture cannot be read or the lists differ in length.

    Example:
    >>> found = {"boxes_xyxy": [[10, 10, 60, 50]], "classes": [1], "scores": [0.9]}
    >>> figure = show_detections.figure([np.zeros((80, 90))], [found], ("cat", "dog"))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['dog 0.90']
    """
    opened = [open_photograph(picture) for picture in pictures]
    images = [image for image, _ in opened]
    boxes = [
        np.asarray(found["boxes_xyxy"]).reshape(-1, 4) / np.tile(scale, 2)
        for found, (_, scale) in zip(detections, opened, strict=True)
    ]
    classes = [found["classes"] for found in detections]
    scores = [found.get("scores") for found in detections]
    figure = show_boxes.figure(
        images, boxes, classes, scores, class_names, titles, columns
    )
    figure.set_size_inches(figure.get_size_inches() * width / WIDTH)
    return figure


# Instances are not classes: they get the colours that pet and background leave.
INSTANCE_COLORS = ("#009E73", "#CC79A7", "#F0E442", "#D55E00", "#0072B2")
BACKGROUND = 1  # its class id, in the order of PET_CLASSES
OPACITY = 0.72


@shown
def show_tasks(scene):
    """Shows one scene as six tasks see it.

    Args:
        scene: A `utils.datasets.scenes.Scene`.

    Raises:
        ValueError: If the scene shows no animal.

    Example:
    >>> from utils.datasets import load_scenes
    >>> figure = show_tasks.figure(load_scenes("test")[0])
    >>> [axis.get_title().split(chr(10))[0] for axis in figure.axes]  # its first line
    ['classification', 'localisation', 'detection', 'semantic', 'instance', 'panoptic']

    Reference:
        Kirillov et al. (2019), "Panoptic segmentation", arXiv:1801.00868, figure 1.
    """
    boxes, names = scene.boxes_xyxy, scene.species_names
    if not names:
        raise ValueError("`scene` must show at least one animal. Received: none.")
    image, instances = scene.image, scene.instance_mask
    stuff = np.where(instances > 0, 0, BACKGROUND)
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    largest = int(np.argmax(widths * heights))
    pictures = {
        f"classification\n“{names[largest]}”": image,
        f"localisation\n“{names[largest]}” and its box": image,
        "detection\na name and a box each": image,
        "semantic\na class for every pixel": _blend(image, color_mask(stuff)),
        "instance\na mask for every object": color_instances(instances, image),
        "panoptic\nclass and object of every pixel": _blend(
            image, color_instances(instances, color_mask(stuff), opacity=1)
        ),
    }
    figure, axes = _grid(pictures, columns=3)
    draw_box(axes[1], boxes[largest], names[largest], INSTANCE_COLORS[largest % 5])
    for k, (box, name) in enumerate(zip(boxes, names, strict=True)):
        draw_box(axes[2], box, name, INSTANCE_COLORS[k % 5])
    patches = [
        Patch(color=PALETTE[0], label="class pet"),
        Patch(color=PALETTE[BACKGROUND], label="class background"),
        *(
            Patch(color=INSTANCE_COLORS[k % 5], label=f"pet {k + 1}")
            for k in range(len(names))
        ),
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches))
    return figure


@shown
def show_instances(image, instance_masks):
    """Shows a picture and several instance masks of it, one colour an object.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        instance_masks: Dict from a title to integers (H, W): 0 background, k the k-th
            object.

    Raises:
        ValueError: If a mask has another size than the image.

    Example:
    >>> figure = show_instances.figure(
    ...     np.zeros((2, 3, 3)), {"two": [[1, 0, 2], [1, 0, 2]]}
    ... )
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'two: 2 objects']
    """
    pictures = {"image": image}
    for title, mask in instance_masks.items():
        count = len(np.setdiff1d(mask, [0]))
        objects = "1 object" if count == 1 else f"{count} objects"
        pictures[f"{title}: {objects}"] = color_instances(mask, image)
    return _grid(pictures, columns=len(pictures))[0]


def color_instances(instance_mask, image, opacity=OPACITY):
    """Paints every object in a colour of its own over a picture."""
    mask, image = np.asarray(instance_mask), _floats(image)
    if mask.shape != image.shape[:2] or image.ndim != 3:
        raise ValueError(
            "`instance_mask` must have the image's height and width. Received: "
            f"mask {mask.shape}, image {image.shape}."
        )
    colors = np.array([list(bytes.fromhex(c[1:])) for c in INSTANCE_COLORS]) / 255
    painted = colors[(mask.astype(int) - 1) % len(colors)]
    rest = image if opacity == 1 else _grey(image)
    return np.where(mask[..., None] > 0, _blend(image, painted, opacity), rest)


def _floats(image):
    image = np.asarray(image)
    return np.clip(image / 255 if image.dtype == np.uint8 else image, 0, 1)


def _grey(image):
    return np.repeat(_floats(image).mean(axis=-1, keepdims=True), 3, axis=-1)


def _blend(image, painted, opacity=OPACITY):
    """Lays colours over the grey copy of a picture, which shines through."""
    return (1 - opacity) * _grey(image) + opacity * _floats(painted)


def _grid(pictures, columns):
    """Draws a dict title -> picture; returns the figure and its axes in a list."""
    rows = -(-len(pictures) // columns)
    side = WIDTH / 3
    figure, axes = subplots(rows, columns, side * columns, rows * (side + 0.35))
    for axis, (title, picture) in zip(axes.flat, pictures.items(), strict=True):
        draw_picture(axis, picture, title)
    return figure, [*axes.flat]
