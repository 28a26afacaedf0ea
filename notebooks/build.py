"""Makes the notebooks from their sources: `python notebooks/build.py [--check] [06 …]`.

`notebooks/src/NN_slug.py` becomes the learner's copy, `notebooks/NN_slug.ipynb`, and
the solved copy, `notebooks/solutions/NN_slug.ipynb`, both executed on embedded data.
A copy whose code has not changed keeps its outputs; only its text is renewed. The
lesson table of the README is made from the notebooks and lesson pages.
"""

import argparse
import ast
import hashlib
import json
import math
import re
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from running import execute
from tidying import tidy

ROOT = Path(__file__).resolve().parents[1]
COPIES = ("learner", "solved")
EMBEDDED = {"COURSE_DATA": "sample", "COURSE_WEIGHTS": "embedded"}

SET_UP = """\
try:  # In Colab, fetch the course. Anywhere else, it is here already.
    import google.colab, os, sys
    !test -d ~/course || git clone --quiet --depth 1 {repository} ~/course
    sys.path.insert(0, os.path.expanduser("~/course"))
except ImportError:
    pass
from utils.session import show_quiz, start
start()  # TensorFlow, without its log"""
QUIZ = """\
## Check yourself

Answer without looking back; each wrong answer says what to think of."""
TABLE = re.compile(r"(?<=<!-- lessons -->\n).*?(?=<!-- end of lessons -->)", re.DOTALL)

SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
SOLUTION_MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS\n.*?^[ \t]*### END HIDDEN TESTS(?:\n|\Z)",
    re.DOTALL | re.MULTILINE,
)


class Course:
    """A repository's paths, and what the notebooks take from its other files."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        project = tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))
        self.repository = project["project"]["urls"]["repository"]

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
    )
    set_up = SET_UP.format(repository=course.repository)
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


def outputs(notebook):
    """What running the code cells left: pairs (count, outputs)."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(cell.execution_count, cell.outputs) for cell in code]


def read(path):
    return nbformat.read(path, as_version=4) if path.is_file() else None


def trouble(course, name, copy):
    """Says why a copy is not what its source would give; None where it is."""
    committed = read(course.notebook(name, copy))
    if committed is None:
        return "it is missing"
    recorded = committed.metadata.get("course", {})
    expected = fresh(course, name, copy, recorded.get("seconds", 0))
    for new, old in zip(expected.cells, committed.cells, strict=False):
        facts = [(c.cell_type, c.source, dict(c.metadata), c.id) for c in (new, old)]
        if facts[0] != facts[1]:
            return f"its {new.id} differs from the source: {new.source[:60]!r}"
    if len(expected.cells) != len(committed.cells):
        return f"it has {len(committed.cells)} cells, not {len(expected.cells)}"
    if recorded.get("inputs") != expected.metadata["course"]["inputs"]:
        return "its outputs were made from other code or another quiz"
    if recorded.get("outputs") != digest(outputs(committed)):
        return "its outputs are not the build's: cleared, edited or run by hand"
    return None


def build(course, name, copy, force=False):
    """Writes one copy where it is out of date; returns what was done."""
    path = course.notebook(name, copy)
    if not force and trouble(course, name, copy) is None:
        return "up to date"
    old = read(path)
    recorded = old.metadata.get("course", {}) if old else {}
    notebook = fresh(course, name, copy, recorded.get("seconds", 0))
    if not force and old and reusable(old, notebook):
        notebook.metadata["course"] = recorded
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, (count, kept) in zip(code, outputs(old), strict=True):
            cell.execution_count, cell.outputs = count, kept
        done = "text renewed"
    else:
        path.parent.mkdir(exist_ok=True)
        cells = [cell.metadata for cell in notebook.cells]
        metadata = dict(notebook.metadata)
        try:
            took, longest = execute(notebook, path.parent, EMBEDDED, timeout=600)
        except CellExecutionError as error:
            raise SystemExit(f"{path}: a cell failed.\n{error}") from None
        notebook.metadata = metadata
        for cell, kept in zip(notebook.cells, cells, strict=True):
            cell.metadata = kept
        seconds = steady(took, recorded.get("seconds"))
        notebook.cells[0] = fresh(course, name, copy, seconds).cells[0]
        notebook.metadata["course"]["seconds"] = seconds
        longest = steady(longest, recorded.get("longest_cell"))
        notebook.metadata["course"]["longest_cell"] = longest
        tidy(notebook, path)
        done = f"run in {took:.0f} s"
    notebook.metadata["course"]["outputs"] = digest(outputs(notebook))
    nbformat.write(notebook, path)
    return done


def reusable(old, notebook):
    """Whether the outputs of an old build are those of the new code."""
    recorded = old.metadata.get("course", {})
    return (
        recorded.get("inputs") == notebook.metadata["course"]["inputs"]
        and recorded.get("outputs") == digest(outputs(old))
        and len(outputs(old)) == len(outputs(notebook))
    )


def steady(seconds, recorded):
    """Rounds up to 10 s; keeps a recorded value that is right within a half."""
    if recorded and recorded / 1.5 <= seconds <= recorded * 1.5:
        return recorded
    return math.ceil(seconds / 10) * 10


def lesson_table(course):
    """The README's table, one row a lesson."""
    rows = [
        "| | You will find out | Reading | Notebook | Runs in | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in course.names():
        notebook = read(course.notebook(name))
        if notebook is None:
            continue
        page = course.page(name).read_text("utf-8")
        question = re.search(r"## Questions\s+- (.+?)(?=\n-|\n\n|\n#)", page, re.DOTALL)
        question = " ".join(question[1].split())
        reading, work = course.minutes(name)
        seconds = notebook.metadata["course"]["seconds"]
        rows.append(
            f"| {name[:2]} | [{question}](lessons/{name}.md) | {reading} min "
            f"| [{work} min](notebooks/{name}.ipynb) | {seconds} s "
            f"| {course.badge(name)} |"
        )
    return "\n".join(rows) + "\n"


def readme(course):
    """Returns the README's text as it is, and as it should be."""
    text = (course.root / "README.md").read_text("utf-8")
    if not TABLE.search(text):
        raise SystemExit(
            "README.md: no `<!-- lessons -->` … `<!-- end of lessons -->`."
        )
    return text, TABLE.sub(lambda _: lesson_table(course), text)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="06 narrows to notebook 06")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--force", action="store_true", help="run everything again")
    options = parser.parse_args(arguments)
    course = Course()
    failed = False
    for name in course.names(options.names):
        for copy in COPIES:
            path = course.notebook(name, copy).relative_to(course.root)
            if options.check:
                reason = trouble(course, name, copy)
                failed |= reason is not None
                print(f"{path}: {reason or 'up to date'}")
            else:
                print(f"{path}: {build(course, name, copy, options.force)}", flush=True)
    text, wanted = readme(course)
    if options.check and text != wanted:
        failed = True
        print("README.md: its lesson table is out of date")
    elif not options.check:
        (course.root / "README.md").write_text(wanted, "utf-8")
    if options.check and failed:
        print("Run `make notebooks` to renew them.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
