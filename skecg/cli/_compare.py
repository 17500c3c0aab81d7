"""``skecg compare``: compare annotation files with reference files, beat by beat."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import _options as o
from ._fetch import folders_of
from ._terminal import Terminal, session

if TYPE_CHECKING:
    from ..ec57 import BeatComparison, RecordsComparison

PERIOD = "Test period and matching (other values are for development: not EC57)"
_NOT_SETTINGS = ("json", "pairs", "quiet", "verbose", "debug")


def _seconds(help: str) -> typer.models.OptionInfo:
    """Describe an option in seconds."""
    return typer.Option(metavar="S", help=help, rich_help_panel=PERIOD)


@dataclass(frozen=True)
class CompareOptions:
    """Options of ``skecg compare``."""

    reference: Annotated[
        Path,
        typer.Argument(
            metavar="REF",
            help="Folder with reference annotations and headers, searched recursively. Or one "
            "recording.",
        ),
    ]
    test: Annotated[
        Path,
        typer.Argument(
            metavar="TEST",
            help="Folder with the annotations to be evaluated, files of the same names. Or one "
            "recording.",
        ),
    ]
    records: o.Records = None
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result as JSON; - prints only the JSON."),
    ] = None
    pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every mismatch as CSV.")
    ] = None
    reference_annotator: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Ending of the reference annotation files.",
            rich_help_panel=o.READING,
        ),
    ] = "atr"
    annotator: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Ending of the test annotation files.",
            rich_help_panel=o.READING,
        ),
    ] = "skecg"
    fs: Annotated[
        float | None,
        typer.Option(
            metavar="HZ",
            help="Sampling frequency of recordings without header.",
            rich_help_panel=o.READING,
        ),
    ] = None
    skip_broken: o.SkipBroken = False
    start: Annotated[float, _seconds("Begin of the test period.")] = 300.0
    stop: Annotated[
        float | None, _seconds("End of the test period. Without: that of the recording.")
    ] = None
    window: Annotated[
        float, _seconds("Match window: maximum distance between matching beats.")
    ] = 0.15
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(CompareOptions)
def compare(options: CompareOptions) -> None:
    """Compare annotations with reference annotations beat by beat, as ANSI/AAMI EC57 prescribes.

    Missed, extra and misclassified beats are counted by record, gross and average. Signals are
    not read. [bold]skecg.write_annotations(found.record, folder, annotator="skecg")[/bold] writes
    the result of skecg.annotate next to the recording.
    """
    with session(options) as terminal:
        _compare(terminal, options)


def _compare(terminal: Terminal, options: CompareOptions) -> None:
    """Compare, show and write."""
    from .. import compare_folders
    from ..report._provenance import plain
    from ..utils import all_versions, to_json, write_csv, write_json
    from ._files import check_can_write

    check_can_write(options.json, options.pairs)
    reference, test = (
        folders_of(terminal, [folder], options.records)[0]
        for folder in (options.reference, options.test)
    )
    comparison = compare_folders(
        reference,
        test,
        records=options.records,
        reference_annotator=options.reference_annotator,
        annotator=options.annotator,
        fs=options.fs,
        start=options.start,
        stop=options.stop,
        window=options.window,
        on_error="warn" if options.skip_broken else "raise",
        verbose=int(terminal.shows_progress),
    )
    if options.pairs is not None:
        write_csv(options.pairs, comparison.pairs)
    if options.json is not None:
        settings = {k: v for k, v in asdict(options).items() if k not in _NOT_SETTINGS}
        settings = plain(settings) | {"warnings": terminal.warnings}
        data = comparison.to_dict() | {"settings": settings, "versions": all_versions()}
        if str(options.json) == "-":
            print(to_json(data))
            return
        write_json(options.json, data)
    terminal.say(str(_one_or_all(comparison)))
    for path in (options.json, options.pairs):
        if path is not None:
            terminal.note(f"written: {path}")


def _one_or_all(comparison: "RecordsComparison") -> "RecordsComparison | BeatComparison":
    """Return the comparison of the only record, or that of all."""
    if len(comparison.comparisons) == 1 and comparison.skipped.empty:
        return next(iter(comparison.comparisons.values()))
    return comparison
