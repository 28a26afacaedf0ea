"""Rays that look for solids: what a camera sees of them, and what light reaches them.

A ray walks towards a solid in steps as long as the distance to it (sphere tracing,
Hart 1996), so it never jumps through a surface and needs few steps in the open.
"""

import numpy as np

from data.render.pets.solids import nearest


def march(solid, eye, rays, t, t_end, cone, drop_stragglers=False, steps=32):
    """Walks each ray from distance t (N,) until it is within cone * t of the solid.

    Returns:
        Distances (N,); inf where a ray passes `t_end`, or, with `drop_stragglers`,
        where it is still in the open after the last step.
    """
    t, todo = t.copy(), np.arange(len(t))
    for _ in range(steps):
        d = solid.distance(eye + rays[todo] * t[todo, None])
        hit = d < np.maximum(cone * t[todo], 0.0015)
        t[todo] += np.where(hit, 0, 0.9 * np.maximum(d, 0))
        gone = t[todo] > t_end
        t[todo[gone]] = np.inf
        in_the_open = todo[d > 0.02]
        todo = todo[~(hit | gone)]
        if not len(todo):
            return t
    if drop_stragglers:
        t[np.intersect1d(todo, in_the_open)] = np.inf
    return t


def see(solid, camera, block=6):
    """Finds the pixels (2, N), row then column, that show the solid.

    Blocks of pixels send one thick ray first, then each pixel its own.

    Returns:
        The pixels, and the distance (N,) along the ray through each one's middle.
    """
    balls = np.r_[solid.a, solid.b]
    radii = np.r_[solid.ra, solid.rb] + 0.02
    box = camera.extent(balls, radii) * camera.focal + np.tile(camera.centre, 2)
    x0, y0 = np.maximum(box[:2], 0).astype(int)
    x1 = min(camera.width, int(box[2]) + 2)
    y1 = min(camera.height, int(box[3]) + 2)
    if x1 <= x0 or y1 <= y0:
        return np.zeros((2, 0), int), np.zeros(0)
    depth = camera.view(balls)[2]
    near, far = (depth - radii).min() * 0.95, (depth + radii).max() * 1.15
    rows, columns = np.mgrid[y0:y1:block, x0:x1:block]
    rays = camera.rays(columns.ravel() + block / 2, rows.ravel() + block / 2)
    thick = block * 0.75 / camera.focal
    start = march(solid, camera.eye, rays, np.full(len(rays), near), far, thick)
    start = start.reshape(rows.shape)
    rows, columns = np.mgrid[y0:y1, x0:x1].reshape(2, -1)
    t = start[(rows - y0) // block, (columns - x0) // block]
    hit = np.isfinite(t)
    rows, columns, t = rows[hit], columns[hit], t[hit]
    rays = camera.rays(columns + 0.5, rows + 0.5)
    thin = 0.3 / camera.focal
    t = march(solid, camera.eye, rays, t, far, thin, drop_stragglers=True)
    hit = np.isfinite(t)
    return np.stack([rows[hit], columns[hit]]), t[hit]


def shadow(solids, points, light, steps=11):
    """How much of the lamp's light arrives (N,), 0 to 1, with soft edges."""
    lit, t = np.ones(len(points)), np.full(len(points), 0.04)
    todo = np.arange(len(points))
    for _ in range(steps):
        d = nearest(solids, points[todo] + light * t[todo, None])
        lit[todo] = np.minimum(lit[todo], np.clip(0.5 + 5 * d / t[todo], 0, 1))
        t[todo] += np.clip(d, 0.03, 0.25)
        todo = todo[(t[todo] < 1.6) & (lit[todo] > 0.01)]
        if not len(todo):
            break
    return lit * lit * (3 - 2 * lit)


def occlusion(solids, points, normals):
    """How open the sky is (N,), 0.15 to 1: things nearby darken creases."""
    gap = 0
    for reach, weight in ((0.05, 0.30), (0.14, 0.27), (0.30, 0.23)):
        free = np.clip(nearest(solids, points + reach * normals), 0, reach)
        gap = gap + weight * (1 - free / reach)
    return 1 - np.clip(gap, 0, 0.85)
