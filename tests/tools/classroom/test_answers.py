"""Notebooks as they come in: read whatever wrote them, their answers found; and the
values that pass between a submission and its grader."""

import json
import os
import pickle
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import classroom
from tools.classroom.answers import (
    Cell,
    Unreadable,
    chosen,
    experiment,
    lesson_of,
    read,
    written,
)
from tools.classroom.grading import is_check, notebooks
from tools.classroom.messages import Opaque, packed, unpacked
from tools.lesson.copies import HIDDEN, Course
from tools.lesson.questions import exercises

COURSE = Course()


def notebook(*cells, **facts):
    return json.dumps({"cells": list(cells), "nbformat": 4, **facts})


def code(source, **metadata):
    return {"cell_type": "code", "source": source, "metadata": metadata}


def text(source, **metadata):
    return {"cell_type": "markdown", "source": source, "metadata": metadata}


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "not valid JSON"),
        (b'{"cells": [', "not valid JSON"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"[1, 2]", "no notebook"),
        (b'{"cells": 3}', "no notebook"),
        (b'{"cells": [{"cell_type": "code", "source": 1}]}', "no notebook"),
        (b'{"cells": [null]}', "no notebook"),
        (b"[" * 200_000, "nested too deeply"),
        (b"0" * (20 * 2**20 + 1), "more than 20 MB"),
    ],
)
def test_what_is_no_notebook_is_said_in_words(tmp_path, content, said):
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=said):
        read(path)


def test_links_and_pipes_are_not_read(tmp_path):
    (tmp_path / "link.ipynb").symlink_to(classroom.FOLDER / "ada")
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(Unreadable, match="link to another file"):
        read(tmp_path / "link.ipynb")
    with pytest.raises(Unreadable, match="not a file"):
        read(tmp_path / "pipe.ipynb")


def test_old_and_foreign_notebooks_are_read(tmp_path):
    path = tmp_path / "x.ipynb"
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a\n", "b"]}]}]}
    path.write_text(json.dumps(old))
    assert read(path) == [Cell("code", "a\nb")]
    path.write_text("\ufeff" + notebook(code("a\r\nb"), kernel="?"), "utf-8")
    assert read(path) == [Cell("code", "a\nb")]


def test_learners_are_folders_or_files(tmp_path):
    for name in ("ann/a.ipynb", "bob/deep/b.ipynb", "cid.ipynb", ".git/x.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ann" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "ann" / ".ipynb_checkpoints" / "a.ipynb").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "ann")
    found = [(student, path and path.name) for student, path in notebooks(tmp_path)]
    assert found == [
        ("ann", "a.ipynb"),
        ("bob", "b.ipynb"),
        ("cid", "cid.ipynb"),
        ("empty", None),
    ]


NAMES = ["01_one", "05_five", "12_twelve"]


@pytest.mark.parametrize(
    "name, cells, lesson",
    [
        ("x", [text("## Exercise 5.1: swap")], "05_five"),
        ("x", [code("", nbgrader={"grade_id": "exercise-12-1-answer"})], "12_twelve"),
        ("x", [text("# 5. How good?")], "05_five"),
        ("my 05 work", [], "05_five"),
        ("12_twelve (1)", [text("## Exercise 5.1: x")], "05_five"),
        ("homework 2026", [], None),
    ],
)
def test_lesson_is_found_by_content_then_by_name(tmp_path, name, cells, lesson):
    path = tmp_path / f"{name}.ipynb"
    path.write_text(notebook(*cells))
    assert lesson_of(path, read(path), NAMES) == lesson


@pytest.fixture(scope="module")
def questions():
    return exercises(COURSE.source(classroom.LESSON))


def test_answer_is_found_wherever_it_stands(questions):
    first, second, third = questions
    stub, answer = (
        Cell("code", second.stub),
        Cell("code", "def dice_of(m):\n  return 1"),
    )
    heading = Cell("markdown", "## Exercise 5.2: write Dice")
    end = Cell("markdown", "## The model that sees nothing")

    def place(*cells):
        return chosen(list(cells), questions)["5.2"]

    assert place(stub, answer) == 1
    assert place(heading, stub, answer, end) == 2
    assert place(heading, answer, stub, end) == 1
    assert place(answer, heading, stub) == 2  # an untouched stub in its own section
    assert place(Cell("code", answer.source, "exercise-5-2-answer"), end) == 0
    assert place(Cell("code", "dice_of = lambda m: 1")) == 0
    assert place(Cell("code", "def dice_of(:")) == 0  # broken, but meant
    assert place(end) is None


def test_words_of_the_lesson_are_not_the_learners(questions):
    cells = [
        Cell("markdown", "## Exercise 5.3: explore\nMove the mask."),
        Cell("markdown", "The lesson's own text."),
        Cell("markdown", "It falls because it is thin."),
        Cell("markdown", "## Next\nSomething else."),
    ]
    known = {"The lesson's own text."}
    assert written(cells, questions[2], known) == "It falls because it is thin."


@pytest.mark.parametrize("form", ["line", "check"])  # as it is, as it once was
def test_experiment_is_shown_with_what_its_check_said(questions, form):
    cells = [
        Cell("markdown", "## Exercise 5.3: explore"),
        Cell("code", "border_below_half = 4"),
        Cell("code", getattr(questions[2], form), said="Correct.\n"),
        Cell("code", "border_below_half", "exercise-5-3-experiment"),
        Cell("markdown", "## Next"),
        Cell("code", "border_below_half + 1"),
    ]
    code = "border_below_half = 4\n\nborder_below_half"
    assert experiment(cells, questions[2]) == (code, "Correct.")


def test_check_is_known_by_its_line_or_by_its_definition(questions):
    second = questions[1]
    visible = HIDDEN.sub("", second.check)
    imported = replace(second, check=f"from math import pi\n\n{second.check}")
    assert is_check('check("5.2")\n', second)
    assert is_check(visible, second) and is_check(visible, imported)
    for other in ('check("5.1")', 'print("Correct.")', "", "check(", visible[:-5]):
        assert not is_check(other, second), other


def test_what_a_cell_printed_is_kept_whatever_its_form(tmp_path):
    path = tmp_path / "x.ipynb"
    outputs = [{"text": ["a", "b"]}, {"text": "c"}, {"data": {}}, 3]
    path.write_text(notebook(code("1") | {"outputs": outputs}))
    assert read(path)[0].said == "abc"


def test_visible_tests_hold_no_hidden_case(questions):
    assert "HIDDEN" in questions[1].check
    assert "hidden" not in HIDDEN.sub("", questions[1].check)


# Values that pass between processes.


def test_plain_values_arrive_as_they_were():
    for value in (None, 3, 2.5, "text", (1, [2, {"a": (True, ...)}]), float("inf")):
        assert unpacked(packed(value)) == value
    assert unpacked(packed(({1, 2}, range(2), Fraction(1, 2)))) == ({1, 2}, [0, 1], 0.5)
    array = np.arange(6, dtype="uint8").reshape(2, 3)
    arrived = unpacked(packed([array]))[0]
    assert arrived.dtype == array.dtype
    np.testing.assert_array_equal(arrived, array)


def test_objects_arrive_as_a_description_only():
    class Own:
        def __reduce__(self):
            raise AssertionError("it was pickled")

        def __repr__(self):
            return "my own thing"

    arrived = unpacked(packed({"a": Own()}))["a"]
    assert isinstance(arrived, Opaque) and repr(arrived) == "my own thing"


def test_a_pickled_class_is_not_unpickled():
    with pytest.raises(pickle.UnpicklingError, match="is not a plain value"):
        unpacked(pickle.dumps(Path("x")))
