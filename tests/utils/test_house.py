"""The house: what each room may use, how small it is, and what its face loads."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UTILS = ROOT / "utils"
FILES = sorted(UTILS.rglob("*.py"))
FOUNDATION = {"session", "_arguments"}
# A room uses the rooms named, those that they may use, and the foundation.
USES = {
    "masks": set(),
    "layers": set(),
    "augmentation": {"masks"},
    "metrics": {"masks"},
    "datasets": {"masks"},
    "models": {"layers", "metrics", "datasets"},
    "detection": {"models", "datasets"},
    "plotting": {"augmentation", "detection"},
    "checks": set(),
}
MOST_MODULES, MOST_NAMES, MOST_LINES = 60, 200, 12_100  # lines: 11,000 is the aim
ELSEWHERE = {"data", "tools", "lessons", "notebooks", "tests", "benchmarks"}


def allowed(room):
    below = {name for used in USES[room] for name in allowed(used)}
    return {room} | USES[room] | below | FOUNDATION


def imported(tree):
    """Every module that is imported, as a list of its names' parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module.split(".") if node.module else []
            yield from ([*module, alias.name] for alias in node.names)


def trespasses(room, code):
    """The imports of `code` that a module of `room` may not make."""
    mine = allowed(room) if room in USES else FOUNDATION
    return [
        ".".join(parts)
        for parts in imported(ast.parse(code))
        if parts[0] in ELSEWHERE or (parts[0] == "utils" and parts[1] not in mine)
    ]


def room_of(path):
    return path.relative_to(UTILS).with_suffix("").parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(UTILS)))
def test_imports_run_one_way(path):
    assert trespasses(room_of(path), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "room, code",
    [
        ("masks", "from utils.datasets import load_pets"),
        ("layers", "from utils import models"),
        ("checks", "def late():\n    import utils.metrics"),
        ("models", "from utils.detection.boxes import areas"),
        ("datasets", "from data.render import pets"),
        ("session", "from utils.checks import check"),
    ],
)
def test_a_trespass_is_noticed(room, code):
    assert len(trespasses(room, code)) == 1


def test_the_rooms_are_those_of_the_plan():
    rooms = {path.parent.name for path in UTILS.glob("*/__init__.py")}
    modules = {path.stem for path in UTILS.glob("*.py")} - {"__init__"}
    assert (rooms, modules) == (set(USES), FOUNDATION)


def faces():
    """Dict from a room to its public names; `session`'s are its functions in use."""
    return {
        name: importlib.import_module(f"utils.{name}").__all__
        for name in (*USES, "session")
    }


def test_utils_is_small():
    names = sum(map(len, faces().values()))
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in FILES)
    counts = f"{len(FILES)} modules, {names} public names, {lines} lines"
    small = len(FILES) <= MOST_MODULES and names <= MOST_NAMES and lines <= MOST_LINES
    assert small, counts


@pytest.mark.parametrize("room", USES)
def test_a_face_gives_what_it_names(room):
    face = importlib.import_module(f"utils.{room}")
    modules = {path.stem for path in (UTILS / room).glob("*.py")}
    for name in face.__all__:
        value = getattr(face, name)
        module = isinstance(value, type(importlib))
        # The face would give the module or the function, whichever was asked first.
        assert module == (name in modules), name


@pytest.mark.parametrize(
    "code, library",
    [
        ("import utils.checks; utils.checks.check", "tensorflow"),
        ("import utils.masks; utils.masks.one_hot", "tensorflow"),
        ("import utils.metrics; utils.metrics.mean_iou", "tensorflow"),
        ("import utils.layers; utils.layers.transposed_size", "tensorflow"),
        ("import utils.datasets; utils.datasets.PET_CLASSES", "tensorflow"),
        ("import utils.plotting", "matplotlib"),
        ("import utils.plotting; utils.plotting.show_boxes", "tensorflow_datasets"),
        ("import utils.models; utils.models.unet", "tensorflow_datasets"),
    ],
)
def test_a_face_loads_no_other_library(code, library):
    code += f"; import sys; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
