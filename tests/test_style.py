"""The rules of CONTRIBUTING that a machine can hold, and proof that it holds them."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import guards
from tiny import NAME, SOURCE

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(ROOT.glob("lessons/*/notebook.py"))
MODULES = [p for p in sorted(ROOT.glob("utils/**/*.py")) if p.name != "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parent.name)
def test_notebook_source(path):
    assert guards.source(path) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_module(path):
    assert guards.module(path) == []


TRAINING = """\
# %% tags=["moves-0.05"]
model.fit(numbers)

# %% [markdown]
# ## The result
"""

TIMING = """\
# %%
seconds = time.perf_counter() - begin

# %%
assert seconds < 9

# %% [markdown]
# ## The result
"""


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("# # 1. A tiny", "# # 2. A tiny", "first cell is not"),
        ("# You will double", "# We double", "first cell is not"),
        ("# ## What you learned", "# ## Summary", "does not end in"),
        ('tags=["headline"]', "", "tagged headline"),
        ("numbers = np", "import os\nnumbers = np", "a cell after the first imports"),
        ("import numpy as np\n", "import math\nimport numpy as np\n", "imports math"),
        ("numbers = np", "!pip install x\nnumbers = np", "line magics"),
        ("numbers = np", "plt.show()\nnumbers = np", "uses plt."),
        ("numbers = np", "x = 1\n" * 25 + "numbers = np", "has 27 lines"),
        ("is worth a\n", "is just a\n", "says 'just'"),
        ("# Each entry", "# Obviously, each entry", "says 'Obviously'"),
        ("# Multiply by other factors. For which factor is the", "# The", "words"),
        ("## Exercise 1.2: write", "## Task: write", "1.2 has no header"),
        ("    ### BEGIN SOLUTION\n    return", "    return", "no solution block"),
        ('    """Returns twice the number."""\n', "", "1.2: no docstring"),
        ('["exercise", "explore"]', '["explore"]', "2 exercises, not three"),
        ("# %% [markdown]\n# ## The result\n", TRAINING, "before `keras.utils.set"),
        ("# %% [markdown]\n# ## The result\n", TRAINING, "trains and asserts nothing"),
        (
            "# %% [markdown]\n# ## The result\n",
            TRAINING.replace("moves-0.05", "nbval-ignore-output"),
            "nothing compares the cell 'model.fit(numbers)'",
        ),
        (
            "# %% [markdown]\n# ## The result\n",
            TIMING,
            "asserts a time: 'assert seconds < 9'",
        ),
        (
            "# ## The result\n#",
            "# ## The result\n\n# %% [markdown]",
            "a cell is a heading only",
        ),
    ],
)
def test_guard_misses_no_fault_of_a_source(tmp_path, old, new, problem):
    path = tmp_path / NAME / "notebook.py"
    path.parent.mkdir()
    assert old in SOURCE
    path.write_text(SOURCE.replace(old, new), "utf-8")
    found = guards.source(path)
    assert any(problem in text for text in found), found


TRAINED = """\
def fitted(model):
    return model.fit(numbers)
----
history = fitted(network)
----
score = max(history.history["iou"]) + 1
----
f"{score:.2f}"
----
f"{network.iou:.2f}"
----
f"{2 / 3:.2f}"
"""


def test_what_follows_from_a_training_is_found():
    cells = [new_code_cell(code) for code in TRAINED.split("----\n")]
    found = guards.downstream(cells, "fit")
    assert found == cells[1:5]


def test_a_number_that_follows_from_a_training_needs_a_tolerance():
    def notebook(*tags):
        shown = new_output("execute_result", data={"text/plain": "'IoU 0.80'"})
        cells = [
            new_code_cell("model.fit(numbers)"),
            new_code_cell("score(model)", outputs=[shown], metadata={"tags": tags}),
        ]
        return new_notebook(cells=cells)

    assert "states no tolerance: \"'IoU 0.80'\"" in guards.tolerances(notebook())[0]
    assert guards.tolerances(notebook("moves-0.05")) == []
    assert guards.tolerances(notebook("exact")) == []


def test_guard_lets_a_check_import_what_it_alone_needs(tmp_path):
    path = tmp_path / NAME / "notebook.py"
    path.parent.mkdir()
    old = 'tags=["check"]\ncheck('
    assert old in SOURCE
    new = 'tags=["check"]\nfrom math import pi\n\ncheck('
    path.write_text(SOURCE.replace(old, new), "utf-8")
    assert guards.source(path) == []


MODULE = '''\
"""One module."""


def half(number):
    """Returns half of a number.

    Args:
        number: Any number.

    Raises:
        ValueError: If it is no number.

    Example:

    >>> half(3)
    1.5
    """
    if not isinstance(number, (int, float)):
        raise ValueError(f"`number` must be a number. Received: {number!r}.")
    return _halved(number)


def _halved(number):
    """Returns half of a number that was checked."""
    return number / 2
'''
FACE = 'names = lazy.attach(__name__, submod_attrs={"half": ["half"]})'


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ('"""One module."""', "", "it has no docstring"),
        (" Received: {number!r}.", "", "without `Received:`"),
        ("    >>> half(3)\n    1.5\n", "", "no example"),
        ("Args:", "Example:", "not in the order"),
        ("half(number)", "half(number, digits)", "does not mention `digits`"),
        ("half of a number.", "half of\n    a number.", "one line, one sentence"),
        ("    return", "    assert number\n    return", "`assert` outside tests"),
        ("    return", "    print(number)\n    return", "prints"),
        ("    return", "    global half\n    return", "`global`"),
        ("    return", "    # TODO\n    return", "TODO"),
        ("    return", "    number\n" * 400 + "    return", "it has 406 lines of code"),
        ('checked."""', 'checked.\n\n    Args:\n    """', "a helper has one line"),
    ],
)
def test_guard_misses_no_fault_of_a_module(tmp_path, old, new, problem):
    path = tmp_path / "half.py"
    path.write_text(MODULE, "utf-8")
    path.with_name("__init__.py").write_text(FACE, "utf-8")
    assert guards.module(path) == []
    path.write_text(MODULE.replace(old, new, 1), "utf-8")
    found = guards.module(path)
    assert any(problem in text for text in found), found


def test_explanations_make_no_module_too_long(tmp_path):
    path = tmp_path / "half.py"
    path.with_name("__init__.py").write_text(FACE, "utf-8")
    more = "# A reason.\n\n" * 500
    path.write_text(MODULE.replace("\n\n\ndef half", f"\n{more}\n\ndef half"), "utf-8")
    assert guards.module(path) == []
