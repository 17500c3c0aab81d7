"""Options of the commands: each is defined once, with its help."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

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

# options that choose the beats and their splits
DATA_OPTIONS = (
    *("folders", "annotator", "records", "subjects", "train_records", "test_records"),
    *("test_size", "val_size", "skip_broken"),
)

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
        parameters = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=_default(field),
                annotation=hints[field.name],
            )
            for field in fields(options)  # type: ignore[arg-type]
        ]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = hints
        return command

    return decorate


def data_options(options: object) -> dict[str, Any]:
    """Return the options that choose the beats, which no model or beats contain, for reports."""
    return {name: getattr(options, name) for name in DATA_OPTIONS if hasattr(options, name)}


def _default(field: Field) -> Any:
    """Return the default of a field as a signature has it."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return inspect.Parameter.empty if field.default is MISSING else field.default


ClassMapName = Literal["ec57", "dechazal"]


def numbers(text: str, option: str, n: int | None = None) -> tuple[float, ...]:
    """Parse "0.1,0.1" into numbers, n of them where n is given."""
    try:
        values = tuple(map(float, text.split(",")))
    except ValueError:
        values = ()
    if not values or (n is not None and len(values) != n):
        wanted = "numbers" if n is None else f"{n} numbers"
        raise typer.BadParameter(
            f"{text!r} is not {wanted} separated by commas.", param_hint=option
        )
    return values


def parse_window(text: str) -> tuple[float, float]:
    """Parse seconds before and after the peak."""
    before, after = numbers(text, "--window", 2)
    if not (0 <= before < 60 and 0 <= after < 60 and before + after > 0):
        raise typer.BadParameter(
            f"{text!r} is not a window: give seconds before and after the peak, such as 0.1,0.1.",
            param_hint="--window",
        )
    return before, after


def parse_units(text: str) -> tuple[int, ...]:
    """Parse the units of each layer."""
    units = numbers(text, "--units")
    if not all(n.is_integer() and n >= 1 for n in units):
        raise typer.BadParameter(
            f"{text!r} is not one whole number of units per layer, such as 128,64,32.",
            param_hint="--units",
        )
    return tuple(map(int, units))


def parse_threshold(text: str) -> str | float | None:
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
            f"{text!r} is neither 'universal', 'level', 'none' nor a number of mV.",
            param_hint="--threshold",
        )
    return value


def parse_leads(texts: Sequence[str] | None) -> list[int | tuple[str, ...]] | None:
    """Parse one entry per lead of the row: names in order of preference, or a number."""
    return [_parse_lead(text) for text in texts] if texts else None


def _parse_lead(text: str) -> int | tuple[str, ...]:
    """Parse "MLII,II" or "0"."""
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise typer.BadParameter(
            f"{text!r} has an empty name between its commas.", param_hint="--leads"
        )
    if len(names) == 1 and names[0].isdecimal():
        return int(names[0])
    return names


