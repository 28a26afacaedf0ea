"""How far the numbers of two outputs differ, where their words are the same.

A number that comes out of a training is never the same on every processor. A cell that
shows one carries a tag such as `moves-0.05`: each number may move by 0.05 (of 1; of a
percentage, by 5 points), and the rest of the text may not move at all.
"""

import re

TAG = re.compile(r"moves-(\d+(?:\.\d+)?)")
NUMBER = re.compile(
    r"(?<![\w.])[-−]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?(\s?%)?"
)
PICTURES = ("image/png", "image/svg+xml", "application/")


def tolerance(tags):
    """The tolerance that a cell's tags state; None where they state none."""
    stated = [float(found[1]) for tag in tags if (found := TAG.fullmatch(tag))]
    return stated[0] if stated else None


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
        * (0.01 if found[1] else 1)
        for found in NUMBER.finditer(text)
    ]


def words(text):
    """A text with `#` for each number, and without the blanks that fill columns."""
    text = NUMBER.sub(lambda found: "#%" if found[1] else "#", text)
    return re.sub(r"(?<=[\[(]) | (?=[\])])", "", " ".join(text.split()))


def largest_move(old, new):
    """Compares the outputs of a cell from two runs.

    Returns:
        The largest difference of two numbers; infinity where words, kinds of output,
        or the count of numbers differ.
    """
    largest = 0.0
    old, new = texts(old), texts(new)
    if [kind for kind, _ in old] != [kind for kind, _ in new]:
        return float("inf")
    for (_, before), (_, after) in zip(old, new, strict=True):
        if before == after:
            continue
        if words(before) != words(after):
            return float("inf")
        pairs = zip(numbers(before), numbers(after), strict=True)
        largest = max([largest, *(abs(a - b) for a, b in pairs)])
    return round(largest, 6)
