"""Options of the commands: each is defined once, with its help."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from ..tables import RECORD_SETS
from ._networks import NETWORKS

ROWS = "Beat extraction"
SPLIT = "Data split"
STEPS = "Preprocessing"
TRAINING = "Training"
READING = "Reading"
OUTPUT = "Output"
SETS = ", ".join(RECORD_SETS)  # that --records knows by name
BY_NETWORK = "by network"  # the default, which the help computes

Options = TypeVar("Options")


def takes(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command of a function that takes its options as one dataclass.

    The fields of the dataclass are the parameters of the command: annotated with their options,
    in order, with their defaults.
    """

    def decorate(function: Callable[[Options], None]) -> Callable[..., None]:
        @wraps(function)
        def command(**values: Any) -> None:
            function(options(**values))

        hints = get_type_hints(options, include_extras=True)
        empty = inspect.Parameter.empty
        parameters = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=empty if field.default is MISSING else field.default,
                annotation=hints[field.name],
            )
            for field in fields(options)  # type: ignore[arg-type]
        ]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = hints
        return command

    return decorate


Model = StrEnum("Model", {name: name for name in (*NETWORKS, "both")})  # type: ignore[misc]


class Classes(StrEnum):
    """Class maps that have a name."""

    ec57 = "ec57"
    dechazal = "dechazal"
    symbols = "symbols"


class EvaluatedClasses(StrEnum):
    """Class maps to evaluate with."""

    ec57 = "ec57"
    dechazal = "dechazal"


class FalsePositives(StrEnum):
    """Rules of false positives."""

    one_vs_rest = "one_vs_rest"
    ec57 = "ec57"


class Edges(StrEnum):
    """Treatment of beats at the ends of a recording."""

    drop = "drop"
    pad = "pad"


class Scale(StrEnum):
    """Normalization of rows."""

    zscore = "zscore"
    minmax = "minmax"
    robust = "robust"
    r_amplitude = "r_amplitude"
    none = "none"


class MissingLeads(StrEnum):
    """Treatment of a recording that lacks a lead."""

    error = "error"
    zeros = "zeros"


class Balance(StrEnum):
    """Treatment of rare classes."""

    notebook = "notebook"
    none = "none"


class Weights(StrEnum):
    """Weights of the classes in the loss."""

    none = "none"
    balanced = "balanced"
    sqrt_balanced = "sqrt_balanced"


