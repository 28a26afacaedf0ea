"""`utils.datasets.scenes`: what a scene holds agrees with itself, in every size."""

import json
from pathlib import Path

import numpy as np
import pytest

from utils.datasets import SPECIES, load_scenes, read_image
from utils.datasets.sample import BREEDS, CATS
from utils.datasets.scenes import Scene
from utils.datasets.sources import stored_parts
from utils.masks import boxes_from_instances

STORED = Path(__file__).resolve().parents[3] / "data/sample/scenes/1.0.0"
SPLITS = {"train": 16, "validation": 4, "test": 8}


@pytest.fixture(scope="module")
def scenes():
    return {split: load_scenes(split) for split in SPLITS}


def test_a_scene_knows_its_animals(scenes):
    scene = scenes["test"][0]
    assert scene.name == "scene_021"
    assert scene.image.shape == (448, 448, 3) and scene.image.dtype == np.float32
    assert scene.instance_mask.shape == (448, 448)
    assert scene.instance_mask.dtype == np.uint8
    assert scene.species_names == ("cat", "dog")
    assert scene.breed_names == ("tabby", "beagle")


def test_every_scene_is_in_one_split_in_the_order_of_the_names(scenes):
    assert {split: len(found) for split, found in scenes.items()} == SPLITS
    names = [[scene.name for scene in found] for found in scenes.values()]
    assert all(found == sorted(found) for found in names)
    everything = [name for found in names for name in found]
    assert sorted(everything) == [f"scene_{k:03}" for k in range(1, 29)]


def test_boxes_are_those_of_the_masks(scenes):
    for scene in sum(scenes.values(), []):
        expected = boxes_from_instances(scene.instance_mask)
        np.testing.assert_allclose(scene.boxes_xyxy, expected, atol=1e-3)


def test_heads_are_inside_and_breeds_agree_with_species(scenes):
    for scene in sum(scenes.values(), []):
        left, top, right, bottom = scene.head_boxes_xyxy.T
        assert (left < right).all() and (top < bottom).all()
        assert (scene.head_boxes_xyxy >= 0).all()
        assert (scene.head_boxes_xyxy <= 448).all()
        for species, breed in zip(scene.species_names, scene.breed_names, strict=True):
            assert (species == "cat") == (breed in CATS)


def test_names_of_classes_are_those_stored():
    features = json.loads((STORED / "features.json").read_text("utf-8"))
    assert "objects" in json.dumps(features)
    breeds = (STORED / "objects-label.labels.txt").read_text("utf-8").split()
    species = (STORED / "objects-species.labels.txt").read_text("utf-8").split()
    assert tuple(breeds) == BREEDS
    assert tuple(name.lower() for name in species) == SPECIES


def test_images_are_the_files_in_0_to_1(scenes):
    parts, _ = stored_parts(STORED)
    rows = parts["test"].as_numpy_iterator()
    row = next(row for row in rows if b"021" in row["file_name"])
    expected = read_image(row["image"]).astype(np.float32) / 255
    np.testing.assert_allclose(scenes["test"][0].image, expected, atol=1e-6)


@pytest.mark.parametrize("size", [(224, 224), (100, 300), (1, 1)])
def test_resizing_scales_boxes_and_invents_no_instance(scenes, size):
    for small, large in zip(load_scenes("test", size), scenes["test"], strict=True):
        assert small.image.shape == (*size, 3)
        assert 0 <= small.image.min() and small.image.max() <= 1
        assert small.instance_mask.shape == size
        assert small.instance_mask.dtype == np.uint8
        assert set(np.unique(small.instance_mask)) <= {0, 1, 2}
        scale = np.array([size[1], size[0]] * 2) / 448
        np.testing.assert_allclose(small.boxes_xyxy, large.boxes_xyxy * scale, 1e-5)


def test_a_box_still_fits_its_mask_after_resizing():
    for scene in load_scenes("test", (224, 320)):
        expected = boxes_from_instances(scene.instance_mask)
        assert np.abs(scene.boxes_xyxy - expected).max() <= 2


def test_scenes_have_no_equality_of_arrays():
    first, second = load_scenes("validation")[:2]
    assert first != second and first in [first]
    assert isinstance(first, Scene)


@pytest.mark.parametrize("split", ["valid", "all", None, ["train"]])
def test_unknown_split_is_named(split):
    message = "`split` must be one of 'train', 'validation', 'test'. Received: "
    with pytest.raises(ValueError, match=message):
        load_scenes(split)


@pytest.mark.parametrize("size", [448, (448,), (0, 10), (1.5, 2), "ab", None])
def test_bad_size_is_named(size):
    message = "`image_size` must be .height, width., two positive integers. Received: "
    with pytest.raises(ValueError, match=message):
        load_scenes("test", size)
