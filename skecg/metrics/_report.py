"""Figures of a classifier's beats, class by class."""

import html
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length

from ._counts import (
    class_figures,
    count_pairs,
    encode_labels,
    factorize,
    log_loss,
    overall_figures,
)

SHARES = ("Se", "Sp", "+P", "F1")
CONVENTIONS = {"one_vs_rest": "One class against the rest, all beats pooled"}
OVERALL_NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
}
WIDTH = 80


@dataclass(frozen=True, eq=False)
class BeatReport:
    """Figures of a classifier's beats, made by `beat_report`.

    ``print(report)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    labels : tuple
        Classes in the order of all tables.
    counts : DataFrame of shape (n_classes, n_classes)
        Confusion matrix in beats: rows reference, columns predicted.
    per_class : DataFrame
        One row a class: Se (sensitivity), Sp (specificity), +P (positive predictive value), F1,
        support (reference beats), TP, FP, FN and TN; with groups also subjects, the number of
        them that have reference beats of the class. Figures are fractions, NaN where they
        would be 0/0.
    overall : DataFrame
        The column value, and one row a figure: accuracy, balanced_accuracy, macro_f1,
        log_loss (with probabilities), n_beats, n_subjects (with groups). Balanced accuracy and
        macro F1 are means of Se and F1 over the classes that have reference beats.
    convention : str
        How beats are counted; ``"one_vs_rest"``: a class against all others together.

    See Also
    --------
    beat_report : Make a report from labels.
    """

    labels: tuple
    counts: pd.DataFrame
    per_class: pd.DataFrame
    overall: pd.DataFrame
    convention: str = "one_vs_rest"

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
            What was set to get these figures, kept as it is; None is an empty dict.
        versions : mapping of str to str, default=None
            Versions of the programs used; None gives those of skecg and Python.

        Returns
        -------
        dict
            With the keys schema, n_beats, labels, confusion_matrix (rows reference), classes
            (for each, se, ppv, sp, f1 and support), macro_f1, accuracy, settings and versions.
            Figures are fractions; what would be 0/0 is None.

        Examples
        --------
        >>> from skecg import beat_report
        >>> report = beat_report(["N", "N", "V"], ["N", "V", "V"])
        >>> report.to_dict()["classes"]["V"]
        {'se': 1.0, 'ppv': 0.5, 'sp': 0.5, 'f1': 0.666..., 'support': 1}
        """
        from .. import __version__

        if versions is None:
            versions = {"skecg": __version__, "python": platform.python_version()}
        keys = {"se": "Se", "ppv": "+P", "sp": "Sp", "f1": "F1"}
        return {
            "schema": 1,
            "n_beats": int(self._value("n_beats")),
            "labels": list(self.labels),
            "confusion_matrix": self.counts.to_numpy().tolist(),
            "classes": {
                str(label): {key: _json_float(row[name]) for key, name in keys.items()}
                | {"support": int(row["support"])}
                for label, (_, row) in zip(self.labels, self.per_class.iterrows(), strict=True)
            },
            "macro_f1": _json_float(self._value("macro_f1")),
            "accuracy": _json_float(self._value("accuracy")),
            "settings": dict(settings or {}),
            "versions": dict(versions),
        }

    def __str__(self) -> str:
        table = self._text_table()
        names = [_shorten(str(label), 12) for label in self.labels]
        first = max(len("class"), *map(len, names))
        widths = [2 + max(len(name), *map(len, table[name])) for name in table]
        if first + sum(widths) > WIDTH:  # many millions of beats
            widths = [width - 1 for width in widths]
        rows = [
            ("class", list(table.columns)),
            *zip(names, table.to_numpy().tolist(), strict=True),
        ]
        lines = [
            name.ljust(first) + "".join(c.rjust(w) for c, w in zip(cells, widths, strict=True))
            for name, cells in rows
        ]
        return "\n".join([*self._heading(), "", *lines, "", *self._footing()])

    def __repr__(self) -> str:
        return (
            f"<BeatReport: {int(self._value('n_beats'))} beats, classes "
            f"{', '.join(map(str, self.labels))}, macro F1 {_number(self._value('macro_f1'))}>"
        )

    def _repr_html_(self) -> str:
        table = self._text_table()
        heading, *note = map(html.escape, self._heading())
        footing = "<br>".join(map(html.escape, self._footing()))
        return (
            f"<div><p><strong>{heading}</strong><br>{'<br>'.join(note)}</p>"
            f"{table.to_html(border=0)}<p>{footing}</p></div>"
        )

    def _value(self, name: str) -> float:
        """One of the figures over all classes; NaN if it was not computed."""
        return self.overall["value"].get(name, np.nan)

    def _text_table(self) -> pd.DataFrame:
        """Return the figures by class as they are printed: percent, and "-" for 0/0."""
        return pd.DataFrame(
            {
                name: [_percent(v) if name in SHARES else str(v) for v in column]
                for name, column in self.per_class.items()
            },
            index=pd.Index(map(str, self.labels)),
            dtype=object,
        )

    def _heading(self) -> list[str]:
        """Lines above the table: what was counted and how."""
        of_subjects = ""
        if "n_subjects" in self.overall.index:
            of_subjects = f" of {_plural(self._value('n_subjects'), 'subject')}"
        return [
            f"Beat report: {_plural(self._value('n_beats'), 'beat')}{of_subjects}, "
            f"{_plural(len(self.labels), 'class', 'classes')}",
            f"{CONVENTIONS[self.convention]}; Se, Sp, +P and F1 in percent",
        ]

    def _footing(self) -> list[str]:
        """Lines below the table: figures over all classes, and what they are means of."""
        shown = []
        for name, words in OVERALL_NAMES.items():
            if name in self.overall.index:
                value = self._value(name)
                shown.append(
                    f"{words} {_number(value) if name == 'log_loss' else _percent(value)}"
                )
        n_present = int((self.per_class["support"] > 0).sum())
        lines = [
            "   ".join(shown),
            "balanced accuracy and macro F1: means over the "
            + _plural(n_present, "class", "classes")
            + " with reference beats",
        ]
        undefined = self.per_class[list(SHARES)].isna().to_numpy().any()
        return [*lines, '"-": no beats to take a share of'] if undefined else lines


def beat_report(
    y_true: Any,
    y_pred: Any,
    *,
    y_proba: Any = None,
    labels: Sequence[Any] | None = None,
    groups: Any = None,
) -> BeatReport:
    """Compare predicted with reference labels, one class against the rest.

    All beats are pooled ("gross" figures), so subjects with many beats count for more. On data
    that are mostly normal, accuracy says little: read the figures of each class.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_pred : array-like of shape (n_beats,)
        Predicted labels.
    y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
        Predicted probabilities, for the log loss. The columns of a DataFrame are named by the
        classes, in any order: ``pd.DataFrame(proba, columns=model.classes_)``. Those of an array
        are the sorted labels, as in ``classes_``; then `labels`, if given, must be sorted.
    labels : sequence, default=None
        The classes and their order in all tables. It may name classes without beats, and must
        name all that occur. None: all that occur, the AAMI classes N, S, V, F, Q first.
    groups : array-like of shape (n_beats,), default=None
        The subject of each beat, to be counted.

    Returns
    -------
    BeatReport
        Tables by class and over all, with ``str()``, ``to_dict()`` and an HTML representation.

    Raises
    ------
    ValueError
        If lengths differ, there are no beats, labels are missing, of several types or not all
        in `labels`, or the columns of `y_proba` do not fit.

    See Also
    --------
    compare_models : One row of figures a model.
    skecg.ConfusionMatrixDisplay : The counts as a picture.

    Notes
    -----
    For each class TP, FP, FN and TN come from setting it against all others together, as in
    [1]_ without its exceptions for fusion and unclassifiable beats; Se = TP/(TP+FN),
    Sp = TN/(TN+FP), +P = TP/(TP+FP) and F1 = 2TP/(2TP+FP+FN). What would be 0/0 is NaN, printed
    as "-", where scikit-learn's ``classification_report`` puts 0. Balanced accuracy and macro F1
    are means over the classes with reference beats, while scikit-learn's macro F1 also counts,
    as 0, a class that was only predicted. The log loss takes no probability as less than 1e-7,
    as Keras does; a class that the model does not know has the probability 0.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.

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
    accuracy 80.00   balanced accuracy 83.33   macro F1 80.00
    balanced accuracy and macro F1: means over the 2 classes with reference beats
    """
    known = list(y_proba.columns) if isinstance(y_proba, pd.DataFrame) else []
    order, (true, predicted) = encode_labels(
        {"y_true": y_true, "y_pred": y_pred}, labels, "beat_report", known=known
    )
    matrix = count_pairs(true, predicted, len(order))
    index = pd.Index(order)
    counts = pd.DataFrame(
        matrix, index=index.rename("reference"), columns=index.rename("predicted")
    )
    per_class = pd.DataFrame(class_figures(matrix), index=index.rename("class"))
    overall = {name: float(value) for name, value in overall_figures(matrix).items()}
    if y_proba is not None:
        overall["log_loss"] = log_loss(true, y_proba, order, "beat_report", given=labels)
    overall["n_beats"] = len(true)
    if groups is not None:
        subject, subjects = factorize("groups", groups, "beat_report")
        check_consistent_length(true, subject)
        pairs = np.unique(subject * len(order) + true) % len(order)
        per_class["subjects"] = np.bincount(pairs, minlength=len(order))
        overall["n_subjects"] = len(subjects)
    overall = pd.DataFrame({"value": overall}, dtype=float).rename_axis("figure")
    return BeatReport(tuple(order), counts, per_class, overall)


def _percent(value: float) -> str:
    """Write a fraction in percent, NaN as "-"."""
    return "-" if np.isnan(value) else f"{100 * value:.2f}"


def _number(value: float) -> str:
    """Write four decimals, NaN as "-"."""
    return "-" if np.isnan(value) else f"{value:.4f}"


def _json_float(value: float) -> float | None:
    """Return a float that JSON has a word for."""
    return None if np.isnan(value) else float(value)


def _plural(count: float, singular: str, plural: str | None = None) -> str:
    """Write a count with its noun."""
    return f"{int(count):,} {singular if count == 1 else plural or singular + 's'}"


def _shorten(text: str, width: int) -> str:
    """Return the text, or its beginning and an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"
