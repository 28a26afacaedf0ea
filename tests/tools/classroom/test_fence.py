"""Each of the two fences alone, tried in a process of its own."""

import os
import subprocess
import sys

import pytest

from tools.lesson.copies import ROOT

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Grading starts its processes with fork."
)

SCRIPT = """\
import contextlib, os, sys
from tools.classroom import fence

folder, other = {folder!r}, {other!r}
{fence}
attempts = dict(
    write_inside=lambda: open(folder + "/x", "w").write("x"),
    read_python=lambda: open(os.__file__).read(),
    read_utils=lambda: open({root!r} + "/utils/checks/grading.py").read(),
    null=lambda: open(os.devnull, "w").write("x"),
    read_other=lambda: open(other + "/answer").read(),
    write_other=lambda: open(other + "/answer", "w"),
    append=lambda: open({root!r} + "/utils/checks/grading.py", "a"),
    list_other=lambda: os.listdir(other),
    remove=lambda: os.remove(other + "/answer"),
    rename=lambda: os.rename(other + "/answer", folder + "/answer"),
    link=lambda: os.link(other + "/answer", folder + "/answer"),
    symlink=lambda: (os.symlink(other, folder + "/s"), open(folder + "/s/answer")),
    make=lambda: os.mkdir(other + "/new"),
)
for name, attempt in attempts.items():
    try:
        attempt()
    except OSError:
        print(name, "refused")
    else:
        print(name, "done")
"""
ALLOWED = ("write_inside", "read_python", "read_utils", "null")
LANDLOCK = """\
try:
    fence.landlock(folder, fence.readable({root!r}))
except OSError:
    sys.exit(77)
"""
HOOK = "sys.addaudithook(fence.guard(folder, fence.readable({root!r}), []))"
MORE = """
import signal, socket, subprocess
for attempt in (
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: os.fork(),
    lambda: os.kill(os.getppid(), 0),
    lambda: socket.socket(),
    lambda: __import__("ctypes").CDLL(None),
    lambda: __import__("resource").setrlimit(4, (0, 0)),
):
    try:
        attempt()
    except PermissionError as error:
        print(error)
"""


def run(tmp_path, fence, more=""):
    """What became of each attempt, in the script's own words."""
    (tmp_path / "own").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "answer").write_text("42")
    names = {"root": str(ROOT)}
    names |= {"folder": str(tmp_path / "own"), "other": str(tmp_path / "other")}
    script = SCRIPT.format(fence=fence.format(**names), **names) + more
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode == 77:
        pytest.skip("This kernel has no Landlock: Linux 5.13 or newer has.")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "other" / "answer").read_text() == "42"
    return done.stdout.splitlines()


@pytest.mark.parametrize("fence", [HOOK, LANDLOCK], ids=["hook", "Landlock"])
def test_only_the_own_folder_is_written_and_no_other_read(tmp_path, fence):
    lines = run(tmp_path, fence)
    assert len(lines) == 13
    for line in lines:
        name, outcome = line.split()
        assert outcome == ("done" if name in ALLOWED else "refused"), line


def test_programs_connections_and_limits_are_refused(tmp_path):
    said = run(tmp_path, HOOK, MORE)[13:]
    events = "subprocess.Popen os.system os.fork os.kill socket.__new__ ctypes.dlopen"
    expected = [*events.split(), "resource.setrlimit"]
    assert said == [f"A graded notebook may not use {event}." for event in expected]
