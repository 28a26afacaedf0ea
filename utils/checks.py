"""Exercises checked at once: what was expected, what came, and a hint that fits.

An exercise is defined by one call: `check` for a function the learner writes,
`check_answer` for a value the learner predicts or finds. The same definition gives
the message in the notebook and, through `grade` and `grade_answer`, the points.
"""

import contextlib
import io
import linecache
import traceback
from dataclasses import dataclass

import numpy as np

OPEN = "Not attempted yet."
KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats"}


@dataclass(frozen=True)
class Report:
    """Outcome of one exercise: "open", "wrong" or "correct", and what to say."""

    status: str
    message: str
    points: float = 1

    @property
    def earned(self):
        return self.points if self.status == "correct" else 0


def check(function, cases, **definition):
    """Prints whether a learner's function is right, in one line.

    Args:
        function: The learner's function. One that still raises
            `NotImplementedError` or returns `...` counts as not attempted.
        cases: List of argument tuples, simplest first; a case that is not a tuple
            is the only argument. Without `reference`, list of pairs
            (arguments, expected value).
        **definition: The other arguments of `grade`: `reference`, `mistakes`,
            `hint`, `hidden`, `points`, `tolerance`.

    Returns:
        None: the message is printed.

    Example:

    >>> def double(number):
    ...     return number**2
    >>> check(double, [0, 1, 2, 3], reference=lambda number: 2 * number)
    double(1): expected 2, got 1.
    """
    print(grade(function, cases, **definition).message)


def check_answer(answer, expected, **definition):
    """Prints whether a predicted value is right, without giving it away.

    Args:
        answer: The learner's value; `...` counts as not attempted.
        expected: The true value: best an expression that computes it.
        **definition: The other arguments of `grade_answer`: `mistakes`, `hint`,
            `points`, `tolerance`.

    Returns:
        None: the message is printed.

    Example:

    >>> wrong_axis = ((2, 4), "Columns come last.")
    >>> check_answer((2, 4), (4, 2), mistakes=[wrong_axis])
    Not yet: 0 of 2 values are right in (2, 4). Columns come last.
    """
    print(grade_answer(answer, expected, **definition).message)


def grade(
    function,
    cases,
    reference=None,
    mistakes=(),
    hint="",
    hidden=(),
    points=1,
    tolerance=1e-4,
):
    """Compares a function with a reference on every case.

    Args:
        function: The function to grade. It gets copies of the arguments.
        cases: List of argument tuples, or, without `reference`, list of pairs
            (arguments, expected value). What is not a tuple is one argument.
        reference: Function that gives the expected values.
        mistakes: List of pairs (wrong function, hint). The hint is given when the
            learner's values are the wrong function's wherever that one is wrong.
        hint: What to say of any other wrong answer.
        hidden: More cases, in the same form, that the learner does not see.
        points: What the exercise is worth.
        tolerance: Largest error allowed, relative and absolute.

    Returns:
        A `Report`. Values agree when shape, kind (booleans, integers, floats) and,
        within the tolerance, numbers do; lists and tuples count as the same.

    Raises:
        ValueError: If there is no case.

    Example:

    >>> def double(number):
    ...     print(2 * number)
    >>> print(grade(double, [(4, 8)], hint="Twice the number.").message)
    double(4): it printed 8 but returned nothing: end with `return`. Twice the number.
    """
    cases = [*cases, *hidden]
    if not cases:
        raise ValueError("`cases` must hold at least one case. Received: none.")
    if reference is None:
        calls = [(_arguments(case), expected) for case, expected in cases]
    else:
        calls = [(_arguments(c), reference(*_copy(_arguments(c)))) for c in cases]
    if function is not ... and not callable(function):
        return Report("wrong", f"Expected a function, got {_show(function)}.", points)
    if function is ...:
        return Report("open", OPEN, points)
    outcomes = [_run(function, arguments) for arguments, _ in calls]
    if any(outcome is ... for outcome, _ in outcomes):
        return Report("open", OPEN, points)
    for (arguments, expected), (got, trouble) in zip(calls, outcomes, strict=True):
        trouble = trouble(expected) or _difference(expected, got, tolerance)
        if trouble:
            values = [value for value, _ in outcomes]
            hint = _fitting_hint(calls, values, mistakes, tolerance) or hint
            shown = ", ".join(_show(argument) for argument in arguments)
            name = getattr(function, "__name__", "your function")
            return Report(
                "wrong", f"{name}({shown}): {trouble}. {hint}".strip(), points
            )
    cases = "the one case" if len(calls) == 1 else f"all {len(calls)} cases"
    return Report("correct", f"Correct on {cases}.", points)


