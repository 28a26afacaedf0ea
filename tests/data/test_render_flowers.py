"""The flowers' geometry by hand, the z-buffer and the shadow map, whole pictures."""

import numpy as np
import pytest

from data.render.engine import Camera, Record, unit, vec
from data.render.flowers.canvas import Canvas, how_finely
from data.render.flowers.developing import ShadowMap
from data.render.flowers.flowers import picture
from data.render.flowers.patches import dice, facing, finer, lathe, petals, place, sheet
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS

SMALL = dict(long_side=48, supersampling=1)


def square(x, half=1.0, grid=(5, 4)):
    """A square that stands across the x axis at `x`: points (1, *grid, 3)."""
    y, z = np.meshgrid(
        np.linspace(-half, half, grid[0]),
        np.linspace(-half, half, grid[1]),
        indexing="ij",
    )
    return np.stack([np.full(grid, float(x)), y, z], -1)[None]


@pytest.fixture
def canvas():
    """Ten units before the origin, a picture of 20 × 20 pixels, 1 unit = 8 pixels."""
    cam = Camera(vec(10, 0, 0), vec(0, 0, 0), 20, 20)
    cam.focal, cam.centre = 80.0, vec(10, 10)
    return Canvas(cam)


# ----------------------------------------------------------------------- shapes
def test_a_lathe_makes_circles_at_the_heights_of_its_profile():
    points = lathe([1.0, 2.0], [0.0, 5.0], count=9)
    assert points.shape == (1, 2, 9, 3)
    np.testing.assert_allclose(points[0, 1, 2], [0, 5, 2], atol=1e-12)  # a quarter turn
    radii = np.hypot(points[..., 0], points[..., 2])
    np.testing.assert_allclose(radii[0], [[1.0] * 9, [2.0] * 9])
    np.testing.assert_allclose(points[..., 1][0], [[0.0] * 9, [5.0] * 9])


def test_a_flat_petal_lies_along_its_direction():
    points = petals([np.pi / 2], 0, 0, 2.0, 0.5, np.ones_like, root=1, grid=(5, 3))
    middle = points[0, :, 1]
    # It starts 1 from the axis, along z; five points are four pieces of 0.5.
    np.testing.assert_allclose(middle[:, 2], [1.0, 1.5, 2.0, 2.5, 3.0], atol=1e-9)
    np.testing.assert_allclose(points[..., 1], 0, atol=1e-9)
    np.testing.assert_allclose(np.ptp(points[0, :, :, 0], 1), 1.0, atol=1e-6)


def test_the_normal_of_a_level_sheet_is_upright():
    x, z = np.meshgrid(np.arange(3.0), np.arange(4.0), indexing="ij")
    level = sheet(np.stack([x, 0 * x, z], -1)[None], vec(1, 0, 0))
    np.testing.assert_allclose(np.abs(level.surface[..., 1]), 1, atol=1e-6)
    np.testing.assert_allclose(
        level.surface[..., 3:6], np.full((1, 3, 4, 3), [1, 0, 0])
    )


def test_a_closed_sheet_has_no_seam():
    normals = sheet(lathe([1.0, 1.0], [0.0, 1.0], count=9), 1.0).surface[..., :3]
    np.testing.assert_array_equal(normals[:, :, 0], normals[:, :, -1])
    # On a cylinder the normal lies along the radius: the x axis at angle 0.
    np.testing.assert_allclose(np.abs(normals[0, 0, 0]), [1, 0, 0], atol=1e-6)


def test_place_scales_turns_and_moves():
    stem = sheet(np.array([[[[0, 2.0, 0], [1, 2, 0]], [[0, 3, 0], [1, 3, 0]]]]), 1.0)
    (moved,) = place([stem], facing(vec(1, 0, 0)), vec(5, 5, 5), size=0.5)
    np.testing.assert_allclose(moved.points[0, 0, 0], [6, 5, 5], atol=1e-6)


def test_facing_is_a_rotation_that_lifts_y_to_the_direction():
    direction = unit(vec(1, 2, -3))
    rotation = facing(direction)
    np.testing.assert_allclose(rotation @ vec(0, 1, 0), direction, atol=1e-6)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_finer_keeps_the_given_values_and_straight_lines(times):
    values = np.array([3.0, -1.0, 4.0, 1.0])
    sampled = finer(4, times) @ values
    assert len(sampled) == 3 * times + 1
    np.testing.assert_allclose(sampled[::times], values, atol=1e-6)
    line = finer(4, times) @ np.arange(4.0)
    np.testing.assert_allclose(line, np.arange(3 * times + 1) / times, atol=1e-6)


