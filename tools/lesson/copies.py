"""Turns the source of a lesson's notebook into its two copies, not yet executed."""

import ast
import hashlib
import json
import re
import tomllib
from pathlib import Path

import jupytext
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.lesson.moves import tolerance
from utils.checks.definitions import HIDDEN

ROOT = Path(__file__).resolve().parents[2]
COPIES = ("learner", "solved")

START = """\
except ImportError:  # found from here, installed or not
    import sys; sys.path += ["..", "../.."]
from utils.session import show_quiz, start
start()  # TensorFlow, without its log"""
SET_UP = (
    """\
try:  # In Colab, fetch the course. Anywhere else, it is here already.
    import google.colab, os, sys
    !test -d ~/course || git clone --quiet --depth 1 {repository} ~/course
    sys.path.insert(0, os.path.expanduser("~/course"))
"""
    + START
)
NO_ADDRESS = (
    """\
try:  # Colab would have to fetch the course. Anywhere else, it is here already.
    import google.colab
    raise RuntimeError(
        "Colab cannot fetch this course until its owner has said where it is: "
        "`make address ADDRESS=https://github.com/OWNER/NAME`."
    )
"""
    + START
)
QUIZ = """\
## Check yourself

Answer without looking back; each wrong answer says what to think of."""
SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
SOLUTION_MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
EXERCISE = re.compile(r"^## (Exercise .*)", re.MULTILINE)
HEADING = re.compile(r"^#+\s*Exercise\s+(\d+\.\d+)", re.MULTILINE)


class Course:
    """A repository's paths, and what the notebooks take from its other files."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        project = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))
        self.repository = project["project"]["urls"]["repository"]
        # Until `make address` has set it, it is a name that nobody can register.
        self.published = self.repository.startswith("https://github.com/")

    def source(self, name):
        return self.root / "lessons" / name / "notebook.py"

    def notebook(self, name, copy="learner"):
        folder = "notebooks" if copy == "learner" else "notebooks/solutions"
        return self.root / folder / f"{name}.ipynb"

    def page(self, name):
        return self.root / "lessons" / name / "README.md"

    def quiz(self, name):
        return self.root / "lessons" / name / "quiz.json"

    def answers(self, name):
        return self.root / "lessons" / name / "answers.py"

    def names(self, lessons=""):
        """Names of the lessons, all or those that `lessons` says: see `chosen`."""
        sources = self.root.glob("lessons/*/notebook.py")
        return chosen(sorted(path.parent.name for path in sources), lessons)

    def minutes(self, name):
        """Minutes (of reading, of work) that the lesson page's second line states."""
        text = self.page(name).read_text("utf-8")
        found = re.search(r"^Reading (\d+) min · \[.*?\]\(.*?\) (\d+) min", text, re.M)
        if not found:
            raise SystemExit(
                f"{self.page(name)}: no line such as `Reading 30 min · "
                f"[notebook](../../notebooks/{name}.ipynb) 40 min`."
            )
        return found.groups()

    def badge(self, name):
        """A link that opens the notebook in Colab; empty where there is no address."""
        if not self.published:
            return ""
        notebook = self.notebook(name).relative_to(self.root).as_posix()
        url = self.repository.replace("https://github.com/", "github/")
        return (
            "[![Open in Colab](https://colab.research.google.com/assets/"
            "colab-badge.svg)](https://colab.research.google.com/"
            f"{url}/blob/main/{notebook})"
        )


def chosen(names, lessons):
    """Those of the names that a text such as "06" or "1, 2 3" means; all for ""."""
    wanted = [lesson.zfill(2) for lesson in re.split(r"[\s,]+", lessons) if lesson]
    for lesson in wanted:
        if not any(name.startswith(lesson) for name in names):
            there = ", ".join(name[:2] for name in names) or "none"
            raise SystemExit(
                f"LESSON must be among the lessons there are: {there}. "
                f"Received: {lesson!r}."
            )
    return [name for name in names if name.startswith(tuple(wanted) or "")]


def parsed(source):
    """The cells of a source file, solutions, definitions and all."""
    return jupytext.read(source, fmt="py:percent").cells


def check_line(number):
    """What the copies show of an exercise's check."""
    return f'check("{number}")'


def unsolved(code):
    """Puts `raise NotImplementedError`, or the form of an answer, for each solution."""

    def stub(match):
        indent, body = match.groups()
        if indent:
            return f"{indent}raise NotImplementedError\n"
        return "".join(blanks(body))

    return SOLUTION.sub(stub, code).rstrip("\n")


