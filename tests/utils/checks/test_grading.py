"""Exercise checks: every kind of answer a learner may give gets a fitting line."""

import functools
import sys
from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from utils.checks import grade, grade_answer


def transposed_size(size, kernel_size, strides):
    return (size - 1) * strides + kernel_size


EXERCISE = dict(
    cases=[(2, 2, 1), (2, 2, 2), (5, 4, 2), (1, 3, 7)],
    reference=transposed_size,
    mistakes=[
        (lambda size, kernel_size, strides: size * strides, "That is padding='same'."),
        (lambda size, kernel_size, strides: size - kernel_size + 1, "That shrinks."),
    ],
    hint="The last copy starts (size - 1) * strides pixels after the first.",
)


def test_right_answer_is_counted():
    assert grade(transposed_size, **EXERCISE).message == "Correct on all 4 cases."


def test_wrong_answer_shows_call_expectation_value_and_hint():
    def output_size(size, kernel_size, strides):
        return size * strides + kernel_size

    assert grade(output_size, **EXERCISE).message == (
        "output_size(2, 2, 1): expected 3, got 4. "
        "The last copy starts (size - 1) * strides pixels after the first."
    )


def test_known_mistake_gets_its_own_hint():
    def output_size(size, kernel_size, strides):
        return strides * size

    assert grade(output_size, **EXERCISE).message == (
        "output_size(2, 2, 1): expected 3, got 2. That is padding='same'."
    )


def test_mistake_counts_only_where_it_is_wrong():
    # Wrong as the first mistake is, but also wrong where that one is right.
    def output_size(size, kernel_size, strides):
        return -1 if (size, kernel_size) == (1, 1) else size * strides

    cases = EXERCISE | {"cases": [(2, 2, 1), (2, 2, 2), (1, 1, 1)]}
    assert grade(output_size, **cases).message.endswith("That is padding='same'.")


