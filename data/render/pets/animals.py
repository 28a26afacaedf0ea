"""Posed animals: bodies, legs, paws and tails as capsules.

An animal stands on y = 0 with its nose towards x. Lengths are in scene units: a body
is about 1 long. Each pose is a function that returns where body, head and legs go.
"""

import numpy as np

from data.render.engine import Record, pick, rgb, turn, vec
from data.render.pets.heads import SIDES, add_head
from data.render.pets.solids import Solid

POSES = ("stand", "sit", "lie")


def stand(rng, breed):
    """Places body and legs of a standing animal; a stride moves the feet apart."""
    girth, height, thick = breed.girth, breed.legs, 0.9 * breed.limb
    cat = breed.species == "cat"
    chest = vec(0.28, height + 0.12, 0)
    belly = vec(-0.06, height + (0.10 if cat else 0.135), 0)
    hip = vec(-0.38, height + 0.11, 0)
    neck = vec(0.16 + 0.6 * breed.neck, 0.20 + 0.9 * breed.neck, 0)
    legs = []
    for z in SIDES:
        fore, hind, stride = 0.105 * girth * z, 0.115 * girth * z, rng.normal(0, 0.06)
        foot = vec(chest[0] + stride, 0.04, fore)
        elbow = vec(chest[0] - 0.03 + 0.4 * stride, 0.58 * height, fore)
        legs.append((chest + vec(0.02, -0.06, fore), elbow, foot))
        foot = vec(hip[0] - stride - 0.02, 0.04, hind)
        knee = vec(hip[0] + 0.07, 0.66 * height, 1.05 * hind)
        hock = vec(hip[0] - 0.09 - 0.6 * stride, 0.40 * height, hind)
        legs.append((hip + vec(0.02, -0.04, 0.9 * hind), knee, hock, foot))
    return Record(
        spine=(chest, belly, hip),
        radii=(0.19 * girth, 0.17 * girth, 0.17 * girth),
        head=chest + neck,
        legs=legs,
        fore_radii=(0.10 * girth * thick, 0.072 * thick, 0.056 * thick),
        hind_radii=(0.135 * girth * thick, 0.085 * thick, 0.05 * thick, 0.048 * thick),
    )


def sit(rng, breed):
    """Places body and legs of a sitting animal: chest up, rump on the floor."""
    girth, thick = breed.girth, 0.9 * breed.limb
    rise = 0.34 + 0.5 * breed.legs
    chest, belly = vec(0.12, rise + 0.02, 0), vec(-0.04, 0.66 * rise, 0)
    hip = vec(-0.18, 0.20 * girth, 0)
    neck = vec(0.10 + 0.3 * breed.neck, 0.20 + 1.05 * breed.neck, 0)
    legs = []
    for z in SIDES:
        fore, hind, sway = 0.105 * girth * z, 0.115 * girth * z, rng.normal(0, 0.03)
        foot = vec(chest[0] + 0.10 + sway, 0.04, 0.9 * fore)
        elbow = vec(chest[0] + 0.05, 0.45 * chest[1], 0.95 * fore)
        legs.append((chest + vec(0.05, -0.08, fore), elbow, foot))
        foot = vec(0.12 + sway, 0.045, 1.65 * hind)
        knee, heel = vec(0.06, 0.20 * girth, 1.5 * hind), vec(-0.10, 0.07, 1.7 * hind)
        legs.append((hip + vec(0.02, 0.03, 0.8 * hind), knee, heel, foot))
    return Record(
        spine=(chest, belly, hip),
        radii=(0.18 * girth, 0.20 * girth, 0.22 * girth),
        head=chest + neck,
        legs=legs,
        fore_radii=(0.10 * girth * thick, 0.072 * thick, 0.056 * thick),
        hind_radii=(0.16 * girth, 0.125 * girth * thick, 0.065 * thick, 0.05 * thick),
    )


