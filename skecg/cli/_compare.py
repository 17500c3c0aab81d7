"""``skecg compare``: compare annotation files with reference files, as EC57 prescribes."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from . import _options as o
from ._fetch import folders_of
from ._terminal import Terminal, session

if TYPE_CHECKING:
    from ..ec57 import BeatComparison, RecordsComparison
    from ..ec57._parts import Parts

PERIOD = "Test period and matching (other values are for development: not EC57)"
_LINES = (".txt", ".sum.txt")  # of a line file, and of its summary
_NOT_SETTINGS = ("json", "html", "lines", "pairs", "details", "quiet", "verbose", "debug")


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
    all: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Compare runs of ectopic beats, episodes of fibrillation and ischemia, and heart "
            "rates, too.",
        ),
    ] = False
    parts: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME...",
            help="Compare only these parts: beats, runs, episodes, heart_rate. For an annotator "
            "that marks only rhythm: episodes.",
        ),
    ] = None
    records: o.Records = None
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result as JSON; - prints only the JSON."),
    ] = None
    details: Annotated[
        bool,
        typer.Option(
            "--details",
            help="Every mismatch, discrepancy, episode, overlap and measurement in the JSON, too.",
        ),
    ] = False
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write one page: tables, matrices, discrepancies by record, methods.",
        ),
    ] = None
    lines: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the line files of the reference programs, and the summaries that "
            "sumstats makes of them.",
        ),
    ] = None
    pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every mismatch of beats as CSV.")
    ] = None
    rules: Annotated[
        bool,
        typer.Option(
            "--rules",
            help="Apply the rules without the known faults of the reference programs.",
        ),
    ] = False
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
    """Compare annotations with reference annotations, as ANSI/AAMI EC57 prescribes.

    Missed, extra and misclassified beats are counted by record, gross and average; with --all,
    also runs of ectopic beats, episodes and heart rates. Signals are not read.
    [bold]skecg.write_annotations(found.record, folder, annotator="skecg")[/bold] writes
    the result of skecg.annotate next to the recording.
    """
    with session(options) as terminal:
        _compare(terminal, options)


def _compare(terminal: Terminal, options: CompareOptions) -> None:
    """Compare, show and write."""
    from .. import compare_folders

    _check_places(options)
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
        parts=_parts(options),
        fs=options.fs,
        start=options.start,
        stop=options.stop,
        window=options.window,
        reference_faults=not options.rules,
        on_error="warn" if options.skip_broken else "raise",
        verbose=int(terminal.shows_progress),
    )
    written = _write(terminal, options, comparison)
    if str(options.json) == "-":
        return
    every = options.all or options.parts is not None
    terminal.say(comparison.to_text() if every else str(_one_or_all(comparison)))
    for path in written:
        terminal.note(f"written: {path}")


def _parts(options: CompareOptions) -> "Parts":
    """Return the parts to compare; of ``--parts`` in any order."""
    if options.parts is None:
        return "all" if options.all else "beats"
    # names are checked where they are used
    return cast("Parts", [name.strip() for name in options.parts.split(",") if name.strip()])


def _check_places(options: CompareOptions) -> None:
    """Raise unless the results can be written."""
    from ._files import check_can_write

    parts = _parts(options)
    if options.pairs is not None and parts != "all" and "beats" not in parts:
        raise ValueError("--pairs lists mismatches of beats: add beats to --parts.")
    if options.html is not None and (str(options.html) == "-" or options.html.is_dir()):
        raise ValueError(
            f"cannot write a page to '{options.html}'. Name a file, such as ec57.html."
        )
    if str(options.pairs) == "-":
        raise ValueError("cannot write mismatches to '-'. Name a file, such as mismatches.csv.")
    check_can_write(options.json, options.html, options.pairs)
    endings = {f".{name}" for name in (options.reference_annotator, options.annotator, "hea")}
    for file in (options.json, options.html, options.pairs):
        if file is not None and file.suffix in endings and file.exists():
            raise ValueError(f"cannot write '{file}', which has annotations. Name another file.")
    if options.lines is not None:
        _check_lines(options.lines, (options.reference, options.test))


def _check_lines(folder: Path, recordings: tuple[Path, ...]) -> None:
    """Raise unless line files can be written into a folder, and replace nothing but such."""
    from ..ec57._line_formats import layout_of
    from ._files import check_can_write, results_folder

    if str(folder) == "-" or (folder.exists() and not folder.is_dir()):
        raise ValueError(f"cannot write files into '{folder}'. Name a folder.")
    if not folder.exists():
        check_can_write(folder)  # its parent exists
    if folder.resolve() in {path.resolve() for path in recordings}:
        raise ValueError(
            f"cannot write line files into '{folder}', which has the annotations that are "
            "compared. Name another folder with --lines."
        )
    for path in _line_files(folder):
        with path.open(encoding="utf-8", errors="replace") as file:
            if not layout_of(file.readline()):
                raise ValueError(
                    f"cannot write line files into '{folder}': '{path.name}' in it is not one, "
                    "and would be replaced. Name another folder with --lines."
                )
    results_folder(folder, "--lines")


def _line_files(folder: Path) -> list[Path]:
    """Find the files in a folder that have names of line files."""
    from ..ec57._records_comparison import line_file_names

    names = [f"{name}{end}" for name in line_file_names() for end in _LINES]
    return [folder / name for name in names if (folder / name).is_file()]


def _write(
    terminal: Terminal, options: CompareOptions, comparison: "RecordsComparison"
) -> list[str]:
    """Write the files that are asked for, and print the JSON; return the names of the files."""
    from ..utils import all_versions, to_json, write_csv, write_json, write_text

    if options.pairs is not None:
        write_csv(options.pairs, comparison.pairs)
    if options.html is not None:
        write_text(options.html, _page(terminal, options, comparison))
    if options.lines is not None:
        _write_lines(options.lines, comparison)
    if options.json is not None:
        data = comparison.to_dict(pairs=options.details, details=options.details)
        shared = {
            "settings": _settings(options) | {"warnings": terminal.warnings},
            "versions": all_versions(),
        }
        if str(options.json) == "-":
            print(to_json(data | shared))
        else:
            write_json(options.json, data | shared)
    written = [str(path) for path in (options.json, options.html, options.pairs) if path]
    return [*written, f"{options.lines}/"] if options.lines else written


def _write_lines(folder: Path, comparison: "RecordsComparison") -> None:
    """Write the line files, all or none, in place of those of an earlier comparison."""
    from ..utils import write_text
    from ._files import results_replaced

    earlier = _line_files(folder)
    with results_replaced(folder, "--lines") as new:
        for name, summary in comparison.summaries.items():
            write_text(new / f"{name}.txt", "\n".join([*summary.lines, ""]))
            write_text(new / f"{name}.sum.txt", f"{summary}\n")
    names = {f"{name}{end}" for name in comparison.summaries for end in _LINES}
    for path in earlier:
        if path.name not in names:  # of parts that were not compared this time
            path.unlink(missing_ok=True)


def _page(terminal: Terminal, options: CompareOptions, comparison: "RecordsComparison") -> str:
    """Make the page."""
    from ..report import Provenance, comparison_page
    from ._terminal import command_line

    places = {
        "Reference": f"{options.reference} (*.{options.reference_annotator})",
        "Test": f"{options.test} (*.{options.annotator})",
    }
    provenance = Provenance.collect(
        _settings(options), command=command_line(), warnings=terminal.warnings
    )
    return comparison_page(comparison, metadata=places, provenance=provenance)


def _settings(options: CompareOptions) -> dict[str, Any]:
    """Return the options that led to the numbers."""
    from ..report._provenance import plain

    return {
        key: plain(value) for key, value in asdict(options).items() if key not in _NOT_SETTINGS
    }


def _one_or_all(comparison: "RecordsComparison") -> "RecordsComparison | BeatComparison":
    """Return the comparison of the only record, or that of all."""
    if len(comparison.comparisons) == 1 and comparison.skipped.empty:
        return next(iter(comparison.comparisons.values()))
    return comparison
