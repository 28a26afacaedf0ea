"""Settings of all tests: embedded data and weights, TensorFlow without its log."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "notebooks"), str(ROOT / "tests")]

os.environ["COURSE_DATA"] = "sample"
os.environ["COURSE_WEIGHTS"] = "embedded"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
