"""Definitions of exercises, found and run where a notebook says `check("4.1")`.

An exercise is defined once, in `lessons/04_fcn/notebook.py`, in the cell tagged `check`
that follows its heading: one call of `check` for a function that a learner writes, of
`check_answer` for a value. There these names stand for `grade` and `grade_answer`. A
notebook holds one line of it, so neither cases nor answers stand under the question.
"""

import linecache
import os
import re
import sys
from pathlib import Path

from utils.checks.grading import grade, grade_answer

LESSONS = Path(__file__).resolve().parents[2] / "lessons"
GRADERS = {"check": grade, "check_answer": grade_answer}  # as definitions name them
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS\n.*?^[ \t]*### END HIDDEN TESTS(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)
HEADING = re.compile(r"^# #+\s*Exercise\s+(\d+\.\d+)", re.MULTILINE)


def check(number):
    """Prints whether the answer to an exercise is right, in one line.

    It reads the answer from the notebook in which it is called, and changes nothing
    there. Where nbgrader runs the notebook, an exercise that is not right raises, and
    so has no points.

    Args:
        number: String, the exercise's number as its heading gives it, such as "4.1".

    Raises:
        AssertionError: Under nbgrader only: see above.

    Example:
    >>> check("5.2")
    `dice_of` is not defined yet: run the cells above, your answer's too, then this one.
    """
    message, right = _told(str(number).strip(), sys._getframe(1).f_globals)
    if not right and "NBGRADER_EXECUTION" in os.environ:
        raise AssertionError(message)
    print(message)


def definition_of(number):
    """The code of an exercise's check, hidden cases only while nbgrader grades."""
    sources = sorted(LESSONS.glob("[0-9]*_*/notebook.py"))
    if not sources:
        raise LookupError(
            f"The exercises are defined in {LESSONS}, which is missing: fetch the "
            "whole course anew, with its folders `lessons` and `utils` side by side."
        )
    lessons = {str(int(path.parent.name.partition("_")[0])): path for path in sources}
    lesson = number.partition(".")[0]
    if lesson not in lessons:
        raise LookupError(
            f"There is no exercise {number!r}: the lessons are {', '.join(lessons)}."
        )
    found = definitions(lessons[lesson].read_text(encoding="utf-8"))
    if number not in found:
        raise LookupError(
            f"There is no exercise {number!r}: lesson {lesson} has {', '.join(found)}."
        )
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return found[number]
    return HIDDEN.sub("", found[number])


def definitions(source):
    """Finds in a lesson's source, by exercise, the cells tagged `check`."""
    found, number = {}, None
    _, *parts = CELL.split(source)
    for header, body in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" in header:
            number = ([number] + HEADING.findall(body))[-1]
        elif number and '"check"' in header:
            found.setdefault(number, body.strip())
    return found


def _told(number, caller):
    """Returns (message, whether the answer is right); the caller's names stay."""
    reports = []

    def graded(grader):
        return lambda *values, **named: reports.append(grader(*values, **named))

    try:
        definition = definition_of(number)
    except LookupError as missing:
        return str(missing), False
    namespace = caller | {name: graded(grader) for name, grader in GRADERS.items()}
    # TensorFlow reads the code of functions; a traceback afterwards shall not show it.
    place = f"<check {number}>"
    linecache.cache[place] = (len(definition), None, definition.splitlines(True), place)
    try:
        exec(compile(definition, place, "exec"), namespace)
    except UnboundLocalError:  # an error in a function, not a cell that was not run
        raise
    except NameError as error:
        again = "run the cells above, your answer's too, then this one."
        return f"`{error.name}` is not defined yet: {again}", False
    finally:
        del linecache.cache[place]
    [report] = reports
    return report.message, report.status == "correct"
