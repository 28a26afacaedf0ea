"""Progress: what the checks said last, kept once it was right."""

import json

import pytest
from nbformat.v4 import new_output

from tiny import NAME, make_course
from tools import progress
from tools.lesson.copies import Course, fresh
from tools.lesson.questions import exercises


@pytest.fixture
def tiny(tmp_path):
    root = make_course(tmp_path / "tiny")
    return Course(root)


def save(course, *said):
    """Saves the learner's copy as if the checks had printed these messages."""
    notebook = fresh(course, NAME, "learner", 1)
    left = list(said)
    for cell in notebook.cells:
        if "check" in cell.metadata.get("tags", []):
            text = left.pop(0)
            if text:
                cell.outputs = [new_output("stream", name="stdout", text=text)]
    course.notebook(NAME).write_text(json.dumps(notebook), "utf-8")


def test_progress_is_what_the_checks_said(tiny, capsys):
    save(tiny, "Correct.\n", "double(3): expected 6, got 9.\n", "")
    assert progress.main([], tiny) == 0
    said = capsys.readouterr().out
    assert "01  ●◐○      1 of 3  A tiny lesson" in said
    assert "Next: exercise 1.2 (not yet right) in notebooks/01_tiny.ipynb." in said
    assert "notebooks/solutions/01_tiny.ipynb" in said


def test_what_was_solved_once_stays_solved(tiny, capsys):
    save(tiny, "Correct.\n", "", "Not attempted yet.\n")
    progress.main([], tiny)
    save(tiny, "Not attempted yet.\n", "Correct on all 5 cases.\n", "Correct.\n")
    progress.main([], tiny)
    assert "3 of 3 exercises solved." in capsys.readouterr().out
    kept = json.loads((tiny.root / "build" / "progress.json").read_text())
    assert kept == {NAME: ["1.1", "1.2", "1.3"]}


def test_broken_notebook_does_not_stop_the_others(tiny, capsys):
    tiny.notebook(NAME).write_text("{")
    progress.main([], tiny)
    assert "01_tiny.ipynb cannot be read" in capsys.readouterr().out


def test_notebook_that_holds_definitions_is_read_alike(tiny, capsys):
    save(tiny, "Correct.\n", "double(3): expected 6, got 9.\n", "")
    path = tiny.notebook(NAME)
    notebook = json.loads(path.read_text("utf-8"))
    older = {q.line: q.check for q in exercises(tiny.source(NAME))}
    for cell in notebook["cells"]:
        cell["source"] = older.get(cell["source"], cell["source"])
    path.write_text(json.dumps(notebook), "utf-8")
    progress.main([], tiny)
    assert "01  ●◐○      1 of 3  A tiny lesson" in capsys.readouterr().out
