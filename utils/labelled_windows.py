"""Windows of pictures, each with the class of its centre: masks made into labels."""

import numpy as np

from utils.arguments import check_positive
from utils.vgg import MEAN_COLOUR


def random_windows(images, masks, size=96, count=4, seed=None):
    """Cuts windows around random pixels; the class of that pixel is the label.

    What lies outside a picture is filled with the mean colour, which VGG's first
    layer turns to zero: to the network it looks like its own padding.

    Args:
        images: Float array of shape (N, H, W, 3) in [0, 1].
        masks: Integer array of shape (N, H, W), class ids.
        size: Height and width of a window in pixels.
        count: Number of windows per picture.
        seed: Integer that makes the choice repeatable, or `None`.

    Returns:
        Two arrays, in random order: windows (N · count, size, size, 3) of the dtype of
        `images`, and labels (N · count,). The labelled pixel is at
        [size // 2, size // 2].

    Raises:
        ValueError: If images and masks differ in number, height or width, or `size`
            or `count` is no positive integer.

    Example:

    >>> images = np.zeros((2, 8, 8, 3), "float32")
    >>> windows, labels = random_windows(images, np.ones((2, 8, 8), int), 6, count=3)
    >>> windows.shape, labels.tolist()
    ((6, 6, 6, 3), [1, 1, 1, 1, 1, 1])

    Reference:
        Ciresan, Giusti, Gambardella and Schmidhuber (2012), "Deep neural networks
        segment neuronal membranes". Derived in `notebooks/04_fcn.ipynb`.
    """
    check_positive(size=size, count=count)
    images, masks = np.asarray(images), np.asarray(masks)
    if images.ndim != 4 or masks.shape != images.shape[:3]:
        raise ValueError(
            "`images` and `masks` must have shapes (N, H, W, 3) and (N, H, W). "
            f"Received: {images.shape} and {masks.shape}."
        )
    rng = np.random.default_rng(seed)
    number, height, width = masks.shape
    which = rng.permutation(np.repeat(np.arange(number), count))
    rows = rng.integers(height, size=len(which))
    columns = rng.integers(width, size=len(which))
    windows = np.empty((len(which), size, size, images.shape[-1]), images.dtype)
    windows[:] = np.array(MEAN_COLOUR[: images.shape[-1]]) / 255
    for window, image, row, column in zip(
        windows, images[which], rows, columns, strict=True
    ):
        top, left = row - size // 2, column - size // 2
        inside = image[max(top, 0) : top + size, max(left, 0) : left + size]
        down, right = max(-top, 0), max(-left, 0)
        window[down : down + inside.shape[0], right : right + inside.shape[1]] = inside
    return windows, masks[which, rows, columns]
