"""Sample data, pretrained weights, and the programs that make them."""

import os

# Rendering is many small matrix products, which more threads only slow down. OpenBLAS
# reads this when NumPy is first imported; worker processes inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
