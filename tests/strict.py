"""Runs notebooks under nbval, which compares every output with the committed one."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from tools.lesson.copies import ROOT, interleaved

CELL_TIMEOUT = 300  # seconds, for machines much slower than the 40 s of the rules


def nbval(path):
    """Returns (exit code, what pytest said) for one notebook."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", "-p", "no:cacheprovider", "-q"]
    command += ["-p", "within", "-c", os.devnull, "--rootdir", path.parent, path]
    with tempfile.TemporaryDirectory() as profile:
        settings = os.environ | {"IPYTHONDIR": profile, "PYTEST_ADDOPTS": ""}
        given = os.environ.get("PYTHONPATH")
        paths = [given] if given else []
        paths += [str(ROOT / "tests"), str(ROOT)]
        settings["PYTHONPATH"] = os.pathsep.join(paths)
        settings.pop("MPLBACKEND", None)  # figures go into the notebook
        run = subprocess.run(command, capture_output=True, text=True, env=settings)
    return run.returncode, run.stdout + run.stderr


def nbval_both(learner, solved):
    """Returns the same for both copies of a lesson, each shared cell run once."""
    copies = [nbformat.read(path, as_version=4) for path in (learner, solved)]
    cells = interleaved(*copies)
    for number, cell in enumerate(cells):
        cell.id = f"both-{number:03d}"
    both = nbformat.v4.new_notebook(cells=cells, metadata=copies[1].metadata)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, solved.name)
        nbformat.write(both, path)
        return nbval(path)