def grade_answer(answer, expected, mistakes=(), hint="", points=1, tolerance=1e-4):
    """Compares a value with the expected one.

    Args:
        answer: Number, text, array, or list, tuple or dictionary of these.
        expected: The true value, of the same kind. Texts are compared without
            regard to case and outer blanks.
        mistakes: List of pairs (wrong value, hint).
        hint: What to say of any other wrong answer.
        points: What the exercise is worth.
        tolerance: Largest error allowed, relative and absolute; `0.1` accepts an
            estimate within ten per cent.

    Returns:
        A `Report`.

    Example:

    >>> grade_answer(60, expected=64, tolerance=0.1).status
    'correct'
    """
    parts = _parts(answer)
    if any(part is ... for part in parts):
        done = sum(part is not ... for part in parts)
        message = f"{done} of {len(parts)} values given so far." if done else OPEN
        return Report("open", message, points)
    if _difference(expected, answer, tolerance) is None:
        return Report("correct", "Correct.", points)
    for wrong, wrong_hint in mistakes:
        if _difference(wrong, answer, tolerance) is None:
            hint = wrong_hint
            break
    truth = _parts(expected)
    message = f"Not yet: {_show(answer)} is not right. {hint}"
    if len(truth) == len(parts) > 1:
        pairs = zip(truth, parts, strict=True)
        right = sum(_difference(*pair, tolerance) is None for pair in pairs)
        message = (
            f"Not yet: {right} of {len(parts)} values are right in {_show(answer)}. "
            + hint
        )
    return Report("wrong", message.strip(), points)


def _arguments(case):
    return case if isinstance(case, tuple) else (case,)


def _parts(value):
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _copy(value):
    if isinstance(value, (list, tuple)):
        return type(value)(map(_copy, value))
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _run(function, arguments):
    """Returns (value, trouble): `trouble(expected)` is a message or None."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            value = function(*_copy(arguments))
    except NotImplementedError:
        return ..., None
    except (Exception, SystemExit) as error:
        message = _describe(error, function)
        return None, lambda expected: message
    text = " ".join(printed.getvalue().split())[:60]
    said = f"printed {text} but " if text else ""
    message = f"it {said}returned nothing: end with `return`"
    forgotten = value is None
    return value, lambda expected: message if forgotten and expected is not None else ""


def _describe(error, function):
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    code = getattr(function, "__code__", None)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if code and frame.filename == code.co_filename:
            line = linecache.getline(frame.filename, frame.lineno).strip()
            where = f"line {frame.lineno}, `{line}`" if line else f"line {frame.lineno}"
            return f"{where}, raised {text}"
    return f"it raised {text}"


def _fitting_hint(calls, values, mistakes, tolerance):
    """Returns the hint of the mistake that the values agree with, or None."""
    for mistake, hint in mistakes:
        agrees = []
        for (arguments, expected), value in zip(calls, values, strict=True):
            wrong, _ = _run(mistake, arguments)
            if wrong is None or _difference(expected, wrong, tolerance):
                agrees.append(_difference(wrong, value, tolerance) is None)
        if agrees and all(agrees):
            return hint
    return None


def _difference(expected, got, tolerance):
    """Returns what differs, or None where the values agree."""
    plain = f"expected {_show(expected)}, got {_show(got)}"
    if isinstance(expected, str) or isinstance(got, str):
        same = str(expected).strip().casefold() == str(got).strip().casefold()
        return None if same else plain
    if isinstance(expected, dict):
        if not isinstance(got, dict) or expected.keys() != got.keys():
            return plain
        return _first(expected.values(), got.values(), plain, tolerance)
    if isinstance(expected, (list, tuple)) and not _is_array(got):
        if not isinstance(got, (list, tuple)) or len(expected) != len(got):
            return plain
        return _first(expected, got, plain, tolerance)
    try:
        true, value = np.asarray(expected), np.asarray(got)
    except (TypeError, ValueError):
        return None if expected is got else plain
    if true.dtype.kind not in "biuf" or value.dtype.kind not in "biuf":
        return None if np.array_equal(true, value) else plain
    if true.shape != value.shape:
        return f"expected shape {true.shape}, got shape {value.shape}"
    same = np.isclose(value, true, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not same.all():
        if true.size <= 16:
            return plain
        place = tuple(map(int, np.argwhere(~same)[0]))
        return (
            f"expected {_show(true[place])} at {list(place)}, got {_show(value[place])} "
            f"({same.size - same.sum()} of {same.size} values differ)"
        )
    kinds = KINDS[true.dtype.kind], KINDS[value.dtype.kind]
    if _is_array(expected) and kinds[0] != kinds[1]:
        return f"the values are right, but expected {kinds[0]}, got {kinds[1]}"
    return None


def _first(expected, got, plain, tolerance):
    pairs = zip(expected, got, strict=True)
    troubles = [_difference(a, b, tolerance) for a, b in pairs]
    return plain if any(troubles) else None


def _is_array(value):
    return hasattr(value, "__array__") and np.ndim(value) > 0


def _show(value):
    """Writes a value as one short text."""
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.size > 16:
            return f"an array of shape {array.shape}"
        value = array.round(4).tolist() if array.dtype.kind == "f" else array.tolist()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)) and len(value) <= 16:
        inner = ", ".join(map(_show, value))
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
