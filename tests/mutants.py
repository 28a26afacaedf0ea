"""Wrong answers made by machine: a solution with one small thing changed.

`python tests/mutants.py 04 13` prints, per exercise of these lessons, how many there
are and which of them the visible cases let pass.
"""

import ast
import contextlib
import copy
import io
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from equivalents import EQUIVALENT  # noqa: E402
from exercises import alternatives  # noqa: E402
from tools.lesson.copies import Course  # noqa: E402
from tools.lesson.questions import asked, exercises  # noqa: E402

SECONDS = 0.1  # of CPU, for all cases of one mutant; most take milliseconds
TIMES_SLOWER = 20  # than the solution
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
LOGIC = (ast.BitAnd, ast.BitOr)
FAMILIES = [  # names of functions and methods that are taken for each other
    ("any", "all"),
    ("min", "max", "sum", "mean"),
    ("floor", "ceil", "round", "int"),
    ("argmax", "argmin", "argsort"),
    ("maximum", "minimum"),
    ("zeros", "ones"),
    ("exp", "log1p", "expm1", "log"),
]
SYMMETRIC = ("min", "max", "minimum", "maximum", "logaddexp", "array_equal")
FORMS = ("int", "float", "list", "tuple", "astype")  # any form is right


class Endless(BaseException):
    """A mutant that does not come to its end; no `except Exception` holds it."""


def mutants(code):
    """Lists the mutants of the functions in some code: {what changed: code}."""
    tree = ast.parse(code)
    before = ast.unparse(tree).splitlines()
    found = {}
    for place, node in enumerate(ast.walk(tree)):
        for number in range(len(changes(node, tree))):
            other = copy.deepcopy(tree)
            twin = next(n for k, n in enumerate(ast.walk(other)) if k == place)
            with contextlib.suppress(ValueError, TypeError, AttributeError):
                put(other, twin, changes(twin, other)[number])
                text = ast.unparse(ast.fix_missing_locations(other))
                compile(text, "<mutant>", "exec")
                if text.splitlines() != before and text not in found.values():
                    change, again = label(before, text.splitlines()), 1
                    while (
                        name := f"{change} ({again})" if again > 1 else change
                    ) in found:
                        again += 1
                    found[name] = text
    return found


def label(before, after):
    """Says what changed: the new line, or the old one that is gone."""
    new = [line.strip() for line in after if after.count(line) > before.count(line)]
    old = [line.strip() for line in before if before.count(line) > after.count(line)]
    return " / ".join(new) or f"without {' / '.join(old)}"


def put(tree, old, new):
    """Puts a node, a list of statements, in the place of another, wherever it is."""
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old and not isinstance(new, list):
                return setattr(parent, field, new)
            if isinstance(value, list):
                for place, item in enumerate(value):
                    if item is old:
                        value[place : place + 1] = new if type(new) is list else [new]
                        if not value and field == "body":
                            value.append(ast.Pass())
                        return None
    raise ValueError("The node must be in the tree. Received: another.")


