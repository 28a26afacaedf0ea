"""The syllabus and the instructors' page state what the lessons hold."""

import re

import pytest

from tiny import NAME, make_course
from tools.authors import syllabus
from tools.lesson.copies import Course

COURSE = Course()


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
