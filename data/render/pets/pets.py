"""Pictures of pets with exact labels.

`picture(seed)` photographs one cat or dog and `pair(seed)` one of each. The same seed
gives the same picture, whatever was rendered before; other seeds give independent
ones. The scene depends on the seed alone, so a picture can be rendered small first.
"""

import numpy as np
from scipy import ndimage as ndi

from data.render.engine import Record, pick, vec
from data.render.pets.animals import POSES, animal
from data.render.pets.breeds import BREEDS, CATS, DOGS
from data.render.pets.scenes import shoot

PET, BACKGROUND, BORDER = 1, 2, 3
TRIES = 20  # scenes drawn at most until the animal is not hidden


def trimap(mask, width=0.0185):
    """Turns a mask into a trimap as in the Oxford-IIIT Pet data set.

    Args:
        mask: Bool array (H, W).
        width: Half the width of the border, as a fraction of the picture's side (the
            square root of its area); at least 2 pixels.

    Returns:
        uint8 array (H, W): 1 pet, 2 background, 3 border. A picture without an
        outline has no border.

    Example:

    >>> trimap(np.array([[0, 0, 0, 0, 1, 1, 1, 1]], bool))
    array([[2, 2, 3, 3, 3, 3, 1, 1]], dtype=uint8)
    """
    mask = np.asarray(mask, bool)
    labels = np.where(mask, PET, BACKGROUND).astype(np.uint8)
    if mask.all() or not mask.any():
        return labels
    reach = max(2.0, width * np.sqrt(mask.size))
    inside = ndi.distance_transform_edt(mask)
    outside = ndi.distance_transform_edt(~mask)
    labels[np.where(mask, inside, outside) <= reach] = BORDER
    return labels


def box_of(mask):
    """Returns the half-open box (x0, y0, x1, y1) around a mask, zeros if it is empty.

    Example:

    >>> box_of(np.array([[0, 0, 0], [0, 1, 1]], bool))
    (1, 1, 3, 2)
    """
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return 0, 0, 0, 0
    low, high = (columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)
    return tuple(int(x) for x in (*low, *high))


def _size(long_side, shape, supersampling):
    """Width, height and supersampling of a picture with width / height = shape."""
    if shape > 1:
        return long_side, int(long_side / shape), supersampling
    return int(long_side * shape), long_side, supersampling


def picture(seed, breed=None, long_side=None, supersampling=1.5):
    """Renders one animal.

    Args:
        seed: Non-negative integer.
        breed: Name of a breed; drawn from the seed if None.
        long_side: Pixels of the longer side; 210 to 320, drawn from the seed, if None.
        supersampling: Rendered pixels per pixel of the picture, along one side.

    Returns:
        Record of `image` (H, W, 3) uint8; `trimap` (H, W) uint8, 1 pet, 2 background,
        3 border; `mask` (H, W) bool; `head_box`, half-open pixels (x0, y0, x1, y1);
        `species`, `breed`, `pose`, strings; and `seed`.

    Raises:
        ValueError: If there is no such breed.
    """
    names = [b.name for b in BREEDS]
    if breed is not None and breed not in names:
        raise ValueError(
            f"`breed` must be one of {names} or None. Received: {breed!r}."
        )
    for attempt in range(TRIES):
        rng = np.random.default_rng([seed, 1, attempt])
        film = np.random.default_rng([seed, 2, attempt])
        drawn = pick(rng, BREEDS)
        chosen = drawn if breed is None else BREEDS[names.index(breed)]
        shot = _portrait_or_whole(rng, film, chosen, long_side, supersampling)
        if shot.mask.mean() > 0.05 and shot.head.mean() > 0.01:  # not hidden
            break
    return Record(
        image=shot.image,
        trimap=trimap(shot.mask),
        mask=shot.mask,
        head_box=box_of(shot.head),
        species=chosen.species,
        breed=chosen.name,
        pose=shot.pose,
        seed=seed,
    )


def _portrait_or_whole(rng, film, breed, long_side, supersampling):
    """Draws a scene with one animal: Record of `image`, `mask`, `head` and `pose`."""
    pose = POSES[rng.choice(3, p=[0.3, 0.42, 0.28])]
    yaw = np.clip(rng.normal(0, 0.65), -1.5, 1.5)
    if pose == "stand":
        yaw = pick(rng, (-1, 1)) * rng.uniform(0.3, 1.5)
    portrait, drawn_side = rng.random() < 0.38, int(rng.integers(210, 321))
    low, high = (0.72, 1.1) if pose == "sit" else (1.0, 1.42)
    shape = rng.uniform(0.8, 1.2) if portrait else rng.uniform(low, high)
    size = _size(long_side or drawn_side, shape, supersampling)
    pet = animal(rng, breed, pose, yaw)

    def parts(points):  # a portrait holds the upper and front parts
        if not portrait:
            return np.full(len(points), True)
        height = points[:, 1] + 0.6 * points @ pet.rot[:, 0]
        return height > np.quantile(height, 0.38)

    rise, distance = rng.uniform(0.06, 0.62), rng.uniform(3.0, 4.6)
    fill, shift = rng.uniform(0.80, 1.0), rng.normal(0, 0.03, 2)
    image, (mask,), (head,) = shoot(
        rng, film, size, [pet], 1.0, rise, distance, parts, fill, shift
    )
    return Record(image=image, mask=mask, head=head, pose=pose)


def pair(seed, side=448, supersampling=1.5):
    """Renders a cat and a dog side by side.

    Args:
        seed: Non-negative integer.
        side: Pixels of each side of the square picture.
        supersampling: Rendered pixels per pixel of the picture, along one side.

    Returns:
        Record of `image` (side, side, 3) uint8; `masks`, `boxes`, `head_boxes` and
        `breeds`, dicts by species ("cat", "dog"); and `seed`.
    """
    for attempt in range(TRIES):
        rng = np.random.default_rng([seed, 3, attempt])
        film = np.random.default_rng([seed, 4, attempt])
        pets = []
        for kind, z in zip(rng.permutation(2), (-0.42, 0.42), strict=True):
            breed = pick(rng, (CATS, DOGS)[kind])
            pose = pick(rng, ("sit", "sit", "lie"))
            pos, size = (rng.uniform(-0.15, 0.15), 0, z), (0.88, 1.08)[kind]
            pets.append(animal(rng, breed, pose, rng.normal(0, 0.35), pos, size))
        rise, distance = rng.uniform(0.08, 0.4), rng.uniform(3.8, 5)
        image, masks, heads = shoot(
            rng, film, (side, side, supersampling), pets, 1.6, rise, distance,
            lambda points: np.full(len(points), True), 0.94, vec(0, 0.03),
        )  # fmt: skip
        seen = all(m.mean() > 0.04 for m in masks)
        if seen and all(h.mean() > 0.01 for h in heads):
            break
    species = [pet.breed.species for pet in pets]

    def by_species(values):
        return dict(sorted(zip(species, values, strict=True)))

    return Record(
        image=image,
        masks=by_species(masks),
        boxes=by_species([box_of(m) for m in masks]),
        head_boxes=by_species([box_of(h) for h in heads]),
        breeds=by_species([pet.breed.name for pet in pets]),
        seed=seed,
    )
