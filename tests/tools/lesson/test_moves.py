"""Numbers that may move: found, compared and bounded, by hand-worked texts."""

import math

import pytest
from nbformat.v4 import new_output

from tools.lesson.moves import complaint, largest_move, numbers, tolerance, words


def shown(text):
    return [new_output("stream", name="stdout", text=text)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("IoU 0.80, then -.5 and −2", [0.8, -0.5, -2]),
        ("right for 71% of 16,384, 5 %", [0.71, 16384, 0.05]),
        ("[0.65 0.  ] 6.86e-04", [0.65, 0.0, 0.000686]),
        ("block_16 and x2 are names; 3×3 is a size", [3, 3]),
        ("FCN-32s 1.0x", [32, 1.0]),
        ("nothing", []),
    ],
)
def test_numbers_of_a_text(text, expected):
    assert numbers(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "old, new, move",
    [
        ("IoU 0.80", "IoU 0.80", 0),
        ("IoU 0.80", "IoU 0.77", 0.03),
        ("a 0.5, b 0.7", "a 0.6, b 0.4", 0.3),
        ("71%", "70%", 0.01),
        ("[0.65 0.77 0.  ]", "[0.6  0.77 0.01]", 0.05),
        ("name      0.5", "name  10.5", 10),
        ("IoU 0.80", "IoU nan", None),
        ("IoU 0.80", "Dice 0.80", None),
        ("0.80", "0.80 0.80", None),
    ],
)
def test_largest_move_by_hand(old, new, move):
    assert largest_move(shown(old), shown(new)) == move


def test_kinds_of_output_are_words_too():
    warned = [*shown("0.8"), new_output("stream", name="stderr", text="careful")]
    assert largest_move(shown("0.8"), warned) is None
    assert largest_move(shown("0.8"), []) is None


def test_pictures_are_not_compared():
    pictures = [
        new_output("display_data", data={"image/png": byte, "text/plain": "<Figure>"})
        for byte in ("aa", "bb")
    ]
    assert largest_move(pictures[:1], pictures[1:]) == 0


def test_complaint_names_the_move_and_shows_both():
    assert complaint(shown("IoU 0.8"), shown("IoU 0.75"), 0.05) == ""
    text = complaint(shown("IoU 0.8"), shown("IoU 0.74"), 0.05)
    assert text == "a number moved by 0.06 (0.05 allowed)\n- IoU 0.8\n+ IoU 0.74"
    assert "words changed" in complaint(shown("0.8 s"), shown("fast"), math.inf)
    assert complaint(shown("0.8 s"), shown("9 s"), math.inf) == ""


def test_tolerance_is_read_from_the_tags():
    assert tolerance(["headline", "moves-0.05"]) == 0.05
    assert tolerance(["clock"]) == tolerance(["drawing"]) == math.inf
    assert tolerance(["headline"]) is None
    with pytest.raises(ValueError, match="must state one tolerance"):
        tolerance(["moves-0.05", "clock"])


def test_words_ignore_the_width_of_columns():
    assert words("[ 1.5  2 ]\n") == words("[10.25 3]")
    assert words("5 %") != words("5")
