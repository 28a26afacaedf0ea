"""Draws the U of lesson 2 from its shape table, beside this file: run it to renew."""

import io
import re
from pathlib import Path

import matplotlib

from utils.models import unet_table
from utils.plotting import show_network

TITLE = (
    "The U-Net of 2015: five levels from 572 to 28 pixels and back to 388, every skip "
    "cropped to the size of what it joins."
)


def drawing():
    """Returns the SVG, the same in every run."""
    stream = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "unet"}):
        show_network.figure(unet_table(572)).savefig(
            stream, format="svg", metadata={"Date": None, "Creator": None}
        )
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :].replace(
        ">",
        f' role="img" aria-labelledby="title">\n <title id="title">{TITLE}</title>',
        1,
    )
    svg = re.sub(r" <metadata>.*?</metadata>\n", "", svg, flags=re.DOTALL)
    return re.sub(r"[ \t]+\n", "\n", svg)


if __name__ == "__main__":
    Path(__file__).with_name("unet.svg").write_text(drawing(), "utf-8")
