"""Takes the README's figure from notebook 06: `python lessons/figures/overview.py`.

It is the last figure of the solved copy: predictions on test pictures.
"""

import base64
from pathlib import Path

import nbformat

FIGURES = Path(__file__).resolve().parent
NOTEBOOK = FIGURES.parents[1] / "notebooks/solutions/06_pets_mobilenet_unet.ipynb"


def last_figure(notebook):
    """Returns the PNG bytes of the last figure among a notebook's outputs."""
    figures = [
        output.data["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    return base64.b64decode(figures[-1])


if __name__ == "__main__":
    png = last_figure(nbformat.read(NOTEBOOK, as_version=4))
    (FIGURES / "overview.png").write_bytes(png)