def changes(node, tree):
    """What may stand in the place of a node: other nodes, or lists of statements."""
    found = []

    def other(**fields):
        kept = {name: value for name, value in ast.iter_fields(node)}
        found.append(type(node)(**(kept | fields)))

    if isinstance(node, ast.BinOp):
        for kinds in (ARITHMETIC, LOGIC):
            if isinstance(node.op, kinds):
                for kind in kinds:
                    other(op=kind())
        if not isinstance(node.op, (ast.Add, ast.Mult, *LOGIC)):
            other(left=node.right, right=node.left)
        found += [node.left, node.right]
    elif isinstance(node, ast.UnaryOp):
        found.append(node.operand)
    elif isinstance(node, ast.AugAssign):
        for kind in ARITHMETIC:
            other(op=kind())
        target = copy.deepcopy(node.target)
        found += [ast.Assign([target], node.value), []]
    elif isinstance(node, ast.Compare):
        for kind in COMPARISONS if isinstance(node.ops[0], COMPARISONS) else ():
            other(ops=[kind()])
    elif isinstance(node, ast.BoolOp):
        other(op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        found += node.values
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or node.value is None:
            found += [ast.Constant(not node.value)]
        elif isinstance(node.value, (int, float)):
            values = {node.value + 1, node.value - 1, -node.value, 0, 1}
            found += [ast.Constant(value) for value in sorted(values)]
    elif isinstance(node, ast.keyword) and node.arg:
        if node.arg == "axis":
            found += [ast.keyword("axis", ast.Constant(a)) for a in (0, 1, 2, -1, -2)]
            found.append(ast.keyword("axis", ast.Constant(None)))
            found.append(ast.keyword("axis", ast.parse("(0, 1)").body[0].value))
        found.append(ast.keyword("keepdims", ast.Constant(True)))
        found.append([])
    elif isinstance(node, ast.IfExp):
        found += [node.body, node.orelse]
    elif isinstance(node, ast.If):
        found += [node.body, node.orelse]
        other(test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.While):
        found += [node.body, []]
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        other(elts=node.elts[::-1])
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        found.append(node.value)
    elif isinstance(node, ast.Slice):
        other(lower=None), other(upper=None)
    elif isinstance(node, (ast.For, ast.comprehension)):
        for part in (":1", "-1:", "1:", ":-1"):
            every = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
            code = ast.parse(f"x[{part}]", mode="eval").body
            code.value = every
            other(iter=code)
        if isinstance(node, ast.comprehension) and node.ifs:
            other(ifs=[])
    elif isinstance(node, (ast.Return, ast.Expr)):
        docstring = isinstance(node.value, ast.Constant)
        found += [] if docstring else [[]]
    elif isinstance(node, ast.Call):
        found += calls(node)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        found += [ast.Name(n, ast.Load()) for n in local_names(tree) if n != node.id]
    return found


def calls(node):
    """Another function of the family, other arguments, or no call at all."""
    found = []
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    for family in FAMILIES:
        for sibling in family if name in family else ():
            func = copy.deepcopy(node.func)
            setattr(func, "attr" if isinstance(func, ast.Attribute) else "id", sibling)
            found.append(ast.Call(func, node.args, node.keywords))
    if name in FORMS:
        return found
    if len(node.args) == 1:
        found.append(node.args[0])
    elif len(node.args) > 1:
        if name not in SYMMETRIC:
            found.append(ast.Call(node.func, node.args[::-1], node.keywords))
        for place in range(len(node.args)):
            rest = [a for k, a in enumerate(node.args) if k != place]
            found.append(ast.Call(node.func, rest, node.keywords))
    if isinstance(node.func, ast.Attribute):
        found.append(node.func.value)
    return found


def local_names(tree):
    """Parameters and variables of the functions in a tree, in order."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names[node.arg] = None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] = None
    return list(names)


class Trial:
    """The check of an exercise, its namespace made once, for many answers."""

    def __init__(self, exercise):
        self.exercise, self.namespace = exercise, {"__name__": "exercise"}
        for code in exercise.given:
            exec(code, self.namespace)
        exec(exercise.solution, self.namespace)
        self.grader, values, named = asked(exercise.check, self.namespace)
        _, self.cases = values if len(values) > 1 else (None, named.pop("cases"))
        named.pop("mistakes", None)
        self.hidden = named.pop("hidden", [])
        reference = named.pop("reference", None)
        if reference:  # asked once, not once per mutant
            self.cases = self.worked(self.cases, reference)
            self.hidden = self.worked(self.hidden, reference)
        self.named, self.seconds = named, 60
        if not self.passes(exercise.solution, [*self.cases, *self.hidden]):
            raise ValueError(f"The solution of {exercise.title} must be right.")
        before = time.process_time()  # now that what is slow once is done
        self.passes(exercise.solution, [*self.cases, *self.hidden])
        self.seconds = SECONDS + TIMES_SLOWER * (time.process_time() - before)

    @staticmethod
    def worked(cases, reference):
        cases = [case if isinstance(case, tuple) else (case,) for case in cases]
        return [(case, reference(*copy.deepcopy(case))) for case in cases]

    def function(self, code):
        """The function that some code defines, or None where it fails at once."""
        namespace = dict(self.namespace)
        try:
            exec(code, namespace)
        except Exception:
            return None
        return namespace[self.exercise.functions[0]]

    def passes(self, code, cases):
        """Whether an answer is right on these cases, in time."""
        function = self.function(code)

        def ring(*_):
            raise Endless

        before = signal.signal(signal.SIGVTALRM, ring)
        signal.setitimer(signal.ITIMER_VIRTUAL, self.seconds)
        try:
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                with warnings.catch_warnings(action="ignore"):
                    report = self.grader(function, cases, **self.named)
            return report.status == "correct"
        except Endless:
            return False
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


def survivors(exercise, codes=()):
    """Tries all mutants of the solution, and of other right answers.

    Returns how many there are, those that pass the visible cases, and of these those
    that hidden cases reject.
    """
    trial = Trial(exercise)
    made = {}
    for code in (exercise.solution, *codes):
        made = mutants(code) | made
    alive = [k for k, code in made.items() if trial.passes(code, trial.cases)]
    caught = [k for k in alive if not trial.passes(made[k], trial.hidden)]
    return len(made), alive, caught


def equivalent(exercise):
    """The changes of an exercise's mutants that are known to change nothing."""
    reasons = EQUIVALENT.get(exercise.number, {})
    return {change for changes in reasons.values() for change in changes}


def main():
    course = Course()
    for name in course.names(sys.argv[1:]):
        others = alternatives(name)
        for exercise in exercises(course.source(name)):
            if not exercise.functions or exercise.explore:
                continue
            codes = [others[exercise.number]] if exercise.number in others else []
            count, alive, caught = survivors(exercise, codes)
            listed = equivalent(exercise)
            print(f"{exercise.title}: {count} mutants, {len(alive)} pass", flush=True)
            for change in alive:
                kind = "HIDDEN " if change in caught else "PASSES "
                kind = "listed " if change in listed else kind
                print(f"    {kind} {change}")
            for change in listed.difference(alive):
                print(f"    listed, but rejected: {change}")


if __name__ == "__main__":
    main()
