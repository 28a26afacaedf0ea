"""The embedded sample: unchanged, featured as the originals, and rendered by `data`."""

import json
from collections import Counter
from io import BytesIO

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image
from tensorflow_datasets.core.utils import gcs_utils

from data import make
from data.builders import SPECIES
from utils.datasets import read_image, read_mask
from utils.datasets.sample import (
    BREEDS,
    DATA,
    checksums,
    sha256,
    verified,
    verified_folder,
)
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS

MEGABYTE = 10**6


def builder(name):
    return tfds.builder_from_directory(DATA / "sample" / name / "1.0.0")


@pytest.fixture(scope="module")
def stored():
    """Reads the examples of a data set by split, their files undecoded."""
    read = {}

    def examples(name):
        if name not in read:
            sample = builder(name)
            skip = {
                field: tfds.decode.SkipDecoding()
                for field, feature in sample.info.features.items()
                if isinstance(feature, tfds.features.Image)
            }
            read[name] = {
                split: list(tfds.as_numpy(sample.as_dataset(split, decoders=skip)))
                for split in sample.info.splits
            }
        return read[name]

    return examples


def test_every_embedded_file_is_listed_and_unchanged():
    files = {
        path.relative_to(DATA).as_posix(): sha256(path)
        for part in ("sample", "weights")
        for path in (DATA / part).rglob("*")
        if path.is_file()
    }
    assert files == checksums()


def test_the_embedded_files_are_small():
    def size(part):
        return sum(f.stat().st_size for f in (DATA / part).rglob("*") if f.is_file())

    assert size("sample") < 13 * MEGABYTE and size("weights") < 3 * MEGABYTE


def test_a_changed_file_is_named_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.datasets.sample.DATA", tmp_path)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "a.h5").write_text("new")
    (tmp_path / "checksums.txt").write_text("00  weights/a.h5\n00  weights/b.h5\n")
    with pytest.raises(ValueError, match="a.h5 is not the file .*git checkout data"):
        verified("weights/a.h5")
    with pytest.raises(ValueError, match="b.h5 is missing from .*git checkout data"):
        verified("weights/b.h5")
    with pytest.raises(ValueError, match="sample/pets is missing"):
        verified_folder("sample/pets")


@pytest.mark.parametrize(
    ("name", "original", "version", "ours", "labels"),
    [
        ("pets", "oxford_iiit_pet", "4.0.0", {"instance_mask"}, BREEDS),
        ("flowers", "tf_flowers", "3.0.1", set(), FLOWERS),
    ],
)
def test_features_are_those_of_the_original(
    tmp_path, monkeypatch, name, original, version, ours, labels
):
    monkeypatch.setattr(gcs_utils, "gcs_dataset_info_files", lambda *_: [])
    theirs = tfds.builder(f"{original}:{version}", data_dir=tmp_path).info
    features = builder(name).info.features
    assert set(features) == set(theirs.features) | ours
    for field, feature in theirs.features.items():
        if field == "label":
            assert isinstance(features[field], type(feature))
        else:
            assert features[field].to_json() == feature.to_json()
    assert tuple(features["label"].names) == labels
    assert builder(name).info.supervised_keys == theirs.supervised_keys
    if name == "flowers":
        assert features["label"].names == theirs.features["label"].names


