"""Rules of STYLE as functions: each returns a list of problems, empty where kept."""

import ast
import json
import math
import re
import statistics
from pathlib import Path

import nbformat

from tools.authors.build import outputs
from tools.lesson.copies import SOLUTION_MARKER, parsed, tags
from tools.lesson.moves import texts, tolerance
from tools.lesson.questions import bound_anywhere

BANNED = re.compile(
    r"\b(simply|just|easy|obviously|clearly|of course|note that|as we can see|"
    r"deconvolution|TODO)\b",
    re.IGNORECASE,
)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
SECTIONS = (
    "Questions",
    "You will be able to",
    "Common mistakes",
    "For instructors",
    "Key points",
    "References",
)
DEFINING = re.compile(
    r"\b(?:cases|reference|expected|mistakes|hint|hidden)=|\bcheck_answer\b|### BEGIN"
)
PRINTING = ("checks", "plotting")  # rooms that speak to the learner
MOST_CODE = 400  # lines of a module; what explains them is not counted
DOCSTRING_ORDER = ("Args:", "Returns:", "Raises:", "Example:", "Reference:")

LINE_MAGIC = r"^\s*[!%]"  # as in the build's set-up cell, and nowhere else
# What makes an output depend on a training, or on the clock.
TRAINERS = ("fit", "window_classifier")
CLOCKS = ("perf_counter", "compare")

MOST_SECONDS, MOST_CELL_SECONDS = 90, 40  # as measured when a notebook is built


def names(root):
    """Every lesson has source, both copies, page and quiz, and the reverse."""
    root = Path(root)
    folders = [p for p in root.glob("lessons/*") if p.name != "figures" and p.is_dir()]
    parts = {
        "source": {p.name for p in folders if (p / "notebook.py").is_file()},
        "learner's copy": {p.stem for p in root.glob("notebooks/*.ipynb")},
        "solved copy": {p.stem for p in root.glob("notebooks/solutions/*.ipynb")},
        "page": {p.name for p in folders if (p / "README.md").is_file()},
        "quiz": {p.name for p in folders if (p / "quiz.json").is_file()},
    }
    everything = set().union(*parts.values())
    problems = [
        f"{name} has no {part}"
        for part, stems in parts.items()
        for name in sorted(everything - stems)
    ]
    wrong = [n for n in everything if not re.fullmatch(r"\d\d_[a-z0-9_]+", n)]
    return problems + [f"{name} is not named NN_slug" for name in sorted(wrong)]


