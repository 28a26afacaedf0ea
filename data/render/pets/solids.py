"""Solids made of tapered capsules.

A capsule is the hull of two balls. A solid is a bag of capsules whose distances are
joined by smooth minima, so that limbs grow out of a body without a seam.
"""

import numpy as np

from data.render.engine import F32, Record, unit, vec

# How softly the capsules of a group melt together (0: not at all), and the group
# into the rest.
SOFTNESS = {
    "torso": (0.040, 0.07),
    "limb": (0.018, 0.07),
    "head": (0.022, 0.07),
    "detail": (0, 0.012),
}


def smooth_min(a, b, softness):
    """Minimum of two arrays, rounded off where they differ by less than `softness`."""
    overlap = np.maximum(softness - np.abs(a - b), 0) / softness
    return np.minimum(a, b) - overlap * overlap * softness / 4


def _product(matrix, columns, block=400):
    """matrix @ columns, in blocks that BLAS does not spread over threads.

    Threads that wait for each other cost more than they bring for such products.
    """
    result = np.empty((len(matrix), columns.shape[1]), F32)
    for i in range(0, columns.shape[1], block):
        part = np.s_[:, i : i + block]
        np.matmul(matrix, columns[part], out=result[part])
    return result


class Solid:
    """A bag of capsules: `add` and `chain` them, then `pack` once.

    Args:
        rot: Rotation matrix (3, 3) from the solid's frame to the scene's.
        pos: Where its origin stands in the scene.
        size: Scale.
    """

    def __init__(self, rot, pos=(0, 0, 0), size=1.0):
        self.rot, self.pos, self.size = rot, np.asarray(pos, float), size
        self.rows, self.fluff = [], 0.0

    def add(
        self, group, part, a, b=None, ra=0.1, rb=None,
        u=(0, 0), up=None, flat=1.0, across=(0, 0, 1),
    ):  # fmt: skip
        """Adds one capsule.

        Args:
            group: Key of SOFTNESS.
            part: Name that painting goes by, such as "leg".
            a, b: Ends (3,) in the solid's frame; without `b` it is a ball.
            ra, rb: Radii at the ends.
            u: Coordinate along the part at the ends, 0 to 1.
            up: Direction of the back; by default square to the capsule, upwards.
            flat: Thickness along `across`, as a fraction: 1 is round.
            across: Direction (3,) in which it is flattened.
        """
        a = np.asarray(a, float)
        b = a if b is None else np.asarray(b, float)
        along = unit(b - a)
        self.rows.append(
            Record(
                group=group,
                part=part,
                a=a,
                b=b,
                ra=ra,
                rb=ra if rb is None else rb,
                u=u,
                up=vec(along[1], -along[0], 0) if up is None else up,
                flat=flat,
                across=unit(np.asarray(across, float)),
            )
        )

    def chain(self, group, part, points, radii, u=(0, 1), **more):
        """Adds capsules from point to point (N, 3), with a radius at each point."""
        at = np.linspace(*u, len(points))
        for i in range(len(points) - 1):
            self.add(
                group, part, points[i], points[i + 1], radii[i], radii[i + 1],
                (at[i], at[i + 1]), **more,
            )  # fmt: skip

    def pack(self):
        """Turns the capsules into arrays in the scene's frame; returns the solid.

        The squared distance from a point to a line is quadratic in the point, so the
        distances to all capsules are one product of a matrix with (x², …, x, …, 1).
        """
        order = list(SOFTNESS)
        self.rows.sort(key=lambda row: order.index(row.group))

        def column(name):
            return np.array([getattr(row, name) for row in self.rows])

        self.a, self.b = (
            column(end) @ self.rot.T * self.size + self.pos for end in "ab"
        )
        self.up, self.across = (column(n) @ self.rot.T for n in ("up", "across"))
        self.ra, self.rb = column("ra") * self.size, column("rb") * self.size
        self.u, self.part, flat = column("u"), column("part"), column("flat")
        ends, radii = np.r_[self.a, self.b], np.r_[self.ra, self.rb]
        self.middle = (ends.min(0) + ends.max(0)) / 2
        self.reach = (np.linalg.norm(ends - self.middle, axis=1) + radii).max() + 0.02

        squeeze = (flat**-2 - 1)[:, None, None]
        outer = self.across[:, :, None] * self.across[:, None, :]
        metric = np.eye(3) + squeeze * outer  # flat capsules are round in this metric
        along = self.b - self.a
        metric_a = np.einsum("kij,kj->ki", metric, self.a)
        metric_along = np.einsum("kij,kj->ki", metric, along)
        length = np.einsum("ki,ki->k", metric_along, along)  # squared
        safe = np.where(length > 0, length, 1)
        offset = (metric_along * self.a).sum(1) / safe
        i, j = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
        quadratic = metric[:, i, j] * [1, 1, 1, 2, 2, 2]
        constant = (metric_a * self.a).sum(1)
        self._square = np.c_[quadratic, -2 * metric_a, constant].astype(F32)
        self._place = np.c_[metric_along / safe[:, None], -offset].astype(F32)
        self._length, self._ra, self._taper, self._flat = (
            x[:, None].astype(F32) for x in (length, self.ra, self.rb - self.ra, flat)
        )
        group = column("group")
        self._groups = []
        for name in order:
            rows = np.flatnonzero(group == name)
            if len(rows):
                rows = slice(rows[0], rows[-1] + 1)
                self._groups.append((rows, *SOFTNESS[name]))
        return self

    def capsules(self, points, rows=slice(None)):
        """Measures points (N, 3) against the capsules `rows`.

        Returns:
            Distances (K, N), negative inside, and how far along each capsule the
            nearest point of its axis lies (K, N), 0 to 1.
        """
        x, y, z = points.T.astype(F32)
        one = np.ones_like(x)
        features = np.stack([x * x, y * y, z * z, x * y, x * z, y * z, x, y, z, one])
        foot = _product(self._place[rows], features[6:])
        h = np.clip(foot, 0, 1)
        square = _product(self._square[rows], features)
        foot *= -2
        foot += h
        foot *= h
        foot *= self._length[rows]
        square += foot  # |p - a|² became |p - a - h (b - a)|²
        distance = np.sqrt(np.maximum(square, 0, out=square), out=square)
        distance -= self._ra[rows] + h * self._taper[rows]
        distance *= self._flat[rows]
        return distance, h

    def _distance(self, points):
        capsules, _ = self.capsules(points)
        total = None
        for rows, inner, outer in self._groups:
            inner, outer = F32(inner * self.size), F32(outer * self.size)
            group = capsules[rows]
            low = group.min(0)
            if inner > 0:
                excess = np.maximum((low - group) / inner, -20)  # exp of less is 0
                low = low - inner * np.log(np.exp(excess, out=excess).sum(0))
            total = low if total is None else smooth_min(total, low, outer)
        if self.fluff:
            x, y, z = points.T.astype(F32) * F32(24 / self.size)
            total -= self.fluff * (
                np.sin(x + 2 * np.sin(z * 0.7))
                * np.sin(y * 0.6)
                * np.sin(z + np.sin(y))
            )
        return total

    def distance(self, points, chunk=4096):
        """Distances (N,) from points (N, 3) to the surface, negative inside."""
        parts = range(0, len(points), chunk)
        parts = [self._distance(points[i : i + chunk]) for i in parts]
        return np.concatenate(parts) if parts else np.zeros(0, F32)

    def normal(self, points, eps=0.004):
        """Unit vectors (N, 3) that point away from the surface, near the surface."""
        corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], F32)
        probes = (points[None] + eps * corners[:, None]).reshape(-1, 3)
        return unit(self.distance(probes).reshape(4, -1).T @ corners)


def nearest(solids, points):
    """Distances (N,) to the nearest solid.

    A solid further than a hand's breadth is known by the ball around it only.
    """
    best = np.full(len(points), 9.0)
    for solid in solids:
        ball = np.linalg.norm(points - solid.middle, axis=1) - solid.reach
        near = np.flatnonzero(ball < np.minimum(best, 0.3))
        ball[near] = np.inf
        best = np.minimum(best, ball)
        best[near] = np.minimum(best[near], solid.distance(points[near]))
    return best
