"""The committed notebooks: reproducible, up to date, complete, small, their exercises
graded right. The same guards are tried on a tiny course in `test_build.py`."""

import shutil

import pytest

import exercises
import guards
from strict import nbval_both
from tiny import NAME, make_course
from tools.authors import build
from tools.lesson.copies import COPIES, Course

COURSE = Course()
NAMES = COURSE.names()
PATHS = [COURSE.notebook(name, copy) for name in NAMES for copy in COPIES]
EXERCISES = [
    pytest.param(exercise, id=f"{name[:2]}-{exercise.title}")
    for name in NAMES
    for exercise in exercises.exercises(COURSE.source(name))
]


def label(path):
    return f"{path.parent.name}-{path.stem[:2]}"


@pytest.mark.parametrize("name", NAMES)
def test_every_output_is_reproduced(name):
    code, text = nbval_both(*[COURSE.notebook(name, copy) for copy in COPIES])
    assert code == 0, text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copy", COPIES)
def test_copy_is_what_its_source_gives(name, copy):
    assert build.trouble(COURSE, name, copy) is None


def test_lesson_table_of_the_readme_is_up_to_date():
    text, wanted = build.readme(COURSE)
    assert text == wanted


def test_every_lesson_is_complete():
    assert NAMES
    assert guards.names(COURSE.root) == []


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_copy_is_small_quick_and_whole(path):
    assert guards.built(path) == []
    assert guards.links(path) == []


@pytest.mark.parametrize("exercise", EXERCISES)
def test_exercise_tells_right_from_wrong(exercise):
    assert exercises.problems(exercise) == []


@pytest.mark.parametrize(
    "missing, problem",
    [
        (f"lessons/{NAME}/notebook.py", f"{NAME} has no source"),
        (f"notebooks/{NAME}.ipynb", f"{NAME} has no learner's copy"),
        (f"notebooks/solutions/{NAME}.ipynb", f"{NAME} has no solved copy"),
        (f"lessons/{NAME}/README.md", f"{NAME} has no page"),
        (f"lessons/{NAME}/quiz.json", f"{NAME} has no quiz"),
    ],
)
def test_guard_misses_no_part_of_a_lesson(tmp_path, missing, problem):
    root = make_course(tmp_path)
    (root / "notebooks/solutions").mkdir()
    (root / f"notebooks/{NAME}.ipynb").touch()
    (root / f"notebooks/solutions/{NAME}.ipynb").touch()
    assert guards.names(root) == []
    (root / missing).unlink()
    assert guards.names(root) == [problem]


def test_guard_names_a_lesson_without_number(tmp_path):
    root = make_course(tmp_path)
    shutil.copytree(root / f"lessons/{NAME}", root / "lessons/7_short")
    assert "7_short is not named NN_slug" in guards.names(root)


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("hidden=[10, 0.25]", "hidden=[10]", "fewer than 2 hidden"),
        ("cases=[0, 3, -1.5]", "cases=[0, 3]", "fewer than 3 cases"),
        ('hint="Multiply by two.",\n', "", "has no hint"),
        ("return 2 * number", "return 3 * number", "its solution is not right"),
        ("return 2 * number", "return 2 * min(number, 9)", "its solution is not right"),
        ("number**2, ", "number * 2, ", "its mistake 1 does not get its hint"),
        ("abs(2 * number)", "number + 2", "its mistake 3 does not get its hint"),
        ("### BEGIN SOLUTION\n    return", "return", "its stub is not open"),
        (
            '        (36, "That is the square of the sum."),\n',
            "",
            "fewer than 3 mistakes",
        ),
        ("prediction = 12", "prediction = 12\nlost = 1", "its stub asks for `lost`"),
        ("prediction = 12", "prediction = 13", "its solution is not right"),
        ("check(\n    double", "print(\n    double", "must hold one check"),
    ],
)
def test_guard_misses_no_fault_of_an_exercise(tmp_path, old, new, problem):
    path = make_course(tmp_path) / f"lessons/{NAME}/notebook.py"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    found = sum(map(exercises.problems, exercises.exercises(path)), [])
    assert any(problem in text for text in found), found
