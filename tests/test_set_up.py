"""What `set_up.py` installs, and the two files of exact versions."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import set_up

ROOT = Path(__file__).resolve().parents[1]
BOTH = ("constraints.txt", "constraints-oldest.txt")


def lines(name):
    text = (ROOT / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and line[0] != "#"]


def canonical(name):
    return re.sub("[-_.]+", "-", name).lower()


def versions(name):
    """Exact version of each package."""
    pairs = [line.split("==") for line in lines(name)]
    return {canonical(package): version for package, version in pairs}


@pytest.mark.parametrize("constraints", BOTH)
@pytest.mark.parametrize("requirements", ["requirements.txt", "requirements-dev.txt"])
def test_exact_versions_satisfy_the_ranges(requirements, constraints):
    exact = versions(constraints)
    for requirement in map(Requirement, lines(requirements)):
        assert exact[canonical(requirement.name)] in requirement.specifier


def test_oldest_versions_are_the_lower_ends_of_the_ranges():
    exact = versions("constraints-oldest.txt")
    for requirement in map(Requirement, lines("requirements.txt")):
        if requirement.name in ("tensorflow", "keras"):
            [lowest] = requirement.specifier
            assert exact[requirement.name].startswith(f"{lowest.version}.")


def test_oldest_versions_differ_from_the_newest_only_in_their_first_part():
    text = (ROOT / "constraints-oldest.txt").read_text("utf-8")
    first, rest = text.split("# All else as in constraints.txt.\n")
    older = {canonical(line.split("==")[0]) for line in first.splitlines()}
    newest = lines("constraints.txt")
    kept = [line for line in newest if canonical(line.split("==")[0]) not in older]
    assert rest.splitlines() == kept


def test_other_versions_are_set_up_anew(monkeypatch):
    assert set_up.CONSTRAINTS in BOTH
    prints = set()
    for name in BOTH:
        wanted = ["requirements.txt", "requirements-dev.txt", name, "pyproject.toml"]
        monkeypatch.setattr(set_up, "WANTED", wanted)
        prints.add(set_up.fingerprint())
    assert len(prints) == 2


def test_versions_that_are_not_there_are_refused():
    run = subprocess.run(
        [sys.executable, ROOT / "set_up.py"],
        capture_output=True,
        text=True,
        env=os.environ | {"CONSTRAINTS": "no-such.txt"},
    )
    assert run.returncode == 1
    assert "must name a file of the course. Received: no-such.txt" in run.stderr
