"""Lesson pages: form, examples, links, drawings, quizzes; and the guards for them."""

import doctest
import json
import re
from pathlib import Path

import pytest

import guards
from tiny import NAME, PAGE, QUESTION

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(ROOT.glob("lessons/*/README.md"))
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("lessons/**/*.md"), *ROOT.glob("data/*.md")]
)
DRAWINGS = sorted(ROOT.glob("lessons/**/figures/*.svg"))
QUIZZES = sorted(ROOT.glob("lessons/*/quiz.json"))
FENCE = re.compile(r"^```pycon\n(.*?)^```", re.DOTALL | re.MULTILINE)


def label(path):
    return str(path.relative_to(ROOT))


def failures(text):
    """Runs the `pycon` examples of a page as one session."""
    code = "\n".join(FENCE.findall(text))
    example = doctest.DocTestParser().get_doctest(code, {}, "page", None, 0)
    return doctest.DocTestRunner(verbose=False).run(example).failed


@pytest.mark.parametrize("path", LESSONS, ids=label)
def test_examples_give_what_the_page_says(path):
    text = path.read_text("utf-8")
    assert FENCE.search(text)
    assert failures(text) == 0


@pytest.mark.parametrize("path", LESSONS, ids=label)
def test_page_has_the_form_of_a_lesson(path):
    assert guards.page(path) == []


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_links_lead_somewhere(path):
    assert guards.links(path) == []


@pytest.mark.parametrize("path", DRAWINGS, ids=label)
def test_drawing_says_what_it_shows(path):
    assert guards.drawing(path) == []


@pytest.mark.parametrize("path", QUIZZES, ids=label)
def test_quiz_answers_every_wrong_answer(path):
    assert guards.quiz(path) == []


def test_wrong_example_is_caught():
    assert failures(PAGE) == 0
    assert failures(PAGE.replace("6\n```", "7\n```")) == 1


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("# 1. A tiny", "# A tiny", "first line"),
        ("Reading 5 min", "About 5 min", "second line"),
        ("10 min · needs nothing", "10 min", "second line"),
        ("## Key points", "## Summary", "fixed sections"),
        ("## Questions", "## Doubling\n## Questions", "not between"),
        ("Twice three is six.", "Clearly, it is six.", "says 'Clearly'"),
    ],
)
def test_guard_misses_no_fault_of_a_page(tmp_path, old, new, problem):
    path = tmp_path / NAME / "README.md"
    path.parent.mkdir()
    path.write_text(PAGE, "utf-8")
    assert guards.page(path) == []
    path.write_text(PAGE.replace(old, new), "utf-8")
    found = guards.page(path)
    assert any(problem in text for text in found), found


@pytest.mark.parametrize(
    "text, problem",
    [
        ("[a](b.md)", "link to b.md leads nowhere"),
        ("[a](#nothing)", "link to #nothing: no such heading"),
        ("[a](page.md#the-end)", "link to page.md#the-end: no such heading"),
        ("![two words](page.md)", "picture page.md has no alternative text"),
    ],
)
def test_guard_misses_no_broken_link(tmp_path, text, problem):
    path = tmp_path / "page.md"
    good = "# The start\n\n[a](page.md#the-start) [b](https://example.org/nowhere)\n"
    path.write_text(good, "utf-8")
    assert guards.links(path) == []
    path.write_text(good + text, "utf-8")
    assert guards.links(path) == [problem]


def spoiled(**changes):
    return [{**QUESTION, **changes}] + [QUESTION] * 5


RIGHT, WRONG, OTHER = QUESTION["answers"]


@pytest.mark.parametrize(
    "questions, problem",
    [
        ([QUESTION] * 5, "5 questions"),
        (spoiled(type="essay"), "type 'essay' is unknown"),
        (spoiled(question=""), "no question"),
        (spoiled(answers=[WRONG, OTHER, WRONG]), "0 right answers"),
        (spoiled(answers=[RIGHT, RIGHT, WRONG]), "2 right answers"),
        (spoiled(answers=[RIGHT, WRONG]), "fewer than three answers"),
        (
            spoiled(answers=[RIGHT, OTHER, {**WRONG, "feedback": ""}]),
            "without feedback",
        ),
        (spoiled(answers=[RIGHT, WRONG, {**OTHER, **WRONG}]), "share their feedback"),
        (
            spoiled(
                type="numeric",
                answers=[
                    {"type": "value", "value": 6, "correct": True, "feedback": "Yes."},
                    {"type": "range", "range": [0, 5], "feedback": "Too small."},
                ],
            ),
            "no default answer",
        ),
    ],
)
def test_guard_misses_no_fault_of_a_quiz(tmp_path, questions, problem):
    path = tmp_path / "quiz.json"
    path.write_text(json.dumps([QUESTION] * 6), "utf-8")
    assert guards.quiz(path) == []
    path.write_text(json.dumps(questions), "utf-8")
    found = guards.quiz(path)
    assert any(problem in text for text in found), found


def test_guard_wants_a_drawing_to_say_what_it_shows(tmp_path):
    path = tmp_path / "drawing.svg"
    path.write_text("<svg><title>A U-Net</title></svg>", "utf-8")
    assert guards.drawing(path) == ["has no <title> that states its message"]
    path.write_text("<svg><title>Each level halves the map</title></svg>", "utf-8")
    assert guards.drawing(path) == []
