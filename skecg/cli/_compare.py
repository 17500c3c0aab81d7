"""``skecg compare``: two annotators of the same recordings, beat by beat."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._options import READING, SETS, Debug, Quiet, SkipBroken, Verbose
from ._terminal import Terminal, session

if TYPE_CHECKING:
    import pandas as pd

PERIOD = "What counts (other values are for development: not EC57)"
MOST_NAMED = 10  # records in a message
SKIP = "--skip-broken leaves such recordings out and says so."


def compare(
    reference: Annotated[
        Path,
        typer.Argument(
            metavar="REF",
            help="Folder with reference annotations and headers; those below are read, too. Or "
            "one recording.",
        ),
    ],
    test: Annotated[
        Path,
        typer.Argument(
            metavar="TEST",
            help="Folder with the annotations to be judged, files of the same names. Or one "
            "recording.",
        ),
    ],
    records: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|SET",
            help=f"Names of the records to take, one a line, or a set: {SETS}. Without: all.",
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result as JSON, too; - prints it alone."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every mismatch as CSV."),
    ] = None,
    reference_annotator: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Ending of the reference annotation files.",
            rich_help_panel=READING,
        ),
    ] = "atr",
    annotator: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Ending of the test annotation files.", rich_help_panel=READING
        ),
    ] = "skecg",
    fs: Annotated[
        float | None,
        typer.Option(
            metavar="HZ",
            help="Sampling frequency of recordings that have no header.",
            rich_help_panel=READING,
        ),
    ] = None,
    skip_broken: SkipBroken = False,
    start: Annotated[
        float,
        typer.Option(metavar="S", help="Begin of the test period.", rich_help_panel=PERIOD),
    ] = 300.0,
    stop: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            help="End of the test period. Without: that of the recording.",
            rich_help_panel=PERIOD,
        ),
    ] = None,
    window: Annotated[
        float,
        typer.Option(
            metavar="S",
            help="Largest distance of two beats that are one.",
            rich_help_panel=PERIOD,
        ),
    ] = 0.15,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Compare annotations with reference annotations beat by beat, as ANSI/AAMI EC57 prescribes.

    Missed, extra and misnamed beats are counted by record, gross and average. Signals are not
    read. [bold]skecg.write_record(found.record, folder, annotator="skecg")[/bold] writes what
    skecg.annotate has found.
    """
    with session(quiet=quiet, verbose=verbose, debug=debug) as terminal:
        if reference.absolute() == test.absolute() and reference_annotator == annotator:
            raise typer.BadParameter(
                f"REF and TEST are the same files, *.{annotator}. Name the test's annotator with "
                "--annotator, or another folder."
            )
        options = {
            "reference": reference,
            "test": test,
            "records": records,
            "reference_annotator": reference_annotator,
            "annotator": annotator,
            "fs": fs,
            "skip_broken": skip_broken,
            "start": start,
            "stop": stop,
            "window": window,
        }
        _compare(terminal, options, json, pairs)


def _compare(
    terminal: Terminal, options: dict[str, Any], json: Path | None, pairs: Path | None
) -> None:
    """Find the files, read them, compare, show and write."""
    from dataclasses import replace

    import pandas as pd

    from .. import compare_records
    from ._files import to_json, write_csv, write_json
    from ._settings import plain, versions

    for path in (json, pairs):
        if path is not None and str(path) != "-" and not path.absolute().parent.is_dir():
            raise ValueError(f"cannot write '{path}': there is no folder '{path.parent}'.")
    files, skipped = _find_pairs(options)
    streams, lengths, broken = _read_all(terminal, files, options)
    try:
        comparison = compare_records(
            streams,
            fs=options["fs"],
            n_samples=lengths,
            start=options["start"],
            stop=options["stop"],
            window=options["window"],
            on_error="warn" if options["skip_broken"] else "raise",
        )
    except ValueError as error:
        if len(streams) > 1 and not options["skip_broken"] and str(error).startswith("Record"):
            error.add_note(SKIP)
        raise
    skipped = pd.concat([skipped, broken, comparison.skipped], ignore_index=True)
    comparison = replace(comparison, skipped=skipped)
    if pairs is not None:
        write_csv(pairs, comparison.pairs)
    data = None
    if json is not None:
        settings = plain(options) | {"warnings": terminal.warnings}
        data = comparison.to_dict() | {"settings": settings, "versions": versions()}
    if data is not None and str(json) == "-":
        print(to_json(data))
        return
    if data is not None:
        write_json(json, data)
    terminal.say(str(_one_or_all(comparison)))
    for path in (json, pairs):
        if path is not None:
            terminal.note(f"written: {path}")


