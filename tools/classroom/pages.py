"""What an instructor gets: grades.csv, details.csv, a page per learner, a summary."""

import re
from collections import defaultdict

from tools.classroom import by_hand
from tools.classroom.by_hand import csv_text, safe, write
from tools.lesson import html

FEEDBACK = """\
{% extends "page" %}
{% block body %}
{% for lesson, work in works %}
<h2>{{ lesson or "Handed in" }}</h2>
{% if work.problem %}
<p class="problem">{{ work.problem }}</p>
{% endif %}
{% for note in work.notes %}
<p>{{ note }}</p>
{% endfor %}
{% for attempt in work.attempts %}
<p class="problem">Your notebook tried to {{ attempt }}. Graded notebooks may not.</p>
{% endfor %}
{% if work.results %}
<table><tr><th>Exercise<th>Points<th>What was found</tr>
{% for result in work.results %}
<tr><td>{{ result.exercise }}
  <td class="number">{{ "–" if result.status == "by hand" else result.points | number }}
  of {{ result.of | number }}
  <td><span class="{{ result.status }}">{{ said[result.status] }}</span>
{%- if result.status not in ("by hand", "open", "missing") %}
: {{ result.message }}
{%- endif %}
</tr>
{% endfor %}
<tr><th>Total<th>{{ work.results | sum(attribute="points") | number }} of
  {{ work.results | sum(attribute="of") | number }}<th></tr></table>
{% endif %}
{% endfor %}
{% endblock %}
"""
TO_READ = """\
{% extends "page" %}
{% block body %}
<p>Half of the points for a finding that the output of the experiment supports, half for
a reason that names its cause. Enter points and comments in <code>by_hand.csv</code> and
run <code>make grade</code> again.</p>
{% for question, answers in asked %}
<h2>{{ question.title }} ({{ question.points | number }} points)</h2>
<p>Model answer:</p>
<blockquote>{{ question.interpretation or question.solution }}</blockquote>
{% for student, text, code, said in answers %}
<h3>{{ student }}</h3>
<blockquote>{{ text or "(no words, code only)" }}</blockquote>
<pre>{{ code }}</pre>
{% if said %}
<p>The check in the notebook as saved: {{ said }}</p>
{% endif %}
{% endfor %}
{% endfor %}
{% endblock %}
"""
SAID = {
    "correct": "right",
    "wrong": "not right",
    "open": "not attempted",
    "missing": "no answer found",
    "failed": "does not run",
    "stopped": "stopped",
    "by hand": "to be read by a person",
    "read": "read",
    "unread": "not attempted",
}


def write_all(grading, out):
    """Writes every result to the folder `out`; returns the summary."""
    out.mkdir(parents=True, exist_ok=True)
    best = merged(grading)
    points = by_hand.entered(out / "by_hand.csv")
    by_hand.enter(best, points)
    by_hand.listed(out / "by_hand.csv", best, points)
    columns = [(n, q) for n in grading.names for q in grading.questions[n]]
    columns = [c for c in columns if any(c[0] in works for works in best.values())]
    write(out / "grades.csv", csv_text(grades(best, columns)))
    write(out / "details.csv", csv_text(details(best)))
    pages = out / "feedback"
    pages.mkdir(exist_ok=True)
    wanted = {f"{file_name(student)}.html" for student in best}
    for old in pages.glob("*.html"):
        if old.name not in wanted:
            old.unlink()
    for student, works in best.items():
        write(pages / f"{file_name(student)}.html", feedback(student, works))
    write(out / "to_read.html", to_read(grading, best))
    text = summary(grading, best, columns)
    write(out / "summary.txt", text + "\n")
    return text


def merged(grading):
    """Per learner and lesson the one notebook that counts: {student: {lesson: work}}.

    Who hands in a lesson twice has the better one counted, and is told so.
    """
    best = defaultdict(dict)
    for work in sorted(grading.works, key=lambda w: (w.student, str(w.path))):
        lesson = work.lesson or (f"({work.path.name})" if work.path else "")
        other = best[work.student].setdefault(lesson, work)
        if other is not work:
            better = max(other, work, key=earned)  # of equals, the first
            worse = work if better is other else other
            better.notes.append(f"Handed in twice: {worse.path} does not count.")
            best[work.student][lesson] = better
    return dict(best)


