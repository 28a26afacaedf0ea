"""Makes nbgrader assignments of the lessons: `make assignments [LESSON=06]`.

From each `lessons/NN_slug/notebook.py` comes `source/NN_slug/NN_slug.ipynb`, with the
solutions, and from that, by nbgrader itself, `release/…`, which learners
get. Both lie in `build/assignments`, a course folder of nbgrader's: whoever uses
nbgrader, alone or on a JupyterHub, can go on there with its own commands.
"""

import argparse
import ast
import logging
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from tools.lesson.copies import Course, fresh, tags, unsolved
from tools.lesson.questions import DEFINITIONS, exercises, is_literal

STUB = "*Your answer, in two or three sentences.*"
REASON = """\
**To be read by a person, {points:g} points: what did you find, and why is it so?**
Half of them for a finding that the output of your experiment supports, half for a
reason that names its cause.

### BEGIN SOLUTION
{model}
### END SOLUTION"""
CONFIG = '''\
"""nbgrader's settings for this course; made by `make assignments`."""

from tools.classroom.assignments import configure

configure(get_config())  # noqa: F821
'''
SOLUTION = r"\n\n\[Solution\]\(.*\)$"  # the link below an exercise
SKIPPED = "skip-execution"  # nbgrader passes over such cells: grading takes seconds


def source_notebook(course, name):
    """The instructor's version of a lesson, with nbgrader's metadata."""
    questions = exercises(course.source(name))
    notebook = fresh(course, name, "learner", recorded_seconds(course, name))
    cells, left = [], list(questions)
    for cell in notebook.cells:
        cells.append(cell)
        if "exercise" in tags(cell):
            question = left[0]
            kind = "-experiment" if question.explore else "-answer"
            cell.source = question.code
            mark(cell, question.grade_id + kind, solution=True)
        elif "check" in tags(cell):
            question = left.pop(0)
            if question.explore:
                mark(cell, question.grade_id + "-check", locked=True)
                cells.append(reason(question))
            else:
                mark(cell, question.grade_id, points=question.points, locked=True)
        if skippable(cell):
            cell.metadata["tags"] = [*tags(cell), SKIPPED]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = outside(course, cell.source)
    notebook.cells = cells
    notebook.metadata.pop("course")
    return notebook


def recorded_seconds(course, name):
    path = course.notebook(name)
    if not path.is_file():
        return 0
    recorded = nbformat.read(path, as_version=4).metadata
    return recorded.get("course", {}).get("seconds", 0)


def outside(course, text):
    """A text for a notebook that has left the repository: links lead back to it."""
    for gone in (r" · \[solved copy\]\(.*?\)", r"\n\n\[!\[Open in Colab\].*", SOLUTION):
        text = re.sub(gone, "", text)
    if not course.published:  # there is nowhere to lead
        return re.sub(r"\[([^\]]*)\]\(\.\./[^)]*\)", r"\1", text)
    return re.sub(r"\]\(\.\./", f"]({course.repository}/blob/main/", text)


def mark(cell, grade_id, solution=False, locked=False, points=None):
    """Gives a cell the metadata by which nbgrader knows it."""
    facts = {"grade_id": grade_id, "schema_version": 3, "task": False}
    facts |= {"solution": solution, "locked": locked, "grade": points is not None}
    if points is not None:
        facts["points"] = points
    cell.metadata["nbgrader"] = facts | {"cell_type": cell.cell_type}


def reason(question):
    """The cell in which a learner says what an experiment showed, and why."""
    model = question.interpretation or "(The source holds no model answer.)"
    text = REASON.format(points=question.points, model=model)
    cell = new_markdown_cell(text, id=f"{question.grade_id}-reason")
    mark(cell, question.grade_id, solution=True, points=question.points)
    return cell


def skippable(cell):
    """Whether grading may pass over a cell: it neither defines nor is an answer."""
    if cell.cell_type != "code" or {"set-up", "given"}.intersection(tags(cell)):
        return False
    if {"exercise", "check"}.intersection(tags(cell)):
        grade_id = cell.metadata["nbgrader"]["grade_id"]
        return grade_id.endswith(("-experiment", "-check"))
    return not all(
        isinstance(node, DEFINITIONS)
        or (isinstance(node, ast.Assign) and is_literal(node.value))
        for node in ast.parse(cell.source).body
    )


def configure(config):
    """Fills in nbgrader's configuration."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import ClearSolutions

    class Stubs(ClearSolutions):
        """Leaves the stubs of the learner's copy where the solutions were."""

        def preprocess_cell(self, cell, resources, cell_index):
            if cell.cell_type == "code" and cell.metadata.get("nbgrader"):
                cell.source = unsolved(cell.source)
                return cell, resources
            return super().preprocess_cell(cell, resources, cell_index)

    steps = GenerateAssignment.preprocessors.default_args[0]
    steps = [Stubs if step is ClearSolutions else step for step in steps]
    config.GenerateAssignment.preprocessors = steps
    config.Stubs.text_stub = STUB
    config.CourseDirectory.course_id = "segmentation"
    config.OverwriteCells.add_missing_cells = True
    config.Execute.timeout = 60
    return config


def nbgrader_of(folder):
    """nbgrader itself, at work on the course in `folder`."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    # nbgrader starts `alembic` by name, which lies beside this interpreter.
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    os.environ["PATH"] = os.pathsep.join(paths)
    config = configure(Config())
    config.CourseDirectory.root = str(folder)
    api = NbGraderAPI(config=config)
    api.log.setLevel(logging.ERROR)
    return api


def make(course, folder, names):
    """Writes source and release of each lesson; returns the notebooks released."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(CONFIG, "utf-8")
    for name in names:
        shutil.rmtree(folder / "source" / name, ignore_errors=True)
        (folder / "source" / name).mkdir(parents=True)
        path = folder / "source" / name / f"{name}.ipynb"
        nbformat.write(source_notebook(course, name), path)
    api = nbgrader_of(folder)
    for name in names:
        done = api.generate_assignment(name)
        if not done["success"]:
            raise SystemExit(f"{name}: nbgrader failed.\n{done['log']}")
    return [folder / "release" / name / f"{name}.ipynb" for name in names]


def table(course, names):
    """Lays out what each lesson's assignment asks for, and what that is worth."""
    lines = ["assignment                      by machine  by a person  points"]
    for name in names:
        found = exercises(course.source(name))
        machine = sum(e.points for e in found if not e.explore)
        person = sum(e.points for e in found if e.explore)
        lines.append(f"{name:32}{machine:10g}{person:13g}{machine + person:8g}")
    return "\n".join(lines)


def main(arguments=None, course=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", default=os.environ.get("LESSON", ""))
    parser.add_argument("--out", type=Path, help="default: build/assignments")
    options = parser.parse_args(arguments)
    course = course or Course()
    names = course.names(options.lesson)
    folder = (options.out or course.root / "build" / "assignments").resolve()
    released = make(course, folder, names)
    print(table(course, names))
    print(f"\nHand out: {released[0].parents[1]}/…/….ipynb")
    print(f"With solutions, for you: {folder}/source")
    return 0


if __name__ == "__main__":
    sys.exit(main())