def lie(rng, breed):
    """Places body and legs of a lying animal, its back bent to one side."""
    girth, thick = breed.girth, 0.9 * breed.limb
    bend = pick(rng, SIDES) * rng.uniform(0.06, 0.17)
    chest = vec(0.19, 0.27 * girth, 0)
    belly = vec(-0.07, 0.19 * girth, 0.25 * bend)
    hip = vec(-0.30, 0.19 * girth, bend)
    neck = vec(0.14 + 0.4 * breed.neck, 0.21 + 0.8 * breed.neck, 0)
    legs = []
    for z in SIDES:
        fore, hind, sway = 0.105 * girth * z, 0.115 * girth * z, rng.normal(0, 0.03)
        foot = vec(chest[0] + 0.32 + sway, 0.045, fore * (0.95 + sway))
        elbow = vec(chest[0] + 0.04, 0.075, 1.35 * fore)
        legs.append((chest + vec(0.02, -0.06, 1.1 * fore), elbow, foot))
        foot = vec(hip[0] + 0.30, 0.045, bend + 1.85 * hind)
        knee = vec(hip[0] + 0.19, 0.17 * girth, bend + 1.4 * hind)
        heel = vec(hip[0] + 0.05, 0.06, bend + 1.9 * hind)
        legs.append((hip + vec(0.04, 0.0, 1.0 * hind), knee, heel, foot))
    return Record(
        spine=(chest, belly, hip),
        radii=(0.195 * girth, 0.18 * girth, 0.195 * girth),
        head=chest + neck,
        legs=legs,
        fore_radii=(0.115 * girth * thick, 0.08 * thick, 0.056 * thick),
        hind_radii=(0.17 * girth, 0.14 * girth * thick, 0.065 * thick, 0.05 * thick),
    )