def numbers(text: Any, n: int | None = None, *, kind: type = float) -> tuple[Any, ...]:
    """Parse "0.1,0.1" into numbers, n of them where n is given."""
    if not isinstance(text, str):
        return text
    try:
        values = tuple(kind(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or (n is not None and len(values) != n):
        noun = "whole numbers" if kind is int else "numbers"
        raise typer.BadParameter(
            f"{text!r} is not {f'{n} ' if n else ''}{noun} separated by commas."
        )
    return values


def parse_window(text: Any) -> tuple[float, float]:
    """Parse seconds before and after the peak."""
    before, after = numbers(text, 2)
    if not (0 <= before < 60 and 0 <= after < 60 and before + after > 0):
        raise typer.BadParameter(
            f"{text!r} is not a window: give seconds before and after the peak, such as 0.1,0.1."
        )
    return before, after


def parse_units(text: Any) -> tuple[int, ...]:
    """Parse the units of each layer."""
    units = numbers(text, kind=int)
    if min(units) < 1:
        raise typer.BadParameter(f"{text!r}: a layer has one unit or more.")
    return units


def parse_threshold(text: Any) -> str | float | None:
    """Parse a number in mV, the name of a rule, or none."""
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


def parse_leads(texts: list[str] | None) -> list[int | tuple[str, ...]] | None:
    """Parse one entry per lead of the row: names in order of preference, or a number."""
    return [_parse_lead(text) for text in texts] if texts else None


def _parse_lead(text: str) -> int | tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise typer.BadParameter(f"--leads {text!r} has an empty name between its commas.")
    if len(names) == 1 and names[0].isdecimal():
        return int(names[0])
    return names


def _option(help: str, *names: str, panel: str | None = None, **settings: Any) -> Any:
    """Describe an option."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **settings)


# Reading and output, of several commands.
Folders = Annotated[
    list[Path],
    typer.Argument(metavar="FOLDER", help="Folders with recordings, searched recursively."),
]
Annotator = Annotated[
    str, _option("Ending of the annotation files.", panel=READING, metavar="NAME")
]
Jobs = Annotated[
    int, _option("Recordings read at the same time; -1: all cores.", panel=READING, metavar="N")
]
SkipBroken = Annotated[
    bool,
    _option(
        "Exclude recordings that cannot be used, and list them. Without it they end the command.",
        "--skip-broken",
        panel=READING,
    ),
]
Quiet = Annotated[bool, _option("Print errors only.", "--quiet", "-q", panel=OUTPUT)]
Verbose = Annotated[
    bool, _option("Print every warning and more detail.", "--verbose", "-v", panel=OUTPUT)
]
Debug = Annotated[
    bool, _option("Print tracebacks and TensorFlow's messages, too.", "--debug", panel=OUTPUT)
]
FalsePositiveRule = Annotated[
    FalsePositives,
    _option(
        "Which errors count as false positives: all (one_vs_rest), or by EC57's rule, which "
        "ignores F and Q predicted as V, and Q predicted as S.",
        "--false-positives",
    ),
]
Records = Annotated[
    Path | None,
    _option(
        f"Use only these records: names, one per line, or a set: {SETS}.",
        panel=READING,
        metavar="FILE|SET",
    ),
]
ResultsFolder = Annotated[Path, _option("Folder for all results.", "--out", "-o", metavar="DIR")]
Seed = Annotated[int, _option("Seed of all random choices.", panel=SPLIT, min=0, metavar="N")]

# Beat extraction.
Models = Annotated[
    list[Model],
    _option(
        f"Network to train: {', '.join(NETWORKS)} (context-lstm sees a beat among its neighbours), "
        "or both: rnn and lstm. Repeat it to compare others.",
        metavar="NAME",
    ),
]
Context = Annotated[
    float | None,
    _option(
        "Seconds of surroundings with which each beat is compared, for all networks: rows of "
        "rhythm, shape and neighbours, without labels.",
        panel=ROWS,
        min=30,
        metavar="S",
        show_default="none; for --model context-lstm 600",
    ),
]
Neighbors = Annotated[
    int | None,
    _option(
        "With context: beats before, and as many after, in each row.",
        panel=ROWS,
        min=0,
        max=100,
        metavar="K",
        show_default="5",
    ),
]
Window = Annotated[
    str | None,
    _option(
        "Seconds before and after the R peak.",
        panel=ROWS,
        parser=parse_window,
        metavar="B,A",
        show_default=BY_NETWORK,
    ),
]
Rate = Annotated[
    float | None,
    _option(
        "Sampling frequency of the rows; recordings of another are resampled. Required where "
        "recordings differ.",
        panel=ROWS,
        min=1,
        metavar="HZ",
        show_default=BY_NETWORK,
    ),
]
Leads = Annotated[
    list[str] | None,
    _option(
        "A lead of the row: names in order of preference, or its number. Repeat it for rows of "
        "several leads.",
        panel=ROWS,
        metavar="NAME,NAME...",
    ),
]
WithoutLeads = Annotated[
    MissingLeads,
    _option(
        "For a recording that lacks a lead of the row: stop with an error, or fill with zeros.",
        panel=ROWS,
    ),
]
ClassMap = Annotated[
    Classes,
    _option(
        "Class of each beat symbol: ec57, dechazal or symbols (unchanged).",
        panel=ROWS,
        metavar="MAP",
    ),
]
Align = Annotated[
    bool, _option("Cut around the R peak, or around the label.", "--align/--no-align", panel=ROWS)
]
AtEdges = Annotated[Edges, _option("Beats at the ends of a recording.", panel=ROWS)]
Highpass = Annotated[
    float | None,
    _option(
        "High-pass cutoff for baseline wander of whole recordings, e.g. 0.5.",
        panel=ROWS,
        min=0.01,
        metavar="HZ",
    ),
]

# Data split.
TestSize = Annotated[
    float,
    _option("Share of the beats to test on.", panel=SPLIT, min=0.01, max=0.9, metavar="SHARE"),
]
ValSize = Annotated[
    float,
    _option(
        "Share of the beats to validate on after each epoch; 0: no validation. With record lists: "
        "a share of the training beats.",
        panel=SPLIT,
        min=0,
        max=0.9,
        metavar="SHARE",
    ),
]
TrainRecords = Annotated[
    Path | None,
    _option(
        "Training records: names, one per line, or a set. Without --test-records all others test.",
        panel=SPLIT,
        metavar="FILE|SET",
    ),
]
TestRecords = Annotated[
    Path | None,
    _option(
        "Test records: names, one per line, or a set. Without --train-records all others train.",
        panel=SPLIT,
        metavar="FILE|SET",
    ),
]

# Preprocessing.
Denoise = Annotated[
    bool | None,
    _option("Wavelet denoising.", "--denoise/--no-denoise", panel=STEPS, show_default=BY_NETWORK),
]
Wavelet = Annotated[str, _option("Discrete wavelet.", panel=STEPS, metavar="NAME")]
Threshold = Annotated[
    str,
    _option(
        "universal, level, none or a number of mV (the notebook's: 0.5).",
        panel=STEPS,
        parser=parse_threshold,
        metavar="RULE|MV",
    ),
]
BalanceRule = Annotated[
    Balance | None,
    _option(
        "notebook: one augmented copy of each rare beat, and as many of the most frequent class as "
        "of all others. none: no change.",
        "--balance",
        panel=STEPS,
        show_default=BY_NETWORK,
    ),
]
ScaleRule = Annotated[
    Scale | None,
    _option(
        "Normalization of each row: zscore, minmax, robust, r_amplitude or none.",
        "--scale",
        panel=STEPS,
        metavar="RULE",
        show_default=BY_NETWORK,
    ),
]

# Training.
Epochs = Annotated[
    int | None,
    _option(
        "Passes over the training beats.",
        panel=TRAINING,
        min=1,
        metavar="N",
        show_default=BY_NETWORK,
    ),
]
BatchSize = Annotated[
    int | None,
    _option(
        "Beats per gradient step; larger is faster.",
        panel=TRAINING,
        min=1,
        metavar="N",
        show_default=BY_NETWORK,
    ),
]
LearningRate = Annotated[
    float | None,
    _option(
        "Learning rate of Adam; of context-lstm the highest of its schedule.",
        panel=TRAINING,
        min=1e-9,
        metavar="RATE",
        show_default=BY_NETWORK,
    ),
]
Units = Annotated[
    str | None,
    _option(
        "Units of each layer; context-lstm takes one number.",
        panel=TRAINING,
        parser=parse_units,
        metavar="N,N...",
        show_default=BY_NETWORK,
    ),
]
Dropout = Annotated[
    float | None,
    _option(
        "Share of outputs dropped.",
        panel=TRAINING,
        min=0,
        max=0.95,
        metavar="SHARE",
        show_default=BY_NETWORK,
    ),
]
ClassWeight = Annotated[
    Weights | None,
    _option(
        "Weights of the classes: none, balanced or sqrt_balanced.",
        panel=TRAINING,
        metavar="RULE",
        show_default=BY_NETWORK,
    ),
]
EarlyStopping = Annotated[
    bool,
    _option(
        "Stop when validation no longer improves, and keep the best epoch.",
        "--early-stopping",
        panel=TRAINING,
    ),
]
Patience = Annotated[
    int, _option("Epochs to wait before early stopping.", panel=TRAINING, min=1, metavar="N")
]
