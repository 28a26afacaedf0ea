"""The embedded sample: its classes, and its files, verified before they are used."""

import hashlib
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


def sha256(path):
    """Returns the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums():
    """Reads `data/checksums.txt`, which has the format of the program sha256sum."""
    lines = (DATA / "checksums.txt").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def verified(name):
    """Returns the path of an embedded file whose content is as published."""
    path, digest = DATA / name, checksums().get(name)
    if digest is None or not path.is_file() or sha256(path) != digest:
        state = "is not the file of" if path.is_file() else "is missing from"
        raise ValueError(
            f"{path} {state} this version of the course (see data/checksums.txt). "
            "Restore it with `git checkout data`, or make the data anew with "
            "`make data`."
        )
    return path


def verified_folder(name):
    """Returns the path of an embedded folder whose files are all as published."""
    files = [file for file in checksums() if file.startswith(f"{name}/")]
    for file in files or [name]:
        verified(file)
    return DATA / name


PET_CLASSES = ("pet", "background", "border")
SPECIES = ("cat", "dog")
# Of the sample; a full data set or a folder says which are its own.
CATS = ("tabby", "siamese", "persian", "tuxedo")
DOGS = ("beagle", "dalmatian", "shiba", "retriever")
BREEDS = CATS + DOGS
FLOWER_CLASSES = ("dandelion", "daisy", "tulips", "sunflowers", "roses")


def species_groups(breeds):
    """Sorts breeds by species.

    In the Oxford-IIIT Pet data set, names of cat breeds begin with a capital letter and
    names of dog breeds with a small one. The breeds of the sample are known.

    Args:
        breeds: Iterable of names.

    Returns:
        Dict "cat" and "dog" -> tuple of names, either may be empty.

    Example:
    >>> species_groups(("Bengal", "american_bulldog", "tabby", "shiba"))
    {'cat': ('Bengal', 'tabby'), 'dog': ('american_bulldog', 'shiba')}

    Reference:
        Parkhi, Vedaldi, Zisserman and Jawahar (2012), doi:10.1109/CVPR.2012.6248092.
    """
    breeds = tuple(breeds)
    cats = {name for name in breeds if name in CATS or name[:1].isupper()} - {*DOGS}
    return {
        "cat": tuple(name for name in breeds if name in cats),
        "dog": tuple(name for name in breeds if name not in cats),
    }
