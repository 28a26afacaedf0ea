"""The hub of `jupyterhub_config.py`, from release to grade: an instructor and two
learners, each in a server of their own, through nbgrader's own pages."""

import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest

from tiny import NAME, make_course
from tools.classroom.assignments import make
from tools.lesson.copies import Course
from tools.lesson.questions import exercises

MISSING = [
    name
    for name in ("jupyterhub", "nbgrader", "configurable_http_proxy")
    if not importlib.util.find_spec(name)
]
pytestmark = pytest.mark.skipif(
    bool(MISSING) or os.name == "nt",
    reason=f"needs Linux or macOS and {', '.join(MISSING) or 'JupyterHub'}: "
    "pip install -r requirements-dev.txt",
)


class Hub:
    """A hub of its own folder and ports, and requests to it."""

    def __init__(self, folder, course):
        self.token, self.port = secrets.token_hex(16), free_ports()
        self.home = folder / "home"
        settings = {
            "COURSE_HUB": folder,
            "COURSE_ASSIGNMENTS": course.root / "build" / "assignments",
            "COURSE_HUB_PORT": self.port,
            "COURSE_HUB_TOKEN": self.token,
            "PYTHONPATH": course.root,
        }
        config = course.root / "tools" / "classroom" / "jupyterhub_config.py"
        command = [sys.executable, "-m", "jupyterhub", "--config", config]
        self.log = open(folder / "log.txt", "w+")
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=self.log,
            stderr=self.log,
            env=os.environ | {key: str(value) for key, value in settings.items()},
        )

    def request(self, path, method="GET", **body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
            data=json.dumps(body).encode() if method == "POST" else None,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def wait_for(self, path, ready=lambda answer: True):
        for _ in range(900):
            if self.process.poll() is not None:
                break
            try:
                answer = self.request(path)
                if ready(answer):
                    return answer
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"{path} did not answer.\n{self.said()}")

    def said(self):
        self.log.seek(0)
        return self.log.read()[-4000:]

    def begin(self, user):
        self.request(f"/hub/api/users/{user}", "POST")
        self.request(f"/hub/api/users/{user}/server", "POST")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


def free_ports():
    """The first of three ports in a row that nobody uses."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            for number in (port + 1, port + 2):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
        except OSError:
            continue
        return port


@pytest.fixture
def hub(tmp_path):
    root = make_course(tmp_path / "course")
    course = Course(root)
    make(course, root / "build" / "assignments", [NAME])
    (tmp_path / "hub").mkdir()
    hub = Hub(tmp_path / "hub", course)
    try:
        yield hub, course
    finally:
        hub.stop()


def work(path, question, code):
    """A learner fills in one answer."""
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        marked = cell.metadata.get("nbgrader", {}).get("grade_id")
        if marked == f"{question.grade_id}-answer":
            cell.source = code
    nbformat.write(notebook, path)


def test_release_fetch_submit_collect_autograde(hub):
    hub, course = hub
    hub.wait_for("/hub/api/")
    for user in ("instructor", "ann", "bob"):
        hub.begin(user)
    for user in ("instructor", "ann", "bob"):
        hub.wait_for(f"/hub/api/users/{user}", lambda facts: facts["server"])
    formgrader = "/user/instructor/formgrader/api"

    def manage(action):
        done = hub.request(f"{formgrader}/{action}", "POST")
        assert isinstance(done, dict) and done["success"], (done, hub.said())

    manage(f"assignment/{NAME}/release")
    question = exercises(course.source(NAME))[1]
    facts = {"course_id": "segmentation", "assignment_id": NAME}
    for user, code in (("ann", question.solution), ("bob", question.stub)):
        listed = hub.request(f"/user/{user}/assignments?course_id=segmentation")
        assert [item["assignment_id"] for item in listed["value"]] == [NAME]
        assert hub.request(f"/user/{user}/assignments/fetch", "POST", **facts)[
            "success"
        ]
        fetched = hub.home / user / NAME / f"{NAME}.ipynb"
        assert "hidden=" not in fetched.read_text("utf-8")
        work(fetched, question, code)
        assert hub.request(f"/user/{user}/assignments/submit", "POST", **facts)[
            "success"
        ]
    manage(f"assignment/{NAME}/collect")
    for user, points in (("ann", question.points), ("bob", 0)):
        manage(f"submission/{NAME}/{user}/autograde")
        graded = hub.request(f"{formgrader}/submission/{NAME}/{user}")
        assert graded["autograded"] and graded["code_score"] == points, graded
