"""The classes of the two data sets; their places in these tuples are their ids."""

PET_CLASSES = ("pet", "background", "border")
SPECIES = ("cat", "dog")
# Of the sample; a full data set or a folder says which are its own.
CATS = ("tabby", "siamese", "persian", "tuxedo")
DOGS = ("beagle", "dalmatian", "shiba", "retriever")
BREEDS = CATS + DOGS
FLOWER_CLASSES = ("dandelion", "daisy", "tulips", "sunflowers", "roses")


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
