"""What a training leaves behind: reports, tables, pictures, models."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._files import write_csv, write_figure, write_json, write_text, writing
from ._settings import lines
from ._tables import beats_table, comparison_table, skipped_lines, verdict
from ._terminal import Terminal

if TYPE_CHECKING:
    import pandas as pd

    from ._training import Trained

ONE_AGAINST_REST = "Se, +P: one class against the rest, all beats pooled."


def compare(models: Sequence["Trained"], test: Any) -> "pd.DataFrame":
    """Compare the models on the test beats."""
    from .. import compare_models

    by_name = {model.name: model for model in models}
    return compare_models(by_name, test.data, test.target, groups=test.groups)


def show_comparison(terminal: Terminal, figures: "pd.DataFrame", what: str) -> None:
    """Print the comparison table and the sentence that goes with it."""
    terminal.rule(f"Comparison on {what}")
    terminal.say(comparison_table(figures))
    words = verdict(figures)
    terminal.say("", *([words] if words else []))


def write_model(folder: Path, trained: "Trained", train: Any) -> Path:
    """Save a model, with what it needs to make rows of other recordings."""
    from .. import save

    path = folder / f"{trained.stem}.skecg"
    with writing(path) as beside:
        save(trained.model, beside, beats=train)
    return path


def write_pictures(
    folder: Path,
    models: Sequence["Trained"],
    test: Any,
    *,
    lead: str,
    seed: int | None,
    of: str = "test beats",
) -> list[Path]:
    """Write the histories of all models, and for each confusion matrix, ROC curves and beats."""
    import matplotlib

    matplotlib.use("Agg")
    from .. import BeatDisplay, ConfusionMatrixDisplay, HistoryDisplay, RocCurveDisplay

    by_name = {model.name: model for model in models}
    files = [
        write_figure(
            folder / "history.png",
            HistoryDisplay.from_estimators(by_name),
            title=f"Training{', on simulated subjects' * ('simulated' in of)}",
        )
    ]
    for model in models:
        displays = {
            "confusion": ConfusionMatrixDisplay.from_predictions(test.target, model.predicted),
            "roc": RocCurveDisplay.from_predictions(test.target, model.proba),
            "beats": BeatDisplay.from_predictions(
                test.data,
                test.target,
                model.predicted,
                layout=test.layout,
                fs=test.fs,
                lead_names=lead.split("+") if test.layout.leads > 1 else None,
                random_state=seed,
            ),
        }
        for name, display in displays.items():
            path = folder / f"{model.stem}-{name}.png"
            files.append(write_figure(path, display, title=f"{model.name}, {of}"))
    return files


def write_predictions(folder: Path, trained: "Trained", test: Any) -> Path:
    """Write what the model says of each test beat."""
    import pandas as pd

    table = pd.DataFrame(
        {
            "record": test.meta["record"],
            "sample": test.meta["sample"],
            "true": test.target,
            "predicted": trained.predicted,
        }
    )
    proba = trained.proba.add_prefix("p_").round(6)
    return write_csv(folder / f"{trained.stem}-predictions.csv", table.join(proba))


def data_facts(sides: Mapping[str, Any]) -> dict[str, Any]:
    """Who is on which side, for report.json."""
    from collections import Counter

    facts = {}
    for name, beats in sides.items():
        counts = Counter(beats.target.tolist())
        facts[name] = {
            "n_beats": len(beats.target),
            "classes": {label: counts[label] for label in beats.target_names},
            "records": sorted(set(beats.meta["record"].tolist())),
            "subjects": sorted(set(beats.groups.tolist())),
            "leads": sorted(set(beats.meta["leads"].tolist())),
        }
    return facts


def report_text(
    title: str,
    models: Sequence["Trained"],
    figures: "pd.DataFrame",
    sides: Mapping[str, Any],
    *,
    skipped: "pd.DataFrame",
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
    warnings: Sequence[str],
) -> str:
    """Write what a person reads: 80 columns of plain text."""
    from rich.console import Console

    page = Console(file=io.StringIO(), width=80, no_color=True, highlight=False)

    def section(name: str, *parts: Any) -> None:
        page.print(f"\n{name}\n{'-' * len(name)}\n", markup=False)
        for part in parts:
            page.print(part, markup=False)

    page.print(f"{title}\n{'=' * len(title)}", markup=False)
    section(
        "Beats",
        beats_table(sides),
        "",
        *(f"Subjects, {name}: {', '.join(_subjects(side))}" for name, side in sides.items()),
    )
    if left_out := skipped_lines(skipped):
        section("Left out", *left_out)
    words = verdict(figures)
    section("Comparison on the test beats", comparison_table(figures), "", ONE_AGAINST_REST)
    if words:
        page.print(f"\n{words}", markup=False)
    for model in models:
        section(f"{model.name} on the test beats", str(model.report))
        page.print("\nCounts, rows reference and columns predicted:\n")
        page.print(model.report.counts.to_string(), markup=False, soft_wrap=True)
    if warnings:
        section("Warnings", *(f"- {text}" for text in warnings))
    section("Settings", *lines(settings))
    section("Versions", *lines(versions))
    page.print("\nskecg is research software and no medical device.")
    return "\n".join(line.rstrip() for line in page.file.getvalue().splitlines()) + "\n"


def _subjects(beats: Any) -> list[str]:
    return sorted(set(beats.groups.tolist()))


def write_reports(
    folder: Path,
    title: str,
    models: Sequence["Trained"],
    figures: "pd.DataFrame",
    sides: Mapping[str, Any],
    *,
    skipped: "pd.DataFrame",
    settings: dict[str, Any],
    details: dict[str, Any],
    warnings: Sequence[str],
) -> list[Path]:
    """Write report.txt, report.json and comparison.csv."""
    from ._settings import versions as found_versions

    versions = found_versions()
    text = report_text(
        title,
        models,
        figures,
        sides,
        skipped=skipped,
        settings=settings,
        versions=versions,
        warnings=warnings,
    )
    report = {
        "schema": 1,
        "title": title,
        "models": {
            model.name: model.report.to_dict(settings=settings, versions=versions)
            for model in models
        },
        "data": data_facts(sides),
        "skipped": skipped.to_dict(orient="records"),
        "warnings": list(warnings),
        "settings": settings | details,
        "versions": versions,
    }
    return [
        write_text(folder / "report.txt", text),
        write_json(folder / "report.json", report),
        write_csv(folder / "comparison.csv", figures, index=True),
    ]
