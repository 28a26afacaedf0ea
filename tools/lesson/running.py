"""Runs a notebook in the environment that runs this program.

In a virtual environment Jupyter takes the kernel that is installed there before any of
the user's, and for `python` in its command the interpreter that asks for it.
"""

import asyncio
import contextlib
import os
import re
import signal
import tempfile
import time
from itertools import pairwise

from nbclient import NotebookClient

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def restore_interrupt():
    """Lets ctrl-C raise KeyboardInterrupt again, which nbclient turns off."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows
        loop.remove_signal_handler(signal.SIGINT)
    loop.set_exception_handler(lambda *_: None)  # the cell that ctrl-C cuts short
    signal.signal(signal.SIGINT, signal.default_int_handler)


def execute(
    notebook,
    folder,
    settings,
    timeout=None,
    on_cell=None,
    first="",
    allow_errors=False,
):
    """Runs all cells in place; returns seconds (of all, of the longest cell).

    `settings` are environment variables for the kernel; `on_cell(cell, cell_index)`
    is called before each cell, and the kernel runs the line `first` before all of
    them. With `allow_errors` a cell that fails stops nothing. The user's own IPython
    start-up files are not read.
    """
    marks = []

    def begin(notebook):
        restore_interrupt()
        marks.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as profile:
        environment = os.environ | settings | {"IPYTHONDIR": profile}
        environment.pop("MPLBACKEND", None)  # figures go into the notebook
        client = NotebookClient(
            notebook,
            extra_arguments=[
                "--IPKernelApp.log_level=CRITICAL",
                f"--IPKernelApp.exec_lines={first}",
            ],
            timeout=timeout,
            allow_errors=allow_errors,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=on_cell,
            on_cell_executed=lambda **_: marks.append(time.perf_counter()),
            on_notebook_start=begin,
        )
        asyncio.run(client.async_execute(env=environment))
    longest = max((b - a for a, b in pairwise(marks)), default=0)
    return marks[-1] - marks[0], longest
