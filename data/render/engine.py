"""What pets and flowers share: small mathematics, a camera, light and film.

A scene is measured in units of about one animal's length, x towards the camera and
y up. Colours are linear light, 1.0 is white, until `finish` makes a photograph.
"""

from types import SimpleNamespace as Record

import numpy as np
from PIL import Image
from scipy import ndimage as ndi

__all__ = [
    "F32", "Camera", "Record", "fbm", "finish", "lamp_for", "mix", "noise", "pick",
    "rgb", "shade", "step", "turn", "unit", "vec",
]  # fmt: skip

F32 = np.float32


def vec(*numbers):
    """Makes a float array of its arguments."""
    return np.array(numbers, float)


def unit(v):
    """Scales vectors (..., D) to length 1; a zero vector stays zero."""
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)


def step(low, high, x):
    """Rises smoothly from 0 at `low` to 1 at `high`; falls where low > high.

    Example:

    >>> step(0, 2, vec(-1, 1, 3))
    array([0. , 0.5, 1. ])
    """
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a, b, t):
    """Blends colours (..., 3) with weights t (...): 0 gives `a`, 1 gives `b`."""
    t = np.asarray(t)[..., None]
    return a * (1 - t) + b * t


def rgb(*colour):
    """Turns an sRGB colour of three numbers in 0 to 255 into linear light."""
    return (np.asarray(colour, float) / 255) ** 2.2


def pick(rng, choices):
    """Chooses one element of a sequence."""
    return choices[rng.integers(len(choices))]