def stub(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("function", [..., stub, lambda *_: ...])
def test_stub_is_not_attempted(function):
    assert grade(function, **EXERCISE).message == "Not attempted yet."
    assert grade(function, **EXERCISE).earned == 0


def test_number_in_place_of_a_function_is_told():
    assert grade(3, **EXERCISE).message == "Expected a function, got 3."


def test_callable_without_a_name_is_graded():
    message = grade(functools.partial(max, 3), [(4, 3)]).message
    assert message == "the function(4): expected 3, got 4."


def test_own_exception_is_named_with_its_line():
    def divide(number):
        half = number / 2
        return half / 0

    report = grade(divide, [(1, 2)], hint="Mind the divisor.")
    line = divide.__code__.co_firstlineno + 2
    assert report.message == (
        f"divide(1): line {line}, `return half / 0`, raised ZeroDivisionError: "
        "float division by zero. Mind the divisor."
    )


def test_exception_of_a_library_names_the_learners_line():
    def add(array):
        return np.concatenate([array, [[1]]])

    message = grade(add, [(np.zeros(2), np.zeros(3))]).message
    assert "`return np.concatenate([array, [[1]]])`, raised ValueError" in message


def test_wrong_number_of_parameters_is_an_exception():
    message = grade(lambda: 1, [(1, 2)]).message
    assert message.startswith("<lambda>(1): it raised TypeError")


def test_sys_exit_does_not_end_the_kernel():
    assert "SystemExit" in grade(lambda x: sys.exit("bye"), [(1, 2)]).message


def test_forgotten_return_is_recognised():
    def silent(number):
        2 * number

    assert grade(silent, [(1, 2)]).message == (
        "silent(1): it returned nothing: end with `return`."
    )


def test_print_in_place_of_return_is_recognised(capsys):
    def loud(number):
        print(2 * number)

    assert grade(loud, [(1, 2)]).message == (
        "loud(1): it printed 2 but returned nothing: end with `return`."
    )
    assert capsys.readouterr().out == ""


def test_none_may_be_the_right_answer():
    assert grade(lambda x: None, [(1, None), (2, None)]).status == "correct"


def test_printing_does_not_disturb():
    def chatty(number):
        print("working …")
        return 2 * number

    assert grade(chatty, [(1, 2)]).message == "Correct on the only case."


def test_endless_recursion_is_named():
    def endless(number):
        return endless(number + 1)

    assert (
        grade(endless, [(1, 2)]).message == "endless(1): it calls itself without end."
    )


def test_changed_inputs_disturb_neither_the_message_nor_later_cases():
    def spoil(array, rows):
        array += 1
        rows.append(3)
        return array.sum() - 2

    array, rows = np.array([1, 2]), [1]
    reference = lambda array, rows: array.sum()  # noqa: E731
    report = grade(spoil, [(array, rows), (array, rows)], reference=reference)
    assert report.status == "correct"
    assert array.tolist() == [1, 2] and rows == [1]


def test_hidden_cases_count():
    hidden = dict(EXERCISE, hidden=[(7, 5, 3)])
    assert grade(transposed_size, **hidden).message == "Correct on all 5 cases."
    learned_by_heart = dict(zip(EXERCISE["cases"], [3, 4, 12, 3], strict=True))
    report = grade(lambda *case: learned_by_heart.get(case, 0), **hidden)
    assert report.status == "wrong"


def test_points_are_all_or_nothing():
    assert grade(transposed_size, **EXERCISE, points=3).earned == 3
    assert grade(lambda *_: 0, **EXERCISE, points=3).earned == 0


def test_no_case_is_an_error():
    with pytest.raises(ValueError, match="at least one case. Received: none"):
        grade(transposed_size, [])


def test_array_messages_help():
    ones = np.ones((2, 2))

    def message(value):
        return grade(lambda _: value, [(0, ones)]).message.split(": ", 1)[1]

    assert message(np.ones((2, 3))) == "expected shape (2, 2), got shape (2, 3)."
    assert message(np.eye(2)) == ("expected [[1, 1], [1, 1]], got [[1, 0], [0, 1]].")
    large = np.zeros((4, 8))
    wrong = large.copy()
    wrong[2, 5] = 7
    assert grade(lambda _: wrong, [(large, large)]).message == (
        "<lambda>(an array of shape (4, 8)): expected 0 at [2, 5], got 7 "
        "(1 of 32 values differ)."
    )


@pytest.mark.parametrize(
    "expected, got",
    [
        (0.1 + 0.2, 0.3),
        (np.float32(1 / 3), 1 / 3),
        (4, 4.0),
        (np.int64(4), 4),
        ((1, 2), [1, 2]),
        ((1, 2), np.array([1, 2])),
        (np.ones((2, 2), "float32"), tf.ones((2, 2))),
        (tf.ones((2, 2)), np.ones((2, 2))),
        (np.uint8([1, 2]), np.array([1, 2])),
        (np.nan, float("nan")),
        ((None, 64, 3), tf.TensorShape([None, 64, 3])),
        ({"a": 1, "b": (2, 3)}, {"b": [2, 3], "a": 1.0}),
        ("border", " Border "),
        ((np.zeros(2), 5), (tf.zeros(2, "float64"), 5)),
        (np.array([True, False]), np.array([1, 0])),
        (np.ones((2, 2)), np.ones((2, 2), int)),
        ((0, 1, 2), range(3)),
        ((0.5, 1), (Fraction(1, 2), True)),
        ({3, 6}, [6, 3]),
        ({3, 6}, range(3, 9, 3)),
        ({3, 6}, np.array([3.0, 6.0])),
        ((1, {0, 1}), (1, [1, 0])),
        ([[1, 2], [3, 4]], (1, 2, 3, 4)),
        ((1, 2, 3, 4), [[1, 2], [3, 4]]),
        (np.zeros(3), np.zeros((3, 1))),
        ({"a": 1, "b": 2}, (1, 2)),
        ({"Left": 1}, {"left ": 1}),
        (3, np.array([3])),
        (7, 6.999999999999999),
        (2**70, 2.0**70),
        ("up", np.array("up")),
        ("option_1", "Option 1"),
        ({"axis": 1, "levels": {0, 1}}, (1, [0, 1])),
        (((512, 512, 21), 22), ([512.0, 512, 21], 22)),
    ],
)
def test_equal_values_in_other_clothes_are_right(expected, got):
    assert grade_answer(got, expected).message == "Correct."


@pytest.mark.parametrize(
    "expected, got",
    [
        (31_030_658, 31_030_659),
        (3, None),
        (3, "3 pixels"),
        ((1, 2), (1, 2, 3)),
        ((1, 2), 1),
        (1, (1, 2)),
        ((3, 4), "(3, 4)"),
        ({"a": 1}, {"b": 1}),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ({"a": 1, "b": 2}, (2, 1)),
        ({3, 6}, [3, 6, 9]),
        ({3, 6}, [3, 5]),
        (2, 2.001),
        (1.0, np.nan),
        ("pet", 0),
    ],
)
def test_different_values_are_wrong(expected, got):
    assert grade_answer(got, expected).status == "wrong"


def test_prediction_is_told_without_being_given_away():
    mistakes = [((1, 8, 8), "One halving too many.")]
    known = {"expected": (1, 16, 16), "mistakes": mistakes}
    reports = [
        grade_answer((1, 8, 8), hint="Halve it thrice.", **known),
        grade_answer((1, 8, 16), hint="Halve it thrice.", **known),
        grade_answer(5, hint="Three numbers.", **known),
        grade_answer((1, 16, 16), **known),
    ]
    assert [report.message for report in reports] == [
        "Not yet: (1, 8, 8) is not right. One halving too many.",
        "Not yet: 2 of 3 values are right in (1, 8, 16). Halve it thrice.",
        "Not yet: 5 is not right. Three numbers.",
        "Correct.",
    ]


@pytest.mark.parametrize(
    "expected, got, said",
    [
        ((8, 15), {"height": 8, "width": 15}, "write them as a tuple, in the order"),
        ((2, 5), {5, 2}, "write them as a tuple, for a set has no order"),
        ({"a": 1, "b": 2}, {"A": 1, "c": 2}, "keys of the dictionary are to be 'a', "),
        ({"a": 1, "b": 2}, {"b": 1, "a": 2}, "0 of 2 values are right in {'b': 1"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 2}, "1 of 2 values are right in {'b': 2"),
    ],
)
def test_right_values_in_a_form_that_is_not_are_told(expected, got, said):
    report = grade_answer(got, expected, hint="Think.")
    assert report.status == "wrong"
    assert said in report.message


