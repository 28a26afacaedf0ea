"""`make course`, on a tiny course in a folder with an awkward name."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from tiny import NAME, make_course
from tools import course
from tools.lesson.copies import Course, fresh

FIGURE = """\
import base64
from IPython.display import Image
Image(base64.b64decode("iVBORw0KGgo="), format="png")
"""


@pytest.fixture
def root(tmp_path):
    """A tiny course of two notebooks, not executed."""
    root = make_course(tmp_path / "과제 1 (copy)")
    paths = Course(root)
    notebook = fresh(paths, NAME, "learner", 10)
    nbformat.write(notebook, paths.notebook(NAME))
    notebook.cells[3].source = FIGURE
    notebook.cells[3].cell_type = "code"
    notebook.cells[3].update(outputs=[], execution_count=None)
    nbformat.write(notebook, paths.notebook("02_figure"))
    return root


def start(root, **settings):
    """Starts `tools.course`; LESSON, DATA and WEIGHTS as make passes them."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
    environment |= {"PYTHONPATH": str(root)} | settings
    command = [sys.executable, "-m", "tools.course"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=root, stdout=pipe, stderr=pipe, text=True, env=environment
    )


def run(root, **settings):
    process = start(root, **settings)
    out, error = process.communicate(timeout=120)
    return process.returncode, out, error


def set_cell(root, number, code, name=NAME):
    path = root / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[number].source = code
    nbformat.write(notebook, path)


def test_course_runs_in_order_and_ends_in_a_table(root):
    committed = (root / f"notebooks/{NAME}.ipynb").read_bytes()
    code, out, error = run(root)
    assert (code, error) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Data: sample · weights: embedded"
    assert lines[1].startswith(f"{NAME}  20/20 cells  ")
    assert lines[2].startswith("02_figure  20/20 cells  ")
    header, first, second = lines[4:7]
    assert header.split() == ["lesson", "seconds", "headline", "ok"]
    assert first.startswith(NAME) and first.endswith("sum 6 doubled is 12  ok")
    assert second.startswith("02_figure") and second.endswith("  ok")
    assert (root / f"notebooks/{NAME}.ipynb").read_bytes() == committed
    executed = json.loads((root / f"build/{NAME}.ipynb").read_text("utf-8"))
    assert executed["cells"][-1]["execution_count"]
    figures = sorted(path.name for path in (root / "build/figures").iterdir())
    assert figures == ["02_figure-03-0.png"]


def test_failing_cell_is_shown_and_fails_the_run(root):
    set_cell(root, 4, "numbers = np.array([1, 2, 3])\nnumbers / nothing")
    code, out, _ = run(root)
    assert code == 1
    assert f"Cell 4 of {NAME}.ipynb failed:" in out
    assert "numbers / nothing" in out and "NameError: name 'nothing'" in out
    assert "\x1b" not in out
    assert "FAILED" in out and "02_figure" in out.splitlines()[-3]


def test_dead_kernel_and_broken_file_fail_the_run(root):
    set_cell(root, 4, "import os; os._exit(3)")
    (root / "notebooks/02_figure.ipynb").write_text("<<<<<<< HEAD", "utf-8")
    code, out, _ = run(root)
    assert code == 1 and out.count("FAILED") == 2
    assert "02_figure.ipynb is not a notebook" in out


@pytest.mark.parametrize(
    "options, message",
    [
        (["--lesson=9"], "LESSON must be among the lessons there are: 01, 02."),
        (["--data=nowhere"], "DATA must be one of sample, oxford, tf_flowers, or"),
        (["--weights=no.h5"], "WEIGHTS must be one of embedded, imagenet, random"),
    ],
)
def test_wrong_option_is_refused_before_anything_runs(
    root, monkeypatch, capsys, options, message
):
    monkeypatch.setattr(course, "ROOT", root)
    with pytest.raises(SystemExit, match=message):
        course.main(options)
    assert capsys.readouterr().out == "" and not (root / "build").exists()


def test_several_lessons_may_be_chosen(root):
    names = [path.stem for path in course.selected(root / "notebooks", "2, 01")]
    assert names == [NAME, "02_figure"]


def test_options_reach_the_notebook_as_absolute_paths(root):
    (root / "my pets").mkdir()
    (root / "my weights.h5").touch()
    values = ["COURSE_DATA", "COURSE_WEIGHTS"]
    set_cell(root, 18, f"import os\n' · '.join(os.environ[v] for v in {values})")
    set_cell(root, 16, f"import os\n' · '.join(os.environ[v] for v in {values})")
    code, out, _ = run(root, LESSON="01", DATA="my pets", WEIGHTS="my weights.h5")
    assert code == 0
    assert f"{root}/my pets · {root}/my weights.h5  ok" in out
    assert "02_figure" not in out


def test_two_runs_at_once_do_not_harm_each_other(root):
    both = [start(root), start(root)]
    for process in both:
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, out + error
    names = sorted(path.name for path in (root / "build").iterdir())
    assert names == ["01_tiny.ipynb", "02_figure.ipynb", "figures"]


def is_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_interrupt_ends_the_kernel_and_says_so(root):
    code = "import os, time\nprint(os.getpid(), file=open('pid', 'w'), flush=True)\n"
    set_cell(root, 4, code + "time.sleep(60)")
    process = start(root)
    pid = root / "notebooks" / "pid"
    limit = time.monotonic() + 60
    while not (pid.exists() and pid.read_text()) and time.monotonic() < limit:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted." in out and "Traceback" not in out + error
    assert not is_alive(int(pid.read_text()))
