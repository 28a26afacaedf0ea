"""What must hold for the exercises of a notebook's source, tried without the rest."""

import re

from tools.authors.proof import unanswered
from tools.lesson.copies import Course
from tools.lesson.questions import bound, exercises
from utils.checks import grade, grade_answer

__all__ = ["alternatives", "behaviour", "exercises", "problems"]

PARAMETERS = {grade: ["cases"], grade_answer: ["expected"]}


def problems(exercise):
    """Says what is wrong with an exercise: its form, its solution, its mistakes."""
    try:
        call = exercise.call()
    except ValueError as error:
        return [str(error)]
    found = []
    minimum = {"mistakes": 3}
    if call.func.id == "check":
        minimum |= {"cases": 3, "hidden": 2}
    for name, least in minimum.items():
        if exercise.length(name) < least:
            found.append(f"has fewer than {least} {name}")
    for name in set(bound(exercise.stub)).difference(exercise.names):
        found.append(f"its stub asks for `{name}`, which its check does not use")
    if not any(keyword.arg == "hint" for keyword in call.keywords):
        found.append("has no hint")
    if not exercise.explore:
        found += behaviour(exercise)
    return [f"{exercise.title}: {problem}" for problem in found]


def behaviour(exercise):
    """Grades stub, solution and every known mistake."""
    found = []
    grader, values, named = exercise.report(exercise.stub)
    stub = grader(*values, **named)
    if stub.status != "open":
        found.append(f"its stub is not open: {stub.message}")
    grader, values, named = exercise.report(exercise.solution)
    report = grader(*values, **named)
    if report.status != "correct":
        found.append(f"its solution is not right: {report.message}")
    definition = dict(zip(PARAMETERS[grader], values[1:], strict=False)) | named
    return found + unanswered(grader, definition)


def alternatives(name):
    """Other right answers that a lesson keeps: {exercise: code}."""
    path = Course().answers(name)
    text = path.read_text("utf-8") if path.is_file() else ""
    imports, *blocks = re.split(r"^# %% (\d+\.\d+).*\n", text, flags=re.MULTILINE)
    imports = imports.partition('"""\n\n')[2]
    return {
        n: imports + code for n, code in zip(blocks[::2], blocks[1::2], strict=True)
    }
