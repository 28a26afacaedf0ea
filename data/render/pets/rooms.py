"""Surroundings: a floor, a wall and boxes, indoors or in a garden."""

import numpy as np
from scipy import ndimage as ndi

from data.render import textures
from data.render.engine import Record, pick, rgb, shade, step, turn, vec
from data.render.pets.rays import occlusion, shadow
from data.render.textures import look_for

CARPET, FABRIC, WOOD = textures.tex_carpet, textures.tex_fabric, textures.tex_wood
PAPER, BRICK, TILES = textures.tex_paper, textures.tex_brick, textures.tex_tiles
GRASS, LEAVES = textures.tex_grass, textures.tex_leaves
# What is listed twice is chosen twice as often.
INDOOR_FLOORS = (WOOD, CARPET, TILES, CARPET, FABRIC)
INDOOR_WALLS = (PAPER, PAPER, BRICK, WOOD, FABRIC)
GARDEN_FLOORS = (GRASS, GRASS, TILES)
GARDEN_WALLS = (LEAVES, LEAVES, BRICK)
SOFAS = (FABRIC, FABRIC, CARPET)
BOXES = (FABRIC, PAPER, WOOD)

HOUSEHOLD_COLOURS = (
    (168, 120, 80), (120, 86, 62), (206, 188, 160), (150, 150, 154),
    (92, 104, 124), (150, 72, 62), (98, 124, 112), (226, 222, 214),
    (190, 150, 110), (70, 66, 68), (196, 164, 172), (214, 180, 110),
)  # fmt: skip


def hue(rng, pets):
    """Draws a colour (3,) for the surroundings.

    More often than not it is one that an animal of the picture wears, so that colour
    does not tell the animal from the room.
    """
    if rng.random() < 0.62:
        worn = pick(rng, pick(rng, pets).colours)
        return np.clip(worn * rng.uniform(0.65, 1.25), 0.02, 0.85)
    return rgb(*pick(rng, HOUSEHOLD_COLOURS)) * rng.uniform(0.8, 1.15)


def _surface(rng, pets, choices):
    return Record(
        texture=pick(rng, choices),
        colours=(hue(rng, pets), hue(rng, pets)),
        look=look_for(rng),
        origin=rng.uniform(0, 20, 2),
        spin=rng.uniform(0, 6.28),
    )


def room(rng, pets, scale=1.0):
    """Furnishes a scene for animals that stand near the origin.

    Returns:
        Record of `floor` and `wall`, surfaces; `boxes`, surfaces with `at`, `half` (3,)
        and `yaw`; `skew`, radians, of the wall; `back`, the wall's x.
    """
    garden = rng.random() < 0.3
    floors = GARDEN_FLOORS if garden else INDOOR_FLOORS
    walls = GARDEN_WALLS if garden else INDOOR_WALLS
    floor, wall = _surface(rng, pets, floors), _surface(rng, pets, walls)
    wall.origin[1] = wall.spin = 0  # wallpaper hangs straight and ends at the floor
    skew = rng.normal(0, 0.25)
    back = -scale * (rng.uniform(2, 4) if garden else rng.uniform(0.8, 2.2))
    boxes = []

    def put(at, half, yaw, choices):
        box = _surface(rng, pets, choices)
        box.at, box.half, box.yaw = at, half, yaw
        boxes.append(box)

    if not garden and rng.random() < 0.5:  # a sofa or a bed behind
        half = vec(0.3, rng.uniform(0.35, 0.7), rng.uniform(0.7, 1.6))
        put(vec(-0.95 * scale - 0.3, 0.45, rng.normal(0, 0.6)), half, skew, SOFAS)
    for side in rng.choice([-1, 1], rng.integers(0, 3)):  # cartons, books, shelves
        half = vec(
            rng.uniform(0.1, 0.25), rng.uniform(0.05, 0.35), rng.uniform(0.1, 0.3)
        )
        x, z = rng.uniform(-1.1, -0.2), side * rng.uniform(0.65, 1.3) * scale
        put(vec(x, half[1], z), half, rng.uniform(0, 3), BOXES)
    return Record(floor=floor, wall=wall, boxes=boxes, skew=skew, back=back)


def _plane(camera, rays, normal, offset):
    """Distances (N,) along rays to the plane normal · p = offset."""
    down = rays @ normal
    reach = offset - camera.eye @ normal
    return np.where(down < -1e-3, reach / np.minimum(down, -1e-3), 1e3)


