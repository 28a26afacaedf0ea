"""Makes the outputs of a notebook fit to be committed: quiet, and the same each run."""

import base64
import io
import re
from pathlib import Path

from PIL import Image

from tools.lesson.running import COLOURS

ROOT = Path(__file__).resolve().parents[2]


def tidy(notebook, path):
    """Leaves in the outputs only what a second run would give again."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = settled(cell.outputs)
        if "quiz" in cell.metadata.get("tags", []):
            settle_quiz(cell)
        for output in cell.outputs:
            if output.get("name") == "stderr":
                raise SystemExit(
                    f"{path}: {cell.id} writes to standard error, which learners see "
                    f"in red. Mend the cause:\n{output.text}"
                )
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller(output.data["image/png"])
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            if found := re.search(rf"\bat 0x\w+|{re.escape(str(ROOT))}", text):
                raise SystemExit(
                    f"{path}: {cell.id} prints {found[0]!r}, which differs between "
                    "runs or machines. Show something else."
                )


def settled(outputs):
    """Joins the pieces of streams, and leaves of training progress its last state."""
    outputs = merged(outputs)
    for output in outputs:
        if output.output_type == "stream":
            output.text = last_state(output.text)
    return outputs


def merged(outputs):
    """Joins the pieces of standard output, and of standard error."""
    streams, kept = {}, []
    for output in outputs:
        if output.output_type == "stream" and output.name in streams:
            streams[output.name].text += output.text
        else:
            kept.append(output)
            if output.output_type == "stream":
                streams[output.name] = output
    return kept


def last_state(text):
    """Reduces training progress to its last epoch, without timing, to two decimals."""
    lines = []
    for line in COLOURS.sub("", text).split("\n"):
        line = line.rstrip("\r").split("\r")[-1]
        while "\b" in line:
            line = re.sub(r"[^\b]\b|^\b", "", line)
        if re.match(r" *\d+/\d+ (━| - |-)", line):  # a Keras progress bar
            line = re.sub(r"( -)? \d+m?s( -)? \d+[mu]?s/(step|epoch)", "", line)
            metric = r"(?<=: )(?<!_rate: )\d+\.\d{3,}"
            line = re.sub(metric, lambda number: f"{float(number[0]):.2f}", line)
        lines.append(line.rstrip())
    epoch = r"Epoch \d+/\d+\n *\d+/\d+ [^\n]*\n"
    return re.sub(rf"{epoch}(?=Epoch (?!1/))", "", "\n".join(lines))


def smaller(png):
    """Reduces a figure (base64) to 128 colours: less than half the size, alike."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    method = Image.Quantize.MAXCOVERAGE
    buffer = io.BytesIO()
    picture.quantize(128, method, kmeans=1).save(buffer, "png", optimize=True)
    reduced = base64.b64encode(buffer.getvalue()).decode()
    return min(png, reduced, key=len)


def settle_quiz(cell):
    """Gives the quiz one fixed id, and a text for where scripts do not run."""
    found = re.search(r'id="(\w+)"', cell.outputs[0].data["text/html"])
    for output in cell.outputs:
        for kind, text in output.data.items():
            output.data[kind] = text.replace(found[1], "course_quiz")
        output.data["text/plain"] = "Run this cell to take the quiz."
    del cell.outputs[0].data["text/plain"]
