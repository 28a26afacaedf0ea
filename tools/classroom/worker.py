"""Runs a submission's answers in a process of its own, and asks it for values.

The grader keeps tests and expected values; the process gets arguments and returns
results. So nothing that a submission does to its own process changes its grade.
"""

import ast
import builtins
import contextlib
import io
import linecache
import os
import pickle
import random
import resource
import signal
import socket
import time
import traceback
from dataclasses import dataclass

import numpy as np
import psutil

from tools.classroom.answers import chosen, extras, without_commands
from tools.classroom.fence import confine
from tools.classroom.messages import packed, receive, send, unpacked
from tools.lesson.questions import asked, needed
from utils import checks

TIMES_SLOWER = 6  # a busy machine may take so much longer than its CPU seconds


@dataclass
class Limits:
    seconds: float = 20  # of CPU, per exercise
    megabytes: float = 2048  # beyond what the imports take


class Stopped(BaseException):
    """The submission's process is gone: why. (No test may catch it.)"""


class CannotSend(BaseException):
    """An argument of a test exists in one process only, such as a Keras tensor."""


class Worker:
    """The grader's end: starts the process, asks, stops it."""

    def __init__(self, cells, questions, folder, root, limits):
        self.limits, self.attempts, self.socket = limits, [], None
        self.begin()
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            with contextlib.suppress(BaseException):
                ours.close()
                live(theirs, cells, questions, folder, root, limits)
                status = 0
            os._exit(status)
        theirs.close()
        self.socket, self.process = ours, psutil.Process(self.pid)

    def begin(self):
        """Starts the clock of one exercise."""
        self.since, self.used = time.monotonic(), self.cpu() if self.socket else 0

    def cpu(self):
        with contextlib.suppress(psutil.Error):
            times = self.process.cpu_times()
            return times.user + times.system
        return 0

    def watch(self):
        seconds = self.limits.seconds
        if self.cpu() - self.used > seconds:
            self.stop(f"it was still running after {seconds:g} seconds of CPU time")
        if time.monotonic() - self.since > seconds * TIMES_SLOWER:
            self.stop(f"it did not answer within {seconds * TIMES_SLOWER:g} seconds")

    def ask(self, *request):
        """Sends a request; returns (value, what it printed) or raises its error."""
        try:
            data = pickle.dumps(request)
        except Exception:
            raise CannotSend from None
        try:
            send(self.socket, data)
            answer = unpacked(receive(self.socket, self.watch))
            kind, value, printed, attempts = answer
        except (EOFError, OSError):
            self.stop(self.last_words())
        except Exception as error:
            self.stop(f"what it returned cannot be read: {str(error)[:200]}")
        self.attempts = list(attempts)
        if kind == "open":
            raise NotImplementedError
        if kind == "raised":
            raise same_error(*value)
        return value, printed

    def last_words(self):
        """Says how the process ended."""
        with contextlib.suppress(ChildProcessError):
            for _ in range(200):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid and os.WIFSIGNALED(status):
                    number = os.WTERMSIG(status)
                    if number == signal.SIGXCPU:
                        return "it used up its CPU time"
                    if number in (signal.SIGABRT, signal.SIGKILL):
                        return "it was killed, most likely for want of memory"
                    return f"it crashed ({signal.Signals(number).name})"
                if pid:
                    return f"it ended its process (exit {os.WEXITSTATUS(status)})"
                time.sleep(0.05)
        return "it closed its connection to the grader"

    def stop(self, reason=None):
        """Ends the process and whatever it has started; raises where it says why."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(self.pid, 0)
        self.socket.close()
        if reason:
            raise Stopped(reason)


class Remote:
    """A function that runs in the submission's process."""

    def __init__(self, worker, name):
        self.worker, self.__name__ = worker, name

    def __call__(self, *arguments, **named):
        value, printed = self.worker.ask("call", self.__name__, arguments, named)
        print(printed, end="")
        return value


