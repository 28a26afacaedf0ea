"""Exercises taken from a notebook's source, to be tried without running the rest."""

import ast
from dataclasses import dataclass, field

import jupytext

import proof
from copies import solved, tags, unsolved
from utils import checks

GRADERS = {"check": checks.grade, "check_answer": checks.grade_answer}
PARAMETERS = {checks.grade: ["cases"], checks.grade_answer: ["expected"]}


@dataclass
class Exercise:
    """One exercise: the code that defines it, and the arguments of its check."""

    title: str
    explore: bool
    stub: str
    solution: str
    check: str
    given: list = field(default_factory=list)  # imports and cells tagged "given"

    def call(self):
        """The syntax tree of the call of `check` or `check_answer`."""
        calls = [
            node
            for node in ast.walk(ast.parse(self.check))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in GRADERS
        ]
        if len(calls) != 1:
            raise ValueError(f"{self.title}: its check cell must hold one check.")
        return calls[0]

    def length(self, name):
        """How many entries the list `name` of the check has, as written."""
        for keyword in self.call().keywords:
            if keyword.arg == name:
                return len(getattr(keyword.value, "elts", []))
        positional = self.call().args
        is_cases = name == "cases" and len(positional) > 1
        return len(getattr(positional[1], "elts", [])) if is_cases else 0

    def report(self, answer):
        """Grades the stub's or the solution's code; returns (name, call, report)."""
        seen = []

        def record(grader):
            return lambda *values, **named: seen.append((grader, values, named))

        namespace = {"__name__": "exercise"}
        for code in self.given:
            exec(code, namespace)
        namespace.update({name: record(grade) for name, grade in GRADERS.items()})
        exec(answer, namespace)
        exec(self.check, namespace)
        [(grader, values, named)] = seen
        return grader, values, named


def exercises(source):
    """Lists the exercises of a source file, in order."""
    cells = jupytext.read(source, fmt="py:percent").cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    given = [code[0].source] + [c.source for c in code if "given" in tags(c)]
    found, title = [], ""
    for number, cell in enumerate(cells):
        if cell.cell_type == "markdown" and "## Exercise" in cell.source:
            title = cell.source.split("## Exercise", 1)[1].split("\n")[0].strip()
        if "exercise" in tags(cell):
            later = cells[number + 1 :]
            check = next((c for c in later if "check" in tags(c)), None)
            found.append(
                Exercise(
                    title=f"Exercise {title}",
                    explore="explore" in tags(cell),
                    stub=unsolved(cell.source),
                    solution=solved(cell.source),
                    check=check.source if check else "",
                    given=given,
                )
            )
    return found


def problems(exercise):
    """Says what is wrong with an exercise: its form, its solution, its mistakes."""
    try:
        call = exercise.call()
    except ValueError as error:
        return [str(error)]
    found = []
    minimum = {"mistakes": 3}
    if call.func.id == "check":
        minimum |= {"cases": 3, "hidden": 2}
    for name, least in minimum.items():
        if exercise.length(name) < least:
            found.append(f"has fewer than {least} {name}")
    if not any(keyword.arg == "hint" for keyword in call.keywords):
        found.append("has no hint")
    if not exercise.explore:
        found += behaviour(exercise)
    return [f"{exercise.title}: {problem}" for problem in found]


def behaviour(exercise):
    """Grades stub, solution and every known mistake."""
    found = []
    grader, values, named = exercise.report(exercise.stub)
    stub = grader(*values, **named)
    if stub.status != "open":
        found.append(f"its stub is not open: {stub.message}")
    grader, values, named = exercise.report(exercise.solution)
    report = grader(*values, **named)
    if report.status != "correct":
        found.append(f"its solution is not right: {report.message}")
    definition = dict(zip(PARAMETERS[grader], values[1:], strict=False)) | named
    return found + proof.unanswered(grader, definition)
