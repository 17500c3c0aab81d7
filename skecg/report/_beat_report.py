"""Metrics of a classifier's predictions, by class and over all classes."""

import html
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length

from ..metrics._bootstrap import check_resampling, encode_subjects
from ..metrics._class_metrics import CLASS_METRICS
from ..metrics._counts import check_false_positives, encode_labels
from ..metrics._probabilities import judge_proba
from ..metrics._subject_counts import (
    compute_metrics,
    count_by_subject,
    errors_by_subject,
    make_intervals,
    subjects_of_classes,
)
from ..predictions import Predictions, as_predictions
from ..utils import Label, RandomState, json_float, printable, write_text
from . import _text as text
from . import _wording as wording
from ._beat_metrics import BeatMetrics
from ._html import Page
from ._overlap import Overlap
from ._provenance import Provenance, own_versions

__all__ = ["BeatReport", "beat_report"]

COUNTED = ("support", "TP", "FP", "FN", "TN")


@dataclass(frozen=True, eq=False, repr=False)
class BeatReport(BeatMetrics):
    """Metrics of a classifier's predictions, made by `beat_report`.

    ``print(report)`` writes tables for a terminal; a notebook shows them as HTML; `to_html` makes
    a page.

    Attributes
    ----------
    labels : tuple
        Classes in the order of all tables.
    counts : DataFrame of shape (n_classes, n_classes)
        Confusion matrix in beats: rows reference, columns predicted.
    per_class : DataFrame
        One row per class: Se (sensitivity), Sp (specificity), +P (positive predictive value), F1,
        support (reference beats), TP, FP, FN and TN; with groups also subjects, the number of
        subjects with reference beats of the class. Metrics are fractions, NaN for 0/0.
    overall : DataFrame
        The column value, and one row per metric: accuracy, balanced_accuracy, macro_f1, kappa;
        j_index and jk_index (with classes S and V); log_loss, brier_score, calibration_error
        and least_certain_errors (with probabilities); n_beats, n_subjects (with groups). Balanced
        accuracy and macro F1 are means of Se and F1 over the classes with reference beats.
    false_positives : str
        Rule of false positives: ``"one_vs_rest"`` or ``"ec57"``, see `beat_report`.
    intervals : DataFrame or None
        With groups, each metric with its interval: index (class, metric), where the class of
        metrics over all classes is ``""``; columns value, low, high. NaN where there is no
        interval. ``attrs`` holds confidence, n_resamples, n_subjects and random_state.
    per_subject : DataFrame or None
        With groups, one row per subject, most errors first: beats, errors, accuracy, share (of
        all errors), and its most frequent error: y_true, y_pred and count, None and 0 where there
        is no error.
    metrics : list of str
        Names of the metrics over all classes, in order.

    See Also
    --------
    beat_report : Make a report from labels.
    evaluate : Make reports of models, with overlap, exclusions and figures.
    """

    @classmethod
    def from_table(cls, table: Predictions | pd.DataFrame, **kwargs: Any) -> "BeatReport":
        """Make a report of predictions.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        **kwargs : dict
            Further parameters of `beat_report`: ``labels``, ``false_positives``, ``confidence``,
            ``n_resamples``, ``random_state``.

        Returns
        -------
        BeatReport
            The report, with intervals over the subjects.

        Examples
        --------
        >>> import pandas as pd
        >>> from skecg import BeatReport
        >>> table = pd.DataFrame({"subject": list("aab"), "y_true": list("NVN")})
        >>> BeatReport.from_table(table.assign(y_pred=list("NVV"))).counts.to_numpy().tolist()
        [[1, 1], [0, 1]]
        """
        found = as_predictions(table, "BeatReport.from_table")
        return beat_report(
            found.y_true, found.y_pred, y_proba=found.y_proba, groups=found.groups, **kwargs
        )

    def to_dict(
        self,
        *,
        settings: Mapping[str, Any] | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the report as JSON-able data, schema 1.

        Parameters
        ----------
        settings : mapping, default=None
            Settings that led to these results; None is an empty dict.
        versions : mapping of str to str, default=None
            Versions of the packages; None gives those of skecg and Python.

        Returns
        -------
        dict
            With the keys schema, n_beats, n_subjects (with groups), false_positives, labels,
            confusion_matrix (rows reference), classes (for each, se, sp, ppv, f1, support and,
            with groups, subjects), the metrics of ``overall`` by their names, settings and
            versions. Metrics are fractions, None for 0/0. With groups, intervals holds
            confidence, n_resamples, random_state, and [low, high] for each metric, by class under
            classes and the others by name, None where there is no interval.

        Examples
        --------
        >>> from skecg import beat_report
        >>> report = beat_report(["N", "N", "V"], ["N", "V", "V"])
        >>> report.to_dict()["classes"]["V"]
        {'se': 1.0, 'sp': 0.5, 'ppv': 0.5, 'f1': 0.666..., 'support': 1}
        """
        versions = own_versions() if versions is None else versions
        value = self.overall["value"]
        counted = [name for name in ("n_beats", "n_subjects") if name in value]
        whole = [name for name in ("support", "subjects") if name in self.per_class]
        data: dict[str, Any] = {"schema": 1} | {name: int(value[name]) for name in counted}
        data |= {
            "false_positives": self.false_positives,
            "labels": list(self.labels),
            "confusion_matrix": self.counts.to_numpy().tolist(),
            "classes": {
                str(label): {m.key: json_float(row[name]) for name, m in CLASS_METRICS.items()}
                | {name: int(row[name]) for name in whole}
                for label, (_, row) in zip(self.labels, self.per_class.iterrows(), strict=True)
            },
        }
        data |= {name: json_float(value[name]) for name in self.metrics}
        if self.intervals is not None:
            data["intervals"] = self._json_intervals()
        return data | {"settings": dict(settings or {}), "versions": dict(versions)}

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        title: str = "Beat report",
        metadata: Mapping[str, Any] | None = None,
        figures: Mapping[str, Any] | None = None,
        overlap: Overlap | Mapping[str, Overlap] | None = None,
        excluded: pd.DataFrame | None = None,
        provenance: Provenance | None = None,
    ) -> str | None:
        """Make an HTML page for readers who know neither the data nor the program.

        The page is one file without scripts and needs no network connection. It can be read in
        light and dark mode, on a telephone, and printed. All names are shown as text: a record's
        name cannot change the page. `evaluate` fills in all parameters.

        Parameters
        ----------
        path : path-like, default=None
            File to write; an existing one is replaced when the new one is whole. None returns
            the page.
        title : str, default="Beat report"
            Heading of the page.
        metadata : mapping of str to object, default=None
            Facts about the evaluation that the report lacks: the model, the records, the class
            map.
        figures : mapping of str to display or Figure, default=None
            Displays that are drawn, as `plot_predictions` makes them, or figures of your own, by
            their titles. "confusion" is not shown: the page has the matrix as a table.
        overlap : LeakReport, SubjectOverlap or mapping of str to them, default=None
            Overlap of training and test data, as `leak_report` finds it; in a mapping, by the
            name of the split, such as "training" and "validation". The page begins with it, or,
            without training data, with a warning that it is unknown.
        excluded : DataFrame, default=None
            Excluded beats: record, reason and count, as ``beats.skipped``.
        provenance : Provenance, default=None
            Settings, versions, command and warnings of the run. None gives the versions of skecg
            and Python.

        Returns
        -------
        str or None
            The page, if `path` is None.

        Raises
        ------
        FileNotFoundError
            If the folder of `path` does not exist.
        TypeError
            If `figures` is not a mapping, or holds something that is not drawn.

        See Also
        --------
        evaluate : Predict, report, and write the page with everything on it.
        plot_predictions : The figures of predictions.

        Examples
        --------
        >>> from skecg import beat_report
        >>> report = beat_report(["N", "N", "V"], ["N", "V", "V"])
        >>> page = report.to_html(title="Three beats", metadata={"Model": "a guess"})
        >>> page.startswith("<!DOCTYPE html>"), "Three beats" in page
        (True, True)
        """
        if figures is not None and not isinstance(figures, Mapping):
            raise TypeError(
                "The 'figures' parameter of BeatReport.to_html must be a mapping of titles to "
                f"displays or figures. Got {type(figures).__name__} instead."
            )
        page = Page(
            self,
            title=str(title),
            metadata=dict(metadata or {}),
            figures={k: v for k, v in (figures or {}).items() if k != "confusion"},
            overlap=overlap,
            excluded=excluded,
            provenance=provenance or Provenance(versions=own_versions()),
        ).render()
        if path is None:
            return page
        write_text(Path(path), page)
        return None

    def __str__(self) -> str:
        return "\n".join(text.report_lines(self))

    def _repr_html_(self) -> str:
        heading, *rule = map(html.escape, wording.heading(self))
        parts = [
            f"<p><strong>{heading}</strong><br>{'<br>'.join(rule)}</p>",
            text.class_table(self).to_html(border=0),
            _html_lines(wording.class_notes(self)),
        ]
        if wording.has_intervals(self):
            names = list(map(str, self.labels))
            parts += [
                _html_lines([wording.interval_words(self)]),
                _html_table(text.class_interval_rows(self, names)),
                _html_lines(wording.interval_notes(self)),
                _html_table(text.overall_interval_rows(self)),
            ]
        else:
            parts.append(_html_table([["", "value"], *text.overall_rows(self)]))
        return f"<div>{''.join(parts)}{_html_lines(wording.overall_notes(self))}</div>"

    def _json_intervals(self) -> dict[str, Any]:
        """Return the intervals under the names that their metrics have."""
        assert self.intervals is not None
        how = self.intervals.attrs

        def pair(name: str, label: Label | None = None) -> list[float] | None:
            low, high = self.interval(name, label)
            return None if np.isnan(low) else [low, high]

        by_class = {
            str(label): {metric.key: pair(name, label) for name, metric in CLASS_METRICS.items()}
            for label in self.labels
        }
        return {
            "confidence": how["confidence"],
            "n_resamples": how["n_resamples"],
            "random_state": how["random_state"],
            "classes": by_class,
        } | {name: pair(name) for name in self.metrics}


def beat_report(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    y_proba: pd.DataFrame | ArrayLike | None = None,
    labels: Sequence[Label] | None = None,
    groups: ArrayLike | None = None,
    false_positives: str = "one_vs_rest",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> BeatReport:
    """Compare predicted with reference labels, one class against the rest.

    With `groups`, each metric gets an interval that shows how much it depends on the choice of
    subjects. All beats are pooled ("gross" statistics), so subjects with many beats count more.
    On data that are mostly normal, accuracy tells little: read the metrics of each class.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_pred : array-like of shape (n_beats,)
        Predicted labels.
    y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
        Predicted probabilities, for log loss, Brier score and calibration. The columns of a
        DataFrame are named by the classes, in any order:
        ``pd.DataFrame(proba, columns=model.classes_)``. Those of an array are the sorted labels,
        as in ``classes_``; then `labels`, if given, must be sorted.
    labels : sequence, default=None
        The classes and their order in all tables. It may name classes without beats, and must
        name all that occur. None: all that occur, the AAMI classes N, S, V, F, Q first.
    groups : array-like of shape (n_beats,), default=None
        Subject of each beat, for the intervals. None: no intervals.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        Which errors count as false positives. ``"one_vs_rest"``: each beat of another class.
        ``"ec57"``: as the first, with the standard's exceptions for the classes N, S, V, F, Q:
        a beat of F or Q predicted as V, or of Q predicted as S, counts neither for nor against
        +P, Sp and F1 of V and S. It is an error in all other metrics. This is not a test by that
        standard, see Notes.
    confidence : float, default=0.95
        The share of resamples inside an interval.
    n_resamples : int, default=1000
        How many times the subjects are drawn.
    random_state : int, RandomState instance or None, default=0
        Seed of the resampling. Reports and figures of the same subjects with the same seed use
        the same resamples.

    Returns
    -------
    BeatReport
        Tables by class and over all classes, with ``str()``, ``to_dict()`` and ``to_html()``.

    Raises
    ------
    ValueError
        If lengths differ, there are no beats, labels are missing, of several types or not all
        in `labels`, the columns of `y_proba` do not fit, or a parameter is out of range.
    TypeError
        If `labels` is a string or `n_resamples` no integer.

    See Also
    --------
    compare_models : One row of metrics per model.
    ConfusionMatrixDisplay : Draw the counts.

    Notes
    -----
    TP, FP, FN and TN of a class compare it with all other classes together; Se = TP/(TP+FN),
    Sp = TN/(TN+FP), +P = TP/(TP+FP) and F1 = 2TP/(2TP+FP+FN). 0/0 is NaN, printed as "-", where
    scikit-learn's ``classification_report`` has 0. Balanced accuracy and macro F1 are means over
    the classes with reference beats, while scikit-learn's macro F1 also counts, as 0, a class that
    was only predicted.

    EC57 [1]_ compares streams of annotations in time, including missed and extra beats. Here the
    beats are at known positions and each has one predicted label: ``false_positives="ec57"`` takes
    from the standard only its rule of false positives. `compare_annotations` does the rest.

    The kappa is Cohen's. The j index is the sum of Se and +P of S and of V [2]_, and the jk index
    kappa/2 + j/8 [3]_; both need the classes S and V.

    The log loss raises probabilities below 1e-7 to 1e-7, as Keras does; a class unknown to the
    model has the probability 0. The Brier score is the mean squared distance from the true class,
    summed over the classes: 0 to 2 [4]_. The expected calibration error has 15 bins of equal
    width by the probability of the predicted label [5]_. The least certain beats are the 5 % with
    the lowest such probability; of equal ones each counts by the part that is needed.

    The intervals are percentiles over resamples in which whole subjects are drawn with
    replacement, as many as there are [6]_; all metrics use the same resamples. A resample without
    beats of a class is ignored for the metrics of the class and for the means. A class of one
    subject has no interval of Se, +P and F1. Resampled calibration errors, sums of absolute
    values, are too large on average: they are shifted so that their mean is the value.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.
    .. [2] T. Soria, J. P. Martinez, Analysis of multidomain features for ECG classification,
       Computers in Cardiology 36:561-564 (2009).
    .. [3] T. Mar, S. Zaunseder, J. P. Martinez, M. Llamedo, R. Poll, Optimization of ECG
       classification by means of feature selection, IEEE Trans Biomed Eng 58:2168-2177 (2011),
       https://doi.org/10.1109/TBME.2011.2113395.
    .. [4] G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly
       Weather Review 78:1-3 (1950).
    .. [5] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks,
       ICML (2017), https://arxiv.org/abs/1706.04599.
    .. [6] A. C. Davison, D. V. Hinkley, Bootstrap methods and their application, section 3.8,
       Cambridge University Press (1997).

    Examples
    --------
    >>> from skecg import beat_report
    >>> report = beat_report(["N", "N", "N", "V", "V"], ["N", "N", "V", "V", "V"])
    >>> report.per_class.loc["V", ["Se", "+P"]].round(2).tolist()
    [1.0, 0.67]
    >>> print(report)
    Beat report: 5 beats, 2 classes
    One class against the rest, all beats pooled; Se, Sp, +P and F1 in percent
    <BLANKLINE>
    class      Se      Sp      +P     F1  support  TP  FP  FN  TN
    N       66.67  100.00  100.00  80.00        3   2   0   1   2
    V      100.00   66.67   66.67  80.00        2   2   1   0   2
    <BLANKLINE>
    accuracy 80.00   balanced accuracy 83.33   macro F1 80.00   kappa 0.615
    balanced accuracy and macro F1: means over the 2 classes with reference beats
    """
    owner = "beat_report"
    check_false_positives(false_positives, owner)
    known = list(y_proba.columns) if isinstance(y_proba, pd.DataFrame) else []
    order, (true, predicted) = encode_labels(
        {"y_true": y_true, "y_pred": y_pred}, labels, owner, known=known
    )
    check_false_positives(false_positives, owner, order)
    proba = subjects = intervals = per_subject = None
    if y_proba is not None:
        proba = judge_proba(true, predicted, y_proba, order, owner, given=labels)
    if groups is not None:
        check_resampling(confidence, n_resamples, owner)
        subjects = encode_subjects(groups, owner)
        check_consistent_length(true, subjects.codes)
    counts_by_subject = count_by_subject(true, predicted, len(order), proba, subjects)
    total = counts_by_subject.total()
    by_class, over_all = compute_metrics(total, order, false_positives)
    index = pd.Index(order)
    counts = pd.DataFrame(
        total.matrices.reshape(len(order), -1).astype(np.int64),
        index=index.rename("reference"),
        columns=index.rename("predicted"),
    )
    per_class = pd.DataFrame({k: v[0] for k, v in by_class.items()}, index=index.rename("class"))
    per_class = per_class.astype(dict.fromkeys(COUNTED, np.int64))
    values = {name: float(value) for name, (value,) in over_all.items()}
    values["n_beats"] = len(true)
    if subjects is not None:
        per_class["subjects"] = subjects_of_classes(counts_by_subject, len(order))
        values["n_subjects"] = len(subjects.names)
        per_subject = errors_by_subject(counts_by_subject, subjects.names, order)
        intervals = make_intervals(
            counts_by_subject,
            order,
            false_positives,
            confidence=confidence,
            n_resamples=n_resamples,
            random_state=random_state,
        )
    overall = pd.DataFrame({"value": values}, dtype=float).rename_axis("metric")
    return BeatReport(
        tuple(order), counts, per_class, overall, false_positives, intervals, per_subject
    )


def _html_lines(lines: Sequence[str]) -> str:
    """Write lines as a paragraph."""
    return f"<p>{'<br>'.join(html.escape(printable(line)) for line in lines)}</p>" if lines else ""


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    """Write rows of cells, the first of them the header, as a table."""
    (_, *columns), *body = rows
    index = [name for name, *_ in body]
    # the blanks that align numbers of equal width mean nothing here
    cells = [[re.sub(r"(\[|, ) +", r"\1", cell.strip()) for cell in row] for _, *row in body]
    return pd.DataFrame(cells, index, columns).to_html(border=0)
