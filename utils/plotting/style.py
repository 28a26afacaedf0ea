"""What all figures share: their width, how they are shown, rows and grids of axes."""

import functools

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
