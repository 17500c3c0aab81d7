"""``skecg evaluate``: a saved model on other recordings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._models import MODEL_HELP
from ._options import (
    Annotator,
    Convention,
    Debug,
    EvaluatedClasses,
    FalseAlarms,
    Folders,
    Jobs,
    Quiet,
    SkipBroken,
    Verbose,
)
from ._terminal import Terminal, session

if TYPE_CHECKING:
    from ._results import Shared

SEEN = "The model was trained on"  # so many of the subjects here: the page says it at its top


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
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
    false_positives: FalseAlarms = Convention.one_vs_rest,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder for the report, the predictions of all beats, and pictures.",
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report as JSON, too; - prints it alone."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the report as a page to read and to hand on, too."
        ),
    ] = None,
    jobs: Jobs = 1,
    annotator: Annotator = "atr",
    skip_broken: SkipBroken = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Test a saved model, or one that comes with skecg, on annotated recordings.

    Rows are made by the extractor in the model file, just as the training rows were. With --out
    it writes report.txt, report.json, MODEL-predictions.csv and pictures: confusion matrix,
    curves, calibration, subjects, beats and errors. --html makes one page of all of it, which
    needs nothing beside itself.
    """
    with session(quiet=quiet, verbose=verbose, debug=debug) as terminal:
        options = {
            "model": model,
            "folders": folders,
            "records": records,
            "classes": classes,
            "false_positives": false_positives,
            "annotator": annotator,
            "skip_broken": skip_broken,
            "jobs": jobs,
        }
        _evaluate(terminal, options, out, json, html)


def _evaluate(
    terminal: Terminal,
    options: dict[str, Any],
    out: Path | None,
    json: Path | None,
    html: Path | None,
) -> None:
    """Load the model, then the beats, then compare."""
    from .. import find_records
    from .. import load as load_model
    from ..persistence._spec import to_spec
    from ._files import listed_records, prepare_folder, to_json, write_json
    from ._judged import judge
    from ._loading import load
    from ._models import find_model
    from ._page import named, trained_on, write_page
    from ._pictures import draw
    from ._results import write_test
    from ._settings import plain, versions
    from ._tables import beats_table, skipped_lines

    name = options["model"]
    path = find_model(name)
    for file in (json, html):
        if file is not None and str(file) != "-" and not file.absolute().parent.is_dir():
            raise ValueError(f"cannot write '{file}': there is no folder '{file.parent}'.")
    if html is not None and (str(html) == "-" or html.is_dir()):
        raise ValueError(f"cannot write a page to '{html}'. Name a file, such as report.html.")
    if out is not None:
        prepare_folder(out)
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

    judged = judge(path.stem, model, beats, str(options["false_positives"]))

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
    data = judged.report.to_dict(settings=settings, versions=found_versions)
    shared = [_shared_line(seen, beats, facts)]
    title = f"{name.name} on {', '.join(map(str, options['folders']))}"
    pictures = {} if out is None and html is None else draw(judged, beats)
    if html is not None:  # before the pictures get titles of their own
        write_page(
            html,
            f"{name.name} on {named(options['folders'])}",
            judged,
            beats,
            pictures,
            facts={"Model": name, "Trained on": trained_on(facts.n_beats, facts.subjects)},
            shared=shared,
            skipped=beats.skipped,
            settings=plain(options),
            versions=found_versions,
            warnings=[text for text in terminal.warnings if not text.startswith(SEEN)],
        )
    files = [] if out is None else write_test(out, title, judged, beats, data, shared, pictures)
    if json is not None and str(json) == "-":
        print(to_json(data))
        return
    terminal.rule(title)
    terminal.say(beats_table({"beats": beats}))
    if left_out := skipped_lines(beats.skipped):
        terminal.say("", *(f"Left out: {line}" for line in left_out))
    terminal.say("", *shared, "", str(judged.report))
    if json is not None:
        write_json(json, data)
        terminal.note(f"written: {json}")
    if html is not None:
        terminal.note(f"written: {html}")
    if files:
        names = ", ".join(sorted(file.name for file in files))
        terminal.say("", f"{len(files)} files in {out}/:", names)


def _shared_line(seen: list[str], beats: Any, facts: Any) -> "Shared":
    """Say how many of these people the model was trained on."""
    from ._results import Shared
    from ._tables import count

    n_test, n_train = len(set(beats.groups.tolist())), len(facts.subjects or ())
    if not n_train:
        text = "The model file does not say whether it was trained on "
        return Shared(f"{text}the {count(n_test, 'subject')} here.", None)
    if not seen:
        text = f"{SEEN} none of the {count(n_test, 'subject')} here, but on "
        return Shared(f"{text}{count(n_train, 'other')}.", False)
    text = f"{SEEN} {len(seen)} of the {count(n_test, 'subject')} here "
    return Shared(f"{text}({n_train:,} in all): {', '.join(seen)}.", True)


def _warn_of_seen_subjects(beats: Any, facts: Any) -> list[str]:
    """Say it if the model was trained on some of these people."""
    import warnings

    from ._tables import count

    subjects = set(beats.groups.tolist())
    seen = sorted(subjects & set(facts.subjects or ()))
    if seen:
        warnings.warn(
            f"{SEEN} {len(seen)} of the {count(len(subjects), 'subject')} here: "
            f"{', '.join(seen[:10])}"
            f"{' and others' * (len(seen) > 10)}. The figures are not those of "
            "unseen subjects; name others with --records.",
            UserWarning,
            stacklevel=2,
        )
    return seen
