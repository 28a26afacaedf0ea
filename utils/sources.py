"""Choosing where the examples come from: argument, environment, or what is there."""

import difflib
import functools
import os
import warnings
from pathlib import Path

from utils import downloads
from utils.session import in_colab

FULL = {"pets": "oxford", "flowers": "tf_flowers"}
TFDS_NAMES = {"pets": "oxford_iiit_pet", "flowers": "tf_flowers"}


def choose_source(name, source=None):
    """Returns "sample", "oxford" or "tf_flowers", or the path of an existing folder.

    Args:
        name: "pets" or "flowers".
        source: What the caller asked for. Where that is None, the environment
            variable `COURSE_DATA` counts; where it is not set, the full data set if
            it is prepared, or if in Colab and its server answers; else the sample.

    Raises:
        ValueError: If `source` is neither a known name nor a folder.

    Example:

    >>> choose_source("flowers", "oxford")
    'tf_flowers'
    """
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
