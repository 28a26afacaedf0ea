"""Shows which exercises you have solved: `make progress`.

It reads what the checks said last in the notebooks that you have saved; nothing is run
and nothing is sent. What was solved once stays so, in `build/progress.json`, even if
the notebook is renewed.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from tools.lesson.copies import HEADING, Course

MARKS = {"solved": "●", "not yet right": "◐", "not attempted": "○", "not run": "○"}


def exercises_of(path):
    """Pairs (exercise number, state) of a saved notebook, in order."""
    found, number = {}, None
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and HEADING.search(source):
            number = HEADING.findall(source)[-1]
        elif number and re.search(r"^check(_answer)?\(", source, re.MULTILINE):
            found[number] = state(cell.get("outputs", []))
    return found


def state(outputs):
    """What a check said: one of the keys of `MARKS`."""
    text = "".join("".join(output.get("text", "")) for output in outputs)
    if text.startswith("Correct"):
        return "solved"
    if not text:
        return "not run"
    return "not attempted" if text.startswith("Not attempted") else "not yet right"


def gather(course, folder, kept):
    """States of all exercises: {lesson: {number: state}}; `kept` were solved before."""
    lessons = {}
    for name in course.names():
        path = folder / f"{name}.ipynb"
        if path.is_file():
            try:
                found = exercises_of(path)
            except (ValueError, KeyError, TypeError):
                print(f"{path.name} cannot be read; it is left out.")
                continue
            before = dict.fromkeys(set(kept.get(name, [])) & set(found), "solved")
            lessons[name] = found | before
    return lessons


def shown(course, lessons):
    """The table, one line per lesson, and where to go on."""
    lines, total, done = [], 0, 0
    for name, found in lessons.items():
        title = re.search(r"^# \d+\. (.*)", course.page(name).read_text("utf-8"))[1]
        solved = sum(word == "solved" for word in found.values())
        total, done = total + len(found), done + solved
        marks = "".join(MARKS[word] for word in found.values())
        lines.append(f"{name[:2]}  {marks:8} {solved} of {len(found)}  {title}")
    lines.append(f"\n{done} of {total} exercises solved.  ● right  ◐ not yet  ○ open")
    for name, found in lessons.items():
        for number, word in found.items():
            if word != "solved":
                return "\n".join([*lines, go_on(course, name, number, word)])
    return "\n".join([*lines, "All of them. Well done."])


def go_on(course, name, number, word):
    solved = course.notebook(name, "solved").relative_to(course.root)
    return (
        f"Next: exercise {number} ({word}) in notebooks/{name}.ipynb. "
        f"If you are stuck, its solution is in {solved}."
    )


def main(arguments=None, course=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="default: notebooks")
    options = parser.parse_args(arguments)
    course = course or Course()
    memory = course.root / "build" / "progress.json"
    kept = json.loads(memory.read_text("utf-8")) if memory.is_file() else {}
    lessons = gather(course, options.folder or course.root / "notebooks", kept)
    for name, found in lessons.items():
        solved = [number for number, word in found.items() if word == "solved"]
        kept[name] = sorted(set(kept.get(name, [])) | set(solved))
    memory.parent.mkdir(exist_ok=True)
    memory.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    print(shown(course, lessons))
    return 0


if __name__ == "__main__":
    sys.exit(main())
