"""Grades submissions, each in processes of its own: started by `grading.py`.

Reads one job per line from standard input and writes one result per line. Imports are
done once, before the processes fork, so that a submission takes a second, not ten.
A job's grader (trusted) forks again for the submission's answers (not trusted).
"""

import argparse
import contextlib
import importlib
import io
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from multiprocessing.connection import wait
from pathlib import Path

import psutil

from tools.classroom.answers import Cell, same
from tools.classroom.fence import ADOPT_ORPHANS, prctl
from tools.classroom.worker import (
    TIMES_SLOWER,
    CannotSend,
    Limits,
    Remote,
    Stopped,
    Worker,
)
from tools.lesson.copies import Course
from tools.lesson.questions import asked, exercises, needed

forked = multiprocessing.get_context("fork")


def grade(cells, questions, root, limits, together=(), start=0):
    """Grades one submission, from exercise number `start` on; returns the results.

    There is one result per exercise, unless the submission had to be stopped: then the
    last one says why, and the rest are for a new process, because this one may have
    started TensorFlow's threads, which do not survive a fork. `together` names the
    exercises whose tests must run beside the answers, because their arguments cannot
    be sent from process to process.
    """
    folder = tempfile.mkdtemp(prefix="submission-")
    worker = Worker(cells, questions, folder, root, limits)
    given, results = {}, []
    try:
        for question in questions[start:]:
            worker.begin()
            inside = question.number in together
            status, message = graded(question, cells, worker, given, inside)
            message = re.sub(r" at 0x\w+", "", message).replace(folder, ".")
            points = question.points if status == "correct" else 0
            facts = {"exercise": question.number, "status": status, "points": points}
            facts |= {"of": question.points, "message": message}
            results.append(facts | {"attempts": worker.attempts})
            if status == "stopped":
                break
    finally:
        worker.stop()
        end_descendants()
        shutil.rmtree(folder, ignore_errors=True)
    return results


def graded(question, cells, worker, given, inside):
    """Grades one exercise; returns (status, message)."""
    try:
        found, _ = worker.ask("find")
        place = found[question.number]
        code = None if place is None else cells[place].source
        if question.explore:
            return read_by_a_person(question, code)
        if code is None:
            return "missing", "No cell answers this exercise."
        worker.ask("answer", code, question.number, question.names)
        return tested(question, worker, given, inside)
    except NotImplementedError:
        return "open", "Not attempted yet."
    except Stopped as stopped:
        return "stopped", f"Stopped: {stopped}."
    except CannotSend:
        return "failed", "The test has an argument that cannot be sent."
    except Exception as error:
        problem = f"{type(error).__name__}: {error}".removesuffix(": ")
        return "failed", f"The cell does not run. {problem}"


def read_by_a_person(question, code):
    if code is None or same(code, question.stub):
        return "unread", "No experiment of your own."
    return "by hand", "To be read by a person."


def tested(question, worker, given, inside):
    """Runs an exercise's test, hidden cases included; returns (status, message)."""
    if inside:
        (status, message), _ = worker.ask("check", question.check, question.given)
        return str(status), str(message)[:1000]
    answers = {}
    for name in question.names:
        if name in question.functions:
            answers[name] = Remote(worker, name)
        else:
            answers[name], _ = worker.ask("value", name)
    if all(answer is ... for answer in answers.values()):
        raise NotImplementedError
    namespace = namespace_of(question, given) | answers
    grader, values, named = asked(question.check, namespace)
    report = grader(*values, **named)
    return report.status, report.message


def namespace_of(question, given):
    """The names that a test may use; made once per set of cells."""
    imports, *cells = question.given
    cells = (imports, *needed(cells, question.check))
    if cells not in given:
        given[cells] = {"__name__": "grader"}
        for code in cells:
            exec(code, given[cells])
    return given[cells]


def end_descendants():
    """Ends what a submission may have left running, wherever it hides."""
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                process.kill()


def as_cells(questions, answer):
    """A notebook of nothing but answers: `answer(question)` gives their code."""
    return [
        Cell("code", answer(question), f"{question.grade_id}-answer")
        for question in questions
    ]


