"""Curved sheets: petals, leaves, stems and seeds as grids of points.

A sheet is a bundle of N grids, each S points long and T points wide, in one array
of shape (N, S, T, 3). Axis y points up. What a sheet is made of (its normal, its
colour, ...) is given at the same points, so that both can be sampled as finely as
a picture needs. Lines thinner than a pixel, such as the hairs of a seed, are kept
apart as `Hairs`.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.render.engine import F32, step, unit, vec


@dataclass
class Sheet:
    """N grids of points and what lies at each of them.

    Attributes:
        points: Array (N, S, T, 3).
        surface: Array (N, S, T, 10): normal (3), colour in linear light (3), glow
            (the light that shines through), gloss, the place across (-1 to 1, plus
            a number of its own for each grid) and the place along (0 to 1).
    """

    points: np.ndarray
    surface: np.ndarray

    def moved(self, rotation, position, size=1.0):
        """Returns the sheet turned, scaled and moved."""
        normals = self.surface[..., :3] @ rotation.T
        return Sheet(
            self.points @ (rotation.T * size) + position,
            np.concatenate([normals, self.surface[..., 3:]], -1),
        )


@dataclass
class Hairs:
    """N lines of K points (N, K, 3), all of one colour; weight is their thickness."""

    points: np.ndarray
    colour: np.ndarray
    weight: float

    def moved(self, rotation, position, size=1.0):
        """Returns the hairs turned, scaled and moved."""
        points = self.points @ (rotation.T * size) + position
        return Hairs(points, self.colour, self.weight)


def place(parts, rotation, position, size=1.0):
    """Turns, scales and moves a list of sheets and hairs."""
    return [part.moved(rotation, position, size) for part in parts]


def facing(direction):
    """Rotation matrix (3, 3) that turns the y axis into `direction`."""
    y = unit(direction)
    x = unit(np.cross(y, vec(0.13, 0.3, 0.95)))
    return np.stack([x, y, np.cross(x, y)], 1)


def sheet(points, colour, glow=0.0, gloss=0.0):
    """Makes a sheet of grids of points.

    Args:
        points: Array (N, S, T, 3).
        colour: Linear light, (3,) or anything that broadcasts to `points`.
        glow: How much of the light that falls on the back shines through.
        gloss: How much the sheet shines.

    Returns:
        A `Sheet`; its normals follow from the points.
    """
    points = np.asarray(points, float)
    n, s, t = points.shape[:3]
    surface = np.empty((n, s, t, 10), F32)
    along_s, along_t = np.gradient(points, axis=(1, 2))
    normals = np.cross(along_s, along_t)
    if np.abs(points[:, :, 0] - points[:, :, -1]).max() < 1e-6:  # closed, as a tube is
        normals[:, :, 0] += normals[:, :, -1]
        normals[:, :, -1] = normals[:, :, 0]
    surface[..., :3] = unit(normals)
    surface[..., 3:6] = colour
    surface[..., 6] = glow
    surface[..., 7] = gloss
    surface[..., 8] = np.linspace(-1, 1, t) + 7.3 * np.arange(n)[:, None, None]
    surface[..., 9] = np.linspace(0, 1, s)[:, None]
    return Sheet(points, surface)


# -------------------------------------------------------------------- the shapes
def lathe(radii, heights, count=22):
    """A surface of revolution about the y axis.

    Args:
        radii: Distances from the axis (S,).
        heights: Heights (S,).
        count: Number of points around, the first repeated as the last.

    Returns:
        Points (1, S, count, 3).

    Example:

    >>> lathe([2.0], [5.0], count=5).round(6)[0, 0, 1].tolist()
    [0.0, 5.0, 2.0]
    """
    angles = np.linspace(0, 2 * np.pi, count)
    radii = np.asarray(radii, float)[:, None]
    heights = np.asarray(heights, float)[:, None] + 0 * angles
    return np.stack([radii * np.cos(angles), heights, radii * np.sin(angles)], -1)[None]


def tube(foot, top, bow, radius_foot, radius_top, count=14):
    """A round stem (1, count, 9, 3) from foot to top, `bow` aside in the middle."""
    t = np.linspace(0, 1, count)[:, None]
    middle = foot * (1 - t) + top * t + bow * 4 * t * (1 - t)
    forward = unit(np.gradient(middle, axis=0))
    side = unit(np.cross(forward, vec(0.2, 0.1, 1)))
    other = np.cross(forward, side)
    angles = np.linspace(0, 2 * np.pi, 9)[None, :, None]
    ring = np.cos(angles) * side[:, None] + np.sin(angles) * other[:, None]
    radius = radius_foot + (radius_top - radius_foot) * t
    return (middle[:, None] + radius[:, None] * ring)[None]


def beads(places, normals, radius, tall=1.0):
    """Little domes that stand on the points `places` (N, 3) along `normals` (N, 3).

    `radius` is one number or one per bead; a dome is `tall` times as high as wide.
    Returns points (N, 4, 8, 3).
    """
    up, around = np.meshgrid(
        np.linspace(0, np.pi / 2, 4), np.linspace(0, 2 * np.pi, 8), indexing="ij"
    )
    side = unit(np.cross(normals, vec(0.3, 0.1, 0.95)))
    frame = np.stack([side, np.cross(normals, side), normals], 1)
    dome = np.stack(
        [np.sin(up) * np.cos(around), np.sin(up) * np.sin(around), tall * np.cos(up)],
        -1,
    )
    radius = np.broadcast_to(radius, len(places))[:, None, None, None]
    return places[:, None, None] + radius * np.einsum("stk,nkc->nstc", dome, frame)


def petals(
    turns,
    lift,
    bend,
    length,
    width,
    outline,
    wrap=0.0,
    cup=0.0,
    root=0.0,
    high=0.0,
    knee=1.0,
    roll=0.0,
    tilt=0.0,
    ruffle=0.0,
    grid=(15, 9),
):
    """N petals (or leaves) around the y axis. Every number may be one per petal.

    Args:
        turns: Angles (N,) about the y axis.
        lift: Slope of the midrib, in radians, where it leaves the axis.
        bend: How much the slope changes towards the tip.
        length: Length of the midrib.
        width: Half the width where `outline` is 1.
        outline: Function of the place along the petal, 0 to 1, that gives its width.
        wrap: How far the petal curls round the y axis.
        cup: How far both edges are raised.
        root: Distance from the axis at which the midrib starts.
        high: Height at which the midrib starts.
        knee: Over 1, the midrib bends late; under 1, early.
        roll: Further bend near the tip.
        tilt: How far one edge is raised over the other.
        ruffle: Height of the waves of the rim.
        grid: Number of points along and across.

    Returns:
        Points (N, *grid, 3).
    """

    def per_petal(x):
        return np.broadcast_to(np.asarray(x, float), np.shape(turns))[:, None, None]

    s = np.linspace(0, 1, grid[0])[None, :, None]
    t = np.linspace(-1, 1, grid[1])[None, None, :]
    slope = per_petal(lift) + per_petal(bend) * s**knee
    slope = slope + per_petal(roll) * step(0.55, 1.05, s)
    piece = per_petal(length) / (grid[0] - 1)
    out = per_petal(root) + np.cumsum(np.cos(slope) * piece, 1) - np.cos(slope) * piece
    up = per_petal(high) + np.cumsum(np.sin(slope) * piece, 1)

    across = per_petal(width) * outline(s) * t
    number = np.arange(len(turns))[:, None, None]
    wave = np.sin(9 * t + 2.1 * number) + 0.5 * np.sin(17 * t * s + 1.3 * number)
    raised = (per_petal(cup) * t + per_petal(tilt)) * across
    raised = raised + per_petal(ruffle) * wave * s**3
    curl = np.maximum(per_petal(wrap) / np.maximum(out, 0.07), 1e-3)
    out = out - (1 - np.cos(across * curl)) / curl - np.sin(slope) * raised
    up = up + np.cos(slope) * raised
    across = np.sin(across * curl) / curl

    cos, sin = np.cos(per_petal(turns)), np.sin(per_petal(turns))
    return np.stack([out * cos - across * sin, up, out * sin + across * cos], -1)


# ------------------------------------------------------------------- finer grids
@lru_cache
def finer(count, times):
    """Matrix that samples a row of `count` values `times` as densely (Catmull-Rom).

    Returns a float32 array ((count - 1) * times + 1, count).

    Example:

    >>> (finer(3, 2) @ [0, 1, 2]).tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    samples = np.linspace(0, count - 1, (count - 1) * times + 1)
    x = np.abs(samples[:, None] - np.arange(-1, count + 1))
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    weights = np.where(x < 1, near, np.where(x < 2, far, 0))
    matrix = weights[:, 1:-1].copy()
    matrix[:, 0] += 2 * weights[:, 0]  # beyond either end the row goes on straight
    matrix[:, 1] -= weights[:, 0]
    matrix[:, -1] += 2 * weights[:, -1]
    matrix[:, -2] -= weights[:, -1]
    return matrix.astype(F32)


def dice(points, times_s, times_t):
    """Samples grids of points (N, S, T, C) so many times as densely each way."""
    n, s, t, c = points.shape
    rows = finer(s, times_s) @ points.astype(F32).reshape(n, s, t * c)
    columns = rows.reshape(n, -1, t, c).transpose(0, 1, 3, 2) @ finer(t, times_t).T
    return columns.transpose(0, 1, 3, 2)
