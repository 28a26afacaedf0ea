"""The graph of a model's layers, drawn with or without Graphviz."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import graphviz
import keras
from IPython.display import SVG


def plot_architecture(model, expand_nested=False, rankdir="TB"):
    """Draws the layers of a model and their output shapes as a graph.

    Graphviz' program `dot` draws it through the package `graphviz`; where there is
    none, or it fails, the program in the package `graphviz-pure` does. A model inside
    the model, such as a U-Net's encoder, is one box.

    Args:
        model: A `keras.Model`.
        expand_nested: Whether to draw the layers of the models inside, too. A whole
            MobileNetV2 has 150 of them.
        rankdir: `"TB"` to draw from top to bottom, `"LR"` from left to right.

    Returns:
        An `IPython.display.SVG`. Where no program can draw the graph, `None`, after
        a message that says so.

    Example:

    >>> inputs = keras.Input((8,))
    >>> model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(inputs))
    >>> "logits" in plot_architecture(model).data
    True

    Reference:
        Used in `notebooks/06_pets_mobilenet_unet.ipynb`.
    """
    try:
        graph = keras.utils.model_to_dot(
            model,
            show_shapes=True,
            show_layer_names=True,
            expand_nested=expand_nested,
            rankdir=rankdir,
            dpi=48,
        )
        graph.set("splines", "polyline")
        drawing = _draw(graph)
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        print(
            f"The graph of {model.name} is not drawn: no program could draw it "
            f"({error}). `pip install graphviz-pure` provides one. The course "
            "goes on without it; `model.summary()` lists the same layers."
        )
        return None
    # Titles and comments hold memory addresses, which differ from run to run.
    drawing = re.sub(r"<title>.*?</title>\n|<!--.*?-->\n", "", drawing, flags=re.S)
    label = f"Graph of the layers of {model.name}, from input to output"
    drawing = drawing[drawing.index("<svg") :]
    return SVG(drawing.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))


def _draw(graph):
    """Returns a pydot graph as SVG text."""
    source = graph.to_string().encode()
    try:
        return graphviz.pipe("dot", "svg", source, quiet=True).decode()
    except (graphviz.ExecutableNotFound, OSError, subprocess.SubprocessError):
        pass
    name, beside_python = "graphviz-pure", str(Path(sys.executable).parent)
    program = shutil.which(name) or shutil.which(name, path=beside_python) or name
    command = [program, "-Tsvg"]
    run = subprocess.run(command, input=source, capture_output=True, check=True)
    return run.stdout.decode()
