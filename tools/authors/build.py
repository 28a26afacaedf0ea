"""Makes the notebooks: `python -m tools.authors.build [--check] [--force] [06 …]`.

`lessons/NN_slug/notebook.py` becomes the learner's copy, `notebooks/NN_slug.ipynb`, and
the solved copy, `notebooks/solutions/NN_slug.ipynb`, both executed on embedded data.
A copy whose code has not changed keeps its outputs; only its text is renewed. The
lesson table of the README is made from the notebooks and lesson pages.
"""

import argparse
import math
import re
import sys

import nbformat
from nbclient.exceptions import CellExecutionError

from tools.authors.tidying import tidy
from tools.lesson.copies import COPIES, Course, digest, fresh
from tools.lesson.running import COLOURS, execute

EMBEDDED = {"COURSE_DATA": "sample", "COURSE_WEIGHTS": "embedded"}
WATCH = "__import__('tools.authors.proof', fromlist=['watch']).watch()"
TABLE = re.compile(r"(?<=<!-- lessons -->\n).*?(?=<!-- end of lessons -->)", re.DOTALL)


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
        seconds, longest = run(notebook, path)
        record = notebook.metadata["course"]
        record["seconds"] = steady(seconds, recorded.get("seconds"))
        record["longest_cell"] = steady(longest, recorded.get("longest_cell"))
        notebook.cells[0] = fresh(course, name, copy, record["seconds"]).cells[0]
        done = f"run in {seconds:.0f} s"
    notebook.metadata["course"]["outputs"] = digest(outputs(notebook))
    nbformat.write(notebook, path)
    return done


def run(notebook, path):
    """Executes and tidies a copy; returns seconds (of all, of the longest cell)."""
    metadata = dict(notebook.metadata)
    cells = [cell.metadata for cell in notebook.cells]
    try:
        times = execute(notebook, path.parent, EMBEDDED, timeout=600, first=WATCH)
    except CellExecutionError as error:
        reason = COLOURS.sub("", str(error))
        raise SystemExit(f"{path}: a cell failed.\n{reason}") from None
    notebook.metadata = metadata  # without the versions of this machine
    for cell, kept in zip(notebook.cells, cells, strict=True):
        cell.metadata = kept
    tidy(notebook, path)
    return times


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
            f"| {name[:2]} | [{question}](lessons/{name}/README.md) | {reading} min "
            f"| [{work} min](notebooks/{name}.ipynb) | {seconds} s "
            f"| {course.badge(name)} |"
        )
    return "\n" + "\n".join(rows) + "\n\n"


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
    for name in course.names(" ".join(options.names)):
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
