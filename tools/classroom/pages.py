"""What an instructor gets: grades.csv, details.csv, a page per learner, a summary."""

import html
import re
from collections import defaultdict

from tools.classroom import by_hand
from tools.classroom.by_hand import csv_text, safe, write

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto;
  padding: 0 1em; color: #222 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .4em .6em;
  border-bottom: 1px solid #ddd }
td.number { text-align: right; white-space: nowrap }
.correct { color: #1b5e20 } .wrong, .failed, .stopped { color: #8e1b1b }
.problem { border-left: 4px solid #8e1b1b; padding-left: 1em }
pre { font-size: 13px; overflow-x: auto; padding-left: 1em }
blockquote { background: #f5f5f5; margin: .5em 0; padding: .5em 1em;
  white-space: pre-wrap }
"""
PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>{style}</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
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
    parts = []
    for lesson, work in sorted(works.items()):
        parts.append(f"<h2>{html.escape(lesson or 'Handed in')}</h2>")
        if work.problem:
            parts.append(f'<p class="problem">{html.escape(work.problem)}</p>')
        parts += [f"<p>{html.escape(note)}</p>" for note in work.notes]
        for attempt in work.attempts:
            said = f"Your notebook tried to {attempt}. Graded notebooks may not."
            parts.append(f'<p class="problem">{html.escape(said)}</p>')
        if work.results:
            total = sum(result["points"] for result in work.results)
            of = sum(result["of"] for result in work.results)
            parts.append("<table><tr><th>Exercise<th>Points<th>What was found</tr>")
            parts += [row(result) for result in work.results]
            parts.append(f"<tr><th>Total<th>{total:g} of {of:g}<th></tr></table>")
    title = f"Feedback for {html.escape(student)}"
    return PAGE.format(title=title, style=STYLE, body="\n".join(parts))


def row(result):
    status = result["status"]
    points = "–" if status == "by hand" else f"{result['points']:g}"
    said = f": {html.escape(result['message'])}"
    if status in ("by hand", "open", "missing"):
        said = ""
    return (
        f'<tr><td>{result["exercise"]}<td class="number">{points} of {result["of"]:g}'
        f'<td><span class="{status}">{SAID[status]}</span>{said}</tr>'
    )


def to_read(grading, best):
    """The answers that a person reads, exercise by exercise, with the model answer."""
    parts = [
        "<p>Half of the points for a finding that the output of the experiment "
        "supports, half for a reason that names its cause. Enter points and comments "
        "in <code>by_hand.csv</code> and run <code>make grade</code> again.</p>"
    ]
    for name in grading.names:
        for question in filter(lambda q: q.explore, grading.questions[name]):
            answers = []
            for student, works in best.items():
                work = works.get(name)
                results = work.results if work else []
                status = {r["exercise"]: r["status"] for r in results}
                if status.get(question.number) in ("by hand", "read"):
                    text, code, said = work.texts.get(question.number, ("",) * 3)
                    answers.append(f"<h3>{html.escape(student)}</h3>")
                    answers.append(quoted(text or "(no words, code only)"))
                    answers.append(f"<pre>{html.escape(code)}</pre>")
                    if said:
                        told = f"The check in the notebook as saved: {said}"
                        answers.append(f"<p>{html.escape(told)}</p>")
            if answers:
                title = f"{question.title} ({question.points:g} points)"
                model = quoted(question.interpretation or question.solution)
                parts += [f"<h2>{html.escape(title)}</h2>", "<p>Model answer:</p>"]
                parts += [model, *answers]
    title = "Answers to be read by a person"
    return PAGE.format(title=title, style=STYLE, body="\n".join(parts))


def quoted(text):
    return f"<blockquote>{html.escape(text)}</blockquote>"


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
