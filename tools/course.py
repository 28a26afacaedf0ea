"""Runs the learner's notebooks: `make course [LESSON=06] [DATA=…] [WEIGHTS=…]`.

Each notebook is run as it stands on the disk, exercises solved or not, on embedded
data unless told otherwise. Executed copies and their figures go to `build/`; the
notebooks themselves are not changed. Two runs at once do not harm each other: each
works in a folder of its own and puts finished files into place whole.
"""

import argparse
import ast
import base64
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from tqdm import tqdm

from tools.lesson.copies import ROOT
from tools.lesson.copies import chosen as narrowed
from tools.lesson.running import COLOURS, execute

DATA_NAMES = ("sample", "oxford", "tf_flowers")
WEIGHTS_NAMES = ("embedded", "imagenet", "random")
FAILURES = (CellExecutionError, CellTimeoutError, DeadKernelError)
# A line that is renewed with each cell, on a terminal only.
LINE = {
    "bar_format": "{desc}  {n_fmt}/{total_fmt} cells  {elapsed}",
    "disable": None,
    "leave": False,
}


def chosen(value, names, kind):
    """Returns one of `names`, or the absolute path of an existing file or folder."""
    if value in names:
        return value
    path = Path(value).expanduser().resolve()
    if path.exists():
        return str(path)
    raise SystemExit(
        f"{kind} must be one of {', '.join(names)}, or a path. "
        f"Received: {value!r}, and there is no {path}."
    )


def selected(folder, lessons):
    """Returns the notebooks, all or those of `lessons`, such as "06" or "1 2 3"."""
    names = sorted(path.stem for path in folder.glob("[0-9][0-9]_*.ipynb"))
    return [folder / f"{name}.ipynb" for name in narrowed(names, lessons)]


def run(path, settings, build):
    """Runs one notebook; returns (seconds, headline, whether it ended well)."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except ValueError as error:
        print(f"{path.name} is not a notebook: {str(error)[:200]}")
        return 0, "", False
    started, count = time.monotonic(), len(notebook.cells)
    done, failure = 0, None

    def before_cell(cell, cell_index):
        nonlocal done
        done = cell_index
        line.update(done - line.n)

    with tqdm(total=count, desc=path.stem, **LINE) as line:
        try:
            execute(notebook, path.parent, settings, on_cell=before_cell)
            done = count
        except FAILURES as error:
            failure = error
    seconds = time.monotonic() - started
    print(f"{path.stem}  {done}/{count} cells  {seconds:.0f} s", flush=True)
    keep(notebook, path.stem, build)
    if failure:
        place = notebook.cells[done]
        print(f"\nCell {done} of {path.name} failed:\n\n{place.source}\n")
        print(COLOURS.sub("", reason(place, failure)), "\n")
    return seconds, headline(notebook), failure is None


def reason(cell, failure):
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return "\n".join(output.traceback)
    return str(failure)


def headline(notebook):
    """Returns the text of the cell tagged "headline", or an empty one."""
    for cell in notebook.cells:
        if "headline" in cell.metadata.get("tags", []):
            for output in cell.get("outputs", []):
                text = output.get("data", {}).get("text/plain", output.get("text"))
                if text:
                    quoted = text[0] in "'\""
                    return ast.literal_eval(text) if quoted else text.strip()
    return ""


def keep(notebook, name, build):
    """Puts the executed copy and its figures into `build`, each file at once."""
    files = {f"{name}.ipynb": nbformat.writes(notebook).encode()}
    for number, cell in enumerate(notebook.cells):
        images = [output.get("data", {}) for output in cell.get("outputs", [])]
        for count, data in enumerate(images):
            stem = f"figures/{name}-{number:02d}-{count}"
            if "image/png" in data:
                files[f"{stem}.png"] = base64.b64decode(data["image/png"])
            elif "image/svg+xml" in data:
                files[f"{stem}.svg"] = data["image/svg+xml"].encode()
    (build / "figures").mkdir(parents=True, exist_ok=True)
    for old in (build / "figures").glob(f"{name}-*"):
        if f"figures/{old.name}" not in files:
            old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=build, prefix="run-") as own:
        for relative, content in files.items():
            part = Path(own, Path(relative).name)
            part.write_bytes(content)
            os.replace(part, build / relative)


def table(rows):
    """Lays out rows (lesson, seconds, headline, ok) in columns."""
    cells = [("lesson", "seconds", "headline", "ok")]
    for name, seconds, text, ok in rows:
        cells.append((name, f"{seconds:.0f}", text or "–", "ok" if ok else "FAILED"))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get
    parser.add_argument("--lesson", default=default("LESSON", ""), help="such as 06")
    data = default("DATA") or default("COURSE_DATA") or "sample"
    parser.add_argument("--data", default=data, help="sample, oxford or a folder")
    weights = default("WEIGHTS") or default("COURSE_WEIGHTS") or "embedded"
    parser.add_argument("--weights", default=weights, help="embedded, imagenet, a file")
    options = parser.parse_args(arguments)
    settings = {
        "COURSE_DATA": chosen(options.data, DATA_NAMES, "DATA"),
        "COURSE_WEIGHTS": chosen(options.weights, WEIGHTS_NAMES, "WEIGHTS"),
    }
    paths = selected(ROOT / "notebooks", options.lesson)
    print(f"Data: {settings['COURSE_DATA']} · weights: {settings['COURSE_WEIGHTS']}")
    rows = []
    try:
        for path in paths:
            rows.append((path.stem, *run(path, settings, ROOT / "build")))
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return 130
    finally:
        print(f"\n{table(rows)}")
    print(f"\nExecuted notebooks and figures: {ROOT / 'build'}")
    return 0 if all(ok for *_, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