def _paint_plane(surface, points, along_u, along_v):
    u, v = points @ along_u, points @ along_v
    c, s = np.cos(surface.spin), np.sin(surface.spin)
    u, v = u * c - v * s + surface.origin[0], u * s + v * c + surface.origin[1]
    return surface.texture(u, v, *surface.colours, surface.look)


def _box(camera, rays, box):
    """Distances (N,) along rays to a box, inf where they miss, and the side met."""
    rot = turn(box.yaw)
    eye, rays = (camera.eye - box.at) @ rot, rays @ rot
    rays = np.where(np.abs(rays) < 1e-6, 1e-6, rays)
    enter = (-np.sign(rays) * box.half - eye) / rays
    leave = (np.sign(rays) * box.half - eye) / rays
    t, axis = enter.max(1), enter.argmax(1)
    t = np.where((t < leave.min(1)) & (t > 0), t, np.inf)
    sign = -np.sign(np.take_along_axis(rays, axis[:, None], 1))
    return t, axis, (np.eye(3)[axis] * sign) @ rot.T


def _paint_box(box, points, axis):
    p = (points - box.at) @ turn(box.yaw)
    u = np.where(axis == 0, p[:, 2], p[:, 0]) + box.origin[0]
    v = np.where(axis == 1, p[:, 2], p[:, 1]) + 3
    to_edge = np.sort(box.half - np.abs(p), 1)[:, 1]
    edge = 1 - 0.5 * step(0.03, 0.0, to_edge)
    return box.texture(u, v, *box.colours, box.look) * edge[:, None]


def background(camera, around, solids, lamp):
    """Renders floor, wall and boxes, with the shadows of solids on them.

    Returns:
        Linear light (H, W, 3) and the distance (H, W) from the camera.
    """
    rows, columns = np.mgrid[: camera.height, : camera.width].reshape(2, -1)
    rays = camera.rays(columns + 0.5, rows + 0.5)
    up = vec(0, 1, 0)
    out = vec(np.cos(around.skew), 0, -np.sin(around.skew))
    along = vec(np.sin(around.skew), 0, np.cos(around.skew))
    to_floor = _plane(camera, rays, up, 0)
    to_wall = _plane(camera, rays, out, around.back * out[0])
    t = np.minimum(to_floor, to_wall)
    is_floor = to_floor < to_wall
    points = camera.eye + rays * t[:, None]
    normal = np.where(is_floor[:, None], up, out)
    colour = np.zeros_like(points)
    for where, surface, u, v in (
        (is_floor, around.floor, vec(1, 0, 0), vec(0, 0, 1)),
        (~is_floor, around.wall, along, up),
    ):
        colour[where] = _paint_plane(surface, points[where], u, v)
    for box in around.boxes:
        to_box, axis, side = _box(camera, rays, box)
        nearer = to_box < t
        t[nearer], normal[nearer] = to_box[nearer], side[nearer]
        points[nearer] = camera.eye + rays[nearer] * t[nearer, None]
        colour[nearer] = _paint_box(box, points[nearer], axis[nearer])

    # Light changes slowly: it is computed on a grid four times coarser.
    grid = (rows % 4 == 0) & (columns % 4 == 0)
    light = np.ones((grid.sum(), 2))
    close = np.linalg.norm(points[grid] * vec(1, 0.5, 1), axis=1) < 3
    p, n = points[grid][close], normal[grid][close]
    light[close, 0] = shadow(solids, p + 0.01 * n, lamp.dir)
    light[close, 1] = occlusion(solids, p, n)
    shape = -(-camera.height // 4), -(-camera.width // 4)
    lit, open_sky = (
        ndi.zoom(x.reshape(shape), 4, order=1, grid_mode=True, mode="nearest")
        for x in light.T
    )
    size = np.s_[: camera.height, : camera.width]
    lit, open_sky = lit[size].ravel(), open_sky[size].ravel()
    foot_of_wall = 0.55 + 0.45 * step(0, 0.35, points[:, 1])
    open_sky = open_sky * np.where(normal[:, 1] < 0.5, foot_of_wall, 1)
    image = shade(colour, normal, lamp, lit, open_sky, wrap=0.1)
    shape = camera.height, camera.width
    return image.reshape(*shape, 3), t.reshape(shape)
