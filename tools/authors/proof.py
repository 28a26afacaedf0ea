"""What the build proves in the kernel of a notebook, where it calls one of these first.

Every known mistake of an exercise is wrong and gets its own hint: the tests grade the
mistakes of most exercises without a notebook, but an exploration needs its notebook
(`watch`). A tolerance is so narrow that a model without training fails (`untrain`).
With `hasten` and `spoil_masks` it is shown that the outputs notice other faults.
"""

import functools

from utils.checks import definitions
from utils.session import start


def unanswered(grader, definition):
    """Says which of the `mistakes` in a check's definition do not get their hint."""
    visible = {key: value for key, value in definition.items() if key != "hidden"}
    found = []
    for number, (mistake, hint) in enumerate(definition.get("mistakes", ()), start=1):
        report = grader(mistake, **visible)
        if report.status != "wrong" or not report.message.endswith(hint):
            found.append(f"its mistake {number} does not get its hint: {report}")
    return found


def watch():
    """Makes a check refuse a value whose mistakes do not all get their hint."""
    grade_answer = definitions.GRADERS["check_answer"]

    @functools.wraps(grade_answer)
    def strict(answer, expected, **definition):
        found = unanswered(grade_answer, {"expected": expected, **definition})
        if found:
            raise ValueError("; ".join(found))
        return grade_answer(answer, expected, **definition)

    definitions.GRADERS["check_answer"] = strict


def untrain():
    """Lets every optimizer count its steps and change nothing: no model learns."""
    start()
    import keras

    def apply(optimizer, grads, trainable_variables=None):
        optimizer.iterations.assign_add(1)

    keras.optimizers.Optimizer.apply = apply


def hasten(factor):
    """Multiplies the learning rate of every optimizer."""
    start()
    import keras

    usual = keras.optimizers.Optimizer._get_current_learning_rate

    def faster(optimizer):
        return factor * usual(optimizer)

    keras.optimizers.Optimizer._get_current_learning_rate = faster


def spoil_masks(how):
    """Spoils masks: "shift" those that train by one pixel, or "swap" all ids."""
    start()
    import tensorflow as tf

    from utils import datasets

    changes = {
        "shift": lambda mask: tf.roll(mask, 1, axis=1),
        "swap": lambda mask: tf.where(mask < 2, 1 - mask, mask),
    }
    load_pets = datasets.load_pets

    def spoiled(split, *arguments, **options):
        pets = load_pets(split, *arguments, **options)
        if how == "shift" and split != "train":
            return pets
        return pets.map(lambda image, mask: (image, changes[how](mask)))

    datasets.load_pets = spoiled
