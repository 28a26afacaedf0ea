"""A course of one tiny lesson, on which the build and the guards are tried."""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "01_tiny"

SOURCE = '''\
# %% [markdown]
# # 1. A tiny lesson
#
# You will double numbers and see what doubling does to a sum.

# %%
import numpy as np

from utils.checks import check

# %% [markdown]
# ## Doubling keeps proportions
#
# Doubling each number of an array multiplies its sum by two as well, because the
# sum of products with one factor is the factor times the sum. That is worth a
# look at three numbers before you write the same thing yourself, in one line.

# %%
numbers = np.array([1, 2, 3])
2 * numbers

# %% [markdown]
# Each entry is twice the one above it. The sum therefore doubles too, from six to
# twelve: the array and its sum keep their proportion whatever the factor is. Three
# exercises follow, one of each kind that a lesson has: a value to predict before
# anything runs, a function to write, and an experiment that answers a question.

# %% [markdown]
# ## Exercise 1.1: predict a sum
#
# Before you run anything: what is the sum of the doubled numbers?

# %% tags=["exercise"]
### BEGIN SOLUTION
prediction = 12
### END SOLUTION

# %% tags=["check"]
check_answer(
    prediction,
    expected=(2 * np.array([1, 2, 3])).sum(),
    mistakes=[
        (6, "That is the sum before doubling."),
        (24, "Doubled twice: either the numbers or the sum, not both."),
        (36, "That is the square of the sum."),
    ],
    hint="Add 2, 4 and 6.",
)

# %% [markdown]
# ## Exercise 1.2: write the function
#
# Return twice a number. Any number will do, whole or not.

# %% tags=["exercise"]
def double(number):
    """Returns twice the number."""
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION

# %% tags=["check"]
check(
    double,
    cases=[0, 3, -1.5],
    reference=lambda number: number + number,
    mistakes=[
        (lambda number: number**2, "That is the square."),
        (lambda number: number + 2, "That adds two; multiply by two."),
        (lambda number: abs(2 * number), "Keep the sign."),
    ],
    hint="Multiply by two.",
    points=2,
    ### BEGIN HIDDEN TESTS
    hidden=[10, 0.25],
    ### END HIDDEN TESTS
)

# %% [markdown]
# ## Exercise 1.3: explore another factor
#
# Multiply by other factors. For which factor is the product the number again?

# %% tags=["exercise", "explore"]
### BEGIN SOLUTION
factor = next(k for k in range(5) if k * 7 == 7)
### END SOLUTION

# %% tags=["check"]
check_answer(
    factor,
    expected=1,
    mistakes=[
        (0, "Everything becomes zero then."),
        (2, "That doubles."),
        (-1, "That turns the sign round."),
    ],
    hint="Try 0, 1 and 2.",
)

# %% [markdown] tags=["solution"]
# One is the neutral element: the product is the number itself. Smaller factors
# shrink a number, larger ones stretch it.

# %% [markdown]
# ## The result
#
# The last cell states the outcome of the whole lesson in one line, and the table
# of all lessons repeats it.

# %% tags=["headline"]
f"sum {numbers.sum()} doubled is {2 * numbers.sum()}"

# %% [markdown]
# ## What you learned
#
# - Doubling every number doubles the sum.
#
# ## References
#
# - Euclid, *Elements*, book VII.
'''

PAGE = """\
# 1. A tiny lesson
Reading 5 min · [notebook](../../notebooks/01_tiny.ipynb) 10 min · needs nothing
## Questions
- What does doubling do to a sum?
## You will be able to
- double a number
## Doubling
Twice three is six.
```pycon
>>> 2 * 3
6
```
## Common mistakes
- Squares instead of doubles → a power was taken → multiply.
## For instructors
Draw two rows of dots.
## Key points
- Doubling every number doubles the sum.
## References
- Euclid, *Elements*, book VII.
"""

QUESTION = {
    "question": "What is twice three?",
    "type": "multiple_choice",
    "answers": [
        {"answer": "6", "correct": True, "feedback": "Three and three."},
        {"answer": "9", "correct": False, "feedback": "That is three squared."},
        {"answer": "5", "correct": False, "feedback": "That adds two."},
    ],
}


def make_course(root):
    """Writes the tiny course, with the helpers that its notebook imports."""
    root = Path(root)
    lesson = root / "lessons" / NAME
    for folder in (lesson, root / "notebooks", root / "utils"):
        folder.mkdir(parents=True)
    (lesson / "notebook.py").write_text(SOURCE, "utf-8")
    (lesson / "README.md").write_text(PAGE, "utf-8")
    (lesson / "quiz.json").write_text(json.dumps([QUESTION] * 6), "utf-8")
    (root / "notebooks" / ".keep").touch()  # git has no empty folders
    (root / "README.md").write_text(
        "# Tiny\n\n<!-- lessons -->\n<!-- end of lessons -->\n", "utf-8"
    )
    (root / "pyproject.toml").write_text(
        '[project.urls]\nrepository = "https://github.com/tiny/course"\n', "utf-8"
    )
    for name in ("__init__", "session"):
        shutil.copy(ROOT / f"utils/{name}.py", root / "utils")
    for folder in ("utils/checks", "tools"):
        left_out = shutil.ignore_patterns("__pycache__", "reveal")
        shutil.copytree(ROOT / folder, root / folder, ignore=left_out)
    (root / "requirements.txt").write_text("# What a learner needs.\nnumpy>=1\n")
    (root / "tensorflow.py").touch()  # imported in no time
    return root
