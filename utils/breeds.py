"""The breed of every pet, and which breeds are cats and which are dogs."""

import os
from pathlib import Path

import numpy as np

from utils.examples import open_source
from utils.scenes import CATS, DOGS


def breed_names(source=None):
    """Returns the breeds of the pictures that `load_pets` loads, in order of their ids.

    Args:
        source: As in `utils.datasets.load_pets`.

    Returns:
        Tuple of strings. A folder without lists of names gets those in its files'
        names, in alphabetical order.

    Raises:
        ValueError: As `utils.datasets.load_pets`.

    Example:

    >>> breed_names("sample")[:3]
    ('tabby', 'siamese', 'persian')

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
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

    Reference:
        Used in `notebooks/11_sliding_window.ipynb`.
    """
    ids = {name: number for number, name in enumerate(breed_names(source))}
    names = _names(open_source("pets", source), split)
    return np.array([ids[name] for name in names], np.int64)


def species_groups(breeds):
    """Sorts breeds by species.

    In the Oxford-IIIT Pet data set, names of cat breeds begin with a capital letter
    and names of dog breeds with a small one. The breeds of the course's sample are
    known.

    Args:
        breeds: Iterable of names.

    Returns:
        Dict "cat" and "dog" -> tuple of names, either may be empty.

    Example:

    >>> species_groups(("Bengal", "american_bulldog", "tabby", "shiba"))
    {'cat': ('Bengal', 'tabby'), 'dog': ('american_bulldog', 'shiba')}

    Reference:
        Parkhi, Vedaldi, Zisserman and Jawahar (2012), Cats and dogs,
        doi:10.1109/CVPR.2012.6248092. Used in `notebooks/11_sliding_window.ipynb`.
    """
    breeds = tuple(breeds)
    cats = {name for name in breeds if name in CATS or name[:1].isupper()} - {*DOGS}
    return {
        "cat": tuple(name for name in breeds if name in cats),
        "dog": tuple(name for name in breeds if name not in cats),
    }


def _names(opened, split):
    """Returns the breed in the name of every file of a split."""
    rows = opened.examples(split).map(lambda row: row["name"])
    stems = [Path(os.fsdecode(name)).stem for name in rows.as_numpy_iterator()]
    return [stem.rpartition("_")[0] or stem for stem in stems]
