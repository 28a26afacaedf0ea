"""Tests of the engine and of the pets' pictures."""

import numpy as np
import pytest

from data.render import textures
from data.render.engine import (
    Camera,
    Record,
    finish,
    lamp_for,
    mix,
    noise,
    rgb,
    shade,
    step,
    turn,
    unit,
    vec,
)
from data.render.pets import pets
from data.render.pets.animals import POSES, animal
from data.render.pets.breeds import BREEDS, CATS, DOGS
from data.render.pets.solids import Solid, smooth_min

SMALL = {"long_side": 64, "supersampling": 1.0}
TEXTURES = [getattr(textures, name) for name in dir(textures) if name[:4] == "tex_"]


# The engine


def test_unit_scales_to_length_one_and_keeps_zero():
    np.testing.assert_allclose(unit(vec(3, 0, 4)), [0.6, 0, 0.8])
    np.testing.assert_array_equal(unit(vec(0, 0, 0)), [0, 0, 0])


def test_step_is_smooth_between_its_ends_and_turns_round():
    # A quarter of the way: 0.25² · (3 - 2 · 0.25) = 0.0625 · 2.5 = 0.15625.
    np.testing.assert_allclose(step(0, 4, vec(-1, 1, 2, 4)), [0, 0.15625, 0.5, 1])
    np.testing.assert_allclose(step(4, 0, vec(-1, 3, 2, 4)), [1, 0.15625, 0.5, 0])


def test_mix_blends_colours_per_point():
    black, white = np.zeros((3, 3)), np.ones((3, 3))
    blended = mix(black, white, vec(0, 0.25, 1))
    np.testing.assert_allclose(blended[:, 0], [0, 0.25, 1])


def test_rgb_is_linear_light():
    np.testing.assert_allclose(rgb(0, 255, 127.5), [0, 1, 0.5**2.2])


@pytest.mark.parametrize(
    "angles, seen, expected",
    [
        ((np.pi / 2, 0, 0), (1, 0, 0), (0, 0, -1)),  # yaw: forward turns to -z
        ((0, np.pi / 2, 0), (1, 0, 0), (0, 1, 0)),  # pitch: the nose goes up
        ((0, 0, np.pi / 2), (0, 1, 0), (0, 0, 1)),  # roll: up turns to z
        ((np.pi / 2, np.pi / 2, 0), (1, 0, 0), (0, 1, 0)),  # pitch before yaw
    ],
)
def test_turn_by_a_right_angle(angles, seen, expected):
    np.testing.assert_allclose(turn(*angles) @ vec(*seen), expected, atol=1e-12)


def test_turn_is_a_rotation():
    rot = turn(0.3, -1.2, 2.0)
    np.testing.assert_allclose(rot @ rot.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rot), 1)


@pytest.mark.parametrize("dimensions, period", [(2, 256), (3, 32)])
def test_noise_stays_in_range_and_repeats(dimensions, period):
    points = np.random.default_rng(0).uniform(-50, 50, (2000, dimensions))
    values = noise(points, octaves=3)
    assert values.min() >= 0 and values.max() <= 1 and values.std() > 0.05
    np.testing.assert_allclose(noise(points + period), noise(points), atol=1e-4)


def test_camera_projects_along_its_rays():
    camera = Camera(vec(4, 1, 0), vec(0, 0.5, 0), 80, 60)
    camera.frame(np.zeros((1, 3)), np.ones(1), fill=0.9, shift=vec(0, 0))
    pixels = vec(3.5, 50, 77), vec(2, 30.5, 59)
    points = camera.eye + 2.5 * camera.rays(*pixels)
    np.testing.assert_allclose(camera.project(points).T, pixels, atol=1e-9)


def test_camera_frames_a_ball_in_the_middle():
    camera = Camera(vec(5, 0, 0), vec(0, 0, 0), 100, 100)
    camera.frame(np.zeros((1, 3)), np.ones(1), fill=0.8, shift=vec(0, 0))
    # The ball spans x = ±1/5 for focal length 1; 0.8 · 100 / 0.4 = 200.
    assert camera.focal == pytest.approx(200)
    np.testing.assert_allclose(camera.project(vec(0, 0, 0)), [50, 50])


def test_shade_of_a_floor_under_the_lamp_by_hand():
    lamp = Record(dir=vec(0, 1, 0), key=np.ones(3), sky=np.ones(3), bounce=np.ones(3))
    up, one = vec(0, 1, 0)[None], np.ones(1)
    # Facing the lamp: direct 1, sky 0.6 + 0.4 = 1, bounce 0; then half the albedo.
    light = shade(np.full((1, 3), 0.5), up, lamp, one, one)
    np.testing.assert_allclose(light, np.full((1, 3), 1.0))
    shadowed = shade(np.full((1, 3), 0.5), up, lamp, 0 * one, one)
    np.testing.assert_allclose(shadowed, np.full((1, 3), 0.5))


def test_finish_survives_a_black_picture():
    rng = np.random.default_rng(0)
    photograph = finish(rng, np.zeros((24, 36, 3)), 18, 12, lamp_for(rng))
    assert photograph.shape == (12, 18, 3) and photograph.dtype == np.uint8


@pytest.mark.parametrize("texture", TEXTURES, ids=lambda t: t.__name__)
def test_textures_colour_every_point(texture):
    rng = np.random.default_rng(0)
    u, v = rng.uniform(-30, 30, (2, 500))
    colours = texture(u, v, rgb(200, 100, 50), rgb(30, 90, 60), textures.look_for(rng))
    assert colours.shape == (500, 3) and np.isfinite(colours).all()
    assert colours.std() > 0


