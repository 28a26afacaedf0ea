"""Settings of all tests: embedded data and weights, TensorFlow without its log."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks"), str(ROOT / "tests")]

os.environ["COURSE_DATA"] = "sample"
os.environ["COURSE_WEIGHTS"] = "embedded"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def figures_are_closed():
    """A test leaves no figure open for the next one."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With `--dist loadgroup`, a file's tests share a process; notebooks do not."""
    for item in items:
        if not item.name.startswith("test_every_output_is_reproduced"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
