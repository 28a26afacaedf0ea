"""Turns the source of a lesson's notebook into its two copies, not yet executed."""

import ast
import hashlib
import json
import re
import tomllib
from pathlib import Path

import jupytext
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
COPIES = ("learner", "solved")

SET_UP = """\
try:  # In Colab, fetch the course. Anywhere else, it is here already.
    import google.colab, os, sys
    !test -d ~/course || git clone --quiet --depth 1 {repository} ~/course
    sys.path.insert(0, os.path.expanduser("~/course"))
except ImportError:  # found from here, installed or not
    import sys; sys.path += ["..", "../.."]
from utils.session import show_quiz, start
start()  # TensorFlow, without its log"""
NO_ADDRESS = """\
try:  # Colab would have to fetch the course. Anywhere else, it is here already.
    import google.colab
    raise RuntimeError(
        "Colab cannot fetch this course until its owner has said where it is: "
        "`make address ADDRESS=https://github.com/OWNER/NAME`."
    )
except ImportError:  # found from here, installed or not
    import sys; sys.path += ["..", "../.."]
from utils.session import show_quiz, start
start()  # TensorFlow, without its log"""
QUIZ = """\
## Check yourself

Answer without looking back; each wrong answer says what to think of."""
SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
SOLUTION_MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS\n.*?^[ \t]*### END HIDDEN TESTS(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)

EXERCISE = re.compile(r"^## (Exercise .*)", re.MULTILINE)


class Course:
    """A repository's paths, and what the notebooks take from its other files."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        project = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))
        self.repository = project["project"]["urls"]["repository"]
        # Until `make address` has set it, it is a name that nobody can register.
        self.published = self.repository.startswith("https://github.com/")

    def source(self, name):
        return self.root / "notebooks" / "src" / f"{name}.py"

    def notebook(self, name, copy="learner"):
        folder = "notebooks" if copy == "learner" else "notebooks/solutions"
        return self.root / folder / f"{name}.ipynb"

    def page(self, name):
        return self.root / "lessons" / f"{name}.md"

    def quiz(self, name):
        return self.root / "lessons" / f"{name}.quiz.json"

    def names(self, prefixes=()):
        """Names of the sources, all or those that begin with one of `prefixes`."""
        names = sorted(path.stem for path in self.source("*").parent.glob("*.py"))
        for prefix in prefixes:
            if not any(name.startswith(prefix) for name in names):
                raise SystemExit(f"No notebook source begins with {prefix!r}: {names}")
        return [name for name in names if name.startswith(tuple(prefixes) or "")]

    def minutes(self, name):
        """Minutes (of reading, of work) that the lesson page's second line states."""
        text = self.page(name).read_text("utf-8")
        found = re.search(r"^Reading (\d+) min · \[.*?\]\(.*?\) (\d+) min", text, re.M)
        if not found:
            raise SystemExit(
                f"{self.page(name)}: no line such as `Reading 30 min · "
                f"[notebook](../notebooks/{name}.ipynb) 40 min`."
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


def unsolved(code):
    """Puts `raise NotImplementedError`, or `name = ...`, in place of each solution."""

    def stub(match):
        indent, body = match.groups()
        if indent:
            return f"{indent}raise NotImplementedError\n"
        assigned = [s for s in ast.parse(body).body if isinstance(s, ast.Assign)]
        targets = [t for statement in assigned for t in statement.targets]
        nodes = [node for target in targets for node in ast.walk(target)]
        names = [node.id for node in nodes if isinstance(node, ast.Name)]
        return "".join(f"{name} = ...  # your answer\n" for name in names)

    return SOLUTION.sub(stub, code).rstrip("\n")


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
    source = jupytext.read(course.source(name), fmt="py:percent").cells
    title, *cells = source
    minutes = course.minutes(name)[1]
    title.source += (
        f"\n\n[Lesson]({up}lessons/{name}.md) · {minutes} minutes to work · "
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
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02d}"  # a random id would change every build
        cell.metadata = {"tags": tags(cell)} if tags(cell) else {}
        if cell.cell_type == "code":
            cell.source = edit(HIDDEN.sub("", cell.source))
            cell.outputs, cell.execution_count = [], None
        elif copy == "learner" and (heading := EXERCISE.search(cell.source)):
            place = heading[1].strip().replace(" ", "-")
            cell.source += f"\n\n[Solution](solutions/{name}.ipynb#{place})"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = new_notebook(cells=cells)
    notebook.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    code = [
        c.source for c in cells if c.cell_type == "code" and "set-up" not in tags(c)
    ]
    inputs = digest([code, json.loads(course.quiz(name).read_text("utf-8"))])
    notebook.metadata["course"] = {"inputs": inputs, "seconds": seconds}
    return notebook


def tags(cell):
    return list(cell.metadata.get("tags", []))


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
