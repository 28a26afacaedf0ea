"""What surrounds the grading: slides, syllabus, the instructors' page, progress."""

import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tiny import NAME, make_course
from tools import progress
from tools.authors import slides, syllabus
from tools.lesson.copies import Course, fresh

COURSE = Course()


def kinds(notebook):
    return [cell.metadata["slideshow"]["slide_type"] for cell in notebook.cells]


# Slides.

PNG = new_output("display_data", data={"image/png": "iVBORw0KGgo="})


def test_heading_begins_a_slide_and_prose_becomes_notes():
    text = "Before.\n\n## A heading\n\nOne sentence. Another one.\n\n- a list"
    title = "# 1. Title\n\nYou will see.\n\n[Lesson](x) · 5 minutes\n\n[![badge](x)](y)"
    made = slides.slides(
        new_notebook(cells=[new_markdown_cell(title), new_markdown_cell(text)])
    )
    assert kinds(made) == ["slide", "notes", "slide", "notes"]
    first, _, heading, notes = (cell.source for cell in made.cells)
    assert first == "# 1. Title\n\nYou will see."
    assert heading == "## A heading\n\nOne sentence."
    assert notes == "Another one.\n\n- a list"


@pytest.mark.parametrize(
    "text, first",
    [
        ("One. Two.", "One."),
        ("As in (Parkhi et al. 2012). Two.", "As in (Parkhi et al. 2012)."),
        ("Long et al. Show it. Two.", "Long et al. Show it."),
        ("It is 3.5 pixels wide: Count.", "It is 3.5 pixels wide:"),
        ("no end", "no end"),
    ],
)
def test_first_sentence_is_whole(text, first):
    assert slides.sentence(text)[0] == first


def test_figures_are_shown_without_their_code_and_each_on_a_slide():
    cell = new_code_cell("plot(x)\n" * 20, outputs=[PNG, PNG])
    made = slides.slides(new_notebook(cells=[new_markdown_cell("## A"), cell]))
    assert kinds(made) == ["slide", "-", "subslide"]
    assert "plot(x)" not in str(made)


def test_marks_of_the_source_decide():
    cells = [
        new_markdown_cell("## A"),
        new_code_cell("1 + 1", metadata={"tags": ["no-slide"]}),
        new_code_cell("x = 1\n" * 12, metadata={"tags": ["slide"]}),
        new_code_cell("2 + 2", metadata={"tags": ["check"]}),
        new_code_cell("3 + 3"),
    ]
    made = slides.slides(new_notebook(cells=cells))
    assert kinds(made) == ["slide", "subslide", "-"]
    assert "1 + 1" not in str(made) and "2 + 2" not in str(made)


def test_text_of_an_exercise_is_shown_in_full():
    text = "## Exercise 1.1: try\n\nFirst sentence. Second sentence."
    cell = new_markdown_cell(f"{text}\n\n[Solution](solutions/x.ipynb#y)")
    made = slides.slides(new_notebook(cells=[cell]))
    assert [cell.source for cell in made.cells] == [text]


def test_slides_refer_to_nothing_but_their_own_folder(tmp_path):
    [page] = slides.make(COURSE, tmp_path, [COURSE.names()[0]])
    text = page.read_text("utf-8")
    places = re.findall(
        r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]*)"', text
    )
    for place in places:
        assert place.startswith("data:") or (tmp_path / place).is_file(), place
    assert "reveal/dist/reveal.js" in places
    assert not re.search(r"@import|url\(['\"]?http", text)
    for file in (tmp_path / "reveal").rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?http", file.read_text("utf-8"))
    assert text.count("<section") > 8 and 'class="notes"' in text


# Syllabus and the instructors' page.


def test_table_of_the_instructors_page_is_up_to_date():
    text, wanted = syllabus.renewed(COURSE)
    assert text == wanted, "Run `make syllabus`."


@pytest.mark.parametrize("name", COURSE.names())
def test_page_states_the_minutes_that_were_counted(name):
    text = COURSE.page(name).read_text("utf-8")
    assert text == syllabus.timed(text), "Run `make syllabus`, then `make notebooks`."


def test_syllabus_names_every_lesson_and_exercise(tmp_path):
    course = Course(make_course(tmp_path))
    text = syllabus.printable(course)
    assert "<h2>1. A tiny lesson</h2>" in text
    assert (
        "What does doubling do to a sum?" in text and "<li>write the function" in text
    )
    row = syllabus.table([syllabus.facts(course, NAME)]).splitlines()[3]
    link = "[A tiny lesson](01_tiny/README.md)"
    assert row == f"| 01 | {link} | nothing | 5 min | 10 min | 0 s | 3 | 5 |"


@pytest.mark.parametrize("words, minutes", [(100, 5), (600, 5), (601, 10), (2400, 20)])
def test_reading_time_is_counted(words, minutes):
    assert syllabus.reading_minutes("word " * words) == minutes


def test_commands_of_the_page_exist():
    text = (COURSE.root / "lessons" / "instructors.md").read_text("utf-8")
    makefile = (COURSE.root / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"\bmake ([a-z]+)\b(?= |`|\n)", text)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"(?:tools|tests)/[\w/]+\.py", text):
        assert (COURSE.root / path).is_file(), path


# Progress.


@pytest.fixture
def tiny(tmp_path):
    root = make_course(tmp_path / "tiny")
    return Course(root)


def save(course, *said):
    """Saves the learner's copy as if the checks had printed these messages."""
    notebook = fresh(course, NAME, "learner", 1)
    left = list(said)
    for cell in notebook.cells:
        if "check" in cell.metadata.get("tags", []):
            text = left.pop(0)
            if text:
                cell.outputs = [new_output("stream", name="stdout", text=text)]
    course.notebook(NAME).write_text(json.dumps(notebook), "utf-8")


def test_progress_is_what_the_checks_said(tiny, capsys):
    save(tiny, "Correct.\n", "double(3): expected 6, got 9.\n", "")
    assert progress.main([], tiny) == 0
    said = capsys.readouterr().out
    assert "01  ●◐○      1 of 3  A tiny lesson" in said
    assert "Next: exercise 1.2 (not yet right) in notebooks/01_tiny.ipynb." in said
    assert "notebooks/solutions/01_tiny.ipynb" in said


def test_what_was_solved_once_stays_solved(tiny, capsys):
    save(tiny, "Correct.\n", "", "Not attempted yet.\n")
    progress.main([], tiny)
    save(tiny, "Not attempted yet.\n", "Correct on all 5 cases.\n", "Correct.\n")
    progress.main([], tiny)
    assert "3 of 3 exercises solved." in capsys.readouterr().out
    kept = json.loads((tiny.root / "build" / "progress.json").read_text())
    assert kept == {NAME: ["1.1", "1.2", "1.3"]}


def test_broken_notebook_does_not_stop_the_others(tiny, capsys):
    tiny.notebook(NAME).write_text("{")
    progress.main([], tiny)
    assert "01_tiny.ipynb cannot be read" in capsys.readouterr().out
