"""Settings of all tests: embedded data and weights, TensorFlow without its log."""

import os
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With `--dist loadgroup`, a file's tests share a process; notebooks do not.

    `-m "not notebooks"` leaves out what needs a notebook or its tools.
    """
    for item in items:
        if NOTEBOOKS.intersection(item.path.relative_to(HERE).parts):
            item.add_marker("notebooks")
        if not item.name.startswith("test_every_output_is_reproduced"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
