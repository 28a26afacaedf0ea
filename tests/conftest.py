"""Settings of all tests: embedded data and weights, TensorFlow without its log."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "notebooks"), str(ROOT / "tests")]

os.environ["COURSE_DATA"] = "sample"
os.environ["COURSE_WEIGHTS"] = "embedded"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def figures_are_closed():
    """A test leaves no figure open for the next one."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def uses_notebooks(module):
    """Whether a file of tests imports what makes, runs or grades notebooks."""
    for value in vars(module).values():
        name = getattr(value, "__module__", None) or getattr(value, "__name__", None)
        file = getattr(sys.modules.get(str(name)), "__file__", None)
        if file and {ROOT / "notebooks", ROOT / "tools"} & {*Path(file).parents}:
            return True
    return False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With `--dist loadgroup`, a file's tests share a process; notebooks do not.

    `-m "not notebooks"` leaves out what needs a notebook or its tools.
    """
    for item in items:
        if uses_notebooks(item.module):
            item.add_marker("notebooks")
        if not item.name.startswith("test_every_output_is_reproduced"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
