"""Answers compared with what an exercise expects: a status, and one line to say.

The same definition gives the message in the notebook (`utils.checks.definitions`) and
the points, and no message gives a predicted value away.
"""

import contextlib
import io
import linecache
import traceback
from dataclasses import dataclass

import numpy as np

from utils.checks.comparison import (
    agree,
    brief,
    difference,
    other_form,
    parts,
    some_right,
)

OPEN = "Not attempted yet."


@dataclass(frozen=True)
class Report:
    """Outcome of one exercise.

    Args:
        status: "open" (not attempted), "wrong" or "correct".
        message: What to tell the learner, in one line.
        points: What the exercise is worth.

    Example:
    >>> Report("correct", "Correct.", points=2).earned
    2
    """

    status: str
    message: str
    points: float = 1

    @property
    def earned(self):
        return self.points if self.status == "correct" else 0


def grade(
    function,
    cases,
    reference=None,
    mistakes=(),
    hint="",
    hidden=(),
    points=1,
    tolerance=None,
):
    """Compares a function with a reference on every case.

    Args:
        function: The function to grade. It gets copies of the arguments.
        cases: List of argument tuples, or, without `reference`, list of pairs
            (arguments, expected value). What is not a tuple is one argument.
        reference: Function that gives the expected values.
        mistakes: List of pairs (wrong function, hint). The hint is given when the
            learner's values are the wrong function's wherever that one is wrong, as in
            the case shown.
        hint: What to say of any other wrong answer.
        hidden: More cases, in the same form, that the learner does not see.
        points: What the exercise is worth.
        tolerance: Largest error allowed, relative and absolute: see `difference`.

    Returns:
        A `Report`.

    Raises:
        ValueError: If there is no case.

    Example:
    >>> def double(number):
    ...     print(2 * number)
    >>> print(grade(double, [(4, 8)], hint="Twice it.").message)
    double(4): it printed 8 but returned nothing: end with `return`. Twice it.
    """
    cases = [*cases, *hidden]
    if not cases:
        raise ValueError("`cases` must hold at least one case. Received: none.")
    if function is ...:
        return Report("open", OPEN, points)
    if not callable(function):
        return Report("wrong", f"Expected a function, got {brief(function)}.", points)
    if reference:
        inputs = [_as_tuple(case) for case in cases]
        truth = [reference(*_copied(arguments)) for arguments in inputs]
    else:
        inputs = [_as_tuple(arguments) for arguments, _ in cases]
        truth = [expected for _, expected in cases]
    runs = [_run(function, arguments) for arguments in inputs]
    values = [value for value, _ in runs]
    if any(value is ... for value in values):
        return Report("open", OPEN, points)
    for place, (expected, (value, said)) in enumerate(zip(truth, runs, strict=True)):
        both_none = expected is None and value is None
        trouble = "" if both_none else said or difference(expected, value, tolerance)
        if trouble:
            name = getattr(function, "__name__", "the function")
            call = f"{name}({', '.join(map(brief, inputs[place]))})"
            hint = _hint(place, inputs, truth, values, mistakes, tolerance) or hint
            return Report("wrong", f"{call}: {trouble}. {hint}".strip(), points)
    number = "the only case" if len(inputs) == 1 else f"all {len(inputs)} cases"
    return Report("correct", f"Correct on {number}.", points)


def grade_answer(answer, expected, mistakes=(), hint="", points=1, tolerance=None):
    """Compares a value with the expected one.

    Args:
        answer: Number, text, array, or list, tuple or dictionary of these.
        expected: The true value, of the same kind.
        mistakes: List of pairs (wrong value, hint).
        hint: What to say of any other wrong answer.
        points: What the exercise is worth.
        tolerance: Largest error allowed, relative and absolute; `0.1` accepts an
            estimate within ten per cent.

    Returns:
        A `Report`, whose message does not contain the expected value.

    Example:
    >>> grade_answer(60, expected=64, tolerance=0.1).status
    'correct'
    """
    given = parts(answer)
    done = sum(part is not ... for part in given)
    if done < len(given):
        message = f"{done} of {len(given)} values given so far." if done else OPEN
        return Report("open", message, points)
    if agree(expected, answer, tolerance):
        return Report("correct", "Correct.", points)
    form = other_form(expected, answer, tolerance)
    if form:
        return Report("wrong", f"Not yet: {form}", points)
    message = some_right(expected, answer, tolerance)
    for wrong, wrong_hint in mistakes:
        if agree(wrong, answer, tolerance):
            message, hint = f"{brief(answer)} is not right.", wrong_hint
            break
    return Report("wrong", f"Not yet: {message} {hint}".strip(), points)


def _as_tuple(case):
    return case if isinstance(case, tuple) else (case,)


def _copied(value):
    """Copies arrays, also in lists, so that no function changes another's input."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_copied, value))
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _run(function, arguments):
    """Returns (value, "") or, where it went wrong, (error class or None, why)."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            value = function(*_copied(arguments))
    except NotImplementedError:
        return ..., ""
    except (Exception, SystemExit) as error:
        return type(error), _description(error, function)
    if value is not None:
        return value, ""
    text = " ".join(printed.getvalue().split())[:60]
    printed = f"printed {text} but " if text else ""
    return None, f"it {printed}returned nothing: end with `return`"


def _description(error, function):
    """Names an error and the learner's own line that led to it."""
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    name = f"{type(error).__name__}: {error}".removesuffix(": ").removesuffix(".")
    code = getattr(function, "__code__", None)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if code and frame.filename == code.co_filename:
            line = linecache.getline(frame.filename, frame.lineno).strip()
            return f"line {frame.lineno}, `{line}`, raised {name}"
    return f"it raised {name}"


def _hint(shown, inputs, truth, values, mistakes, tolerance):
    """Returns the hint of the mistake that fails like the answer, on the case shown."""
    for mistake, hint in mistakes:
        wrong = [_run(mistake, arguments)[0] for arguments in inputs]
        agrees = {
            place: difference(error, value, tolerance) is None
            for place, (error, value) in enumerate(zip(wrong, values, strict=True))
            if difference(truth[place], error, tolerance)
        }
        if shown in agrees and all(agrees.values()):
            return hint
    return None
