"""The build, and the guard against stale or edited notebooks, on a tiny course."""

import base64
import io
import json
import shutil

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_output
from PIL import Image

import exercises
import guards
from strict import nbval, nbval_both
from tiny import NAME, make_course
from tools.authors import build, tidying
from tools.authors.build import steady
from tools.lesson.copies import COPIES, ROOT, Course, unsolved


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A tiny course, built once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "steady", lambda seconds, recorded: 10)
        root = make_course(tmp_path_factory.mktemp("tiny"))
        patch.setenv("PYTHONPATH", str(root))
        build.build(Course(root), NAME)
        readme = root / "README.md"
        readme.write_text(build.readme(Course(root))[1], "utf-8")
    return root


@pytest.fixture
def course(finished, tmp_path, monkeypatch):
    """A copy of the built course that a test may spoil."""
    root = tmp_path / "course"
    shutil.copytree(finished, root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(build, "steady", lambda seconds, recorded: 10)
    return Course(root)


def change(path, edit):
    """Applies `edit` to the notebook in a file."""
    notebook = nbformat.read(path, as_version=4)
    edit(notebook)
    nbformat.write(notebook, path)


def cell_with(notebook, text):
    return next(cell for cell in notebook.cells if text in cell.source)


def replace(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def no_run(*arguments, **options):
    raise AssertionError("a notebook was run")


def test_tiny_course_keeps_every_rule(finished):
    assert guards.names(finished) == []
    assert guards.source(finished / f"lessons/{NAME}/notebook.py") == []
    assert guards.page(finished / f"lessons/{NAME}/README.md") == []
    for folder in ("notebooks", "notebooks/solutions"):
        path = finished / folder / f"{NAME}.ipynb"
        assert guards.built(path) == [] and guards.links(path) == []
    for exercise in exercises.exercises(finished / f"lessons/{NAME}/notebook.py"):
        assert exercises.problems(exercise) == []


def test_copies_differ_in_the_exercises_only(finished):
    learner, solved = (
        nbformat.read(Course(finished).notebook(NAME, copy), as_version=4)
        for copy in COPIES
    )
    function = cell_with(learner, "def double").source
    assert function.endswith('"""\n    raise NotImplementedError')
    assert cell_with(solved, "def double").source.endswith("    return 2 * number")
    assert cell_with(learner, "prediction =").source == (
        "prediction = ...  # your answer"
    )
    assert cell_with(solved, "prediction =").source == "prediction = 12"
    assert "neutral element" not in str(learner)
    assert "neutral element" in str(solved)
    for notebook in (learner, solved):
        text = str([cell.source for cell in notebook.cells])
        assert "HIDDEN" not in text and "hidden" not in text and "###" not in text


def test_stub_shows_the_form_of_the_answer_and_nothing_else():
    solution = """\
### BEGIN SOLUTION
tried = [k for k in range(5)]
print(tried)
best, worst = min(tried), max(tried)
sizes = {"pool5": 14, "score_fr": best_of(8)}
table = dict(a=1)
### END SOLUTION
"""
    assert (
        unsolved(solution)
        == """\
best = ...  # your answer
worst = ...  # your answer
sizes = {
    "pool5": ...,  # your answer
    "score_fr": ...,  # your answer
}
table = ...  # your answer"""
    )


def test_first_cell_says_lesson_minutes_seconds_and_solution(finished):
    title = nbformat.read(Course(finished).notebook(NAME), as_version=4).cells[0]
    *_, facts, badge = title.source.split("\n\n")
    assert facts == (
        f"[Lesson](../lessons/{NAME}/README.md) · 10 minutes to work · "
        f"10 seconds to run · [solved copy](solutions/{NAME}.ipynb)"
    )
    assert "github/tiny/course/blob/main/notebooks/01_tiny.ipynb" in badge


def test_solution_is_one_click_away_from_each_exercise(finished):
    notebook = nbformat.read(Course(finished).notebook(NAME), as_version=4)
    texts = [cell.source for cell in notebook.cells if "## Exercise" in cell.source]
    place = "#Exercise-1.2:-write-the-function"
    assert texts[1].endswith(f"\n\n[Solution](solutions/{NAME}.ipynb{place})")
    assert len(texts) == 3 and all("[Solution](" in text for text in texts)
    solved = nbformat.read(Course(finished).notebook(NAME, "solved"), as_version=4)
    assert "[Solution](" not in str(solved)


def test_second_build_runs_nothing(course, monkeypatch):
    monkeypatch.setattr(build, "execute", no_run)
    assert build.build(course, NAME) == "up to date"


def test_forced_build_gives_the_same_bytes(course):
    path = course.notebook(NAME, "solved")
    before = path.read_bytes()
    assert build.build(course, NAME, force=True).startswith("run in")
    assert path.read_bytes() == before


def test_change_of_prose_keeps_the_outputs(course, monkeypatch):
    replace(course.source(NAME), "That is worth a", "That deserves a")
    assert "differs from the source" in build.trouble(course, NAME, "learner")
    monkeypatch.setattr(build, "execute", no_run)
    assert build.build(course, NAME) == "text renewed"
    assert build.trouble(course, NAME, "learner") is None


def test_change_of_minutes_and_repository_reaches_the_notebook(course, monkeypatch):
    monkeypatch.setattr(build, "execute", no_run)
    replace(course.page(NAME), "10 min", "25 min")
    replace(course.root / "pyproject.toml", "tiny/course", "fork/course")
    build.build(Course(course.root), NAME)
    text = course.notebook(NAME).read_text("utf-8")
    assert "25 minutes to work" in text and "tiny/course" not in text


@pytest.mark.parametrize("copy", COPIES)
def test_change_of_code_is_stale_and_runs_again(course, copy):
    replace(course.source(NAME), "np.array([1, 2, 3])\n2", "np.array([1, 2, 5])\n2")
    assert "cell-04 differs" in build.trouble(course, NAME, copy)
    assert build.build(course, NAME).startswith("run in")
    assert "sum 8 doubled is 16" in course.notebook(NAME, copy).read_text("utf-8")


def test_change_of_quiz_is_stale(course):
    replace(course.quiz(NAME), "twice three", "two times three")
    assert "another quiz" in build.trouble(course, NAME, "solved")


def clear(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def drop_last_cell(notebook):
    notebook.cells.pop()


def edit_code(notebook):
    cell_with(notebook, "numbers =").source += "  # by hand"


def edit_output(notebook):
    result = cell_with(notebook, "sum {numbers").outputs[0]
    result.data["text/plain"] = "'sum 7 doubled is 12'"


def edit_tags(notebook):
    cell_with(notebook, "numbers =").metadata["tags"] = ["nbval-ignore-output"]


def forget_the_record(notebook):
    del notebook.metadata["course"]


@pytest.mark.parametrize(
    "edit, message",
    [
        (clear, "cleared, edited or run by hand"),
        (drop_last_cell, "has 19 cells, not 20"),
        (edit_code, "cell-04 differs"),
        (edit_output, "cleared, edited or run by hand"),
        (edit_tags, "cell-04 differs"),
        (forget_the_record, "differs"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_notebook_changed_by_hand_is_caught_and_mended(course, edit, message):
    path = course.notebook(NAME)
    before = path.read_bytes()
    change(path, edit)
    assert message in build.trouble(course, NAME, "learner")
    build.build(course, NAME)
    assert path.read_bytes() == before


def test_missing_copy_is_caught(course):
    course.notebook(NAME).unlink()
    assert build.trouble(course, NAME, "learner") == "it is missing"


def test_check_names_what_is_stale_and_fails(course, monkeypatch, capsys):
    monkeypatch.setattr(build, "Course", lambda: course)
    assert build.main(["--check"]) == 0
    change(course.notebook(NAME, "solved"), clear)
    replace(course.page(NAME), "- What does", "- Really: what does")
    assert build.main(["--check", "01"]) == 1
    lines = capsys.readouterr().out.splitlines()[-4:]
    assert lines[0] == "notebooks/01_tiny.ipynb: up to date"
    assert lines[1].startswith("notebooks/solutions/01_tiny.ipynb: its outputs are not")
    assert lines[2] == "README.md: its lesson table is out of date"
    with pytest.raises(SystemExit, match="LESSON must be among .*: 01. Received: '05'"):
        build.main(["05"])


@pytest.mark.parametrize(
    "code, message",
    [
        ("import sys; print('careful', file=sys.stderr)", "standard error"),
        ("object()", "differs between runs or machines"),
        (f"print({str(ROOT)!r})", "differs between runs or machines"),
    ],
)
def test_outputs_that_learners_should_not_see_fail_the_build(course, code, message):
    replace(course.source(NAME), "2 * numbers\n\n", f"{code}\n\n")
    with pytest.raises(SystemExit, match=message):
        build.build(course, NAME)
    assert build.trouble(course, NAME, "learner") is not None


@pytest.mark.parametrize("copy", COPIES)
def test_exploration_with_a_right_mistake_fails_the_build(course, copy):
    replace(course.source(NAME), '(2, "That doubles.")', '(1, "That doubles.")')
    with pytest.raises(SystemExit, match="its mistake 2 does not get its hint"):
        build.build(course, NAME)


def test_nbval_passes_both_copies_and_fails_a_wrong_number(course):
    copies = [course.notebook(NAME, copy) for copy in COPIES]
    assert nbval_both(*copies)[0] == 0
    for path in copies:
        change(path, edit_output)
    code, text = nbval_both(*copies)
    assert code == 1 and "1 failed" in text


@pytest.mark.parametrize("copy", COPIES)
def test_copies_that_differ_outside_exercises_are_refused(course, copy):
    change(course.notebook(NAME, copy), edit_output)
    with pytest.raises(ValueError, match="The copies differ in cell-.., no exercise"):
        nbval_both(*[course.notebook(NAME, copy) for copy in COPIES])


@pytest.mark.parametrize(
    "copy, text", [("learner", "Not attempted yet."), ("solved", "Correct.")]
)
def test_checks_of_both_copies_are_compared(course, copy, text):
    def edit(notebook):
        cell_with(notebook, "check_answer(").outputs[0].text = "Right.\n"

    change(course.notebook(NAME, copy), edit)
    code, said = nbval_both(*[course.notebook(NAME, copy) for copy in COPIES])
    assert code == 1 and "1 failed" in said and text in said


# A cell whose number, .80 with training and .30 without, moves with the processor.
SCORE = """import sys

f"IoU {0.3 if hasattr(sys, 'untrained') else 0.8:.2f}, 2 of {3 * 7}"
"""
UNTRAIN = "import sys; sys.untrained = True"


@pytest.fixture(scope="module")
def scored_once(finished, tmp_path_factory):
    """A course in which one cell states a tolerance."""
    root = tmp_path_factory.mktemp("scored") / "course"
    shutil.copytree(finished, root)
    course = Course(root)
    with_tag = f'# %% tags=["moves-0.1"]\n{SCORE}\n# %% tags=["headline"]'
    replace(course.source(NAME), '# %% tags=["headline"]', with_tag)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "UNTRAIN", UNTRAIN)
        patch.setattr(build, "steady", lambda seconds, recorded: 10)
        patch.setenv("PYTHONPATH", str(root))
        build.build(course, NAME)
    return root


@pytest.fixture
def scored(scored_once, tmp_path, monkeypatch):
    """A copy of it that a test may spoil; `build.UNTRAIN` is a stand-in."""
    root = tmp_path / "scored"
    shutil.copytree(scored_once, root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(build, "UNTRAIN", UNTRAIN)
    return Course(root)


@pytest.mark.parametrize(
    "old, new, passes",
    [
        ("0.80, 2 of 21", "0.70, 2 of 21", True),
        ("0.80, 2 of 21", "0.69, 2 of 21", False),
        ("0.80, 2 of 21", "0.80, 2 in 21", False),
    ],
)
def test_numbers_move_within_the_tolerance_and_words_not_at_all(
    scored, old, new, passes
):
    def edit(notebook):
        data = cell_with(notebook, "untrained").outputs[0].data
        data["text/plain"] = data["text/plain"].replace(old, new)

    for copy in COPIES:
        change(scored.notebook(NAME, copy), edit)
    code, text = nbval_both(*[scored.notebook(NAME, copy) for copy in COPIES])
    assert (code == 0) == passes, text


def test_tolerance_that_an_untrained_model_meets_is_refused(scored):
    replace(scored.source(NAME), "moves-0.1", "moves-0.5")
    with pytest.raises(SystemExit, match="allows so much .0.5. that a model which has"):
        build.build(scored, NAME)


def test_tolerance_without_a_number_is_refused(scored):
    replace(scored.source(NAME), SCORE, '"no number"\n')
    with pytest.raises(SystemExit, match="states a tolerance and no number"):
        build.build(scored, NAME)


def test_change_of_a_tolerance_is_stale(scored):
    replace(scored.source(NAME), "moves-0.1", "moves-0.2")
    assert build.trouble(scored, NAME, "learner") is not None
    assert build.build(scored, NAME).startswith("run in")


def test_nbval_passes_cleared_outputs_so_the_guard_must_not(course):
    change(course.notebook(NAME), clear)
    assert nbval(course.notebook(NAME))[0] == 0
    assert build.trouble(course, NAME, "learner") is not None
    assert "its cells were not all run in order" in guards.built(course.notebook(NAME))


@pytest.mark.parametrize(
    "code, problem",
    [
        ("check(double, cases=[(1, 2)])", "a check has more than its line"),
        ("check(double, cases=[(1, 2)])", "a cell shows cases="),
        ("check_answer(prediction, 12)", "a cell shows check_answer"),
    ],
)
def test_guard_misses_no_definition_that_is_shown(course, code, problem):
    path = course.notebook(NAME)

    def show(notebook):
        cell_with(notebook, 'check("1.2")').source = code

    change(path, show)
    assert any(problem in text for text in guards.built(path))


@pytest.mark.parametrize("copy", COPIES)
def test_changed_definition_makes_the_outputs_stale(course, copy):
    replace(course.source(NAME), "cases=[0, 3, -1.5]", "cases=[0, 3, -1.5, 7]")
    assert "made from other code" in build.trouble(course, NAME, copy)
    assert build.build(course, NAME, copy).startswith("run in")
    said = "Not attempted yet." if copy == "learner" else "Correct on all 4 cases."
    assert said in course.notebook(NAME, copy).read_text("utf-8")


def test_changed_hidden_case_changes_no_copy(course):
    replace(course.source(NAME), "hidden=[10, 0.25]", "hidden=[10, 0.25, 7]")
    assert build.trouble(course, NAME, "solved") is None


def test_progress_is_reduced_to_its_last_state():
    bar = (
        "\x1b[1m{}/5\x1b[0m \x1b[32m━━━━\x1b[0m \x1b[1m{}s\x1b[0m {}ms/step - loss: {}"
    )
    text = (
        "Epoch 1/2\n"
        + bar.format(1, 1, 287, 0.9)
        + "\b" * 60
        + "\r"
        + bar.format(5, 0, 8, 0.512345)
        + "\nEpoch 2/2\n"
        + bar.format(5, 3, 12, "0.1251 - val_loss: 1.5")
        + "\nDone.\n"
    )
    assert tidying.last_state(text) == (
        "Epoch 2/2\n5/5 ━━━━ - loss: 0.13 - val_loss: 1.5\nDone.\n"
    )
    plain = "Epoch 1/1\n5/5 - 3s - 140ms/step - accuracy: 0.7279 - loss: 0.6512\n"
    assert tidying.last_state(plain) == "Epoch 1/1\n5/5 - accuracy: 0.73 - loss: 0.65\n"
    assert tidying.last_state(plain * 2) == tidying.last_state(plain) * 2
    assert tidying.last_state("10 %\r50 %\r100 %\r\n") == "100 %\n"


def test_pieces_of_a_stream_are_joined():
    pieces = [
        new_output("stream", name="stdout", text="a"),
        new_output("display_data", data={"text/plain": "figure"}),
        new_output("stream", name="stdout", text="b"),
    ]
    first, second = tidying.merged(pieces)
    assert first.text == "ab" and second.output_type == "display_data"


def test_figures_lose_bytes_but_hardly_colours():
    rows, columns = np.mgrid[:128, :128]
    noise = np.random.default_rng(1).normal(0, 8, (128, 128))
    picture = np.stack([rows + noise, columns, 255 - rows], axis=-1)
    picture = picture.clip(0, 255).astype(np.uint8)
    before = png(picture)
    after = tidying.smaller(before)
    assert len(after) < 0.6 * len(before)
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(after))).convert("RGB"))
    assert np.abs(seen.astype(int) - picture).max() < 32
    assert tidying.smaller(after) == after
    flat = png(np.zeros((4, 4, 3), np.uint8))
    assert len(tidying.smaller(flat)) <= len(flat)


def png(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    "seconds, recorded, shown",
    [(12, None, 20), (28, 20, 20), (14, 20, 20), (31, 20, 40), (3, 20, 10)],
)
def test_seconds_change_only_when_far_off(seconds, recorded, shown):
    assert steady(seconds, recorded) == shown


def test_lesson_table_links_page_notebook_and_colab(finished):
    text = (finished / "README.md").read_text("utf-8")
    row = text.splitlines()[-3]
    assert row.startswith(
        "| 01 | [What does doubling do to a sum?](lessons/01_tiny/README.md) | 5 min "
        "| [10 min](notebooks/01_tiny.ipynb) | 10 s | [![Open in Colab]"
    )
    assert build.readme(Course(finished))[1] == text


def test_quiz_output_is_settled_and_has_a_text(finished):
    notebook = nbformat.read(Course(finished).notebook(NAME), as_version=4)
    page, script = notebook.cells[-1].outputs
    assert 'id="course_quiz"' in page.data["text/html"]
    assert "What is twice three?" in script.data["application/javascript"]
    assert script.data["text/plain"] == "Run this cell to take the quiz."


def test_lesson_without_minutes_is_refused(course):
    replace(course.page(NAME), "Reading 5 min", "Reading")
    with pytest.raises(SystemExit, match="no line such as `Reading 30 min"):
        course.minutes(NAME)


def test_readme_without_markers_is_refused(course):
    (course.root / "README.md").write_text("# Tiny\n", "utf-8")
    with pytest.raises(SystemExit, match="<!-- lessons -->"):
        build.readme(course)


def test_metadata_holds_nothing_of_the_machine(finished):
    text = Course(finished).notebook(NAME).read_text("utf-8")
    metadata = json.loads(text)["metadata"]
    assert set(metadata) == {"kernelspec", "language_info", "course"}
    assert metadata["language_info"] == {"name": "python"}
    assert "execution" not in text.replace("execution_count", "")
