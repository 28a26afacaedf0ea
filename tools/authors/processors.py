"""Runs the notebooks as if on other machines: `make test-processors [LESSON=04]`.

Prints, for each notebook, cell and setting, how far the numbers moved from the
committed ones, and fails where one moved further than its cell allows (`moves-…`). The
tolerances are set from this table, with room of at least twice what is seen. With
`--faults` the notebooks are spoiled on purpose, and must notice. A whole run takes
about two hours on two cores.
"""

import argparse
import math
import subprocess
import sys
from contextlib import ExitStack

import nbformat
from numpy._core._multiarray_umath import __cpu_dispatch__

from tools.authors.build import EMBEDDED, PROOF, executed, without_asserts
from tools.authors.tidying import settled
from tools.lesson.copies import Course, code_cells, tags
from tools.lesson.moves import complaint, largest_move, tolerance

ONE_CORE = "import os; os.sched_setaffinity(0, {0})"
AVX_512 = " ".join(f for f in __cpu_dispatch__ if f.startswith(("AVX512", "X86_V4")))
# name: (environment of the kernel, first line it runs, other busy processes)
SETTINGS = {
    "as here": ({}, "", 0),
    "SSE4.1": ({"ONEDNN_MAX_CPU_ISA": "SSE41"}, "", 0),
    "AVX2": ({"ONEDNN_MAX_CPU_ISA": "AVX2"}, "", 0),
    "oneDNN off": ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "", 0),
    "BLAS Haswell": ({"OPENBLAS_CORETYPE": "Haswell"}, "", 0),
    "BLAS SkylakeX": ({"OPENBLAS_CORETYPE": "SkylakeX"}, "", 0),
    "BLAS Zen": ({"OPENBLAS_CORETYPE": "Zen"}, "", 0),
    "NumPy without AVX-512": ({"NPY_DISABLE_CPU_FEATURES": AVX_512}, "", 0),
    "one core": ({}, ONE_CORE, 0),
    "four busy processes": ({}, "", 4),
}
# name: (environment of the kernel, first line it runs, lessons that must notice)
FAULTS = {
    "weights not loaded": ({"COURSE_WEIGHTS": "random"}, "", "06"),
    "learning rate times 100": ({}, PROOF + "proof.hasten(100)", "07"),
    "masks shifted by a pixel": ({}, PROOF + "proof.spoil_masks('shift')", "10"),
    "class ids swapped": ({}, PROOF + "proof.spoil_masks('swap')", "05"),
}


def moved(path, environment, first, busy=0, asserts=True):
    """Runs a notebook; yields each cell that changed: (cell, move, allowed, why)."""
    cells = code_cells(nbformat.read(path, as_version=4))
    cells = [cell for cell in cells if "quiz" not in tags(cell)]
    if not asserts:
        for cell in cells[1:]:
            cell.source = without_asserts(cell.source)
    with ExitStack() as stack:
        for _ in range(busy):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.kill)
        settings = EMBEDDED | environment
        run, _ = executed(cells, path, first, settings, allow_errors=True)
    for old, new in zip(cells, run.cells, strict=True):
        allowed, after = tolerance(tags(old)) or 0, settled(new.outputs)
        move = largest_move(old.outputs, after)
        if move != 0:
            yield old, move, allowed, complaint(old.outputs, after, allowed)


def as_other_machines(course, names, settings):
    """Prints the table of what moved; returns whether anything moved too far."""
    failed = False
    for name in names:
        for setting in settings:
            quiet = True
            path = course.notebook(name, "solved")
            for cell, move, allowed, why in moved(path, *SETTINGS[setting]):
                if allowed == math.inf and not why:
                    continue  # a time
                quiet, failed = False, failed or bool(why)
                what = "other words" if move is None else f"{move:g} of {allowed:g}"
                print(f"{name[:2]} | {setting:22} | {cell.id} | {what}", flush=True)
                if why:
                    print(f"TOO FAR: {why}", flush=True)
            if quiet:
                print(f"{name[:2]} | {setting:22} | nothing moved", flush=True)
    return failed


def spoiled(course):
    """Prints where each fault is noticed; returns whether one is not."""
    failed = False
    for fault, (environment, first, lessons) in FAULTS.items():
        for name in course.names(lessons):
            path = course.notebook(name, "solved")
            changed = moved(path, environment, first, asserts=False)
            seen = [cell.id for cell, _, _, why in changed if why]
            failed |= not seen
            print(
                f"{fault:25} {name[:2]} {' '.join(seen) or 'NOT NOTICED'}", flush=True
            )
    return failed


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="04 narrows to notebook 04")
    parser.add_argument("--setting", action="append", choices=SETTINGS)
    parser.add_argument("--faults", action="store_true", help="spoil them instead")
    options = parser.parse_args(arguments)
    course = Course()
    if options.faults:
        return spoiled(course)
    settings = options.setting or SETTINGS
    return as_other_machines(course, course.names(" ".join(options.names)), settings)


if __name__ == "__main__":
    sys.exit(main())