def same_error(name, text):
    """An error of the same name, so that hints for known errors still fit."""
    known = getattr(builtins, str(name), None)
    if isinstance(known, type) and issubclass(known, Exception):
        with contextlib.suppress(TypeError):  # some want more than a text
            return known(str(text))
    return type(str(name)[:80], (Exception,), {})(str(text))


def live(channel, cells, questions, folder, root, limits):
    """The submission's end: runs definitions, then answers one request at a time."""
    os.setsid()
    with open(os.devnull, "r+b") as nowhere:
        for number in (0, 1, 2):
            os.dup2(nowhere.fileno(), number)
    channel = socket.socket(fileno=os.dup2(channel.fileno(), 3))
    os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0] & 0xFFFF)
    memory = limits.megabytes * 2**20
    seconds = limits.seconds * (len(questions) + 1)
    refused = confine(folder, root, memory, seconds)
    found = chosen(cells, questions)
    namespace = {"__name__": "__main__"}
    prepared = False
    while True:
        kind, *request = pickle.loads(receive(channel))
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                if not prepared:
                    prepare(namespace, cells, questions, found)
                    prepared = True
                value = respond(kind, request, found, namespace)
            reply = packed(("value", value, printed.getvalue()[:400], refused))
        except NotImplementedError:
            reply = packed(("open", None, "", refused))
        except BaseException as error:
            described = (type(error).__name__, description(error))
            reply = packed(("raised", described, "", refused))
        send(channel, reply)


def prepare(namespace, cells, questions, found):
    """Runs the source's imports and given cells, then the learner's definitions.

    A check that stands in a cell of the learner's has nothing to say here, where it
    could not read its definition.
    """
    checks.check = lambda *_, **__: None
    imports, *given = questions[0].given if questions else [""]
    answers = [cells[place].source for place in found.values() if place is not None]
    for number, code in enumerate([imports, *needed(given, *answers)]):
        exec(compile(code, f"<given {number}>", "exec"), namespace)
    for number, code in enumerate(extras(cells, found)):
        label = f"<cell {number}>"
        remember(code, label)
        for statement in ast.parse(code).body:  # one that fails costs no other
            with contextlib.suppress(Exception):
                exec(compile(ast.Module([statement], []), label, "exec"), namespace)


def respond(kind, request, found, namespace):
    if kind == "answer":  # run the cell that answers an exercise; was there one?
        code, number, names = request
        if code is None:
            return False
        for name in names:
            namespace.pop(name, None)
        random.seed(0)
        np.random.seed(0)
        run(code, f"<exercise {number}>", namespace)
        return True
    if kind == "find":
        return found
    if kind == "value":
        return namespace.get(request[0], ...)
    if kind == "call":
        name, arguments, named = request
        return namespace[name](*arguments, **named)
    if kind == "check":  # where arguments cannot be sent: the test runs here
        check, given = request
        for code in given:
            exec(code, namespace)
        grader, values, named = asked(check, namespace)
        report = grader(*values, **named)
        return (report.status, report.message)
    raise ValueError(f"unknown request {kind!r}")


def run(code, label, namespace):
    code = without_commands(code)
    remember(code, label)
    exec(compile(code, label, "exec"), namespace)


def remember(code, label):
    """Lets `description` quote a line of this code."""
    linecache.cache[label] = (len(code), None, code.splitlines(True), label)


def description(error):
    """The error's text and the learner's own line that led to it."""
    text = str(error.args[0] if isinstance(error, KeyError) else error)[:300]
    if isinstance(error, SystemExit):
        return f"{text} (a notebook must not end Python)".strip()
    if isinstance(error, MemoryError):
        text = text or "more memory than a submission may have"
    lines = [
        (number, linecache.getline(frame.f_code.co_filename, number).strip()[:80])
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(("<exercise", "<cell"))
    ]
    if not lines:
        return text
    return f"{text} (line {lines[-1][0]}: `{lines[-1][1]}`)"
