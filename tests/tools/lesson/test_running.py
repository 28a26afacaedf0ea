"""Notebooks run in this environment, whatever the user has installed for Jupyter."""

import json
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.lesson.running import execute

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="not a virtual environment")
def test_a_users_own_kernels_and_start_up_files_are_not_used(tmp_path, monkeypatch):
    kernel = tmp_path / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    broken = {"argv": ["false"], "display_name": "mine", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(broken))
    start_up = tmp_path / ".ipython" / "profile_default" / "startup"
    start_up.mkdir(parents=True)
    (start_up / "mine.py").write_text("raise SystemExit")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTER_PREFER_ENV_PATH", raising=False)
    cells = [new_code_cell("import sys; print(sys.prefix)")]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    execute(notebook, tmp_path, {})
    assert notebook.cells[0].outputs[0].text == f"{sys.prefix}\n"
