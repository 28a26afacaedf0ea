"""Coats: which colour an animal has where, and how its hair lies.

A pattern is a function of a Record `c` that describes N points of the surface:
`weight`, a dict of (N,) how much a point belongs to a part of the body ("torso",
"leg", "tail", "head", "muzzle", "jaw", "ear", "nose", "tongue"; "body" is the torso
with the thighs, "face" the head without ears); `along` the body (N,), about 0 at the
neck and 1 at the rump; `down` the leg and `out` the tail (N,), 0 to 1; `back` (N,), 1
on the back and -1 on the belly; `place` (N, 3) in the animal's frame and `q` (N, 3) in
the head's; `around_eye` (N,); `offset`, its place in the noise, and `spot_seed`.
"""

import numpy as np
from scipy.spatial import cKDTree

from data.render.engine import Record, mix, noise, rgb, step, unit, vec
from data.render.pets.faces import eye_rings, paint_face


def _ragged(c, scale, strength):
    """Random numbers (N,) around 0 that make the edges of a pattern irregular."""
    return strength * (noise(c.place * scale + c.offset, 2) - 0.5)


def coat_solid(c, main, second, light):
    """One colour, darker on the back and lighter below."""
    w = c.weight
    col = mix(main, second, 0.6 * step(0.2, 0.9, c.back))
    return mix(
        col, light, 0.7 * step(-0.2, -0.9, c.back) * w["body"] + 0.5 * w["muzzle"]
    )


def coat_stripes(c, main, second, light):
    """A tabby: rings round body, legs and tail, lines on the brow."""
    w, wobble = c.weight, _ragged(c, 5, 3.2)

    def bars(count, at):
        return step(-0.1, 0.4, np.sin(2 * np.pi * count * at + wobble))

    dark = bars(7, c.along) * step(-0.75, -0.2, c.back) * w["body"]
    dark = dark + bars(4.5, c.down) * w["shank"] + bars(5, c.out) * w["tail"]
    x, y, z = c.q.T
    brow = np.cos(z * 15 + 0.7 * wobble) * step(0.25, 0.45, y) * step(-0.6, 0, x)
    cheek = np.sin(y * 13 + x * 4 + wobble) * step(0.45, 0.6, np.abs(z))
    cheek = cheek * step(0.2, 0, y)
    dark = dark + w["face"] * step(0.1, 0.6, np.maximum(brow, cheek))
    pale = step(-0.35, -0.8, c.back) * w["body"] + w["jaw"]
    pale = pale + w["muzzle"] * step(-0.1, -0.25, y) + 0.6 * w["face"] * c.around_eye
    col = mix(main, second, 0.9 * np.clip(dark, 0, 1))
    return mix(col, light, 0.85 * np.clip(pale, 0, 1))


def coat_points(c, main, second, light):
    """A siamese: dark mask, ears, paws and tail."""
    w = c.weight
    from_nose = np.linalg.norm(c.q - vec(0.85, -0.1, 0), axis=-1)
    mask = w["face"] * step(1.02, 0.5, from_nose + _ragged(c, 8, 0.35))
    dark = mask + w["ear"] + w["muzzle"] + 0.8 * w["jaw"]
    dark = dark + w["leg"] * step(0.45, 0.9, c.down) + w["tail"] * step(0, 0.3, c.out)
    col = mix(main, light, 0.6 * step(0, -0.8, c.back))
    return mix(col, second, 0.92 * np.clip(dark, 0, 1))


def coat_bib(c, main, second, light):
    """A tuxedo: white blaze, chest, socks and tip of the tail."""
    w, ragged = c.weight, _ragged(c, 4, 0.35)
    x, y, z = c.q.T
    width = np.abs(z) - 0.22 * step(0.25, -0.4, y) + 0.5 * ragged
    blaze = w["face"] * step(0.22, 0.14, width) * step(0.75, 0.45, y)
    blaze = blaze * step(0.2, 0.5, x)
    low = c.back + ragged + 0.9 * step(0.25, 0.7, c.along)
    white = blaze + w["body"] * step(-0.05, -0.3, low) * step(0.3, 0.15, c.down)
    white = white + w["face"] * (w["muzzle"] * step(0.05, -0.1, y) + w["jaw"])
    white = white + w["leg"] * step(0.55, 0.65, c.down + ragged)
    white = white + w["tail"] * step(0.88, 0.93, c.out + ragged)
    return mix(mix(main, second, 0.5), light, np.clip(white, 0, 1))


