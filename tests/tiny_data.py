"""Tiny data sets for tests: folders in the layouts that the course reads."""

import numpy as np
from PIL import Image


def picture(seed, height=24, width=32):
    """A smooth coloured picture, different for each seed."""
    corners = np.random.default_rng(seed).integers(0, 255, (2, 2, 3), np.uint8)
    return Image.fromarray(corners).resize((width, height), Image.BILINEAR)


def trimap(seed, height=24, width=32):
    """A rectangle of pet with a border of two pixels on background."""
    rows, columns = np.mgrid[:height, :width]
    outside = np.maximum(abs(rows - height // 2 - seed % 3), abs(columns - width // 2))
    return np.where(outside < 5, 1, np.where(outside < 7, 3, 2)).astype(np.uint8)


def write_pets(folder, train=8, test=3, lists=True):
    """Writes a folder in the layout of Oxford-IIIT Pet, and returns its path."""
    for part in ("images", "annotations/trimaps", "annotations/xmls"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    lines = []
    for k in range(train + test):
        breed, ids = (("Bengal", "6 1 2"), ("pug", "26 2 16"))[k % 2]
        name = f"{breed}_{k}"
        picture(k).save(folder / "images" / f"{name}.jpg", quality=95)
        mask = Image.fromarray(trimap(k))
        mask.save(folder / "annotations" / "trimaps" / f"{name}.png")
        lines.append(f"{name} {ids}\n")
    if lists:
        annotations = folder / "annotations"
        (annotations / "trainval.txt").write_text("".join(lines[:train]))
        (annotations / "test.txt").write_text("".join(lines[train:]))
    return folder


def write_flowers(folder, names=("daisy", "roses", "tulips"), count=5):
    """Writes a folder with one folder a class, and returns its path."""
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for k in range(count):
            picture(100 * label + k).save(folder / name / f"{k}.jpg", quality=95)
    return folder


def rows(dataset):
    """The elements of a data set as bytes, sorted: equal for equal elements."""
    return sorted(
        b"".join(np.asarray(part).tobytes() for part in element) for element in dataset
    )
