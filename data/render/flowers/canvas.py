"""A z-buffer for sheets and a veil for hairs.

Sheets are diced finer than a pixel and dropped into a buffer that keeps, for every
pixel, the nearest: its depth, its place and its surface. Light comes later, once a
pixel (`developing.py`). Hairs are thinner than a pixel: they add up to a veil.
"""

from collections import defaultdict
from copy import copy

import numpy as np

from data.render.engine import F32, vec
from data.render.flowers.patches import Sheet, dice, finer

# Grids that need much the same number of samples are diced together.
TIMES = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 90])
INDEX_BITS = 26


def half(cam):
    """The same camera with half as many pixels along each side."""
    small = copy(cam)
    small.width, small.height = (cam.width + 1) // 2, (cam.height + 1) // 2
    small.focal, small.centre = cam.focal / 2, cam.centre / 2
    return small


def bundles(parts):
    """Joins the sheets of equal grids, so that there are few pieces of work, but large.

    Hairs stay as they are, after the sheets that may hide them.
    """
    alike, hairs = defaultdict(list), []
    for part in parts:
        if isinstance(part, Sheet):
            alike[part.points.shape[1:]].append(part)
        else:
            hairs.append(part)
    sheets = [
        Sheet(
            np.concatenate([part.points for part in group]),
            np.concatenate([part.surface for part in group]),
        )
        for group in alike.values()
    ]
    return sheets + hairs


def how_finely(flat, pitch):
    """Groups grids by the dicing that leaves no gaps.

    Args:
        flat: Grids of points in the picture plane (N, S, T, 2).
        pitch: Largest distance allowed between neighbours.

    Yields:
        Indices of grids, times along, times across.
    """
    times = []
    for axis in (1, 2):
        steps = np.linalg.norm(np.diff(flat, axis=axis), axis=-1).max((1, 2))
        times.append(TIMES[np.searchsorted(TIMES[:-1], steps / pitch)])
    times = np.stack(times, 1)
    for pair in np.unique(times, axis=0):
        yield np.flatnonzero((times == pair).all(1)), *pair


class Canvas:
    """For every pixel the depth, place and surface of what is seen there."""

    def __init__(self, cam):
        self.cam, count = cam, cam.height * cam.width
        self.depth = np.full(count, np.inf, F32)
        self.surface = np.zeros((count, 10), F32)
        self.place = np.zeros((count, 3), F32)
        self.veil = np.zeros(count)
        self.veil_light = np.zeros((count, 3))

    def project(self, points):
        """Column, row and depth of points (..., 3)."""
        x, y, z = self.cam.view(points)
        z = np.maximum(z, 0.1)
        f, (cx, cy) = self.cam.focal, self.cam.centre
        return np.stack([x / z * f + cx, y / z * f + cy, z], -1)

    def draw(self, parts):
        """Draws sheets and hairs, sheets first."""
        for part in parts:
            if isinstance(part, Sheet):
                self.draw_sheet(part)
            else:
                self.draw_hairs(part)

    def draw_sheet(self, sheet, pitch=0.8):
        """Drops the sheet into the buffer, diced to `pitch` pixels."""
        screen = self.project(sheet.points)
        low, high = screen[..., :2].min((1, 2)), screen[..., :2].max((1, 2))
        seen = (high > 0).all(1) & (low < vec(self.cam.width, self.cam.height)).all(1)
        if not seen.any():
            return
        screen, surface = screen[seen], sheet.surface[seen]
        points = sheet.points[seen].astype(F32)
        for which, *times in how_finely(screen[..., :2], pitch):
            diced = dice(screen[which], *times)
            pixels, winners = self.nearest(diced.reshape(-1, 3))
            number, along, across = np.unravel_index(winners, diced.shape[:3])
            spot = which[number], along / times[0], across / times[1]
            self.surface[pixels] = between(surface, *spot)
            self.place[pixels] = between(points, *spot)

    def nearest(self, dots):
        """Drops dots (N, 3) of column, row and depth into the buffer.

        Returns the pixels that now show one of them, and the index of that dot.
        """
        column, row = dots[:, 0], dots[:, 1]
        inside = (column >= 0) & (column < self.cam.width)
        inside = np.flatnonzero(inside & (row >= 0) & (row < self.cam.height))
        dots = dots[inside]
        pixels = dots[:, 1].astype(np.int64) * self.cam.width + dots[:, 0].astype(
            np.int64
        )
        # Depth in the high bits, the dot's number in the low: the least is nearest.
        key = (dots[:, 2] * 2**18).astype(np.int64) << INDEX_BITS
        key |= np.arange(len(dots))
        best = np.full(len(self.depth), np.iinfo(np.int64).max)
        np.minimum.at(best, pixels, key)
        pixels = np.flatnonzero(best < np.iinfo(np.int64).max)
        winners = best[pixels] & (2**INDEX_BITS - 1)
        depth = dots[winners, 2]
        nearer = depth < self.depth[pixels]
        pixels = pixels[nearer]
        self.depth[pixels] = depth[nearer]
        return pixels, inside[winners[nearer]]

    def draw_hairs(self, hairs):
        """Adds lines thinner than a pixel to the veil."""
        screen = self.project(hairs.points)
        longest = np.linalg.norm(np.diff(screen[..., :2], axis=1), axis=-1).max()
        times = int(np.clip(np.ceil(longest), 1, 40))
        dots = (finer(screen.shape[1], times) @ screen.astype(F32)).reshape(-1, 3)
        inside = (dots[:, 0] >= 0) & (dots[:, 0] < self.cam.width)
        dots = dots[inside & (dots[:, 1] >= 0) & (dots[:, 1] < self.cam.height)]
        pixels = dots[:, 1].astype(int) * self.cam.width + dots[:, 0].astype(int)
        pixels = pixels[dots[:, 2] < self.depth[pixels]]
        thickness = (self.cam.focal / screen[..., 2].mean() / 110) ** 0.8
        weight = hairs.weight * longest / times * np.clip(thickness, 0.25, 2)
        veil = np.bincount(pixels, minlength=len(self.depth)) * weight
        self.veil += veil
        self.veil_light += veil[:, None] * hairs.colour

    def floor(self, texture):
        """Draws a level ground (y = 0); texture(x, z) gives its colour."""
        cam = self.cam
        row, column = np.mgrid[: cam.height, : cam.width].reshape(2, -1)
        rays = cam.rays(column + 0.5, row + 0.5)
        reach = -cam.eye[1] / np.minimum(rays[:, 1], -1e-4)
        depth = reach * (rays @ cam.forward)
        won = (rays[:, 1] < -1e-3) & (depth < self.depth) & (reach < 60)
        place = cam.eye + rays[won] * reach[won, None]
        self.depth[won], self.place[won] = depth[won], place
        self.surface[won] = 0
        self.surface[won, 1] = 1
        self.surface[won, 3:6] = texture(place[:, 0], place[:, 2])


def between(grids, number, along, across):
    """Values of grids (N, S, T, C) at fractional places, linearly (M, C)."""
    s = np.minimum(along.astype(int), grids.shape[1] - 2)
    t = np.minimum(across.astype(int), grids.shape[2] - 2)
    fs, ft = (along - s).astype(F32)[:, None], (across - t).astype(F32)[:, None]
    lower = grids[number, s, t] * (1 - ft) + grids[number, s, t + 1] * ft
    upper = grids[number, s + 1, t] * (1 - ft) + grids[number, s + 1, t + 1] * ft
    return lower * (1 - fs) + upper * fs
