"""Right answers in every form in which learners write them: all of them are right."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from exercises import exercises
from mutants import Trial
from tools.lesson.copies import Course

COURSE = Course()
EXERCISES = [
    pytest.param(exercise, id=exercise.number)
    for name in COURSE.names()
    for exercise in exercises(COURSE.source(name))
    if not exercise.explore
]


def deep(form):
    """Gives a form to each number in a value of lists, dictionaries and arrays."""

    def formed(value):
        if isinstance(value, dict):
            return {key: formed(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(map(formed, value))
        if hasattr(value, "__array__") and np.ndim(value):
            return formed(np.asarray(value).tolist())
        return value if value is None or isinstance(value, str) else form(value)

    return formed


def container(form):
    """Gives a form to each list, tuple or array of a value, outside first."""

    def formed(value):
        if isinstance(value, dict):
            return {key: formed(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, np.ndarray)) or tf.is_tensor(value):
            try:
                return form(value)
            except (TypeError, ValueError):  # of texts, or ragged
                return [formed(item) for item in value]
        return value

    return formed


def whole(number):
    return int(number) if number == int(number) else number


def fraction(number):
    return Fraction(float(number)) if np.isfinite(float(number)) else number


def truth(number):
    return bool(number) if number in (0, 1) else number


def consecutive(values):
    values = np.asarray(values).tolist()
    steps = range(values[0], values[0] + len(values))
    if values != list(steps):
        raise ValueError("`values` must be consecutive. Received: others.")
    return steps


def texts(value):
    if isinstance(value, dict):
        return {f" {key.upper()}": texts(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [texts(item) for item in value]
    return f" {value.capitalize()} " if isinstance(value, str) else value


FORMS = {
    "lists": container(lambda values: np.asarray(values).tolist()),
    "tuples": container(lambda values: tuple(np.asarray(values).tolist())),
    "arrays": container(np.array),
    "tensors": container(lambda values: tf.constant(np.asarray(values) * 1)),
    "ranges": container(consecutive),
    "floats": deep(float),
    "integers where whole": deep(lambda n: whole(n) if np.isfinite(n) else n),
    "numbers of NumPy": deep(lambda number: np.asarray(number)[()]),
    "arrays without axes": deep(np.array),
    "numbers of TensorFlow": deep(tf.constant),
    "fractions": deep(fraction),
    "booleans": deep(truth),
    "texts": texts,
    "rows of a dictionary": lambda value: (
        {key: value[key] for key in reversed(value)} if type(value) is dict else value
    ),
    "values of a dictionary": lambda value: (
        value.values() if type(value) is dict else value
    ),
}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_form_of_the_solution_is_right(exercise):
    if exercise.functions:
        trial = Trial(exercise)
        function = trial.function(exercise.solution)
        cases = [*trial.cases, *trial.hidden]

        def graded(form):
            answer = lambda *arguments: form(function(*arguments))  # noqa: E731
            return trial.grader(answer, cases, **trial.named)
    else:
        grader, values, named = exercise.report(exercise.solution)
        answer, *expected = values

        def graded(form):
            several = len(exercise.names) > 1
            return grader(
                tuple(map(form, answer)) if several else form(answer),
                *expected,
                **named,
            )

    reports = {name: graded(form) for name, form in FORMS.items()}
    refused = {k: r.message for k, r in reports.items() if r.status != "correct"}
    assert not refused


# Answers that readers gave: a variable, a value, and what they should be told.
GIVEN = [
    ("2.5", "(1, [0, 1])", "Correct."),
    ("2.5", "{'levels': (1, 0), 'axis': 1}", "Correct."),
    ("3.1", "(3, 4, 10)", "Correct."),
    ("3.1", "{'corner': 3, 'edge': 4, 'center': 10}", "The keys of the dictionary"),
    ("3.1", "{'corner': 3, 'edge': 10, 'centre': 4}", "1 of 3 values are right"),
    ("3.4", "{3, 6}", "Correct."),
    ("3.4", "[6, 3]", "Correct."),
    ("3.4", "range(3, 9, 3)", "Correct."),
    ("3.4", "[8, 2, 6, 4]", "That would be right for stride 2."),
    ("4.3", "(14, 8, 288)", "Correct."),
    ("4.3", "(14, 8, 256)", "The last copy of a kernel of 64"),
    ("5.1", "['same', 'changes', 'same', 'changes', 'Same']", "Correct."),
    ("6.1", "(0, 0.6, 0, 1 / 5)", "Correct."),
    ("6.1", "(0, 1, 0, 0.33)", "four others were called background"),
    ("7.6", "Fraction(1, 7)", "Correct."),
    ("7.6", "0.14", "Correct."),
    ("7.6", "0.33", "Do not round ½ to 0"),
    ("7.6", "Fraction(6, 7)", "That is Dice."),
    ("8.2", "(2, 8, 1, 1)", "Correct."),
    ("8.3", "[1, 0, 0, 0]", "Correct."),
    ("9.3", "np.array([0, 1, 0, 1, 0, 1])", "Correct."),
    ("9.4", "(5, 2)", "Correct."),
    ("9.4", "(9, 6)", "Half a turn makes a nine of a six."),
    ("10.2", "(1000, 1500)", "Correct."),
    ("10.2", "{'both axes': 1500, 'left-right': 1000}", "Correct."),
    ("10.2", "{'both axes': 1000, 'left-right': 1500}", "0 of 2 values are right"),
    ("13.2", "0.688", "Correct."),
    ("13.4", "[10, 11, 14, 15]", "Correct."),
]
ALL = {
    exercise.number: exercise
    for name in COURSE.names()
    for exercise in exercises(COURSE.source(name))
}


@pytest.mark.parametrize("number, value, said", GIVEN)
def test_answer_of_a_reader_is_judged_by_its_values(number, value, said):
    exercise = ALL[number]
    [name] = exercise.names
    imports = "import numpy as np\nfrom fractions import Fraction\n"
    grader, values, named = exercise.report(f"{imports}{name} = {value}")
    assert said in grader(*values, **named).message


@pytest.mark.parametrize("number", ["2.2", "7.4"])
def test_hint_does_not_contradict_the_case_shown(number):
    exercise = ALL[number]
    answers = {
        "2.2": "def output_size(size, depth, kernel_size):\n    return size - 4",
        "7.4": "def binary_cross_entropy(t, z):\n"
        "    return np.maximum(z, 0) - t * z + np.log1p(np.exp(np.abs(z)))",
    }
    grader, values, named = exercise.report(answers[number])
    message = grader(*values, **named).message
    assert message.endswith(named["hint"])