def test_splits_hold_all_classes_evenly(stored):
    for split, count in (("train", 30), ("test", 10)):
        pets = stored("pets")[split]
        assert Counter(int(pet["label"]) for pet in pets) == dict.fromkeys(
            range(len(BREEDS)), count
        )
        species = {(int(pet["label"]), int(pet["species"])) for pet in pets}
        assert species == {(k, k // 4) for k in range(8)} and SPECIES == ("Cat", "Dog")
    (flowers,) = stored("flowers").values()
    assert Counter(int(flower["label"]) for flower in flowers) == dict.fromkeys(
        range(len(FLOWERS)), 60
    )
    assert {split: len(scenes) for split, scenes in stored("scenes").items()} == {
        "train": 20,
        "test": 8,
    }


@pytest.mark.parametrize("name", ["pets", "flowers", "scenes"])
def test_pictures_are_small_jpeg_files(stored, name):
    for examples in stored(name).values():
        for example in examples:
            assert example["image"][:2] == b"\xff\xd8"
            assert len(example["image"]) <= make.LARGEST_JPEG[name]


def test_masks_and_head_boxes_of_pets_fit_each_other(stored):
    for pet in (*stored("pets")["train"][::8], *stored("pets")["test"][::8]):
        trimap = read_mask(pet["segmentation_mask"])
        animal = np.asarray(Image.open(BytesIO(pet["instance_mask"])))
        assert trimap.shape == animal.shape == read_image(pet["image"]).shape[:2]
        assert set(np.unique(animal)) == {0, 1}
        assert animal[trimap == 1].all() and not animal[trimap == 2].any()
        ymin, xmin, ymax, xmax = pet["head_bbox"]
        assert 0 <= ymin < ymax <= 1 and 0 <= xmin < xmax <= 1


def test_boxes_of_scenes_enclose_their_instances(stored):
    for scene in (*stored("scenes")["train"], *stored("scenes")["test"]):
        instances = np.asarray(Image.open(BytesIO(scene["instance_mask"])))
        assert instances.shape == (448, 448) and set(np.unique(instances)) == {0, 1, 2}
        assert sorted(scene["objects"]["species"]) == [0, 1]
        for k, box in enumerate(scene["objects"]["bbox"], start=1):
            rows, columns = np.nonzero(instances == k)
            low, high = (rows.min(), columns.min()), (rows.max() + 1, columns.max() + 1)
            np.testing.assert_allclose(box * 448, [*low, *high], atol=1e-3)


def difference(example, other, field):
    """Mean difference of two examples' pictures or masks, in grey levels or ids."""
    arrays = [
        np.asarray(Image.open(BytesIO(one[field])), float) for one in (example, other)
    ]
    assert arrays[0].shape == arrays[1].shape
    return abs(arrays[0] - arrays[1]).mean()


@pytest.mark.parametrize("index", [5])
def test_a_pet_is_rendered_again_as_stored(stored, index):
    split, file_name, example = make.pet(index)
    (pet,) = [p for p in stored("pets")[split] if p["file_name"].decode() == file_name]
    assert difference(pet, example, "image") < 3
    assert difference(pet, example, "segmentation_mask") < 0.01
    np.testing.assert_allclose(pet["head_bbox"], example["head_bbox"], atol=0.01)


@pytest.mark.parametrize("index", [2])
def test_a_flower_is_rendered_again_as_stored(stored, index):
    split, _, example = make.flower(index)
    size = Image.open(BytesIO(example["image"])).size
    candidates = [
        difference(flower, example, "image")
        for flower in stored("flowers")[split]
        if Image.open(BytesIO(flower["image"])).size == size
    ]
    assert min(candidates) < 3


def test_a_scene_is_rendered_again_as_stored(stored):
    from data.render.pets import pets

    small = pets.pair(make.FIRST_SEED["scenes"], side=112, supersampling=1)
    (scene,) = [
        s for s in stored("scenes")["train"] if s["file_name"] == b"scene_001.jpg"
    ]
    picture = Image.fromarray(read_image(scene["image"])).reduce(4)
    assert abs(np.asarray(picture, float) - small.image).mean() < 12
    boxes = np.array([small.boxes["cat"], small.boxes["dog"]])[:, [1, 0, 3, 2]] / 112
    np.testing.assert_allclose(scene["objects"]["bbox"], boxes, atol=0.03)


def test_storing_twice_gives_the_same_bytes(tmp_path, monkeypatch):
    examples = {"train": {f"daisy/{k}": flower_of(k) for k in range(20)}}
    for run in ("a", "b"):
        (tmp_path / run / "sample").mkdir(parents=True)
        make.store("flowers", examples, tmp_path / run / "sample")
        make.write_checksums(tmp_path / run)
    first, second = (tmp_path / run / "checksums.txt" for run in ("a", "b"))
    assert first.read_text() == second.read_text() and first.read_text()
    info = json.loads(next(tmp_path.glob("a/**/dataset_info.json")).read_text())
    assert str(tmp_path) not in json.dumps(info)


def flower_of(k):
    image = np.full((8, 8, 3), 10 * k, np.uint8)
    return {"image": make.jpeg(image, 1000), "label": "daisy"}


def test_a_picture_that_is_too_large_is_compressed_more():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    large, small = make.jpeg(noise, 10**6), make.jpeg(noise, 3000)
    assert len(small) <= 3000 < len(large)


def test_seeds_of_the_sample_and_of_the_pretraining_are_apart():
    seeds = [
        range(first, first + make.COUNT[name])
        for name, first in make.FIRST_SEED.items()
    ]
    assert max(part.stop for part in seeds) <= 1_000_000
    assert all(a.stop <= b.start for a, b in zip(seeds, seeds[1:], strict=False))
