"""Reads a submitted notebook, whatever wrote it, and finds the answers in it."""

import json
import re
import stat
from dataclasses import dataclass

from tools.lesson.copies import HEADING
from tools.lesson.questions import bound, definitions

LARGEST = 20 * 2**20  # bytes; a notebook of the course has 0.4 MB with its figures
CHECK = re.compile(r"^check(_answer)?\(", re.MULTILINE)


@dataclass
class Cell:
    kind: str  # "code" or "markdown"
    source: str
    grade_id: str = ""
    tags: tuple = ()
    said: str = ""  # what it had printed when it was saved


class Unreadable(ValueError):
    """A file is no notebook: why."""


def read(path):
    """Lists the cells of a notebook; raises `Unreadable`."""
    try:
        facts = path.lstat()
        if stat.S_ISLNK(facts.st_mode):
            raise Unreadable("it is a link to another file, which is not followed")
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable("it is not a file")
        if facts.st_size > LARGEST:
            raise Unreadable(f"it has more than {LARGEST // 2**20} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not text in UTF-8: {error.reason}") from None
    try:
        notebook = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"it is not valid JSON: {error}") from None
    except RecursionError:
        raise Unreadable("it is not valid JSON: nested too deeply") from None
    try:
        if "worksheets" in notebook:  # as notebooks were written before 2015
            raw = [c for sheet in notebook["worksheets"] for c in sheet["cells"]]
        else:
            raw = notebook["cells"]
        return [cell(facts) for facts in raw]
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"it is JSON, but no notebook: {error}") from None


def cell(facts):
    """One cell from its JSON, tolerant of what other tools leave out."""
    source = facts.get("source", facts.get("input", ""))
    source = source if isinstance(source, str) else "".join(map(str, source))
    metadata = facts.get("metadata") or {}
    nbgrader = metadata.get("nbgrader") or {}
    outputs = facts.get("outputs") or []
    printed = [out.get("text", "") for out in outputs if isinstance(out, dict)]
    printed = [text if isinstance(text, str) else "".join(text) for text in printed]
    return Cell(
        said="".join(printed)[:200],
        kind=str(facts.get("cell_type", "raw")),
        source=source.replace("\r\n", "\n"),
        grade_id=str(nbgrader.get("grade_id", "")),
        tags=tuple(map(str, metadata.get("tags") or ())),
    )


def lesson_of(path, cells, names):
    """The lesson that a notebook answers, by its cells, else by its name; or None."""
    text = "\n".join(c.source for c in cells if c.kind == "markdown")
    numbers = [int(number.split(".")[0]) for number in HEADING.findall(text)]
    numbers += [
        int(n) for c in cells for n in re.findall(r"^exercise-(\d+)-", c.grade_id)
    ]
    title = re.search(r"^# (\d+)\. ", text, re.MULTILINE)
    if numbers:
        number = max(set(numbers), key=numbers.count)
    elif title:
        number = int(title[1])
    else:
        digits = re.search(r"(?<!\d)(\d\d)(?!\d)", path.stem)
        number = int(digits[1]) if digits else -1
    return next((name for name in names if int(name[:2]) == number), None)


def sections(cells):
    """For each cell, the number of the exercise whose heading stands last before."""
    current, places = "", []
    for c in cells:
        if c.kind == "markdown":
            found = HEADING.findall(c.source)
            if found:
                current = found[-1]
            elif re.search(r"^## ", c.source, re.MULTILINE):
                current = ""
        places.append(current)
    return places


def chosen(cells, questions):
    """Finds the cell that answers each exercise: {exercise number: index or None}.

    By nbgrader's metadata, where it is; otherwise below the exercise's heading;
    otherwise anywhere, as long as the cell defines what the exercise asks for. Of
    several cells the last one counts that is not the untouched stub.
    """
    places = sections(cells)
    defines = [defined(c) for c in cells]
    found = {}
    for question in questions:
        wanted = set(question.names)
        others = [q for q in questions if q is not question and wanted & set(q.names)]

        def right(index, wanted=wanted):
            return wanted <= defines[index] and "check" not in cells[index].tags

        ids = (f"{question.grade_id}-answer", f"{question.grade_id}-experiment")
        everywhere = range(len(cells))
        marked = [i for i in everywhere if cells[i].grade_id in ids]
        below = [i for i in everywhere if places[i] == question.number and right(i)]
        anywhere = [] if others else [i for i in everywhere if right(i)]
        candidates = (marked + below) or anywhere
        changed = [i for i in candidates if not same(cells[i].source, question.stub)]
        found[question.number] = (changed or candidates or [None])[-1]
    return found


def defined(cell):
    if cell.kind != "code":
        return set()
    try:
        return set(bound(without_commands(cell.source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        names = re.findall(r"^(?:def\s+)?(\w+)\s*(?:\(|=(?!=))", cell.source, re.M)
        return set(names)


def same(code, other):
    return code.split() == other.split()


def without_commands(code):
    return re.sub(r"^[ \t]*[%!].*", "", code, flags=re.MULTILINE)


def extras(cells, found):
    """The definitions in the submission's code cells, one text per cell."""
    texts = []
    for c in cells:
        if c.kind == "code" and "google.colab" not in c.source:
            try:
                texts.append(definitions(without_commands(c.source)))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return texts


def written(cells, question, known=()):
    """What a learner wrote, in words, as the answer to an experiment.

    `known` holds the texts that the lesson has there itself.
    """
    places = sections(cells)
    texts = []
    for c, place in zip(cells, places, strict=True):
        if c.kind == "markdown" and c.grade_id == question.grade_id:
            texts.append(c.source.partition("reason that names its cause.")[2])
        elif c.kind == "markdown" and place == question.number:
            if not HEADING.search(c.source) and c.source.strip() not in known:
                texts.append(c.source)
    stub = re.compile(r"\*Your answer, in two or three sentences\.\*")
    return "\n\n".join(stub.sub("", text).strip() for text in texts).strip()


def experiment(cells, question):
    """A learner's experiment: its code, and what its check had said when saved."""
    codes, said = [], ""
    for c, place in zip(cells, sections(cells), strict=True):
        named = any(re.search(rf"\b{name}\b", c.source) for name in question.names)
        here = place == question.number
        marked = c.grade_id.startswith(question.grade_id)
        if c.kind == "code" and here and CHECK.search(c.source):
            said = c.said.strip()
        elif c.kind == "code" and (here and named or marked):
            codes.append(c.source)
    return "\n\n".join(codes), said