def test_no_rejected_answer_has_all_values_right():
    for got in ((2, 1), [1, 2, 3], {1, 2}, {"b": 1, "c": 2}, "12"):
        for expected in ((1, 2), {"b": 2, "c": 1}, np.array([1, 2])):
            message = grade_answer(got, expected).message
            assert "2 of 2" not in message and "3 of 3" not in message


def test_set_from_a_function_is_told():
    message = grade(lambda _: {1, 0}, [(0, [0, 1])]).message
    assert "a set has no order: return a list" in message
    assert grade(lambda _: [1, 0], [(0, {0, 1})]).status == "correct"


def test_hint_of_a_mistake_that_is_right_on_the_case_shown_is_not_given():
    # Of these cases the mistake, twice the number, is wrong only on the last.
    exercise = dict(
        cases=[0, 2, 3],
        reference=lambda number: number**2,
        mistakes=[(lambda number: 2 * number, "That is twice the number.")],
        hint="Multiply it by itself.",
    )
    ends = grade(lambda number: 2 * number, **exercise).message
    assert ends == "<lambda>(3): expected 9, got 6. That is twice the number."
    other = grade(lambda number: number + number % 4, **exercise).message
    assert other == "<lambda>(3): expected 9, got 6. That is twice the number."
    shown = grade(lambda number: 6 if number == 3 else 5, **exercise).message
    assert shown == "<lambda>(0): expected 0, got 5. Multiply it by itself."


def test_values_of_unknown_types_are_not_asked():
    class Sly:
        shape, dtype = (), "int64"

        def refuse(self, *_, **__):
            raise AssertionError("a method of an unknown type was called")

        __array__ = as_list = __eq__ = __len__ = __iter__ = __float__ = refuse
        __hash__ = __repr__ = refuse

    for expected in (3, "up", (1, 2), {1, 2}, {"a": 1}, np.eye(2)):
        for got in (Sly(), [Sly()], {"a": Sly()}):
            assert grade_answer(got, expected).status == "wrong"
            assert grade(lambda _, got=got: got, [(0, expected)]).status == "wrong"


def test_open_predictions():
    assert grade_answer(..., (1, 2)).message == "Not attempted yet."
    assert grade_answer((..., ...), (1, 2)).message == "Not attempted yet."
    assert grade_answer((1, ...), (1, 2)).message == "1 of 2 values given so far."
    assert grade_answer({"a": ...}, {"a": 2}).status == "open"


def test_estimate_may_be_off_by_the_tolerance():
    assert grade_answer(60, 64, tolerance=0.1).status == "correct"
    assert grade_answer(50, 64, tolerance=0.1).status == "wrong"


def test_symbolic_tensor_is_told():
    import keras

    message = grade(lambda _: keras.Input((4, 4)), [(0, np.zeros(3))]).message
    assert "got a symbolic tensor of shape (None, 4, 4)" in message