def turn(yaw, pitch=0.0, roll=0.0):
    """Returns the rotation matrix (3, 3) of a thing that looks along x with y up.

    Args:
        yaw: Radians about y; a positive yaw turns x towards -z.
        pitch: Radians, nose up. It is applied before the yaw.
        roll: Radians about x. It is applied first.

    Example:

    >>> np.round(turn(np.pi / 2) @ vec(1, 0, 0), 6) + 0.0
    array([ 0.,  0., -1.])
    """
    cy, cp, cr = np.cos([yaw, pitch, roll])
    sy, sp, sr = np.sin([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cp, -sp, 0], [sp, cp, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
    return about_y @ about_z @ about_x


_lattice = np.random.default_rng(0)
_LATTICE_3D = _lattice.random((32, 32, 32)).astype(F32)
_LATTICE_2D = _lattice.random((256, 256)).astype(F32)


def noise(points, octaves=1):
    """Evaluates smooth random bumps of size 1, the same in every picture.

    Args:
        points: Array (N, 2) or (N, 3).
        octaves: Each further octave adds bumps half as large and half as high.

    Returns:
        Array (N,) in [0, 1]. The pattern repeats every 256 units in two dimensions
        and every 32 in three.
    """
    lattice = _LATTICE_3D if points.shape[-1] == 3 else _LATTICE_2D
    total = weight = 0.0
    for octave in range(octaves):
        at = (points * 2**octave + 17.3 * octave).T
        bumps = ndi.map_coordinates(lattice, at, order=1, mode="grid-wrap")
        total = total + 0.5**octave * bumps
        weight += 0.5**octave
    return total / weight


def fbm(u, v, frequency_u, frequency_v, octaves=3):
    """Evaluates noise in [-0.5, 0.5] on a surface with coordinates u, v (N,)."""
    return noise(np.stack([u * frequency_u, v * frequency_v], -1), octaves) - 0.5


class Camera:
    """A perspective camera; `frame` sets its focal length and image centre.

    Args:
        eye: Where it stands, array (3,).
        target: What it looks at, array (3,).
        width, height: Size of the picture in pixels.
    """

    def __init__(self, eye, target, width, height):
        self.eye, self.width, self.height = eye, width, height
        self.forward = unit(target - eye)
        self.right = unit(np.cross(self.forward, vec(0, 1, 0)))
        self.up = np.cross(self.right, self.forward)
        self.focal, self.centre = 1.0, vec(0, 0)

    def view(self, points):
        """Returns x (right), y (down) and z (depth) of points (..., 3)."""
        q = np.asarray(points) - self.eye
        return q @ self.right, -(q @ self.up), q @ self.forward

    def project(self, points):
        """Returns pixel positions (..., 2), x then y, of points (..., 3)."""
        x, y, z = self.view(points)
        return np.stack([x / z, y / z], -1) * self.focal + self.centre

    def extent(self, centres, radii):
        """Returns x0, y0, x1, y1 around balls, for focal length 1 and centre 0."""
        x, y, z = self.view(centres)
        low = ((x - radii) / z).min(), ((y - radii) / z).min()
        high = ((x + radii) / z).max(), ((y + radii) / z).max()
        return vec(*low, *high)

    def frame(self, centres, radii, fill, shift):
        """Zooms until the balls fill the fraction `fill` of the picture.

        Args:
            centres, radii: Balls, arrays (N, 3) and (N,).
            fill: Fraction of the tighter side, usually 0.7 to 1.
            shift: How far off the middle they stand, fractions (x, y).
        """
        x0, y0, x1, y1 = self.extent(centres, radii)
        self.focal = fill * min(self.width / (x1 - x0), self.height / (y1 - y0))
        middle = vec(x0 + x1, y0 + y1) / 2
        self.centre = vec(self.width, self.height) * (0.5 + shift) - self.focal * middle

    def rays(self, x, y):
        """Returns unit vectors (N, 3) that leave the eye through pixels x, y (N,)."""
        across = np.outer((x - self.centre[0]) / self.focal, self.right)
        down = np.outer((y - self.centre[1]) / self.focal, self.up)
        return unit(self.forward + across - down)


def lamp_for(rng):
    """Draws the light of a scene and the film of its camera.

    Returns:
        Record of `dir` (3,), unit, towards the lamp; `key`, `sky` and `bounce` (3,),
        the light of lamp, sky and floor; `blur`, pixels, of what is out of focus;
        `vignette` and `exposure`, factors; `soft`, pixels, of a picture of 256;
        `grain`, its standard deviation in units of 0 to 255.
    """
    warm = rng.uniform(-1, 1)
    direction = vec(rng.uniform(0.25, 1.0), rng.uniform(0.6, 1.3), rng.uniform(-1, 1))
    return Record(
        dir=unit(direction),
        key=rng.uniform(0.75, 1.15) * vec(1 + 0.12 * warm, 1.0, 1 - 0.16 * warm),
        sky=rng.uniform(0.35, 0.6) * vec(1 - 0.05 * warm, 1, 1 + 0.09 * warm),
        bounce=rng.uniform(0.08, 0.22) * vec(1.1, 1, 0.85),
        blur=rng.uniform(0.6, 1.8),
        vignette=rng.uniform(0.3, 1.3),
        exposure=rng.uniform(0.9, 1.2),
        soft=rng.uniform(0.25, 0.65),
        grain=rng.uniform(1.0, 3.5),
    )


def shade(albedo, normal, lamp, lit, open_sky, wrap=0.2):
    """Lights a matt surface.

    Args:
        albedo: Colours (N, 3) in [0, 1].
        normal: Unit vectors (N, 3).
        lamp: Record of `lamp_for`.
        lit: Fraction (N,) of the lamp's light that arrives: 0 in full shadow.
        open_sky: Fraction (N,) of the sky that is not hidden by what is near.
        wrap: How far light reaches round the edge: 0 is chalk, 0.3 is fur.

    Returns:
        Linear light (N, 3).
    """
    direct = np.clip((normal @ lamp.dir + wrap) / (1 + wrap), 0, 1) * lit
    sky = (0.6 + 0.4 * normal[:, 1]) * open_sky
    bounce = np.clip(0.5 - 0.5 * normal[:, 1], 0, 1) * open_sky
    light = np.outer(direct, lamp.key) + np.outer(sky, lamp.sky)
    return albedo * (light + np.outer(bounce, lamp.bounce))


def finish(rng, light, width, height, lamp):
    """Develops linear light (H, W, 3) into a photograph (height, width, 3), uint8."""
    y, x = np.mgrid[-1 : 1 : light.shape[0] * 1j, -1 : 1 : light.shape[1] * 1j]
    light = light * (1 - 0.16 * (x**2 + y**2) * lamp.vignette)[..., None]
    brightness = max(np.median(light.mean(-1)), 1e-3)
    light = np.maximum(light * (0.30 / brightness) ** 0.35 * lamp.exposure, 0)
    tone = np.clip(light * (1 + light / 4) / (1 + light), 0, 1) ** (1 / 2.2)
    tone = 0.5 * tone + 0.5 * step(-0.06, 1.0, tone)  # contrast, soft highlights
    large = Image.fromarray((tone * 255).astype(np.uint8))
    small = np.asarray(large.resize((width, height), Image.LANCZOS), float)
    soft = lamp.soft * min(1, max(width, height) / 256)
    small = ndi.gaussian_filter(small, (soft, soft, 0))
    small += rng.normal(0, lamp.grain, (height, width, 1))
    small += rng.normal(0, lamp.grain * 0.4, (height, width, 3))
    return np.clip(small, 0, 255).astype(np.uint8)