def _one_or_all(comparison: Any) -> Any:
    """The comparison of the only record, or that of all."""
    if len(comparison.comparisons) == 1 and comparison.skipped.empty:
        return next(iter(comparison.comparisons.values()))
    return comparison


def _find_pairs(options: dict[str, Any]) -> tuple[dict[str, tuple[Path, Path]], "pd.DataFrame"]:
    """Paths without ending of reference and test by the name of the record; those without test."""
    from collections import Counter

    from ._files import listed_records

    reference, test = options["reference"], options["test"]
    references = _find(reference, options["reference_annotator"], "--reference-annotator")
    tests = _find(test, options["annotator"], "--annotator")
    if not test.is_dir():
        (name,) = (path.name for path in tests)
        if not reference.is_dir():  # they may have any names
            return {name: (*references.values(), *tests.values())}, _left_out({})
        references = {part: path for part, path in references.items() if path.name == name}
    if options["records"] is not None:
        chosen = set(listed_records(references.values(), options["records"]))
        references = {part: path for part, path in references.items() if path in chosen}
    elif reference.is_dir():
        _warn_of_unused(references, tests, options)
    found = {part: _partner(part, tests) for part in references}
    alone = [part for part, partner in found.items() if partner is None]
    if alone and (len(alone) == len(found) or not options["skip_broken"]):
        raise FileNotFoundError(_no_test(alone, len(found), options))
    names = Counter(part.name for part in found)
    named = {
        # records of one name in several folders are told apart by the folder
        part.name if names[part.name] == 1 else part.as_posix(): (references[part], partner)
        for part, partner in found.items()
        if partner is not None
    }
    return named, _left_out({part.as_posix(): _no_test([part], 1, options) for part in alone})


def _find(path: Path, annotator: str, option: str) -> dict[Path, Path]:
    """Annotation files without their ending, by where they are in the folder; at least one."""
    from ..records._find import _files_below, check_annotator

    check_annotator(annotator, option)
    if not path.is_dir():
        if path.suffix in (f".{annotator}", ".hea", ".dat"):
            path = path.with_suffix("")
        if not path.with_name(f"{path.name}.{annotator}").is_file():
            raise FileNotFoundError(
                f"there is neither a folder '{path}' nor annotations '{path}.{annotator}'. Name "
                f"the ending of the annotation files with {option}."
            )
        return {Path(path.name): path}
    files = list(_files_below(path))
    found = sorted(file.with_suffix("") for file in files if file.suffix == f".{annotator}")
    if not found:
        endings = sorted({file.suffix for file in files} - {".hea", ".dat", ""})
        raise FileNotFoundError(
            f"no annotations '*.{annotator}' in '{path}' or the folders below. Files there end "
            f"in {', '.join(endings[:10]) or 'nothing that could be annotations'}; name the "
            f"ending with {option}."
        )
    return {file.relative_to(path): file for file in found}


def _partner(part: Path, tests: dict[Path, Path]) -> Path | None:
    """The test of a reference: at the same place, or the only one of its name."""
    if part in tests:
        return tests[part]
    same = [path for path in tests.values() if path.name == part.name]
    if len(same) > 1:
        raise ValueError(
            f"Record '{part.name}': there are {len(same)} tests of this name, "
            f"{', '.join(map(str, same[:3]))}. Arrange them in folders as the reference is."
        )
    return same[0] if same else None


