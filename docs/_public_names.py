"""The API reference's lists of names, from what each package makes public."""

from importlib import import_module
from pathlib import Path

# headings in the direction of the data, and the packages whose names are listed below them
PACKAGES = {
    "Recordings": ["records"],
    "Simulated recordings": ["datasets"],
    "Beats": ["beats", "layout"],
    "Preprocessing": ["preprocessing"],
    "Augmentation": ["augmentation"],
    "Splits by subject": ["model_selection"],
    "Classifiers": ["classifiers", "pipeline"],
    "Calibration": ["calibration"],
    "Predictions and reports": ["predictions", "report"],
    "Metrics": ["metrics"],
    "Comparing annotations (EC57)": ["ec57"],
    "Inspection": ["inspection"],
    "Displays": ["display"],
    "Annotation": ["annotation"],
    "Saving": ["persistence"],
}


def sections():
    """Return public names by heading, classes before functions."""
    import skecg

    found = {}
    for heading, packages in PACKAGES.items():
        names = [n for package in packages for n in import_module(f"skecg.{package}").__all__]
        found[heading] = sorted(name for name in names if name in skecg.__all__)
    return found


def write(path):
    """Write the lists as tables of summaries with a page for each name."""
    lines = [".. currentmodule:: skecg", ""]
    for heading, names in sections().items():
        if not names:
            continue  # a heading needs a text below it
        lines += [heading, "-" * len(heading), "", ".. autosummary::", "   :toctree: generated"]
        lines += ["   :nosignatures:", "", *(f"   {name}" for name in names), ""]
    text = "\n".join(lines)
    path = Path(path)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