def test_dice_keeps_the_grid_points():
    points = np.random.default_rng(0).normal(size=(2, 5, 4, 3))
    diced = dice(points, 3, 2)
    assert diced.shape == (2, 13, 7, 3)
    np.testing.assert_allclose(diced[:, ::3, ::2], points, atol=1e-5)


def test_how_finely_leaves_no_step_over_the_pitch():
    flat = np.concatenate([square(0), 9 * square(0)])[..., 1:]
    for which, *times in how_finely(flat, pitch=0.5):
        diced = dice(flat[which], *times)
        for axis in (1, 2):
            steps = np.linalg.norm(np.diff(diced, axis=axis), axis=-1)
            assert steps.max() <= 0.5 + 1e-5


# ------------------------------------------------------------ z-buffer, shadows
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_canvas_keeps_the_nearer_of_two_sheets(canvas, order):
    red, blue = vec(1, 0, 0), vec(0, 0, 1)
    sheets = [sheet(square(0), blue), sheet(square(2, half=0.5), red)]
    for index in order:
        canvas.draw_sheet(sheets[index])
    depth = canvas.depth.reshape(20, 20)
    colour = canvas.surface[:, 3:6].reshape(20, 20, 3)
    # The near square is 8 away and 0.5 · 80 / 8 = 5 pixels to each side of the middle;
    # the far one is 10 away and 1 · 80 / 10 = 8 pixels to each side.
    np.testing.assert_allclose(depth[6:14, 6:14], 8, rtol=1e-5)
    np.testing.assert_allclose(colour[6:14, 6:14], np.full((8, 8, 3), red))
    np.testing.assert_allclose(depth[3, 3:17], 10, rtol=1e-5)
    np.testing.assert_allclose(colour[3, 3:17], np.full((14, 3), blue))
    assert np.isinf(depth[0]).all() and np.isinf(depth[:, 0]).all()


def test_a_sheet_outside_the_picture_changes_nothing(canvas):
    canvas.draw_sheet(sheet(square(0) + vec(0, 50, 0), 1.0))
    assert np.isinf(canvas.depth).all()


def test_the_floor_lies_behind_what_stands_on_it(canvas):
    canvas.cam = Camera(vec(10, 10, 0), vec(0, 0, 0), 20, 20)
    canvas.cam.focal, canvas.cam.centre = 80.0, vec(10, 10)
    canvas.floor(lambda x, z: np.ones((len(x), 3)))
    middle = 20 * 10 + 10
    np.testing.assert_allclose(canvas.place[middle], 0, atol=0.2)
    assert canvas.depth[middle] == pytest.approx(np.sqrt(200), abs=0.2)


def test_the_shadow_map_darkens_what_lies_behind():
    lamp = Record(dir=vec(1, 0, 0))
    shades = [sheet(square(1, half=0.5), 1.0), sheet(square(0, half=2.0), 1.0)]
    shadows = ShadowMap(shades, lamp, vec(-9, -9, -9), vec(9, 9, 9), side=100)
    before, behind, beside = vec(1, 0, 0), vec(0, 0, 0), vec(0, 1.5, 1.5)
    lit = shadows.lit(np.stack([before, behind, beside]))
    np.testing.assert_array_equal(lit, [1, 0, 1])


# --------------------------------------------------------------- whole pictures
@pytest.mark.parametrize("kind", FLOWERS)
def test_every_class_renders_at_the_size_asked_for(kind):
    flower = picture(11, kind, **SMALL)
    assert flower.label == kind and flower.image.dtype == np.uint8
    assert max(flower.image.shape[:2]) == 48 and min(flower.image.shape[:2]) >= 30
    assert flower.image.std() > 10  # something is to be seen


def test_the_same_seed_gives_the_same_picture_and_another_seed_another():
    first, again = picture(3, "daisy", **SMALL), picture(3, "daisy", **SMALL)
    other = picture(4, "daisy", **SMALL)
    np.testing.assert_array_equal(first.image, again.image)
    shapes_differ = first.image.shape != other.image.shape
    assert shapes_differ or (first.image != other.image).mean() > 0.5


def test_the_scene_does_not_depend_on_the_size():
    small = picture(5, "tulips", long_side=40, supersampling=1)
    large = picture(5, "tulips", long_side=80, supersampling=1)
    assert (small.view, small.scene) == (large.view, large.scene)
    height, width = np.array(small.image.shape[:2])
    halved = large.image[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 3)
    difference = halved.mean((1, 3)) - small.image
    assert np.abs(difference).mean() < 15


def test_the_class_is_drawn_from_the_seed():
    drawn = {picture(seed, long_side=16, supersampling=1).label for seed in range(3)}
    assert len(drawn) > 1 and drawn <= set(FLOWERS)


def test_an_unknown_class_is_named():
    with pytest.raises(ValueError, match="must be one of .*Received: 'rose'"):
        picture(0, "rose")