def _no_test(alone: list[Path], n_all: int, options: dict[str, Any]) -> str:
    """Say that records have no test annotations, and what to do."""
    which = (
        f"Record '{alone[0].name}': there are"
        if n_all == 1
        else (f"{len(alone)} of {n_all} records have")
    )
    names = "" if n_all == 1 else f" ({_some([part.as_posix() for part in alone])})"
    text = f"{which} no annotations '*.{options['annotator']}' in '{options['test']}'{names}."
    if len(alone) == n_all:
        return text
    return f"{text} Take others with --records, or leave these out with --skip-broken."


def _warn_of_unused(
    references: dict[Path, Path], tests: dict[Path, Path], options: dict[str, Any]
) -> None:
    """Say it if there are tests without a reference."""
    import warnings

    known = {part.name for part in references}
    if unused := [part.as_posix() for part in tests if part.name not in known]:
        warnings.warn(
            f"{len(unused)} of {len(tests)} files '*.{options['annotator']}' in "
            f"'{options['test']}' have no reference '*.{options['reference_annotator']}' in "
            f"'{options['reference']}' and are not compared: {_some(unused)}.",
            UserWarning,
            stacklevel=2,
        )


def _read_all(
    terminal: Terminal, files: dict[str, tuple[Path, Path]], options: dict[str, Any]
) -> tuple[dict[str, tuple[Any, Any]], dict[str, int], "pd.DataFrame"]:
    """Annotations and lengths by the name of the record; those that cannot be read."""
    import warnings

    streams, lengths, broken = {}, {}, {}
    with terminal.progress("Reading annotations") as bar:
        for name, (reference, test) in bar.track(files.items()):
            try:
                streams[name], lengths[name] = _read_pair(reference, test, options)
            except (ValueError, OSError) as error:
                if not options["skip_broken"]:
                    error.add_note(SKIP)
                    raise
                broken[name] = str(error)
                warnings.warn(f"Left out: {error}", UserWarning, stacklevel=2)
    if not streams:
        raise ValueError(f"no recording can be compared. The first: {next(iter(broken.values()))}")
    return streams, lengths, _left_out(broken)


def _read_pair(
    reference: Path, test: Path, options: dict[str, Any]
) -> tuple[tuple[Any, Any], int | None]:
    """Read both annotation files, and the length of the recording from the headers."""
    from ..records._read import _read_annotation

    pair = (
        _read_annotation(reference, options["reference_annotator"]),
        _read_annotation(test, options["annotator"]),
    )
    lengths = set()
    for annotation, path in zip(pair, (reference, test), strict=True):
        if header := _read_header(path):
            annotation.fs = annotation.fs or header.fs
            lengths |= {header.sig_len} - {None, 0}
    if options["fs"] is None and not any(annotation.fs for annotation in pair):
        raise FileNotFoundError(
            f"Record '{reference.name}': there is no header '{reference}.hea' that says at how "
            "many Hz it was sampled. Say it with --fs."
        )
    if len(lengths) > 1:
        raise ValueError(
            f"Record '{reference.name}': the headers of reference and test must give one length. "
            f"Got {' and '.join(map(str, sorted(lengths)))} samples. Are they of the same "
            "recording?"
        )
    return pair, max(lengths, default=None)


def _read_header(path: Path) -> Any:
    """The header of a recording, None if there is none."""
    import wfdb

    from ..records._read import _call_wfdb

    if not path.with_name(f"{path.name}.hea").is_file():
        return None
    return _call_wfdb(path, "header", wfdb.rdheader, str(path))


def _left_out(reasons: dict[str, str]) -> "pd.DataFrame":
    """Make a table of records that are not compared."""
    import pandas as pd

    return pd.DataFrame(list(reasons.items()), columns=["record", "reason"])


def _some(names: list[str]) -> str:
    """Write the first of many names."""
    return f"{', '.join(names[:MOST_NAMED])}{' ...' * (len(names) > MOST_NAMED)}"
