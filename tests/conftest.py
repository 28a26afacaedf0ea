"""Settings of all tests: embedded data and weights, TensorFlow without its log."""

import os
import re
import sys
from pathlib import Path

import pytest

os.environ["COURSE_DATA"] = "sample"
os.environ["COURSE_WEIGHTS"] = "embedded"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def figures_are_closed():
    """A test leaves no figure open for the next one."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


HERE = Path(__file__).parent
# Folders and a file of tests that need what makes, runs or grades notebooks.
NOTEBOOKS = {"lessons", "tools", "test_style.py"}


def pytest_addoption(parser):
    parser.addoption("--lesson", default="", help="06: what this lesson can break")


def belongs(item, lessons):
    """Whether a test is about one of the lessons, such as ["06"]."""
    if not {"lessons", "test_style.py"}.intersection(item.path.relative_to(HERE).parts):
        return False
    ids = "|".join(rf"{n.zfill(2)}[_\]-]|{int(n)}\.\d" for n in lessons)
    return re.search(rf"[\[/-](?:{ids})", item.name) is not None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """With `--dist loadgroup`, a file's tests share a process; notebooks do not.

    `-m "not notebooks"` leaves out what needs a notebook or its tools, and `--lesson`
    all that is about other lessons or none.
    """
    if lessons := re.findall(r"\d+", config.getoption("--lesson")):
        others = [item for item in items if not belongs(item, lessons)]
        items[:] = [item for item in items if belongs(item, lessons)]
        config.hook.pytest_deselected(items=others)
    for item in items:
        if NOTEBOOKS.intersection(item.path.relative_to(HERE).parts):
            item.add_marker("notebooks")
        if not item.name.startswith("test_every_output_is_reproduced"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
