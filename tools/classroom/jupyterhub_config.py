"""A JupyterHub on this machine, for trying the course with nbgrader's exchange.

    .venv/bin/jupyterhub --config tools/classroom/jupyterhub_config.py

It listens on the loopback address only. Everybody logs in with the password below, and
all servers run as you: lines marked LOCAL must go on a hub for others.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("COURSE_HUB", ROOT / "build" / "hub")).resolve()
COURSE = Path(os.environ.get("COURSE_ASSIGNMENTS", ROOT / "build" / "assignments"))
PORT = int(os.environ.get("COURSE_HUB_PORT", 8000))
INSTRUCTOR = "instructor"
BIN = Path(sys.executable).parent

NBGRADER = """\
c = get_config()
c.Exchange.root = {exchange!r}
c.CourseDirectory.course_id = "segmentation"
c.ExchangeCollect.check_owner = False  # LOCAL: all files belong to one user
"""
LEARNER = """\
c.CourseDirectory.student_id = {name!r}  # LOCAL: the system knows one user only
"""
TEACHER = """\
from tools.classroom.assignments import configure
configure(c)
c.CourseDirectory.root = {course!r}
"""

exchange = FOLDER / "exchange"
exchange.mkdir(parents=True, exist_ok=True)
exchange.chmod(0o777)  # as nbgrader wants it
os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])

c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.command = [str(BIN / "configurable-http-proxy")]
c.JupyterHub.db_url = f"sqlite:///{FOLDER}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
c.JupyterHub.authenticator_class = "dummy"  # LOCAL
c.DummyAuthenticator.password = os.environ.get("COURSE_HUB_PASSWORD", "course")
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"  # LOCAL
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "home" / "{username}")
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.args = ["--allow-root"] if os.getuid() == 0 else []
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}  # show progress at once
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # on a busy machine
c.Spawner.default_url = "/lab"
c.Spawner.environment = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "COURSE_DATA": "sample",
    "COURSE_WEIGHTS": "embedded",
}


def prepare(spawner):
    """Gives a user a home with nbgrader's settings in it."""
    home = FOLDER / "home" / spawner.user.name
    settings = home / ".jupyter"
    settings.mkdir(parents=True, exist_ok=True)
    text = NBGRADER.format(exchange=str(exchange))
    if spawner.user.name == INSTRUCTOR:
        text += TEACHER.format(course=str(COURSE))
        spawner.notebook_dir = str(COURSE)  # where Formgrader looks for the course
    else:
        text += LEARNER.format(name=spawner.user.name)
    (settings / "nbgrader_config.py").write_text(text, "utf-8")


c.Spawner.pre_spawn_hook = prepare

if token := os.environ.get("COURSE_HUB_TOKEN"):  # for the test of this file
    c.JupyterHub.services = [{"name": "test", "api_token": token}]
    scopes = ["admin:users", "admin:servers", "access:servers"]
    c.JupyterHub.load_roles = [{"name": "test", "services": ["test"], "scopes": scopes}]
