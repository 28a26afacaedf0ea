"""The graph of a model, and what draws it."""

import os
import re
import stat

import keras
import pytest

from utils.plotting import networks


@pytest.fixture(scope="module")
def nested():
    """A model with a model inside."""
    inner_input = keras.Input((4,))
    dense = keras.layers.Dense(4, name="hidden")(inner_input)
    inner = keras.Model(inner_input, dense, name="encoder")
    inputs = keras.Input((4,))
    return keras.Model(inputs, inner(inputs), name="outer")


def test_a_model_inside_a_model_is_one_box(nested):
    boxed = networks.plot_architecture(nested).data
    assert "encoder" in boxed and "hidden" not in boxed
    assert "hidden" in networks.plot_architecture(nested, expand_nested=True).data


def test_graphs_say_what_they_show_and_repeat(nested):
    drawing = networks.plot_architecture(nested).data
    assert 'aria-label="Graph of the layers of outer' in drawing
    assert drawing == networks.plot_architecture(nested).data
    assert not re.search(r"\d{12}", drawing)  # no address in memory


def test_a_unet_stays_readable():
    from utils.models import unet_model

    model = unet_model(3, (64, 64), "random", decoder="light")
    drawing = networks.plot_architecture(model).data
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
    assert "drawn by dot" in networks.plot_architecture(nested).data


def test_without_dot_the_wheel_beside_python_draws(nested, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "encoder" in networks.plot_architecture(nested).data


def test_with_neither_a_message_says_so(nested, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(networks.sys, "executable", str(tmp_path / "python"))
    assert networks.plot_architecture(nested) is None
    assert "graph of outer is not drawn" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a shell script")
def test_a_broken_dot_is_survived(nested, tmp_path, monkeypatch, capsys):
    program(tmp_path, "dot", "exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert networks.plot_architecture(nested) is None
    assert "pip install pydot graphviz-pure" in capsys.readouterr().out
