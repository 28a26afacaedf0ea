"""Grades a class: `make grade SUBMITTED=folder [LESSON=05] [PROCESSES=2]`.

SUBMITTED holds one folder per learner with their notebooks in it, at any depth (as
nbgrader, GitHub Classroom and most learning platforms hand them out), or the notebooks
themselves, one per learner. Notebooks may have been renamed, lost their metadata, or
been saved by another tool. Results go to `build/grades`; running it again gives the
same, and adds the points that you have entered in `by_hand.csv`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.classroom import answers
from tools.classroom.answers import (
    Unreadable,
    experiment,
    lesson_of,
    read,
    same,
    written,
)
from tools.classroom.pages import write_all
from tools.lesson.copies import HIDDEN, Course, parsed, tags
from tools.lesson.questions import exercises

SKIPPED_FOLDERS = (".ipynb_checkpoints", ".git", "__pycache__")


@dataclass
class Work:
    """One notebook of one learner, and what became of it."""

    student: str
    path: Path
    lesson: str | None = None
    problem: str = ""
    results: list = field(default_factory=list)
    texts: dict = field(default_factory=dict)  # what a person has to read
    notes: list = field(default_factory=list)  # what differs from what was handed out

    @property
    def attempts(self):
        return sorted({a for r in self.results for a in r.get("attempts", [])})


def notebooks(folder):
    """Yields (student, path) of every notebook handed in; links are not followed."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in SKIPPED_FOLDERS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            found = []
            for place, folders, names in os.walk(entry):
                folders[:] = sorted(set(folders).difference(SKIPPED_FOLDERS))
                found += [Path(place, n) for n in names if n.endswith(".ipynb")]
            for path in sorted(found):
                yield entry.name, path
            if not found:
                yield entry.name, None
        elif entry.suffix == ".ipynb":
            yield entry.stem, entry


class Grading:
    """A run over one folder: what is known of the lessons, and all that came of it."""

    def __init__(self, course, submitted, lessons=""):
        self.course, self.submitted = course, submitted
        self.names = course.names(lessons)
        self.all_names = course.names()
        self.questions = {n: exercises(course.source(n)) for n in self.names}
        self.known = {n: known_texts(course.source(n)) for n in self.names}
        self.works, self.waiting = [], {}

    def jobs(self):
        """Yields the jobs to be graded; keeps what cannot be."""
        for student, path in notebooks(self.submitted):
            work = Work(student, path)
            self.works.append(work)
            if path is None:
                work.problem = "No notebook was handed in."
                continue
            try:
                cells = read(path)
            except Unreadable as error:
                work.problem = f"{path.name} cannot be read: {error}."
                work.lesson = lesson_of(path, [], self.names)
                continue
            work.lesson = lesson_of(path, cells, self.all_names)
            if work.lesson is None:
                work.problem = f"{path.name}: no lesson's exercises are in it."
                continue
            if work.lesson not in self.names:
                self.works.remove(work)
                continue
            for question in filter(lambda q: q.explore, self.questions[work.lesson]):
                text = written(cells, question, self.known[work.lesson])
                work.texts[question.number] = text, *experiment(cells, question)
            work.notes = differences(work, cells, self.questions[work.lesson])
            number = len(self.waiting)
            self.waiting[number] = work
            cells = [asdict(cell) for cell in cells]
            yield {"id": number, "lesson": work.lesson, "cells": cells}

    def take(self, result):
        work = self.waiting[result["id"]]
        work.results = result["results"]
        if result.get("problem"):
            work.problem = f"{work.path.name}: {result['problem']}."

    def run(self, seconds, megabytes, processes, on_result=lambda done: None):
        """Starts the graders and feeds them; returns seconds taken."""
        began = time.perf_counter()
        command = [sys.executable, "-P", "-m", "tools.classroom.marking"]
        command += ["--root", self.course.root, "--processes", processes]
        command += ["--seconds", seconds, "--megabytes", megabytes]
        settings = {"COURSE_DATA": "sample", "COURSE_WEIGHTS": "embedded"}
        settings |= {"PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
        paths = [str(self.course.root), os.environ.get("PYTHONPATH", "")]
        settings["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | settings,
            )
            feeder = threading.Thread(target=self.feed, args=(process.stdin,))
            feeder.start()
            for count, line in enumerate(process.stdout, start=1):
                self.take(json.loads(line))
                on_result(count)
            feeder.join()
            if process.wait():
                errors.seek(0)
                raise SystemExit(f"The graders failed.\n{errors.read()[-3000:]}")
        return time.perf_counter() - began

    def feed(self, stream):
        try:
            with stream:
                for job in self.jobs():
                    stream.write(json.dumps(job) + "\n")
        except BrokenPipeError:
            pass  # the graders ended, and `run` says why


def differences(work, cells, questions):
    """What was changed in a notebook that a learner had no need to change."""
    notes = []
    if work.path.stem != work.lesson and work.path.parent.name != work.path.stem:
        notes.append(f"{work.path.name} was graded as {work.lesson}.")
    code = [cell.source for cell in cells if cell.kind == "code"]
    edited = [
        question.number
        for question in questions
        if not any(is_check(text, question) for text in code)
    ]
    if edited:
        numbers = ", ".join(edited)
        notes.append(f"Tests deleted or edited: {numbers}. The course's own were used.")
    return notes


def is_check(code, question):
    """Whether a cell is the check of an exercise, untouched.

    A notebook that was handed out earlier may hold the definition itself, from the time
    when its imports stood in the cell of imports.
    """
    words = code.split()
    defined = HIDDEN.sub("", question.check).split()
    older = answers.CHECK.search(code) and defined[-len(words) :] == words
    return same(code, question.line) or older


def known_texts(source):
    """The lesson's own texts, which are no learner's answers."""
    return {
        cell.source.strip()
        for cell in parsed(source)
        if cell.cell_type == "markdown" and "solution" not in tags(cell)
    }


def show_progress(count):
    if sys.stdout.isatty():
        print(f"\r{count} graded", end="", flush=True)


def main(arguments=None, course=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("submitted", help="the folder handed in")
    parser.add_argument("--lesson", default=os.environ.get("LESSON", ""))
    parser.add_argument("--out", type=Path, help="default: build/grades")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=20, help="of CPU, an exercise")
    parser.add_argument("--megabytes", type=float, default=2048, help="of memory")
    options = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        raise SystemExit(
            "Grading starts its processes as Linux and macOS do. On Windows, run it in "
            "WSL or in a container: see lessons/instructors.md."
        )
    if not options.submitted or not os.path.isdir(options.submitted):
        raise SystemExit(
            "SUBMITTED must be a folder with one folder or notebook per learner. "
            f"Received: {options.submitted!r}."
        )
    course = course or Course()
    grading = Grading(course, Path(options.submitted), options.lesson)
    limits = (options.seconds, options.megabytes, options.processes)
    seconds = grading.run(*limits, show_progress)
    out = (options.out or course.root / "build" / "grades").resolve()
    print("\r" + write_all(grading, out))
    print(f"\nGraded in {seconds:.0f} s. Results: {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