def bezier(control, count=7):
    """Points (count, 3) along the cubic curve with four control points (4, 3)."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c, d = np.asarray(control, float)
    s = 1 - t
    return s**3 * a + 3 * t * s**2 * b + 3 * t**2 * s * c + t**3 * d


def add_paw(solid, breed, foot):
    """Adds a paw with three toes that point along x."""
    thick = 0.9 * breed.limb
    solid.add("limb", "leg", foot, foot + vec(0.05, 0, 0), 0.055 * thick, None, (1, 1))
    for z in (-1, 0, 1):
        toe = foot + vec(0.086 - 0.014 * abs(z), -0.008, 0.036 * z) * thick
        end = toe + vec(0.020, -0.004, 0.003 * z) * thick
        solid.add("detail", "toe", toe, end, 0.031 * thick, 0.027 * thick, (1, 1))


def add_tail(rng, solid, breed, pose, hip, rump_radius):
    """Adds a tail: rolled over the back, raised, or laid round the animal."""
    cat = breed.species == "cat"
    rump = hip + vec(-0.8 * rump_radius, 0.05, 0)
    side, sway = pick(rng, SIDES), rng.normal(0, 0.06)
    radii = (0.05, 0.042, 0.025)

    def curve(*offsets):
        return bezier([rump + vec(*offset) for offset in offsets])

    if breed.tail == "curl":
        radii = (0.07, 0.085, 0.06)
        points = curve(
            (0.02, 0.08, 0),
            (-0.22, 0.34, 0.03 * side),
            (0.14, 0.42, 0.10 * side),
            (0.10, 0.18, 0.16 * side),
        )
    elif breed.tail == "sabre" or (breed.tail == "plume" and not cat and pose != "lie"):
        points = curve(
            (0, 0, 0),
            (-0.16, 0.02, sway),
            (-0.30, 0.20, sway + 0.10 * side),
            (-0.34, 0.40, sway + 0.14 * side),
        )
    elif pose == "stand":
        radii = (0.05, 0.042, 0.032)
        points = curve(
            (0, 0, 0),
            (-0.30, 0.02, sway),
            (-0.22, 0.38, sway + 0.10 * side),
            (-0.36, 0.52, sway + 0.12 * side),
        )
    else:  # round the animal, on the floor
        radii = (0.05, 0.045, 0.034)
        reach = hip[0] + (0.45 if pose == "sit" else 0.35)
        points = bezier(
            [
                vec(rump[0], 0.085, hip[2]),
                vec(rump[0] - 0.24, 0.055, hip[2] + 0.20 * side),
                vec(hip[0] - 0.1, 0.055, hip[2] + 0.52 * side),
                vec(reach, 0.055, hip[2] + (0.36 + sway) * side),
            ]
        )
    puff = 1.0 if breed.tail != "plume" else 1.9 if cat else 1.5
    at = np.linspace(0, 1, len(points))
    solid.chain("limb", "tail", points, np.interp(at, [0, 0.5, 1], radii) * puff)


def animal(rng, breed, pose, yaw, pos=(0, 0, 0), size=1.0):
    """Builds an animal.

    Args:
        rng: Generator that poses and colours it.
        breed: A Breed.
        pose: "stand", "sit" or "lie".
        yaw: Radians; 0 faces the camera. The head turns back towards it.
        pos, size: Where it stands in the scene, and its scale.

    Returns:
        A packed Solid with `breed`, `colours` (3 arrays), `iris`, `lid` and `pupil`
        (eyes), `pink_nose`, `chest`, `hip` and `head_at` (3,) and `head_rot` (3, 3)
        in the animal's frame, `nose` (3,) in the head's, and `offset` (3,) and
        `spot_seed`, which place its markings.
    """
    solid = Solid(turn(yaw), pos, size)
    body = {"stand": stand, "sit": sit, "lie": lie}[pose](rng, breed)
    chest, belly, hip = body.spine
    head = body.head + rng.normal(0, 0.015, 3)
    solid.chain("torso", "torso", body.spine, body.radii, (0.2, 1))
    throat = head - vec(0.04, 0.05, 0), chest + vec(0.02, 0.02, 0)
    neck_radii = 0.72 * breed.head, 0.95 * body.radii[0]
    solid.chain("torso", "torso", throat, neck_radii, (0, 0.2))
    if pose == "lie":  # the belly spreads on the floor
        low, wide = vec(1, 0, 1), 0.20 * breed.girth
        lift = vec(0, 0.09 * breed.girth, 0)
        flank = chest * low + lift, hip * low + lift
        solid.add(
            "torso", "torso", *flank, 0.85 * wide, 1.05 * wide, (0.2, 1),
            flat=0.5, across=(0, 1, 0),
        )  # fmt: skip
    for leg in body.legs:
        radii = body.fore_radii if len(leg) == 3 else body.hind_radii
        solid.chain("limb", "leg", leg, radii)
        add_paw(solid, breed, leg[-1])
    add_tail(rng, solid, breed, pose, hip, body.radii[2])

    facing = np.clip(rng.normal(0, 0.22) - yaw * rng.uniform(0.55, 1.0), -1.25, 1.25)
    solid.head_rot = turn(facing, rng.normal(-0.02, 0.10), rng.normal(0, 0.14))
    solid.head_at, solid.chest, solid.hip = head, chest, hip
    mouth = rng.uniform(0.6, 1) if rng.random() < breed.tongue else 0.0
    solid.nose = add_head(solid, breed, head, solid.head_rot, mouth)

    solid.breed, solid.fluff = breed, 0.006 * max(0, breed.fur - 1)
    tint = rng.uniform(0.85, 1.12) * rng.uniform(0.95, 1.05, 3)
    choice = pick(rng, breed.colours)
    solid.colours = [np.clip(rgb(*colour) * tint, 0.012, 0.9) for colour in choice]
    solid.iris = rgb(*pick(rng, breed.eyes))
    solid.lid, solid.pupil = rng.uniform(0.78, 1.05), rng.uniform(0.35, 1)
    solid.offset, solid.spot_seed = rng.uniform(0, 30, 3), rng.integers(2**31)
    pale = solid.colours[0].mean() > 0.3
    pinkish = rng.random() < 0.4 or pale
    solid.pink_nose = breed.species == "cat" and breed.coat != "points" and pinkish
    return solid.pack()
