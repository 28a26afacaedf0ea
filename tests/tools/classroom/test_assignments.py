"""Assignments are the lesson's own exercises, and nbgrader gives them the same grades
as `make grade`."""

import importlib.util
import json
import re

import nbformat
import pytest

import classroom
import guards
from tiny import NAME, make_course
from tools.classroom import assignments
from tools.classroom.assignments import (
    SKIPPED,
    STUB,
    make,
    nbgrader_of,
    source_notebook,
)
from tools.classroom.grading import main
from tools.lesson.copies import Course, tags, unsolved
from tools.lesson.questions import exercises

COURSE = Course()
needs_nbgrader = pytest.mark.skipif(
    not importlib.util.find_spec("nbgrader"),
    reason="nbgrader is missing: pip install -r requirements-dev.txt",
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The tiny course, its assignment made by nbgrader."""
    root = make_course(tmp_path_factory.mktemp("tiny"))
    make(Course(root), root / "build" / "assignments", [NAME])
    return Course(root)


def graded_cells(notebook):
    return {
        cell.metadata["nbgrader"]["grade_id"]: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


@pytest.mark.parametrize("name", COURSE.names())
def test_every_exercise_of_a_lesson_is_graded_once(name):
    cells = graded_cells(source_notebook(COURSE, name))
    questions = exercises(COURSE.source(name))
    points = {
        grade_id: cell.metadata["nbgrader"]["points"]
        for grade_id, cell in cells.items()
        if cell.metadata["nbgrader"]["grade"]
    }
    assert points == {q.grade_id: q.points for q in questions}
    for question in questions:
        cell = cells[question.grade_id]
        by_hand = cell.metadata["nbgrader"]["solution"]
        assert by_hand == question.explore == (cell.cell_type == "markdown")
        if not by_hand:
            assert cell.source == f'check("{question.number}")'
        assert f"{question.points:g} points" in cell.source or not by_hand
        text = cell.source if by_hand else cells[f"{question.grade_id}-answer"].source
        assert "### BEGIN SOLUTION" in text


@pytest.mark.parametrize("name", COURSE.names())
def test_assignment_shows_no_more_of_a_check_than_the_learners_copy(name):
    notebook = source_notebook(COURSE, name)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = unsolved(cell.source)  # as the release has it
    assert guards.definitions_shown(notebook) == []


@pytest.mark.parametrize("name", COURSE.names())
def test_grading_passes_over_training(name):
    for cell in source_notebook(COURSE, name).cells:
        if cell.cell_type == "code" and ".fit(" in cell.source:
            assert SKIPPED in tags(cell) or cell.source.startswith("def ")


@pytest.mark.parametrize("name", COURSE.names())
def test_links_of_an_assignment_lead_to_the_course(name):
    for cell in source_notebook(COURSE, name).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\]\((?!https?:|#)", cell.source), cell.source
            assert "[Solution]" not in cell.source


@needs_nbgrader
def test_release_holds_stubs_and_no_answer(course):
    folder = course.root / "build" / "assignments"
    text = (folder / "release" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    for word in ("SOLUTION", "HIDDEN", "hidden", "neutral element", "2 * number\\n"):
        assert word not in text
    assert guards.definitions_shown(nbformat.reads(text, 4)) == []
    cells = graded_cells(nbformat.reads(text, 4))
    assert cells["exercise-1-1-answer"].source == "prediction = ...  # your answer"
    function = cells["exercise-1-2-answer"].source
    assert function.endswith('number."""\n    raise NotImplementedError')
    assert cells["exercise-1-3"].source.endswith(STUB)
    assert cells["exercise-1-2"].metadata["editable"] is False
    source = (folder / "source" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert "2 * number\\n" in source and "neutral element" in source


@needs_nbgrader
def test_release_is_what_the_class_was_made_from(course):
    path = course.root / "build" / "assignments" / "release" / NAME / f"{NAME}.ipynb"
    released = graded_cells(nbformat.read(path, 4))
    ours = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell["source"]
        for cell in classroom.Homework(course, NAME).cells
        if "nbgrader" in cell["metadata"]
    }
    assert ours == {grade_id: cell.source for grade_id, cell in released.items()}


@needs_nbgrader
def test_second_run_renews_the_assignment(course, capsys):
    assert assignments.main(["--lesson", "1"], course) == 0
    said = capsys.readouterr().out
    assert re.search(r"01_tiny +3 +2 +5\n", said)
    with pytest.raises(SystemExit, match="LESSON must be among .* Received: '07'"):
        assignments.main(["--lesson", "7"], course)


@needs_nbgrader
@pytest.mark.filterwarnings("ignore")  # nbgrader's own, of SQLAlchemy and nbformat
def test_nbgrader_gives_the_same_grades(course, monkeypatch, tmp_path):
    """The same four submissions, graded by `nbgrader autograde` and `make grade`."""
    monkeypatch.setenv("PYTHONPATH", str(course.root))
    folder = course.root / "build" / "assignments"
    release = folder / "release" / NAME / f"{NAME}.ipynb"
    api = nbgrader_of(folder)
    learners = (classroom.ada, classroom.ben, classroom.carla, classroom.heidi)
    for learner in learners:
        homework = classroom.Homework(course, NAME)
        learner(homework)
        notebook = json.loads(release.read_text("utf-8"))
        sources = {
            c["metadata"]["nbgrader"]["grade_id"]: c["source"]
            for c in homework.cells
            if "nbgrader" in c["metadata"]
        }
        kept = []
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if grade_id is None or grade_id in sources:
                kept.append(cell | {"source": sources.get(grade_id, cell["source"])})
        notebook["cells"] = kept
        place = folder / "submitted" / learner.__name__ / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")
        done = api.autograde(NAME, learner.__name__)
        assert done["success"], done["log"]
    theirs = {
        learner.__name__: api.get_submission(NAME, learner.__name__)["code_score"]
        for learner in learners
    }
    main([str(folder / "submitted"), "--out", str(tmp_path)], course)
    lines = (tmp_path / "grades.csv").read_text("utf-8").splitlines()
    ours = {line.split(",")[0]: float(line.split(",")[4]) for line in lines[1:]}
    assert ours == theirs == {"ada": 3, "ben": 0, "carla": 0, "heidi": 3}
