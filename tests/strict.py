"""Runs a notebook under nbval, which compares every output with the committed one."""

import os
import subprocess
import sys
import tempfile

CELL_TIMEOUT = 150  # seconds, for machines much slower than the 40 s of the rules


def nbval(path):
    """Returns (exit code, what pytest said) for one notebook."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", "-p", "no:cacheprovider", "-q"]
    command += ["-c", os.devnull, "--rootdir", path.parent, path]
    with tempfile.TemporaryDirectory() as profile:
        environment = os.environ | {"IPYTHONDIR": profile, "PYTEST_ADDOPTS": ""}
        environment.pop("MPLBACKEND", None)  # figures go into the notebook
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
    return run.returncode, run.stdout + run.stderr
