"""Opening a picture of any size for a detector, without ever holding it as floats."""

import numpy as np
import tensorflow as tf
from PIL import Image

from utils.pictures import read_image
from utils.pyramids import pyramid_sizes

LEAST_SIDE = 16  # pixels; what is smaller shows nothing that has a name
MOST_RATIO = 16  # of the longer side to the shorter; a window sees a square


def open_photograph(picture, window=224, shares=(0.5,)):
    """Opens a picture and reduces it to the size that a detector needs.

    The bytes of an enormous picture are reduced before they become float numbers, of
    four bytes each. It is never enlarged here.

    Args:
        picture: Path or bytes of a picture file, which `utils.pictures.read_image`
            reads; or an array of shape (H, W), (H, W, 1) or (H, W, 3), uint8, or float
            in [0, 1]. Grey ones become RGB.
        window, shares: As for `utils.pyramids.pyramid_sizes`: the largest level of the
            pyramid is as large as the picture needs to be. The sides' ratio is kept.

    Returns:
        float32 image of shape (h, w, 3) in [0, 1], and float64 array (2,): how many
        pixels of the picture one of its pixels stands for, along x and y.

    Raises:
        ValueError: If the file cannot be read, the array is another one, a side has
            fewer than 16 pixels, or one is more than 16 times as long as the other.

    Example:

    >>> picture = np.zeros((1200, 900, 3), np.uint8)
    >>> image, scale = open_photograph(picture, window=224, shares=(0.5,))
    >>> image.shape, scale.round(2).tolist()
    ((597, 448, 3), [2.01, 2.01])

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    array = picture if isinstance(picture, np.ndarray) else read_image(picture)
    array = _rgb(array)
    height, width = array.shape[:2]
    shorter, longer = sorted((height, width))
    if shorter < LEAST_SIDE or longer > MOST_RATIO * shorter:
        raise ValueError(
            f"A picture must have at least {LEAST_SIDE} pixels along each side, and "
            f"one side at most {MOST_RATIO} times as long as the other. "
            f"Received: {width}×{height} pixels. Cut out a part of it."
        )
    levels = pyramid_sizes((height, width), window, shares)
    factor = min(1, max(max(h / height, w / width) for h, w in levels))
    rows, columns = round(factor * height), round(factor * width)
    if (rows, columns) != (height, width):
        if array.dtype == np.uint8:
            smaller = Image.fromarray(array).resize(
                (columns, rows), Image.Resampling.BILINEAR
            )
            array = np.asarray(smaller)
        else:
            array = tf.image.resize(array, (rows, columns), antialias=True).numpy()
    image = array.astype(np.float32)
    scale = np.array([width / columns, height / rows])
    return image / 255 if array.dtype == np.uint8 else image, scale


def _rgb(array):
    """Returns a picture's array as (H, W, 3), after checking what it is."""
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3) or not array.size:
        raise ValueError(
            "A picture's array must have shape (H, W), (H, W, 1) or (H, W, 3). "
            f"Received: shape {array.shape}."
        )
    floats = array.dtype.kind == "f"
    if array.dtype != np.uint8 and not floats:
        raise ValueError(
            "A picture's array must be uint8, or float in [0, 1]. "
            f"Received: {array.dtype}."
        )
    if floats and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            "A picture's array of floats must have values in [0, 1]. "
            f"Received: {array.min():.4g} to {array.max():.4g}."
        )
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array
