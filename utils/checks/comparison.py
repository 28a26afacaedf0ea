"""Values compared as an exercise needs it: what differs, said in a few words."""

from fractions import Fraction

import numpy as np

NUMBERS = "biuf"  # NumPy's kinds: booleans, integers with and without sign, floats
BLANKS = dict.fromkeys(map(ord, " _-"))
SETS = (set, frozenset)
LIBRARIES = {"numpy", "tensorflow", "keras", "jax", "jaxlib", "torch"}
LISTS = (list, tuple, range, type({}.keys()), type({}.values()))
UNORDERED = "the values are right, but a set has no order: return a list"


def difference(expected, got, tolerance=None):
    """Says what differs between an expected value and another one."""
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
    """Tells whether a value is the expected one, in whatever form leaves no doubt."""
    if difference(expected, answer, tolerance) is None:
        return True
    if isinstance(answer, (dict, str, *SETS)):
        return False
    given, truth = parts(answer), parts(expected)
    if len(given) == len(truth) > 1 and not isinstance(expected, SETS):
        return all(map(agree, truth, given, [tolerance] * len(given)))
    return not difference(leaves(expected), leaves(answer), tolerance)


def other_form(expected, answer, tolerance=None):
    """Says how to write values that are right in a form that is not."""
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
    """Says how many values are right, unless that says nothing, or too much."""
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


def simple(value):
    """Puts a `value` of a known type in one of few forms."""
    if isinstance(value, LISTS):
        return [simple(item) for item in value]
    if isinstance(value, dict):
        return {key: simple(item) for key, item in value.items()}
    if type(value) is Fraction:
        return float(value)
    if isinstance(value, type) or not _is_of_a_library(value):
        return value
    try:
        if hasattr(value, "as_list") and not hasattr(value, "__array__"):
            return value.as_list()  # a tf.TensorShape
        array = np.asarray(value)
    except Exception:  # a symbolic tensor, a shape of unknown rank
        return value
    if array.dtype.kind == "V":  # bfloat16 and its like
        array = array.astype("float32")
    if array.dtype.kind not in NUMBERS:  # of texts or of objects
        return array.tolist()
    return array if array.ndim else array.item()


def word(value):
    """Returns a text `value` without case, blanks and dashes; another as it is."""
    if not isinstance(value, str):
        return value
    return str(value).translate(BLANKS).casefold()


def leaves(value):
    """Lists all that a `value` of lists, arrays and dictionaries holds, in order."""
    value = simple(value)
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def parts(value):
    """Lists the values of which a `value` is made, of one dictionary, list or array."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, dict):
        return list(value.values())
    value = simple(value)
    return list(value) if isinstance(value, (list, np.ndarray)) else [value]


def brief(value):
    """Writes a value as one short text."""
    if _is_of_a_library(value) and hasattr(value, "__array__"):
        array = simple(value)
        if array is value and not isinstance(value, np.ndarray):
            return f"a symbolic tensor of shape {tuple(value.shape)}"
        if isinstance(array, np.ndarray) and array.size > 16:
            return f"an array of shape {array.shape}"
        value = array.tolist() if isinstance(array, np.ndarray) else array
    if isinstance(value, float):
        return f"{value:.6g}"
    if type(value) is Fraction:
        return str(value)
    if isinstance(value, dict) and len(value) <= 16:
        return f"{{{', '.join(f'{k!r}: {brief(v)}' for k, v in value.items())}}}"
    if isinstance(value, (list, tuple, set)) and 0 < len(value) <= 16:
        inner = ", ".join(map(brief, value))
        if isinstance(value, tuple):
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return f"[{inner}]" if isinstance(value, list) else f"{{{inner}}}"
    try:
        text = repr(value)
    except Exception:  # a class of the learner's
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_of_a_library(value):
    """Whether a value's type is one of NumPy's or of a library of tensors."""
    return type(value).__module__.partition(".")[0] in LIBRARIES
