"""Runs the notebooks as if on other machines: `make test-processors [LESSON=04]`.

Prints, for each notebook, cell and setting, how far the numbers moved from the
committed ones. The tolerances of the cells (`moves-…`) are set from this table, with
room of at least twice what is seen. Takes about an hour on two cores.
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack

import nbformat

from tools.authors.build import EMBEDDED
from tools.authors.moves import largest_move, tolerance
from tools.authors.tidying import tidy
from tools.lesson.copies import ROOT, Course, tags
from tools.lesson.running import execute

ONE_CORE = (
    "import os; hasattr(os, 'sched_setaffinity') and os.sched_setaffinity(0, {0})"
)
AVX_512 = (
    "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4"
)
# name: (environment of the kernel, first line it runs, other busy processes)
SETTINGS = {
    "as here": ({}, "", 0),
    "SSE4.1": ({"ONEDNN_MAX_CPU_ISA": "SSE41"}, "", 0),
    "AVX2": ({"ONEDNN_MAX_CPU_ISA": "AVX2"}, "", 0),
    "oneDNN off": ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "", 0),
    "oneDNN off, AVX2": (
        {"TF_ENABLE_ONEDNN_OPTS": "0", "ONEDNN_MAX_CPU_ISA": "AVX2"},
        "",
        0,
    ),
    "BLAS Haswell": ({"OPENBLAS_CORETYPE": "Haswell"}, "", 0),
    "BLAS SkylakeX": ({"OPENBLAS_CORETYPE": "SkylakeX"}, "", 0),
    "BLAS Zen": ({"OPENBLAS_CORETYPE": "Zen"}, "", 0),
    "NumPy without AVX-512": ({"NPY_DISABLE_CPU_FEATURES": AVX_512}, "", 0),
    "one core": ({}, ONE_CORE, 0),
    "four busy processes": ({}, "", 4),
}


def run(path, environment, first, busy):
    """Executes a notebook; returns (committed, new) for each of its code cells."""
    committed = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    with ExitStack() as stack:
        for _ in range(busy):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.kill)
        notebook.metadata.pop("course", None)
        execute(
            notebook,
            path.parent,
            EMBEDDED | environment,
            timeout=900,
            first=first,
            allow_errors=True,
        )
    tidy(notebook, path)
    return [
        pair
        for pair in zip(committed.cells, notebook.cells, strict=True)
        if pair[0].cell_type == "code"
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="04 narrows to notebook 04")
    parser.add_argument("--setting", action="append", choices=SETTINGS)
    options = parser.parse_args(arguments)
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    course = Course()
    too_far = 0
    for name in course.names(" ".join(options.names)):
        for setting in options.setting or SETTINGS:
            cells = run(course.notebook(name, "solved"), *SETTINGS[setting])
            for old, new in cells:
                move = largest_move(old.outputs, new.outputs)
                allowed = tolerance(tags(old))
                if move:
                    note = "" if allowed is None else f" of {allowed:g}"
                    bad = move > (allowed or 0)
                    too_far += bad
                    what = "other words" if move == float("inf") else f"{move:g}"
                    print(
                        f"{name[:2]} | {setting:22} | {old.id} | {what}{note}"
                        f"{' | TOO FAR' if bad else ''}",
                        flush=True,
                    )
            print(f"{name[:2]} | {setting:22} | done", flush=True)
    return too_far > 0


if __name__ == "__main__":
    sys.exit(main())
