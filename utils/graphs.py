"""The graph of a model's layers, drawn with or without Graphviz."""

import re
import shutil
import sys
from pathlib import Path

import keras
from IPython.display import SVG

GRAPH_PROGRAMS = ("dot", "graphviz-pure")


def plot_architecture(model, expand_nested=False, rankdir="TB"):
    """Draws the layers of a model and their output shapes as a graph.

    Graphviz' program `dot` draws it, or the one in the package `graphviz-pure`. A
    model inside the model, such as a U-Net's encoder, is one box.

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
    program = _graph_program()
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
        drawing = graph.create(prog=program, format="svg").decode()
    except (AssertionError, ImportError, OSError) as error:
        print(
            f"The graph of {model.name} is not drawn: no program could draw it "
            f"({error}). `pip install pydot graphviz-pure` provides one. The course "
            "goes on without it; `model.summary()` lists the same layers."
        )
        return None
    # Titles and comments hold memory addresses, which differ from run to run.
    drawing = re.sub(r"<title>.*?</title>\n|<!--.*?-->\n", "", drawing, flags=re.S)
    label = f"Graph of the layers of {model.name}, from input to output"
    drawing = drawing[drawing.index("<svg") :]
    return SVG(drawing.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))


def _graph_program():
    """Returns the path of a program that draws graphs, or "dot" if there is none."""
    beside_python = Path(sys.executable).parent
    for name in GRAPH_PROGRAMS:
        found = shutil.which(name) or shutil.which(name, path=str(beside_python))
        if found:
            return found
    return GRAPH_PROGRAMS[0]
