"""Graders are graded: wrong answers lose their points, right ones and nobody else's
work are safe, and no submission, however hostile, changes anything but its grade."""

import csv
import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

import classroom
from exercises import alternatives
from tiny import NAME, make_course
from tools.classroom.answers import Cell, chosen, read
from tools.classroom.grading import Grading, Work, main
from tools.classroom.pages import write_all
from tools.lesson.copies import HIDDEN, ROOT, Course
from tools.lesson.questions import exercises

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Grading starts its processes with fork."
)
COURSE = Course()


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def fingerprints(*folders):
    """What must not change: every file of these folders, byte for byte."""
    return {
        path: path.read_bytes()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


# A class: graded twice, with one process and with two.


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Folders of results of two runs, and the files that they must not change."""
    before = fingerprints("utils", "lessons", "tests")
    outs = []
    for processes in ("2", "1"):
        out = tmp_path_factory.mktemp("grades")
        limits = ["--seconds", "2", "--megabytes", "1024", "--processes", processes]
        main([str(classroom.FOLDER), "--out", str(out), *limits])
        outs.append(out)
    return outs, before == fingerprints("utils", "lessons", "tests")


def test_example_class_is_what_its_source_gives(tmp_path):
    for learner in classroom.LEARNERS:
        file = classroom.hand_in(learner, COURSE, classroom.LESSON, tmp_path)
        committed = classroom.FOLDER / file.relative_to(tmp_path)
        message = "Run `.venv/bin/python -m tests.classroom`."
        assert committed.read_bytes() == file.read_bytes(), message


def test_no_grade_changes_between_two_runs(graded):
    (first, second), _ = graded
    files = sorted(path.relative_to(first) for path in first.rglob("*.*"))
    assert len(files) == len(classroom.LEARNERS) + 5
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_nothing_outside_was_touched(graded):
    _, unchanged = graded
    assert unchanged
    assert not Path("/tmp/peggy-was-here").exists()


def test_everybody_is_graded_and_only_the_right_have_full_marks(graded):
    (out, _), _ = graded
    totals = {row["student"]: float(row["total"]) for row in rows(out / "grades.csv")}
    assert set(totals) == {learner.__name__ for learner in classroom.LEARNERS}
    questions = exercises(COURSE.source(classroom.LESSON))
    machine = sum(q.points for q in questions if not q.explore)
    asked = next(q for q in questions if q.functions)
    for student, total in totals.items():
        if student in classroom.RIGHT:
            assert total == machine, student
        elif student in classroom.WRONG:
            assert total == 0, student
        else:  # one exercise lost, the others kept
            assert total == machine - asked.points, student


@pytest.mark.parametrize(
    "student, said",
    [
        ("erin", "Stopped: it was still running after 2 seconds of CPU time"),
        ("frank", "MemoryError: Unable to allocate 10.0 GiB"),
        ("grace", "SystemExit: (a notebook must not end Python)"),
        ("heidi", "Tests deleted or edited: 5.1, 5.2, 5.3. The course's own were used"),
        ("ivan", "Tests deleted or edited: 5.1, 5.2, 5.3. The course's own were used"),
        ("judy", "homework FINAL (2).ipynb was graded as 05_segmentation_metrics"),
        ("mike", "SyntaxError: invalid syntax (<exercise 5.2>, line 1)"),
        ("nora", "cannot be read: it is not valid JSON"),
        (
            "oscar",
            f"read {ROOT}/tests/class/ada/05_segmentation_metrics.ipynb: refused",
        ),
        ("oscar", f"read {ROOT}/lessons/05_segmentation_metrics/notebook.py: refused"),
        ("peggy", f"write {ROOT}/utils/checks/grading.py: refused"),
        ("peggy", f"change {ROOT}/utils/checks/grading.py: refused"),
        ("peggy", "use subprocess.Popen: refused"),
        ("peggy", "use os.kill: refused"),
        ("quentin", "Stopped: it ended its process (exit 0)"),
    ],
)
def test_what_went_wrong_is_said(graded, student, said):
    (out, _), _ = graded
    lines = (out / "summary.txt").read_text("utf-8").splitlines()
    found = [line for line in lines if line.startswith(f"  {student}: ")]
    assert any(said in line for line in found), found
    page = (out / "feedback" / f"{student}.html").read_text("utf-8")
    assert student in page and "<h2>05_segmentation_metrics</h2>" in page


@pytest.mark.parametrize(
    "student", ["ada", "ben", "carla", "dan", "ken", "lena", "sam"]
)
def test_honest_work_is_not_reported(graded, student):
    (out, _), _ = graded
    assert f"  {student}: " not in (out / "summary.txt").read_text("utf-8")


def test_learner_reads_the_hint_and_the_instructor_the_reasons(graded):
    (out, _), _ = graded
    details = {
        (row["student"], row["exercise"]): row for row in rows(out / "details.csv")
    }
    question = exercises(COURSE.source(classroom.LESSON))[0]
    hint = question.wrong_answers()[0][1]
    assert details["carla", "5.1"]["message"].endswith(hint)
    assert details["ben", "5.2"]["status"] == "open"
    assert "expected [0.666667, nan, 0], got 0" in details["dan", "5.2"]["message"]
    page = (out / "to_read.html").read_text("utf-8")
    text = exercises(COURSE.source(classroom.LESSON))[-1].interpretation
    assert page.count(" ".join(text.split()[:3])) == 2  # the model's and Ada's own
    assert "<h3>ben</h3>" not in page


# Points that a person gives.


@pytest.fixture
def by_hand(graded, tmp_path):
    """The files of a run over three learners, its results taken from the big one."""
    (out, _), _ = graded
    text = (out / "by_hand.csv").read_text("utf-8")
    (tmp_path / "by_hand.csv").write_text(text, "utf-8")
    grading = Grading(COURSE, classroom.FOLDER, "05")
    grading.works = [
        Work(
            student,
            classroom.FOLDER / student / "05.ipynb",
            classroom.LESSON,
            results=[
                {"exercise": "5.1", "points": 1, "of": 1, "status": "correct"},
                {"exercise": "5.2", "points": 2, "of": 2, "status": "correct"},
                {"exercise": "5.3", "points": 0, "of": 2, "status": "by hand"},
            ],
        )
        for student in ("ada", "=1+1")
    ]
    for work in grading.works:
        for result in work.results:
            result |= {"message": "", "attempts": []}
    return grading, tmp_path


def test_points_entered_by_hand_are_added_and_kept(by_hand):
    grading, out = by_hand
    path = out / "by_hand.csv"
    path.write_text(
        path.read_text("utf-8").replace("ada,5.3,,2,", "ada,5.3,1.5,2,Good")
    )
    write_all(grading, out)
    ada = next(row for row in rows(out / "grades.csv") if row["student"] == "ada")
    assert (ada["5.3 (of 2)"], ada["total"], ada["of"]) == ("1.5", "4.5", "5")
    assert "ada,5.3,1.5,2,Good" in path.read_text("utf-8")
    assert "read</span>: Good" in (out / "feedback" / "ada.html").read_text("utf-8")


def test_semicolons_of_a_spreadsheet_are_understood(by_hand):
    grading, out = by_hand
    text = "student;exercise;points;of;comment\nada;5.3;0,5;2;ok\n"
    (out / "by_hand.csv").write_text("\ufeff" + text, "utf-8")
    write_all(grading, out)
    ada = next(row for row in rows(out / "grades.csv") if row["student"] == "ada")
    assert ada["5.3 (of 2)"] == "0.5"


def test_better_of_two_notebooks_counts_and_is_named(by_hand):
    grading, out = by_hand
    right = grading.works[0]
    wrong = Work("ada", right.path.with_name("05 old.ipynb"), right.lesson)
    wrong.results = [result | {"points": 0} for result in right.results]
    grading.works.append(wrong)
    text = write_all(grading, out)
    assert "ada: Handed in twice: " in text and "05 old.ipynb does not count" in text
    ada = next(row for row in rows(out / "grades.csv") if row["student"] == "ada")
    assert ada["total"] == "3"


def test_points_out_of_range_are_refused(by_hand):
    grading, out = by_hand
    path = out / "by_hand.csv"
    path.write_text(path.read_text("utf-8").replace("ada,5.3,,2,", "ada,5.3,7,2,"))
    with pytest.raises(SystemExit, match="must be 0 to 2. Received: '7'"):
        write_all(grading, out)


def test_no_name_becomes_a_formula(by_hand):
    grading, out = by_hand
    write_all(grading, out)
    assert "\n'=1+1," in (out / "grades.csv").read_text("utf-8").replace("\r", "")


# Graders of all lessons: solution, stub, other right answers, every known mistake.


OTHER_TYPES = """

def in_other_types(value):
    import numpy
    if isinstance(value, dict):
        return {key: in_other_types(value[key]) for key in reversed(value)}
    if isinstance(value, (list, tuple)):
        items = map(in_other_types, value)
        return tuple(items) if isinstance(value, list) else list(items)
    return f" {value.upper()} " if isinstance(value, str) else numpy.array(value)[()]
"""


def other_answers(name, questions):
    """Another right answer for each exercise: a value of another type, a loop."""
    codes = alternatives(name)
    for question in questions:
        if not question.functions and not question.explore:
            renamed = [f"{n} = in_other_types({n})" for n in question.names]
            code = "\n".join([question.solution, OTHER_TYPES, *renamed])
            codes.setdefault(question.number, code)
    return codes


def submissions(name, questions):
    """Triples (kind, cells, exercises meant); each wrong answer is in one of them."""
    everything = {q.number for q in questions}
    yield "solved", read(COURSE.notebook(name, "solved")), everything
    yield "untouched", read(COURSE.notebook(name)), everything
    sets = [("other", other_answers(name, questions))]
    wrong = {q.number: q.wrong_answers() for q in questions if not q.explore}
    for place in range(max(map(len, wrong.values()))):
        codes = {n: found[place][0] for n, found in wrong.items() if found[place:]}
        sets.append((f"wrong {place}", codes))
    for kind, codes in sets:
        meant = [q for q in questions if q.number in codes]
        ids = [f"{q.grade_id}-answer" for q in meant]
        pairs = zip(meant, ids, strict=True)
        yield kind, [Cell("code", codes[q.number], i) for q, i in pairs], set(codes)


def test_graders_tell_right_from_wrong(monkeypatch, capsys):
    """Prints, per exercise, how many of each kind of answer get full marks."""
    grading = Grading(COURSE, classroom.FOLDER)
    kinds = []

    def jobs():
        for name in COURSE.names():
            for kind, cells, meant in submissions(name, grading.questions[name]):
                grading.waiting[len(kinds)] = Work(kind, ROOT, name)
                kinds.append((name, kind, meant))
                cells = [asdict(cell) for cell in cells]
                yield {"id": len(kinds) - 1, "lesson": name, "cells": cells}

    monkeypatch.setattr(grading, "jobs", jobs)
    grading.run(seconds=20, megabytes=2048, processes=2)
    lines, faults = [f"{'exercise':44} solved untouched other wrong"], []
    for name in COURSE.names():
        for question in grading.questions[name]:
            full = {"solved": [], "untouched": [], "other": [], "wrong": []}
            for number, (lesson, kind, meant) in enumerate(kinds):
                work = grading.waiting[number]
                if lesson != name or question.number not in meant:
                    continue
                assert not work.problem, (name, kind, work.problem)
                result = {r["exercise"]: r for r in work.results}[question.number]
                right = result["points"] == question.points
                if question.explore:  # a person reads it, if there is anything
                    right = result["status"] == "by hand"
                full[kind.split()[0]].append(right)
                if right != (kind in ("solved", "other")):
                    faults.append((question.number, kind, result["message"]))
            if question.explore:
                counts = ["read", "0/1" if full["untouched"] == [False] else "?"]
                counts += ["by a", "person"]
            else:
                counts = [f"{sum(found)}/{len(found)}" for found in full.values()]
                if len(full["wrong"]) < 3:
                    faults.append((question.number, "fewer than three wrong answers"))
            title = question.title.removeprefix("Exercise ")[:44]
            lines.append("{:44} {:>6} {:>9} {:>5} {:>6}".format(title, *counts))
    with capsys.disabled():
        print("\n\nAnswers with full marks, of those tried:\n" + "\n".join(lines))
    assert not faults


@pytest.mark.parametrize("name", COURSE.names())
def test_every_answer_is_found_in_the_courses_own_notebooks(name):
    """What Colab's learners hand in has no metadata of nbgrader's."""
    questions = exercises(COURSE.source(name))
    for copy in ("learner", "solved"):
        cells = [Cell(c.kind, c.source) for c in read(COURSE.notebook(name, copy))]
        found = chosen(cells, questions)
        for question in questions:
            wanted = question.stub if copy == "learner" else question.solution
            place = found[question.number]
            assert place is not None and cells[place].source == wanted.rstrip("\n")


@pytest.mark.parametrize("name", COURSE.names())
def test_other_answers_belong_to_exercises_that_there_are(name):
    numbers = {q.number for q in exercises(COURSE.source(name)) if q.functions}
    assert alternatives(name).keys() <= numbers


# A lesson whose tests need more than values, and one that is wrong itself.


def tiny_course(folder, **changes):
    """The tiny course with texts of its source replaced; its class, handed in."""
    root = make_course(folder / "course")
    path = root / "lessons" / NAME / "notebook.py"
    source = path.read_text("utf-8")
    for old, new in changes.items():
        assert old in source
        source = source.replace(old, new)
    path.write_text(source, "utf-8")
    for learner in (classroom.ada, classroom.ben, classroom.carla):
        classroom.hand_in(learner, Course(root), NAME, folder / "class")
    return Course(root)


def totals(folder, course):
    out = folder / "out"
    main([str(folder / "class"), "--out", str(out), "--processes", "1"], course)
    return {row["student"]: row["total"] for row in rows(out / "grades.csv")}


def test_arguments_that_cannot_be_sent_are_tested_beside_the_answer(tmp_path):
    changes = {
        "return 2 * number\n": "return 2 * number()\n",
        "[0, 3, -1.5]": "[lambda: 0, lambda: 3, lambda: -1.5]",
        "[10, 0.25]": "[lambda: 10, lambda: 0.25]",
        "number + number,": "number() + number(),",
        "number**2,": "number() ** 2,",
        "number + 2,": "number() + 2,",
        "abs(2 * number),": "abs(2 * number()),",
    }
    course = tiny_course(tmp_path, **changes)
    assert totals(tmp_path, course) == {"ada": "3", "ben": "0", "carla": "0"}


def test_notebook_from_when_it_held_the_definitions_is_graded_alike(tmp_path, capsys):
    course = tiny_course(tmp_path)
    older = {q.line: HIDDEN.sub("", q.check) for q in exercises(course.source(NAME))}
    imports = "from utils.checks import check"
    for path in (tmp_path / "class").rglob("*.ipynb"):
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            source = older.get(cell["source"], cell["source"])
            if source.endswith(imports):
                source = source.replace(imports, f"{imports}, check_answer")
            cell["source"] = source
        assert "reference=" in str(notebook) and ", check_answer" in str(notebook)
        path.write_text(json.dumps(notebook), "utf-8")
    assert totals(tmp_path, course) == {"ada": "3", "ben": "0", "carla": "0"}
    assert "Tests deleted or edited" not in capsys.readouterr().out


def test_exercise_that_is_wrong_itself_is_not_graded(tmp_path, capsys):
    course = tiny_course(tmp_path, **{"prediction = 12": "prediction = 13"})
    assert totals(tmp_path, course) == {"ada": "0", "ben": "0", "carla": "0"}
    said = capsys.readouterr().out
    assert "not graded: the solution is not graded right (1.1: Not yet: 13" in said


def test_wrong_folder_is_refused(tmp_path):
    for folder in (str(tmp_path / "nothing"), ""):
        with pytest.raises(SystemExit, match="SUBMITTED must be a folder .* Received"):
            main([folder])