def blanks(solution):
    """The lines to fill in: a name a line, a dictionary with its keys.

    A name that the solution itself reads is a means to its end, and no answer.
    """
    tree = ast.parse(solution)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    for statement in tree.body:
        for target in getattr(statement, "targets", ()):
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and node.id not in read:
                    yield f"{node.id} = {blank(statement.value)}\n"


def blank(value):
    """The form of one answer: `...`, or the keys of a dictionary with `...`."""
    keys = getattr(value, "keys", ())
    if not keys or not all(isinstance(key, ast.Constant) for key in keys):
        return "...  # your answer"
    lines = [f"    {json.dumps(key.value)}: ...,  # your answer" for key in keys]
    return "\n".join(["{", *lines, "}"])


def solved(code):
    return SOLUTION_MARKER.sub("", code).rstrip("\n")


def fresh(course, name, copy, seconds):
    """The notebook as it should be, without outputs."""
    for part in (course.page(name), course.quiz(name)):
        if not part.is_file():
            raise SystemExit(f"{name} needs {part}, which is missing.")
    edit = unsolved if copy == "learner" else solved
    up = "../" if copy == "learner" else "../../"
    other = (
        f"[solved copy](solutions/{name}.ipynb)"
        if copy == "learner"
        else f"[learner's copy](../{name}.ipynb)"
    )
    title, *cells = parsed(course.source(name))
    minutes = course.minutes(name)[1]
    title.source += (
        f"\n\n[Lesson]({up}lessons/{name}/README.md) · {minutes} minutes to work · "
        f"{seconds} seconds to run · {other}\n\n{course.badge(name)}"
    ).rstrip("\n")
    set_up = SET_UP if course.published else NO_ADDRESS
    set_up = set_up.format(repository=course.repository)
    quiz_tags = {"tags": ["quiz", "nbval-ignore-output"]}
    cells = [
        title,
        new_code_cell(set_up, metadata={"tags": ["set-up"]}),
        *[cell for cell in cells if copy == "solved" or "solution" not in tags(cell)],
        new_markdown_cell(QUIZ),
        new_code_cell(f'show_quiz("{name}")', metadata=quiz_tags),
    ]
    exercise, definitions = "", []
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02d}"  # a random id would change every build
        if tolerance(tags(cell)) is not None:  # for nbval on its own
            cell.metadata["tags"] = [*tags(cell), "nbval-ignore-output"]
        cell.metadata = {"tags": tags(cell)} if tags(cell) else {}
        if cell.cell_type == "code":
            if "check" in tags(cell):
                definitions.append(HIDDEN.sub("", cell.source))
                cell.source = check_line(exercise)
            cell.source = edit(cell.source)
            cell.outputs, cell.execution_count = [], None
        elif heading := HEADING.search(cell.source):
            exercise = heading[1]
        if copy == "learner" and (heading := EXERCISE.search(cell.source)):
            place = heading[1].strip().replace(" ", "-")
            cell.source += f"\n\n[Solution](solutions/{name}.ipynb#{place})"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = new_notebook(cells=cells)
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    code = [
        (c.source, tags(c))
        for c in cells
        if c.cell_type == "code" and "set-up" not in tags(c)
    ]
    quiz = json.loads(course.quiz(name).read_text("utf-8"))
    inputs = digest([code, definitions, quiz])
    notebook.metadata["course"] = {"inputs": inputs, "seconds": seconds}
    return notebook


def interleaved(learner, solved):
    """The code cells of both copies in the order in which one kernel runs them all.

    A shared cell comes once. From an exercise to its check the learner's cells come
    first, then the solved ones. Raises `ValueError` where the copies differ anywhere
    else, in code or outputs.
    """
    pairs = zip(code_cells(learner), code_cells(solved), strict=True)
    cells = []
    for pair in pairs:
        if "exercise" not in tags(pair[0]):
            if (pair[0].source, pair[0].outputs) != (pair[1].source, pair[1].outputs):
                raise ValueError(f"The copies differ in {pair[1].id}, no exercise.")
            cells.append(pair[1])
            continue
        exercise = [pair]
        while "check" not in tags(exercise[-1][0]):
            exercise.append(next(pairs))
        cells += [cell for copy in zip(*exercise, strict=True) for cell in copy]
    return cells


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return list(cell.metadata.get("tags", []))


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
