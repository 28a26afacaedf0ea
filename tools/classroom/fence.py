"""Keeps a submission's process within its limits and its folder.

Two fences, one behind the other. The first is Python's: an audit hook refuses what a
submission has no business doing, and remembers it for the report. It works anywhere
and can be got round by whoever tries hard. The second is the kernel's (Landlock, Linux
5.13 or newer): files outside the folder cannot be written, those of other learners
not be read, whatever the code does. `lessons/instructors.md` says what neither gives.
"""

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
import sysconfig
import tempfile
from pathlib import Path

FORBIDDEN = (
    "os.exec os.fork os.forkpty os.kill os.killpg os.posix_spawn os.spawn os.startfile "
    "os.system pty.spawn subprocess.Popen signal.pthread_kill resource.setrlimit "
    "resource.prlimit ctypes.dlopen ctypes.dlsym gc.get_objects gc.get_referrers"
).split()
FORBIDDEN_FAMILIES = ("socket.", "smtplib.", "urllib.", "http.", "ftplib.")
CHANGING = (
    "os.chflags os.chmod os.chown os.link os.mkdir os.remove os.rename os.rmdir "
    "os.setxattr os.symlink os.truncate os.utime sqlite3.connect shutil.rmtree"
).split()
LISTING = ("os.listdir", "os.scandir", "os.chdir")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/opt", "/sys", "/dev", "/proc")
SYSTEM += ("/System", "/Library")  # of macOS
TOOLS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
KILL_WITH_PARENT, ADOPT_ORPHANS, NO_NEW_PRIVILEGES = 1, 36, 38  # prctl


def readable(root):
    """Folders that a submission may read: Python, its packages, utils and data."""
    python = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()]
    course = [Path(root, "utils"), Path(root, "data")]
    folders = [os.path.realpath(path) for path in [*python, *course, *SYSTEM]]
    return sorted({folder for folder in folders if os.path.isdir(folder)})


def confine(folder, root, memory, seconds):
    """Applies all limits to this process; returns the list of refused attempts.

    `memory` is in bytes, beyond what the process has already; `seconds` are of CPU.
    """
    folder = os.path.realpath(folder)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = folder
    prctl(KILL_WITH_PARENT, signal.SIGKILL)
    limit(resource.RLIMIT_CPU, seconds)
    limit(resource.RLIMIT_FSIZE, 64 * 2**20)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, 256)
    limit(resource.RLIMIT_AS, address_space() + memory)
    allowed = readable(root)
    with contextlib.suppress(OSError):
        landlock(folder, allowed)
    refused = []
    sys.addaudithook(guard(folder, allowed, refused))
    return refused


def limit(kind, value):
    with contextlib.suppress(ValueError, OSError):  # a stricter one is there already
        resource.setrlimit(kind, (int(value), int(value)))


def address_space():
    """Bytes of address space in use; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def prctl(option, value):
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def guard(folder, allowed, refused):
    """Returns the audit hook, which raises PermissionError and takes a note."""

    def refuse(what, path=""):
        # Python itself looks at the grader's modules when it words a traceback.
        own = within(path, [TOOLS])
        if len(refused) < 20 and what not in refused and not own:
            refused.append(what)
        raise PermissionError(f"A graded notebook may not {what}.")

    def within(path, folders):
        path = os.path.realpath(os.fsdecode(path))
        return any(path == f or path.startswith(f + os.sep) for f in folders)

    def hook(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, int) or path in ("/dev/null", b"/dev/null"):
                return
            if mode and set("wax+") & set(mode) or (flags or 0) & WRITING:
                if not within(path, [folder]):
                    refuse(f"write {os.path.realpath(os.fsdecode(path))}")
            elif not within(path, [folder, *allowed]):
                refuse(f"read {os.fsdecode(path)}", path)
        elif event in CHANGING:
            both = event in ("os.rename", "os.link", "os.symlink")
            for path in arguments[event == "os.symlink" : 1 + both]:
                if isinstance(path, (str, bytes)) and not within(path, [folder]):
                    refuse(f"change {os.fsdecode(path)}")
        elif event in LISTING:
            path = arguments[0] if arguments else None
            if isinstance(path, (str, bytes)) and not within(path, [folder, *allowed]):
                refuse(f"look into {os.fsdecode(path)}")
        elif event in FORBIDDEN or event.startswith(FORBIDDEN_FAMILIES):
            refuse(f"use {event}")

    return hook


def landlock(folder, allowed):
    """Lets this process, and all it starts, write `folder` only. Raises OSError."""
    if sys.platform != "linux":
        raise OSError("Landlock is Linux's.")
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number, *arguments):
        result = libc.syscall(number, *arguments)
        if result < 0:
            raise OSError(ctypes.get_errno(), "Landlock is not available.")
        return result

    version = call(444, None, 0, 1)
    execute, read = 1 << 0, (1 << 2) | (1 << 3)
    last = 12 + (version >= 2) + (version >= 3) + (version >= 5)
    everything = (1 << (last + 1)) - 1
    network = 3 if version >= 4 else 0  # neither bind nor connect
    attributes = struct.pack("<QQ", everything, network)[: 16 if network else 8]
    ruleset = call(444, attributes, len(attributes), 0)
    rules = [(path, read | execute) for path in allowed]
    for path, access in [*rules, (folder, everything), ("/dev/null", 1 << 1 | 1 << 2)]:
        place = os.open(path, os.O_PATH)
        call(445, ruleset, 1, struct.pack("<Qi", access, place), 0)
        os.close(place)
    prctl(NO_NEW_PRIVILEGES, 1)
    call(446, ruleset, 0)
    os.close(ruleset)
