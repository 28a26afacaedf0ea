"""Faces: eyes, mouth, nose and tongue, painted on the surface of the head."""

import numpy as np

from data.render.engine import mix, rgb, step, unit, vec

DARK = rgb(34, 28, 28)
SKIN_OF_NOSE, TONGUE = rgb(196, 112, 106), rgb(222, 110, 118)


def eye_rings(pet, q, view):
    """Finds where points stand in the nearer eye.

    Args:
        pet: The animal.
        q: Points (N, 3) in the frame of its head.
        view: Vector (3,) from the head to the camera, which the pupils follow a bit.

    Returns:
        Rings (N,): 0 in the middle of the eye, 1 on its rim, more outside; and the
        place (N, 2) relative to the middle of the pupil, outwards and up.
    """
    size = pet.breed.eye
    if pet.breed.species == "cat":
        wide, above, below = vec(0.225, 0.19 * pet.lid, 0.17) * size
        place, axis, tilt = vec(0.78, 0.06, 0.37), vec(0.88, 0.05, 0.34), 0.24
    else:
        wide, above, below = vec(0.155, 0.14 * pet.lid, 0.125) * size
        place, axis, tilt = vec(0.70, 0.17, 0.36), vec(0.9, 0.08, 0.34), 0.06
    ring, pupil = np.full(len(q), 9.0), np.zeros((len(q), 2))
    gaze = unit(view) @ pet.rot @ pet.head_rot
    for side in (-1, 1):
        mirror = vec(1, 1, side)
        forward = unit(axis * mirror)
        outward = unit(np.cross(vec(0, 1, 0), forward))
        outward = outward * np.sign(outward[2] * side)
        top = unit(vec(0, 1, 0) - forward * forward[1])
        r = q - place * mirror
        a, b = r @ outward, r @ top
        a, b = (
            a * np.cos(tilt) + b * np.sin(tilt),
            b * np.cos(tilt) - a * np.sin(tilt),
        )
        height = np.where(b > 0, above, below)
        e = ((np.abs(a) / wide) ** 1.75 + (np.abs(b) / height) ** 1.75) ** 0.57
        e = e + 9 * (np.abs(r @ forward) > 0.4)  # not on the far side of the skull
        near = e < ring
        ring[near] = e[near]
        look = np.clip(vec(gaze @ outward, gaze @ top) * 0.10, -0.05, 0.05)
        pupil[near] = (np.stack([a, b], -1) - look)[near]
    return ring, pupil


def _lips(pet, c):
    """How much a point lies on the line of the mouth (N,), 0 to 1."""
    w, x, y, z = c.weight, c.q[:, 0], c.q[:, 1], np.abs(c.q[:, 2])
    if pet.breed.species == "dog":  # where the jaw meets the upper lip
        line = step(0.72, 0.98, 4 * w["jaw"] * w["muzzle"])
    else:  # a line down from the nose, and two arcs
        down = z + 0.3 * step(-0.44, -0.5, y) + 0.3 * step(-0.26, -0.2, y)
        arcs = np.abs(y + 0.50 - 2.2 * (z - 0.12) ** 2) + 0.3 * step(0.25, 0.35, z)
        line = step(0.045, 0.015, np.minimum(down, arcs))
        line = line * np.clip(w["muzzle"] + w["jaw"], 0, 1) * 0.75
    return line * step(0.35, 0.6, x)


def paint_face(pet, c, albedo, ring, pupil):
    """Paints mouth, nose, tongue and eyes over the coat.

    Args:
        pet: The animal.
        c: Its points as `coats.describe` measures them.
        albedo: Colours (N, 3) of the coat.
        ring, pupil: Result of `eye_rings`.

    Returns:
        Colours (N, 3).
    """
    w, cat = c.weight, pet.breed.species == "cat"
    seen = w["face"] * (c.q[:, 0] > 0.2)
    black = step(0.10, 0.05, albedo.mean(-1))
    # Black faces keep their features: a paler muzzle, a pale line round the eyes.
    grey = mix(albedo, np.full(3, 0.16), 0.5)
    muzzle = step(0.62, 0.8, c.q[:, 0]) * step(0.0, -0.2, c.q[:, 1])
    albedo = mix(albedo, grey, black * seen * (0.35 + 0.35 * muzzle))
    line = step(2.0, 1.6, ring) * step(1.2, 1.4, ring)
    albedo = mix(albedo, np.full(3, 0.22), 0.55 * black * line * seen)

    albedo = mix(albedo, albedo * 0.25, _lips(pet, c))
    if cat:
        nose = SKIN_OF_NOSE if pet.pink_nose else DARK
        albedo = mix(albedo, nose, step(0.55, 0.8, w["nose"]))
    else:
        albedo = mix(albedo, DARK, step(0.35, 0.65, w["nose"]))
    albedo = mix(albedo, TONGUE, step(0.4, 0.7, w["tongue"]))

    size = vec(0.028 + 0.075 * pet.pupil, 0.16) if cat else vec(0.085, 0.085)
    radius = np.hypot(*(pupil / (size * pet.breed.eye)).T)
    shade = np.clip(step(0.55, 1.0, ring) + 0.5 * step(0, 0.15, pupil[:, 1]), 0, 1)
    iris = mix(pet.iris, pet.iris * 0.3, shade)
    iris = mix(iris, DARK * 0.3, step(1.1, 0.85, radius))
    glint = step(0.055, 0.032, np.hypot(pupil[:, 0] - 0.05, pupil[:, 1] - 0.06))
    iris = mix(iris, np.full(3, 1.4), glint)
    albedo = mix(albedo, DARK, step(1.32, 1.15, ring) * seen)
    return mix(albedo, iris, step(1.05, 0.95, ring) * seen)
