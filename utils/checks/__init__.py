"""Exercises checked at once: what was expected, what came, and a hint that fits."""

from utils.checks.definitions import check
from utils.checks.grading import Report, grade, grade_answer

__all__ = ["Report", "check", "grade", "grade_answer"]
