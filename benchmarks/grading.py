"""How fast is a class graded, and does memory grow with it?

    python -m benchmarks.grading [--learners 60]

A simulated class (right, wrong and hostile notebooks of `tests/classroom.py`, in turn)
is graded with one process and with two; then thirds of it, to see the memory.
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests import classroom
from tools.classroom.grading import Grading
from tools.lesson.copies import Course

SECONDS = 5  # of CPU, after which an endless loop is stopped


class Peak(threading.Thread):
    """Watches the memory of this process and all that it starts, in MB."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended, self.megabytes = threading.Event(), 0

    def run(self):
        me = psutil.Process()
        while not self.ended.wait(0.5):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:  # pages that processes share are divided among them, on Linux
                    memory = process.memory_full_info()
                    total += getattr(memory, "pss", memory.uss)
                except psutil.Error:
                    continue
            self.megabytes = max(self.megabytes, total / 2**20)


def grade(folder, processes):
    """Grades a folder; returns seconds, peak memory in MB, points of all learners."""
    grading = Grading(Course(), folder, [classroom.LESSON[:2]])
    peak = Peak()
    peak.start()
    began = time.perf_counter()
    grading.run(SECONDS, 2048, processes)
    seconds = time.perf_counter() - began
    peak.ended.set()
    peak.join()
    points = [sum(r["points"] for r in work.results) for work in grading.works]
    return seconds, peak.megabytes, points


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=60)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder, str(third)) for third in (1, 2, 3)]
        course, learners = Course(), classroom.LEARNERS
        for number in range(options.learners):
            learner = learners[number % len(learners)]
            for third, home in enumerate(homes, start=1):
                if number < options.learners * third // 3:
                    place = home / f"{number:03d}"
                    classroom.hand_in(learner, course, classroom.LESSON, place)
        print("notebooks  processes  seconds  per minute  peak memory")
        runs = {}
        for home, processes in [(homes[2], 1), *[(home, 2) for home in homes]]:
            seconds, megabytes, points = grade(home, processes)
            rate = 60 * len(points) / seconds
            runs[len(points), processes] = rate, megabytes, points
            print(f"{len(points):9}{processes:11}{seconds:9.0f}", end="")
            print(f"{rate:12.0f}{megabytes:10.0f} MB", flush=True)
    one, _, ones = runs[options.learners, 1]
    two, large, twos = runs[options.learners, 2]
    small = runs[options.learners // 3, 2][1]
    print(f"Two processes grade {two / one:.2f} times as many as one.")
    print(f"Three times the learners take {large / small:.2f} times the memory.")
    print("The grades are the same." if ones == twos else "THE GRADES DIFFER.")


if __name__ == "__main__":
    main()