def rehearsal(questions, root, limits):
    """Grades the solutions: names the exercises to be tested together.

    Raises `RuntimeError` where the solution of an exercise is not given its points.
    """
    together = []
    for _ in range(2):
        cells = as_cells(questions, lambda question: question.solution)
        process, channel = fork(grade_here, cells, questions, root, limits, together)
        results = received(channel, process)["results"]
        bad = [r for r in results if r["status"] not in ("correct", "by hand")]
        if not bad:
            return together
        together = [result["exercise"] for result in bad]
    reasons = "; ".join(f"{r['exercise']}: {r['message']}" for r in bad)
    raise RuntimeError(f"the solution is not graded right ({reasons})")


class Lessons:
    """What grading needs of each lesson, prepared when the first job needs it."""

    def __init__(self, course, limits):
        self.course, self.limits, self.known = course, limits, {}

    def __getitem__(self, name):
        if name not in self.known:
            questions = exercises(self.course.source(name))
            exec(questions[0].given[0], {"__name__": "imports"})  # for all to come
            together, problem = [], None
            try:
                together = rehearsal(questions, self.course.root, self.limits)
            except RuntimeError as error:
                problem = f"not graded: {error}"
            self.known[name] = (questions, together, problem)
        return self.known[name]


def grade_here(channel, *arguments):
    before = time.perf_counter()
    results = grade(*arguments)
    channel.send({"results": results, "seconds": time.perf_counter() - before})


def received(channel, process):
    """What a grader sends at its end; where it cannot, no results."""
    try:
        return channel.recv()
    except EOFError:
        return {"results": [], "problem": "the grader itself stopped on this one"}
    finally:
        channel.close()
        process.join()


def fork(function, *arguments):
    """Starts a function in a process; returns the process and the end to read."""
    ours, theirs = forked.Pipe(duplex=False)

    def begin():
        os.setpgid(0, 0)
        prctl(ADOPT_ORPHANS, 1)
        function(theirs, *arguments)

    process = forked.Process(target=begin, daemon=False)
    process.start()
    theirs.close()
    return process, ours


def longest(limits, exercises):
    """Seconds after which a grader itself must be stuck."""
    return 60 + limits.seconds * TIMES_SLOWER * (exercises + 1)


def serve(lines, write, course, limits, processes):
    """Grades all jobs, some at a time; writes each result as soon as it is there."""
    lessons, running = Lessons(course, limits), {}

    def begin(job, done):
        questions, together, _ = lessons[job["lesson"]]
        cells = [Cell(**facts) for facts in job["cells"]]
        place = (cells, questions, course.root, limits, together, len(done))
        process, channel = fork(grade_here, *place)
        deadline = time.monotonic() + longest(limits, len(questions) - len(done))
        running[channel] = job, done, process, deadline

    def finish(at_most):
        while len(running) > at_most:
            ready = wait(list(running), timeout=1)
            for channel, (_, _, process, deadline) in list(running.items()):
                if channel not in ready and time.monotonic() > deadline:
                    process.kill()  # its end closes the channel
            for channel in ready:
                job, done, process, _ = running.pop(channel)
                result = received(channel, process)
                done = [*done, *result["results"]]
                seconds = result.get("seconds", 0)
                job["seconds"] = job.get("seconds", 0) + seconds
                if "problem" not in result and len(done) < len(
                    lessons[job["lesson"]][0]
                ):
                    begin(job, done)
                    continue
                result |= {"id": job["id"], "results": done}
                write(result | {"seconds": job["seconds"]})

    for line in lines:
        job = json.loads(line)
        problem = lessons[job["lesson"]][2]
        if problem:
            write({"id": job["id"], "results": [], "problem": problem})
            continue
        finish(processes - 1)
        begin(job, [])
    finish(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--megabytes", type=float, required=True)
    parser.add_argument("--processes", type=int, required=True)
    options = parser.parse_args()
    results = os.fdopen(os.dup(1), "w", buffering=1)
    sys.stdout = io.StringIO()  # a cell of imports may print
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    importlib.import_module("utils.session").start()
    limits = Limits(options.seconds, options.megabytes)

    def write(result):
        results.write(json.dumps(result) + "\n")

    serve(sys.stdin, write, Course(options.root), limits, options.processes)


if __name__ == "__main__":
    main()
