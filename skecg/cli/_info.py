"""``skecg info``: what is in folders of recordings, or in a model file."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from ._models import BY_NAME, is_model, model_facts, show_model
from ._options import Annotator, Debug, EvaluatedClasses, Quiet, Verbose
from ._terminal import FAILED, Terminal, session


def info(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|MODEL",
            help="Folders with WFDB recordings; those below are read, too. Or one model: a file "
            f"(NAME.skecg), or {BY_NAME}",
        ),
    ],
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, also with what the table leaves out.")
    ] = False,
    classes: Annotated[
        EvaluatedClasses, typer.Option(help="Class map of the columns N, S, V, F, Q.")
    ] = EvaluatedClasses.ec57,
    annotator: Annotator = "atr",
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Show records, subjects, leads, rates, durations, beats of each class, and what is broken.

    Every recording is read as training would read it, checksums included. The exit code is 1 if
    one cannot be used. Of a model it shows what the file says: how rows are made, who it was
    trained on; and the card of a model that comes with skecg.
    """
    with session(quiet=quiet, verbose=verbose, debug=debug) as terminal:
        if len(folders) == 1 and is_model(folders[0]):
            _info_of_model(terminal, folders[0], json)
            return
        facts = _read_all(terminal, folders, annotator, classes)
        if json:
            from ._files import to_json
            from ._settings import versions

            summary = _summary(facts, classes)
            print(to_json({"schema": 1, **summary, "records": facts, "versions": versions()}))
        else:
            _show(terminal, facts, classes)
        if any(record["problem"] for record in facts):
            raise typer.Exit(FAILED)


def _info_of_model(terminal: Terminal, model: Path, json: bool) -> None:
    """Print what a model file says of itself."""
    facts = model_facts(model)
    if json:
        from ._files import to_json

        print(to_json({"schema": 1, **facts}))
    else:
        show_model(terminal, facts)


def _read_all(
    terminal: Terminal, folders: list[Path], annotator: str, classes: str
) -> list[dict[str, Any]]:
    """Read every record and keep what there is to say of it."""
    from ..records import find_records

    paths = find_records(folders, annotator=annotator)
    names = Counter(path.name for path in paths)
    facts = []
    with terminal.progress("Reading records") as bar:
        for path in bar.track(paths):
            # records of one name in several folders are told apart by the folder
            name = path.name if names[path.name] == 1 else "/".join(path.parts[-2:])
            facts.append({"record": name, **_read_one(path, annotator, classes)})
    return facts


def _read_one(path: Path, annotator: str, classes: str) -> dict[str, Any]:
    """Facts of one record; what can be said of it if it is broken."""
    import warnings

    from ..records import read_record
    from ..tables import class_map

    problem, record = None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            record = read_record(path, annotator=annotator)
        except (ValueError, OSError) as error:
            problem = str(error)
            try:  # the signal alone may be fine
                record = read_record(path, annotator=None)
            except (ValueError, OSError):
                pass
    facts = {
        "path": str(path),
        "subject": None,
        "leads": None,
        "fs": None,
        "duration_s": None,
        "symbols": {},
        "classes": {},
        "warnings": list(
            dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, UserWarning))
        ),
        "problem": problem,
    }
    if record is None:
        return facts
    labels = class_map(classes)
    symbols = Counter(record.symbol.tolist())
    by_class = Counter()
    for symbol, n in symbols.items():
        if symbol in labels:
            by_class[labels[symbol]] += n
    return facts | {
        "subject": record.subject,
        "leads": list(record.lead_names),
        "fs": record.fs,
        "duration_s": record.duration,
        "symbols": dict(symbols.most_common()),
        "classes": dict(by_class),
    }


def _summary(facts: list[dict[str, Any]], classes: str) -> dict[str, Any]:
    """Sums over all records."""
    read = [record for record in facts if record["leads"] is not None]
    by_class = Counter()
    for record in facts:
        by_class.update(record["classes"])
    return {
        "n_records": len(facts),
        "n_subjects": len({record["subject"] for record in read}),
        "n_beats": sum(sum(record["symbols"].values()) for record in facts),
        "duration_s": sum(record["duration_s"] for record in read),
        "class_map": str(classes),
        "classes": {label: by_class[label] for label in _labels(facts)},
        "leads": dict(Counter("+".join(record["leads"]) for record in read).most_common()),
        "fs": {f"{fs:g}": n for fs, n in Counter(r["fs"] for r in read).most_common()},
        "n_problems": sum(record["problem"] is not None for record in facts),
    }


def _labels(facts: list[dict[str, Any]]) -> list[str]:
    from ..tables import ordered_labels

    return ordered_labels({label for record in facts for label in record["classes"]})


def _show(terminal: Terminal, facts: list[dict[str, Any]], classes: str) -> None:
    """Print a table of the records, and the sums."""
    from ._tables import clock, count, duration, make_table

    labels = _labels(facts)
    table = make_table(
        "record", "subject", "leads", "Hz", "length", *labels, left=["record", "subject", "leads"]
    )
    for record in facts:
        if record["leads"] is None:
            table.add_row(record["record"], "broken", "", "", "", *[""] * len(labels), style="red")
            continue
        table.add_row(
            record["record"],
            record["subject"],
            "+".join(record["leads"]),
            f"{record['fs']:g}",
            clock(record["duration_s"]),
            *(f"{record['classes'].get(label, 0):,}" for label in labels),
            style="red" if record["problem"] else None,
        )
    summary = _summary(facts, classes)
    table.add_section()
    table.add_row(
        "all",
        count(summary["n_subjects"], "subject"),
        "",
        "",
        clock(summary["duration_s"]),
        *(f"{summary['classes'][label]:,}" for label in labels),
        style="bold",
    )
    terminal.say(table)
    terminal.say(
        "",
        f"{count(summary['n_records'], 'record')} of {count(summary['n_subjects'], 'subject')}, "
        f"{duration(summary['duration_s'])} of ECG, {count(summary['n_beats'], 'beat')} "
        f"(classes: {classes})",
        f"Leads:  {_counted(summary['leads'])}",
        f"Rates:  {_counted({f'{fs} Hz': n for fs, n in summary['fs'].items()})}",
    )
    problems = [(r["record"], r["problem"]) for r in facts if r["problem"]]
    remarks = [(r["record"], text) for r in facts for text in r["warnings"]]
    for title, lines in (("Cannot be used", problems), ("Worth knowing", remarks)):
        if lines:
            terminal.rule(f"{title}: {len(lines)}")
            shown = lines if terminal.verbose else lines[:20]
            terminal.say(*(text for _, text in shown))
            if len(lines) > len(shown):
                terminal.say(f"... and {len(lines) - len(shown)} more (--verbose, --json)")


def _counted(counts: dict[str, int]) -> str:
    """Write names with their numbers of records."""
    return ", ".join(f"{name} ({n})" for name, n in counts.items()) or "none"