# Solids


def test_distances_to_a_ball_and_to_a_capsule_by_hand():
    ball = Solid(np.eye(3))
    ball.add("detail", "ball", vec(1, 0, 0), ra=0.5)
    far = ball.pack().distance(np.array([[3.0, 0, 0], [1, 0, 0], [1, 0.5, 0]]))
    np.testing.assert_allclose(far, [1.5, -0.5, 0], atol=1e-5)
    capsule = Solid(np.eye(3), size=2.0)
    capsule.add("detail", "bone", vec(0, 0, 0), vec(1, 0, 0), 0.1, 0.3)
    # Doubled: from 0 to 2, radii 0.2 to 0.6; 0.4 halfway, above which y = 1.
    far = capsule.pack().distance(np.array([[1.0, 1, 0], [-1, 0, 0], [4, 0, 0]]))
    np.testing.assert_allclose(far, [0.6, 0.8, 1.4], atol=1e-5)


def test_normals_of_a_ball_point_away_from_its_middle():
    ball = Solid(turn(0.7), pos=(1, 2, 3))
    ball.add("head", "ball", vec(0, 0, 0), ra=0.5)
    away = unit(np.random.default_rng(0).normal(size=(50, 3)))
    normals = ball.pack().normal(vec(1, 2, 3) + 0.5 * away)
    np.testing.assert_allclose(normals, away, atol=1e-2)


def test_smooth_minimum_is_below_the_minimum_only_where_values_are_close():
    assert smooth_min(1.0, 3.0, 0.5) == 1.0
    assert smooth_min(1.0, 1.0, 0.4) == pytest.approx(0.9)


# Labels


def test_trimap_of_a_hand_drawn_mask():
    mask = np.zeros((1, 9), bool)
    mask[0, :5] = True  # the outline runs between columns 4 and 5; two pixels a side
    np.testing.assert_array_equal(
        pets.trimap(mask), [[1, 1, 1, 3, 3, 3, 3, 2, 2]]
    )  # fmt: skip


def test_trimap_width_grows_with_the_picture():
    mask = np.zeros((200, 200), bool)
    mask[:, 100:] = True  # 0.02 · 200 = 4 pixels a side
    row = pets.trimap(mask, width=0.02)[50]
    assert np.flatnonzero(row == 3).tolist() == list(range(96, 104))


@pytest.mark.parametrize("value, label", [(False, 2), (True, 1)])
def test_trimap_without_an_outline_has_no_border(value, label):
    assert np.unique(pets.trimap(np.full((5, 7), value))).tolist() == [label]


def test_box_of_a_hand_drawn_mask():
    mask = np.zeros((6, 8), bool)
    mask[2, 3] = mask[4, 5] = True
    assert pets.box_of(mask) == (3, 2, 6, 5)
    assert pets.box_of(np.zeros((3, 3), bool)) == (0, 0, 0, 0)


# Pictures


def test_same_seed_same_picture_and_another_seed_another():
    first, again, other = (pets.picture(seed, **SMALL) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.trimap, again.trimap)
    assert first.image.shape != other.image.shape or (first.image != other.image).any()


@pytest.mark.parametrize("breed", BREEDS, ids=lambda breed: breed.name)
def test_labels_of_a_picture_agree(breed):
    shot = pets.picture(11, breed.name, **SMALL)
    height, width = shot.mask.shape
    assert max(height, width) == 64
    assert shot.image.shape == (height, width, 3) and shot.image.dtype == np.uint8
    assert shot.trimap.dtype == np.uint8 and set(np.unique(shot.trimap)) == {1, 2, 3}
    assert shot.mask[shot.trimap == pets.PET].all()
    assert not shot.mask[shot.trimap == pets.BACKGROUND].any()
    x0, y0, x1, y1 = shot.head_box
    assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
    assert shot.mask[y0:y1, x0:x1].any()
    assert (shot.breed, shot.species) == (breed.name, breed.species)
    assert shot.pose in POSES


def test_a_small_picture_shows_the_scene_of_the_large_one():
    small, large = (pets.picture(3, long_side=s, supersampling=1) for s in (36, 72))
    assert (small.breed, small.pose) == (large.breed, large.pose)
    assert abs(small.mask.mean() - large.mask.mean()) < 0.03


def test_an_unknown_breed_is_refused():
    with pytest.raises(ValueError, match="Received: 'poodle'"):
        pets.picture(0, "poodle")


def test_a_pair_is_a_cat_and_a_dog_that_do_not_overlap():
    pair = pets.pair(4, side=96, supersampling=1.0)
    assert list(pair.masks) == ["cat", "dog"]
    assert not (pair.masks["cat"] & pair.masks["dog"]).any()
    for species, mask in pair.masks.items():
        assert pets.box_of(mask) == pair.boxes[species]
        (x0, y0, x1, y1), head = pair.boxes[species], pair.head_boxes[species]
        assert x0 <= head[0] < head[2] <= x1 and y0 <= head[1] < head[3] <= y1
    assert pair.breeds["cat"] in [b.name for b in CATS]
    assert pair.breeds["dog"] in [b.name for b in DOGS]


@pytest.mark.parametrize("pose", POSES)
def test_animals_stand_on_the_floor(pose):
    for breed in BREEDS:
        pet = animal(np.random.default_rng(0), breed, pose, yaw=0.0)
        lowest = min((pet.a[:, 1] - pet.ra).min(), (pet.b[:, 1] - pet.rb).min())
        assert -0.16 < lowest < 0.02
