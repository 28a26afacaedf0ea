"""Measures the embedded data and weights against the gates they must pass.

    python -m data.report

prints one line per gate and writes contact sheets to build/. A gate is a claim of
`data/README.md`; `tests/data/test_data.py` holds the same functions to the same limits.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from utils.session import start

start()

import keras
import numpy as np
import tensorflow_datasets as tfds
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from utils.models import mobilenet_v2

DATA = Path(__file__).resolve().parent
REAL_SHARES = {"pet": 0.27, "background": 0.61, "border": 0.12}
MARGIN = 0.06
MOST_COLOUR_IOU = 0.5
LEAST_ACCURACY = {"pets": 0.80, "flowers": 0.75}
LEAST_GAIN = 0.25


def examples(name, split):
    """Reads one embedded data set: a list of feature dictionaries of NumPy arrays."""
    builder = tfds.builder_from_directory(DATA / "sample" / name / "1.0.0")
    return list(tfds.as_numpy(builder.as_dataset(split=split)))


def pixel_shares(pets):
    """Mean share of pet, background and border pixels (a picture counts once).

    >>> trimap = np.array([[1, 2], [3, 3]], np.uint8)[..., None]
    >>> pixel_shares([{"segmentation_mask": trimap}])
    {'pet': 0.25, 'background': 0.25, 'border': 0.5}
    """
    shares = [
        np.bincount(pet["segmentation_mask"].ravel(), minlength=4)[1:]
        / pet["segmentation_mask"].size
        for pet in pets
    ]
    return dict(zip(REAL_SHARES, np.mean(shares, 0).tolist(), strict=True))


def colour_iou(pet, side=32):
    """IoU of the pet with the better of two colour clusters of its own picture.

    A data set on which this is high could be segmented by colour alone.

    Args:
        pet: Dictionary with `image` (H, W, 3) uint8 and `segmentation_mask` (H, W, 1)
            uint8 with ids 1, 2, 3; border pixels are left out.
        side: Both are reduced to `side` by `side` pixels first.

    Returns:
        IoU in [0, 1], the higher of the two ways to name the clusters.
    """
    image = Image.fromarray(pet["image"]).resize((side, side), Image.Resampling.BOX)
    trimap = Image.fromarray(pet["segmentation_mask"][..., 0])
    trimap = np.asarray(trimap.resize((side, side), Image.Resampling.NEAREST)).ravel()
    cluster = KMeans(2, n_init=3, random_state=0).fit_predict(
        np.asarray(image, float).reshape(-1, 3)
    )
    labelled = trimap != 3
    true = trimap[labelled] == 1
    guesses = (cluster[labelled] == k for k in (0, 1))
    return max((true & guess).sum() / (true | guess).sum() for guess in guesses)


def features(images, weights):
    """Globally averaged encoder features (N, 1280) of uint8 pictures of any size."""
    keras.utils.set_random_seed(0)
    network = mobilenet_v2((128, 128), weights)
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    model = keras.Model(network.input, pooled)
    batch = [
        Image.fromarray(image).resize((128, 128), Image.Resampling.BILINEAR)
        for image in images
    ]
    return model.predict(np.stack(batch) / np.float32(255), verbose=0)


def probe(name, weights):
    """Test accuracy of a linear classifier on frozen features.

    Args:
        name: `"pets"` (label: breed) or `"flowers"`.
        weights: `"embedded"`, `"random"` or a path.

    Returns:
        Accuracy in [0, 1] on the test pictures; the classifier is fitted on all
        others. Flowers, which have no test split, give every fourth picture.
    """
    if name == "pets":
        train, test = examples(name, "train"), examples(name, "test")
    else:
        pictures = examples(name, "train")
        test = pictures[::4]
        train = [pictures[i] for i in range(len(pictures)) if i % 4]
    fit, score = (
        (features([e["image"] for e in part], weights), [e["label"] for e in part])
        for part in (train, test)
    )
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    return classifier.fit(*fit).score(*score)


def contact_sheet(images, columns=8, side=128):
    """Pictures fitted into squares of `side` pixels, in rows; uint8 (H, W, 3)."""
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side), "white")
    for i, image in enumerate(images):
        small = Image.fromarray(image)
        small.thumbnail((side, side))
        left = (i % columns) * side + (side - small.width) // 2
        top = (i // columns) * side + (side - small.height) // 2
        sheet.paste(small, (left, top))
    return np.asarray(sheet)


def gates():
    """Measures every gate: a list of (what, value, whether it is passed)."""
    pets = examples("pets", "train+test")
    measured = [
        (f"share of {name} pixels", share, abs(share - REAL_SHARES[name]) < MARGIN)
        for name, share in pixel_shares(pets).items()
    ]
    iou = np.mean([colour_iou(pet) for pet in pets])
    measured.append(("pet IoU of two colour clusters", iou, iou < MOST_COLOUR_IOU))
    for name, least in LEAST_ACCURACY.items():
        embedded, random = probe(name, "embedded"), probe(name, "random")
        gain = embedded - random
        measured += [
            (f"{name}, accuracy of a linear probe", embedded, embedded >= least),
            (f"{name}, gain over random weights", gain, gain >= LEAST_GAIN),
        ]
    return measured


def write_contact_sheets(folder):
    """Writes 48 pets (breeds in columns), 48 flowers and all scenes to `folder`."""
    pets, flowers = examples("pets", "train+test"), examples("flowers", "train")
    pets.sort(key=lambda pet: (pet["file_name"][-7:], pet["label"]))
    folder.mkdir(exist_ok=True)
    for name, pictures in (
        ("pets", pets[:48]),
        ("flowers", flowers[:48]),
        ("scenes", examples("scenes", "all")),
    ):
        path = folder / f"contact_{name}.png"
        Image.fromarray(contact_sheet([p["image"] for p in pictures])).save(path)
        print(f"{len(pictures)} pictures in {path}")


def main():
    measured = gates()
    for what, value, passed in measured:
        print(f"{what:36s} {value:6.3f}  {'ok' if passed else 'FAILED'}")
    write_contact_sheets(Path("build"))
    return all(passed for _, _, passed in measured)


if __name__ == "__main__":
    sys.exit(not main())
