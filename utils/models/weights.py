"""Where the weights of a MobileNetV2 encoder come from: one rule, one place."""

import functools
import os
import warnings
from pathlib import Path

import keras

from utils.datasets.sample import verified
from utils.session import in_colab

EMBEDDED_ALPHA = 0.35
EMBEDDED_FILE = "weights/encoder.weights.h5"
ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
IMAGENET_ADDRESS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
)


def imagenet_file(alpha=EMBEDDED_ALPHA):
    """Returns the path where Keras keeps the ImageNet weights it downloaded."""
    if alpha not in ALPHAS:
        raise ValueError(
            f"`alpha` must be one of {ALPHAS} for ImageNet weights. Received: {alpha}."
        )
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    stem = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels"
    return home / "models" / f"{stem}_{float(alpha)}_224_no_top.h5"


def default_weights(alpha=EMBEDDED_ALPHA):
    """Chooses the encoder weights for someone who did not."""
    chosen = os.environ.get("COURSE_WEIGHTS")
    if chosen:
        return chosen
    if imagenet_file(alpha).exists():
        return "imagenet"
    if in_colab() and _can_download(alpha):
        return "imagenet"
    return "embedded"


def weights_info(weights=None, alpha=EMBEDDED_ALPHA):
    """Describes in one line which encoder weights are used and how to switch.

    Args:
        weights: As for `load_encoder_weights`.
        alpha: Width multiplier of MobileNetV2.

    Returns:
        A string.

    Example:
    >>> print(weights_info("random"))
    Encoder: random weights, no pretraining. To switch, set COURSE_WEIGHTS to \
embedded, imagenet or a file.
    """
    weights = str(weights or default_weights(alpha))
    what = {
        "embedded": "embedded weights, pretrained on rendered pets and flowers",
        "imagenet": "ImageNet weights, pretrained on 1.3 million photographs",
        "random": "random weights, no pretraining",
    }.get(weights, f"weights from {Path(weights).name}")
    return (
        f"Encoder: {what}. To switch, set COURSE_WEIGHTS to "
        "embedded, imagenet or a file."
    )


def load_encoder_weights(network, weights=None, alpha=EMBEDDED_ALPHA):
    """Fills a MobileNetV2 without top with pretrained weights, in place."""
    weights = str(weights or default_weights(alpha))
    if weights == "random":
        return network
    if weights == "imagenet":
        file = _downloaded(imagenet_file(alpha))
    elif weights == "embedded":
        if alpha != EMBEDDED_ALPHA:
            raise ValueError(
                f"Embedded weights exist for `alpha={EMBEDDED_ALPHA}` only. "
                f'Received: alpha={alpha}. Use `alpha={EMBEDDED_ALPHA}`, "imagenet" '
                'or "random".'
            )
        file = verified(EMBEDDED_FILE)
    else:
        file = Path(weights).expanduser()
    if not file.is_file() or file.suffix not in (".h5", ".hdf5"):
        raise ValueError(
            '`weights` must be "imagenet", "embedded", "random" or the path of an '
            f".h5 file that exists. Received: {weights!r}. Check the spelling, or "
            "unset COURSE_WEIGHTS to use the weights that come with the course."
        )
    try:
        with warnings.catch_warnings(action="ignore"):
            network.load_weights(file)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            f"Expected a file of weights of MobileNetV2 with alpha={alpha} and no "
            f"top. Received: {file}, which does not fit or is damaged. Pass the "
            "`alpha` it was saved with, or delete it and download it again."
        ) from error
    return network


@functools.lru_cache
def _can_download(alpha):
    """Tries once in a program, so that every model gets the same weights."""
    try:
        _downloaded(imagenet_file(alpha))
    except ValueError as error:
        warnings.warn(f"{error} Using the embedded weights.", stacklevel=2)
        return False
    return True


def _downloaded(file):
    """Returns `file`, downloaded to where Keras looks for it if it is missing."""
    if file.exists():
        return file
    address = IMAGENET_ADDRESS + file.name
    try:
        return Path(
            keras.utils.get_file(
                file.name, address, cache_dir=file.parent.parent, cache_subdir="models"
            )
        )
    except Exception as error:  # get_file raises a bare Exception
        raise ValueError(
            f"Expected to download {address}. Received: {error}. Check the network "
            'and run the cell again, or use weights="embedded", which needs none.'
        ) from error
