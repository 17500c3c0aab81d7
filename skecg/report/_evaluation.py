"""Evaluate models on beats: predictions, reports, comparison, overlap, provenance."""

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..beats import Beats
from ..metrics._compare import ModelPredictions, compare_predictions
from ..model_selection import LeakReport, SubjectOverlap, leak_report
from ..persistence import ModelInfo
from ..persistence._spec import to_spec
from ..predictions import Predictions, check_same_beats
from ..utils import Classifier, RandomState, count, last_step, listed, to_json, warn
from ._beat_report import BeatReport
from ._figures import ReportFigure, plot_predictions
from ._html import Page
from ._provenance import Provenance, describe
from ._tables import (
    beats_table,
    comparison_table,
    differences_table,
    excluded_lines,
    verdict,
)

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Evaluation", "evaluate"]

Overlap = LeakReport | SubjectOverlap
ByModel = Mapping[str, Beats]
ONE_AGAINST_REST = "Se, +P: one class against the rest, all beats pooled."
SCHEMA = 2
MOST_RECORDS = 100  # named one by one


def evaluate(
    models: Classifier | Mapping[str, Classifier],
    beats: Beats | ByModel,
    *,
    trained_on: "Beats | ByModel | ModelInfo | None" = None,
    validated_on: Beats | ByModel | None = None,
    false_positives: str = "one_vs_rest",
    title: str | None = None,
    command: str | None = None,
    warnings: Sequence[str] = (),
    random_state: RandomState = 0,
) -> "Evaluation":
    """Evaluate one or several fitted models on test beats.

    Each model predicts once; reports, comparison, tables, figures, HTML pages and a whole folder
    of results are made from the predictions.

    Parameters
    ----------
    models : estimator or dict of str to estimator
        Fitted classifiers, pipelines or searches, by their names. A single one is named after its
        last step.
    beats : Beats or dict of str to Beats
        Test beats. Where the rows of models differ (other windows, or context), a dict with the
        rows of each model, of the same beats in the same order; `common_beats` makes such rows.
    trained_on : Beats, dict of str to Beats, or ModelInfo, default=None
        Training beats, or what a model file says of them (``load(path, return_info=True)``). With
        beats, training and test are compared in full by `leak_report`, and `Evaluation.save`
        writes the models, too. None: the overlap is unknown, and the reports say so.
    validated_on : Beats or dict of str to Beats, default=None
        Validation beats, to be compared with the test beats as well.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        Which errors count as false positives, as in `beat_report`.
    title : str, default=None
        Title of the reports. None makes one of the models' names.
    command : str, default=None
        Command line that made the results, for the reports.
    warnings : sequence of str, default=()
        Warnings of the run so far, for the reports.
    random_state : int, RandomState instance or None, default=0
        Seed of resampled intervals and of the choice of beats that are drawn.

    Returns
    -------
    Evaluation
        The results.

    Raises
    ------
    TypeError
        If `models` is empty, or `beats` or `trained_on` is of another type.
    ValueError
        If rows are missing for a model, or those of two models are of different beats.

    Warns
    -----
    UserWarning
        If a model was trained on some of the test subjects.

    See Also
    --------
    beat_report : Metrics of given labels.
    compare_models : The table of several models alone.
    train_test_subjects : Split beats by subject.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skecg import evaluate, load_simulated, train_test_subjects
    >>> beats = load_simulated(8, duration=60.0, random_state=0)
    >>> train, test = train_test_subjects(beats, random_state=0)
    >>> tree = DecisionTreeClassifier(random_state=0).fit(train.data, train.target)
    >>> evaluation = evaluate({"tree": tree}, test, trained_on=train)
    >>> evaluation
    <Evaluation of tree: 212 beats of 3 subjects, no overlap with training>
    >>> list(evaluation.reports["tree"].labels)
    ['N', 'S', 'V', 'F']
    """
    models = _named(models)
    names = list(models)
    test = _by_model(beats, names, "test")
    splits = {name: {"test": test[name]} for name in names}
    info = trained_on if isinstance(trained_on, ModelInfo) else None
    given = {"validation": validated_on, "training": None if info is not None else trained_on}
    for split, of_split in given.items():
        if of_split is not None:
            parts = _by_model(of_split, names, split)
            splits = {name: {split: parts[name]} | splits[name] for name in names}
    predictions = {n: Predictions.from_model(models[n], test[n]) for n in names}
    check_same_beats(predictions, "evaluate")
    overlap = _overlap(next(iter(splits.values())), info)
    _warn_of_seen_subjects(overlap.get("training"))
    reports = {
        name: BeatReport.from_table(
            predictions[name], false_positives=false_positives, random_state=random_state
        )
        for name in names
    }
    comparison, differences = _compare(models, predictions, false_positives, random_state)
    return Evaluation(
        title=title or f"{', '.join(names)} on {count(len(test[names[0]]), 'beat')}",
        models=models,
        predictions=predictions,
        reports=reports,
        comparison=comparison,
        differences=differences,
        overlap=overlap,
        excluded=merge_excluded(next(iter(splits.values()))),
        provenance=Provenance.collect(
            _settings(models, splits, info, false_positives, random_state),
            command=command,
            warnings=warnings,
        ),
        splits=splits,
        random_state=random_state,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """Results of one or several models on test beats, made by `evaluate`.

    ``print(evaluation)`` writes them as text; `save` writes a folder with everything.

    Attributes
    ----------
    title : str
        Title of the reports.
    models : dict of str to estimator
        The models, by their names.
    predictions : dict of str to Predictions
        What each predicted.
    reports : dict of str to BeatReport
        Metrics of each, with intervals over subjects.
    comparison : DataFrame
        One row of metrics per model, as `compare_models` returns it.
    differences : DataFrame or None
        Differences between the models, with intervals and p values; None for one model.
    overlap : dict of str to LeakReport or SubjectOverlap
        What "training" and "validation" share with the test beats; empty if it is unknown.
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

    title: str
    models: dict[str, Any]
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
        page.print(f"{self.title}\n{'=' * len(self.title)}", markup=False)
        splits = self._shared_splits()
        subjects = (f"Subjects, {n}: {', '.join(beats.subjects)}" for n, beats in splits.items())
        _section(page, "Beats", beats_table(splits), "", *subjects)
        if excluded := excluded_lines(self.excluded):
            _section(page, "Excluded", *excluded)
        _section(page, "Overlap of training and test", *self.overlap_lines())
        if len(self.models) > 1:
            _section(page, "Comparison on the test beats", *self.comparison_parts())
        for name, report in self.reports.items():
            _section(page, f"{name} on the test beats", str(report))
            page.print("\nCounts, rows reference and columns predicted:\n")
            page.print(report.counts.to_string(), markup=False, soft_wrap=True)
        if self.provenance.warnings:
            _section(page, "Warnings", *(f"- {text}" for text in self.provenance.warnings))
        _section(page, "Settings", *_aligned(self._readable_settings()))
        _section(page, "Versions", *_aligned(self.provenance.versions))
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
        from ._write import close_figures

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
            With the keys schema, title, models (for each, `BeatReport.to_dict`), differences,
            data (beats, classes, records, subjects and leads of each split), shared_with_test
            (overlap of each split), skipped, warnings, settings, versions, command and created.
            Those of the report of a single model stand at the top as well.
        """
        reports = {name: report.to_dict() for name, report in self.reports.items()}
        flat = next(iter(reports.values())) if len(reports) == 1 else {}
        differences = self.differences
        return flat | {
            "schema": SCHEMA,
            "title": self.title,
            "models": reports,
            "differences": [] if differences is None else _rows(differences),
            "data": {name: _facts(beats) for name, beats in self._shared_splits().items()},
            "shared_with_test": {name: one.to_dict() for name, one in self.overlap.items()},
            "skipped": self.excluded.to_dict(orient="records"),
            "warnings": list(self.provenance.warnings),
            "settings": dict(self.provenance.settings),
            "versions": dict(self.provenance.versions),
            "command": self.provenance.command,
            "created": self.provenance.created,
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return to_json(self.to_dict())

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
        """Write all results to a folder, each file whole or not at all.

        Parameters
        ----------
        folder : path-like
            It is created if needed; files of the same names are replaced.

        Returns
        -------
        list of Path
            The files: report.txt, report.json, comparison.csv; differences.csv of several models;
            for each model MODEL-predictions.csv, MODEL.html and figures (MODEL-confusion.png and
            so on). If the training beats are known, also MODEL.skecg, history.png, balance.png,
            and, of two models, difference.png.

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
        from ._write import write_evaluation

        return write_evaluation(self, Path(folder))

    def overlap_lines(self) -> list[str]:
        """Return what training and validation share with the test beats, as lines of text."""
        if not self.overlap:
            return ["Unknown: the training data were not given."]
        return [str(one) for one in self.overlap.values()]

    def comparison_parts(self) -> list[Any]:
        """Return the comparison of several models as tables and sentences for a terminal."""
        parts: list[Any] = [comparison_table(self.comparison), "", ONE_AGAINST_REST]
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
        if found and None not in found:
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

    def _page(self, name: str, figures: Mapping[str, ReportFigure]) -> str:
        """Make the page of a model from figures that are drawn."""
        return Page(
            self.reports[name],
            title=self.title if len(self.models) == 1 else f"{name}: {self.title}",
            metadata=self._metadata(name),
            figures={k: figure for k, figure in figures.items() if k != "confusion"},
            overlap=self.overlap,
            excluded=self.excluded,
            provenance=self.provenance,
            comparison=self.comparison if len(self.models) > 1 else None,
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
    def _figure_title(self) -> str:
        """What the figures are of."""
        subjects = self._shared_splits()["test"].subjects
        simulated = "simulated " * all(name.startswith("simulated:") for name in subjects)
        return count(len(subjects), f"{simulated}test subject")

    def _shared_splits(self) -> dict[str, Beats]:
        """Return the splits of one model; those of all have the same beats."""
        return next(iter(self.splits.values()))

    def _readable_settings(self) -> dict[str, Any]:
        """Return the settings with extractors and pipelines as Python writes them."""
        settings = dict(self.provenance.settings)
        for name, model in self.models.items():
            settings[name] = " ".join(repr(last_step(model)).split())
        extractors = {n: splits["test"].extractor for n, splits in self.splits.items()}
        texts = {n: " ".join(repr(one).split()) for n, one in extractors.items()}
        settings["extractor"] = _one_or_all(texts)
        settings.pop("pipelines", None)
        return settings


def _named(models: Any) -> dict[str, Any]:
    """Return models by name; a single one is named after its last step."""
    if not isinstance(models, Mapping):
        if not hasattr(models, "predict"):
            raise TypeError(
                "The 'models' parameter of evaluate must be a fitted classifier or a dict of "
                f"classifiers by name. Got {type(models).__name__} instead."
            )
        return {type(last_step(models)).__name__.removesuffix("Classifier"): models}
    if not models:
        raise TypeError("The 'models' parameter of evaluate must hold at least one model.")
    return {str(name): model for name, model in models.items()}


def _by_model(given: Any, names: Sequence[str], split: str) -> dict[str, Beats]:
    """Return the beats of each model, the same for all where one set came."""
    if isinstance(given, Beats):
        return dict.fromkeys(names, given)
    if not isinstance(given, Mapping) or "target" in given:
        raise TypeError(
            f"evaluate needs the {split} beats as Beats, as load_beats returns "
            f"them, or a dict of them by model. Got {type(given).__name__} instead."
        )
    if missing := [name for name in names if name not in given]:
        raise ValueError(
            f"evaluate got no {split} beats for {', '.join(map(repr, missing))}. There are some for "
            f"{', '.join(map(repr, given))}."
        )
    return {name: given[name] for name in names}


def leak_reports(splits: Mapping[str, Beats]) -> dict[str, LeakReport]:
    """Compare each split with the test beats."""
    test = splits["test"]
    return {
        name: leak_report(beats, test, names=(name, "test"))
        for name, beats in splits.items()
        if name != "test"
    }


def _overlap(splits: Mapping[str, Beats], info: ModelInfo | None) -> dict[str, Overlap]:
    """Compare each split with the test beats; of a model file, the subjects."""
    found: dict[str, Overlap] = dict(leak_reports(splits))
    if info is not None:
        found["training"] = SubjectOverlap.between(info.subjects, splits["test"].subjects)
    return found


def _warn_of_seen_subjects(overlap: Overlap | None) -> None:
    """Warn if the model was trained on test subjects."""
    shared: Sequence[str] = ()
    if isinstance(overlap, SubjectOverlap):
        shared, n_test = overlap.shared, overlap.n_test
    elif overlap is not None:
        shared, n_test = overlap.subjects["subject"].tolist(), overlap.n_subjects[1]
    if shared:
        warn(
            f"The model was trained on {len(shared)} of the {count(n_test, 'test subject')}: "
            f"{listed(shared)}. These are not results on unseen subjects; evaluate on others."
        )


def merge_excluded(splits: Mapping[str, Beats]) -> pd.DataFrame:
    """Join the exclusions of all splits; splits of one load have the same."""
    tables: list[pd.DataFrame] = []
    for beats in splits.values():
        if not any(beats.skipped.equals(table) for table in tables):
            tables.append(beats.skipped)
    return pd.concat(tables, ignore_index=True)


def _compare(
    models: Mapping[str, Any],
    predictions: Mapping[str, Predictions],
    false_positives: str,
    random_state: RandomState,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Compare the models; differences need at least two."""
    first = next(iter(predictions.values()))
    several = len(models) > 1
    found = compare_predictions(
        {name: ModelPredictions.of(one, models[name]) for name, one in predictions.items()},
        first.y_true,
        first.groups,
        false_positives=false_positives,
        return_differences=several,
        confidence=0.95,
        n_resamples=1000,
        random_state=random_state,
    )
    return found if isinstance(found, tuple) else (found, None)


def _settings(
    models: Mapping[str, Any],
    splits: Mapping[str, Mapping[str, Beats]],
    info: ModelInfo | None,
    false_positives: str,
    random_state: RandomState,
) -> dict[str, Any]:
    """Return what decides the results, as data."""
    seed = random_state if isinstance(random_state, int) else None
    settings: dict[str, Any] = {"false_positives": false_positives, "random_state": seed}
    if info is not None:
        settings["trained_on"] = {
            "classes": info.classes,
            "n_beats": info.n_beats,
            "n_subjects": len(info.subjects or ()),
            "fingerprint": info.fingerprint,
            "versions": info.versions,
        }
    specs = {name: _spec(of_model["test"].extractor) for name, of_model in splits.items()}
    settings["extractor"] = _one_or_all(specs)
    settings["pipelines"] = {name: _spec(model) for name, model in models.items()}
    return settings


def _spec(obj: Any) -> Any:
    """Return an object as data, or as text where that is not possible."""
    try:
        return to_spec(obj)
    except (TypeError, ValueError):
        return " ".join(repr(obj).split())


def _one_or_all(values: Mapping[str, Any]) -> Any:
    """Return what all models have, or a dict of what each has."""
    first, *others = values.values()
    return first if all(value == first for value in others) else dict(values)


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
    page.print(f"\n{name}\n{'-' * len(name)}\n", markup=False)
    for part in parts:
        page.print(part, markup=False)


def _aligned(settings: Mapping[str, Any]) -> list[str]:
    """Write settings as lines, the values below each other."""
    width = max(map(len, settings), default=0)
    return [f"{name.ljust(width)}  {describe(value)}" for name, value in settings.items()]