def prose(text):
    """Text without code, links' addresses and formulas in dollars."""
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`|\$[^$]*\$|<!--.*?-->", " ", text, flags=re.DOTALL)
    return LINK.sub(lambda link: link[2], text)


def banned_words(text):
    return [f"says {word[0]!r}" for word in BANNED.finditer(prose(text))]


def code_lines(cell):
    code = SOLUTION_MARKER.sub("", cell.source)
    return sum(bool(line.strip()) for line in code.splitlines())


def source(path):
    """Rules for the source of a notebook."""
    cells = parsed(path)
    return [
        *structure(cells, path.parent.name),
        *code_cells(cells),
        *training(cells),
        *words(cells),
        *exercise_headers(cells, path.parent.name),
    ]


def structure(cells, name):
    problems = []
    title = cells[0].source
    if not re.match(rf"# {int(name[:2])}\. \S.*\n\nYou will ", title):
        problems.append("its first cell is not `# N. Title` and `You will …`")
    if cells[0].cell_type != "markdown" or cells[1].cell_type != "code":
        problems.append("its first two cells are not the title and the imports")
    headings = [
        line[3:]
        for cell in cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    if headings[-2:] != ["What you learned", "References"]:
        problems.append("it does not end in `## What you learned`, `## References`")
    if headings and headings[0].startswith("Exercise"):
        problems.append("an exercise stands before the first section")
    if sum("headline" in tags(cell) for cell in cells) != 1:
        problems.append("not exactly one cell is tagged headline")
    return problems


def code_cells(cells):
    problems = []
    code = [cell for cell in cells if cell.cell_type == "code"]
    short = [cell for cell in code[1:] if "check" not in tags(cell)]
    lengths = [code_lines(cell) for cell in short]
    if statistics.median(lengths) > 6:
        problems.append(f"its code cells have {statistics.median(lengths)} lines")
    for cell, length in zip(short, lengths, strict=True):
        if length > 25:
            problems.append(f"a code cell has {length} lines: {cell.source[:50]!r}")
    imports = (ast.Import, ast.ImportFrom)
    for cell in code:
        if re.search(LINE_MAGIC, cell.source, re.MULTILINE):
            problems.append("a code cell uses line magics")
            continue
        nodes = ast.walk(ast.parse(cell.source))
        free = cell is code[0] or "check" in tags(cell)
        if not free and any(isinstance(node, imports) for node in nodes):
            problems.append(f"a cell after the first imports: {cell.source[:50]!r}")
        for word in ("sys.path", "matplotlib", "plt.", "get_ipython"):
            if word in cell.source:
                problems.append(f"a code cell uses {word}")
    return problems + idle_imports(code)


def idle_imports(code):
    """What the first cell imports is for learners, not for the checks alone."""
    rest = [c.source for c in code[1:] if "check" not in tags(c)]
    words = set(re.findall(r"\w+", "\n".join(rest))) | {"check"}
    return [
        f"its first cell imports {name}, which no cell but a check uses"
        for statement in ast.parse(code[0].source).body
        for alias in getattr(statement, "names", [])
        for name in [(alias.asname or alias.name).partition(".")[0]]
        if name not in words
    ]


def training(cells):
    """Models are seeded; what trains states how far it moves, and is asserted."""
    problems = []
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    before, fits, _ = code.partition(".fit(")
    if fits and "keras.utils.set_random_seed(" not in before:
        problems.append("it fits a model before `keras.utils.set_random_seed`")
    section, trained, asserted = "", False, False
    for cell in [*cells, nbformat.v4.new_markdown_cell("## End")]:
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^## (.*)", cell.source, re.MULTILINE):
                if trained and not asserted:
                    problems.append(f"section {section!r} trains and asserts nothing")
                section, trained, asserted = heading, False, False
        else:
            stated = tolerance(tags(cell))
            shows = {"exercise", "headline"}.intersection(tags(cell))
            trained |= stated not in (None, math.inf) and not shows
            asserted |= "assert" in cell.source
            if "nbval-ignore-output" in tags(cell):
                problems.append(f"nothing compares the cell {cell.source[:50]!r}")
    for cell in downstream(cells, *CLOCKS):
        if re.search(r"^assert ", cell.source, re.MULTILINE):
            problems.append(f"a cell asserts a time: {cell.source[:50]!r}")
    return problems


def downstream(cells, *origins):
    """The code cells whose values come from a call of one of `origins`, in order.

    Follows names from statement to statement; a function that calls an origin is one.
    """
    origins, names, found = set(origins), set(), []
    for cell in cells:
        if cell.cell_type != "code" or re.search(LINE_MAGIC, cell.source, re.MULTILINE):
            continue
        for statement in ast.parse(cell.source).body:
            used = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
            called = {
                getattr(n.func, "attr", getattr(n.func, "id", None))
                for n in ast.walk(statement)
                if isinstance(n, ast.Call)
            }
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                if called & origins:
                    origins.add(statement.name)
                elif used & names:
                    names.add(statement.name)
            elif called & origins or used & names:
                names |= assigned(statement) | subjects(statement, origins)
                found += [] if cell in found[-1:] else [cell]
    return found


def assigned(statement):
    """Names that a statement binds or changes, but for the variables of its loops."""
    names = set()
    for node in ast.walk(statement):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        loop = isinstance(node, (ast.For, ast.comprehension))
        for target in [] if loop else filter(None, targets):
            names |= bound_anywhere(f"{ast.unparse(target)} = 0")
    return names


def subjects(statement, origins):
    """Names of what an origin is called on or given: `model` in `model.fit(data)`."""
    calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call)]
    places = [n.func.value for n in calls if getattr(n.func, "attr", "") in origins]
    places += [a for n in calls if getattr(n.func, "id", "") in origins for a in n.args]
    return {place.id for place in places if isinstance(place, ast.Name)}


def words(cells):
    problems = []
    markdown = [cell.source for cell in cells if cell.cell_type == "markdown"]
    count = sum(len(text.split()) for text in markdown)
    code = sum(c.cell_type == "code" and "check" not in tags(c) for c in cells)
    if not 40 <= count / code <= 100:
        problems.append(f"it has {count / code:.0f} words of prose per code cell")
    for text in markdown:
        if not re.sub(r"^#.*$", "", text, flags=re.MULTILINE).strip():
            problems.append(f"a cell is a heading only: {text!r}")
        problems += banned_words(text)
    return problems


