"""From sheets to light: a shadow map, creases, and light that shines through petals."""

import numpy as np
from scipy import ndimage as ndi

from data.render.engine import fbm, mix, noise, shade, unit, vec
from data.render.flowers.canvas import bundles, how_finely
from data.render.flowers.patches import Hairs, Sheet, dice, facing


class ShadowMap:
    """How far the lamp sees, on a grid across its direction.

    Args:
        parts: Sheets and hairs that throw shadows.
        lamp: Record whose `dir` points towards the lamp.
        low, high: Opposite corners (3,) of the space that is looked at.
        side: Number of cells along each side of the grid.
    """

    def __init__(self, parts, lamp, low, high, side=420):
        self.frame, self.side = facing(lamp.dir), side
        sheets = [part.points for part in parts if isinstance(part, Sheet)]
        hairs = [part.points[:, ::5] for part in parts if isinstance(part, Hairs)]
        rough = np.concatenate([points.reshape(-1, 3) for points in sheets + hairs])
        rough = rough[((rough > low) & (rough < high)).all(1)] @ self.frame
        self.low = rough.min(0)
        self.cell = np.ptp(rough[:, [0, 2]], 0).max() / (side - 4)
        self.depth = np.full(side * side, -9e9)
        self.add(rough)
        for points in sheets:
            turned = points @ self.frame
            for which, *times in how_finely(turned[..., [0, 2]], 1.5 * self.cell):
                times = np.minimum(times, 4)
                self.add(dice(turned[which], *times).reshape(-1, 3))
        self.depth = ndi.grey_closing(self.depth.reshape(side, side), 3)

    def cells(self, turned):
        """Row and column of the cell for each point in the lamp's frame (N, 2)."""
        return (turned[:, [0, 2]] - self.low[[0, 2]]) / self.cell + 2

    def add(self, turned):
        """Keeps, in every cell, the point nearest the lamp."""
        cells = self.cells(turned).astype(int)
        inside = ((cells >= 0) & (cells < self.side)).all(1)
        index = cells[inside] @ [self.side, 1]
        np.maximum.at(self.depth, index, turned[inside, 1])

    def lit(self, points, bias=0.09, taps=9, soft=3.0):
        """Share of the lamp's light (N,) that reaches points (N, 3)."""
        turned = points @ self.frame
        cells, height = self.cells(turned), turned[:, 1] + bias
        total = np.zeros(len(points))
        for tap in range(taps):  # a small spiral of places round the point's own cell
            radius, angle = soft * np.sqrt((tap + 0.5) / taps), tap * 2.4
            near = cells + radius * vec(np.cos(angle), np.sin(angle))
            near = np.clip(near.astype(int), 0, self.side - 1)
            total += height > self.depth[near[:, 0], near[:, 1]]
        return total / taps


def creases(cam, depth):
    """How open each pixel lies, 0.3 to 1: creases lie deeper than what is around."""
    gap, coarse = 0, np.minimum(depth, depth.min() + 3)[::2, ::2]
    for radius in (0.10, 0.3):
        sigma = radius * cam.focal / np.median(depth) / 2
        around = ndi.gaussian_filter(coarse, sigma, truncate=2.5)
        around = around.repeat(2, 0).repeat(2, 1)[: cam.height, : cam.width]
        gap = gap + np.clip((depth - around) / radius, 0, 1)
    return np.clip(1 - 0.42 * gap, 0.3, 1)


def develop(canvas, parts, lamp, low, high):
    """Draws the parts and lights the picture.

    Args:
        canvas: A `Canvas`, perhaps with a floor.
        parts: Sheets and hairs.
        lamp: The lamp, as made by `lamp_for`.
        low, high: Opposite corners (3,) of the space in which shadows fall.

    Returns:
        The picture in linear light (h, w, 3), the covered share of each pixel
        (h, w) and the depth (h, w).
    """
    cam, parts = canvas.cam, bundles(parts)
    canvas.draw(parts)
    seen = np.isfinite(canvas.depth)
    farthest = canvas.depth[seen].max() if seen.any() else 1
    depth = np.where(seen, canvas.depth, farthest).reshape(cam.height, cam.width)
    image = np.zeros((len(seen), 3))
    if seen.any():
        shadows = ShadowMap(
            parts, lamp, low, high, side=150 + max(cam.height, cam.width) // 2
        )
        open_ = creases(cam, depth).ravel()[seen]
        image[seen] = light(
            cam, canvas.place[seen], canvas.surface[seen], lamp, shadows, open_
        )
    veil = 1 - np.exp(-canvas.veil)
    veil_colour = canvas.veil_light / np.maximum(canvas.veil, 1e-6)[:, None]
    veil_light = veil_colour * (0.75 * lamp.key + 0.9 * lamp.sky)
    image = mix(image, veil_light, np.where(seen, veil, 1))
    cover = np.maximum(seen, veil)
    return (
        image.reshape(cam.height, cam.width, 3),
        cover.reshape(cam.height, cam.width),
        depth,
    )


def light(cam, places, surface, lamp, shadows, open_):
    """Linear light (N, 3) of N places with their surfaces."""
    places, surface = places.astype(float), surface.astype(float)
    normals, albedo = unit(surface[:, :3]), np.clip(surface[:, 3:6], 0, 1.2)
    glow, gloss, across, along = surface[:, 6:].T
    rays = unit(places - cam.eye)
    away = (normals * rays).sum(1, keepdims=True) > 0  # a sheet is seen from both sides
    normals = np.where(away, -normals, normals)
    lit = shadows.lit(places + 0.015 * normals)
    veins = 0.55 * glow * fbm(across, along, 7, 0.9, 2)
    albedo = albedo * (1 + veins + 0.12 * (noise(places * 5, 2) - 0.5))[:, None]
    colour = shade(albedo, normals, lamp, lit, open_, wrap=0.25)
    through = glow * np.clip(0.15 - normals @ lamp.dir, 0, 1) * lit * 0.9
    colour = colour + albedo**1.25 * lamp.key * through[:, None]
    mirror = np.clip((unit(lamp.dir - rays) * normals).sum(1), 0, 1)
    return colour + (gloss * lit * 2.2 * mirror**18)[:, None]
