"""Evaluate models on beats: predictions, reports, comparison, overlap, provenance."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sklearn.utils import Bunch

from ..beats import BeatExtractor, Beats
from ..metrics._compare import ModelPredictions, compare_predictions
from ..metrics._counts import check_false_positives
from ..model_selection import SubjectOverlap
from ..persistence import ModelInfo
from ..persistence._spec import to_spec
from ..predictions import Predictions, check_same_beats
from ..utils import (
    Classifier,
    RandomState,
    collected_warnings,
    count,
    last_step,
    printable,
    warn,
)
from ._beat_report import BeatReport
from ._evaluation import Evaluation
from ._overlap import Overlap, compare_splits, warn_of_seen_subjects, widest_rows
from ._provenance import Provenance, one_or_all, written
from ._tables import merge_excluded
from ._write import file_stem

__all__ = ["evaluate"]

ByModel = Mapping[str, Beats]
# parameters of BeatExtractor that change the meaning of the columns
_ROW_SETTINGS = ("window", "fs", "align", "preprocessing", "context", "neighbors", "scalars")
_CONTEXT_SETTINGS = ("neighbors", "scalars")  # without effect on rows without context


def evaluate(
    models: Classifier | Mapping[str, Classifier],
    beats: Beats | ByModel,
    *,
    trained_on: "Beats | ByModel | ModelInfo | None" = None,
    validated_on: Beats | ByModel | None = None,
    false_positives: str = "one_vs_rest",
    dataset: str | None = None,
    command: str | None = None,
    options: Mapping[str, object] | None = None,
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
        Training beats (with a dict, the same beats in the rows of each model), or what a model
        file contains about them (``load(path, return_info=True)``). With
        beats, training and test are compared in full by `leak_report`, and `Evaluation.save`
        writes the models, too. None: the overlap is unknown, and the reports state it.
    validated_on : Beats or dict of str to Beats, default=None
        Validation beats, to be compared with the test beats as well.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        Which errors count as false positives, as in `beat_report`.
    dataset : str, default=None
        Name of the test data in titles, such as "mitdb". None: the numbers of beats and subjects.
    command : str, default=None
        Command line that made the results, for the reports.
    options : mapping of str to object, default=None
        Settings that neither models nor beats contain, such as how the beats were split, for the
        reports.
    warnings : sequence of str, default=()
        Warnings of the run so far, for the reports; those of this function are added.
    random_state : int, RandomState instance or None, default=0
        Seed of resampled intervals and of the choice of beats that are drawn.

    Returns
    -------
    Evaluation
        The results.

    Raises
    ------
    TypeError
        If `models` is empty or has an item without ``predict``, or `beats` or `trained_on` is of
        another type.
    ValueError
        If rows are missing for a model, those of two models are of different beats, or the files
        of two models would have the same name.

    Warns
    -----
    UserWarning
        If test subjects are in the training data, the test rows were made in another way than the
        training rows, or a model does not know all classes of the test beats.

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
    check_false_positives(false_positives, "evaluate")  # before the models predict
    info = trained_on if isinstance(trained_on, ModelInfo) else None
    given = {"training": None if info is not None else trained_on, "validation": validated_on}
    splits = _split_by_model(list(models), given | {"test": beats})
    predictions = {n: Predictions.from_model(models[n], own["test"]) for n, own in splits.items()}
    check_same_beats(predictions, "evaluate")
    _check_same_splits(splits)
    first = next(iter(splits.values()))  # those of all models have the same beats
    with collected_warnings() as own_warnings:
        overlap = _find_overlap(widest_rows(splits), info)
        warn_of_seen_subjects(overlap.get("training"))
        for name, own in splits.items():
            _warn_of_other_rows(name, info.extractor if info else _extractor(own), own["test"])
        reports = {
            name: BeatReport.from_table(
                one, false_positives=false_positives, random_state=random_state
            )
            for name, one in predictions.items()
        }
        comparison, differences = _compare(models, predictions, false_positives, random_state)
    size = (
        f"{count(len(first['test']), 'beat')} of {count(len(first['test'].subjects), 'subject')}"
    )
    return Evaluation(
        dataset=dataset or size,
        models=models,
        predictions=predictions,
        reports=reports,
        comparison=comparison,
        differences=differences,
        overlap=overlap,
        excluded=merge_excluded(first),
        provenance=Provenance.collect(
            _settings(models, splits, info, false_positives, random_state)
            | ({"options": dict(options)} if options else {}),
            command=command,
            warnings=tuple(dict.fromkeys([*warnings, *own_warnings])),
        ),
        splits=splits,
        random_state=random_state,
    )


def _named(models: Classifier | Mapping[str, Classifier]) -> dict[str, Classifier]:
    """Return models by name; a single one is named after its last step."""
    if not isinstance(models, Mapping):
        models = {type(last_step(models)).__name__.removesuffix("Classifier"): models}
    if not models:
        raise TypeError("The 'models' parameter of evaluate must hold at least one model.")
    named: dict[str, Classifier] = {}
    stems: dict[str, str] = {}
    for name, model in zip(map(str, models), models.values(), strict=True):
        if not hasattr(model, "predict"):
            raise TypeError(
                "The 'models' parameter of evaluate must be a fitted classifier or a dict of "
                f"classifiers by name. Got {type(model).__name__} instead."
            )
        other = stems.setdefault(file_stem(name), name)
        if name in named or other != name:
            raise ValueError(
                f"The 'models' parameter of evaluate names two models {other!r} and {name!r}, "
                f"whose files would both begin with {file_stem(name)!r}. Rename one of them."
            )
        named[name] = model
    return named


def _split_by_model(
    names: Sequence[str], given: Mapping[str, Beats | ByModel | None]
) -> dict[str, dict[str, Beats]]:
    """Return the splits of each model, as far as they are given."""
    known = {
        split: _by_model(beats, names, split)
        for split, beats in given.items()
        if beats is not None
    }
    return {name: {split: beats[name] for split, beats in known.items()} for name in names}


def _by_model(given: Beats | ByModel, names: Sequence[str], split: str) -> dict[str, Beats]:
    """Return the beats of each model, the same for all if there is one set."""
    if isinstance(given, Beats):
        return dict.fromkeys(names, given)
    by_model = isinstance(given, Mapping) and not isinstance(given, Bunch)
    if not by_model or not all(isinstance(beats, Beats) for beats in given.values()):
        raise TypeError(
            f"evaluate needs the {split} beats as Beats, as load_beats returns "
            f"them, or a dict of them by model. Got {type(given).__name__} instead."
        )
    given = {str(name): beats for name, beats in given.items()}
    if missing := [name for name in names if name not in given]:
        raise ValueError(
            f"evaluate got no {split} beats for {', '.join(map(repr, missing))}. There are some "
            f"for {', '.join(map(repr, given))}."
        )
    return {name: given[name] for name in names}


def _check_same_splits(splits: Mapping[str, Mapping[str, Beats]]) -> None:
    """Raise unless all models have the same training and the same validation beats."""
    (first, expected), *others = splits.items()
    for name, own in others:
        for split in expected.keys() - {"test"}:
            ours, theirs = (_places(beats[split]) for beats in (expected, own))
            if not ours.equals(theirs):
                raise ValueError(
                    f"evaluate needs the same {split} beats for all models, in the rows of each. "
                    f"{first!r} has {count(len(ours), 'beat')} and {name!r} has "
                    f"{count(len(theirs), 'beat')}, not all of them the same. Evaluate models of "
                    "different data one by one; compare_models compares them."
                )


def _extractor(splits: Mapping[str, Beats]) -> BeatExtractor | None:
    """Return the extractor of the training beats, if they are known."""
    return splits["training"].extractor if "training" in splits else None


def _warn_of_other_rows(name: str, extractor: BeatExtractor | None, test: Beats) -> None:
    """Warn if the test rows are made in another way than the training rows were."""
    if extractor is None:
        return
    train, other = extractor.get_params(), test.extractor.get_params()
    differ = [key for key in _ROW_SETTINGS if written(train[key]) != written(other[key])]
    if train["context"] is None and other["context"] is None:
        differ = [key for key in differ if key not in _CONTEXT_SETTINGS]
    if differ:
        pairs = ", ".join(
            f"{key} {written(train[key])} and {written(other[key])}" for key in differ
        )
        warn(
            f"The training rows of {name!r} and its test rows were made with different settings "
            f"({pairs}), so the results do not hold for the model. Make the test rows with the "
            "extractor of the training rows: load_beats(paths, extractor=train.extractor), or "
            "info.extractor for a model from a file."
        )


def _places(beats: Beats) -> pd.MultiIndex:
    """Return the records and positions of beats, sorted."""
    return pd.MultiIndex.from_frame(beats.meta[["record", "sample"]]).sort_values()


def _find_overlap(splits: Mapping[str, Beats], info: ModelInfo | None) -> dict[str, Overlap]:
    """Compare each split with the test beats; of a model file, the subjects."""
    found: dict[str, Overlap] = dict(compare_splits(splits))
    if info is not None:
        # as model files have them, so that no subject of both escapes
        known = None if info.subjects is None else list(map(printable, info.subjects))
        tested = list(map(printable, splits["test"].subjects))
        found["training"] = SubjectOverlap.between(known, tested)
    return found


def _compare(
    models: Mapping[str, Classifier],
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
    models: Mapping[str, Classifier],
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
    settings["extractor"] = one_or_all(specs)
    settings["pipelines"] = {name: _spec(model) for name, model in models.items()}
    return settings


def _spec(obj: object) -> Any:
    """Return an object as data, or as text where that is not possible."""
    try:
        return to_spec(obj)
    except (TypeError, ValueError):
        return written(obj)
