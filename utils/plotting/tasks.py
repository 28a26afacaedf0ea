"""Figures of what may be predicted for one picture: from one name to every pixel."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

from utils.masks.forms import PALETTE, color_mask
from utils.plotting.boxes import draw_box
from utils.plotting.style import DPI, WIDTH, show

# Instances are not classes: they get the colours that pet and background leave.
INSTANCE_COLORS = ("#009E73", "#CC79A7", "#F0E442", "#D55E00", "#0072B2")
BACKGROUND = 1  # its class id, in the order of PET_CLASSES
OPACITY = 0.72


def show_tasks(scene):
    """Shows one scene as six tasks see it.

    Args:
        scene: A `utils.datasets.scenes.Scene`.

    Example:

    >>> show_tasks(load_scenes("train")[0])  # doctest: +SKIP

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    show(task_panels(scene))


def show_instances(image, instance_masks):
    """Shows a picture and several instance masks of it, one colour an object.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        instance_masks: Dict from a panel's title to an integer array (H, W): 0 is
            background, k the k-th object.

    Raises:
        ValueError: If a mask has another size than the image.

    Example:

    >>> show_instances(image, {"by hand": ours, "scipy": theirs})  # doctest: +SKIP

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    show(instance_panels(image, instance_masks))


def task_panels(scene):
    """Draws six panels: what each task would answer for a scene.

    Args:
        scene: A `utils.datasets.scenes.Scene` of at least one animal.

    Returns:
        A `matplotlib.figure.Figure` of two rows: classification, localisation,
        detection; semantic, instance and panoptic segmentation.

    Raises:
        ValueError: If the scene shows no animal.

    Example:

    >>> from utils.datasets import load_scenes
    >>> figure = task_panels(load_scenes("test")[0])
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


def instance_panels(image, instance_masks):
    """Draws a picture and, over its grey copy, each of several instance masks.

    Args:
        image: Float array of shape (H, W, 3) in [0, 1].
        instance_masks: Dict from a panel's title to an integer array (H, W): 0 is
            background, k the k-th object.

    Returns:
        A `matplotlib.figure.Figure` with one row of panels. Each title ends in the
        number of objects.

    Raises:
        ValueError: If a mask has another size than the image.

    Example:

    >>> figure = instance_panels(np.zeros((2, 3, 3)), {"two": [[1, 0, 2], [1, 0, 2]]})
    >>> [axis.get_title() for axis in figure.axes]
    ['image', 'two: 2 objects']

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    pictures = {"image": image}
    for title, mask in instance_masks.items():
        count = len(np.setdiff1d(mask, [0]))
        objects = "1 object" if count == 1 else f"{count} objects"
        pictures[f"{title}: {objects}"] = color_instances(mask, image)
    return _grid(pictures, columns=len(pictures))[0]


def color_instances(instance_mask, image, opacity=OPACITY):
    """Paints every object in a colour of its own over a picture.

    Args:
        instance_mask: Integer array of shape (H, W): 0 is background and keeps its
            pixels, in grey where `opacity` < 1; object k gets a colour, the sixth the
            first one again.
        image: Array of shape (H, W, 3), float in [0, 1] or uint8.
        opacity: Share of the colour, from 0 to 1, beside the grey picture.

    Returns:
        Float array of shape (H, W, 3) in [0, 1].

    Raises:
        ValueError: If the two differ in height or width.

    Example:

    >>> painted = color_instances([[0, 1, 6]], np.ones((1, 3, 3)), opacity=1)
    >>> (255 * painted).round().astype(int).tolist()
    [[[255, 255, 255], [0, 158, 115], [0, 158, 115]]]

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
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
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(side * columns, rows * (side + 0.35)),
        dpi=DPI,
        squeeze=False,
        layout="constrained",
    )
    for axis, (title, picture) in zip(axes.flat, pictures.items(), strict=True):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    return figure, [*axes.flat]
