"""Renders the sample data: `python -m data.make`, or `make data`.

Writes three TensorFlow Datasets folders under `data/sample/` and the SHA-256 of
every embedded file to `data/checksums.txt`. The same code on the same machine
gives the same bytes. Seeds of the sample are below 1,000,000; pictures for the
pretraining of the encoder use seeds from 1,000,000 on, so none is seen twice.
"""

import argparse
import hashlib
import io
import multiprocessing
import shutil
import tempfile
from collections import namedtuple
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from utils.datasets import species_groups
from utils.datasets.sample import BREEDS
from utils.datasets.sample import FLOWER_CLASSES as FLOWERS

DATA = Path(__file__).resolve().parent
FIRST_SEED = {"pets": 0, "flowers": 100_000, "scenes": 200_000}
COUNT = {"pets": 320, "flowers": 300, "scenes": 28}
TRAIN_PETS_OF_A_BREED = 30
TRAIN_SCENES = 20
Box = namedtuple("Box", "ymin xmin ymax xmax")
LARGEST_JPEG = {"pets": 20_000, "flowers": 20_000, "scenes": 60_000}


def jpeg(image, largest):
    """Encodes `image` with the best quality from 90 down that fits `largest` bytes."""
    for quality in range(90, 50, -4):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= largest:
            break
    return file.getvalue()


def png(mask):
    """Encodes a mask (H, W) of small integers as a PNG file's bytes."""
    file = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8)).save(file, "PNG", optimize=True)
    return file.getvalue()


def relative(box, image):
    """Turns (left, top, right, bottom) in pixels into shares of the sides."""
    height, width = image.shape[:2]
    left, top, right, bottom = box
    return Box(top / height, left / width, bottom / height, right / width)


def species_of(breed):
    return "Cat" if breed in species_groups(BREEDS)["cat"] else "Dog"


def pet(index):
    """Renders pet `index`: its split, its key and its features."""
    from data.render.pets import pets

    breed, number = BREEDS[index % len(BREEDS)], index // len(BREEDS) + 1
    picture = pets.picture(FIRST_SEED["pets"] + index, breed=breed)
    file_name = f"{breed}_{number:03d}.jpg"
    example = {
        "image": jpeg(picture.image, LARGEST_JPEG["pets"]),
        "label": breed,
        "species": species_of(breed),
        "file_name": file_name,
        "segmentation_mask": png(picture.trimap),
        "head_bbox": relative(picture.head_box, picture.image),
        "instance_mask": png(picture.mask),
    }
    return "train" if number <= TRAIN_PETS_OF_A_BREED else "test", file_name, example


def flower(index):
    """Renders flower `index`: its split, its key and its features."""
    from data.render.flowers import flowers

    kind, number = FLOWERS[index % len(FLOWERS)], index // len(FLOWERS) + 1
    image = flowers.picture(FIRST_SEED["flowers"] + index, kind).image
    example = {"image": jpeg(image, LARGEST_JPEG["flowers"]), "label": kind}
    return "train", f"{kind}/{number:03d}.jpg", example


def scene(index):
    """Renders scene `index`: its split, its key and its features."""
    from data.render.pets import pets

    picture = pets.pair(FIRST_SEED["scenes"] + index)
    file_name, instance_mask, objects = f"scene_{index + 1:03d}.jpg", 0, []
    for number, species in enumerate(sorted(picture.masks), start=1):
        instance_mask = np.where(picture.masks[species], number, instance_mask)
        breed = picture.breeds[species]
        objects.append(
            {
                "bbox": relative(picture.boxes[species], picture.image),
                "head_bbox": relative(picture.head_boxes[species], picture.image),
                "species": species_of(breed),
                "label": breed,
            }
        )
    example = {
        "image": jpeg(picture.image, LARGEST_JPEG["scenes"]),
        "file_name": file_name,
        "objects": objects,
        "instance_mask": png(instance_mask),
    }
    return "train" if index < TRAIN_SCENES else "test", file_name, example


RENDER = {"pets": pet, "flowers": flower, "scenes": scene}


def render(name, workers=2):
    """Renders data set `name`: a dict split -> {key: example}."""
    examples = {}
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        rendered = pool.imap(RENDER[name], range(COUNT[name]))
        for split, key, example in tqdm(rendered, name, COUNT[name], unit="picture"):
            examples.setdefault(split, {})[key] = example
    return examples


def store(name, examples, folder):
    """Writes `examples` as TensorFlow data set `name` in `folder`, replacing it."""
    from data.builders import BUILDERS  # imports TensorFlow, which no worker needs

    with tempfile.TemporaryDirectory() as scratch:
        BUILDERS[name](examples, data_dir=scratch).download_and_prepare()
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.move(Path(scratch) / name, folder / name)


def write_checksums(data=DATA):
    """Writes the SHA-256 of every embedded file to `checksums.txt`."""
    files = sorted(
        path
        for part in ("sample", "weights")
        for path in (data / part).rglob("*")
        if path.is_file()
    )
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    names = [path.relative_to(data).as_posix() for path in files]
    lines = [f"{total}  {name}\n" for total, name in zip(sums, names, strict=True)]
    (data / "checksums.txt").write_text("".join(lines), encoding="utf-8", newline="\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m data.make", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=RENDER, default=list(RENDER))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--data", type=Path, default=DATA, help="where to write")
    options = parser.parse_args(arguments)
    (options.data / "sample").mkdir(parents=True, exist_ok=True)
    for name in options.only:
        store(name, render(name, options.workers), options.data / "sample")
    write_checksums(options.data)


if __name__ == "__main__":
    main()
