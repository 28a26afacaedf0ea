"""`check("7.1")`: the definition is found, run among the notebook's names, and told in
one line, wherever the notebook stands."""

from pathlib import Path

import pytest

from tools.lesson.copies import Course
from tools.lesson.questions import exercises
from utils.checks import definitions

COURSE = Course()
SOURCE = """\
# %% [markdown]
# # 7. A lesson
#
# You will halve.

# %%
from utils.checks import check

# %% tags=["given"]
scale = 2

# %% [markdown]
# ## Exercise 7.1: predict
#
# What is half of six?

# %% tags=["exercise"]
### BEGIN SOLUTION
half_of_six = 3
### END SOLUTION

# %% tags=["check"]
check_answer(half_of_six, expected=6 // scale, hint="Three and three.")

# %% [markdown]
# ## Exercise 7.2: halve

# %% tags=["exercise"]
def half(number):
    ### BEGIN SOLUTION
    return number / 2
    ### END SOLUTION

# %%
# A cell between, as an exercise may have.

# %% tags=["check"]
from fractions import Fraction

helper = Fraction(1, 2)
check(
    half,
    cases=[2, 5],
    reference=lambda number: float(number * helper),
    ### BEGIN HIDDEN TESTS
    hidden=[-1],
    ### END HIDDEN TESTS
)
"""


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A course of one lesson, and what its learner's notebook holds."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    (tmp_path / "lessons" / "07_halves").mkdir(parents=True)
    (tmp_path / "lessons" / "07_halves" / "notebook.py").write_text(SOURCE, "utf-8")
    monkeypatch.setattr(definitions, "LESSONS", tmp_path / "lessons")
    return tmp_path / "lessons"


def notebook(code=""):
    """The names of a notebook in which the imports, and then some code, were run."""
    names = {}
    exec(f"from utils.checks import check\n{code}", names)
    return names


def said(capsys, names, number):
    exec(f'check("{number}")', names)
    return capsys.readouterr().out


ALL = notebook("scale, half_of_six = 2, 3\ndef half(number):\n    return number / 2")


@pytest.mark.parametrize("number, count", [("7.1", ""), ("7.2", " on all 2 cases")])
def test_right_answer_is_told(lessons, capsys, number, count):
    assert said(capsys, ALL, number) == f"Correct{count}.\n"


def test_wrong_answer_is_told_with_the_hint_of_the_definition(lessons, capsys):
    names = notebook("scale, half_of_six = 2, 4")
    text = "Not yet: 4 is not right. Three and three.\n"
    assert said(capsys, names, "7.1") == text


def test_open_answer_is_told(lessons, capsys):
    assert said(capsys, notebook("scale, half_of_six = 2, ..."), "7.1") == (
        "Not attempted yet.\n"
    )


def test_code_of_a_definition_can_be_looked_up(lessons, capsys):
    """TensorFlow warns of a function whose code it cannot read."""
    path = lessons / "07_halves" / "notebook.py"
    code = "import inspect\n\ntwice = lambda: 2\nlines = inspect.getsource(twice)\n"
    text = path.read_text("utf-8").replace(
        "check(\n    half", f"{code}check(\n    half"
    )
    path.write_text(text.replace("reference=", "hint=lines, reference="), "utf-8")
    names = notebook("scale = 2\ndef half(number):\n    return 0")
    assert said(capsys, names, "7.2").endswith("twice = lambda: 2\n")


def test_notebook_keeps_its_names_and_gets_no_other(lessons, capsys):
    names = ALL | {"helper": "mine"}
    before = dict(names)
    said(capsys, names, "7.2")
    names.pop("__builtins__")
    before.pop("__builtins__")
    assert names == before


def test_answer_is_read_anew_each_time(lessons, capsys):
    names = notebook("scale, half_of_six = 2, 4")
    said(capsys, names, "7.1")
    exec("half_of_six = 3", names)
    assert said(capsys, names, "7.1") == "Correct.\n"


def test_hidden_case_counts_only_while_nbgrader_grades(lessons, monkeypatch, capsys):
    names = notebook("def half(number):\n    return abs(number) / 2")
    assert said(capsys, names, "7.2") == "Correct on all 2 cases.\n"
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")  # a learner's own button
    assert said(capsys, names, "7.2") == "Correct on all 2 cases.\n"
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match=r"half\(-1\): expected -0.5, got 0.5"):
        said(capsys, names, "7.2")
    assert said(capsys, ALL, "7.2") == "Correct on all 3 cases.\n"


@pytest.mark.parametrize("code", ["scale, half_of_six = 2, 4", "scale = 2", ""])
@pytest.mark.parametrize("number", ["7.1", "7.9", "9.1"])
def test_nothing_but_a_right_answer_has_points(lessons, monkeypatch, code, number):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError):
        exec(f'check("{number}")', notebook(code))


def test_cell_that_was_not_run_is_named(lessons, capsys):
    rest = "run the cells above, your answer's too, then this one.\n"
    text = said(capsys, notebook("half_of_six = 3"), "7.1")
    assert text == f"`scale` is not defined yet: {rest}"
    assert said(capsys, notebook(), "7.2") == f"`half` is not defined yet: {rest}"


def test_unknown_number_says_which_there_are(lessons, capsys):
    assert said(capsys, ALL, "7.3") == (
        "There is no exercise '7.3': lesson 7 has 7.1, 7.2.\n"
    )
    assert said(capsys, ALL, "8.1") == (
        "There is no exercise '8.1': the lessons are 7.\n"
    )


def test_missing_lessons_are_told_with_what_to_do(lessons, monkeypatch, capsys):
    nowhere = lessons.parent / "elsewhere"
    monkeypatch.setattr(definitions, "LESSONS", nowhere)
    text = said(capsys, ALL, "7.1")
    assert text.startswith(f"The exercises are defined in {nowhere}, which is missing")
    assert "fetch the whole course anew" in text and text.count("\n") == 1


def test_error_in_a_definition_shows_no_line_of_it(lessons):
    names = notebook("scale, half_of_six = 0, 3")
    with pytest.raises(ZeroDivisionError) as caught:
        exec('check("7.1")', names)
    lines = [str(entry) for entry in caught.traceback]
    assert "<check 7.1>" in lines[-1] and "expected" not in lines[-1]


@pytest.mark.parametrize("name", COURSE.names())
def test_definitions_are_those_that_the_tools_read(name):
    found = definitions.definitions(COURSE.source(name).read_text("utf-8"))
    wanted = {q.number: q.check.strip() for q in exercises(COURSE.source(name))}
    assert found == wanted


def test_lessons_stand_beside_utils():
    assert definitions.LESSONS == Path(COURSE.root) / "lessons"
