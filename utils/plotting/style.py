"""What all figures share: width, how they are shown, sliders, rows, grids of axes."""

import functools
from importlib.util import find_spec

import matplotlib.pyplot as plt
from IPython import display as notebook
from IPython import get_ipython

WIDTH, DPI = 8, 80  # inches, dots per inch


def show(figure, handle=None):
    """Shows a figure, in a notebook in the place of an earlier one, if asked."""
    if get_ipython() is None:
        plt.show()
    elif handle is None:
        handle = notebook.display(figure, display_id=True)
    else:
        handle.update(figure)
    plt.close(figure)
    return handle


def shown(draw):
    """Makes a function that shows the figure which `draw` returns."""

    @functools.wraps(draw)
    def show_figure(*arguments, **options):
        show(draw(*arguments, **options))

    show_figure.figure = draw
    return show_figure


def subplots(rows, columns, width, height, **options):
    """Returns a figure of a size in inches and its axes, an array (rows, columns)."""
    size = {"figsize": (width, height), "dpi": DPI, "layout": "constrained"}
    return plt.subplots(rows, columns, squeeze=False, **size, **options)


def draw_picture(axis, picture, title, **options):
    """Draws a picture with sharp pixels, a title above and nothing around it."""
    axis.imshow(picture, interpolation="nearest", **options)
    axis.set_title(title, fontsize=10)
    axis.axis("off")


def grid_of_axes(count, columns=4):
    """Returns a figure and `count` axes without ticks."""
    columns = min(columns, count)
    rows = -(-count // columns)
    side = WIDTH / max(columns, 2)
    figure, axes = subplots(rows, columns, side * columns, (side + 0.3) * rows)
    for axis in axes.flat:
        axis.axis("off")
    return figure, [*axes.flat]


def figure_row(count, ratio=1.0):
    """Returns a figure and its axes, `count` panels of one height-to-width ratio."""
    side = min(WIDTH / count, WIDTH / 3)
    figure, axes = subplots(1, count, side * count, side * ratio + 0.3)
    for axis in axes.flat:
        axis.axis("off")
    return figure, list(axes.flat)


def explore(draw, **controls):
    """Shows what a function draws, and sliders for its arguments where they work.

    Sliders need a page that can answer: JupyterLab, Colab, VS Code. Elsewhere, and in
    what a notebook leaves behind, there is one figure, drawn with the first values.

    Args:
        draw: Function that shows a figure, or prints why there is none.
        **controls: For each argument of `draw` a list of values or a `range`, of which
            the first is drawn first; a pair (values, first) begins at `first`.

    Raises:
        ValueError: If a list of values is empty, or does not have `first`.

    Example:
    >>> explore(lambda stride: print(stride * "ab"), stride=(range(1, 5), 2))
    abab
    """
    first = {}
    for name, values in controls.items():
        paired = isinstance(values, tuple) and len(values) == 2
        values, start = values if paired else (values, next(iter(values), None))
        if start not in values:
            raise ValueError(
                f"`{name}` must be a list of values or (values, first), the first one "
                f"of them. Received: {controls[name]!r}."
            )
        first[name], controls[name] = start, values
    if not somebody_watches() or find_spec("ipywidgets") is None:
        draw(**first)
        return
    import ipywidgets

    sliders = {
        name: ipywidgets.SelectionSlider(
            options=list(values),
            value=first[name],
            description=name.replace("_", " "),
            continuous_update=False,
            style={"description_width": "initial"},
        )
        for name, values in controls.items()
    }

    def redraw(**values):  # `interact` makes sliders for other arguments of `draw`, too
        draw(**values)

    ipywidgets.interact(redraw, **sliders)


def somebody_watches():
    """Returns whether the code runs in a notebook that is open on a page."""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    # A page that runs a cell lets it ask for input; what tests or converts does not.
    request = getattr(kernel, "get_parent", dict)()
    return bool(request.get("content", {}).get("allow_stdin", False))
