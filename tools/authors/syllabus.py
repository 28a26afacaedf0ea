"""The course at a glance: `make syllabus` renews the table in `lessons/instructors.md`
and writes a page to print, `build/syllabus.html`."""

import argparse
import math
import re
import sys

import nbformat

from tools.lesson import html
from tools.lesson.copies import Course
from tools.lesson.questions import exercises

TABLE = re.compile(r"(?<=<!-- glance -->\n).*?(?=<!-- end of glance -->)", re.DOTALL)
WORDS_A_MINUTE = 120  # of careful reading; a line of code counts as ten words
HEAD = ("", "Lesson", "Needs", "Reading", "Work", "Runs in", "Exercises", "Points")
PRINTED = """\
{% extends "page" %}
{% block style %}
@page { size: A4; margin: 18mm }
@media print { body { margin: 0; font-size: 11pt } h2 { break-after: avoid }
  section { break-inside: avoid } }
{% endblock %}
{% block body %}
{% for row in rows %}
<section><h2>{{ row.name[:2] | int }}. {{ row.title }}</h2>
<p>{{ row.reading }} min to read, {{ row.work }} min to work, {{ row.points | number }}
points · needs {{ row.needs }}</p>
{% for heading, key in parts %}
<h3>{{ heading }}</h3>
<ul>
{% for text in row[key] %}
<li>{{ text }}</li>
{% endfor %}
</ul>
{% endfor %}
</section>
{% endfor %}
{% endblock %}
"""
PARTS = (
    ("Questions", "questions"),
    ("You will be able to", "goals"),
    ("Exercises", "topics"),
)


def facts(course, name):
    """What the table says of a lesson, measured where it can be."""
    text = course.page(name).read_text("utf-8")
    title = re.search(r"^# \d+\. (.*)", text)[1]
    needs = re.search(r" min · needs (.*)", text)[1]
    found = exercises(course.source(name))
    seconds = 0
    if course.notebook(name).is_file():
        notebook = nbformat.read(course.notebook(name), as_version=4)
        seconds = notebook.metadata.get("course", {}).get("seconds", 0)
    return {
        "name": name,
        "title": title,
        "needs": needs,
        "reading": reading_minutes(text),
        "work": int(course.minutes(name)[1]),
        "seconds": seconds,
        "exercises": len(found),
        "points": sum(exercise.points for exercise in found),
        "questions": listed(text, "Questions"),
        "goals": listed(text, "You will be able to"),
        "topics": [e.title.partition(": ")[2] for e in found],
    }


def reading_minutes(text):
    """Counted, not guessed: words of prose, lines of code; rounded up to five."""
    code = "\n".join(re.findall(r"```.*?\n(.*?)```", text, re.DOTALL))
    prose = re.sub(r"```.*?```|\]\(.*?\)|[#*|`]", " ", text, flags=re.DOTALL)
    words = len(prose.split()) + 10 * len(code.splitlines())
    return math.ceil(words / WORDS_A_MINUTE / 5) * 5


def listed(text, heading):
    """The items of the list below a heading, each as one line."""
    part = re.search(rf"^## {heading}\s+(.*?)(?=^## )", text, re.DOTALL | re.MULTILINE)
    items = re.split(r"^- ", part[1], flags=re.MULTILINE)[1:] if part else []
    return [" ".join(item.split()) for item in items]


def table(rows):
    """The table in Markdown, with its sums."""
    lines = [f"| {' | '.join(HEAD)} |", "| --- " * len(HEAD) + "|"]
    for row in rows:
        link = f"[{row['title']}]({row['name']}/README.md)"
        cells = [row["name"][:2], link, row["needs"], f"{row['reading']} min"]
        cells += [f"{row['work']} min", f"{row['seconds']} s", str(row["exercises"])]
        lines.append(f"| {' | '.join([*cells, format(row['points'], 'g')])} |")
    total = {k: sum(row[k] for row in rows) for k in ("reading", "work", "points")}
    count = sum(row["exercises"] for row in rows)
    hours = [f"{total[key] / 60:.1f} h" for key in ("reading", "work")]
    sums = ["", "all", "", *hours, "", str(count), format(total["points"], "g")]
    lines.append(f"| {' | '.join(sums)} |")
    return "\n" + "\n".join(lines) + "\n\n"


def renewed(course):
    """The text of the instructors' page as it is, and as it should be."""
    text = (course.root / "lessons" / "instructors.md").read_text("utf-8")
    rows = [facts(course, name) for name in course.names()]
    return text, TABLE.sub(lambda _: table(rows), text)


def printable(course):
    """The syllabus as a page to print: questions, goals and exercises per lesson."""
    rows = [facts(course, name) for name in course.names()]
    for row in rows:
        row |= {key: list(map(plain, row[key])) for _, key in PARTS}
    title = "Image segmentation with Keras: syllabus"
    return html.page(PRINTED, title, rows=rows, parts=PARTS)


def plain(text):
    """A text without the marks of Markdown."""
    return re.sub(r"[*`]|\[(.*?)\]\(.*?\)", r"\1", text)


def timed(text):
    """A lesson page's text with the minutes of reading that were counted."""
    minutes = f"Reading {reading_minutes(text)} min · "
    return re.sub(r"^Reading \d+ min · ", minutes, text, count=1, flags=re.MULTILINE)


def main(arguments=None, course=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args(arguments)
    course = course or Course()
    for name in course.names():
        text = course.page(name).read_text("utf-8")
        course.page(name).write_text(timed(text), "utf-8")
    _, wanted = renewed(course)
    page = course.root / "lessons" / "instructors.md"
    page.write_text(wanted, "utf-8")
    target = course.root / "build" / "syllabus.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(printable(course), "utf-8")
    print(f"Renewed {page}\nTo print: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
