"""A class of learners, right, wrong and hostile, made from a lesson's source.

`python -m tests.classroom` writes `tests/class`, the example that instructors try.
"""

import ast
import json
import shutil
from textwrap import indent

from tools.classroom.assignments import SKIPPED, STUB, source_notebook
from tools.lesson.copies import ROOT, Course, tags, unsolved
from tools.lesson.questions import exercises

FOLDER = ROOT / "tests" / "class"
LESSON = "05_segmentation_metrics"


class Homework:
    """The released notebook of a lesson, cut down to its exercises, to be filled in."""

    def __init__(self, course, name):
        self.name, self.questions = name, exercises(course.source(name))
        self.asked = next(q for q in self.questions if q.functions)  # for the hostile
        self.cells = []
        for cell in source_notebook(course, name).cells:
            keep = cell.metadata.get("nbgrader") or "## Exercise" in cell.source
            if not keep and (cell.cell_type == "markdown" or SKIPPED in tags(cell)):
                continue
            source = cell.source
            if cell.cell_type == "code":
                source = unsolved(source)
            facts = {"cell_type": cell.cell_type, "id": cell.id, "source": source}
            facts["metadata"] = json.loads(json.dumps(cell.metadata))
            if cell.cell_type == "code":
                facts |= {"execution_count": None, "outputs": []}
            else:
                text = source.partition("### BEGIN SOLUTION")
                facts["source"] = text[0] + (STUB if text[1] else "")
            self.cells.append(facts)

    def place(self, grade_id):
        return next(
            number
            for number, cell in enumerate(self.cells)
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
        )

    def answer(self, question, code):
        kind = "-experiment" if question.explore else "-answer"
        self.cells[self.place(question.grade_id + kind)]["source"] = code

    def solve(self):
        for question in self.questions:
            self.answer(question, question.solution)
        return self

    def attack(self, body):
        """Everything solved but the function, whose body is another one."""
        self.solve()
        head = f"def {self.asked.functions[0]}(*arguments):\n"
        self.answer(self.asked, head + indent(body, "    "))
        return self

    def text(self):
        return json.dumps(
            {
                "cells": self.cells,
                "metadata": {"language_info": {"name": "python"}},
                "nbformat": 4,
                "nbformat_minor": 5,
            },
            indent=1,
            ensure_ascii=False,
        )


def ada(homework):
    """Right, with the reason written down."""
    homework.solve()
    for question in homework.questions:
        if question.explore:
            cell = homework.cells[homework.place(question.grade_id)]
            cell["source"] = cell["source"].replace(STUB, question.interpretation)


def ben(homework):
    """The untouched release."""


def carla(homework):
    """Wrong everywhere, as many are."""
    for question in homework.questions:
        homework.answer(question, question.wrong_answers()[0][0])


def dan(homework):
    """The visible cases learnt by heart: the hidden ones find out."""
    question = homework.solve().asked
    name = question.functions[0]
    cases = ", ".join(map(ast.unparse, question.entries("cases")))
    learnt = (
        f"{question.solution}\n\noriginal, known = {name}, {{}}\n"
        f"for case in [{cases}]:\n"
        "    case = case if isinstance(case, tuple) else (case,)\n"
        "    known[str(case)] = original(*case)\n\n"
        f"def {name}(*arguments):\n    return known.get(str(arguments), 0)"
    )
    homework.answer(question, learnt)


def erin(homework):
    """An endless loop."""
    homework.attack("while True:\n    pass")


def frank(homework):
    """Ten gigabytes."""
    homework.attack("import numpy\nreturn numpy.ones(10 * 2**30 // 8).sum()")


def grace(homework):
    """sys.exit in the middle of an answer."""
    homework.attack("pass")
    homework.answer(homework.asked, "import sys\nsys.exit()")


def heidi(homework):
    """Deleted the test cells."""
    homework.solve()
    homework.cells = [c for c in homework.cells if "check" not in str(c["metadata"])]


def ivan(homework):
    """Wrong, and the test cells edited to say "Correct."."""
    carla(homework)
    for cell in homework.cells:
        if "check" in cell["metadata"].get("tags", []):
            cell["source"] = 'print("Correct on all 5 cases.")'


def judy(homework):
    """Right; the notebook has another name."""
    homework.solve()


def ken(homework):
    """Right; saved by a tool that knows neither cell ids nor lists of lines."""
    homework.solve()
    for cell in homework.cells:
        cell["metadata"] = {"colab": {"base_uri": "https://localhost"}}
        del cell["id"]
        cell["source"] = cell["source"].replace("\n", "\r\n")


