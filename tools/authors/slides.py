"""Makes slides of the lessons: `make slides [LESSON=05]`, then open `build/slides`.

nbconvert writes them for reveal.js (MIT licence), whose files lie in `reveal`:
neither making nor showing them needs a network. From the learner's copy comes a slide
for each heading, its figures below; the prose becomes the speaker's notes (press S).
A cell tagged `slide` in the source is shown as it stands, one tagged `no-slide` is not.
"""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from jinja2 import DictLoader
from nbconvert import SlidesExporter
from nbformat.v4 import new_markdown_cell

from tools.lesson.copies import Course, tags
from tools.lesson.running import COLOURS

LONGEST = 8  # lines of code that still can be read from the back row
WHOLE = ("Exercise", "What you learned")  # headings whose text is shown in full
HIDDEN = {"set-up", "quiz", "check", "no-slide", "exercise"}
TEMPLATE = """\
{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
.reveal { font-family: system-ui, sans-serif; font-size: 30px }
.reveal h1, .reveal h2 { font-family: inherit !important; letter-spacing: 0;
  text-transform: none !important; font-size: 1.5em !important; text-align: left }
.reveal .slides { text-align: left }
.reveal img, .reveal svg { width: 940px; height: 360px; margin: 0;
  object-fit: contain; object-position: left }
.reveal pre { font-size: .6em; width: 100%; box-shadow: none; margin: .3em 0 }
.reveal .jp-InputPrompt, .reveal .jp-OutputPrompt { display: none }
</style>
{%- endblock -%}
{%- block footer_js -%}
<script src="reveal/dist/reveal.js"></script>
<script src="reveal/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({ hash: true, slideNumber: true, transition: "none",
  width: 960, height: 700, center: false, plugins: [RevealNotes] });
</script>
{%- endblock -%}
"""


def slides(notebook):
    """The notebook of the slides: each cell says whether it begins one."""
    cells, code_shown, figure_shown = [], True, False
    for cell in notebook.cells:
        if "slide" in tags(cell):
            cells.append(placed(cell, "subslide"))
        elif cell.cell_type == "markdown":
            for text in re.split(r"^(?=#{1,2} )", cell.source, flags=re.MULTILINE):
                if text.startswith("#"):
                    cells += opening(text)
                    code_shown = figure_shown = False
                elif text.strip():
                    cells.append(note(text))
        elif not HIDDEN.intersection(tags(cell)):
            for figure in figures(cell):
                kind = "subslide" if figure_shown else "-"
                cells.append(placed(new_markdown_cell(figure), kind))
                figure_shown = True
            short = len(cell.source.splitlines()) <= LONGEST
            if short and not code_shown and "import " not in cell.source:
                cells.append(placed(new_markdown_cell(listing(cell)), "-"))
                code_shown = True
    notebook = nbformat.from_dict(notebook | {"cells": cells})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"slide-{number:03d}"
    return notebook


def placed(cell, kind):
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def note(text):
    return placed(new_markdown_cell(text), "notes")


def opening(text):
    """A new slide: the heading and one sentence; the rest are notes."""
    heading, _, body = text.partition("\n")
    body = body.strip()
    if heading.startswith("# "):
        body = body.split("\n\n")[0]
    if heading.startswith("## References"):
        return [note(text)]
    title = heading.lstrip("# ")
    if title.startswith(WHOLE):
        body = body.partition("\n\n[Solution](")[0]
        return [placed(new_markdown_cell(f"{heading}\n\n{body}"), "slide")]
    first, rest = sentence(body)
    found = [placed(new_markdown_cell(f"{heading}\n\n{first}"), "slide")]
    return [*found, note(rest)] if rest else found


def sentence(text):
    """Splits off the first sentence; "al." and a point in brackets end none."""
    for end in re.finditer(r"(?<!\bal)[.?!:](?=\s+[A-Z0-9*`\[]|\s*\Z)", text):
        first = text[: end.end()]
        if first.count("(") == first.count(")"):
            return first, text[end.end() :].strip()
    return text, ""


def figures(cell):
    """The pictures among a cell's outputs, as HTML."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            png = "".join(data["image/png"].split())
            found.append(f'<img alt="figure" src="data:image/png;base64,{png}">')
        elif "image/svg+xml" in data:
            found.append(data["image/svg+xml"])
    return found


def listing(cell):
    """Code, and what it printed, as Markdown."""
    printed = []
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        if "image/png" not in output.get("data", {}):
            printed += COLOURS.sub("", text).splitlines()[:LONGEST]
    shown = f"\n\n```text\n{chr(10).join(printed)}\n```" if printed else ""
    return f"```python\n{cell.source}\n```{shown}"


def html_of(notebook, title):
    """The page of the slides, which refers to nothing outside its folder."""
    exporter = SlidesExporter(
        extra_loaders=[DictLoader({"course.html.j2": TEMPLATE})],
        template_file="course.html.j2",
        reveal_url_prefix="reveal",
        reveal_theme="white",
    )
    notebook.metadata["title"] = title
    return exporter.from_notebook_node(notebook)[0]


def make(course, folder, names):
    """Writes the slides of each lesson and what they need; returns the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    reveal = Path(__file__).with_name("reveal")
    shutil.copytree(reveal, folder / "reveal", dirs_exist_ok=True)
    pages = []
    for name in names:
        notebook = nbformat.read(course.notebook(name), as_version=4)
        title = re.search(r"^# (.*)", notebook.cells[0].source)[1]
        pages.append(folder / f"{name}.html")
        pages[-1].write_text(html_of(slides(notebook), title), "utf-8")
    return pages


def main(arguments=None, course=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", default=os.environ.get("LESSON", ""))
    options = parser.parse_args(arguments)
    course = course or Course()
    names = course.names(options.lesson)
    for page in make(course, course.root / "build" / "slides", names):
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
