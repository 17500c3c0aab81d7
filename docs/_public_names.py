"""The API reference's lists of names, from what each room of the package makes public."""

from importlib import import_module
from pathlib import Path

# headings in the direction of the data, and the rooms whose names stand below them
ROOMS = {
    "Recordings": ["records"],
    "Simulated recordings": ["datasets"],
    "Beats": ["beats", "layout"],
    "Preprocessing": ["preprocessing"],
    "Resampling": ["resampling"],
    "Splits by subject": ["model_selection"],
    "Classifiers": ["classifiers", "pipeline"],
    "Evaluation": ["metrics"],
    "Displays": ["display"],
    "Annotation": ["_annotate"],
    "Saving": ["persistence"],
}


def sections():
    """Public names by heading, classes before functions."""
    import skecg

    found = {}
    for heading, rooms in ROOMS.items():
        names = [n for room in rooms for n in import_module(f"skecg.{room}").__all__]
        found[heading] = sorted(name for name in names if name in skecg.__all__)
    return found


def write(path):
    """Write the lists as tables of summaries with a page for each name."""
    lines = [".. currentmodule:: skecg", ""]
    for heading, names in sections().items():
        lines += [heading, "-" * len(heading), "", ".. autosummary::", "   :toctree: generated"]
        lines += ["   :nosignatures:", "", *(f"   {name}" for name in names), ""]
    text = "\n".join(lines)
    path = Path(path)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
