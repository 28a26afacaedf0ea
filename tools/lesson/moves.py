"""How far the numbers of two outputs differ, where their words are the same.

A number that comes out of a training is never the same on every processor. A cell that
shows one carries a tag such as `moves-0.05`: each number may move by 0.05 (of 1; of a
percentage, by 5 points), and the words around the numbers may not change at all. The
tags `clock` and `race` are for seconds, speeds and what threads made of a race, whose
numbers are never compared, and `drawing` for what the program `dot` lays out.
"""

import math
import re

MOVES = re.compile(r"moves-(\d+(?:\.\d+)?)")
LOOSE = ("clock", "drawing", "race")
NUMBER = re.compile(
    r"(?<![\w.])[-−]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?(?P<part>\s?%)?"
)
PICTURES = ("image/", "application/")


def tolerance(tags):
    """How far the numbers of a cell may move; None where they must be the same."""
    stated = [float(found[1]) for tag in tags if (found := MOVES.fullmatch(tag))]
    if len(stated) + len(set(tags).intersection(LOOSE)) > 1:
        raise ValueError(f"A cell must state one tolerance. Received: {tags}.")
    return math.inf if set(tags).intersection(LOOSE) else (stated or [None])[0]


def texts(outputs):
    """Everything that a learner reads in the outputs of a cell: pairs (kind, text)."""
    found = []
    for output in outputs:
        if output["output_type"] == "stream":
            found.append((output["name"], output["text"]))
        elif output["output_type"] == "error":
            found.append(("error", f"{output['ename']}: {output['evalue']}"))
        for kind, text in output.get("data", {}).items():
            if not kind.startswith(PICTURES):
                found.append((kind, text))
    return found


def numbers(text):
    """The numbers in a text; a percentage as a part of 1."""
    return [
        float(found[0].rstrip("% \xa0").replace(",", "").replace("−", "-"))
        * (0.01 if found["part"] else 1)
        for found in NUMBER.finditer(text)
    ]


def words(text):
    """A text with `#` for each number, and without the blanks that fill columns."""
    text = NUMBER.sub(lambda found: "#%" if found["part"] else "#", text)
    return re.sub(r"(?<=[\[(]) | (?=[\])])", "", " ".join(text.split()))


def largest_move(old, new):
    """Compares the outputs of one cell from two runs.

    Returns:
        The largest difference of two numbers; None where words, kinds of output, or
        the count of numbers differ.
    """
    largest = 0.0
    old, new = texts(old), texts(new)
    if [kind for kind, _ in old] != [kind for kind, _ in new]:
        return None
    for (_, before), (_, after) in zip(old, new, strict=True):
        if words(before) != words(after):
            return None
        pairs = list(zip(numbers(before), numbers(after), strict=True))
        largest = max([largest, *(abs(a - b) for a, b in pairs)])
    return round(largest, 6)


def complaint(old, new, allowed):
    """Says why new outputs are not the committed ones, give or take; "" if they are."""
    move = largest_move(old, new)
    if move is not None and move <= allowed + 1e-9:
        return ""
    shown = [" ".join(text for _, text in texts(side)).strip() for side in (old, new)]
    what = "its words changed" if move is None else f"a number moved by {move:g}"
    return f"{what} ({allowed:g} allowed)\n- {shown[0]}\n+ {shown[1]}"
