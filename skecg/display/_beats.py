"""Single beats with their labels."""

from collections.abc import Sequence
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length

from ..inspection._choose_beats import (
    Errors,
    choose_beats,
    choose_errors,
    predicted_probability,
)
from ..inspection._rows import waveforms
from ..layout import BeatLayout, check_layout
from ..predictions import Predictions, as_predictions
from ..utils import (
    COUNT,
    POSITIVE_OR_NONE,
    Classifier,
    Label,
    RandomState,
    check_value,
    class_probabilities,
)
from ._panels import N_COLUMNS, ShareY, label_panels, long_frame, make_panels, panel_legend
from ._rows import amplitude_label, check_lead_names, in_time
from ._style import DASHES, RIGHT, WRONG, AxesLike, Kw, given_axes, merged

OWNER = "BeatDisplay"
N_BEATS = 20


class BeatDisplay:
    """Single beats with their true and predicted labels; errors are marked.

    Errors are marked by colour and by the word "wrong". Only the beat itself is drawn, without
    its neighbours, and only the first channel of each lead. A lead that a row lacks (zeros
    throughout) is not drawn. ``errors=("V", "N")`` shows V beats that were predicted as N, the
    most confident first: the model has learned something wrong there, or the reference label is
    doubtful.

    Parameters
    ----------
    X : array-like of shape (n_beats, n_features)
        Rows of beats.
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_pred : array-like of shape (n_beats,), default=None
        Predicted labels. None: titles have only the reference.
    layout : BeatLayout, default=None
        The meaning of the columns of X. None: samples of one lead.
    fs : float, default=None
        Sampling frequency of the rows in Hz, for a time axis. None: the axis counts samples.
    index : array-like of int, default=None
        Rows of X to draw, in this order. None: the first 20.
    lead_names : sequence of str, default=None
        Names of the leads for the legend. None: "lead 0", "lead 1", ...
    unit : str or None, default="auto"
        Unit of X; None where it has none, as after a normalization. "auto" is mV, but for rows
        with context (a layout with the channel "difference") the height of the normal QRS
        complex around each beat.
    confidence : array-like of shape (n_beats,), default=None
        Probability of each predicted label, for the titles.
    names : array-like of str of shape (n_beats,), default=None
        Name of each beat for its title, such as its record and sample.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The waveforms, for each beat lead by lead.
    ax_ : ndarray of matplotlib Axes
        One for each beat.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    BeatTemplateDisplay : The mean beat of each class.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatDisplay
    >>> X = np.sin(np.linspace(0, 6, 50)) * np.ones((3, 1))
    >>> display = BeatDisplay.from_predictions(X, ["N", "V", "N"], ["N", "N", "N"], fs=250)
    >>> display.ax_[2].get_title().split(maxsplit=2)
    ['true', 'V', 'predicted N (wrong)']
    """

    def __init__(
        self,
        X: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike | None = None,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        index: ArrayLike | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        confidence: ArrayLike | None = None,
        names: ArrayLike | None = None,
    ):
        self.X = X
        self.y_true = y_true
        self.y_pred = y_pred
        self.layout = layout
        self.fs = fs
        self.index = index
        self.lead_names = lead_names
        self.unit = unit
        self.confidence = confidence
        self.names = names

    def plot(
        self,
        *,
        ax: AxesLike | None = None,
        sharey: ShareY = "auto",
        line_kw: Kw | None = None,
    ) -> Self:
        """Draw the beats.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, default=None
            One for each beat. None: a new figure.
        sharey : bool or "auto", default="auto"
            Whether all panels have one amplitude scale. "auto": unless offsets between the
            panels would make the waveforms small, that is if together they span more than three
            times the range of the median panel.
        line_kw : dict, default=None
            Keywords for all waveforms.

        Returns
        -------
        BeatDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are too few axes, lengths differ, or a parameter does not fit the rows.
        """
        index, waves, true, predicted = self._shown()
        layout = self._checked_layout()
        leads = check_lead_names(self.lead_names, layout.leads, OWNER)
        self.lines_: list[Line2D] = []
        own = ax is None
        if not len(index):
            self._draw_nothing(ax)
            return self
        axes = make_panels(ax, min(N_COLUMNS, len(waves)), sharey, waves, OWNER)
        self.ax_, self.figure_ = axes, axes[0].figure
        time = in_time(np.arange(layout.n_samples), self.fs)
        for i, (axis, beat) in enumerate(zip(axes, waves, strict=True)):
            wrong = predicted is not None and true[i] != predicted[i]
            for lead, signal in enumerate(beat):
                style = {"color": WRONG if wrong else RIGHT, "linewidth": 1.2}
                style |= {"linestyle": DASHES[lead % len(DASHES)]}
                self.lines_ += axis.plot(time, signal, **merged(style, line_kw, Line2D))
            self._entitle(
                axis, index[i], true[i], None if predicted is None else predicted[i], wrong
            )
        label_panels(axes, amplitude_label(self.unit, layout), self.fs, own=own)
        if len(leads) > 1:
            handles = [
                Line2D([], [], color="0.2", linestyle=DASHES[i % len(DASHES)], label=name)
                for i, name in enumerate(leads)
            ]
            panel_legend(axes, handles, own=own)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Classifier,
        X: ArrayLike,
        y: ArrayLike,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        n_beats: int = N_BEATS,
        random_state: RandomState = None,
        errors: Errors | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Predict, choose beats and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search.
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        layout : BeatLayout, default=None
            The meaning of the columns of X. None: samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: the axis counts samples.
        n_beats : int, default=20
            Number of beats; see `from_predictions` for the choice.
        random_state : int, RandomState instance or None, default=None
            Seed of the choice.
        errors : tuple of two labels, or True, default=None
            Show only errors, of this reference and predicted label, the most confident first;
            see `from_predictions`.
        lead_names : sequence of str, default=None
            Names of the leads for the legend.
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            One for each beat. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        BeatDisplay
            The display, drawn.
        """
        with_proba = hasattr(estimator, "predict_proba")
        return cls.from_predictions(
            X,
            y,
            estimator.predict(X),
            y_proba=class_probabilities(estimator, X, OWNER) if with_proba else None,
            errors=errors,
            layout=layout,
            fs=fs,
            n_beats=n_beats,
            random_state=random_state,
            lead_names=lead_names,
            unit=unit,
            ax=ax,
            **plot_kw,
        )

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        y_true: ArrayLike,
        y_pred: ArrayLike | None = None,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        n_beats: int = N_BEATS,
        random_state: RandomState = None,
        y_proba: pd.DataFrame | ArrayLike | None = None,
        errors: Errors | None = None,
        names: ArrayLike | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Choose beats and draw.

        The choice is not a random sample: it is balanced so that rare classes and errors are
        visible. Classes take turns, N, S, V, F, Q; within a class a correct beat and an error
        take turns, each drawn at random; sets that run out are skipped. The figure shows class
        after class, correct beats first. Do not read a rate of errors from it.

        With `errors`, the beats are the errors themselves, the one with the highest probability
        of its wrong label first; without probabilities in the order of the rows.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_pred : array-like of shape (n_beats,), default=None
            Predicted labels. None: titles have only the reference.
        layout : BeatLayout, default=None
            The meaning of the columns of X. None: samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: the axis counts samples.
        n_beats : int, default=20
            Number of beats; all, if there are no more.
        random_state : int, RandomState instance or None, default=None
            Seed of the choice.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
            Probability of each class, for the order of errors and the titles. The columns of a
            DataFrame are named by the classes; those of an array are the sorted labels.
        errors : tuple of two labels, or True, default=None
            Show only errors: ``("V", "N")`` those with the reference V that were predicted as
            N, ``("V", None)`` all V predicted as another class, ``(None, "V")`` all that were
            predicted as V wrongly, True all errors.
        names : array-like of str of shape (n_beats,), default=None
            Name of each beat for its title, such as its record and sample.
        lead_names : sequence of str, default=None
            Names of the leads for the legend.
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            One for each beat. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        BeatDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If lengths differ, a label is missing, or a parameter is invalid.
        """
        confidence = predicted_probability(y_true, y_pred, y_proba, OWNER)
        check_value(n_beats, COUNT, "n_beats", OWNER)
        if errors is None:
            index = choose_beats(y_true, y_pred, n_beats, random_state, OWNER)
        else:
            index = choose_errors(y_true, y_pred, confidence, errors, OWNER)[:n_beats]
        display = cls(
            X,
            y_true,
            y_pred,
            layout=layout,
            fs=fs,
            index=index,
            lead_names=lead_names,
            unit=unit,
            confidence=confidence,
            names=names,
        )
        return display.plot(ax=ax, **plot_kw)

    @classmethod
    def from_table(
        cls,
        table: Predictions | pd.DataFrame,
        X: ArrayLike,
        *,
        ax: AxesLike | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw beats of predictions, titled with their records and samples.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        X : array-like of shape (n_beats, n_features)
            Rows of the beats, in the order of the table.
        ax : sequence of matplotlib Axes, default=None
            One for each beat. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `errors`, `layout` or `fs`.

        Returns
        -------
        BeatDisplay
            The display, drawn.
        """
        found = as_predictions(table, OWNER)
        options: dict[str, Any] = {"y_proba": found.y_proba, "ax": ax}
        if {"record", "sample"} <= set(found.table.columns):
            places = zip(found.table["record"], found.table["sample"], strict=True)
            options["names"] = [f"{record} at {sample}" for record, sample in places]
        return cls.from_predictions(X, found.y_true, found.y_pred, **(options | kwargs))

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per sample of a lead of a beat: row (of X), true, predicted (with
            predictions), confidence and name (where they are known), lead, time in ms (or
            sample), amplitude.
        """
        index, waves, true, predicted = self._shown()
        leads = check_lead_names(self.lead_names, self._checked_layout().leads, OWNER)
        keys: dict[str, NDArray | Sequence[Label]] = {"row": index, "true": true}
        if predicted is not None:
            keys["predicted"] = predicted
        for key, values in (("confidence", self.confidence), ("name", self.names)):
            if values is not None:
                keys[key] = np.asarray(values)[index]
        return long_frame(keys, {"amplitude": waves}, leads, self.fs)

    def _entitle(
        self, ax: Axes, row: int, true: Label, predicted: Label | None, wrong: bool
    ) -> None:
        """Write labels, confidence and name over a beat; mark an error."""
        lines = [f"{true}"]
        if predicted is not None:
            at = "" if self.confidence is None else f" {np.asarray(self.confidence)[row]:.2f}"
            lines = [f"true {true}", f"predicted {predicted}{at}{' (wrong)' if wrong else ''}"]
        if self.names is not None:
            lines.append(f"{np.asarray(self.names)[row]}")
        ax.set_title(
            "\n".join(lines),
            color=WRONG if wrong else "black",
            fontweight="bold" if wrong else "normal",
        )
        if wrong:
            ax.spines[:].set(color=WRONG, linewidth=1.5)

    def _draw_nothing(self, ax: AxesLike | None) -> None:
        """Write into an empty panel that there are no such beats."""
        if ax is None:
            _, ax = plt.subplots(figsize=(3.2, 1.2), layout="constrained")
        self.ax_ = given_axes(ax, 1, OWNER)
        self.figure_ = self.ax_[0].figure
        place = {"transform": self.ax_[0].transAxes, "ha": "center", "va": "center"}
        self.ax_[0].text(0.5, 0.5, "no such beats", **place)
        self.ax_[0].set(xticks=[], yticks=[])

    def _checked_layout(self) -> BeatLayout:
        """Return the layout of the rows."""
        return check_layout(self.layout, np.shape(self.X)[1], OWNER)

    def _shown(self) -> tuple[NDArray[np.intp], NDArray, list[Label], list[Label] | None]:
        """Return rows, waveforms (n_shown, n_leads, n_samples) and labels of the beats to draw."""
        check_value(self.fs, POSITIVE_OR_NONE, "fs", OWNER)
        true = np.asarray(self.y_true)
        check_consistent_length(self.X, true, self.y_pred)
        index = np.arange(len(true))[:N_BEATS] if self.index is None else np.asarray(self.index)
        predicted = None if self.y_pred is None else np.asarray(self.y_pred)[index].tolist()
        rows = np.asarray(
            check_array(self.X, ensure_all_finite="allow-nan", estimator=OWNER, input_name="X")
        )
        waves = waveforms(rows, self._checked_layout())[index]
        return index, waves, true[index].tolist(), predicted
