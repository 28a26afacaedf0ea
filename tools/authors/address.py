"""Sets where the course is published: `make address ADDRESS=https://github.com/o/n`.

Without an address, the git remote `origin` gives it. It is written into
pyproject.toml; from there the README's table, the badges and the cells that fetch the
course in Colab are renewed, as by the build. No notebook is run.
"""

import argparse
import re
import subprocess
import sys

from tools.authors.build import build, read, readme, reusable
from tools.lesson.copies import COPIES, Course, fresh

# What GitHub allows as the name of an owner and of a repository.
OWNER = r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}"
ADDRESS = re.compile(rf"https://github\.com/({OWNER})/([A-Za-z0-9._-]{{1,100}})")
REMOTE = re.compile(
    r"(?:https://(?:[^/@\s]*@)?github\.com/|(?:ssh://)?git@github\.com[:/])(\S+)"
)
LINE = re.compile(r'^repository = "[^"\n]*"$', re.MULTILINE)


def checked(address):
    """Returns an address as it is written everywhere, without `/` or `.git` behind."""
    bare = address.strip().removesuffix("/").removesuffix(".git")
    found = ADDRESS.fullmatch(bare)
    if not found or found[2] in (".", ".."):
        raise ValueError(
            "The address must be https://github.com/OWNER/NAME, of letters, digits and "
            f"hyphens, in NAME also dots and underscores. Received: {address!r}."
        )
    return bare


def of_remote(url):
    """The address of a git remote, without what it may say about a user."""
    found = REMOTE.fullmatch(url.strip())
    if not found:
        raise ValueError(
            "The git remote `origin` must be a repository on github.com, or ADDRESS "
            f"must be given. Received: {re.sub('//[^/]*@', '//', url.strip())!r}."
        )
    return checked(f"https://github.com/{found[1]}")


def origin(root):
    """The address of the git remote `origin` of a folder."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise ValueError(
            "Give the address, for there is no git remote `origin` to read it from: "
            "make address ADDRESS=https://github.com/OWNER/NAME"
        )
    return of_remote(run.stdout)


def write(root, address):
    """Puts the address into pyproject.toml."""
    path = root / "pyproject.toml"
    text, count = LINE.subn(f'repository = "{address}"', path.read_text("utf-8"))
    if count != 1:
        raise ValueError(
            f"{path} must have one line that begins with `repository = `. "
            f"Received: {count}."
        )
    path.write_text(text, "utf-8")


def renew(course):
    """Renews the texts made from the address; returns the lessons left to be built."""
    left = []
    for name in course.names():
        old = [read(course.notebook(name, copy)) for copy in COPIES]
        new = [fresh(course, name, copy, 0) for copy in COPIES]
        if all(map(reusable, old, new)):
            build(course, name)
        else:
            left.append(name)
    (course.root / "README.md").write_text(readme(course)[1], "utf-8")
    return left


def main(arguments=None, root=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="https://github.com/OWNER/NAME")
    given = parser.parse_args(arguments).address
    root = root or Course().root
    try:
        address = checked(given) if given else origin(root)
        write(root, address)
    except ValueError as error:
        return str(error)
    left = renew(Course(root))
    print(f"The course is at {address}: pyproject.toml, README.md and the notebooks.")
    if left:
        print(f"Run `make notebooks`: {', '.join(left)} must be built anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