def exercise_headers(cells, name):
    problems = []
    lesson = int(name[:2])
    numbers = []
    for before, cell in zip(cells, cells[1:], strict=False):
        if "exercise" not in tags(cell):
            continue
        number = len(numbers) + 1
        numbers.append(number)
        if "### BEGIN SOLUTION" not in cell.source:
            problems.append(f"exercise {lesson}.{number} has no solution block")
        while before.cell_type != "markdown":
            before = cells[cells.index(before) - 1]
        if f"## Exercise {lesson}.{number}: " not in before.source:
            problems.append(f"exercise {lesson}.{number} has no header of its own")
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.FunctionDef) and not ast.get_docstring(node):
                problems.append(f"exercise {lesson}.{number}: no docstring")
    if len(numbers) < 3:
        problems.append(f"it has {len(numbers)} exercises, not three")
    if sum("exercise" in tags(c) for c in cells) != sum(
        "check" in tags(c) for c in cells
    ):
        problems.append("not every exercise has one check cell")
    return problems


def built(path):
    """Rules for a generated notebook: size, time, outputs."""
    problems = []
    size = path.stat().st_size
    if size > 400 * 1024:
        problems.append(f"it has {size // 1024} KB, more than 400")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    course = notebook.metadata["course"]
    if course["seconds"] > MOST_SECONDS or course["longest_cell"] > MOST_CELL_SECONDS:
        problems.append(f"it takes too long: {dict(course)}")
    counts = [count for count, _ in outputs(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        problems.append("its cells were not all run in order")
    problems += definitions_shown(notebook)
    solved = path.parent.name == "solutions"
    for cell in notebook.cells:
        text = json.dumps(cell.get("outputs", []))
        if "check" in tags(cell) and ("Correct" if solved else "Not att") not in text:
            problems.append(f"a check does not say what it should: {text}")
        if re.search(r"loss: \d+\.\d{3}", text):
            problems.append("a loss is shown with more than two decimals")
    return problems + tolerances(notebook) + typed_numbers(notebook)


def tolerances(notebook):
    """Decimals that follow from a training, in cells that state no tolerance."""
    problems = []
    for cell in downstream(notebook.cells, *TRAINERS):
        shown = " ".join(text for _, text in texts(cell.outputs))
        shown = re.sub(r"<Figure size .*?>", "", shown)
        stated = "exact" in tags(cell) or tolerance(tags(cell)) is not None
        if re.search(r"\d\.\d|\d\s?%", shown) and not stated:
            problems.append(f"{cell.id} trains and states no tolerance: {shown[:60]!r}")
    return problems


def definitions_shown(notebook):
    """A notebook shows one line of a check: no case, no expected value, no hint."""
    problems = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            line = re.fullmatch(r'check\("\d+\.\d+"\)', cell.source)
            if "check" in tags(cell) and not line:
                problems.append(f"a check has more than its line: {cell.source[:60]!r}")
            shown = DEFINING.findall(cell.source)
            problems += [f"a cell shows {word}" for word in shown]
    return problems


def typed_numbers(notebook):
    """Decimals in the prose that no cell of the notebook contains or shows."""
    known = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            known += cell.source
            for output in cell.outputs:
                data = output.get("data", {})
                known += output.get("text", "") + str(data.get("text/plain", ""))
    problems = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"(arXiv|doi):\S+|https?:\S+", "", prose(cell.source))
            for number in re.findall(r"\d+\.\d{2,}\b", text):
                if number not in known:
                    problems.append(f"its prose says {number}, which no cell shows")
    return problems


def page(path):
    """Rules for a lesson page."""
    text = path.read_text("utf-8")
    problems = banned_words(text)
    name = path.parent.name
    number = int(name[:2])
    lines = [line for line in text.splitlines() if line]
    link = rf"\[notebook\]\(\.\./\.\./notebooks/{name}\.ipynb\) \d+ min · needs "
    if not re.match(rf"# {number}\. \S", lines[0]):
        problems.append("its first line is not `# N. Title`")
    if not re.match(rf"Reading \d+ min · {link}", lines[1]):
        problems.append("its second line does not state minutes and needs")
    headings = re.findall(r"^## (.*)", text, re.MULTILINE)
    fixed = [heading for heading in headings if heading in SECTIONS]
    if tuple(fixed) != SECTIONS:
        problems.append(f"its fixed sections are {fixed}, not {list(SECTIONS)}")
    if tuple(headings[:2]) != SECTIONS[:2] or tuple(headings[-4:]) != SECTIONS[2:]:
        problems.append("its own sections are not between the fixed ones")
    return problems


def links(path):
    """Relative links lead somewhere; pictures say what they show."""
    problems = []
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    for picture, label, target in LINK.findall(text):
        if picture and len(label.split()) < 3:
            problems.append(f"picture {target} has no alternative text")
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        goal = path.parent / file if file else path
        if not goal.exists():
            problems.append(f"link to {target} leads nowhere")
        elif anchor and goal.suffix == ".md":
            headings = re.findall(r"^#+ (.*)", goal.read_text("utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", h).lower() for h in headings]
            if anchor not in [text.replace(" ", "-") for text in anchors]:
                problems.append(f"link to {target}: no such heading")
    return problems


def drawing(path):
    """An SVG file says in its title what there is to see."""
    title = re.search(r"<title[^>]*>(.*?)</title>", path.read_text("utf-8"), re.DOTALL)
    if not title or len(title[1].split()) < 4:
        return ["has no <title> that states its message"]
    return []


def quiz(path):
    """Rules for a quiz file."""
    problems = []
    questions = json.loads(path.read_text("utf-8"))
    if len(questions) < 6:
        problems.append(f"it has {len(questions)} questions, not six")
    for number, question in enumerate(questions, start=1):
        found = []
        kind = question.get("type")
        answers = question.get("answers", [])
        if kind not in ("multiple_choice", "many_choice", "numeric"):
            found.append(f"type {kind!r} is unknown")
        if not question.get("question"):
            found.append("no question")
        right = [answer for answer in answers if answer.get("correct")]
        if kind == "multiple_choice" and len(right) != 1 or not right:
            found.append(f"{len(right)} right answers")
        if kind != "numeric" and len(answers) < 3:
            found.append("fewer than three answers")
        wrong = [answer for answer in answers if not answer.get("correct")]
        if not wrong or not all(answer.get("feedback") for answer in answers):
            found.append("an answer without feedback")
        feedback = [answer.get("feedback") for answer in answers]
        if len(set(feedback)) < len(feedback):
            found.append("two answers share their feedback")
        if kind == "numeric":
            if not any(answer.get("type") == "default" for answer in answers):
                found.append("no default answer for other numbers")
        elif not all(answer.get("answer") or answer.get("code") for answer in answers):
            found.append("an empty answer")
        problems += [f"question {number}: {problem}" for problem in found]
    return problems + banned_words(" ".join(question_texts(questions)))


def question_texts(questions):
    for question in questions:
        yield question.get("question", "")
        for answer in question.get("answers", []):
            yield f"{answer.get('answer', '')} {answer.get('feedback', '')}"


def module(path):
    """Rules for a module of `utils`."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    problems = []
    if re.search(r"#.*\bTODO\b", text):
        problems.append("a comment says TODO")
    if code_in(text, tree) > MOST_CODE:
        problems.append(f"it has {code_in(text, tree)} lines of code")
    if not ast.get_docstring(tree) and text.strip():
        problems.append("it has no docstring")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            problems.append(f"line {node.lineno}: `assert` outside tests")
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            raised = ast.unparse(node.exc)
            judged = raised.startswith("ValueError(") and " must " in raised
            if judged and "Received: " not in raised:
                problems.append(f"line {node.lineno}: ValueError without `Received:`")
        printing = isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
        if printing and path.parent.name not in PRINTING:
            problems.append(f"line {node.lineno}: it prints")
        if isinstance(node, ast.Global):
            problems.append(f"line {node.lineno}: `global`")
    public = public_names(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name not in public:
            if len((ast.get_docstring(node) or "").splitlines()) > 1:
                problems.append(f"{node.name}: a helper has one line of docstring")
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in public:
            problems += [f"{node.name}: {text}" for text in docstring(node)]
    return problems


def code_in(text, tree):
    """Counts the lines of a module that are neither empty, comment nor docstring."""
    explained = set()
    for node in ast.walk(tree):
        owner = isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
        if owner and ast.get_docstring(node):
            explained |= {*range(node.body[0].lineno, node.body[0].end_lineno + 1)}
    lines = enumerate(map(str.strip, text.splitlines()), start=1)
    return sum(
        number not in explained and bool(line) and not line.startswith("#")
        for number, line in lines
    )


def public_names(path):
    """Returns what the face beside a module lists of it, or else its own `__all__`."""
    face = path.with_name("__init__.py")
    for node in ast.walk(ast.parse(face.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "submod_attrs":
            names = ast.literal_eval(node.value).get(path.stem, [])
            if names:
                return set(names)
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def docstring(node):
    """Rules for the docstring of a public function or class."""
    text = ast.get_docstring(node)
    if not text:
        return ["has no docstring"]
    problems = []
    if not text.splitlines()[0].endswith("."):
        problems.append("its docstring does not begin with one line, one sentence")
    places = [
        match.start()
        for section in DOCSTRING_ORDER
        if (match := re.search(rf"^{section}$", text, re.MULTILINE))
    ]
    if places != sorted(places):
        problems.append(f"its sections are not in the order {DOCSTRING_ORDER}")
    if isinstance(node, ast.FunctionDef):
        if ">>> " not in text:
            problems.append("its docstring has no example")
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for argument in arguments:
            if not re.search(rf"\b{argument.arg}\b", text):
                problems.append(f"its docstring does not mention `{argument.arg}`")
    return problems
