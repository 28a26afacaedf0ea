"""The first cell of a notebook: quiet anywhere, and in Colab a complete set-up."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tiny import NAME, make_course
from tools.lesson.copies import COPIES, NO_ADDRESS, ROOT, SET_UP, Course, fresh, tags
from tools.lesson.running import execute
from utils import session


def git(*arguments, folder):
    identity = ["-c", "user.name=Tiny", "-c", "user.email=tiny@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


@pytest.fixture
def colab(tmp_path, monkeypatch):
    """A stand-in for Colab's module and home, the repository reachable with git."""
    root = make_course(tmp_path / "remote")
    git("init", "--quiet", folder=root)
    git("add", ".", folder=root)
    git("commit", "--quiet", "-m", "A tiny course", folder=root)
    module = tmp_path / "stand-in" / "google" / "colab"
    module.mkdir(parents=True)
    (module / "__init__.py").touch()
    (tmp_path / "home").mkdir()
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "stand-in"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{root.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/tiny/course")
    return tmp_path


def test_notebook_alone_in_an_empty_folder_runs_in_colab(colab):
    path = colab / "empty" / f"{NAME}.ipynb"
    nbformat.write(fresh(Course(colab / "remote"), NAME, "learner", 10), path)
    where = "import os, utils; print(os.getcwd(), utils.__file__)"
    for _ in range(2):  # the second time, the course is there already
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(where))
        execute(notebook, path.parent, {})
        course = colab / "home" / "course"
        output = notebook.cells[-1].outputs[0].text
        assert output == f"{course}/notebooks {course}/utils/__init__.py\n"
        assert notebook.cells[1].outputs == []
        assert checks_said(notebook) == ["Not attempted yet.\n"] * 3
    assert sorted(os.listdir(path.parent)) == [path.name]


def checks_said(notebook):
    cells = [cell for cell in notebook.cells if "check" in tags(cell)]
    assert [cell.source for cell in cells] == [f'check("1.{n}")' for n in (1, 2, 3)]
    return [cell.outputs[0].text for cell in cells]


@pytest.mark.parametrize("copy", COPIES)
def test_checks_work_in_a_notebook_moved_to_another_folder(tmp_path, monkeypatch, copy):
    root = make_course(tmp_path / "course")
    monkeypatch.setenv("PYTHONPATH", str(root))
    (tmp_path / "my own").mkdir()
    notebook = fresh(Course(root), NAME, copy, 10)
    execute(notebook, tmp_path / "my own", {})
    said = checks_said(notebook)
    right = ["Correct.\n", "Correct on all 3 cases.\n", "Correct.\n"]
    assert said == (right if copy == "solved" else ["Not attempted yet.\n"] * 3)


def test_set_up_cell_is_short_and_does_nothing_elsewhere():
    assert len(SET_UP.splitlines()) <= 8
    assert not session.in_colab()


@pytest.mark.parametrize("folder", ["notebooks", "notebooks/solutions"])
def test_notebooks_find_the_course_where_it_is_not_installed(folder):
    """With `pip install -r requirements.txt` alone there is no package `utils`."""
    [line] = {c.splitlines()[-3].strip() for c in (SET_UP, NO_ADDRESS)}
    assert line.startswith("import sys; sys.path +=")
    code = f"{line}; import utils; print(utils.__file__)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=ROOT / folder,
        capture_output=True,
        text=True,
    )
    assert (
        Path(ROOT / folder, run.stdout.strip()).resolve() == ROOT / "utils/__init__.py"
    )


def test_requirements_that_are_met_are_not_installed(tmp_path):
    path = tmp_path / "requirements.txt"
    lines = ["# needed", "numpy>=1", "tensorflow>=99", "keras>=99", "pillow>=999"]
    path.write_text("\n".join([*lines, "no-such", "jupyter>=99", "nbval>=99"]))
    assert session.missing_requirements(path) == ["pillow>=999", "no-such"]


def test_install_never_replaces_tensorflow(monkeypatch):
    calls = []

    def run(command, **options):
        path = command[command.index("--constraint") + 1]
        calls.append((command, open(path).read()))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    session.install([])
    assert calls == []
    session.install(["jupyterquiz>=2"])
    [(command, constraints)] = calls
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-1] == "jupyterquiz>=2"
    names = [line.split("==")[0] for line in constraints.splitlines()]
    assert names == ["tensorflow", "keras", "numpy"]


def test_failed_install_says_why(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "…\nERROR: no such package\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RuntimeError, match="Could not install no-such: ERROR: no such"):
        session.install(["no-such"])


def test_tensorflow_starts_without_its_log(tmp_path):
    code = "from utils.session import start; start(); import tensorflow, sys;"
    code += "tensorflow.zeros(3); print('here', file=sys.stderr)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "here\n")


def test_unknown_quiz_is_refused():
    with pytest.raises(ValueError, match=r"must be one of .* Received: '99_nothing'"):
        session.show_quiz("99_nothing")
