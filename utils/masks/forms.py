"""One mask in three forms: class ids, one-hot vectors, colours; and back again.

Class ids are the form in which masks are stored, compared and trained on. One-hot is
the form of a model's output, colour the one for the eye (`utils.panels.color_mask`).
"""

import numpy as np

from utils.panels import PALETTE, color_mask


def one_hot(mask, num_classes, void=255):
    """Turns class ids into vectors that are 1 at the class and 0 elsewhere.

    Args:
        mask: Integer array of any shape, such as (H, W): class ids.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        void: Id of unlabelled pixels. Their vector is all zeros: no class.

    Returns:
        float32 array of shape (..., K), such as (H, W, K). An empty mask gives an
        empty array.

    Raises:
        ValueError: If `mask` does not hold integers, or an id that is neither `void`
            nor 0 to K - 1.

    Example:

    >>> one_hot([[1, 0, 255]], num_classes=2).tolist()
    [[[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]]

    Reference:
        Without void it equals `keras.utils.to_categorical`. Derived in
        `notebooks/01_pixels_to_labels.ipynb`.
    """
    mask = np.asarray(mask)
    if mask.dtype.kind not in "iu" and mask.size:
        raise ValueError(
            f"`mask` must hold integer class ids. Received: dtype {mask.dtype}."
        )
    wrong = np.setdiff1d(mask, [*range(num_classes), void])
    if wrong.size:
        raise ValueError(
            f"`mask` must hold ids from 0 to {num_classes - 1}, or {void} for void. "
            f"Received: {wrong.tolist()}."
        )
    return (mask[..., np.newaxis] == np.arange(num_classes)).astype(np.float32)


def ids_from_one_hot(vectors, void=255):
    """Turns one-hot vectors back into class ids.

    For what a model predicts, use `utils.metrics.create_mask`: its vectors are not
    one-hot, and the largest number wins.

    Args:
        vectors: Array of shape (..., K) of zeros and ones, at most one 1 per pixel.
        void: Id to give to a vector of zeros; needs K ≤ `void` ≤ 255.

    Returns:
        uint8 array of shape (...).

    Raises:
        ValueError: If a vector is neither one-hot nor zero, or K and `void` do not
            fit into uint8.

    Example:

    >>> ids_from_one_hot([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]).tolist()
    [1, 0, 255]

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    vectors = np.asarray(vectors)
    num_classes = vectors.shape[-1] if vectors.ndim else 0
    if not 1 <= num_classes <= void <= 255:
        raise ValueError(
            "`vectors` must have shape (..., K) with 1 ≤ K ≤ `void` ≤ 255. "
            f"Received: shape {vectors.shape} and void {void}."
        )
    ones = (vectors == 1).sum(axis=-1)
    wrong = (ones > 1) | ((vectors != 0) & (vectors != 1)).any(axis=-1)
    if wrong.any():
        raise ValueError(
            "`vectors` must hold zeros and at most one 1 per pixel. "
            f"Received: {vectors[wrong][0].tolist()}, and {wrong.sum()} such vectors."
        )
    return np.where(ones == 1, vectors.argmax(axis=-1), void).astype(np.uint8)


def ids_from_colors(picture, void=255):
    """Turns a mask painted by `utils.panels.color_mask` back into class ids.

    Every colour must be exactly one of the palette's. A file format that loses
    precision (JPEG), a resize or a smooth brush makes others.

    Args:
        picture: uint8 array of shape (H, W, 3).
        void: Id to give to grey pixels.

    Returns:
        uint8 array of shape (H, W).

    Raises:
        ValueError: If the shape or the dtype is another, or a colour is unknown.

    Example:

    >>> ids_from_colors(color_mask([[0, 2, 255]])).tolist()
    [[0, 2, 255]]

    Reference:
        Used in `notebooks/01_pixels_to_labels.ipynb`.
    """
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] != 3:
        raise ValueError(
            "`picture` must be uint8 of shape (height, width, 3). "
            f"Received: {picture.dtype} of shape {picture.shape}."
        )
    ids = np.array([*range(len(PALETTE)), void], np.uint8)
    colors = color_mask([range(len(PALETTE))])[0].tolist()
    colors = np.array([*colors, color_mask([[void]], void)[0, 0]], np.uint8)
    matches = (picture[..., np.newaxis, :] == colors).all(axis=-1)  # (H, W, colours)
    unknown = ~matches.any(axis=-1)
    if unknown.any():
        raise ValueError(
            "`picture` must hold the palette's colours only. Received: "
            f"{picture[unknown][0].tolist()}, and {unknown.sum()} pixels of unknown "
            "colour. A JPEG file or a smooth resize makes them: store masks as PNG."
        )
    return ids[matches.argmax(axis=-1)]
