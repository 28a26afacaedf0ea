"""One mask in three forms: class ids, one-hot vectors, colours; and back again.

Class ids are the form in which masks are stored, compared and trained on. One-hot is
the form of a model's output, colour the one for the eye (`utils.masks.color_mask`).
"""

import numpy as np

from utils._arguments import check_positive

# Okabe and Ito's colours, told apart with any kind of colour vision.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
VOID_COLOR = "#999999"


def color_mask(mask, void=255):
    """Paints every class in its colour.

    Args:
        mask: Integer array of shape (H, W), class ids.
        void: Id of unlabelled pixels, which become grey.

    Returns:
        uint8 array of shape (H, W, 3).

    Raises:
        ValueError: If an id is neither `void` nor one of the palette's.

    Example:
    >>> color_mask([[0, 255]]).tolist()
    [[[230, 159, 0], [153, 153, 153]]]

    Reference:
        Okabe and Ito (2008), "Color universal design".
    """
    mask = np.asarray(mask)
    wrong = np.setdiff1d(mask, [*range(len(PALETTE)), void])
    if mask.ndim != 2 or wrong.size:
        raise ValueError(
            f"`mask` must have shape (height, width) and ids from 0 to "
            f"{len(PALETTE) - 1} or {void}. Received: shape {mask.shape}, "
            f"unexpected ids {wrong.tolist()}."
        )
    colors = [tuple(bytes.fromhex(color[1:])) for color in (*PALETTE, VOID_COLOR)]
    index = np.where(mask == void, len(PALETTE), mask).astype(int)
    return np.array(colors, dtype=np.uint8)[index]


def one_hot(mask, num_classes, void=255):
    """Turns class ids into vectors that are 1 at the class and 0 elsewhere.

    Args:
        mask: Integer array of any shape, such as (H, W): class ids.
        num_classes: Number of classes K; valid ids are 0 to K - 1.
        void: Id of unlabelled pixels, whose vector is all zeros: no class.

    Returns:
        float32 array of shape (..., K), such as (H, W, K); empty for an empty mask.

    Raises:
        ValueError: If `mask` holds other than integers, or an id not named above.

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

    For what a model predicts use `create_mask`: there the largest number wins.

    Args:
        vectors: Array of shape (..., K) of zeros and ones, at most one 1 per pixel.
        void: Id to give to a vector of zeros; needs K ≤ `void` ≤ 255.

    Returns:
        uint8 array of shape (...).

    Raises:
        ValueError: If a vector is neither one-hot nor zero, or `void` not as described.

    Example:
    >>> ids_from_one_hot([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]).tolist()
    [1, 0, 255]
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
    """Turns a mask painted by `utils.masks.color_mask` back into class ids.

    Every colour must be exactly one of the palette's: JPEG, resizing and smooth brushes
    make others.

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


def create_mask(logits):
    """Chooses the class with the largest logit for every pixel.

    Args:
        logits: Float array of shape (..., H, W, K) with K of at least 2.

    Returns:
        uint8 array (..., H, W): ids from 0 to K - 1, among equal logits the lowest.

    Raises:
        ValueError: If K is 1 (a single logit is compared with a threshold) or over 255.

    Example:
    >>> create_mask([[[0.1, 2.0], [3.0, -1.0]]])
    array([[1, 0]], dtype=uint8)

    Reference:
        Derived in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    logits = np.asarray(logits)
    if logits.ndim < 3 or not 2 <= logits.shape[-1] <= 255:
        raise ValueError(
            "`logits` must have shape (..., height, width, classes) with 2 to 255 "
            f"classes. Received: shape {logits.shape}."
        )
    return np.argmax(logits, axis=-1).astype(np.uint8)


BORDER_TOO = (0, 2)  # of a trimap's pet, background, border: what counts as object


def binary_target(mask, object_ids=BORDER_TOO, num_classes=3):
    """Turns class ids into 1 for the object and 0 for everything else.

    Args:
        mask: Integer array of any shape, such as (N, H, W): class ids.
        object_ids: The ids that count as object. By default pet and border.
        num_classes: Number of classes K; valid ids are 0 to K - 1.

    Returns:
        uint8 array of the same shape. An empty mask gives an empty array.

    Raises:
        ValueError: If `mask` holds other than integers, or an id that is not 0 to K -
            1: decide first whether void pixels are object or background.

    Example:
    >>> binary_target([[0, 2, 1]])
    array([[1, 1, 0]], dtype=uint8)

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    mask = np.asarray(mask)
    if mask.size and mask.dtype.kind not in "iu":
        raise ValueError(
            f"`mask` must hold integer class ids. Received: dtype {mask.dtype}."
        )
    wrong = np.setdiff1d(mask, range(num_classes))
    if wrong.size:
        raise ValueError(
            f"`mask` must hold ids from 0 to {num_classes - 1}. "
            f"Received: {wrong.tolist()}."
        )
    return np.isin(mask, object_ids).astype(np.uint8)


