"""Values compared as an exercise needs it: what differs, said in a few words."""

import numpy as np

from utils.forms import NUMBERS, SETS, brief, leaves, parts, simple, word

UNORDERED = "the values are right, but a set has no order: return a list"


def difference(expected, got, tolerance=None):
    """Says what differs between an expected value and another one.

    The form is forgiven: lists, tuples, ranges, arrays and tensors of one shape count
    as the same, and so do integers, floats, fractions and booleans of one value.
    Dictionaries are compared by key, texts without case and blanks.

    Args:
        expected: Number, text, array, tensor, or list, tuple or dictionary of these.
            Or a set: then any order will do.
        got: The value to compare.
        tolerance: Largest error allowed, relative and absolute. By default integers
            must be equal and floats agree to 1e-4.

    Returns:
        One clause without a full stop, or None where the values agree.

    Example:

    >>> difference((1, 8, 8), (1, 4, 4))
    'expected (1, 8, 8), got (1, 4, 4)'
    >>> difference(np.zeros((2, 3)), np.zeros((3, 2)))
    'expected shape (2, 3), got shape (3, 2)'
    >>> difference([1, 2], np.array([1.0, 2.0])) is None
    True
    """
    plain = f"expected {brief(expected)}, got {brief(got)}"
    expected, got = simple(expected), simple(got)
    if isinstance(expected, str) or isinstance(got, str):
        both = isinstance(expected, str) and isinstance(got, str)
        same = both and word(expected) == word(got)
    elif isinstance(expected, dict):
        same = _same_entries(expected, got, tolerance)
    elif isinstance(expected, SETS):
        same = _same_in_any_order(expected, got, tolerance)
    elif isinstance(got, SETS) and isinstance(expected, (list, np.ndarray)):
        if _same_in_any_order(expected, got, tolerance):
            return UNORDERED
        same = False
    elif isinstance(expected, list) and isinstance(got, list):
        same = len(expected) == len(got) and not any(
            difference(*pair, tolerance) for pair in zip(expected, got, strict=True)
        )
    else:
        return _array_difference(expected, got, tolerance, plain)
    return None if same else plain


def agree(expected, answer, tolerance=None):
    """Tells whether a value is the expected one, in whatever form leaves no doubt.

    Args:
        expected: The true value.
        answer: The value to compare. Lists may be nested in another way; for a
            dictionary the values alone, in the order of its keys, will do.
        tolerance: As for `difference`.

    Returns:
        True or False.

    Example:

    >>> agree([[1, 2], [3, 4]], (1, 2, 3, 4)), agree({"rows": 2, "columns": 3}, (2, 3))
    (True, True)
    """
    if difference(expected, answer, tolerance) is None:
        return True
    if isinstance(answer, (dict, str, *SETS)):
        return False
    given, truth = parts(answer), parts(expected)
    if len(given) == len(truth) > 1 and not isinstance(expected, SETS):
        return all(map(agree, truth, given, [tolerance] * len(given)))
    return not difference(leaves(expected), leaves(answer), tolerance)


def other_form(expected, answer, tolerance=None):
    """Says how to write values that are right in a form that is not.

    Args:
        expected: The true value.
        answer: A value that does not `agree` with it.
        tolerance: As for `difference`.

    Returns:
        A sentence, or None where the form is not the trouble.

    Example:

    >>> other_form((8, 15), {"height": 8, "width": 15})
    'The values are right: write them as a tuple, in the order asked.'
    """
    if isinstance(expected, dict) and isinstance(answer, dict):
        if set(map(word, expected)) != set(map(word, answer)):
            keys = ", ".join(map(brief, expected))
            return f"The keys of the dictionary are to be {keys}."
    elif isinstance(answer, dict):
        if agree(expected, list(answer.values()), tolerance):
            return "The values are right: write them as a tuple, in the order asked."
    elif isinstance(answer, (set, frozenset)):
        if difference(leaves(expected), answer, tolerance) == UNORDERED:
            return (
                "The values are right: write them as a tuple, for a set has no order."
            )
    return None


def some_right(expected, answer, tolerance=None):
    """Says how many values are right, unless that says nothing, or too much.

    Args:
        expected: The true value.
        answer: A value that does not `agree` with it.
        tolerance: As for `difference`.

    Returns:
        A sentence.

    Example:

    >>> some_right((8, 15), (8, 14)), some_right((8, 15), 8)
    ('1 of 2 values are right in (8, 14).', '8 is not right.')
    """
    given, truth = parts(answer), parts(expected)
    if isinstance(expected, dict) and isinstance(answer, dict):
        named = {word(key): value for key, value in answer.items()}
        given = [named[word(key)] for key in expected]
    if len(truth) == len(given) and not isinstance(expected, SETS):
        right = sum(map(agree, truth, given, [tolerance] * len(given)))
        if right < len(given) > 1:
            return f"{right} of {len(given)} values are right in {brief(answer)}."
    return f"{brief(answer)} is not right."


def _same_entries(expected, got, tolerance):
    if not isinstance(got, dict):
        return False
    expected = {word(key): value for key, value in expected.items()}
    got = {word(key): value for key, value in got.items()}
    return expected.keys() == got.keys() and not any(
        difference(value, got[key], tolerance) for key, value in expected.items()
    )


def _same_in_any_order(expected, got, tolerance):
    if not isinstance(got, (list, np.ndarray, *SETS)):
        return False
    left = list(got)
    for value in expected:
        for place, other in enumerate(left):
            if difference(value, other, tolerance) is None:
                del left[place]
                break
        else:
            return False
    return not left


def _array_difference(expected, got, tolerance, plain):
    one_is_array = isinstance(expected, np.ndarray) or isinstance(got, np.ndarray)
    try:
        true, value = _array(expected), _array(got)
    except (ValueError, OverflowError):  # ragged, or no numbers
        return None if expected is got else plain
    if true.shape != value.shape:
        if not one_is_array or true.ndim == 0 or value.ndim == 0:
            return plain
        return f"expected shape {true.shape}, got shape {value.shape}"
    if tolerance is None:
        exact = 0 if value.dtype.kind != "f" else 1e-9
        tolerance = 1e-4 if true.dtype.kind == "f" else exact
    same = np.isclose(value, true, rtol=tolerance, atol=tolerance, equal_nan=True)
    if same.all():
        return None
    if true.size <= 16:
        return plain
    place = tuple(map(int, np.argwhere(~same)[0]))
    wrong = same.size - same.sum()
    return (
        f"expected {brief(true[place])} at {list(place)}, "
        f"got {brief(value[place])} ({wrong} of {same.size} values differ)"
    )


def _array(value):
    if not isinstance(value, (bool, int, float, list, np.ndarray)):
        raise ValueError(f"`value` must hold numbers. Received: {type(value)}.")
    if isinstance(value, list):  # an empty list has no kind of its own
        if not all(isinstance(leaf, (bool, int, float)) for leaf in leaves(value)):
            raise ValueError("`value` must hold numbers. Received: something else.")
        if not leaves(value):
            return np.zeros(np.shape(value))
    array = np.asarray(value)
    if array.dtype.kind not in NUMBERS:  # an integer beyond 64 bits
        array = array.astype(float)
    return array