def _option(help: str, *names: str, panel: str | None = None, **settings: Any) -> Any:
    """Describe an option."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **settings)


# Reading and output, of several commands.
FOLDERS = (
    "Folders with recordings, searched recursively, or names of databases that are fetched (see "
    "skecg fetch), such as edb."
)
Folders = Annotated[list[Path], typer.Argument(metavar="FOLDER", help=FOLDERS)]
Annotator = Annotated[
    str, _option("Ending of the annotation files.", panel=READING, metavar="NAME")
]
Jobs = Annotated[
    int, _option("Recordings read at the same time; -1: all cores.", panel=READING, metavar="N")
]
SkipBroken = Annotated[
    bool,
    _option(
        "Exclude recordings that cannot be used, and list them, instead of stopping at the first.",
        "--skip-broken",
        panel=READING,
    ),
]
Quiet = Annotated[bool, _option("Print errors only.", "--quiet", "-q", panel=OUTPUT)]
Verbose = Annotated[
    bool, _option("Print every warning and more detail.", "--verbose", "-v", panel=OUTPUT)
]
Debug = Annotated[
    bool, _option("Print tracebacks and messages of TensorFlow as well.", "--debug", panel=OUTPUT)
]
FalsePositives = Annotated[
    Literal["one_vs_rest", "ec57"],
    _option(
        "Which errors count as false positives: all (one_vs_rest), or by EC57's rule, which "
        "ignores F and Q predicted as V, and Q predicted as S.",
        "--false-positives",
    ),
]
Records = Annotated[
    Path | None,
    _option(
        f"Use only these records: a file of names, one per line, or a set: {SETS}.",
        panel=READING,
        metavar="FILE|SET",
    ),
]
Subjects = Annotated[
    Path | None,
    _option(
        "Who is who: a CSV or TSV file with the columns record (name, or folder/name) and "
        "subject. Records of one subject are never in two splits.",
        panel=READING,
        metavar="FILE",
    ),
]
ResultsFolder = Annotated[Path, _option("Folder for all results.", "--out", "-o", metavar="DIR")]
Seed = Annotated[int, _option("Seed of all random choices.", panel=SPLIT, min=0, metavar="N")]

# Beat extraction.
Models = Annotated[
    list[str],
    _option(
        f"Network to train: {', '.join(NETWORKS)} (whose rows compare a beat with those around "
        "it), or both: rnn and lstm. Repeat the option to compare several.",
        metavar="NAME",
        autocompletion=lambda: [*NETWORKS, "both"],
    ),
]
Context = Annotated[
    float | None,
    _option(
        "Seconds of the recording around a beat that its row depends on: rhythm, shape and "
        "neighbouring beats, without labels. It holds for all networks.",
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
Scalars = Annotated[
    Literal["all", "basic"],
    _option(
        "With context: all scalars, or without rhythm around and atrial activity.", panel=ROWS
    ),
]
Window = Annotated[
    str | None,
    _option(
        "Seconds before and after the R peak.",
        panel=ROWS,
        metavar="B,A",
        show_default=BY_NETWORK,
    ),
]
Rate = Annotated[
    float | None,
    _option(
        "Sampling frequency of the rows; recordings of another one are resampled. Required if "
        "those of the recordings differ.",
        panel=ROWS,
        min=1,
        metavar="HZ",
        show_default=BY_NETWORK,
    ),
]
Leads = Annotated[
    list[str] | None,
    _option(
        "A lead of the row: names in order of preference, or its number. Repeat the option for "
        "rows of several leads.",
        panel=ROWS,
        metavar="NAME,NAME...",
    ),
]
WithoutLeads = Annotated[
    Literal["error", "zeros"],
    _option(
        "For a recording that lacks a lead of the row: stop with an error, or fill with zeros.",
        panel=ROWS,
    ),
]
ClassMap = Annotated[
    Literal["ec57", "dechazal", "symbols"],
    _option(
        "Class of each beat symbol: ec57, dechazal or symbols (unchanged).",
        panel=ROWS,
        metavar="MAP",
    ),
]
Align = Annotated[
    bool,
    _option("Cut around the R peak, or around the annotation.", "--align/--no-align", panel=ROWS),
]
AtEdges = Annotated[
    Literal["drop", "pad"],
    _option("Beats at the ends of a recording: exclude them, or pad their rows.", panel=ROWS),
]
Highpass = Annotated[
    float | None,
    _option(
        "High-pass cutoff against baseline wander, for whole recordings, e.g. 0.5.",
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
        "Training records: a file of names, one per line, or a set. All others are test records, "
        "unless --test-records is given.",
        panel=SPLIT,
        metavar="FILE|SET",
    ),
]
TestRecords = Annotated[
    Path | None,
    _option(
        "Test records: a file of names, one per line, or a set. All others are training records, "
        "unless --train-records is given.",
        panel=SPLIT,
        metavar="FILE|SET",
    ),
]

# Preprocessing.
Denoise = Annotated[
    bool | None,
    _option("Wavelet denoising.", "--denoise/--no-denoise", panel=STEPS, show_default=BY_NETWORK),
]
Wavelet = Annotated[str, _option("Discrete wavelet of denoising.", panel=STEPS, metavar="NAME")]
Threshold = Annotated[
    str,
    _option(
        "Threshold of denoising: universal, level, none or a number of mV (the notebook's: 0.5).",
        panel=STEPS,
        metavar="RULE|MV",
    ),
]
Balance = Annotated[
    Literal["notebook", "none"] | None,
    _option(
        "notebook: one augmented copy of each beat of a minority class, and as many beats of the "
        "most frequent class as of all others. none: no change.",
        "--balance",
        panel=STEPS,
        show_default=BY_NETWORK,
    ),
]
Scale = Annotated[
    Literal["zscore", "minmax", "robust", "r_amplitude", "none"] | None,
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
        metavar="N,N...",
        show_default=BY_NETWORK,
    ),
]
Dropout = Annotated[
    float | None,
    _option(
        "Share of the outputs of each layer that are dropped in training.",
        panel=TRAINING,
        min=0,
        max=0.95,
        metavar="SHARE",
        show_default=BY_NETWORK,
    ),
]
ClassWeight = Annotated[
    Literal["none", "balanced", "sqrt_balanced"] | None,
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
SearchGrid = Annotated[
    list[str] | None,
    _option(
        "Search over values of a parameter of the networks, by folds of the training subjects "
        "scored by macro F1; the best is trained on all. Layers: units=64x32,32. Repeat the "
        "option for combinations.",
        "--search",
        panel=TRAINING,
        metavar="NAME=V,V...",
        show_default="none",
    ),
]
Folds = Annotated[
    int, _option("Folds of a search.", "--folds", panel=TRAINING, min=2, metavar="N")
]

# Unfinished runs.
Resume = Annotated[
    bool,
    _option(
        "Go on with the interrupted run in DIR.unfinished, after its last whole epoch.",
        "--resume",
        panel=OUTPUT,
    ),
]
Restart = Annotated[
    bool,
    _option(
        "Delete the interrupted run in DIR.unfinished, and begin anew.",
        "--restart",
        panel=OUTPUT,
    ),
]