def binary_mask(logits, threshold=0.5):
    """Calls every pixel object whose probability exceeds a threshold.

    The logits are compared with log(threshold / (1 - threshold)): no sigmoid overflows.

    Args:
        logits: Float array of shape (..., H, W, 1).
        threshold: Probability between 0 and 1, both excluded.

    Returns:
        uint8 array of shape (..., H, W): 1 = object, 0 = background.

    Raises:
        ValueError: If there is not one logit per pixel, or a threshold not as
            described.

    Example:
    >>> binary_mask([[[-1.0], [0.5], [2.0]]], threshold=0.8)
    array([[0, 0, 1]], dtype=uint8)

    Reference:
        Derived in `notebooks/07_binary_unet.ipynb`.
    """
    logits = np.asarray(logits)
    if logits.ndim < 3 or logits.shape[-1] != 1:
        raise ValueError(
            "`logits` must have shape (..., height, width, 1). "
            f"Received: shape {logits.shape}."
        )
    if not 0 < threshold < 1:
        raise ValueError(
            f"`threshold` must be a probability between 0 and 1. Received: {threshold}."
        )
    return (logits[..., 0] > np.log(threshold / (1 - threshold))).astype(np.uint8)


def overlap_tiles(images, masks, tile, margin):
    """Cuts images into overlapping input tiles, and masks into tiles that meet.

    Images are mirrored at their edges, which are not repeated. An input tile reaches
    half of `margin`, which an unpadded network cuts off, beyond the mask's on every
    side.

    Args:
        images: Array of shape (N, H, W, C). H and W are multiples of `tile`.
        masks: Array of shape (N, H, W).
        tile: Rows and columns of a mask's tile, in pixels.
        margin: Pixels lost per axis, an even number, as `output_margin` returns.

    Returns:
        Input tiles (M, tile + margin, tile + margin, C) and mask tiles (M, tile, tile),
        M = N · H / tile · W / tile, image by image, row by row.

    Raises:
        ValueError: If the shapes do not fit, H or W is no multiple of `tile`, or
            `margin` is odd or more than a mirror gives, twice H - 1 or W - 1.

    Example:
    >>> images, masks = np.zeros((2, 64, 64, 3)), np.zeros((2, 64, 64))
    >>> inputs, targets = overlap_tiles(images, masks, tile=32, margin=40)
    >>> inputs.shape, targets.shape
    ((8, 72, 72, 3), (8, 32, 32))

    Reference:
        Ronneberger, Fischer and Brox (2015), arXiv:1505.04597, figure 2.
    """
    check_positive(tile=tile)
    images, masks = np.asarray(images), np.asarray(masks)
    if images.ndim != 4 or images.shape[:3] != masks.shape:
        raise ValueError(
            "`images` must have shape (N, H, W, C) and `masks` (N, H, W). "
            f"Received: {images.shape} and {masks.shape}."
        )
    _, height, width, _ = images.shape
    if height % tile or width % tile:
        raise ValueError(
            f"Height and width must be multiples of the tile, {tile} pixels. "
            f"Received: {height}×{width}."
        )
    half = margin // 2
    if margin % 2 or not 0 <= half < max(min(height, width), 1):
        raise ValueError(
            "`margin` must be even, at least 0 and below twice the image's sides, "
            f"{height}×{width}. Received: {margin!r}."
        )
    mirrored = np.pad(images, [(0, 0), (half, half), (half, half), (0, 0)], "reflect")
    inputs, targets, whole = [], [], tile + margin
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            inputs.append(mirrored[:, top : top + whole, left : left + whole])
            targets.append(masks[:, top : top + tile, left : left + tile])
    stacked = (np.stack(parts, axis=1) for parts in (inputs, targets))
    return tuple(parts.reshape(-1, *parts.shape[2:]) for parts in stacked)
