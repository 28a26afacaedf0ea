"""Values compared as an exercise needs it: what differs, said in a few words."""

import numpy as np

KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats"}


def difference(expected, got, tolerance=None):
    """Says what differs between an expected value and another one."""
    plain = f"expected {brief(expected)}, got {brief(got)}"
    if hasattr(got, "as_list"):  # a tf.TensorShape
        got = got.as_list()
    if isinstance(expected, str) or isinstance(got, str):
        same = str(expected).strip().casefold() == str(got).strip().casefold()
        return None if same else plain
    if isinstance(expected, dict):
        if not isinstance(got, dict) or expected.keys() != got.keys():
            return plain
        pairs = [(value, got[key]) for key, value in expected.items()]
        return plain if any(difference(*pair, tolerance) for pair in pairs) else None
    if isinstance(expected, (list, tuple)) and not _is_array(got):
        if not isinstance(got, (list, tuple)) or len(expected) != len(got):
            return plain
        pairs = zip(expected, got, strict=True)
        return plain if any(difference(*pair, tolerance) for pair in pairs) else None
    return _array_difference(expected, got, tolerance, plain)


def _array_difference(expected, got, tolerance, plain):
    try:
        true, value = np.asarray(expected), np.asarray(got)
    except (TypeError, ValueError):  # ragged, or a symbolic tensor
        return None if expected is got else plain
    if true.dtype.kind not in KINDS or value.dtype.kind not in KINDS:
        return None if np.array_equal(true, value) else plain
    if true.shape != value.shape:
        if np.ndim(true) == 0 or np.ndim(value) == 0:
            return plain
        return f"expected shape {true.shape}, got shape {value.shape}"
    if tolerance is None:
        tolerance = 1e-4 if true.dtype.kind == "f" else 0
    same = np.isclose(value, true, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not same.all():
        if true.size <= 16:
            return plain
        place = tuple(map(int, np.argwhere(~same)[0]))
        wrong = same.size - same.sum()
        return (
            f"expected {brief(true[place])} at {list(place)}, "
            f"got {brief(value[place])} ({wrong} of {same.size} values differ)"
        )
    kinds = KINDS[true.dtype.kind], KINDS[value.dtype.kind]
    if _is_array(expected) and kinds[0] != kinds[1]:
        return f"the values are right, but expected {kinds[0]}, got {kinds[1]}"
    return None


def brief(value):
    """Writes a value as one short text."""
    if hasattr(value, "__array__"):
        try:
            array = np.asarray(value)
        except (TypeError, ValueError):
            return f"a symbolic tensor of shape {tuple(value.shape)}"
        if array.size > 16:
            return f"an array of shape {array.shape}"
        value = array.tolist()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)) and len(value) <= 16:
        inner = ", ".join(map(brief, value))
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_array(value):
    return hasattr(value, "__array__") and np.ndim(value) > 0
