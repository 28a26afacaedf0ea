"""The first and the last cell of every notebook: a quiet start, the quiz."""

import contextlib
import gc
import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

__all__ = ["show_quiz", "start"]

REPOSITORY = Path(__file__).resolve().parents[1]
# What Colab brings and other packages of Colab's depend on: never replaced.
KEPT = ("tensorflow", "keras", "numpy")
# Colab serves notebooks itself; nobody tests them there.
NOT_FOR_COLAB = ("jupyter", "pytest", "nbval")


def start():
    """Imports TensorFlow without its start-up log; in Colab, completes the set-up.

    TensorFlow writes about CUDA, oneDNN and processor features to the standard
    error of the process, most of it before it reads its own log level, and warns when
    a notebook builds several models. Python's own warnings, and errors, stay visible.

    Example:
    >>> start()
    """
    if in_colab():
        os.chdir(REPOSITORY / "notebooks")
        install(missing_requirements())
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with silent_process():
        importlib.import_module("tensorflow")
    # That several models are traced anew is no news, but a page of red text. (A filter,
    # because TensorFlow sets the level of its logger later, when it first logs.)
    logging.getLogger("tensorflow").addFilter(is_error)
    # What is imported stays: without it the garbage collector has less to look through,
    # and a model's first training step, which makes many small objects, comes sooner.
    gc.freeze()


def is_error(record):
    """Returns whether a log record is an error or worse."""
    return record.levelno >= logging.ERROR


def in_colab():
    """Returns whether the notebook runs in Google Colab."""
    return "google.colab" in sys.modules  # the set-up cell imports it


@contextlib.contextmanager
def silent_process():
    """Discards what compiled code writes to standard error meanwhile."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def missing_requirements(path=REPOSITORY / "requirements.txt"):
    """Lists the requirements that Colab does not meet, but for servers and tests."""
    from packaging.requirements import Requirement

    missing = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if not line:
            continue
        requirement = Requirement(line)
        if requirement.name in NOT_FOR_COLAB:
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            missing.append(line)
        else:
            met = requirement.specifier.contains(installed, prereleases=True)
            if not met and requirement.name not in KEPT:
                missing.append(line)
    return missing


def install(requirements):
    """Installs packages with pip and keeps TensorFlow, Keras and NumPy as they are."""
    if not requirements:
        return
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        installed = [name for name in KEPT if find_spec(name)]
        constraints.write_text(
            "".join(f"{name}=={version(name)}\n" for name in installed)
        )
        command = [sys.executable, "-m", "pip", "install", "--quiet"]
        command += ["--constraint", str(constraints), *requirements]
        run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"Could not install {', '.join(requirements)}: {reason}")
    importlib.invalidate_caches()


def show_quiz(lesson):
    """Shows a lesson's quiz below the cell.

    Args:
        lesson: Name of the lesson, such as "06_pets_mobilenet_unet".

    Raises:
        ValueError: If there is no such lesson.

    Example:
    >>> show_quiz("99_nothing")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ValueError: `lesson` must be one of those that have a quiz.
    """
    path = REPOSITORY / "lessons" / lesson / "quiz.json"
    if not path.is_file():
        quizzes = REPOSITORY.glob("lessons/*/quiz.json")
        names = sorted(quiz.parent.name for quiz in quizzes)
        raise ValueError(f"`lesson` must be one of {names}. Received: {lesson!r}.")
    from jupyterquiz import display_quiz

    display_quiz(json.loads(path.read_text(encoding="utf-8")))
