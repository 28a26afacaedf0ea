"""Exercises checked at once: what was expected, what came, and a hint that fits."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "definitions": ["check"],
        "grading": ["Report", "grade", "grade_answer"],
    },
)
