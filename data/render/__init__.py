"""Small rendered scenes with exact masks: pets in rooms and gardens, and flowers."""

import os

# Rendering makes many small matrix products, which more threads only slow down.
# The setting counts when this package is imported before NumPy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
