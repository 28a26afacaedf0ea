"""The graph of a model, and what draws it."""

import os
import re
import shutil
import stat
from pathlib import Path

import keras
import nbformat
import pytest

from utils import graphs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def nested():
    """A model with a model inside."""
    inner_input = keras.Input((4,))
    dense = keras.layers.Dense(4, name="hidden")(inner_input)
    inner = keras.Model(inner_input, dense, name="encoder")
    inputs = keras.Input((4,))
    return keras.Model(inputs, inner(inputs), name="outer")


def test_a_model_inside_a_model_is_one_box(nested):
    boxed = graphs.plot_architecture(nested).data
    assert "encoder" in boxed and "hidden" not in boxed
    assert "hidden" in graphs.plot_architecture(nested, expand_nested=True).data


def test_graphs_say_what_they_show_and_repeat(nested):
    drawing = graphs.plot_architecture(nested).data
    assert 'aria-label="Graph of the layers of outer' in drawing
    assert drawing == graphs.plot_architecture(nested).data
    assert not re.search(r"\d{12}", drawing)  # no address in memory


def test_a_unet_stays_readable():
    from utils.models import unet_model

    model = unet_model(3, (64, 64), "random", decoder="light")
    drawing = graphs.plot_architecture(model).data
    assert len(drawing) < 60_000 and "join_32" in drawing and "block_1_" not in drawing


def program(folder, name, text):
    """Puts a shell script on the path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a shell script")
def test_the_systems_dot_is_used_where_there_is_one(nested, tmp_path, monkeypatch):
    program(tmp_path, "dot", "cat > /dev/null; echo '<svg>drawn by dot</svg>'")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "drawn by dot" in graphs.plot_architecture(nested).data


@pytest.mark.skipif(not shutil.which("dot"), reason="no program dot is installed")
def test_dot_and_the_wheel_draw_the_same_boxes(nested, tmp_path, monkeypatch):
    texts = []
    for _ in range(2):  # by dot; then, with dot out of sight, by the wheel
        drawing = graphs.plot_architecture(nested).data
        texts.append(sorted(re.findall(r">([^<>\n]+)</text>", drawing)))
        monkeypatch.setenv("PATH", str(tmp_path))
    assert texts[0] == texts[1] and texts[0]


def test_without_dot_the_wheel_beside_python_draws(nested, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "encoder" in graphs.plot_architecture(nested).data


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a shell script")
def test_where_dot_is_broken_the_wheel_draws(nested, tmp_path, monkeypatch, capfd):
    program(tmp_path, "dot", "echo no >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "encoder" in graphs.plot_architecture(nested).data
    assert capfd.readouterr().err == ""


def test_with_neither_a_message_says_so(nested, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(graphs.sys, "executable", str(tmp_path / "python"))
    assert graphs.plot_architecture(nested) is None
    said = capsys.readouterr().out
    assert "graph of outer is not drawn" in said
    assert "pip install graphviz-pure" in said


def test_drawings_of_the_notebooks_are_not_compared():
    """dot and the wheel place the boxes a little differently."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            kinds = [
                kind for out in cell.get("outputs", ()) for kind in out.get("data", ())
            ]
            if "image/svg+xml" in kinds:
                assert "nbval-ignore-output" in cell.metadata["tags"], (path, cell.id)
