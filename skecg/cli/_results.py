"""What a training or a test leaves behind: reports, tables, models."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ._files import write_csv, write_json, write_text, writing
from ._settings import lines
from ._tables import beats_table, comparison_table, differences_table, skipped_lines, verdict
from ._terminal import Terminal

if TYPE_CHECKING:
    import pandas as pd

    from ._judged import Judged

ONE_AGAINST_REST = "Se, +P: one class against the rest, all beats pooled."


class Comparison(NamedTuple):
    """Several models on the same beats: a row of figures each, and what may be chance."""

    figures: "pd.DataFrame"
    differences: "pd.DataFrame | None"


def compare(models: Sequence["Judged"], test: Any, convention: str = "one_vs_rest") -> Comparison:
    """Compare the models on the test beats."""
    from .. import compare_models

    by_name = {model.name: model for model in models}
    several = len(models) > 1
    found = compare_models(
        by_name,
        test.data,
        test.target,
        groups=test.groups,
        convention=convention,
        return_differences=several,
    )
    return Comparison(*found) if several else Comparison(found, None)


def show_comparison(terminal: Terminal, comparison: Comparison, what: str) -> None:
    """Print the comparison table, the differences and the sentences that go with them."""
    terminal.rule(f"Comparison on {what}")
    terminal.say(comparison_table(comparison.figures))
    if comparison.differences is not None:
        terminal.say("", *differences_table(comparison.differences))
    words = verdict(*comparison)
    terminal.say("", *([words] if words else []))


def write_model(folder: Path, judged: "Judged", train: Any) -> Path:
    """Save a model, with what it needs to make rows of other recordings."""
    from .. import save

    path = folder / f"{judged.stem}.skecg"
    with writing(path) as beside:
        save(judged.model, beside, beats=train)
    return path


def write_predictions(folder: Path, judged: "Judged") -> Path:
    """Write what the model says of each test beat; all reports can be made of it again."""
    return write_csv(folder / f"{judged.stem}-predictions.csv", judged.table.round(6))


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
    models: Sequence["Judged"],
    sides: Mapping[str, Any],
    *,
    skipped: "pd.DataFrame",
    shared: Sequence[str],
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
    warnings: Sequence[str],
    comparison: Comparison | None = None,
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
    section("Shared between training and test", *shared)
    if comparison is not None:
        table = comparison_table(comparison.figures)
        section("Comparison on the test beats", table, "", ONE_AGAINST_REST)
        if comparison.differences is not None:
            page.print()
            for part in differences_table(comparison.differences):
                page.print(part, markup=False)
        if words := verdict(*comparison):
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


class Shared(str):
    """What training and test share, in words; ``found``: is there anything? None: unknown."""

    found: bool | None

    def __new__(cls, text: str, found: bool | None = None) -> "Shared":
        """Make one of a text."""
        self = super().__new__(cls, text)
        self.found = found
        return self


def find_leaks(sides: Mapping[str, Any]) -> tuple[list[Shared], dict[str, Any]]:
    """What each side shares with the test side, in words and as data."""
    from .. import leak_report

    texts, data = [], {}
    for name, beats in sides.items():
        if name != "test":
            report = leak_report(beats, sides["test"])
            text = str(report)
            for noun in ("beat", "row"):  # of the side; a record's name may be training, too
                text = text.replace(f"training {noun}", f"{name} {noun}")
            texts.append(Shared(text, report.found))
            data[name] = report.to_dict()
    return texts, data


def write_reports(
    folder: Path,
    title: str,
    models: Sequence["Judged"],
    comparison: Comparison,
    sides: Mapping[str, Any],
    *,
    skipped: "pd.DataFrame",
    leaks: tuple[list[str], dict[str, Any]],
    settings: dict[str, Any],
    details: dict[str, Any],
    warnings: Sequence[str],
) -> list[Path]:
    """Write report.txt, report.json, comparison.csv and, of several models, differences.csv."""
    from ._settings import versions as found_versions

    versions = found_versions()
    figures, differences = comparison
    shared, shared_data = leaks
    text = report_text(
        title,
        models,
        sides,
        skipped=skipped,
        shared=shared,
        settings=settings,
        versions=versions,
        warnings=warnings,
        comparison=comparison,
    )
    report = {
        "schema": 1,
        "title": title,
        "models": {
            model.name: model.report.to_dict(settings=settings, versions=versions)
            for model in models
        },
        "differences": [] if differences is None else _records(differences),
        "data": data_facts(sides),
        "shared_with_test": shared_data,
        "skipped": skipped.to_dict(orient="records"),
        "warnings": list(warnings),
        "settings": settings | details,
        "versions": versions,
    }
    files = [
        write_text(folder / "report.txt", text),
        write_json(folder / "report.json", report),
        write_csv(folder / "comparison.csv", figures, index=True),
    ]
    if differences is not None:
        files.append(write_csv(folder / "differences.csv", differences, index=True))
    return files


def write_test(
    folder: Path,
    title: str,
    judged: "Judged",
    beats: Any,
    data: dict[str, Any],
    shared: Sequence[str],
    pictures: Mapping[str, Any],
) -> list[Path]:
    """Write report.txt, report.json, the predictions and the pictures of one tested model."""
    from ._pictures import write_pictures

    settings = {k: v for k, v in data["settings"].items() if k not in ("skipped", "warnings")}
    text = report_text(
        title,
        [judged],
        {"test": beats},
        skipped=beats.skipped,
        shared=shared,
        settings=settings,
        versions=data["versions"],
        warnings=data["settings"]["warnings"],
    )
    return [
        write_text(folder / "report.txt", text),
        write_json(folder / "report.json", data),
        write_predictions(folder, judged),
        *write_pictures(folder, judged, pictures, of="test beats"),
    ]


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as dicts, None for what is not known."""
    rows = table.reset_index().to_dict(orient="records")
    return [{k: None if v != v else v for k, v in row.items()} for row in rows]
