"""Results of models on test beats, as text, HTML, JSON, figures and a folder."""

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..beats import Beats
from ..ec57 import PredictedRuns, compare_predicted_runs
from ..ec57._predicted_runs import NoRunsError
from ..metrics._class_metrics import compared_metrics
from ..predictions import Predictions
from ..utils import (
    Classifier,
    RandomState,
    align,
    count,
    file_hash,
    last_step,
    listed,
    printable,
    replacing_folder,
    to_json,
    write_csv,
    write_json,
    write_text,
)
from ._beat_report import BeatReport
from ._figures import ReportFigure, plot_predictions
from ._html import Page
from ._overlap import Overlap
from ._provenance import Provenance, describe, one_or_all, written, written_steps
from ._tables import (
    RUNS_TITLE,
    beats_table,
    comparison_table,
    differences_table,
    excluded_lines,
    run_rows,
    verdict,
)
from ._write import (
    close_figures,
    file_stem,
    write_difference,
    write_figure,
    write_model_if_possible,
    write_training_figures,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["Evaluation"]

TRAINING_UNKNOWN = "Unknown: the training data were not given."
SCHEMA = 2
MOST_RECORDS = 100  # named one by one


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """Results of one or several models on test beats, made by `evaluate`.

    ``print(evaluation)`` writes them as text; `save` writes a folder with everything.

    Attributes
    ----------
    dataset : str
        Name of the test data.
    title : str
        Title of the reports: the models and the test data.
    models : dict of str to estimator
        The models, by their names.
    predictions : dict of str to Predictions
        Predictions of each.
    reports : dict of str to BeatReport
        Metrics of each, with intervals over subjects.
    comparison : DataFrame
        One row of metrics per model, as `compare_models` returns it.
    differences : DataFrame or None
        Differences between the models, with intervals and p values; None for one model.
    overlap : dict of str to LeakReport or SubjectOverlap
        Overlap of "training" and "validation" with the test beats; empty if it is unknown.
    excluded : DataFrame
        Excluded beats: record, reason and count.
    provenance : Provenance
        Settings, versions, command and warnings.
    splits : dict of str to dict of str to Beats
        For each model its beats: "training" and "validation", if given, and "test".
    random_state : int, RandomState instance or None
        Seed of intervals and of the choice of beats that are drawn.

    See Also
    --------
    evaluate : Makes it; has an example.
    """

    dataset: str
    models: dict[str, Classifier]
    predictions: dict[str, Predictions]
    reports: dict[str, BeatReport]
    comparison: pd.DataFrame
    differences: pd.DataFrame | None
    overlap: dict[str, Overlap]
    excluded: pd.DataFrame
    provenance: Provenance
    splits: dict[str, dict[str, Beats]]
    random_state: RandomState = 0

    @property
    def title(self) -> str:
        """Title of the reports: the models and the test data."""
        return f"{', '.join(self.models)} on {self.dataset}"

    @property
    def best(self) -> str:
        """Name of the model with the highest macro F1, the first one of equals."""
        return str(self.comparison["macro F1"].idxmax())

    def to_text(self) -> str:
        """Return all results as plain text of 80 columns.

        Returns
        -------
        str
            Beats of each split, exclusions, overlap, comparison, one report per model, warnings,
            settings and versions.
        """
        from rich.console import Console

        page = Console(file=io.StringIO(), width=80, no_color=True, highlight=False)
        title = printable(self.title)
        page.print(f"{title}\n{'=' * len(title)}", markup=False)
        splits = self._shared_splits()
        subjects = (
            f"Subjects, {n}: {', '.join(map(printable, beats.subjects))}"
            for n, beats in splits.items()
        )
        _section(page, "Beats", beats_table(splits), "", *subjects)
        if excluded := excluded_lines(self.excluded):
            _section(page, "Excluded", *excluded)
        _section(page, "Overlap of training and test", *self.overlap_lines())
        _section(page, f"{self.comparison_title} on the test beats", *self.comparison_parts())
        for name, report in self.reports.items():
            _section(page, f"{name} on the test beats", str(report))
            page.print("\nCounts, rows reference and columns predicted:\n")
            counts = report.counts.rename(index=_shown, columns=_shown)
            page.print(counts.to_string(), markup=False, soft_wrap=True)
            if runs := self._shown_runs(name):
                page.print(f"\n{RUNS_TITLE}:\n")
                page.print("\n".join(align(run_rows(runs))), markup=False, soft_wrap=True)
        if self.provenance.warnings:
            warnings = (
                f"- {printable(' '.join(text.split()))}" for text in self.provenance.warnings
            )
            _section(page, "Warnings", *warnings)
        command = {"command": self.provenance.command} if self.provenance.command else {}
        own = {"created": self.provenance.created, "run": self.provenance.run_id}
        settings = own | command | self._readable_settings()
        _section(page, "Settings", _aligned(settings))
        _section(page, "Versions", _aligned(self.provenance.versions))
        page.print("\nskecg is research software and not a medical device.")
        text = page.file.getvalue()  # type: ignore[attr-defined]
        return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"

    def to_html(self, model: str | None = None, *, figures: bool = True) -> str:
        """Return an HTML page about one model, in one file without scripts.

        Parameters
        ----------
        model : str, default=None
            Name of the model. None is the only one, or the best of several.
        figures : bool, default=True
            Whether to draw the figures of `figures`; they are most of the page's size.

        Returns
        -------
        str
            The page.

        Raises
        ------
        ValueError
            If there is no model of that name.
        """
        name = self._model(model)
        drawn = self.figures(name) if figures else {}
        try:
            return self._page(name, drawn)
        finally:
            close_figures(drawn)

    def to_dict(self) -> dict[str, Any]:
        """Return all results as JSON-able data.

        Returns
        -------
        dict
            With the keys schema, title, models (for each, `BeatReport.to_dict`), runs (for each,
            matrices and statistics of `runs`, or None), differences, data (beats, classes,
            records, subjects and leads of each split), shared_with_test (overlap of each split),
            skipped, warnings, settings, versions, command, created and run_id.
            With a single model, the keys of its report are at the top as well.
        """
        reports = {name: report.to_dict() for name, report in self.reports.items()}
        flat = next(iter(reports.values())) if len(reports) == 1 else {}
        differences = self.differences
        return flat | {
            "schema": SCHEMA,
            "title": self.title,
            "models": reports,
            "runs": {name: self._json_runs(name) for name in self.models},
            "differences": [] if differences is None else _rows(differences),
            "data": {name: _facts(beats) for name, beats in self._shared_splits().items()},
            "shared_with_test": {name: one.to_dict() for name, one in self.overlap.items()},
            "skipped": self.excluded.to_dict(orient="records"),
            "warnings": list(self.provenance.warnings),
            "settings": dict(self.provenance.settings),
            "versions": dict(self.provenance.versions),
            "command": self.provenance.command,
            "created": self.provenance.created,
            "run_id": self.provenance.run_id,
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return to_json(self.to_dict())

    def runs(self, model: str | None = None) -> PredictedRuns | None:
        """Compare the runs of ectopic beats of one model with those of the reference.

        Parameters
        ----------
        model : str, default=None
            Name of the model. None is the only one, or the best of several.

        Returns
        -------
        PredictedRuns or None
            As `compare_predicted_runs` returns it; None where there are other labels than N, S,
            V, F and Q, or a beat occurs twice.

        Raises
        ------
        ValueError
            If there is no model of that name.
        """
        predictions = self.predictions[self._model(model)]
        try:
            return compare_predicted_runs(predictions)
        except NoRunsError:
            return None

    def figures(self, model: str | None = None) -> dict[str, ReportFigure]:
        """Draw all figures of one model.

        Parameters
        ----------
        model : str, default=None
            Name of the model. None is the only one, or the best of several.

        Returns
        -------
        dict of str to ReportFigure
            As `plot_predictions` returns them.
        """
        name = self._model(model)
        test = self.splits[name]["test"]
        return plot_predictions(
            self.predictions[name],
            test.data,
            layout=test.layout,
            fs=test.fs,
            lead_names=_lead_names(test),
            random_state=self.random_state,
        )

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write all results to a folder, as a whole: all files are of this evaluation.

        They are made in a folder next to it, which then takes its place. Results of an earlier
        evaluation are removed; other files in the folder stay, and so do results that were
        changed since, except those of the same names.

        Parameters
        ----------
        folder : path-like
            It is created if needed. If it is the current folder or a mount point, which cannot
            be replaced, the finished files are moved into it one by one.

        Returns
        -------
        list of Path
            The files: report.txt, report.json, comparison.csv; differences.csv of several models;
            for each model MODEL-predictions.csv, MODEL.html and figures (MODEL-confusion.png and
            so on). If the training beats are known, also MODEL.skecg, history.png, balance.png,
            and, of two models, difference.png. report.json lists the SHA-256 of all others.

        Raises
        ------
        FileExistsError
            If there is a file in place of the folder.
        BlockingIOError
            If another process is writing to the folder. The error names it.

        Warns
        -----
        UserWarning
            If a model cannot be kept in a model file.

        Examples
        --------
        >>> import tempfile
        >>> from sklearn.tree import DecisionTreeClassifier
        >>> from skecg import evaluate, load_simulated
        >>> beats = load_simulated(2, duration=30.0, random_state=0)
        >>> tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     files = evaluate(tree, beats).save(folder)
        >>> sorted(path.name for path in files if path.suffix != ".png")[:3]
        ['comparison.csv', 'decisiontree-predictions.csv', 'decisiontree.html']
        """
        with replacing_folder(folder, "Evaluation.save") as new:
            files = self._write(new)
        return [Path(folder) / path.name for path in files]

    def _write(self, folder: Path, more: Sequence[Path] = ()) -> list[Path]:
        """Write all files, and a report that lists them and `more` of the folder."""
        import matplotlib.pyplot as plt

        training = {n: own["training"] for n, own in self.splits.items() if "training" in own}
        # models first: they take longest to make again
        files = [
            path
            for name in training
            if (path := write_model_if_possible(folder, name, self.models[name], training[name]))
        ]
        for name, predictions in self.predictions.items():
            files.append(folder / f"{file_stem(name)}-predictions.csv")
            predictions.to_csv(files[-1])
        with plt.ioff():  # figures are written and closed, not shown
            files += write_training_figures(folder, self.models, training)
            if len(self.models) == 2:
                files.append(write_difference(folder, self.predictions, self._test_subjects))
            for name in self.models:
                files += self._write_page_and_figures(folder, name)
        files += [
            *more,
            write_text(folder / "report.txt", self.to_text()),
            write_csv(folder / "comparison.csv", self.comparison, index=True),
        ]
        if self.differences is not None:
            files.append(write_csv(folder / "differences.csv", self.differences, index=True))
        hashes = {path.name: file_hash(path) for path in files}
        return [*files, write_json(folder / "report.json", self.to_dict() | {"files": hashes})]

    def overlap_lines(self) -> list[str]:
        """Return what training and validation share with the test beats, as lines of text."""
        unknown = [] if "training" in self.overlap else [TRAINING_UNKNOWN]
        return unknown + [str(one) for one in self.overlap.values()]

    @property
    def comparison_title(self) -> str:
        """Title of the table of all models."""
        return "Comparison" if len(self.models) > 1 else "Summary"

    def comparison_parts(self) -> list[Any]:
        """Return the table of all models, their differences and sentences, for a terminal."""
        rule = f"{', '.join(compared_metrics())}: one class against the rest, all beats pooled."
        parts: list[Any] = [comparison_table(self.comparison), "", rule]
        if self.differences is not None:
            parts += ["", *differences_table(self.differences)]
        words = verdict(self.comparison, self.differences)
        return [*parts, *(["", words] if words else [])]

    def __str__(self) -> str:
        return self.to_text().rstrip("\n")

    def __repr__(self) -> str:
        some = next(iter(self.predictions.values()))
        subjects = count(len(set(some.groups.tolist())), "subject")
        found = [one.found for one in self.overlap.values()]
        overlap = "overlap with training unknown"
        if "training" in self.overlap and None not in found:
            overlap = "overlap with training" if any(found) else "no overlap with training"
        names = ", ".join(self.models)
        return f"<Evaluation of {names}: {count(len(some), 'beat')} of {subjects}, {overlap}>"

    def _model(self, name: str | None) -> str:
        """Return the name of a model, or raise."""
        if name is None:
            return self.best
        if name not in self.models:
            raise ValueError(
                f"The 'model' parameter must be one of {', '.join(map(repr, self.models))}. "
                f"Got {name!r} instead."
            )
        return name

    def _shown_runs(self, name: str) -> PredictedRuns | None:
        """Return the runs of a model if there are any of two or more beats."""
        found = self.runs(name)
        if found is None:
            return None
        n_runs = sum(int(one.statistics["denominator"].sum()) for one in (found.ve, found.sve))
        return found if n_runs else None

    def _json_runs(self, name: str) -> dict[str, Any] | None:
        """Return the runs of a model as JSON-able data."""
        if (found := self.runs(name)) is None:
            return None
        return {k: getattr(found, k).to_dict(discrepancies=False) for k in ("ve", "sve")}

    def _write_page_and_figures(self, folder: Path, name: str) -> list[Path]:
        """Write the figures of a model, and the page that shows them."""
        stem, title = file_stem(name), f"{name}, {self._test_subjects}"
        figures = self.figures(name)
        try:
            page = write_text(folder / f"{stem}.html", self._page(name, figures))
            return [
                page,  # before the figures get titles of their own
                *(
                    write_figure(folder / f"{stem}-{key}.png", figure.display, title)
                    for key, figure in figures.items()
                ),
            ]
        finally:
            close_figures(figures)

    def _page(self, name: str, figures: Mapping[str, ReportFigure]) -> str:
        """Make the page of a model from figures that are drawn."""
        return Page(
            self.reports[name],
            title=f"{name} on {self.dataset}",
            metadata=self._metadata(name),
            figures={k: figure for k, figure in figures.items() if k != "confusion"},
            overlap=self.overlap,
            excluded=self.excluded,
            provenance=replace(self.provenance, settings=self._readable_settings()),
            comparison=self.comparison if len(self.models) > 1 else None,
            runs=self._shown_runs(name),
        ).render()

    def _metadata(self, name: str) -> dict[str, Any]:
        """Return what was evaluated: model, training data, records, rows."""
        splits = self.splits[name]
        test = splits["test"]
        extractor = test.extractor
        before, after = (1000 * seconds for seconds in extractor.window)
        rows = f"{before:g} ms before to {after:g} ms after the peak, at {test.fs:g} Hz"
        if extractor.context is not None:
            rows += f", in a context of {extractor.context:g} s"
        return {
            "Model": name,
            "Classifier": type(last_step(self.models[name])).__name__,
            "Trained on": self._trained_on(splits),
            "Records": f"{len(test.records):,}: {listed(test.records, MOST_RECORDS)}",
            "Class map": describe(extractor.classes),
            "Rows": rows,
            "Leads": "; ".join(sorted(set(test.meta["leads"].tolist()))),
        }

    def _trained_on(self, splits: Mapping[str, Beats]) -> str:
        """Return the size of the training data, as far as it is known."""
        if "training" in splits:
            training = splits["training"]
            subjects = count(len(training.subjects), "subject")
            return f"{count(len(training), 'beat')} of {subjects}"
        known = self.provenance.settings.get("trained_on")
        if not known or not known["n_beats"]:
            return "unknown"
        beats = count(known["n_beats"], "beat")
        return f"{beats} of {count(known['n_subjects'], 'subject')}"

    @property
    def _test_subjects(self) -> str:
        """Number of test subjects in words, for titles of figures."""
        subjects = self._shared_splits()["test"].subjects
        simulated = "simulated " * all(name.startswith("simulated:") for name in subjects)
        return count(len(subjects), f"{simulated}test subject")

    def _shared_splits(self) -> dict[str, Beats]:
        """Return the splits of one model; those of all have the same beats."""
        return next(iter(self.splits.values()))

    def _readable_settings(self) -> dict[str, Any]:
        """Return the settings with extractors and pipelines as Python writes them."""
        settings = dict(self.provenance.settings)
        extractors = {name: splits["test"].extractor for name, splits in self.splits.items()}
        settings["extractor"] = one_or_all({n: written(one) for n, one in extractors.items()})
        del settings["pipelines"]
        return settings | {name: written_steps(model) for name, model in self.models.items()}


def _facts(beats: Beats) -> dict[str, Any]:
    """Return the size and the origin of a split, as data."""
    counts = pd.Series(beats.target).value_counts()
    return {
        "n_beats": len(beats),
        "classes": {label: int(counts[label]) for label in beats.target_names},
        "records": sorted(beats.records),
        "subjects": beats.subjects,
        "leads": sorted(set(beats.meta["leads"].tolist())),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts, None for missing values."""
    rows = table.reset_index().to_dict(orient="records")
    return [{str(k): None if v != v else v for k, v in row.items()} for row in rows]


def _lead_names(beats: Beats) -> list[str] | None:
    """Return the names of the leads of a row where all records have the same."""
    found = set(beats.meta["leads"].tolist())
    return next(iter(found)).split("+") if beats.layout.leads > 1 and len(found) == 1 else None


def _section(page: "Console", name: str, *parts: Any) -> None:
    """Print a heading and what belongs to it."""
    name = printable(name)
    page.print(f"\n{name}\n{'-' * len(name)}\n", markup=False)
    for part in parts:
        page.print(printable(part, keep="\n") if isinstance(part, str) else part, markup=False)


def _shown(label: object) -> object:
    """Return a label as it is shown."""
    return printable(label) if isinstance(label, str) else label


def _aligned(settings: Mapping[str, Any]) -> "Table":
    """Write settings as a table of names and values."""
    from rich.text import Text

    from ._rich import TextTable

    table = TextTable.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in settings.items():
        table.add_row(Text(name), Text(describe(value)))
    return table
