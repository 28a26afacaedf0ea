"""The exercises of a lesson, as its source defines them: text, code, check, points."""

import ast
import re
from dataclasses import dataclass, field

from tools.lesson.copies import check_line, parsed, solved, tags, unsolved
from utils.checks.definitions import GRADERS

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


@dataclass
class Exercise:
    """One exercise: the code that defines it, and the arguments of its check."""

    title: str
    explore: bool
    code: str  # the learner's cell as its author wrote it
    stub: str
    solution: str
    check: str
    given: list = field(default_factory=list)  # imports and cells tagged "given"
    interpretation: str = ""  # what the solved copy says after an `explore`

    @property
    def number(self):
        """Such as "5.2"."""
        return self.title.removeprefix("Exercise ").partition(":")[0]

    @property
    def line(self):
        """What the copies show of its check."""
        return check_line(self.number)

    @property
    def grade_id(self):
        """The name of its graded cell, such as "exercise-5-2"."""
        return f"exercise-{self.number.replace('.', '-')}"

    @property
    def points(self):
        """What it is worth; an experiment also has its reason to be graded."""
        for keyword in self.call().keywords:
            if keyword.arg == "points":
                return ast.literal_eval(keyword.value) * (1 + self.explore)
        return 1 + self.explore

    @property
    def names(self):
        """What a learner's cell must define to be an answer."""
        words = re.findall(r"\w+", self.check)
        return [name for name in bound(self.stub) if name in words]

    @property
    def functions(self):
        """Those of the names that are functions."""
        body = ast.parse(self.stub).body
        return [node.name for node in body if isinstance(node, ast.FunctionDef)]

    def call(self, tree=None):
        """The syntax tree of the call of `check` or `check_answer`."""
        calls = [
            node
            for node in ast.walk(tree or ast.parse(self.check))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in GRADERS
        ]
        if len(calls) != 1:
            raise ValueError(f"{self.title}: its check cell must hold one check.")
        return calls[0]

    def length(self, name):
        """How many entries the list `name` of the check has, as written."""
        return len(self.entries(name))

    def entries(self, name):
        """The syntax trees of the entries of the list `name` of the check."""
        for keyword in self.call().keywords:
            if keyword.arg == name:
                return getattr(keyword.value, "elts", [])
        positional = self.call().args
        is_cases = name == "cases" and len(positional) > 1
        return getattr(positional[1], "elts", []) if is_cases else []

    def report(self, answer):
        """Runs an answer and its check; returns the grader and its arguments."""
        namespace = {"__name__": "exercise"}
        for code in self.given:
            exec(code, namespace)
        exec(answer, namespace)
        return asked(self.check, namespace)

    def wrong_answers(self):
        """Each known mistake as the code of a cell: pairs (code, hint)."""
        tree = ast.parse(self.check)
        call = self.call(tree)
        helpers = [
            ast.unparse(statement)
            for statement in tree.body
            if all(node is not call for node in ast.walk(statement))
        ]
        target = ast.unparse(call.args[0])
        return [
            ("\n".join([*helpers, f"{target} = {ast.unparse(entry.elts[0])}"]), hint)
            for entry in self.entries("mistakes")
            for hint in [ast.literal_eval(entry.elts[1])]
        ]


def asked(check, namespace):
    """Runs a check cell; returns what it asks for: (grader, values, named)."""
    seen = []

    def record(grader):
        return lambda *values, **named: seen.append((grader, values, named))

    namespace = namespace | {name: record(grade) for name, grade in GRADERS.items()}
    exec(check, namespace)
    [(grader, values, named)] = seen
    return grader, values, named


def exercises(source):
    """Lists the exercises of a source file, in order."""
    cells = parsed(source)
    code = [cell for cell in cells if cell.cell_type == "code"]
    given = [code[0].source] + [c.source for c in code if "given" in tags(c)]
    found, title = [], ""
    for number, cell in enumerate(cells):
        if cell.cell_type == "markdown" and "## Exercise" in cell.source:
            title = cell.source.split("## Exercise", 1)[1].split("\n")[0].strip()
        if "exercise" in tags(cell):
            later = cells[number + 1 :]
            check = next((c for c in later if "check" in tags(c)), None)
            rest = later[later.index(check) + 1 :][:1] if check else []
            text = [c.source for c in rest if "solution" in tags(c)]
            found.append(
                Exercise(
                    title=f"Exercise {title}",
                    explore="explore" in tags(cell),
                    code=cell.source,
                    stub=unsolved(cell.source),
                    solution=solved(cell.source),
                    check=check.source if check else "",
                    given=given,
                    interpretation="\n".join(text),
                )
            )
    return found


def bound(code):
    """Names that the top level of some code defines or assigns, in order."""
    names = []
    for statement in ast.parse(code).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names.append(statement.name)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = getattr(statement, "targets", None) or [statement.target]
            nodes = [node for target in targets for node in ast.walk(target)]
            names += [n.id for n in nodes if isinstance(n, ast.Name)]
    return names


def definitions(code):
    """The part of some code that costs no time: imports, functions, constants."""
    kept = []
    for statement in ast.parse(code).body:
        constant = isinstance(statement, ast.Assign) and is_literal(statement.value)
        if isinstance(statement, DEFINITIONS) or constant:
            kept.append(statement)
    return ast.unparse(ast.Module(kept, []))


def is_literal(node):
    try:
        return ast.literal_eval(node) is not ...
    except (ValueError, TypeError):
        return False


def needed(given, *code):
    """Those of the `given` cells that some code, or a needed one, refers to."""
    words = set(re.findall(r"\w+", " ".join(code)))
    kept = []
    for cell in reversed(given):
        if words.intersection(bound_anywhere(cell)):
            kept.insert(0, cell)
            words.update(re.findall(r"\w+", cell))
    return kept


def bound_anywhere(code):
    """Names that some code defines, assigns or changes, inside loops, too."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            while isinstance(node, (ast.Subscript, ast.Attribute)):
                node = node.value  # `table[1] += 1` changes `table`
            if isinstance(node, ast.Name):
                names.add(node.id)
    return names
