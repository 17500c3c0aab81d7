"""Options that commands share, and what their texts mean."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..tables import RECORD_SETS
from ._networks import NETWORKS

ROWS = "How recordings become rows"
SPLIT = "Who trains, who tests"
STEPS = "Before the network"
TRAINING = "Training"
READING = "Reading"
TALK = "Talking"
SETS = ", ".join(RECORD_SETS)  # that --records knows by name


Model = StrEnum("Model", {name: name for name in (*NETWORKS, "both")})


class Classes(StrEnum):
    """Class maps that have a name."""

    ec57 = "ec57"
    dechazal = "dechazal"
    symbols = "symbols"


class EvaluatedClasses(StrEnum):
    """Class maps to evaluate with."""

    ec57 = "ec57"
    dechazal = "dechazal"


class Convention(StrEnum):
    """What is a false alarm."""

    one_vs_rest = "one_vs_rest"
    ec57 = "ec57"


class Edges(StrEnum):
    """What becomes of beats at the ends of a recording."""

    drop = "drop"
    pad = "pad"


class Scale(StrEnum):
    """How rows are normalized."""

    zscore = "zscore"
    minmax = "minmax"
    robust = "robust"
    r_amplitude = "r_amplitude"
    none = "none"


class MissingLeads(StrEnum):
    """What becomes of a recording that lacks a lead."""

    error = "error"
    zeros = "zeros"


class Resample(StrEnum):
    """What is done about rare classes."""

    notebook = "notebook"
    none = "none"


class Weights(StrEnum):
    """Weights of the classes in the loss."""

    none = "none"
    balanced = "balanced"
    sqrt_balanced = "sqrt_balanced"


def numbers(text: Any, n: int | None = None, *, kind: type = float) -> tuple:
    """Parse "0.1,0.1" into numbers, as many as there must be."""
    if not isinstance(text, str):
        return text
    try:
        values = tuple(kind(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or (n is not None and len(values) != n):
        what = "whole numbers" if kind is int else "numbers"
        count = f"{n} " if n else ""
        raise typer.BadParameter(f"{text!r} is not {count}{what} with commas between.")
    return values


def parse_window(text: Any) -> tuple[float, float]:
    """Seconds before and after the peak."""
    before, after = numbers(text, 2)
    if not (0 <= before < 60 and 0 <= after < 60 and before + after > 0):
        raise typer.BadParameter(
            f"{text!r} is no window: give seconds before and after the peak, such as 0.1,0.1."
        )
    return before, after


def parse_units(text: Any) -> tuple[int, ...]:
    """Units of each layer."""
    units = numbers(text, kind=int)
    if min(units) < 1:
        raise typer.BadParameter(f"{text!r}: a layer has one unit or more.")
    return units


def parse_threshold(text: Any) -> str | float | None:
    """A number in mV, the name of a rule, or none."""
    if text in ("universal", "level"):
        return text
    if text == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise typer.BadParameter(
            f"{text!r} is neither 'universal', 'level', 'none' nor a number of mV."
        )
    return value


def parse_leads(texts: list[str] | None) -> list | None:
    """One entry a lead of the row: names in order of preference, or a number."""
    if not texts:
        return None
    return [_parse_lead(text) for text in texts]


def _parse_lead(text: str) -> int | tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise typer.BadParameter(f"--leads {text!r} names no lead between its commas.")
    if len(names) == 1 and names[0].isdecimal():
        return int(names[0])
    return names


Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print errors only.", rich_help_panel=TALK)
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Print every warning and more detail.", rich_help_panel=TALK
    ),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug", help="Print tracebacks and TensorFlow's messages, too.", rich_help_panel=TALK
    ),
]
Folders = Annotated[
    list[Path],
    typer.Argument(
        metavar="FOLDER", help="Folders with WFDB recordings; those below are read, too."
    ),
]
FalseAlarms = Annotated[
    Convention,
    typer.Option(
        "--false-positives",
        help="What lowers +P: every beat wrongly called so, or, by the rule of ANSI/AAMI EC57, "
        "all but F and Q called V, and Q called S.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Recordings read at the same time; -1: all cores.",
        rich_help_panel=READING,
    ),
]
Annotator = Annotated[
    str,
    typer.Option(metavar="NAME", help="Ending of the annotation files.", rich_help_panel=READING),
]
SkipBroken = Annotated[
    bool,
    typer.Option(
        "--skip-broken",
        help="Leave out recordings that cannot be used, and say which. Otherwise they end the "
        "command.",
        rich_help_panel=READING,
    ),
]
