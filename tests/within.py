"""nbval, told how far the numbers of a cell may move: `-p within`.

nbval passes over a cell tagged `nbval-ignore-output`. Where the cell states a tolerance
(`tools/lesson/moves.py`), its outputs are compared after all: the words as they are,
the numbers within the tolerance.
"""

import functools

from tools.authors.tidying import settled
from tools.lesson.moves import complaint, tolerance


def pytest_collection_modifyitems(items):
    for item in items:
        allowed = tolerance(item.cell.metadata.get("tags", []))
        if allowed is not None:
            item.options["check"] = True
            item.compare_outputs = functools.partial(compare, item, allowed)


def compare(item, allowed, new, committed, skip_compare=None):
    """Stands in for nbval's comparison of the outputs of one cell."""
    found = complaint(committed, settled(new), allowed)
    item.comparison_traceback = [found]
    return not found
