"""Makes `.venv` with the versions of constraints.txt; does nothing if it is there.

    python set_up.py

The environment variable CONSTRAINTS names another file of versions, such as
constraints-oldest.txt; `make test CONSTRAINTS=constraints-oldest.txt` sets it.

Needs only Python 3.11 to 3.13. What is installed is remembered in `.venv/ready`,
together with where the folder stands, so that a changed requirement or a moved folder
is set up again. Two calls at once wait for each other.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = os.environ.get("CONSTRAINTS") or "constraints.txt"
WANTED = ["requirements.txt", "requirements-dev.txt", CONSTRAINTS, "pyproject.toml"]


def fingerprint():
    """Text that changes when the environment must be made again."""
    digest = hashlib.sha256()
    for name in WANTED:
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()} {ROOT} {sys.version_info[:2]}"


def is_ready():
    stamp = VENV / "ready"
    return (
        PYTHON.exists()
        and stamp.exists()
        and stamp.read_text(encoding="utf-8") == fingerprint()
    )


def lock(file):
    """Waits until no other process holds the lock; the system frees it at exit."""
    if os.name == "nt":
        import msvcrt

        while True:
            try:
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:
                time.sleep(1)
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)


def install():
    """Creates the environment and installs the course into it."""
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    pinned = ["--constraint", CONSTRAINTS]
    files = ["--requirement", "requirements.txt", "--requirement"]
    commands = [
        [sys.executable, "-m", "venv", "--clear", VENV],
        [*pip, *pinned, "--upgrade", "pip", "setuptools"],
        [*pip, *pinned, *files, "requirements-dev.txt"],
        [*pip, "--no-build-isolation", "--no-deps", "--editable", "."],
    ]
    for command in commands:
        subprocess.run(command, cwd=ROOT, check=True)
    (VENV / "ready").write_text(fingerprint(), encoding="utf-8")


def main():
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(
            "The course runs on Python 3.11 to 3.13. "
            f"Received: {sys.version.split()[0]} at {sys.executable}. "
            "Name another one, for example: make course PYTHON=python3.12"
        )
    if not (ROOT / CONSTRAINTS).is_file():
        sys.exit(f"CONSTRAINTS must name a file of the course. Received: {CONSTRAINTS}")
    if is_ready():
        return
    with open(ROOT / ".venv.lock", "w", encoding="utf-8") as file:
        lock(file)
        if is_ready():
            return
        print("Setting up .venv: some minutes, once.", flush=True)
        began = time.perf_counter()
        try:
            install()
        except subprocess.CalledProcessError as error:
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit(
                f"Set-up failed: {' '.join(map(str, error.cmd))}\n"
                "Read the message above; then check the network, the free disk space "
                "(about 3 GB), and, on Debian and Ubuntu, that python3-venv is there."
            )
        print(f"Set up in {time.perf_counter() - began:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
