"""The examples in the docstrings of `utils` give what they say."""

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted(ROOT.glob("utils/**/*.py"))
    if path.name != "__init__.py"
]


def examples(module):
    """Every docstring with an example, those of decorated functions as well."""
    finder = doctest.DocTestFinder()
    found = {test.name: test for test in finder.find(module)}
    for name, value in vars(module).items():
        if hasattr(value, "__wrapped__") and value.__module__ == module.__name__:
            name = f"{module.__name__}.{name}"
            [found[name]] = finder.find(inspect.unwrap(value), name, module=module)
    return found.values()


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    runner = doctest.DocTestRunner()
    for example in examples(importlib.import_module(name)):
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
