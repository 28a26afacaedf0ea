"""Proof that image and mask stay together: every pixel carries its own address.

An image whose channels are column and row of every pixel is a linear function of the
place, and bilinear interpolation reproduces it exactly. So after any affine move each
pixel still says, to a fraction, where it comes from, and its mask says so too, to the
nearest pixel. The two may differ by half a pixel, never by more.
"""

import numpy as np

UNIT = 1000  # an id is UNIT * (row + 1) + column; smaller ids are void


def addressed(height, width):
    """Paints every pixel's address into an image and its mask.

    Args:
        height, width: Size in pixels, from 1 to 999.

    Returns:
        A pair: a float32 image (height, width, 3) whose channels are column, row and
        one, and an int32 mask (height, width), 1000 · (row + 1) + column.

    Raises:
        ValueError: If a side is not from 1 to 999.

    Example:

    >>> image, mask = addressed(2, 3)
    >>> mask.tolist()
    [[1000, 1001, 1002], [2000, 2001, 2002]]

    Reference:
        Used in `notebooks/10_paired_augmentation.ipynb`.
    """
    if not (0 < height < UNIT and 0 < width < UNIT):
        raise ValueError(
            f"A side must be from 1 to 999 pixels. Received: {height} and {width}."
        )
    rows, columns = np.mgrid[:height, :width]
    image = np.stack((columns, rows, np.ones_like(rows)), axis=-1)
    return image.astype(np.float32), (UNIT * (rows + 1) + columns).astype(np.int32)


def misplaced(images, masks, tolerance=0.01):
    """Counts the pixels where image and mask come from different places.

    Args:
        images: Float array (..., H, W, 3) that was `addressed`, then moved; from
            outside the picture come zeros.
        masks: Integer array (..., H, W), moved along; from outside come ids below
            1000, such as void.
        tolerance: Pixels allowed beyond the half, for rounding.

    Returns:
        Integer array of shape (...): misplaced pixels per picture.

    Raises:
        ValueError: If the shapes do not fit together.

    Example:

    >>> image, mask = addressed(2, 3)
    >>> misplaced(image, mask), misplaced(image[:, ::-1], mask)
    (np.int64(0), np.int64(4))

    Reference:
        Derived in `notebooks/10_paired_augmentation.ipynb`.
    """
    images, masks = np.asarray(images, np.float64), np.asarray(masks)
    if images.shape != (*masks.shape, 3):
        raise ValueError(
            "`images` must have the shape of `masks` and three channels. "
            f"Received: {images.shape} and {masks.shape}."
        )
    # At the picture's edge, zeros are mixed in; the third channel tells how many.
    share = images[..., 2]
    columns, rows = (images[..., n] / np.maximum(share, 1e-6) for n in (0, 1))
    inside = masks >= UNIT
    far = np.maximum(abs(columns - masks % UNIT), abs(rows + 1 - masks // UNIT))
    wrong = np.where(
        inside,
        (far > 0.5 + tolerance) | (share < 0.25 - tolerance),
        share > 0.5 + tolerance,
    )
    return wrong.sum(axis=(-2, -1))
