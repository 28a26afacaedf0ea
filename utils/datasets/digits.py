"""Digits drawn from small bitmaps, each a little different: a data set in a second."""

import numpy as np
from scipy import ndimage

from utils._arguments import check_positive

# Five columns, seven rows. The 9 is the 6 turned by half a turn, pixel by pixel.
GLYPHS = (
    ".###. #...# #...# #...# #...# #...# .###.",
    "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "####. ....# ....# .###. #.... #.... #####",
    "##### ...#. ..#.. ...#. ....# #...# .###.",
    "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "##### #.... #.... .###. ....# ....# ####.",
    ".###. #.... #.... ####. #...# #...# .###.",
    "##### ....# ...#. ...#. ..#.. ..#.. ..#..",
    ".###. #...# #...# .###. #...# #...# .###.",
    ".###. #...# #...# .#### ....# ....# .###.",
)


def glyph(digit):
    """Returns the bitmap of a digit.

    Args:
        digit: Integer from 0 to 9.

    Returns:
        float32 array of shape (7, 5): 1 is ink, 0 is paper.

    Raises:
        ValueError: If `digit` is no integer from 0 to 9.

    Example:
    >>> glyph(1).astype(int)[:3]
    array([[0, 0, 1, 0, 0],
           [0, 1, 1, 0, 0],
           [0, 0, 1, 0, 0]])
    """
    if not isinstance(digit, (int, np.integer)) or not 0 <= digit <= 9:
        raise ValueError(
            f"`digit` must be an integer from 0 to 9. Received: {digit!r}."
        )
    rows = GLYPHS[digit].split()
    return np.array([[sign == "#" for sign in row] for row in rows], np.float32)


def draw_digits(count, seed, size=16, shift=2.0):
    """Draws every digit `count` times, no two alike.

    Each is slanted, turned, stretched and shifted at random, in and on random greys.

    Args:
        count: Number of pictures of each digit.
        seed: Integer; the same seed draws the same pictures.
        size: Height and width of a picture in pixels, at least 12.
        shift: Largest distance from the middle, in pixels, in each direction.

    Returns:
        float32 images (10 · count, size, size, 3) in [0, 1] and integer labels (10 ·
        count,): 0, 1, … 9, 0, 1, …

    Raises:
        ValueError: If `count` is no positive integer, `size` below 12 or `shift`
            negative.

    Example:
    >>> images, labels = draw_digits(count=2, seed=9)
    >>> images.shape, labels[:11].tolist()
    ((20, 16, 16, 3), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
    """
    check_positive(count=count)
    if size < 12 or shift < 0:
        raise ValueError(
            "`size` must be at least 12 and `shift` at least 0. "
            f"Received: {size} and {shift}."
        )
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(10), count)
    ink = np.stack([_warped(glyph(label), size, shift, rng) for label in labels])
    paper = rng.uniform(0.7, 1.0, (len(labels), 1, 1))
    black = rng.uniform(0.0, 0.3, (len(labels), 1, 1))
    images = paper + (black - paper) * ink + rng.normal(0, 0.05, ink.shape)
    images = np.clip(images, 0, 1).astype(np.float32)
    return np.repeat(images[..., None], 3, axis=-1), labels


def _warped(bitmap, size, shift, rng):
    """Draws `bitmap` in the middle of a square, more or less."""
    slant, angle = rng.uniform(-0.25, 0.25), rng.uniform(-0.15, 0.15)
    # A bitmap's row is as high as size / 10 pixels, so that three rows are margin.
    scale = 10 / size / rng.uniform(0.85, 1.1, 2)
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix = np.diag(scale) @ np.array([[1, 0], [slant, 1]]) @ np.array(turn)
    middle = np.full(2, (size - 1) / 2) + rng.uniform(-shift, shift, 2)
    offset = (np.array(bitmap.shape) - 1) / 2 - matrix @ middle
    return ndimage.affine_transform(bitmap, matrix, offset, (size, size), order=1)
