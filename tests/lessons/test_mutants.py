"""The cases that learners see reject whatever is wrong: who is told "Correct" has the
points. Wrong answers are solutions with one small thing changed, and those that
readers have found to pass."""

import ast
import signal
from textwrap import dedent

import pytest

from exercises import alternatives, exercises
from mutants import Trial, equivalent, mutants, survivors
from tools.lesson.copies import Course

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="Endless mutants are ended by a signal."
)
COURSE = Course()
EXERCISES = {
    exercise.number: (name, exercise)
    for name in COURSE.names()
    for exercise in exercises(COURSE.source(name))
    if exercise.functions and not exercise.explore
}

# Wrong answers that once passed: bodies of the functions asked for.
WRONG = [
    ("4.4", "return int(other_first / jump) - int(skip_first / jump)"),
    (
        "5.2",
        """
        hits = np.diag(confusion)
        sizes = confusion.sum(axis=0) + confusion.sum(axis=1)
        return np.where(hits == 0, np.nan, 2 * hits / sizes)
        """,
    ),
    (
        "6.3",
        """
        first, second, third = (logits[..., k] for k in range(3))
        best = np.where(second > first, 1, 0)
        return np.where(third > np.maximum(first, second), 2, best)
        """,
    ),
    ("6.4", "return np.choose(mask, class_weights[:3], mode='clip')"),
    (
        "6.4",
        """
        weights = mask.astype(float)
        for number, weight in enumerate(class_weights):
            weights[weights == number] = weight
        return weights
        """,
    ),
    (
        "7.2",
        """
        chosen = np.random.default_rng(seed).permutation(len(names))
        count = -(-len(names) // 5)
        return sorted(sorted(names)[k] for k in chosen[:count])
        """,
    ),
    (
        "8.1",
        "scale = (new_high - new_low) / (high - low); "
        "return scale, new_low + abs(low) * scale",
    ),
    (
        "9.5",
        "return min(first, second) if overlap else first * second // (first + second)",
    ),
    ("10.1", "return int((images[..., 0].sum((1, 2)) != masks.sum((1, 2))).sum())"),
    (
        "11.1",
        """
        first, second = list(groups.values())[:2]
        sums = [probabilities[:, list(k)].sum(axis=1) for k in (first, second)]
        return np.stack(sums, axis=1)
        """,
    ),
    (
        "13.1",
        """
        left, top = max(first[0], second[0]), max(first[1], second[1])
        right, bottom = min(first[2], second[2]), min(first[3], second[3])
        if right < left and bottom < top:
            return 0
        shared = (right - left) * (bottom - top)
        areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (first, second)]
        return shared / (sum(areas) - shared)
        """,
    ),
    (
        "13.1",
        """
        left, top = max(first[0], second[0]), max(first[1], second[1])
        right, bottom = min(first[2], second[2]), min(first[3], second[3])
        shared = max(0, right - left) * max(0, bottom - top)
        width = max(first[2], second[2]) - min(first[0], second[0])
        return shared / width / (max(first[3], second[3]) - min(first[1], second[1]))
        """,
    ),
    (
        "13.1",
        """
        shared = max(0, min(first[2], second[2]) - max(first[0], second[0]))
        return shared / (first[2] - first[0] + second[2] - second[0] - shared)
        """,
    ),
    (
        "13.3",
        """
        iou, kept = box_iou(boxes, boxes), []
        for place in range(len(boxes)):
            if not kept or any(iou[place, other] <= threshold for other in kept):
                kept.append(place)
        return kept
        """,
    ),
]


@pytest.mark.parametrize("number", EXERCISES)
def test_mutants_that_pass_the_visible_cases_are_right(number):
    name, exercise = EXERCISES[number]
    code = alternatives(name).get(number)
    _, alive, caught = survivors(exercise, [code] if code else [])
    assert not caught, "Only hidden cases reject these."
    unlisted = set(alive).difference(equivalent(exercise))
    assert not unlisted, "No visible case rejects these. See tests/equivalents.py."
    assert not equivalent(exercise).difference(alive), "These do not pass."


@pytest.mark.parametrize("number, body", WRONG)
def test_wrong_answer_that_once_passed_is_rejected(number, body):
    trial = Trial(EXERCISES[number][1])
    function = ast.parse(trial.exercise.stub).body[-1]
    function.body = ast.parse(dedent(body)).body
    assert not trial.passes(ast.unparse(function), trial.cases)


def test_mutants_are_made_of_every_kind():
    made = mutants("def f(a, b):\n    if a < 3 and not b:\n        return a - b\n")
    for change in (
        "if a <= 3 and (not b):",
        "if a < 3 or not b:",
        "if a < 2 and (not b):",
        "if a < 3 and b:",
        "if a < 3:",
        "return a + b",
        "return b - a",
        "return a",
        "pass",
    ):
        assert change in made


def test_endless_mutant_is_ended():
    trial = Trial(EXERCISES["2.4"][1])
    code = "def missing_pixels(size, depth):\n    while True:\n        pass"
    assert not trial.passes(code, trial.cases)
