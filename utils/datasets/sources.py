"""Opening a source: what it holds, and its examples, still undecoded, by split."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from utils import downloads
from utils.files import verified_folder
from utils.folders import read_flower_folder, read_pet_folder
from utils.sources import FULL, TFDS_NAMES, choose_source
from utils.splits import SPLITS, divide, fingerprints

PET_CLASSES = ("pet", "background", "border")


@dataclass(frozen=True)
class DatasetInfo:
    """What a data set holds. `str(info)` is the line to print before using it.

    Attributes:
        name: "pets" or "flowers".
        source: "sample", "oxford", "tf_flowers" or the path of a folder.
        class_names: What is predicted, in the order of the ids: for pets the classes
            of a pixel, for flowers those of a picture.
        split_sizes: Dict "train", "validation", "test" -> number of pictures.
        breeds: For pets, names in the order of the data set's ids; empty for a
            folder whose lists do not give them.
        species: For pets, ("Cat", "Dog"); empty where `breeds` is.
    """

    name: str
    source: str
    class_names: tuple
    split_sizes: dict
    breeds: tuple = ()
    species: tuple = ()

    @property
    def num_classes(self):
        """The number of `class_names`."""
        return len(self.class_names)

    def __str__(self):
        sizes = ", ".join(f"{n} {split}" for split, n in self.split_sizes.items())
        others = [name for name in ("sample", FULL[self.name]) if name != self.source]
        others = " or ".join(f'"{name}"' for name in others)
        return (
            f"{self.name} from {self.source}: {sizes} pictures. "
            f"To switch, pass source={others} or a folder, or set COURSE_DATA."
        )


@dataclass(frozen=True)
class Source:
    """An opened source: what it holds, and its undecoded examples by split."""

    info: DatasetInfo
    datasets: dict

    def examples(self, split):
        """Returns the `tf.data.Dataset` of a split, its files as bytes."""
        if not self.info.split_sizes[split]:
            raise ValueError(
                f"The {split} split of {self.info.source} is empty: "
                "there are too few pictures to set some apart. Add more."
            )
        return self.datasets[split]


def open_source(name, source=None):
    """Opens a data set from one of its sources.

    Args:
        name: "pets" or "flowers".
        source: As in `load_pets`.

    Returns:
        A `Source`.

    Example:

    >>> open_source("flowers", "sample").info.num_classes
    5
    """
    source = choose_source(name, source)
    if source == "sample":
        folder = verified_folder(f"sample/{name}/1.0.0")
        numbers, part_of, class_names = _open_stored(name, folder)
    elif source == FULL[name]:
        folder = Path(downloads.prepared(TFDS_NAMES[name]).data_path)
        numbers, part_of, class_names = _open_stored(name, folder)
    elif name == "pets":
        numbers, part_of, class_names = _open_pet_folder(Path(source))
    else:
        numbers, part_of, class_names = _open_flower_folder(Path(source))
    bounds = divide(numbers)
    sizes = {
        split: int(_inside(numbers[part], low, high).sum())
        for split, (part, low, high) in bounds.items()
    }
    datasets = {split: part_of(*bounds[split]) for split in SPLITS if sizes[split]}
    return Source(DatasetInfo(name, source, split_sizes=sizes, **class_names), datasets)


def _inside(numbers, low, high):
    return (low <= numbers) & (numbers < high)


def _open_stored(name, folder):
    """Opens a TensorFlow data set: fingerprints, `part_of` and class names."""
    stamp = (folder / "dataset_info.json").stat().st_mtime_ns
    numbers = _stored_numbers(name, folder, stamp)
    parts, features = stored_parts(folder)

    def part_of(part, low, high):
        count = int(_inside(numbers[part], low, high).sum())
        dataset = parts[part].filter(lambda row: _inside(_number(name, row), low, high))
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(count))
        return dataset.map(_pet if name == "pets" else _flower)

    labels = tuple(features["label"].names)
    if name == "flowers":
        return numbers, part_of, {"class_names": labels}
    species = tuple(features["species"].names)
    names = {"class_names": PET_CLASSES, "breeds": labels, "species": species}
    return numbers, part_of, names


def stored_parts(folder):
    """Opens the stored data set in `folder`, its files still undecoded.

    Args:
        folder: Path of a data set that TensorFlow Datasets has prepared.

    Returns:
        Dict "train", "test" -> `tf.data.Dataset` in the stored order, and the
        features that `tensorflow_datasets` describes it by.

    Example:

    >>> parts, features = stored_parts(verified_folder("sample/scenes/1.0.0"))
    >>> sorted(parts), "bbox" in features["objects"].feature
    (['test', 'train'], True)
    """
    builder = tfds.builder_from_directory(folder)
    decoders = {
        field: tfds.decode.SkipDecoding()
        for field, feature in builder.info.features.items()
        if isinstance(feature, tfds.features.Image)
    }
    config = tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1)
    parts = {
        part: builder.as_dataset(
            split=part, decoders=decoders, read_config=config, shuffle_files=False
        )
        for part in ("train", "test")
        if part in builder.info.splits
    }
    return parts, builder.info.features


@functools.lru_cache(maxsize=8)
def _stored_numbers(name, folder, stamp):
    """Returns a dict part -> fingerprints, for which all data are read once."""
    parts, _ = stored_parts(folder)
    try:
        return {
            part: np.array([*dataset.map(lambda row: _number(name, row))], np.int64)
            for part, dataset in parts.items()
        }
    except (tf.errors.DataLossError, tf.errors.NotFoundError) as error:
        raise ValueError(
            f"The data set in {folder} is damaged: {error.message}. Delete that folder "
            "and load again: it is prepared anew."
        ) from error


def _number(name, row):
    """Returns a pet's number by its file's name, a flower's by its file's bytes."""
    if name == "flowers":  # tf_flowers does not store the names
        return fingerprints(row["image"])
    return fingerprints(tf.strings.regex_replace(row["file_name"], r"\.[^.]*$", ""))


def _pet(row):
    """Gives the fields of a stored pet the names that folders use."""
    mask = row["segmentation_mask"]
    return {"name": row["file_name"], "image": row["image"], "target": mask}


def _flower(row):
    """Gives the fields of a stored flower the names that folders use."""
    name = tf.strings.format("a picture of class {}", row["label"])
    return {"name": name, "image": row["image"], "target": row["label"]}


def _open_pet_folder(folder):
    """Opens a folder of pets: fingerprints, `part_of` and class names."""
    parts, breeds, species = read_pet_folder(folder)
    numbers = {
        part: fingerprints([os.fsencode(row.name) for row in examples]).numpy()
        for part, examples in parts.items()
    }
    names = {"class_names": PET_CLASSES, "breeds": breeds, "species": species}
    return numbers, _part_of_folder(parts, numbers), names


def _open_flower_folder(folder):
    """Opens a folder of flowers: fingerprints, `part_of` and class names."""
    examples, class_names = read_flower_folder(folder)
    paths = [os.fsencode(example.image) for example in examples]
    contents = tf.data.Dataset.from_tensor_slices(paths).map(tf.io.read_file)
    numbers = {"train": np.array([*contents.map(fingerprints)], np.int64)}
    part_of = _part_of_folder({"train": examples}, numbers)
    return numbers, part_of, {"class_names": class_names}


def _part_of_folder(parts, numbers):
    """Returns `part_of` for lists of examples, ordered by their fingerprints."""

    def read(row):
        target = row["target"]
        if target.dtype == tf.string:
            target = tf.io.read_file(target)
        return {**row, "image": tf.io.read_file(row["image"]), "target": target}

    def part_of(part, low, high):
        order = np.argsort(numbers[part], kind="stable")
        examples = [
            parts[part][k] for k in order[_inside(numbers[part][order], low, high)]
        ]
        images = [os.fsencode(example.image) for example in examples]
        targets = [example.target for example in examples]
        if isinstance(targets[0], Path):
            targets = [os.fsencode(path) for path in targets]
        else:
            targets = np.array(targets, np.int64)
        rows = {"name": images, "image": images, "target": targets}
        return tf.data.Dataset.from_tensor_slices(rows).map(read)

    return part_of
