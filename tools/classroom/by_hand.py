"""The points that a person gives: `by_hand.csv`, filled in and read again."""

import csv
import io
import os
from pathlib import Path

COLUMNS = ["student", "exercise", "points", "of", "comment"]


def entered(path):
    """Points that a person has entered: {(student, exercise): row}."""
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        text = file.read()
    comma = ";" if ";" in text.partition("\n")[0] else ","  # as some Excels save it
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=comma))
    if rows and not set(COLUMNS) <= set(rows[0]):
        raise SystemExit(f"{path} must have the columns {', '.join(COLUMNS)}.")
    return {(row["student"], row["exercise"]): row for row in rows}


def enter(best, rows):
    """Adds a person's points to the results."""
    for student, works in best.items():
        for work in works.values():
            for result in work.results:
                row = rows.get((safe(student), result["exercise"]))
                if result["status"] != "by hand" or not row or not row["points"]:
                    continue
                try:
                    points = float(row["points"].replace(",", "."))
                except ValueError:
                    points = -1
                if not 0 <= points <= result["of"]:
                    raise SystemExit(
                        f"by_hand.csv: the points of {student}, {result['exercise']} "
                        f"must be 0 to {result['of']:g}. Received: {row['points']!r}."
                    )
                comment = row["comment"] or "Read."
                result |= {"points": points, "status": "read", "message": comment}


def listed(path, best, rows):
    """Lists what is to be read; whatever was entered stays."""
    rows = dict(rows)
    for student, works in best.items():
        for work in works.values():
            for result in work.results:
                if result["status"] in ("by hand", "read"):
                    facts = [safe(student), result["exercise"], "", result["of"], ""]
                    row = dict(zip(COLUMNS, facts, strict=True))
                    rows.setdefault((safe(student), result["exercise"]), row)
    lines = [COLUMNS, *[[row[name] for name in COLUMNS] for row in rows.values()]]
    write(path, csv_text(lines))


def safe(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def csv_text(rows):
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue()


def write(path, text):
    """Puts a file into place whole."""
    part = Path(f"{path}.part")
    part.write_text(text, "utf-8", newline="")
    os.replace(part, path)
