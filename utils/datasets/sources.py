"""Opening a source: what it holds, and its examples, still undecoded, by split."""

import difflib
import functools
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from utils.datasets import downloads
from utils.datasets.folders import read_flower_folder, read_pet_folder
from utils.datasets.sample import PET_CLASSES, verified_folder
from utils.datasets.splits import SPLITS, divide, fingerprints
from utils.session import in_colab

FULL = {"pets": "oxford", "flowers": "tf_flowers"}
TFDS_NAMES = {"pets": "oxford_iiit_pet", "flowers": "tf_flowers"}


def choose_source(name, source=None):
    """Returns "sample", "oxford" or "tf_flowers", or the path of an existing folder."""
    given = "`source`" if source is not None else "COURSE_DATA"
    source = source if source is not None else os.environ.get("COURSE_DATA") or None
    if source is None:
        return _default_source(name)
    if source in FULL.values():
        return FULL[name]
    if source == "sample":
        return source
    accepted = ("sample", *FULL.values())
    if isinstance(source, (str, os.PathLike)):
        path = Path(source).expanduser()
        if path.is_dir():
            return str(path)
        close = difflib.get_close_matches(str(source), accepted, 1)
        hint = f' Did you mean "{close[0]}"?' if close else ""
        hint = " That is a file: unpack it." if path.is_file() else hint
    else:
        hint = ""
    raise ValueError(
        f'{given} must be "sample", "oxford", "tf_flowers" or an existing folder. '
        f"Received: {source!r}.{hint} (Relative paths start from {Path.cwd()}.)"
    )


def _default_source(name):
    if downloads.is_prepared(TFDS_NAMES[name]):
        return FULL[name]
    if not in_colab():
        return "sample"
    return FULL[name] if _answers(name) else "sample"


@functools.lru_cache
def _answers(name):
    """Asks the server once in a program, so that all splits come from one source."""
    answers = downloads.is_reachable(TFDS_NAMES[name])
    if not answers:
        warnings.warn(
            f"The server of {FULL[name]} does not answer: using the embedded sample.",
            stacklevel=2,
        )
    return answers


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
    """Opens a data set from one of its sources."""
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
    """Opens the stored data set in `folder`, its files still undecoded."""
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


def breed_names(source=None):
    """Returns the breeds of the pictures that `load_pets` loads, in order of their ids.

    Args:
        source: As in `utils.datasets.load_pets`.

    Returns:
        Tuple of strings; without lists those in the files' names, alphabetically.

    Raises:
        ValueError: As `utils.datasets.load_pets`.

    Example:
    >>> breed_names("sample")[:3]
    ('tabby', 'siamese', 'persian')
    """
    opened = open_source("pets", source)
    if opened.info.breeds:
        return opened.info.breeds
    names = [_names(opened, split) for split in opened.datasets]
    return tuple(sorted(set().union(*names)))


def breed_ids(split, source=None):
    """Returns the breed of every picture of a split, in the order of `load_pets`.

    A pet's file is called after its breed and a number, such as "shiba_007.jpg".

    Args:
        split: "train", "validation" or "test".
        source: As in `utils.datasets.load_pets`.

    Returns:
        int64 array of shape (N,), places in `breed_names(source)`.

    Raises:
        ValueError: As `utils.datasets.load_pets`.

    Example:
    >>> ids = breed_ids("validation", "sample")
    >>> ids.shape, breed_names("sample")[ids[0]]
    ((48,), 'dalmatian')
    """
    ids = {name: number for number, name in enumerate(breed_names(source))}
    names = _names(open_source("pets", source), split)
    return np.array([ids[name] for name in names], np.int64)


def _names(opened, split):
    """Returns the breed in the name of every file of a split."""
    rows = opened.examples(split).map(lambda row: row["name"])
    stems = [Path(os.fsdecode(name)).stem for name in rows.as_numpy_iterator()]
    return [stem.rpartition("_")[0] or stem for stem in stems]
