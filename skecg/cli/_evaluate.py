"""``skecg evaluate``: a saved model on other recordings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ._options import (
    Annotator,
    Debug,
    EvaluatedClasses,
    Folders,
    Jobs,
    Quiet,
    SkipBroken,
    Verbose,
)
from ._terminal import Terminal, session


def evaluate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="File that skecg train or skecg.save wrote.")
    ],
    folders: Folders,
    records: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|SET",
            help="Names of the records to take, one a line, or a set: mitdb:DS1, mitdb:DS2. "
            "Without: all.",
        ),
    ] = None,
    classes: Annotated[
        EvaluatedClasses | None,
        typer.Option(help="Class map of the reference labels. Without: the model's own."),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report as JSON, too; - prints it alone."),
    ] = None,
    jobs: Jobs = 1,
    annotator: Annotator = "atr",
    skip_broken: SkipBroken = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Test a saved model on annotated recordings.

    Rows are made by the extractor in the model file, just as the training rows were.
    """
    with session(quiet=quiet, verbose=verbose, debug=debug) as terminal:
        options = {
            "model": model,
            "folders": folders,
            "records": records,
            "classes": classes,
            "annotator": annotator,
            "skip_broken": skip_broken,
            "jobs": jobs,
        }
        _evaluate(terminal, options, json)


def _evaluate(terminal: Terminal, options: dict[str, Any], json: Path | None) -> None:
    """Load the model, then the beats, then compare."""
    import pandas as pd

    from .. import beat_report, find_records
    from .. import load as load_model
    from .._spec import to_spec
    from ._files import listed_records, to_json, write_json
    from ._loading import load
    from ._settings import plain, versions
    from ._tables import beats_table, skipped_lines

    path = options["model"]
    if json is not None and str(json) != "-" and not json.absolute().parent.is_dir():
        raise ValueError(f"cannot write '{json}': there is no folder '{json.parent}'.")
    model, facts = load_model(path, return_info=True)
    if facts.extractor is None:
        raise ValueError(
            f"the model file '{path}' does not say how its rows were made. Save it with "
            "skecg.save(model, path, beats=train)."
        )
    if not hasattr(model, "predict"):
        raise ValueError(f"the model file '{path}' holds a {type(model).__name__}, no classifier.")
    extractor = facts.extractor
    if options["classes"] is not None:
        extractor.set_params(classes=str(options["classes"]))
    paths = find_records(options["folders"], annotator=options["annotator"])
    if options["records"] is not None:
        paths = listed_records(paths, options["records"])
    beats = load(
        terminal,
        paths,
        extractor,
        jobs=options["jobs"],
        annotator=options["annotator"],
        skip_broken=options["skip_broken"],
    )
    seen = _warn_of_seen_subjects(beats, facts)

    predicted, proba = _predict(model, beats.data)
    if proba is not None:
        proba = pd.DataFrame(proba, columns=list(model.classes_))
    report = beat_report(beats.target, predicted, y_proba=proba, groups=beats.groups)

    found_versions = versions()
    settings = plain(options) | {
        "extractor": to_spec(extractor),
        "trained_on": {
            "classes": facts.classes,
            "n_beats": facts.n_beats,
            "n_subjects": len(facts.subjects or ()),
            "fingerprint": facts.fingerprint,
            "versions": facts.versions,
        },
        "n_records": int(beats.meta["record"].nunique()),
        "n_subjects": len(set(beats.groups.tolist())),
        "subjects_seen_in_training": seen,
        "skipped": beats.skipped.to_dict(orient="records"),
        "warnings": terminal.warnings,
    }
    data = report.to_dict(settings=settings, versions=found_versions)
    if json is not None and str(json) == "-":
        print(to_json(data))
        return
    terminal.rule(f"{path.name} on {', '.join(map(str, options['folders']))}")
    terminal.say(beats_table({"beats": beats}))
    if left_out := skipped_lines(beats.skipped):
        terminal.say("", *(f"Left out: {line}" for line in left_out))
    terminal.say("", str(report))
    if json is not None:
        write_json(json, data)
        terminal.note(f"written: {json}")


def _predict(model: Any, X: Any) -> tuple[Any, Any]:
    """Labels and, where the model has them, probabilities, in one pass over the beats."""
    if not hasattr(model, "predict_proba"):
        return model.predict(X), None
    proba = model.predict_proba(X)
    return model.classes_[proba.argmax(axis=1)], proba


def _warn_of_seen_subjects(beats: Any, facts: Any) -> list[str]:
    """Say it if the model was trained on some of these people."""
    import warnings

    subjects = set(beats.groups.tolist())
    seen = sorted(subjects & set(facts.subjects or ()))
    if seen:
        warnings.warn(
            f"The model was trained on {len(seen)} of these {len(subjects)} subjects: "
            f"{', '.join(seen[:10])}{' ...' * (len(seen) > 10)}. The figures are not those of "
            "unseen subjects; name others with --records.",
            UserWarning,
            stacklevel=2,
        )
    return seen
