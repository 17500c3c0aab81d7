"""``skecg info``: describe folders of recordings, or a model file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import _options as o
from ._fetch import folders_of
from ._models import BY_NAME, is_model, model_facts, show_model
from ._terminal import FAILED, Terminal, session

if TYPE_CHECKING:
    from rich.table import Table

    from ..records import RecordsSummary

_MOST_LINES = 20  # of problems or warnings, without --verbose


@dataclass(frozen=True)
class InfoOptions:
    """Options of ``skecg info``."""

    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|MODEL",
            help=f"{o.FOLDERS} Or one model: a file (NAME.skecg), or {BY_NAME}",
        ),
    ]
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with more facts than the table.")
    ] = False
    classes: Annotated[
        o.ClassMapName, typer.Option(help="Class map of the columns N, S, V, F, Q.")
    ] = "ec57"
    annotator: o.Annotator = "atr"
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(InfoOptions)
def info(options: InfoOptions) -> None:
    """Show records, subjects, leads, rates, durations, beats of each class, and problems.

    Every recording is read as for training, checksums included. The exit code is 1 if one cannot
    be used. For a model it shows the facts in its file: how rows are made, on which subjects it
    was trained; and the card of a model that comes with skecg.
    """
    with session(options) as terminal:
        if len(options.folders) == 1 and is_model(options.folders[0]):
            _describe_model(terminal, options.folders[0], options.json)
        else:
            _describe_records(terminal, options)


def _describe_model(terminal: Terminal, model: Path, json: bool) -> None:
    """Print the facts in a model file."""
    from ..utils import to_json

    facts = model_facts(model)
    if json:
        print(to_json({"schema": 1, **facts}))
    else:
        show_model(terminal, facts)


def _describe_records(terminal: Terminal, options: InfoOptions) -> None:
    """Read all records, print their facts, and exit with 1 if one cannot be used."""
    from .. import describe_records
    from ..records._find import about_folder, search
    from ..utils import to_json

    closed: list[OSError] = []
    summary = describe_records(
        search(folders_of(terminal, options.folders), options.annotator, closed.append),
        annotator=options.annotator,
        classes=options.classes,
        verbose=int(terminal.shows_progress),
    )
    if options.json:
        print(to_json(summary.to_dict()))
    else:
        _show(terminal, summary, options.annotator)
    for error in closed:
        terminal.error(about_folder(error))
    if summary.problems or closed:
        raise typer.Exit(FAILED)


def _show(terminal: Terminal, summary: "RecordsSummary", annotator: str) -> None:
    """Print a table of the records, the sums, problems and warnings."""
    from ..report._tables import duration, shared_subjects_line
    from ..utils import count

    terminal.say(_table(summary))
    terminal.say(
        "",
        f"{count(len(summary.records), 'record')} of {count(summary.n_subjects, 'subject')}, "
        f"{duration(summary.duration)} of ECG, {count(summary.n_beats, 'beat')} "
        f"(classes: {summary.class_map})",
        f"Leads:  {_counted(summary.leads)}",
        f"Rates:  {_counted({f'{fs:g} Hz': n for fs, n in summary.rates.items()})}",
        f"Formats:  {_counted(summary.formats)}",
        *_unlabelled(summary, annotator),
    )
    if shared := shared_subjects_line(summary.shared_subjects):
        terminal.say(shared)
    warnings = [text for one in summary.records for text in one.warnings]
    hint = "On the command line: --subjects FILE of skecg train and skecg evaluate."
    notes = [f"{note} {hint}" for note in summary.notes]
    _show_lines(terminal, "Cannot be used", list(summary.problems.values()))
    _show_lines(terminal, "Notes on subjects", notes)
    _show_lines(terminal, "Warnings", warnings)


def _unlabelled(summary: "RecordsSummary", annotator: str) -> list[str]:
    """Write the line about recordings without annotations, if there are any."""
    from ..utils import count, listed

    names = summary.unlabelled
    if not names:
        return []
    return [
        f"Unlabelled:  {count(len(names), 'record')} without "
        f"'*.{annotator}' ({listed(names, 5)}): "
        "skecg annotate finds and classifies the beats"
    ]


def _table(summary: "RecordsSummary") -> "Table":
    """Make a table with one row per record, and a row of sums."""
    from ..report._tables import clock, make_table
    from ..utils import count

    labels = summary.labels
    table = make_table(
        "record", "subject", "leads", "Hz", "length", *labels, left=["record", "subject", "leads"]
    )
    for one in summary.records:
        if one.subject is None or one.leads is None or one.fs is None or one.duration is None:
            table.add_row(one.record, "broken", "", "", "", *[""] * len(labels), style="red")
            continue
        table.add_row(
            one.record,
            one.subject,
            "+".join(one.leads),
            f"{one.fs:g}",
            clock(one.duration),
            *(f"{one.classes.get(label, 0):,}" for label in labels),
            style="red" if one.problem else None,
        )
    table.add_section()
    table.add_row(
        "all",
        count(summary.n_subjects, "subject"),
        "",
        "",
        clock(summary.duration),
        *(f"{n:,}" for n in summary.classes.values()),
        style="bold",
    )
    return table


def _show_lines(terminal: Terminal, title: str, lines: list[str]) -> None:
    """Print lines under a heading, if there are any."""
    if not lines:
        return
    terminal.rule(f"{title}: {len(lines)}")
    shown = lines if terminal.verbose else lines[:_MOST_LINES]
    terminal.say(*shown)
    if len(lines) > len(shown):
        terminal.say(f"... and {len(lines) - len(shown)} more (--verbose, --json)")


def _counted(counts: dict[str, int]) -> str:
    """Write names with their numbers of records."""
    return ", ".join(f"{name} ({n})" for name, n in counts.items()) or "none"
