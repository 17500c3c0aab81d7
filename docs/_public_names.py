"""Groups of public names on the API page, from the names that each package exports."""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple


class Group(NamedTuple):
    """A heading of the API page."""

    title: str
    packages: tuple[str, ...]  # their public names, in this order of packages
    intro: str


GROUPS = (
    Group(
        "Recordings",
        ("records",),
        "Find, read, create and write recordings. Guide: :doc:`guide/recordings`.",
    ),
    Group(
        "Databases and simulated recordings",
        ("datasets",),
        "Fetch databases of PhysioNet, simulate labelled recordings, make other rhythms out of "
        "real beats, and add noise at a given signal-to-noise ratio. Guide: :doc:`databases`, "
        ":doc:`guide/recordings`, :ref:`retime`.",
    ),
    Group(
        "Beats",
        ("beats", "layout"),
        "Cut recordings into one row per beat, and describe the columns of a row. "
        "Guide: :doc:`guide/beats`, :doc:`guide/context`.",
    ),
    Group(
        "Preprocessing",
        ("preprocessing",),
        "Denoise, align, resample and normalize signals; two of them are transformers. "
        "Guide: :doc:`guide/pipeline`.",
    ),
    Group(
        "Augmentation",
        ("augmentation",),
        "Create beats of rare classes, and set how many beats of each class are trained on. "
        "Guide: :doc:`guide/pipeline`.",
    ),
    Group(
        "Splits by subject",
        ("model_selection",),
        "Split beats by subject, predict out of fold, and check for leaks. "
        "Guide: :doc:`guide/subjects`.",
    ),
    Group(
        "Classifiers and pipeline",
        ("classifiers", "pipeline"),
        "Recurrent networks as scikit-learn classifiers, the functions that build them, and the "
        "pipeline around them. Guide: :doc:`guide/pipeline`.",
    ),
    Group(
        "Predictions and reports",
        ("predictions", "report"),
        "Predict beats, and make metrics, text, HTML, JSON and files of the predictions. "
        "Guide: :doc:`guide/evaluation`, :doc:`guide/reports`.",
    ),
    Group(
        "Metrics",
        ("metrics",),
        "Score candidates in a search, and compare models. Guide: :doc:`guide/evaluation`.",
    ),
    Group(
        "Comparison by EC57",
        ("ec57",),
        "Compare annotations with reference annotations: beats, runs, episodes and heart rates. "
        "Guide: :doc:`guide/ec57`.",
    ),
    Group(
        "Calibration",
        ("calibration",),
        "Correct the probabilities of a trained model. Guide: :doc:`guide/adapting`.",
    ),
    Group(
        "Inspection",
        ("inspection",),
        "Measure which parts of a beat decided. Guide: :doc:`guide/figures`.",
    ),
    Group(
        "Displays",
        ("display",),
        "Draw beats, strips, curves and matrices, by the conventions of scikit-learn's displays. "
        "Guide: :doc:`guide/figures`.",
    ),
    Group(
        "Annotation",
        ("annotation", "annotated", "detection", "holter"),
        "Find and classify the beats of recordings without labels, and summarize them. "
        "Guide: :doc:`guide/annotating`.",
    ),
    Group(
        "Saving",
        ("persistence",),
        "Write and read models and beats as files that hold data only. "
        "Guide: :doc:`guide/saving`, :doc:`model_files`.",
    ),
)


def sections() -> dict[str, list[str]]:
    """Return the public names of each group, classes before functions."""
    import skecg

    found = {}
    for title, packages, _ in GROUPS:
        names = [n for package in packages for n in import_module(f"skecg.{package}").__all__]
        found[title] = sorted(name for name in names if name in skecg.__all__)
    return {title: names for title, names in found.items() if names}


def write(path: str | Path) -> None:
    """Write the groups as tables of summaries, with a page for each name."""
    intros = {group.title: group.intro for group in GROUPS}
    lines = [".. currentmodule:: skecg", ""]
    for title, names in sections().items():
        lines += [title, "-" * len(title), "", intros[title], "", ".. autosummary::"]
        lines += ["   :toctree: generated", f"   :caption: {title}", "   :nosignatures:", ""]
        lines += [*(f"   {name}" for name in names), ""]
    text = "\n".join(lines)
    path = Path(path)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
