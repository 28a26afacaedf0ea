"""Encoder weights: which are chosen, and what is said when they do not load."""

import re
import sys

import keras
import numpy as np
import pytest

from utils.models import weights


@pytest.fixture(scope="module")
def network():
    return keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, weights=None, input_shape=(32, 32, 3)
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A computer without downloaded weights, without a choice in its environment."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("COURSE_WEIGHTS")
    weights._can_download.cache_clear()
    return tmp_path


def test_the_embedded_weights_are_the_default(home):
    assert weights.default_weights() == "embedded"


def test_the_environment_decides(home, monkeypatch):
    monkeypatch.setenv("COURSE_WEIGHTS", "somewhere/file.h5")
    assert weights.default_weights() == "somewhere/file.h5"


def test_downloaded_imagenet_weights_are_preferred(home):
    weights.imagenet_file().parent.mkdir()
    weights.imagenet_file().touch()
    assert weights.default_weights() == "imagenet"
    assert weights.default_weights(alpha=1.0) == "embedded"


def test_colab_downloads_imagenet_weights(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(weights, "_downloaded", lambda file: file)
    assert weights.default_weights() == "imagenet"


def test_colab_without_network_says_so_and_takes_the_embedded(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(keras.utils, "get_file", no_network)
    with pytest.warns(UserWarning, match="no route to host.*Using the embedded"):
        assert weights.default_weights() == "embedded"
    assert weights.default_weights() == "embedded"  # asked once, warned once


def no_network(*args, **kwargs):
    raise Exception("no route to host")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("embedded", "rendered pets"),
        ("imagenet", "photographs"),
        ("random", "no pretraining"),
        ("some/where/mine.h5", r"weights from mine\.h5"),
    ],
)
def test_the_line_says_what_is_used_and_how_to_switch(choice, words):
    line = weights.weights_info(choice)
    assert "COURSE_WEIGHTS" in line and "\n" not in line
    assert re.search(words, line)


@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
def test_a_saved_file_comes_back(network, tmp_path, suffix):
    kernel = network.layers[1].get_weights()[0]
    network.save_weights(tmp_path / "some.weights.h5")
    if suffix == ".h5":
        network.save(tmp_path / "some.h5")
    network.layers[1].set_weights([np.zeros_like(kernel)])
    weights.load_encoder_weights(network, tmp_path / f"some{suffix}")
    np.testing.assert_array_equal(network.layers[1].get_weights()[0], kernel)


def test_a_file_of_another_alpha_is_named(network, tmp_path):
    wider = keras.applications.MobileNetV2(
        alpha=0.5, include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    wider.save_weights(tmp_path / "wider.weights.h5")
    with pytest.raises(ValueError, match=r"alpha=0\.35.*Received: .*wider.*`alpha`"):
        weights.load_encoder_weights(network, tmp_path / "wider.weights.h5")


@pytest.mark.parametrize("name", ["damaged.h5", "damaged.weights.h5"])
def test_a_damaged_file_is_named(network, tmp_path, name):
    (tmp_path / name).write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match="damaged.h5|damaged.weights.h5"):
        weights.load_encoder_weights(network, tmp_path / name)


@pytest.mark.parametrize("value", ["imagenett", "missing.h5", "notes.txt"])
def test_a_value_that_is_no_choice_and_no_file_is_reported(network, tmp_path, value):
    (tmp_path / "notes.txt").touch()
    value = tmp_path / value if value == "notes.txt" else value
    with pytest.raises(ValueError, match='"embedded", "random" or the path.*Received'):
        weights.load_encoder_weights(network, value)


def test_a_broken_download_says_what_to_do(network, home, monkeypatch):
    monkeypatch.setattr(keras.utils, "get_file", no_network)
    with pytest.raises(ValueError, match='no route to host.*weights="embedded"'):
        weights.load_encoder_weights(network, "imagenet")


def test_embedded_weights_exist_for_one_alpha(network):
    with pytest.raises(ValueError, match=r"alpha=0\.35.*Received: alpha=1\.0"):
        weights.load_encoder_weights(network, "embedded", alpha=1.0)


def test_imagenet_weights_exist_for_some_alphas():
    with pytest.raises(ValueError, match=r"`alpha` must be one of.*Received: 0\.3"):
        weights.imagenet_file(alpha=0.3)
