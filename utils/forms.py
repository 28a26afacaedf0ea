"""The many forms in which one value can be written, brought to few.

Values come from learners. Of types that are not known here no method is called.
"""

from fractions import Fraction

import numpy as np

NUMBERS = "biuf"  # NumPy's kinds: booleans, integers with and without sign, floats
BLANKS = dict.fromkeys(map(ord, " _-"))
SETS = (set, frozenset)
LIBRARIES = {"numpy", "tensorflow", "keras", "jax", "jaxlib", "torch"}
LISTS = (list, tuple, range, type({}.keys()), type({}.values()))


def simple(value):
    """Puts a `value` of a known type in one of few forms.

    Example:

    >>> simple((range(2), np.float32(0.5), np.array(3)))
    [[0, 1], 0.5, 3]
    """
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
    """Returns a text `value` without case, blanks and dashes; another as it is.

    Example:

    >>> word(" Option_1") == word("option 1"), word(3)
    (True, 3)
    """
    if not isinstance(value, str):
        return value
    return str(value).translate(BLANKS).casefold()


def leaves(value):
    """Lists all that a `value` of lists, arrays and dictionaries holds, in order.

    Example:

    >>> leaves(((1, 2), {"a": 3}, np.eye(2)))
    [1, 2, 3, 1.0, 0.0, 0.0, 1.0]
    """
    value = simple(value)
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def parts(value):
    """Lists the values of which a `value` is made, of one dictionary, list or array.

    Example:

    >>> parts({"shape": (2, 3), "bytes": 24}), parts(5)
    ([(2, 3), 24], [5])
    """
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, dict):
        return list(value.values())
    value = simple(value)
    return list(value) if isinstance(value, (list, np.ndarray)) else [value]


def brief(value):
    """Writes a value as one short text.

    Args:
        value: Anything. Arrays and tensors of more than 16 entries become their
            shape.

    Returns:
        String of about 80 characters at most, for lists of numbers longer.

    Example:

    >>> brief(np.eye(2)), brief(np.zeros((64, 64, 3))), brief((1, 0.333333333))
    ('[[1, 0], [0, 1]]', 'an array of shape (64, 64, 3)', '(1, 0.333333)')
    """
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
