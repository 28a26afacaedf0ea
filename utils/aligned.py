"""Tables as text, their columns lined up."""


def aligned(lines):
    """Joins the cells of a table, the first column to the left, others to the right.

    Args:
        lines: List of tuples of texts, all of one length; at least one.

    Returns:
        A string with one line per tuple, without spaces at the end of a line.

    Example:

    >>> print(aligned([("map", "size"), ("image", "64")]))
    map    size
    image    64
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for name, *cells in lines:
        cells = [c.rjust(w) for c, w in zip(cells, widths[1:], strict=True)]
        text.append("  ".join([name.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(text)
