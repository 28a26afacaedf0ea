"""Rendering: from animals, things and a room to a picture and its masks."""

import numpy as np
from PIL import Image
from scipy import ndimage as ndi

from data.render.engine import (
    F32,
    Camera,
    finish,
    lamp_for,
    mix,
    noise,
    shade,
    step,
    unit,
    vec,
)  # fmt: skip
from data.render.pets.clutter import clutter, paint_thing
from data.render.pets.coats import paint
from data.render.pets.fur import comb, whiskers
from data.render.pets.rays import occlusion, see, shadow
from data.render.pets.rooms import background, room

MARGIN = 14  # pixels around a solid that its hair may reach


def _light(solids, lamp, pixels, points, normals):
    """Lamp light and open sky (2, N) at points; soft, so every fourth pixel will do."""
    rows, columns = pixels
    sample = (rows % 2 == 0) & (columns % 2 == 0)
    p, n = points[sample], normals[sample]
    grid = np.zeros((rows.max() + 1, columns.max() + 1, 3), F32)
    lit = shadow(solids, p + 0.02 * n, lamp.dir)
    open_sky = occlusion(solids, p + 0.01 * n, n)
    grid[rows[sample], columns[sample]] = np.stack([lit, open_sky, np.ones(len(p))], 1)
    grid = ndi.gaussian_filter(grid, (1, 1, 0))[rows, columns]
    return grid[:, :2].T / np.maximum(grid[:, 2], 1e-4)


def surface(solid, camera, solids, lamp, pixels, t):
    """Colours the seen points of a solid.

    Args:
        solid: An animal or a thing.
        camera, solids, lamp: The scene.
        pixels: Rows and columns (2, N) where it is seen.
        t: Distances (N,) from the camera.

    Returns:
        Linear light (N, 3) and, for an animal, the Record of `coats.paint`, else None.
    """
    rows, columns = pixels
    rays = camera.rays(columns + 0.5, rows + 0.5)
    points = camera.eye + rays * t[:, None]
    normals = solid.normal(points)
    lit, open_sky = _light(solids, lamp, pixels, points, normals)
    open_sky = open_sky * (0.55 + 0.45 * step(-0.02, 0.22, points[:, 1]))
    if not hasattr(solid, "breed"):
        albedo = paint_thing(solid, points)
        return shade(albedo, normals, lamp, lit, open_sky), None
    coat = paint(solid, points, normals, camera.eye - solid.pos - solid.head_at)
    mottled = 1 + 0.3 * (noise(points * 9 + solid.offset, 2) - 0.5)
    albedo = coat.albedo * mottled[:, None]
    facing = np.clip(-(rays * normals).sum(1), 0, 1)
    shine = np.clip((unit(lamp.dir - rays) * normals).sum(1), 0, 1)
    black = step(0.16, 0.03, albedo.mean(1)) * coat.hair
    gloss = coat.gloss * (0.9 * shine**60 + 0.10 * shine**6)
    gloss += (0.02 + 0.05 * black) * coat.hair * shine**4
    light = shade(albedo, normals, lamp, lit, open_sky) + gloss[:, None]
    # The room's own light from the camera's side keeps black animals readable.
    light += (0.2 * black * facing * open_sky)[:, None] * albedo
    rim = (1 - facing) ** 3 * coat.hair * open_sky
    return light + 0.1 * rim[:, None] * (albedo + 0.1 + 0.1 * black[:, None]), coat


def _layer(rng, solid, camera, solids, lamp, window, seen, focus):
    """Renders one solid into a window of the picture, combed if it is an animal.

    Returns:
        Colour and cover (h, w, 4), distance (h, w) and head-ness (h, w).
    """
    (rows, columns), t = seen
    light, coat = surface(solid, camera, solids, lamp, seen[0], t)
    at = rows - window[0].start, columns - window[1].start
    shape = tuple(side.stop - side.start for side in window)
    layer, depth = np.zeros((*shape, 4), F32), np.zeros(shape, F32)
    layer[at], depth[at] = np.c_[light, np.ones(len(t))], t
    head = np.zeros(shape, F32)
    if coat is None:
        return layer, depth, head
    head[at] = coat.head
    flow, hair = np.zeros((*shape, 2), F32), np.zeros(shape, F32)
    flow[at] = np.stack([coat.flow @ camera.right, -(coat.flow @ camera.up)], -1)
    hair[at] = coat.hair
    # Around the outline, distance and hair go on as at the nearest seen pixel.
    near = ndi.distance_transform_edt(
        layer[..., 3] == 0, return_distances=False, return_indices=True
    )
    near = tuple(near)
    depth, flow, hair = depth[near], flow[near], hair[near]
    pixels = 0.024 * solid.breed.fur**0.7 * camera.focal * solid.size / focus
    return comb(rng, layer, flow, hair, pixels), depth, head


