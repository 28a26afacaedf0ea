"""`utils.datasets`: the same elements from every source, and splits that stay."""

import os
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tiny_data import rows, write_flowers, write_pets
from utils.datasets import (
    PET_CLASSES,
    downloads,
    fingerprints,
    flowers_info,
    load_flowers,
    load_pets,
    pets_info,
    read_image,
)
from utils.datasets.pictures import read_pair
from utils.datasets.sources import choose_source
from utils.datasets.splits import divide


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    """Keeps the caller's settings and downloads out of the tests."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))


def test_an_element_is_a_picture_and_the_ids_of_its_pixels(tmp_path):
    folder = write_pets(tmp_path, train=1, test=1)
    image, mask = next(iter(load_pets("test", folder, (24, 32))))
    expected, ids = read_pair(
        folder / "images" / "pug_1.jpg", folder / "annotations/trimaps/pug_1.png"
    )
    np.testing.assert_allclose(image, expected / 255, atol=1e-6)
    np.testing.assert_array_equal(mask, ids - 1)  # a file's 1, 2, 3 become 0, 1, 2
    assert PET_CLASSES == ("pet", "background", "border")


@pytest.mark.parametrize("size", [(7, 5), (128, 128), (1, 1), (24, 33)])
def test_shapes_are_static_and_no_id_is_invented(tmp_path, size):
    dataset = load_pets("train", write_pets(tmp_path), size)
    assert dataset.element_spec == (
        tf.TensorSpec((*size, 3), tf.float32),
        tf.TensorSpec(size, tf.uint8),
    )
    for image, mask in dataset:
        assert 0 <= tf.reduce_min(image) and tf.reduce_max(image) <= 1
        assert set(np.unique(mask)) <= {0, 1, 2}


def test_a_mask_of_pet_and_border_gets_no_background_by_resizing(tmp_path):
    folder = write_pets(tmp_path, train=1, test=1)
    halves = np.repeat([[1, 3]], 24, axis=0).repeat(16, axis=1).astype(np.uint8)
    Image.fromarray(halves).save(folder / "annotations/trimaps/pug_1.png")
    for _, mask in load_pets("test", folder, (17, 15)):
        assert set(np.unique(mask)) == {0, 2}


def test_small_pictures_are_averages_not_samples(tmp_path):
    folder = write_flowers(tmp_path / "flowers", count=1)
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    for path in folder.glob("*/0.jpg"):
        Image.fromarray(stripes).save(path, "PNG")
    image, _ = next(iter(load_flowers("train", folder, (8, 8))))
    np.testing.assert_allclose(image, 0.5, atol=0.02)


def test_one_pixel_wide_pictures_are_resized(tmp_path):
    folder = write_flowers(tmp_path / "flowers", count=1)
    for path in folder.glob("*/0.jpg"):
        Image.new("RGB", (1, 40), "white").save(path)
    image, _ = next(iter(load_flowers("train", folder, (8, 8))))
    np.testing.assert_allclose(image, 1.0, atol=1e-6)


def test_sizes_and_order_are_known_and_stay(tmp_path):
    folder = write_pets(tmp_path, train=20, test=4)
    sizes = pets_info(folder).split_sizes
    assert sizes == {"train": 16, "validation": 4, "test": 4}
    for split, size in sizes.items():
        dataset = load_pets(split, folder, (8, 8))
        assert int(dataset.cardinality()) == size
        first, again = (
            [np.asarray(image) for image, _ in run] for run in (dataset, dataset)
        )
        assert len(first) == size
        np.testing.assert_array_equal(first, again)


def test_train_is_not_sorted_by_breed(tmp_path):
    folder = write_flowers(tmp_path / "flowers", count=20)
    labels = [int(label) for _, label in load_flowers("train", folder, (8, 8))]
    assert labels != sorted(labels)


def test_splits_share_no_picture_and_leave_none_out(tmp_path):
    folder = write_pets(tmp_path, train=20, test=4, lists=False)
    splits = {
        split: set(rows(load_pets(split, folder, (24, 32))))
        for split in ("train", "validation", "test")
    }
    assert {split: len(part) for split, part in splits.items()} == {
        "train": 15,
        "validation": 4,
        "test": 5,
    }
    assert len(set.union(*splits.values())) == 24


def test_a_picture_stays_in_its_split_when_others_come(tmp_path):
    names = np.array([f"pug_{k}" for k in range(200)])
    numbers = fingerprints(names).numpy()

    def validation(count):
        part, low, high = divide({"train": numbers[:count]})["validation"]
        chosen = (low <= numbers[:count]) & (numbers[:count] < high)
        return set(names[:count][chosen])

    few, more = validation(199), validation(200)
    assert len(few) == 32 and len(few - more) <= 2


def test_fingerprints_never_change():
    assert fingerprints(["Abyssinian_1", "강아지_1"]).numpy().tolist() == [
        1771251820139865481,
        3184373209709389256,
    ]


def test_a_folder_with_spaces_brackets_and_korean_letters_works(tmp_path):
    folder = write_pets(tmp_path / "과제 1 (copy) [x]" / "my*pets?")
    assert len(rows(load_pets("train", folder, (8, 8)))) == 6


def test_a_file_name_that_is_not_utf8_works(tmp_path):
    folder = write_pets(tmp_path, train=4, test=0, lists=False)
    for path in (*folder.rglob("pug_1.jpg"), *folder.rglob("pug_1.png")):
        latin = os.path.join(
            os.fsencode(path.parent), b"caf\xe9" + path.suffix.encode()
        )
        try:
            os.rename(path, latin)
        except OSError:
            pytest.skip("this file system stores UTF-8 names only")
    sizes = pets_info(folder).split_sizes
    for split, size in sizes.items():
        assert len(rows(load_pets(split, folder, (8, 8)))) == size
    assert sum(sizes.values()) == 4


def test_a_read_only_folder_works(tmp_path):
    folder = write_pets(tmp_path / "pets")
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert len(rows(load_pets("train", str(folder), (8, 8)))) == 6


def test_flowers_from_a_folder(tmp_path):
    folder = write_flowers(tmp_path / "flowers", count=10)
    info = flowers_info(folder)
    assert info.class_names == ("daisy", "roses", "tulips") and info.num_classes == 3
    assert info.split_sizes == {"train": 19, "validation": 5, "test": 6}
    pictures = {
        read_image(path).tobytes(): label
        for label, name in enumerate(info.class_names)
        for path in (folder / name).iterdir()
    }
    for image, label in load_flowers("validation", folder, (24, 32)):
        assert label.dtype == tf.int64
        assert pictures[np.uint8(np.round(image * 255)).tobytes()] == label


def test_a_bad_file_is_named_when_loading_not_when_iterating(tmp_path):
    folder = write_pets(tmp_path)
    (folder / "images" / "pug_1.jpg").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="pug_1.jpg"):
        load_pets("test", folder)


def test_a_file_that_breaks_later_is_still_named(tmp_path):
    folder = write_pets(tmp_path, train=2, test=1)
    dataset = load_pets("test", folder)
    (folder / "images" / "Bengal_2.jpg").write_bytes(b"damaged")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot read .*Bengal_2"):
        list(dataset)


def test_the_environment_chooses_unless_the_caller_does(tmp_path, monkeypatch):
    folder = str(write_pets(tmp_path / "pets"))
    assert choose_source("pets") == "sample"
    monkeypatch.setenv("COURSE_DATA", folder)
    assert choose_source("pets") == folder
    assert choose_source("pets", "sample") == "sample"
    monkeypatch.setenv("COURSE_DATA", "oxford")
    assert choose_source("flowers") == "tf_flowers"
    monkeypatch.setenv("COURSE_DATA", "")
    assert choose_source("flowers") == "sample"


def test_prepared_data_and_colab_change_the_default(tmp_path, monkeypatch):
    version = downloads.data_folder() / "oxford_iiit_pet" / "4.0.0"
    version.mkdir(parents=True)
    assert choose_source("pets") == "sample"  # begun, not finished
    (version / "dataset_info.json").touch()
    assert choose_source("pets") == "oxford"
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(downloads, "is_reachable", lambda name: True)
    assert choose_source("flowers") == "tf_flowers"


def test_colab_without_a_connection_says_so_and_uses_the_sample(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(downloads, "is_reachable", lambda name: False)
    with pytest.warns(UserWarning, match="does not answer: using the embedded sample"):
        assert choose_source("pets") == "sample"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("oxfrod", r"\"sample\", \"oxford\", .* Received: 'oxfrod'. Did you mean"),
        ("no/such/folder", "an existing folder. Received: 'no/such/folder'"),
        (7, "Received: 7"),
        (__file__, "That is a file: unpack it"),
    ],
)
def test_a_source_that_is_none_is_explained(source, message):
    with pytest.raises(ValueError, match=message):
        load_pets("train", source)


def test_a_mistake_in_the_environment_is_called_by_its_name(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "smaple")
    with pytest.raises(ValueError, match='COURSE_DATA must be .* mean "sample"'):
        load_flowers("train")


@pytest.mark.parametrize("load", [load_pets, load_flowers])
def test_an_unknown_split_or_size_is_explained(load):
    with pytest.raises(ValueError, match="`split` must be .* Received: 'valid'"):
        load("valid", "sample")
    for size in (128, (0, 3), (1.5, 2), (1, 2, 3), "ab", None):
        with pytest.raises(ValueError, match="`image_size` must be .* Received:"):
            load("train", "sample", size)


def test_an_empty_split_is_explained(tmp_path):
    folder = write_pets(tmp_path, train=1, test=1)
    with pytest.raises(ValueError, match="validation split .* is empty"):
        load_pets("validation", folder)


def test_the_info_is_one_line(tmp_path):
    line = str(pets_info(write_pets(tmp_path)))
    assert "6 train, 2 validation, 3 test" in line
    assert "COURSE_DATA" in line and "\n" not in line
