"""Makes the notebooks: `python -m tools.authors.build [--check] [--force] [06 …]`.

`lessons/NN_slug/notebook.py` becomes the learner's copy, `notebooks/NN_slug.ipynb`, and
the solved copy, `notebooks/solutions/NN_slug.ipynb`, both executed on embedded data.
A copy whose code has not changed keeps its outputs; only its text is renewed. The
lesson table of the README is made from the notebooks and lesson pages.
"""

import argparse
import ast
import copy
import math
import re
import sys

import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from tools.authors.tidying import settled, tidy
from tools.lesson.copies import (
    COPIES,
    Course,
    code_cells,
    digest,
    fresh,
    interleaved,
    tags,
)
from tools.lesson.moves import complaint, numbers, texts, tolerance
from tools.lesson.running import COLOURS, execute

EMBEDDED = {"COURSE_DATA": "sample", "COURSE_WEIGHTS": "embedded"}
PROOF = "from tools.authors import proof; "
WATCH, UNTRAIN = PROOF + "proof.watch()", PROOF + "proof.untrain()"
TABLE = re.compile(r"(?<=<!-- lessons -->\n).*?(?=<!-- end of lessons -->)", re.DOTALL)


def outputs(notebook):
    """What running the code cells left: pairs (count, outputs)."""
    return [(cell.execution_count, cell.outputs) for cell in code_cells(notebook)]


def record(notebook):
    """What a build has written down about a copy."""
    return notebook.metadata.get("course", {}) if notebook else {}


def read(path):
    return nbformat.read(path, as_version=4) if path.is_file() else None


def trouble(course, name, copy):
    """Says why a copy is not what its source would give; None where it is."""
    committed = read(course.notebook(name, copy))
    if committed is None:
        return "it is missing"
    recorded = record(committed)
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


def build(course, name, force=False):
    """Writes the copies of a lesson where one is out of date; says what was done."""
    if not force and not any(trouble(course, name, which) for which in COPIES):
        return "up to date"
    for which in COPIES:
        course.notebook(name, which).parent.mkdir(exist_ok=True)
    old = [read(course.notebook(name, which)) for which in COPIES]
    records = [record(notebook) for notebook in old]
    new = [
        fresh(course, name, which, known.get("seconds", 0))
        for which, known in zip(COPIES, records, strict=True)
    ]
    if not force and all(map(reusable, old, new)):
        done = "text renewed"
        for notebook, before, known in zip(new, old, records, strict=True):
            notebook.metadata["course"] = known
            for cell, kept in zip(code_cells(notebook), outputs(before), strict=True):
                cell.execution_count, cell.outputs = kept
    else:
        seconds, longest = run(*new, course.notebook(name))
        done = f"run in {seconds:.0f} s"
        for which, notebook, known in zip(COPIES, new, records, strict=True):
            facts = notebook.metadata["course"]
            facts["seconds"] = steady(seconds, known.get("seconds"))
            facts["longest_cell"] = steady(longest, known.get("longest_cell"))
            notebook.cells[0] = fresh(course, name, which, facts["seconds"]).cells[0]
    for which, notebook in zip(COPIES, new, strict=True):
        notebook.metadata["course"]["outputs"] = digest(outputs(notebook))
        nbformat.write(notebook, course.notebook(name, which))
    return done


def run(learner, solved, path):
    """Executes both copies at once and tidies them, each shared cell once.

    Returns seconds (of all, of the longest cell).
    """
    cells = interleaved(learner, solved)
    both, times = executed(cells, path, WATCH)
    tidy(both, path)
    for cell, done in zip(cells, both.cells, strict=True):
        cell.outputs = done.outputs
    shared = {id(cell) for cell in cells}
    for mine, cell in zip(code_cells(learner), code_cells(solved), strict=True):
        if id(mine) not in shared:
            mine.outputs = copy.deepcopy(cell.outputs)
    for notebook in (learner, solved):
        for number, cell in enumerate(code_cells(notebook), start=1):
            cell.execution_count = number
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = number
    refuse_wide_tolerances(solved, path)
    return times


def executed(cells, path, first, settings=EMBEDDED, allow_errors=False):
    """Runs code cells in one kernel; returns them as a notebook, and the seconds."""
    notebook = new_notebook()
    for number, cell in enumerate(cells):
        facts = {"metadata": {"tags": tags(cell)}, "id": f"both-{number:03d}"}
        new = new_code_cell(cell.source, **facts)
        notebook.cells.append(new)
    options = {"timeout": 600, "first": first, "allow_errors": allow_errors}
    try:
        return notebook, execute(notebook, path.parent, settings, **options)
    except CellExecutionError as error:
        reason = COLOURS.sub("", str(error))
        raise SystemExit(f"{path}: a cell failed.\n{reason}") from None


def refuse_wide_tolerances(solved, path):
    """Runs a notebook without learning: each stated tolerance must notice it."""
    set_up, *cells = [c for c in code_cells(solved) if "quiz" not in tags(c)]
    stated = [tolerance(tags(cell)) for cell in cells]
    if all(allowed in (None, math.inf) for allowed in stated):
        return
    bare = [
        new_code_cell(without_asserts(c.source), metadata=c.metadata) for c in cells
    ]
    untrained, _ = executed([set_up, *bare], path, UNTRAIN, allow_errors=True)
    for cell, allowed, other in zip(cells, stated, untrained.cells[1:], strict=True):
        if allowed in (None, math.inf):
            continue
        if not any(numbers(text) for _, text in texts(cell.outputs)):
            raise SystemExit(f"{path}: {cell.id} states a tolerance and no number.")
        if not complaint(cell.outputs, settled(other.outputs), allowed):
            raise SystemExit(
                f"{path}: {cell.id} allows so much ({allowed:g}) that a model which "
                f"has learned nothing passes:\n{texts(other.outputs)}"
            )


def without_asserts(code):
    """Code that goes on where a claim fails."""

    class Passing(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.Pass()

    return ast.unparse(Passing().visit(ast.parse(code)))


def reusable(old, notebook):
    """Whether the outputs of an old build are those of the new code."""
    recorded = record(old)
    return old is not None and (
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
        "| | You will find out | Reading | Notebook | Runs in |",
        "| --- | --- | --- | --- | --- |",
    ]
    if course.published:  # a column for the badges
        rows = [rows[0] + " |", rows[1] + " --- |"]
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
            f"| [{work} min](notebooks/{name}.ipynb) | {seconds} s |"
            + (f" {course.badge(name)} |" if course.published else "")
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
        done = "" if options.check else build(course, name, options.force)
        for which in COPIES:
            path = course.notebook(name, which).relative_to(course.root)
            reason = trouble(course, name, which) if options.check else done
            failed |= options.check and reason is not None
            print(f"{path}: {reason or 'up to date'}", flush=True)
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