def coat_saddle(c, main, second, light):
    """A beagle: dark saddle, tan head, white blaze, chest, legs and tail tip."""
    w, ragged = c.weight, _ragged(c, 4, 0.4)
    x, y, z = c.q.T
    saddle = step(-0.15, 0.1, c.back + ragged) * step(0.1, 0.25, c.along + ragged)
    saddle = saddle * w["body"] + w["tail"] * step(0.75, 0.6, c.out)
    blaze = w["face"] * step(0.17, 0.09, np.abs(z) + 0.3 * ragged) * step(0.1, 0.4, x)
    white = blaze + w["muzzle"] + w["jaw"]
    chest = step(0.15, -0.1, c.back + ragged) * step(0.45, 0.32, c.along)
    chest = np.maximum(chest, step(-0.35, -0.5, c.back + ragged))
    white = white + w["body"] * chest + w["leg"] * step(0.2, 0.4, c.down + ragged)
    white = white + w["tail"] * step(0.75, 0.85, c.out)
    col = mix(main, second, np.clip(saddle, 0, 1))
    return mix(mix(col, main * 0.8, w["ear"]), light, np.clip(white, 0, 1))


def coat_spots(c, main, second, light):
    """A dalmatian: spots everywhere but on the muzzle, patches on the ears."""
    w = c.weight
    scatter = np.random.default_rng(c.spot_seed).uniform(-1, 1.4, (5200, 3))
    shifted = c.place + 0.03 * (noise(c.place * 12 + c.offset)[:, None] - 0.5)
    distance, which = cKDTree(scatter).query(shifted, distance_upper_bound=0.09)
    size = 0.032 + 0.022 * np.sin(which * 12.9898) - 0.008 * w["face"]
    spots = step(size + 0.008, size - 0.004, distance) * (1 - w["muzzle"])
    ears = w["ear"] * step(0.25, 0.6, noise(c.place * 6 + c.offset))
    return mix(main, second, np.clip(spots + ears, 0, 1))


def coat_cream(c, main, second, light):
    """A shiba: pale cheeks, brows, chest, belly, feet and underside of the tail."""
    w, ragged = c.weight, _ragged(c, 5, 0.3)
    x, y, z = c.q.T
    low = y + ragged - 0.25 * step(0.4, 0.8, np.abs(z))
    pale = w["face"] * step(-0.05, -0.25, low) * step(-0.2, 0.2, x)
    brow = step(0.16, 0.09, np.hypot(y - 0.48, np.abs(z) - 0.32)) * step(0.3, 0.6, x)
    pale = pale + w["face"] * brow + w["muzzle"] * step(-0.12, -0.28, y) + w["jaw"]
    pale = pale + w["body"] * step(-0.1, -0.45, c.back + ragged)
    pale = pale + 0.8 * w["leg"] * step(0.5, 0.9, c.down + ragged)
    pale = pale + w["tail"] * step(0.2, -0.4, c.back + ragged)
    col = mix(main, second, 0.5 * step(0.3, 0.9, c.back))
    return mix(col, light, np.clip(pale, 0, 1))


COATS = {
    "solid": coat_solid,
    "stripes": coat_stripes,
    "points": coat_points,
    "bib": coat_bib,
    "saddle": coat_saddle,
    "spots": coat_spots,
    "cream": coat_cream,
}
PARTS = ("torso", "leg", "tail", "head", "muzzle", "jaw", "ear", "nose", "tongue")


