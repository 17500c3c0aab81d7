"""``skecg evaluate``: load a model and beats, evaluate, save."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import _options as o
from ._models import MODEL_HELP
from ._terminal import Terminal, command_line, session

if TYPE_CHECKING:
    from ..beats import Beats
    from ..persistence import ModelInfo
    from ..report import Evaluation
    from ..utils import Classifier


@dataclass(frozen=True)
class EvaluateOptions:
    """Options of ``skecg evaluate``."""

    model: Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL_HELP)]
    folders: o.Folders
    records: o.Records = None
    subjects: o.Subjects = None
    classes: Annotated[
        o.ClassMapName | None,
        typer.Option(help="Class map of the reference labels.", show_default="that of the model"),
    ] = None
    false_positives: o.FalsePositives = "one_vs_rest"
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder for the reports, the predictions of all beats, and figures.",
        ),
    ] = None
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report as JSON; - prints only the JSON."),
    ] = None
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML page.")
    ] = None
    jobs: o.Jobs = 1
    annotator: o.Annotator = "atr"
    skip_broken: o.SkipBroken = False
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(EvaluateOptions)
def evaluate(options: EvaluateOptions) -> None:
    """Test a saved model, or one that comes with skecg, on annotated recordings.

    Rows are made by the extractor in the model file, exactly as the training rows were, from the
    leads that it names (skecg info MODEL shows them): there is no option --leads. --out
    writes report.txt, report.json, comparison.csv, MODEL-predictions.csv, MODEL.html and figures:
    confusion matrix, curves, calibration, subjects, beats and errors. --html writes only the page,
    which is one file.
    """
    from contextlib import nullcontext

    from ._files import results_replaced

    with session(options) as terminal:
        _check_outputs(options)
        out = options.out
        with nullcontext() if out is None else results_replaced(out) as folder:
            evaluation, files = _evaluate(terminal, options, folder)
            written = _write_single_files(options, evaluation, files)
        _show(terminal, options, evaluation, written)
        if files and str(options.json) != "-":
            names = ", ".join(sorted(file.name for file in files))
            terminal.say("", f"{len(files)} files in {out}/:", names)


def _check_outputs(options: EvaluateOptions) -> None:
    """Raise unless all results can be written, before anything is loaded."""
    from ._files import check_can_write

    check_can_write(options.json, options.html)
    html = options.html
    if html is not None and (str(html) == "-" or html.is_dir()):
        raise ValueError(f"cannot write a page to '{html}'. Name a file, such as report.html.")


def _evaluate(
    terminal: Terminal, options: EvaluateOptions, folder: Path | None
) -> "tuple[Evaluation, list[Path]]":
    """Load, evaluate, and write the files into a folder, if there is one."""
    import matplotlib

    from .. import evaluate as evaluate_models
    from ._files import folder_names
    from ._models import find_model

    matplotlib.use("Agg")
    path = find_model(options.model)
    model, info = _load_model(path)
    beats = _load_beats(terminal, options, info)
    evaluation = evaluate_models(
        {path.stem: model},
        beats,
        trained_on=info,
        false_positives=options.false_positives,
        dataset=folder_names(options.folders),
        command=command_line(),
        options=o.data_options(options),
        warnings=terminal.warnings,
    )
    return evaluation, [] if folder is None else evaluation._write(folder)


def _load_model(path: Path) -> "tuple[Classifier, ModelInfo]":
    """Load a classifier that knows how its rows were made."""
    from .. import load

    model, info = load(path, return_info=True)
    if info.extractor is None:
        raise ValueError(
            f"the model file '{path}' does not contain the extractor of its rows. Save the model "
            "with skecg.save(model, path, beats=train)."
        )
    if not hasattr(model, "predict"):
        raise ValueError(
            f"the model file '{path}' contains a {type(model).__name__}, which is not a "
            "classifier."
        )
    return model, info


def _load_beats(terminal: Terminal, options: EvaluateOptions, info: "ModelInfo") -> "Beats":
    """Load the test beats in rows as those of training."""
    from ._loading import choose, load

    extractor = info.extractor
    assert extractor is not None
    if options.classes is not None:
        extractor.set_params(classes=options.classes)
    paths, subjects = choose(terminal, options)
    return load(terminal, paths, extractor, options, subjects)


def _write_single_files(
    options: EvaluateOptions, evaluation: "Evaluation", saved: Sequence[Path]
) -> list[Path]:
    """Write the page and the JSON file, if they are wanted."""
    from ..utils import write_text

    written = []
    if options.json is not None and str(options.json) != "-":
        written.append(write_text(options.json, evaluation.to_json() + "\n"))
    if options.html is not None:
        pages = [file for file in saved if file.suffix == ".html"]
        page = pages[0].read_text(encoding="utf-8") if pages else evaluation.to_html()
        written.append(write_text(options.html, page))
    return written


def _show(
    terminal: Terminal,
    options: EvaluateOptions,
    evaluation: "Evaluation",
    written: Sequence[Path],
) -> None:
    """Print beats, exclusions, overlap and metrics, or the JSON only."""
    from ..report._tables import (
        beats_table,
        excluded_lines,
        records_by_subject,
        shared_subjects_line,
    )

    if str(options.json) == "-":
        print(evaluation.to_json())
        return
    (splits,) = evaluation.splits.values()
    (report,) = evaluation.reports.values()
    terminal.rule(evaluation.title)
    terminal.say(beats_table(splits))
    if shared := shared_subjects_line(records_by_subject(splits)):
        terminal.say("", shared)
    if excluded := excluded_lines(evaluation.excluded):
        terminal.say("", *(f"Excluded: {line}" for line in excluded))
    terminal.say("", *evaluation.overlap_lines(), "", str(report))
    for file in written:
        terminal.note(f"written: {file}")
