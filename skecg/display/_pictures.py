"""All pictures of a table of predictions, each with the words that go with it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..metrics._table import unpack_predictions
from ._beats import BeatDisplay
from ._calibration import CalibrationDisplay
from ._confusion import ConfusionMatrixDisplay
from ._precision_recall import PrecisionRecallDisplay
from ._roc import RocCurveDisplay
from ._subjects import SubjectDisplay
from ._uncertainty import UncertaintyDisplay

MOST_NAMED = 3  # subjects in words


@dataclass(frozen=True, eq=False)
class Picture:
    """A display that is drawn, with words for those who read it and for those who cannot see it.

    Attributes
    ----------
    display : display
        What is drawn; its figure is ``display.figure_``.
    title : str
        What it is.
    caption : str
        How to read it.
    alt : str
        What is to be seen, in words.

    See Also
    --------
    draw_predictions : All pictures of a table.
    """

    display: Any
    title: str
    caption: str
    alt: str


def draw_predictions(
    table: pd.DataFrame,
    X: Any = None,
    *,
    layout: Any = None,
    fs: float | None = None,
    lead_names: Any = None,
    random_state: Any = 0,
) -> dict[str, Picture]:
    """Draw all that a table of predictions has to show.

    For a page, `skecg.BeatReport.to_html` takes them as they are. What the table cannot show,
    such as errors where there are none, is left out.

    Parameters
    ----------
    table : DataFrame
        Predictions, as `skecg.cross_val_beats` and `skecg.prediction_table` make them.
    X : array-like of shape (n_beats, n_features), default=None
        The beats of the table, for pictures of single ones. None: without these.
    layout : BeatLayout, default=None
        What the columns of X mean. None: samples of one lead.
    fs : float, default=None
        Sampling frequency of the rows in Hz. None: their time axis counts samples.
    lead_names : sequence of str, default=None
        Names of the leads of X.
    random_state : int, RandomState instance or None, default=0
        Which beats are drawn.

    Returns
    -------
    dict of str to Picture
        By short names: confusion, roc, precision-recall, calibration and uncertainty (of tables
        with probabilities), subjects, beats and errors (with X). Each has its display, a title,
        a caption and a text for those who cannot see it.

    Raises
    ------
    ValueError
        If the table lacks a column that is needed, or X does not fit it.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import draw_predictions
    >>> table = pd.DataFrame({"subject": list("aab"), "truth": list("NVN")})
    >>> pictures = draw_predictions(table.assign(prediction=list("NVV")))
    >>> list(pictures), pictures["subjects"].title
    (['confusion', 'subjects'], 'Errors by subject')
    """
    found = unpack_predictions(table, "draw_predictions")
    wrong = bool((found.y_true != found.y_pred).any())
    makers = {"confusion": _confusion}
    if found.y_proba is not None:
        makers |= {"roc": _roc, "precision-recall": _precision_recall}
        makers |= {"calibration": _calibration} | ({"uncertainty": _uncertainty} if wrong else {})
    makers["subjects"] = _subjects
    pictures = {name: make(table) for name, make in makers.items()}
    if X is not None:
        options = {"layout": layout, "fs": fs, "lead_names": lead_names}
        options["random_state"] = random_state
        display = BeatDisplay.from_table(table, X, **options)
        pictures["beats"] = Picture(
            display,
            "Beats, drawn by lot",
            "The label of the reference, and that of the model below it.",
            "Single beats as curves over time, titled with their labels.",
        )
        if wrong:
            display = BeatDisplay.from_table(table, X, errors=True, **options)
            pictures["errors"] = Picture(
                display,
                "Errors, the most confident first",
                "Here the model was sure and not right: it has learned something wrongly, or the "
                "reference is doubtful.",
                "Single beats as curves over time that were named wrongly, titled with their "
                "labels and the probability of the wrong one.",
            )
    return pictures


def _confusion(table: pd.DataFrame) -> Picture:
    """What was taken for what."""
    display = ConfusionMatrixDisplay.from_table(table)
    cells = display.frame().query("reference != predicted and count > 0")
    worst = cells.sort_values("count", ascending=False, kind="stable").head(MOST_NAMED)
    words = [f"{r.reference} called {r.predicted} {r.count:,} times" for r in worst.itertuples()]
    return Picture(
        display,
        "Confusion matrix",
        "Rows are the reference, columns what the model said, percentages those of the row.",
        f"Confusion matrix. Most frequent errors: {', '.join(words) or 'none'}.",
    )


def _roc(table: pd.DataFrame) -> Picture:
    """Curves of rates at all thresholds."""
    display = RocCurveDisplay.from_table(table)
    return Picture(
        display,
        "ROC curves",
        "For each class, how many of its beats are found (upwards) at the price of how many "
        "false alarms among the beats of other classes (to the right), at all thresholds. They do "
        "not show how rare a class is.",
        f"ROC curves. Areas: {_by_class(display.labels, display.roc_auc)}.",
    )


def _precision_recall(table: pd.DataFrame) -> Picture:
    """Curves of shares at all thresholds."""
    display = PrecisionRecallDisplay.from_table(table)
    return Picture(
        display,
        "Precision and recall",
        "For each class, which share of the calls is right (upwards, +P) when so many of its "
        "beats are found (to the right, Se), at all thresholds. For rare classes it says more "
        "than ROC curves.",
        "Curves of precision over recall. Average precision: "
        f"{_by_class(display.labels, display.average_precision)}.",
    )


def _calibration(table: pd.DataFrame) -> Picture:
    """Stated probabilities beside shares."""
    display = CalibrationDisplay.from_table(table)
    return Picture(
        display,
        "Calibration",
        "Of the beats given a probability of, say, 80 %, are 80 % of the class? On the diagonal "
        "they are; below it the model claims too much. The lower panel counts the beats.",
        f"Reliability diagram. Calibration errors: {_by_class(display.labels, display.ece)}.",
    )


def _uncertainty(table: pd.DataFrame) -> Picture:
    """Errors among the least certain beats."""
    display = UncertaintyDisplay.from_table(table)
    share = float(np.interp(display.at, display.share, display.errors))
    return Picture(
        display,
        "Errors among uncertain beats",
        "Who looks again at beats, the least certain first (to the right), finds so many of the "
        "errors (upwards).",
        f"The {100 * display.at:g} % least certain beats hold {100 * share:.0f} % of the errors.",
    )


def _subjects(table: pd.DataFrame) -> Picture:
    """Who carries the errors."""
    display = SubjectDisplay.from_table(table)
    worst = display.frame().head(MOST_NAMED)
    words = [f"{r.subject} ({100 * r.share:.0f} %)" for r in worst.itertuples() if r.errors]
    return Picture(
        display,
        "Errors by subject",
        "To the left the share of right beats of each subject, to the right its errors, most "
        "on top, and the share of all errors down to there. Above the dashed line are 80 %.",
        f"Subjects by errors. Most have {', '.join(words)}." if words else "No errors.",
    )


def _by_class(labels: Any, values: Any) -> str:
    """Name each class with its value."""
    known = zip(labels, values, strict=True)
    return ", ".join(f"{label} {'-' if v != v else format(v, '.3f')}" for label, v in known)
