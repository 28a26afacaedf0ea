"""Figures of shapes: what is written on them, and that nothing is cut off."""

import os
import re
import shutil
import stat
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from utils.masks.forms import PALETTE
from utils.models import unet_table
from utils.plotting import networks, style
from utils.plotting.networks import RED

plt.switch_backend("Agg")
ROOT = Path(__file__).resolve().parents[3]
IMAGE = np.linspace(0, 1, 16 * 16 * 3).reshape(16, 16, 3)


@pytest.fixture
def shown(monkeypatch):
    """Collects figures instead of showing them."""
    figures = []
    monkeypatch.setattr(style, "show", figures.append)
    monkeypatch.setattr(style, "show", figures.append)
    yield figures
    plt.close("all")


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def outlines(axis):
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


def test_the_paper_can_be_read_off_the_figure():
    figure = networks.show_network.figure(unet_table(572))
    written = texts(figure)
    for size in (572, 570, 568, 284, 140, 68, 32, 28, 56, 104, 200, 392, 388):
        assert str(size) in written
    for channels in (1, 64, 128, 256, 512, 1024, 2):
        assert str(channels) in written
    assert [text for text in written if text.startswith("crop")] == [
        "crop 4",
        "crop 16",
        "crop 40",
        "crop 88",
    ]
    assert "31,030,658 parameters" in figure.texts[0].get_text()
    # 28 maps, four of which are joins of two parts.
    assert len(outlines(figure.axes[0])) == 28 + 4
    plt.close(figure)


def test_boxes_are_as_high_as_maps_are_large():
    figure = networks.show_network.figure(
        unet_table(64, depth=2, padding="same", filters=8)
    )
    boxes = outlines(figure.axes[0])
    heights = [box.get_height() for box in boxes]
    assert heights[0] == pytest.approx(2 * heights[-1 - 8 - 2 - 1], rel=1)
    widths = {round(box.get_width(), 3) for box in boxes[1:3]}
    assert len(widths) == 1
    plt.close(figure)


SETTINGS = [
    dict(image_size=64, depth=1, padding="same", filters=8),
    dict(image_size=60, depth=2, filters=8),
    dict(image_size=(128, 192), depth=3, padding="same", skips="add"),
    dict(image_size=(100, 60), depth=3, padding="same", skips="none", pad_input=True),
    dict(image_size=504, depth=4, kernel_size=5),
    dict(image_size=1980, depth=5),
    dict(image_size=64, depth=5, padding="same", filters=4, batch_norm=True),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_nothing_is_cut_off_and_no_labels_overlap(settings):
    figure = networks.show_network.figure(unet_table(**settings))
    figure.canvas.draw()
    assert figure.get_size_inches()[0] <= 8.01
    labels = [text for text in figure.axes[0].texts if text.get_text()]
    extents = [text.get_window_extent() for text in [*labels, *figure.texts]]
    for extent in extents:
        assert extent.x0 >= 0 and extent.x1 <= figure.bbox.x1
        assert extent.y0 >= 0 and extent.y1 <= figure.bbox.y1
    numbers = [
        e
        for e, text in zip(extents, labels, strict=False)
        if "crop" not in text.get_text()
    ]
    for place, one in enumerate(numbers):
        for other in numbers[place + 1 :]:
            overlap = min(one.x1, other.x1) - max(one.x0, other.x0)
            assert overlap < 1 or not one.overlaps(other)
    plt.close(figure)


def test_an_impossible_size_shows_the_nearest_and_says_what_breaks(shown):
    networks.show_unet(570)
    [figure] = shown
    title = figure.texts[0]
    assert (
        "570 pixels break at level 1: 279 pixels cannot be halved" in title.get_text()
    )
    assert "556 and 572 work. The drawing shows 572." in title.get_text()
    levels = {
        text.get_text(): to_hex(text.get_color()) for text in figure.axes[0].texts
    }
    assert levels["level 1"] == title.get_color().lower() == RED.lower()
    assert levels["level 0"] != RED.lower()


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("depth", range(1, 6))
def test_every_slider_position_draws(shown, depth, padding):
    for size in (60, 572):
        networks.show_unet(size, depth, padding, kernel_size=5)
    assert len(shown) == 2


def test_seen_boxes_lie_around_their_pixels(shown):
    networks.show_seen(IMAGE, {"a": (0, 2, 4, 6), "beyond": (-4, -4, 20, 20)})
    inner, outer = outlines(shown[0].axes[0])
    assert inner.get_bbox().bounds == (-0.5, 1.5, 4, 4)
    assert inner.get_label() == "a: 4×4"
    left, right = shown[0].axes[0].get_xlim()
    assert left < outer.get_bbox().x0 and right > outer.get_bbox().x1
    with pytest.raises(ValueError, match=r"at most 7 boxes.*Received: 8"):
        networks.show_seen(IMAGE, {str(n): (0, 0, 1, 1) for n in range(8)})


def test_costs_of_the_levels_add_up(shown):
    networks.show_costs(unet_table(572))
    for axis in shown[0].axes:
        assert sum(bar.get_width() for bar in axis.patches) == pytest.approx(100)
        assert len(axis.patches) == 5
    assert [axis.get_title() for axis in shown[0].axes] == [
        "multiplications",
        "parameters",
    ]


def test_a_tile_is_surrounded_by_what_the_network_sees(shown):
    networks.show_overlap_tile(IMAGE, tile=8, margin=4, row=1, column=0)
    whole, part = shown[0].axes
    assert part.images[0].get_array().shape == (12, 12, 3)
    np.testing.assert_allclose(part.images[0].get_array()[2:10, 2:10], IMAGE[8:, :8])
    goes_in, comes_out = outlines(whole)[-2:]
    assert goes_in.get_bbox().bounds == (-2.5, 5.5, 12, 12)
    assert comes_out.get_bbox().bounds == (-0.5, 7.5, 8, 8)
    assert to_hex(comes_out.get_edgecolor()) == PALETTE[5].lower()


@pytest.mark.parametrize("tile, margin", [(7, 4), (8, 3)])
def test_tiles_must_fit(tile, margin):
    with pytest.raises(ValueError, match="whole tiles and `margin` must be even"):
        networks.show_overlap_tile(IMAGE, tile, margin)


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


@pytest.mark.skipif(not shutil.which("dot"), reason="no program dot is installed")
def test_dot_and_the_wheel_draw_the_same_boxes(nested, tmp_path, monkeypatch):
    texts = []
    for _ in range(2):  # by dot; then, with dot out of sight, by the wheel
        drawing = networks.plot_architecture(nested).data
        texts.append(sorted(re.findall(r">([^<>\n]+)</text>", drawing)))
        monkeypatch.setenv("PATH", str(tmp_path))
    assert texts[0] == texts[1] and texts[0]


def test_without_dot_the_wheel_beside_python_draws(nested, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "encoder" in networks.plot_architecture(nested).data


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a shell script")
def test_where_dot_is_broken_the_wheel_draws(nested, tmp_path, monkeypatch, capfd):
    program(tmp_path, "dot", "echo no >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "encoder" in networks.plot_architecture(nested).data
    assert capfd.readouterr().err == ""


def test_with_neither_a_message_says_so(nested, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(networks.sys, "executable", str(tmp_path / "python"))
    assert networks.plot_architecture(nested) is None
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