def lena(homework):
    """Right; all metadata cleared, one answer moved to a cell of its own."""
    homework.solve()
    place = homework.place(f"{homework.asked.grade_id}-answer")
    stub = homework.cells[place] | {"source": homework.asked.stub}
    homework.cells.insert(place, stub)
    homework.cells = [c | {"metadata": {}} for c in homework.cells]


def mike(homework):
    """A syntax error in one answer."""
    homework.solve()
    homework.answer(homework.asked, f"def {homework.asked.functions[0]}(:\n    return")


def nora(homework):
    """Not JSON: half of the file is missing."""
    homework.solve()


def oscar(homework):
    """Reads the answers of another learner, and the solutions."""
    homework.attack(
        "from pathlib import Path\nimport utils\n"
        "root = Path(utils.__file__).parents[1]\n"
        "try:\n"
        f"    return (root / 'tests/class/ada/{homework.name}.ipynb').read_text()\n"
        "except OSError:\n"
        f"    return (root / 'lessons/{homework.name}/notebook.py').read_text()"
    )


def peggy(homework):
    """Overwrites the tests: in memory, on the disk, and by another process."""
    homework.attack(
        "import os, subprocess\nimport utils.checks\n"
        "here = utils.checks.grading.__file__\n"
        "root = os.path.dirname(os.path.dirname(utils.__file__))\n"
        "right = lambda *_, **__: utils.checks.Report('correct', 'Correct.', 99)\n"
        "utils.checks.grade = utils.checks.grade_answer = right\n"
        "utils.checks.definitions.GRADERS = dict(check=right, check_answer=right)\n"
        "globals().update(check=print)\n"
        "for act in (\n"
        "    lambda: open(here, 'a').write('\\n# hello'),\n"
        f"    lambda: open(root + '/lessons/{homework.name}/notebook.py', 'a'),\n"
        "    lambda: os.remove(here),\n"
        "    lambda: subprocess.run(['touch', '/tmp/peggy-was-here']),\n"
        "    lambda: os.kill(os.getppid(), 9),\n"
        "):\n"
        "    try:\n        act()\n    except OSError:\n        pass\n"
        "return 42"
    )


def quentin(homework):
    """Ends the process without a word."""
    homework.attack("import os\nos._exit(0)")


def rosa(homework):
    """Answers with a class of her own that claims to equal everything."""
    homework.attack(
        "class Anything:\n    def __eq__(self, other):\n        return True\n"
        "    def __reduce__(self):\n        return print, ('unpickled',)\n"
        "return Anything()"
    )


def sam(homework):
    """Right; an import and a helper in a cell above, and Jupyter's own commands."""
    homework.solve()
    name = homework.asked.functions[0]
    place = homework.place(f"{homework.asked.grade_id}-answer")
    helper = homework.asked.solution.replace(f"def {name}(", "def helper(")
    above = f"%matplotlib inline\nimport math\n!date\n{helper}\nslow = sum(range(9))"
    cell = {"cell_type": "code", "id": "above", "metadata": {}, "source": above}
    homework.cells.insert(place, cell | {"execution_count": None, "outputs": []})
    code = (
        f"def {name}(*arguments):\n    return helper(*arguments) if math.pi else None"
    )
    homework.answer(homework.asked, f"%time\n{code}")


LEARNERS = (ada, ben, carla, dan, erin, frank, grace, heidi, ivan, judy, ken, lena)
LEARNERS += (mike, nora, oscar, peggy, quentin, rosa, sam)
RIGHT = ("ada", "heidi", "judy", "ken", "lena", "sam")  # full marks from the machine
WRONG = ("ben", "carla", "ivan", "nora")  # none
FILES = {"judy": "homework FINAL (2).ipynb"}


def hand_in(learner, course, name, folder):
    """Writes a learner's notebook below `folder`."""
    homework = Homework(course, name)
    learner(homework)
    text = homework.text()
    if learner is nora:
        text = text[: len(text) // 2]
    if learner is ken:
        text = text.replace('"nbformat_minor": 5', '"nbformat_minor": 0')
    place = folder / learner.__name__
    place.mkdir(parents=True, exist_ok=True)
    file = place / FILES.get(learner.__name__, f"{name}.ipynb")
    file.write_text(text + "\n", "utf-8")
    return file


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for learner in LEARNERS:
        hand_in(learner, Course(), LESSON, FOLDER)


if __name__ == "__main__":
    main()
