"""Slides: what begins one, what is shown, and that they need nothing else."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.authors import slides
from tools.lesson.copies import Course

COURSE = Course()


def kinds(notebook):
    return [cell.metadata["slideshow"]["slide_type"] for cell in notebook.cells]


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