def earned(work):
    return sum(result["points"] for result in work.results), not work.problem


def grades(best, columns):
    """Rows of grades.csv: a learner each, a column per exercise."""
    head = [f"{q.number} (of {q.points:g})" for _, q in columns]
    yield ["student", *head, "total", "of", "remarks"]
    for student, works in best.items():
        points = {r["exercise"]: r for w in works.values() for r in w.results}
        cells = []
        for _, question in columns:
            result = points.get(question.number)
            waiting = result and result["status"] == "by hand"
            cells.append("" if waiting or not result else f"{result['points']:g}")
        total = sum(result["points"] for result in points.values())
        of = sum(question.points for _, question in columns)
        remarks = [w.problem for w in works.values() if w.problem]
        remarks += [f"Refused: {a}" for w in works.values() for a in w.attempts]
        remarks = " ".join(remarks)
        yield [safe(student), *cells, f"{total:g}", f"{of:g}", safe(remarks)]


def details(best):
    """Rows of details.csv: one per learner and exercise, with what was said."""
    yield ["student", "lesson", "exercise", "points", "of", "status", "message"]
    for student, works in best.items():
        for lesson, work in works.items():
            if not work.results:
                yield [safe(student), lesson, "", "", "", "failed", safe(work.problem)]
            for r in work.results:
                facts = [r["exercise"], f"{r['points']:g}", f"{r['of']:g}"]
                facts += [r["status"], safe(r["message"])]
                yield [safe(student), lesson, *facts]


def feedback(student, works):
    """A learner's page: every exercise, its points, what to think of."""
    title = f"Feedback for {student}"
    return html.page(FEEDBACK, title, works=sorted(works.items()), said=SAID)


def to_read(grading, best):
    """The answers that a person reads, exercise by exercise, with the model answer."""
    asked = []
    for name in grading.names:
        for question in filter(lambda q: q.explore, grading.questions[name]):
            answers = [
                (student, *works[name].texts.get(question.number, ("", "", "")))
                for student, works in best.items()
                if name in works and waits(works[name], question)
            ]
            if answers:
                asked.append((question, answers))
    return html.page(TO_READ, "Answers to be read by a person", asked=asked)


def waits(work, question):
    """Whether a person reads, or has read, an answer to this question."""
    status = {result["exercise"]: result["status"] for result in work.results}
    return status.get(question.number) in ("by hand", "read")


def summary(grading, best, columns):
    """Who was graded, how it went, who failed to run and why."""
    lines = [f"{len(best)} learners, {len(grading.works)} notebooks.", ""]
    lines.append("exercise                                      right  of  mean points")
    for name, question in columns:
        if question.explore:
            continue
        results = [
            result
            for works in best.values()
            if name in works
            for result in works[name].results
            if result["exercise"] == question.number
        ]
        right = sum(result["status"] == "correct" for result in results)
        mean = sum(r["points"] for r in results) / max(len(results), 1)
        title = question.title.removeprefix("Exercise ")[:44]
        count = f"{right:7}{len(results):4}"
        lines.append(f"{title:44}{count}{mean:7.2f} of {question.points:g}")
    waiting = sum(
        result["status"] == "by hand"
        for works in best.values()
        for work in works.values()
        for result in work.results
    )
    lines += ["", f"{waiting} answers to read: to_read.html, points into by_hand.csv."]
    told = [(s, text) for s, works in best.items() for text in trouble(works)]
    lines += ["", "To look at:" if told else "Every notebook could be graded."]
    lines += [f"  {student}: {text}" for student, text in told]
    return "\n".join(lines)


def trouble(works):
    """What an instructor should know about a learner's notebooks."""
    for work in works.values():
        if work.problem:
            yield work.problem
        for attempt in work.attempts:
            yield f"Tried to {attempt}: refused."
        yield from work.notes
        for r in work.results:
            said = r["message"]
            told = r["status"] in ("stopped", "failed", "missing")
            if told or "MemoryError" in said or "SystemExit" in said:
                yield f"Exercise {r['exercise']}. {said}"


def file_name(student):
    return re.sub(r"[^\w.@ -]", "_", student)
