"""Where the course is published: unset, set, refused, and read from git."""

import subprocess
import sys
from types import ModuleType

import nbformat
import pytest

from tiny import NAME, make_course
from tools.authors import address, build
from tools.classroom.assignments import outside
from tools.lesson.copies import COPIES, NO_ADDRESS, ROOT, Course, fresh
from utils import session

UNSET = "https://example.invalid/tiny"
SET = "https://github.com/some-owner/some.course_1"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A tiny course without an address, its copies as if they had been run."""
    root = make_course(tmp_path / "tiny")
    project = root / "pyproject.toml"
    unset = project.read_text("utf-8").replace("https://github.com/tiny", UNSET)
    project.write_text(unset, "utf-8")
    (root / "notebooks/solutions").mkdir()
    for copy in COPIES:
        notebook = fresh(Course(root), NAME, copy, 10)
        notebook.metadata["course"]["outputs"] = build.digest(build.outputs(notebook))
        nbformat.write(notebook, Course(root).notebook(NAME, copy))
    (root / "README.md").write_text(build.readme(Course(root))[1], "utf-8")
    monkeypatch.setattr(build, "execute", lambda *_: pytest.fail("a notebook is run"))
    return Course(root)


def texts(course):
    """The README and both copies."""
    paths = [course.notebook(NAME, copy) for copy in COPIES]
    return [p.read_text("utf-8") for p in [course.root / "README.md", *paths]]


def git(*arguments, folder):
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_address_of_this_course_is_nobodys_or_on_github():
    """`.invalid` is reserved (RFC 2606): nobody can put a repository there."""
    repository = Course().repository
    if repository != "https://example.invalid/segmentation-course":
        assert address.checked(repository) == repository
    # The one place that names it; all others are made from it.
    assert "github.com/segmentation-course" not in (ROOT / "README.md").read_text()


def test_without_an_address_there_is_no_badge_and_nothing_is_fetched(course):
    assert not course.published
    for text in texts(course):
        assert "colab.research.google.com" not in text and "example.invalid" not in text
        assert "git clone" not in text
    row = texts(course)[0].split("\n")[-4]
    assert row.startswith("| 01 |") and row.endswith("| 10 s |")
    title, set_up, *_ = nbformat.read(course.notebook(NAME), as_version=4).cells
    assert title.source.endswith(f"[solved copy](solutions/{NAME}.ipynb)")
    assert set_up.source == NO_ADDRESS


def test_without_an_address_colab_stops_with_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    with pytest.raises(RuntimeError, match="`make address ADDRESS=https://github.com/"):
        exec(NO_ADDRESS, {})


def test_without_an_address_the_cell_starts_the_course_elsewhere(monkeypatch):
    monkeypatch.setattr(session, "start", lambda: None)
    monkeypatch.setitem(sys.modules, "google.colab", None)  # cannot be imported
    monkeypatch.setattr(sys, "path", [*sys.path])
    names = {}
    exec(NO_ADDRESS, names)
    assert names["show_quiz"] is session.show_quiz
    assert len(NO_ADDRESS.splitlines()) <= 11


def test_without_an_address_assignments_link_to_nothing(course):
    text = "See the [page](../lessons/01.md) and [a paper](https://doi.org/1)."
    assert outside(course, text) == "See the page and [a paper](https://doi.org/1)."


def test_address_reaches_everything(course, capsys):
    assert address.main([SET], course.root) == 0
    assert Course(course.root).repository == SET
    for text in texts(course):
        place = "github/some-owner/some.course_1/blob/main/notebooks/"
        assert f"colab.research.google.com/{place}" in text
    for text in texts(course)[1:]:
        assert f"--depth 1 {SET} ~/course" in text and "make address" not in text
    assert "must be built anew" not in capsys.readouterr().out
    for copy in COPIES:
        assert build.trouble(Course(course.root), NAME, copy) is None
    text, wanted = build.readme(Course(course.root))
    assert text == wanted and text.count("| --- ") == 6


def test_address_can_be_changed(course):
    for where in (SET, "https://github.com/fork/course"):
        assert address.main([where], course.root) == 0
    for text in texts(course):
        assert "fork/course" in text and "some-owner" not in text


def test_copy_that_must_be_run_is_left_and_named(course, capsys):
    source = course.source(NAME)
    text = source.read_text("utf-8").replace("np.array([1, 2, 3])", "np.array([1])")
    source.write_text(text, "utf-8")
    assert address.main([SET], course.root) == 0
    assert f"make notebooks`: {NAME}" in capsys.readouterr().out


@pytest.mark.parametrize("behind", ["", "/", ".git", ".git/", "\n"])
def test_what_stands_behind_an_address_is_dropped(behind):
    assert address.checked(SET + behind) == SET


@pytest.mark.parametrize(
    "wrong",
    [
        "http://github.com/owner/name",
        "https://gitlab.com/owner/name",
        "https://github.com.example.org/owner/name",
        "https://user:secret@github.com/owner/name",
        "https://github.com/owner",
        "https://github.com/owner/name/tree/main",
        "https://github.com/-owner/name",
        "https://github.com/own--er/name",
        "https://github.com/owner-/name",
        "https://github.com/own_er/name",
        f"https://github.com/{'o' * 40}/name",
        "https://github.com/owner/..",
        "https://github.com/owner/a name",
        "https://github.com/owner/name; rm -r x",
        'https://github.com/owner/name"',
        "owner/name",
    ],
)
def test_bad_address_is_refused_and_changes_nothing(course, wrong):
    before = texts(course)
    with pytest.raises(ValueError, match="must be https://github.com/OWNER/NAME"):
        address.checked(wrong)
    assert "must be https://github.com/" in address.main([wrong], course.root)
    assert texts(course) == before and Course(course.root).repository.startswith(UNSET)


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:owner/name.git",
        "git@github.com:owner/name",
        "ssh://git@github.com/owner/name.git",
        "https://github.com/owner/name.git",
        "https://github.com/owner/name",
        "https://user:secret@github.com/owner/name.git",
    ],
)
def test_address_is_read_from_the_git_remote(course, url):
    git("init", "--quiet", folder=course.root)
    git("remote", "add", "origin", url, folder=course.root)
    assert address.main([""], course.root) == 0  # as make calls it
    assert Course(course.root).repository == "https://github.com/owner/name"


@pytest.mark.parametrize("url", ["git@example.org:owner/name.git", "../course"])
def test_remote_elsewhere_is_refused(url):
    with pytest.raises(ValueError, match="must be a repository on github.com"):
        address.of_remote(url)


def test_secret_in_a_remote_is_not_repeated():
    with pytest.raises(ValueError, match="Received: 'https://example.org/o/n'") as told:
        address.of_remote("https://user:secret@example.org/o/n")
    assert "secret" not in str(told.value)


def test_without_remote_and_address_a_message_says_what_to_give(course):
    git("init", "--quiet", folder=course.root)
    assert "make address ADDRESS=https://github.com/" in address.main([], course.root)


def test_project_without_the_line_is_refused(course):
    (course.root / "pyproject.toml").write_text("[project]\n", "utf-8")
    assert "must have one line" in address.main([SET], course.root)
