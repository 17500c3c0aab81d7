"""Receiver operating characteristic of each class."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from sklearn.metrics import auc, roc_curve
from sklearn.utils import check_consistent_length

from ..metrics._counts import align_proba, encode_labels
from ._style import class_styles, merged

OWNER = "RocCurveDisplay"


class RocCurveDisplay:
    """ROC curve of each class against the rest, with its area in the legend.

    Parameters
    ----------
    fpr : list of ndarray
        For each class the false positive rates, empty for a class without a curve.
    tpr : list of ndarray
        For each class the true positive rates.
    roc_auc : list of float, default=None
        Areas under the curves, NaN for a class without one. None: not shown.
    labels : list, default=None
        Classes. None: 0 to ``n_classes - 1``.
    notes : dict, default=None
        By class, why it has no curve, for the legend.

    Attributes
    ----------
    line_ : list of matplotlib Line2D
        One a class; empty lines for those without a curve.
    chance_level_ : matplotlib Line2D or None
        The diagonal.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    sklearn.metrics.RocCurveDisplay : The curve of two classes.

    Notes
    -----
    The curve joins the points of ``sklearn.metrics.roc_curve`` by straight lines. Where all
    scores differ these are the steps of the curve; where scores are tied the line is slanted, so
    that the area drawn is the area that the legend states.

    The curve does not show how rare a class is: a false positive rate of 0.01 is many false
    alarms where one beat in a hundred is a V. Read +P of `skecg.beat_report` beside it.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import RocCurveDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
    >>> display = RocCurveDisplay.from_predictions(["N", "N", "V", "V"], proba)
    >>> display.roc_auc
    [0.75, 0.75]
    """

    def __init__(
        self,
        *,
        fpr: Sequence[np.ndarray],
        tpr: Sequence[np.ndarray],
        roc_auc: Sequence[float] | None = None,
        labels: Sequence[Any] | None = None,
        notes: dict[Any, str] | None = None,
    ):
        self.fpr = fpr
        self.tpr = tpr
        self.roc_auc = roc_auc
        self.labels = labels
        self.notes = notes

    def plot(
        self,
        *,
        ax: Any = None,
        line_kw: dict[str, Any] | None = None,
        plot_chance_level: bool = True,
        chance_level_kw: dict[str, Any] | None = None,
    ) -> "RocCurveDisplay":
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        line_kw : dict, default=None
            Keywords for all curves.
        plot_chance_level : bool, default=True
            Whether to draw the diagonal of a classifier that guesses.
        chance_level_kw : dict, default=None
            Keywords for the diagonal.

        Returns
        -------
        RocCurveDisplay
            The display itself.
        """
        own = ax is None
        if own:
            _, ax = plt.subplots(figsize=(4.4, 4.4), layout="constrained")
        labels = self._labels()
        self.line_ = []
        for i, style in enumerate(class_styles(labels)):
            style |= {"label": self._legend_text(i, labels[i]), "linewidth": 1.8}
            self.line_ += ax.plot(self.fpr[i], self.tpr[i], **merged(style, line_kw, Line2D))
        self.chance_level_ = None
        if plot_chance_level:
            style = {"color": "0.6", "linewidth": 1, "linestyle": "-", "zorder": 1}
            style |= {"label": "chance (AUC 0.5)"}
            (self.chance_level_,) = ax.plot(
                (0, 1), (0, 1), **merged(style, chance_level_kw, Line2D)
            )
        ax.set(
            xlabel="False positive rate (1 - Sp)",
            ylabel="True positive rate (Se)",
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.01),
            aspect="equal" if own else "auto",  # in shared figures labels would overlap
        )
        inches = ax.get_window_extent().width / ax.figure.dpi
        ax.legend(
            loc="lower right",
            title="One class against the rest",
            handlelength=3,
            fontsize=np.clip(2.7 * inches, 5, 9),
            title_fontsize=np.clip(2.7 * inches, 5, 9),
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        labels: Sequence[Any] | None = None,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "RocCurveDisplay":
        """Predict probabilities and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba`` or
            ``decision_function``.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        labels : sequence, default=None
            Classes and their order in the legend; must name all of `y`. None: those of the
            model and of `y`, the AAMI classes N, S, V, F, Q first.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        RocCurveDisplay
            The display, drawn.
        """
        return cls.from_predictions(y, _scores(estimator, X), labels=labels, ax=ax, **plot_kw)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_proba: Any,
        *,
        labels: Sequence[Any] | None = None,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "RocCurveDisplay":
        """Compute the curves and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes)
            Probability, or any score, of each class. The columns of a DataFrame are named by
            the classes, in any order: ``pd.DataFrame(proba, columns=model.classes_)``. Those of
            an array are the sorted labels, as in ``classes_``; then `labels`, if given, must be
            sorted.
        labels : sequence, default=None
            Classes and their order in the legend; must name all of `y_true`. None: those of
            `y_true` and of the columns, the AAMI classes N, S, V, F, Q first.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        RocCurveDisplay
            The display, drawn. A class without beats, without beats of other classes or unknown
            to the model has no curve, and the legend says so.
        """
        named = isinstance(y_proba, pd.DataFrame)
        known = list(y_proba.columns) if named else []
        order, (true,) = encode_labels({"y_true": y_true}, labels, OWNER, known=known)
        scores = align_proba(y_proba, order, OWNER, given=labels)
        check_consistent_length(true, scores)
        curves, notes = [], {}
        for i, label in enumerate(order):
            positive = true == i
            if not positive.any():
                notes[label] = "no beats"
            elif positive.all():
                notes[label] = "no other beats"
            elif named and label not in known:
                notes[label] = "unknown to the model"
            has_curve = label not in notes
            curves.append(roc_curve(positive, scores[:, i])[:2] if has_curve else ((), ()))
        return cls(
            fpr=[np.asarray(fpr) for fpr, _ in curves],
            tpr=[np.asarray(tpr) for _, tpr in curves],
            roc_auc=[float(auc(*curve)) if len(curve[0]) else np.nan for curve in curves],
            labels=order,
            notes=notes,
        ).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a point: class, fpr, tpr.
        """
        parts = [
            pd.DataFrame({"class": label, "fpr": fpr, "tpr": tpr})
            for label, fpr, tpr in zip(self._labels(), self.fpr, self.tpr, strict=True)
        ]
        return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)

    def _labels(self) -> list:
        """Return the classes, their numbers if they have no names."""
        return list(range(len(self.fpr)) if self.labels is None else self.labels)

    def _legend_text(self, i: int, label: Any) -> str:
        """Return the class with its area, or why it has none."""
        if self.notes and label in self.notes:
            return f"{label} ({self.notes[label]})"
        return f"{label} (AUC {self.roc_auc[i]:.3f})" if self.roc_auc is not None else f"{label}"


def _scores(estimator: Any, X: Any) -> pd.DataFrame:
    """Return a column of scores for each class that a model knows."""
    if hasattr(estimator, "predict_proba"):
        scores = np.asarray(estimator.predict_proba(X))
    elif hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(X))
        if scores.ndim == 1:  # two classes: one score, for the second
            scores = np.column_stack([-scores, scores])
    else:
        raise ValueError(
            f"The 'estimator' parameter of {OWNER} must have predict_proba or "
            f"decision_function. Got {type(estimator).__name__}, which has neither."
        )
    return pd.DataFrame(scores, columns=list(estimator.classes_))