def render(rng, camera, pets, things, around, lamp):
    """Renders a scene.

    Returns:
        Linear light (H, W, 3) and, for each animal, the mask (H, W) of what is seen
        of it and the mask of what is seen of its head.
    """
    solids = pets + things
    image, depth = background(camera, around, solids, lamp)
    focus = camera.view(pets[0].head_at + pets[0].pos)[2]
    blur = 2 * lamp.blur * camera.blur_scale
    blurred = ndi.gaussian_filter(image, (blur, blur, 0))
    image = mix(image, blurred, step(focus + 0.2, focus + 2, depth))
    shape = camera.height, camera.width
    owner = np.full(shape, -1)
    heads = np.zeros((len(pets), *shape), bool)
    for i, solid in enumerate(solids):
        seen = see(solid, camera)
        pixels, t = seen
        if not len(t):
            continue
        window = tuple(
            slice(max(0, k.min() - MARGIN), min(side, k.max() + MARGIN + 1))
            for k, side in zip(pixels, shape, strict=True)
        )
        layer, distance, head = _layer(
            rng, solid, camera, solids, lamp, window, seen, focus
        )
        cover = layer[..., 3] * (distance < depth[window])
        image[window] = mix(image[window], layer[..., :3], cover)
        won = cover > 0.5
        depth[window][won] = distance[won]
        owner[window][won] = i
        if i < len(pets):
            heads[i][window] = head > 0.5
    for pet in pets:
        if pet.breed.species == "cat":
            image = whiskers(rng, image, camera, pet, depth)
    masks = [owner == i for i in range(len(pets))]
    return image, masks, [h & m for h, m in zip(heads, masks, strict=True)]


def _shrink(mask, width, height):
    """Resizes a mask; a pixel is on where more than half of it is."""
    grey = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(grey.resize((width, height), Image.BOX)) > 127


def shoot(rng, film, size, pets, spread, rise, distance, parts, fill, shift):
    """Furnishes, lights and photographs a scene.

    Args:
        rng: Generator that furnishes; it draws the same numbers at any picture size.
        film: Generator of hair and grain.
        size: (width, height) in pixels and the supersampling.
        pets: Animals.
        spread: How far apart furniture stands: 1 for one animal.
        rise: Radians that the camera looks down.
        distance: From the camera to the scene.
        parts: Function from the ends of all capsules (N, 3) to a mask (N,) of those
            that the frame must hold.
        fill, shift: See `Camera.frame`.

    Returns:
        The picture (height, width, 3), uint8; a list of masks of the animals and a
        list of masks of their heads, bool (height, width).
    """
    width, height, supersampling = size
    lamp, things = lamp_for(rng), clutter(rng, pets, spread)
    lamp.grain *= 0.75  # as much noise as a JPEG file of 15 KB can carry
    around = room(rng, pets, spread)
    eye = vec(
        np.cos(rise) * distance, 0.4 + np.sin(rise) * distance, rng.normal(0, 0.3)
    )
    large = int(width * supersampling), int(height * supersampling)
    camera = Camera(eye, vec(0, 0.4, 0), *large)
    camera.blur_scale = max(large) / 400
    centres = np.concatenate([np.r_[pet.a, pet.b] for pet in pets])
    radii = np.concatenate([np.r_[pet.ra, pet.rb] for pet in pets])
    kept = parts(centres)
    camera.frame(centres[kept], radii[kept], fill, shift)
    image, masks, heads = render(film, camera, pets, things, around, lamp)
    picture = finish(film, image, width, height, lamp)
    return (
        picture,
        [_shrink(mask, width, height) for mask in masks],
        [_shrink(mask, width, height) for mask in heads],
    )
