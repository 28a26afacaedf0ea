"""Shows that every known mistake of an exercise is wrong and gets its own hint.

The tests grade the mistakes of an exercise without its notebook. An exploration needs
the notebook, so there the build watches: it calls `watch` in the kernel first.
"""

import functools

from utils.checks import definitions


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
