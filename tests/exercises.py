"""What must hold for the exercises of a notebook's source, tried without the rest."""

from tools.authors.proof import unanswered
from tools.lesson.questions import exercises
from utils.checks import grade, grade_answer

__all__ = ["behaviour", "exercises", "problems"]

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
