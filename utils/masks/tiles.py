"""Overlapping input tiles for an unpadded network, each with its part of the mask."""

import numpy as np

from utils._arguments import check_positive


def overlap_tiles(images, masks, tile, margin):
    """Cuts images into overlapping input tiles, and masks into tiles that meet.

    Every image is mirrored at its edges, without repeating the edge itself. An input
    tile reaches half of `margin` beyond its tile on every side, which is what an
    unpadded network cuts off: its logits have the size of the mask's tile and cover
    the same pixels.

    Args:
        images: Array of shape (N, H, W, C). H and W are multiples of `tile`.
        masks: Array of shape (N, H, W).
        tile: Rows and columns of a mask's tile, in pixels.
        margin: Pixels that the network loses per axis, an even number such as
            `utils.models.output_margin` returns.

    Returns:
        Input tiles of shape (M, tile + margin, tile + margin, C) and mask tiles of
        shape (M, tile, tile); M = N · H / tile · W / tile. The tiles of an image follow
        each other, row by row.

    Raises:
        ValueError: If the shapes do not fit, H or W is no multiple of `tile`, or
            `margin` is odd or more than twice what a mirror can give, H - 1 or W - 1.

    Example:

    >>> images, masks = np.zeros((2, 64, 64, 3)), np.zeros((2, 64, 64))
    >>> inputs, targets = overlap_tiles(images, masks, tile=32, margin=40)
    >>> inputs.shape, targets.shape
    ((8, 72, 72, 3), (8, 32, 32))

    Reference:
        Ronneberger, Fischer and Brox (2015), arXiv:1505.04597, figure 2.
        Used in `notebooks/07_binary_unet.ipynb`.
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
