"""All figures of predictions, each with a title, a caption and a description."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd
from matplotlib.figure import Figure, SubFigure
from numpy.typing import ArrayLike

from ..display import (
    BeatDisplay,
    CalibrationDisplay,
    ConfusionMatrixDisplay,
    ErrorsBySubjectDisplay,
    PrecisionRecallDisplay,
    RiskCoverageDisplay,
    RocCurveDisplay,
)
from ..layout import BeatLayout
from ..predictions import Predictions, as_predictions
from ..utils import Label, RandomState, number

MOST_NAMED = 3  # subjects in words


class Drawn(Protocol):
    """A display that is drawn."""

    @property
    def figure_(self) -> Figure | SubFigure:
        """The figure."""


@dataclass(frozen=True, eq=False)
class ReportFigure:
    """A display that is drawn, with a title, a caption, and a description for screen readers.

    Attributes
    ----------
    display : display
        The display, drawn; its figure is ``display.figure_``.
    title : str
        Title.
    caption : str
        How to read it.
    alt : str
        Description, for readers who cannot see the figure.

    See Also
    --------
    plot_predictions : All figures of predictions.
    """

    display: Drawn
    title: str
    caption: str
    alt: str


def plot_predictions(
    table: Predictions | pd.DataFrame,
    X: ArrayLike | None = None,
    *,
    layout: BeatLayout | None = None,
    fs: float | None = None,
    lead_names: Sequence[str] | None = None,
    random_state: RandomState = 0,
) -> dict[str, ReportFigure]:
    """Draw all figures of predictions.

    `BeatReport.to_html` puts them on a page. Figures that these predictions cannot have, such as
    errors where there are none, are not made.

    Parameters
    ----------
    table : Predictions or DataFrame
        Predictions, as `cross_val_beats` returns them, or their table.
    X : array-like of shape (n_beats, n_features), default=None
        Rows of the beats, for figures of single beats. None makes no such figures.
    layout : BeatLayout, default=None
        Meaning of the columns of X. None: samples of one lead.
    fs : float, default=None
        Sampling frequency of the rows in Hz. None: their time axis counts samples.
    lead_names : sequence of str, default=None
        Names of the leads of X.
    random_state : int, RandomState instance or None, default=0
        Which beats are drawn.

    Returns
    -------
    dict of str to ReportFigure
        By short names: confusion, roc, precision-recall, calibration and uncertainty (with
        probabilities), subjects, beats and errors (with X). Each has its display, a title, a
        caption and a description.

    Raises
    ------
    ValueError
        If the table lacks a column that is needed, or X does not fit it.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import plot_predictions
    >>> table = pd.DataFrame({"subject": list("aab"), "y_true": list("NVN")})
    >>> figures = plot_predictions(table.assign(y_pred=list("NVV")))
    >>> list(figures), figures["subjects"].title
    (['confusion', 'subjects'], 'Errors by subject')
    """
    found = as_predictions(table, "plot_predictions")
    wrong = bool((found.y_true != found.y_pred).any())
    makers = {"confusion": _confusion}
    if found.y_proba is not None:
        makers |= {"roc": _roc, "precision-recall": _precision_recall}
        makers |= {"calibration": _calibration} | ({"uncertainty": _uncertainty} if wrong else {})
    makers["subjects"] = _subjects
    figures = {name: make(found) for name, make in makers.items()}
    if X is not None:
        options: dict[str, Any] = {"layout": layout, "fs": fs, "lead_names": lead_names}
        options["random_state"] = random_state
        display = BeatDisplay.from_table(found, X, **options)
        figures["beats"] = ReportFigure(
            display,
            "Beats, chosen at random",
            "The reference label, and the predicted label below it.",
            "Single beats as curves over time, titled with their labels.",
        )
        if wrong:
            display = BeatDisplay.from_table(found, X, errors=True, **options)
            figures["errors"] = ReportFigure(
                display,
                "Errors, the most confident first",
                "Here the model was confident and wrong: it has learned something wrong, or the "
                "reference label is doubtful.",
                "Misclassified beats as curves over time, titled with their labels and the "
                "probability of the wrong one.",
            )
    return figures


def _confusion(table: Predictions) -> ReportFigure:
    """Draw the confusion matrix."""
    display = ConfusionMatrixDisplay.from_table(table)
    cells = display.frame().query("reference != predicted and count > 0")
    worst = cells.sort_values("count", ascending=False, kind="stable").head(MOST_NAMED)
    words = [
        f"{r.reference} predicted as {r.predicted} {r.count:,} times" for r in worst.itertuples()
    ]
    return ReportFigure(
        display,
        "Confusion matrix",
        "Rows reference, columns predicted, percentages of the row.",
        f"Confusion matrix. Most frequent errors: {', '.join(words) or 'none'}.",
    )


def _roc(table: Predictions) -> ReportFigure:
    """Draw the ROC curves."""
    display = RocCurveDisplay.from_table(table)
    return ReportFigure(
        display,
        "ROC curves",
        "For each class, the share of its beats that are found (upwards) against the share of "
        "other beats that are predicted as it (to the right), at all thresholds. They do not show "
        "how rare a class is.",
        f"ROC curves. Areas: {_by_class((c.label, c.area) for c in display.curves)}.",
    )


def _precision_recall(table: Predictions) -> ReportFigure:
    """Draw the precision-recall curves."""
    display = PrecisionRecallDisplay.from_table(table)
    return ReportFigure(
        display,
        "Precision and recall",
        "For each class, the share of its predictions that are correct (upwards, +P) against the "
        "share of its beats that are found (to the right, Se), at all thresholds. For rare "
        "classes it tells more than ROC curves.",
        "Curves of precision over recall. Average precision: "
        f"{_by_class((c.label, c.area) for c in display.curves)}.",
    )


def _calibration(table: Predictions) -> ReportFigure:
    """Draw the reliability diagram."""
    display = CalibrationDisplay.from_table(table)
    return ReportFigure(
        display,
        "Calibration",
        "Observed share of a class against its predicted probability. On the diagonal both are "
        "equal; below it the model is overconfident. The lower panel counts the beats.",
        "Reliability diagram. Calibration errors: "
        f"{_by_class((c.label, c.ece) for c in display.curves)}.",
    )


def _uncertainty(table: Predictions) -> ReportFigure:
    """Draw the errors among the least certain beats."""
    display = RiskCoverageDisplay.from_table(table)
    curve = display.curve
    return ReportFigure(
        display,
        "Errors among uncertain beats",
        "Share of the errors found (upwards) when beats are reviewed, the least certain first (to "
        "the right).",
        f"The {100 * curve.at:g} % least certain beats hold {100 * curve.found:.0f} % of the "
        "errors.",
    )


def _subjects(table: Predictions) -> ReportFigure:
    """Draw the errors by subject."""
    display = ErrorsBySubjectDisplay.from_table(table)
    worst = display.frame().head(MOST_NAMED)
    shares = zip(worst["subject"], worst["share"], worst["errors"], strict=True)
    words = [f"{subject} ({100 * share:.0f} %)" for subject, share, errors in shares if errors]
    return ReportFigure(
        display,
        "Errors by subject",
        "Left: share of correct beats of each subject. Right: its errors, most on top, and the "
        "cumulative share of all errors; 80 % lie above the dashed line.",
        f"Subjects by errors. Most have {', '.join(words)}." if words else "No errors.",
    )


def _by_class(values: Iterable[tuple[Label, float]]) -> str:
    """Name each class with its value."""
    return ", ".join(f"{label} {number(value, 3)}" for label, value in values)