def describe(pet, points):
    """Measures points (N, 3) of an animal's surface.

    Returns:
        The Record that patterns read, with `w` (K, N), the weights of its capsules.
    """
    d, h = pet.capsules(points)
    w = np.exp((d.min(0) - d) / (0.014 * pet.size))
    w /= w.sum(0)
    part = np.where(pet.part == "toe", "leg", pet.part)
    weight = {name: w[part == name].sum(0) for name in PARTS}
    weight["muzzle"] = weight["muzzle"] + weight["nose"]
    weight["face"] = np.clip(weight["head"] + weight["muzzle"] + weight["jaw"], 0, 1)
    u = pet.u[:, :1] + h * (pet.u[:, 1:] - pet.u[:, :1])

    def mean_of_part(values, name, share):
        rows = part == name
        return (share[rows] * values[rows]).sum(0) / np.maximum(
            share[rows].sum(0), 1e-6
        )

    back = np.zeros_like(d)
    for k in np.flatnonzero((part == "torso") | (part == "tail")):
        foot = pet.a[k] + h[k][:, None] * (pet.b[k] - pet.a[k])
        radius = pet.ra[k] + h[k] * (pet.rb[k] - pet.ra[k])
        back[k] = ((points - foot) @ pet.up[k]) / radius
    torso = d[part == "torso"]
    wide = np.zeros_like(d)  # the back's height goes on smoothly over the thighs
    wide[part == "torso"] = np.exp((torso.min(0) - torso) / (0.03 * pet.size))
    c = Record(weight=weight, w=w, offset=pet.offset, spot_seed=pet.spot_seed)
    c.down, c.out, c.up_ear = (mean_of_part(u, p, w) for p in ("leg", "tail", "ear"))
    c.back = mean_of_part(back, "torso", wide) * (1 - weight["tail"])
    c.back += mean_of_part(back, "tail", w) * weight["tail"]
    thigh = weight["leg"] * step(0.40, 0.12, c.down)
    weight["body"] = weight["torso"] + thigh
    weight["shank"] = weight["leg"] - thigh
    two = np.sort(d[pet.part == "toe"] / pet.size, 0)[:2]
    c.toe = step(0.02, 0.008, two[0])
    c.crease = step(0.014, 0.004, two[1] - two[0]) * c.toe  # between two toes
    c.place = (points - pet.pos) @ pet.rot / pet.size
    spine = pet.hip - pet.chest
    c.along = 0.2 + 0.8 * ((c.place - pet.chest) @ spine) / (spine @ spine)
    c.q = (c.place - pet.head_at) @ pet.head_rot / pet.breed.head
    return c


def paint(pet, points, normals, view):
    """Paints points of an animal.

    Args:
        pet: The animal, see `animals.animal`.
        points, normals: Arrays (N, 3) in the scene's frame.
        view: Vector (3,) from the head to the camera.

    Returns:
        Record of `albedo` (N, 3), `gloss` (N,), `hair` (N,) its length in [0, 1],
        `flow` (N, 3) its direction, `head` (N,) 1 on the head with its ears.
    """
    c = describe(pet, points)
    w, breed, main = c.weight, pet.breed, pet.colours[0]
    ring, pupil = eye_rings(pet, c.q, view)
    c.around_eye = step(2.4, 1.4, ring) * step(0, 0.35, np.abs(c.q[:, 2]))
    albedo = COATS[breed.coat](c, *pet.colours)
    if breed.ears != "flop":  # the inside of the ear
        rows = pet.part == "ear"
        inner = (c.w[rows] * (normals @ pet.across[rows].T).T).sum(0)
        skin = mix(rgb(214, 150, 140), main, 0.35) * 0.75
        inner = step(0.62, 0.9, inner) * step(0.75, 0.3, c.up_ear)
        albedo = mix(albedo, skin, inner)
    albedo = mix(albedo, albedo * 0.35, c.crease)
    albedo = paint_face(pet, c, albedo, ring, pupil)

    visible = w["face"] * (c.q[:, 0] > 0.2)
    short = 0.65 * w["muzzle"] + 0.5 * w["head"] + 0.35 * w["leg"]
    short = short + 0.4 * c.toe * w["leg"]
    if breed.ears != "flop":
        short = short + 0.6 * w["ear"]
    bare = step(1.6, 1.3, ring) * visible + w["nose"] + w["tongue"]
    flow = c.w.T @ unit(pet.b - pet.a)
    from_nose = unit((c.q - pet.nose) @ pet.head_rot.T @ pet.rot.T)
    flow = mix(flow, from_nose, w["face"])
    flow = flow - (flow * normals).sum(-1, keepdims=True) * normals
    return Record(
        albedo=albedo,
        gloss=np.clip(0.5 * w["nose"] + 0.4 * w["tongue"], 0, 1),
        hair=np.clip(1 - bare, 0, 1) * (1 - short),
        flow=unit(unit(flow) + 0.45 * normals),
        head=w["face"] + w["ear"] + w["nose"],
    )
