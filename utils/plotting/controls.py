"""Sliders for a figure, where a notebook is open in front of somebody."""

from importlib.util import find_spec

from IPython import get_ipython


def explore(draw, **controls):
    """Shows what a function draws, and sliders for its arguments where they work.

    Sliders need a page that can answer: JupyterLab, Colab, VS Code. Where a notebook
    is run without one, and in what it leaves behind (on GitHub, for example), there
    is one figure, drawn with the first values.

    Args:
        draw: Function that shows a figure, or prints why there is none.
        **controls: For each argument of `draw` the list of its values, or a
            `range`, from which a slider is made. The first value is drawn first.
            A pair (values, first) begins at the value `first`.

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
