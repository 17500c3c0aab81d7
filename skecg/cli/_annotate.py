"""``skecg annotate``: find and classify the beats of recordings."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import typer

from . import _options as o
from ._fetch import folders_of
from ._models import MODEL_HELP
from ._terminal import FAILED, Terminal, command_line, session

if TYPE_CHECKING:
    from rich.table import Table

    from ..annotation._folder import Options
    from ..annotation._jobs import Outcome

BEATS = "Beats"
REVIEW = "Review"
_MOST_ROWS = 50  # of the table, without --verbose
_SUMS = ("duration", "unusable", "beats", "S", "V", "F", "Q", "uncertain")


@dataclass(frozen=True)
class AnnotateOptions:
    """Options of ``skecg annotate``."""

    HINTS: ClassVar[Mapping[str, str]] = {"leads": "--leads NAME,NAME"}

    model: Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL_HELP)]
    recordings: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORDING",
            help="Recordings of any format (WFDB, EDF, BDF, ISHNE, CSV ...), or folders that are "
            "searched for them, or names of databases that are fetched (see skecg fetch).",
        ),
    ]
    out: o.ResultsFolder
    detector: Annotated[
        str,
        typer.Option(
            help="Detector of beats: auto, sleepecg or gqrs.",
            rich_help_panel=BEATS,
            metavar="NAME",
        ),
    ] = "auto"
    leads: Annotated[
        str | None,
        typer.Option(
            help="Use only these leads. Each recording must have them.",
            rich_help_panel=BEATS,
            metavar="NAME,NAME...",
            show_default="all",
        ),
    ] = None
    review_below: Annotated[
        float,
        typer.Option(
            help="List beats for review whose class has a probability below P, 0 to 1.",
            rich_help_panel=REVIEW,
            metavar="P",
            min=0,
            max=1,
        ),
    ] = 0.8
    corrections: Annotated[
        list[Path] | None,
        typer.Option(
            help="Merge beats that a person has reviewed: a CSV file with the columns record, "
            "sample or time, and corrected; a file RECORD.csv or RECORD.beats of the results, "
            "edited; or a folder of them, such as DIR. Repeat the option for several.",
            rich_help_panel=REVIEW,
            metavar="FILE|DIR",
        ),
    ] = None
    adapt: Annotated[
        bool,
        typer.Option(
            "--adapt",
            help="Fine-tune the model to the person of each recording on its reviewed beats, at "
            "least 50, before the others are classified. It needs TensorFlow.",
            rich_help_panel=REVIEW,
        ),
    ] = False
    edf: Annotated[
        bool,
        typer.Option(
            "--edf",
            help="Write an EDF+ file RECORD.edf with signal and beats as well.",
            rich_help_panel=o.OUTPUT,
        ),
    ] = False
    certainty: Annotated[
        str | None,
        typer.Option(
            help="Write the probability of the predicted class with each beat of RECORD.beats: "
            "num, as a percentage; aux, as text.",
            rich_help_panel=o.OUTPUT,
            metavar="num|aux",
        ),
    ] = None
    restart: Annotated[
        bool,
        typer.Option(
            "--restart",
            help="Annotate recordings anew that are complete. Merged corrections stay.",
            rich_help_panel=o.OUTPUT,
        ),
    ] = False
    jobs: Annotated[
        int,
        typer.Option(
            help="Recordings annotated at the same time; -1: all cores.",
            rich_help_panel=o.READING,
            metavar="N",
        ),
    ] = 1
    dask: Annotated[
        str | None,
        typer.Option(
            help="Annotate on a Dask cluster, whose machines have the same folders.",
            rich_help_panel=o.READING,
            metavar="ADDRESS",
        ),
    ] = None
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(AnnotateOptions)
def annotate(options: AnnotateOptions) -> None:
    """Find the beats of recordings, classify them, and write a report of each.

    Recordings need no labels; those that they have are ignored. For each one, DIR has RECORD.html
    (the report), RECORD.beats (WFDB annotations), RECORD.csv (all beats) and RECORD.json (the
    summary); recordings.csv has a row for each. The recordings' own files are never changed.

    A recording that cannot be used is reported and does not stop the others; the exit code is
    then 1. Repeat the command to go on after an interruption: recordings that are complete, with
    the same files, model and options, are not annotated again.
    """
    with session(options) as terminal:
        terminal.hints = {**terminal.hints, "leads": "--leads NAME,NAME"}  # numbers are not taken
        progress = _Progress(terminal)
        outcomes = _annotate(terminal, options, progress)
        _show(terminal, options, outcomes, progress)
        if any(one.error is not None for one in outcomes):
            raise typer.Exit(FAILED)


def _annotate(
    terminal: Terminal, options: AnnotateOptions, progress: "_Progress"
) -> "list[Outcome]":
    """Annotate all recordings."""
    from ..annotation._folder import annotate_all
    from ..annotation._model import resolve_model
    from ._models import find_model

    _check_out(options.out)
    model_file = find_model(options.model)
    return annotate_all(
        resolve_model(model_file, None),
        folders_of(terminal, options.recordings),
        options.out,
        _library_options(options),
        model_file=str(model_file.absolute()),
        on_done=progress,
    )


def _check_out(out: Path) -> None:
    """Raise if there is a file in place of the folder, before anything is loaded."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"'{out}' is a file. Name a folder for the results with --out.")


def _library_options(options: AnnotateOptions) -> "Options":
    """Return the options as the library has them."""
    from ..annotation._folder import Options

    leads = None
    if options.leads is not None:
        leads = [name.strip() for name in options.leads.split(",") if name.strip()]
        if not leads:
            raise typer.BadParameter("name leads, separated by commas.", param_hint="--leads")
    return Options(
        detector=options.detector,
        leads=leads,
        review_below=options.review_below,
        corrections=options.corrections,
        adapt=options.adapt,
        edf=options.edf,
        certainty=options.certainty,
        restart=options.restart,
        n_jobs=options.jobs,
        dask=options.dask,
        doing=command_line(),
    )


class _Progress:
    """Print a line for each recording that is done."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._started = time.monotonic()
        self._n_done = 0
        self.seconds = 0.0  # of signal that was annotated

    @property
    def elapsed(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self._started

    @property
    def speed(self) -> float:
        """Seconds of signal in a second."""
        return self.seconds / max(self.elapsed, 1e-9)

    def __call__(self, outcome: "Outcome", total: int) -> None:
        """Print the line of a recording, or its error."""
        from ..report._tables import clock, duration

        self._terminal.interruption.check()
        self._n_done += 1
        row = outcome.row
        if outcome.error is not None:
            notes = getattr(outcome.error, "__notes__", ())
            text = self._terminal.with_hint(row["reason"], outcome.error)
            self._terminal.error("\n".join([text, *notes]))
            return
        if not outcome.is_new:
            return
        self.seconds += row["duration"]
        self._terminal.note(
            f"{self._n_done}/{total} {row['record']}: {clock(row['duration'])}, "
            f"{row['beats']:,} beats; {duration(self.seconds)} at {self.speed:,.0f} x real time"
        )


def _show(
    terminal: Terminal,
    options: AnnotateOptions,
    outcomes: "Sequence[Outcome]",
    progress: _Progress,
) -> None:
    """Print the table of the recordings and the sums."""
    from ..report._tables import duration, seconds
    from ..utils import count

    good = [one for one in outcomes if one.error is None]
    failed, known = len(outcomes) - len(good), sum(not one.is_new for one in good)
    table, legend = _table(outcomes, outcomes if terminal.verbose else outcomes[:_MOST_ROWS])
    terminal.say("", table)
    if len(outcomes) > _MOST_ROWS and not terminal.verbose:
        terminal.say(f"... and {len(outcomes) - _MOST_ROWS} more (--verbose, recordings.csv)")
    total = sum(one.row["duration"] for one in good)
    parts = [f"{count(len(good), 'recording')} of {duration(total)}"] if good else []
    if progress.seconds:
        parts.append(f"{seconds(progress.elapsed)}, {progress.speed:,.0f} x real time")
    if known:
        parts.append(f"{known} complete before (--restart annotates them anew)")
    if failed:
        parts.append(f"{failed} failed")
    terminal.say("", "; ".join(parts), *_reviewed(good))
    if good:
        edf = ", .edf" if options.edf else ""
        terminal.say(
            "; ".join(legend),
            "",
            f"{options.out}/: recordings.csv, and RECORD.html, .beats, .csv, .json{edf}",
        )


def _reviewed(outcomes: "Sequence[Outcome]") -> list[str]:
    """Write the line about corrections, if there are any."""
    from ..utils import count

    sums = {
        name: sum(one.row[name] for one in outcomes)
        for name in ("reviewed", "deleted", "unmatched")
    }
    if not any(sums.values()):
        return []

    return [
        f"Corrections: {count(sums['reviewed'], 'beat')} reviewed, {sums['deleted']:,} deleted, "
        f"{sums['unmatched']:,} not applied"
    ]


class _Column(NamedTuple):
    """A column of the table: its cell of a recording, its sum over several, its explanation."""

    title: str
    cell: Callable[[Mapping[str, Any]], str]
    is_sum: bool
    legend: str = ""


def _columns() -> list[_Column]:
    """Return the columns after the name."""
    from ..report._tables import clock

    def counted(name: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda row: f"{row[name]:,}"

    return [
        _Column("length", lambda row: clock(row["duration"]), True),
        _Column(
            "lost",
            lambda row: clock(row["unusable"]) if row["unusable"] >= 0.5 else "",
            True,
            "lost: no lead can be used",
        ),
        _Column("beats", counted("beats"), True),
        _Column(
            "HR",
            lambda row: _number(row["mean_hr"], "{:.0f}"),
            False,
            "HR: mean heart rate per minute; V: ventricular, S: supraventricular, F: fusion beats",
        ),
        *(_Column(label, counted(label), True) for label in ("V", "S", "F")),
        _Column("Q", lambda row: f"{row['Q']:,}" if row["Q"] else "", True, "Q: without a class"),
        _Column("V %", lambda row: _number(row["v_burden"], "{:.1%}").rstrip("%"), False),
        _Column("S %", lambda row: _number(row["s_burden"], "{:.1%}").rstrip("%"), False),
        _Column(
            "pause",
            lambda row: _number(row["longest_pause"], "{:.1f} s"),
            False,
            "pause: longest of 2.5 s or more",
        ),
        _Column("check", counted("uncertain"), True, "check: uncertain beats, to be reviewed"),
    ]


def _table(outcomes: "Sequence[Outcome]", shown: "Sequence[Outcome]") -> "tuple[Table, list[str]]":
    """Make a table with one row per recording and a row of sums, and explain its columns."""
    from ..report._tables import make_table

    good = [one.row for one in outcomes if one.error is None]
    columns = [one for one in _columns() if not one.legend or any(one.cell(row) for row in good)]
    titles = [one.title for one in columns]
    table = make_table("record", *titles, left=["record"])
    for outcome in shown:
        row = outcome.row
        if outcome.error is not None:
            table.add_row(row["record"], "failed", *[""] * (len(columns) - 1), style="red")
            continue
        table.add_row(row["record"], *(one.cell(row) for one in columns))
    if len(good) > 1:
        sums = {name: sum(row[name] for row in good) for name in _SUMS}
        table.add_section()
        table.add_row(
            "all", *(one.cell(sums) if one.is_sum else "" for one in columns), style="bold"
        )
    return table, [one.legend for one in columns if one.legend]


def _number(value: Any, form: str) -> str:
    """Write a number; nothing where there is none."""
    return "" if value is None else form.format(value)
