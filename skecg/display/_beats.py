"""Beats as they look: single ones with their labels, and each class in the mean."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from sklearn.utils import check_array, check_consistent_length, check_random_state

from ..layout import BeatLayout, check_layout
from ..metrics._counts import align_proba, encode_labels
from ..predictions import Predictions, as_predictions
from ..utils import class_probabilities
from ._style import DASHES, RIGHT, WRONG, amplitude, check_fs, class_styles, given_axes, merged

OWNER = "BeatDisplay"
KINDS = ("grid", "mean")
N_BEATS = 20
N_COLUMNS = 5
MOST_CLASSES = 6  # in one line of means


class BeatDisplay:
    """Beats with their true and predicted labels, or each class in the mean.

    The grid shows single beats; wrong ones are marked in colour and by the word. The second
    view, ``plot(kind="mean")``, shows the mean of each class and the band that holds 90 % of its
    beats at each sample. Only the beat itself is drawn, not its neighbours, and only the first
    channel of each lead. A lead that a row lacks (zeros throughout) is not drawn and does not
    count in means. ``errors=("V", "N")`` shows the V beats that were called N, the most
    confident first: there is what a model has learned wrongly, or what is labelled wrongly.

    Parameters
    ----------
    X : array-like of shape (n_beats, n_features)
        Beats.
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_pred : array-like of shape (n_beats,), default=None
        Predicted labels. None: beats are titled with the reference alone.
    layout : BeatLayout, default=None
        What the columns of X mean. None: samples of one lead.
    fs : float, default=None
        Sampling frequency of the rows in Hz, for a time axis. None: the axis counts samples.
    index : array-like of int, default=None
        Rows of X that the grid shows, in this order. None: the first 20.
    lead_names : sequence of str, default=None
        Names of the leads for the legend. None: "lead 0", "lead 1", ...
    unit : str or None, default="auto"
        Unit of X; None where it has none, as after a normalization. "auto" is mV, but for rows
        with context (a layout with the channel "difference") the height of the normal QRS
        complex around each beat.
    confidence : array-like of shape (n_beats,), default=None
        Probability of each predicted label, for the titles.
    names : array-like of str of shape (n_beats,), default=None
        What each beat is called in its title, such as its record and sample.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The waveforms: of the beats in the grid, or of the means; lead by lead within a beat or
        class.
    bands_ : list of matplotlib PolyCollection
        The spread of each mean; empty for the grid.
    ax_ : ndarray of matplotlib Axes
        One a beat, or for the means one a lead and class, lead by lead.
    figure_ : matplotlib Figure
        Figure that holds them.

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
        X: Any,
        y_true: Any,
        y_pred: Any = None,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        index: Any = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        confidence: Any = None,
        names: Any = None,
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
        kind: str = "grid",
        ax: Any = None,
        sharey: bool | str = "auto",
        line_kw: dict[str, Any] | None = None,
        band_kw: dict[str, Any] | None = None,
    ) -> "BeatDisplay":
        """Draw the beats.

        Parameters
        ----------
        kind : {"grid", "mean"}, default="grid"
            Single beats, or mean and spread (5th to 95th percentile) of each class.
        ax : sequence of matplotlib Axes, default=None
            One a panel. None: a new figure.
        sharey : bool or "auto", default="auto"
            Whether all panels have one amplitude scale. "auto": unless offsets between the
            panels would make the waveforms small, that is if together they span more than three
            times what the median panel does.
        line_kw, band_kw : dict, default=None
            Keywords for all waveforms and for all bands.

        Returns
        -------
        BeatDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `kind` is neither of these, or the axes are too few.
        """
        if kind not in KINDS:
            raise _kind_error(kind)
        self.lines_, self.bands_ = [], []
        if kind == "grid":
            self._plot_grid(ax, sharey, line_kw)
        else:
            self._plot_means(ax, sharey, line_kw, band_kw)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        n_beats: int = N_BEATS,
        random_state: Any = None,
        errors: Any = None,
        kind: str = "grid",
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: Any = None,
        **plot_kw: Any,
    ) -> "BeatDisplay":
        """Predict and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        layout : BeatLayout, default=None
            What the columns of X mean. None: samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: the axis counts samples.
        n_beats : int, default=20
            Number of beats in the grid; see `from_predictions` for the choice.
        random_state : int, RandomState instance or None, default=None
            Seed of the choice.
        errors : tuple of two labels, or True, default=None
            Show errors alone, of this reference and predicted label, the most confident first;
            see `from_predictions`.
        kind : {"grid", "mean"}, default="grid"
            Single beats, or mean and spread of each class.
        lead_names : sequence of str, default=None
            Names of the leads for the legend.
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            One a panel. None: a new figure.
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
            kind=kind,
            lead_names=lead_names,
            unit=unit,
            ax=ax,
            **plot_kw,
        )

    @classmethod
    def from_predictions(
        cls,
        X: Any,
        y_true: Any,
        y_pred: Any,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        n_beats: int = N_BEATS,
        random_state: Any = None,
        y_proba: Any = None,
        errors: Any = None,
        names: Any = None,
        kind: str = "grid",
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: Any = None,
        **plot_kw: Any,
    ) -> "BeatDisplay":
        """Choose beats for the grid and draw.

        The choice is no random sample: it is balanced so that rare classes and errors are seen.
        True classes take turns, N, S, V, F, Q; within a class a right and a wrong beat take
        turns, each drawn at random; what has run out is passed over. The grid shows class
        after class, right beats first. So do not read a rate of errors off the grid.

        With `errors`, the choice is the errors themselves, the one with the highest probability
        of its wrong label first; without probabilities in the order of the rows.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Beats.
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_pred : array-like of shape (n_beats,) or None
            Predicted labels.
        layout : BeatLayout, default=None
            What the columns of X mean. None: samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: the axis counts samples.
        n_beats : int, default=20
            Number of beats in the grid; all, if there are no more.
        random_state : int, RandomState instance or None, default=None
            Seed of the choice.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
            Probability of each class, for the order of errors and the titles. The columns of a
            DataFrame are named by the classes; those of an array are the sorted labels.
        errors : tuple of two labels, or True, default=None
            Show errors alone: ``("V", "N")`` those with the reference V that were called N,
            ``("V", None)`` all V called otherwise, ``(None, "V")`` all that were called V
            wrongly, True all errors.
        names : array-like of str of shape (n_beats,), default=None
            What each beat is called in its title, such as its record and sample.
        kind : {"grid", "mean"}, default="grid"
            Single beats, or mean and spread of each class.
        lead_names : sequence of str, default=None
            Names of the leads for the legend.
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            One a panel. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        BeatDisplay
            The display, drawn.
        """
        confidence = _confidence(y_true, y_pred, y_proba)
        if errors is None:
            index = _choose_beats(y_true, y_pred, n_beats, random_state)
        else:
            _check_n_beats(n_beats)
            index = _choose_errors(y_true, y_pred, confidence, errors)[:n_beats]
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
        return display.plot(kind=kind, ax=ax, **plot_kw)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, X: Any, *, ax: Any = None, **kwargs: Any
    ) -> "BeatDisplay":
        """Draw beats of a prediction table, titled with their records and samples.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        X : array-like of shape (n_beats, n_features)
            The beats, in the order of the table.
        ax : sequence of matplotlib Axes, default=None
            One a panel. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `errors`, `layout` or `fs`.

        Returns
        -------
        BeatDisplay
            The display, drawn.
        """
        found = as_predictions(table, OWNER)
        table = found.table
        options = {"y_proba": found.y_proba, "ax": ax}
        if {"record", "sample"} <= set(table.columns):
            options["names"] = [
                f"{record} at {sample}"
                for record, sample in zip(table["record"], table["sample"], strict=True)
            ]
        return cls.from_predictions(X, found.y_true, found.y_pred, **(options | kwargs))

    @classmethod
    def from_beats(
        cls,
        X: Any,
        y: Any,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        n_beats: int = N_BEATS,
        random_state: Any = None,
        kind: str = "mean",
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: Any = None,
        **plot_kw: Any,
    ) -> "BeatDisplay":
        """Draw labelled beats without predictions, by default each class in the mean.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Labels.
        layout : BeatLayout, default=None
            What the columns of X mean. None: samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: the axis counts samples.
        n_beats : int, default=20
            Number of beats in the grid, balanced over the classes.
        random_state : int, RandomState instance or None, default=None
            Seed of the choice.
        kind : {"grid", "mean"}, default="mean"
            Single beats, or mean and spread of each class.
        lead_names : sequence of str, default=None
            Names of the leads for the legend.
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            One a panel. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        BeatDisplay
            The display, drawn.
        """
        return cls.from_predictions(
            X,
            y,
            None,
            layout=layout,
            fs=fs,
            n_beats=n_beats,
            random_state=random_state,
            kind=kind,
            lead_names=lead_names,
            unit=unit,
            ax=ax,
            **plot_kw,
        )

    def frame(self, kind: str = "grid") -> pd.DataFrame:
        """Return the data behind the picture.

        Parameters
        ----------
        kind : {"grid", "mean"}, default="grid"
            The view.

        Returns
        -------
        DataFrame
            For the grid, one row a sample of a lead of a beat: row (of X), true, predicted
            (with predictions), confidence and name (where they are known), lead, time in ms (or
            sample), amplitude. For the means, one row a sample of a lead of a class: class,
            beats, lead, time in ms (or sample), mean, low and high (5th and 95th percentile).

        Raises
        ------
        ValueError
            If `kind` is neither of these.
        """
        if kind == "grid":
            index, waves, true, predicted = self._shown()
            keys = {"row": index, "true": true}
            if predicted is not None:
                keys["predicted"] = predicted
            for key, values in (("confidence", self.confidence), ("name", self.names)):
                if values is not None:
                    keys[key] = np.asarray(values)[index]
            values = {"amplitude": waves.ravel()}
            n_rows = len(index)
        elif kind == "mean":
            classes, counts, mean, low, high = self._means()
            keys = {"class": classes}
            values = {"mean": mean.ravel(), "low": low.ravel(), "high": high.ravel()}
            n_rows = len(classes)
        else:
            raise _kind_error(kind)
        leads = self._lead_names()
        axis = self._axis()
        data = {k: np.repeat(np.asarray(v), len(leads) * len(axis)) for k, v in keys.items()}
        if kind == "mean":
            data["beats"] = np.repeat(counts.ravel(), len(axis))
        data["lead"] = np.tile(np.repeat(leads, len(axis)), n_rows)
        data["time" if self.fs else "sample"] = np.tile(axis, n_rows * len(leads))
        return pd.DataFrame(data | values)

    def _plot_grid(self, ax: Any, sharey: bool | str, line_kw: dict[str, Any] | None) -> None:
        """Draw single beats, each into its panel."""
        index, waves, true, predicted = self._shown()
        if not len(index):
            self._say_none(ax)
            return
        n_rows, n_columns = -(-len(waves) // N_COLUMNS), min(N_COLUMNS, len(waves))
        own = ax is None
        axes = self._panels(ax, len(waves), n_rows, n_columns, sharey, waves)
        for i, (axis, beat) in enumerate(zip(axes, waves, strict=True)):
            wrong = predicted is not None and true[i] != predicted[i]
            for lead, signal in enumerate(beat):
                style = {"color": WRONG if wrong else RIGHT, "linewidth": 1.2}
                style |= {"linestyle": DASHES[lead % len(DASHES)]}
                self.lines_ += axis.plot(self._axis(), signal, **merged(style, line_kw, Line2D))
            confidence = None if self.confidence is None else self.confidence[index[i]]
            text = _title(true[i], None if predicted is None else predicted[i], confidence)
            text += "" if self.names is None else f"\n{np.asarray(self.names)[index[i]]}"
            axis.set_title(
                text,
                color=WRONG if wrong else "black",
                fontweight="bold" if wrong else "normal",
            )
            if wrong:
                axis.spines[:].set(color=WRONG, linewidth=1.5)
        self._label(axes, own)
        leads = self._lead_names()
        if len(leads) > 1:
            handles = [
                Line2D([], [], color="0.2", linestyle=DASHES[i % len(DASHES)], label=name)
                for i, name in enumerate(leads)
            ]
            self._legend(handles, own)

    def _say_none(self, ax: Any) -> None:
        """Draw that no beat was asked for that there is."""
        if ax is None:
            _, ax = plt.subplots(figsize=(3.2, 1.2), layout="constrained")
        self.ax_ = given_axes(ax, 1, OWNER)
        self.figure_ = self.ax_[0].figure
        self.ax_[0].text(
            0.5, 0.5, "no such beats", transform=self.ax_[0].transAxes, ha="center", va="center"
        )
        self.ax_[0].set(xticks=[], yticks=[])

    def _plot_means(
        self,
        ax: Any,
        sharey: bool | str,
        line_kw: dict[str, Any] | None,
        band_kw: dict[str, Any] | None,
    ) -> None:
        """Draw mean and spread, a column a class and a row a lead."""
        classes, counts, mean, low, high = self._means()
        leads = self._lead_names()
        own = ax is None
        panels = [(lead, i) for lead in range(len(leads)) for i in range(len(classes))]
        spread = np.concatenate([low, high], axis=2).transpose(1, 0, 2).reshape(len(panels), 1, -1)
        n_columns = len(classes) if len(classes) <= MOST_CLASSES else N_COLUMNS
        n_rows = -(-len(panels) // n_columns)
        axes = self._panels(ax, len(panels), n_rows, n_columns, sharey, spread)
        styles = class_styles(classes)
        for axis, (lead, i) in zip(axes, panels, strict=True):
            color = styles[i]["color"]
            band = {"color": color, "alpha": 0.25, "linewidth": 0} | (band_kw or {})
            self.bands_.append(
                axis.fill_between(self._axis(), low[i, lead], high[i, lead], **band)
            )
            style = {"color": color, "linewidth": 1.8}
            self.lines_ += axis.plot(self._axis(), mean[i, lead], **merged(style, line_kw, Line2D))
            name = f", {leads[lead]}" if len(leads) > 1 else ""
            beats = "beat" if counts[i, lead] == 1 else "beats"
            text = f"{classes[i]}{name} ({counts[i, lead]:,} {beats})"
            axis.set_title(text)
        self._label(axes, own)
        handles = [
            Line2D([], [], color="0.3", linewidth=1.8, label="mean"),
            Patch(color="0.3", alpha=0.25, linewidth=0, label="5th to 95th percentile"),
        ]
        self._legend(handles, own)

    def _panels(
        self,
        ax: Any,
        n: int,
        n_rows: int,
        n_columns: int,
        sharey: bool | str,
        values: np.ndarray,
    ) -> np.ndarray:
        """Return the axes to draw into, made or given, and store them."""
        if sharey == "auto":
            sharey = _fit_one_scale(values)
        if ax is None:
            _, grid = plt.subplots(
                n_rows,
                n_columns,
                figsize=(max(3.2, 1.9 * n_columns), 0.7 + 1.6 * n_rows),
                sharex=True,
                sharey=bool(sharey),
                layout="constrained",
                squeeze=False,
            )
            for unused in grid.ravel()[n:]:
                unused.remove()
            for column, axis in enumerate(grid[-2] if n < grid.size else ()):
                if (n_rows - 1) * n_columns + column >= n:  # now the lowest of its column
                    axis.tick_params(labelbottom=True)
            axes = grid.ravel()[:n]
        else:
            axes = given_axes(ax, n, OWNER)
            if sharey:
                low, high = np.nanmin(values), np.nanmax(values)
                margin = 0.05 * (high - low) or 1.0
                for axis in axes:
                    axis.set_ylim(low - margin, high + margin)
        for axis in axes:
            axis.tick_params(labelsize=7)
            axis.grid(alpha=0.25)
        self.ax_, self.figure_ = axes, axes[0].figure
        return axes

    def _label(self, axes: np.ndarray, own: bool) -> None:
        """Name the axes with their units, once a figure of our own, and fit the titles."""
        plt.setp([axis.title for axis in axes], fontsize=min(map(_title_size, axes)))
        xlabel = "Time (ms)" if self.fs else "Sample"
        ylabel = amplitude(self.unit, self._checked_layout())
        if own:
            self.figure_.supxlabel(xlabel, fontsize=10)
            self.figure_.supylabel(ylabel, fontsize=10)
        else:
            for axis in axes:
                axis.set(xlabel=xlabel, ylabel=ylabel)

    def _legend(self, handles: list[Any], own: bool) -> None:
        """Say what the lines are, beside the panels of a figure of our own."""
        if own:
            self.figure_.legend(
                handles=handles,
                loc="outside upper right",
                ncols=len(handles),
                frameon=False,
                fontsize=8,
            )
        else:
            self.ax_[0].legend(handles=handles, fontsize="x-small")

    def _axis(self) -> np.ndarray:
        """Return time in ms from the start of the row, or the number of each sample."""
        samples = np.arange(self._checked_layout().n_samples)
        return samples * (1000 / self.fs) if self.fs else samples

    def _lead_names(self) -> list[str]:
        """Return a name for each lead."""
        n_leads = self._checked_layout().leads
        if self.lead_names is None:
            return [f"lead {i}" for i in range(n_leads)]
        if len(self.lead_names) != n_leads:
            raise ValueError(
                f"The 'lead_names' parameter of {OWNER} must name {n_leads} leads. "
                f"Got {list(self.lead_names)} instead."
            )
        return list(self.lead_names)

    def _checked_layout(self) -> BeatLayout:
        """Return the layout of the rows."""
        return check_layout(self.layout, np.shape(self.X)[1], OWNER)

    def _waves(self) -> np.ndarray:
        """Return all beats as they are drawn, (n_beats, n_leads, n_samples), NaN if missing."""
        X = check_array(self.X, ensure_all_finite="allow-nan", estimator=OWNER, input_name="X")
        layout = self._checked_layout()
        own = layout.waveform(X)[:, layout.neighbors]
        there = own.any(axis=(2, 3)) | (layout.leads == 1)
        return np.where(there[..., np.newaxis], own[:, :, 0], np.nan)

    def _shown(self) -> tuple[np.ndarray, np.ndarray, list, list | None]:
        """Return rows, waveforms and labels of the beats in the grid."""
        check_fs(self.fs, OWNER)
        true = np.asarray(self.y_true)
        check_consistent_length(self.X, true, self.y_pred)
        index = np.arange(len(true))[:N_BEATS] if self.index is None else np.asarray(self.index)
        predicted = None if self.y_pred is None else np.asarray(self.y_pred)[index].tolist()
        return index, self._waves()[index], true[index].tolist(), predicted

    def _means(self) -> tuple[list, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return classes, beats by class and lead, and by sample mean, 5th, 95th percentile."""
        check_fs(self.fs, OWNER)
        check_consistent_length(self.X, self.y_true)
        classes, (true,) = encode_labels({"y_true": self.y_true}, None, OWNER)
        waves = self._waves()
        there = ~np.isnan(waves).all(axis=2)
        counts = np.stack([there[true == i].sum(axis=0) for i in range(len(classes))])
        mean, low, high = np.full((3, *counts.shape, waves.shape[2]), np.nan)
        for i, lead in zip(*np.nonzero(counts), strict=True):
            beats = waves[(true == i) & there[:, lead], lead]
            mean[i, lead] = np.nanmean(beats, axis=0, dtype=float)
            low[i, lead], high[i, lead] = np.nanpercentile(beats, (5, 95), axis=0)
        return classes, counts, mean, low, high


def _choose_beats(y_true: Any, y_pred: Any, n_beats: int, random_state: Any) -> np.ndarray:
    """Return rows for the grid: classes take turns, and in each right and wrong beats."""
    _check_n_beats(n_beats)
    targets = {"y_true": y_true} if y_pred is None else {"y_true": y_true, "y_pred": y_pred}
    _, codes = encode_labels(targets, None, OWNER)
    beats = pd.DataFrame({"true": codes[0], "wrong": codes[0] != codes[-1]})
    beats = beats.iloc[check_random_state(random_state).permutation(len(beats))]
    beats["turn"] = beats.groupby(["true", "wrong"]).cumcount()
    beats = beats.sort_values(["turn", "wrong"], kind="stable")
    beats["turn"] = beats.groupby("true").cumcount()
    chosen = beats.sort_values(["turn", "true"], kind="stable").head(n_beats)
    return chosen.sort_values(["true", "wrong"], kind="stable").index.to_numpy()


def _check_n_beats(n_beats: Any) -> None:
    """Refuse a number of beats that is none."""
    if not isinstance(n_beats, int | np.integer) or n_beats < 1:
        raise ValueError(
            f"The 'n_beats' parameter of {OWNER} must be a positive int. Got {n_beats!r} instead."
        )


def _confidence(y_true: Any, y_pred: Any, y_proba: Any) -> np.ndarray | None:
    """Return the probability of each predicted label, if it is known."""
    if y_proba is None or y_pred is None:
        return None
    known = list(y_proba.columns) if isinstance(y_proba, pd.DataFrame) else []
    targets = {"y_true": y_true, "y_pred": y_pred}
    labels, (true, predicted) = encode_labels(targets, None, OWNER, known=known)
    proba = align_proba(y_proba, labels, OWNER)
    check_consistent_length(true, proba)
    return proba[np.arange(len(predicted)), predicted]


def _choose_errors(
    y_true: Any, y_pred: Any, confidence: np.ndarray | None, errors: Any
) -> np.ndarray:
    """Return the rows of errors, the most confident first."""
    if y_pred is None or not (errors is True or (isinstance(errors, tuple) and len(errors) == 2)):
        raise ValueError(
            f"The 'errors' parameter of {OWNER} must be a reference and a predicted label, such "
            f'as ("V", "N"), or True for all errors, beside predictions. Got {errors!r} instead.'
        )
    labels, (true, predicted) = encode_labels({"y_true": y_true, "y_pred": y_pred}, None, OWNER)
    wrong = true != predicted
    for codes, label in zip(
        (true, predicted), (None, None) if errors is True else errors, strict=True
    ):
        if label is not None:
            wrong &= codes == (labels.index(label) if label in labels else -1)
    rows = np.flatnonzero(wrong)
    return rows if confidence is None else rows[np.argsort(-confidence[rows], kind="stable")]


def _fit_one_scale(values: np.ndarray) -> bool:
    """Say whether one scale serves all panels, given values of shape (n_panels, ...)."""
    values = values.reshape(len(values), -1)
    values = values[~np.isnan(values).all(axis=1)]
    low, high = np.nanmin(values, axis=1), np.nanmax(values, axis=1)
    return bool(high.max() - low.min() <= 3 * np.median(high - low))


def _title(true: Any, predicted: Any, confidence: float | None) -> str:
    """Return what stands over a beat."""
    if predicted is None:
        return f"{true}"
    called = f"predicted {predicted}" + ("" if confidence is None else f" {confidence:.2f}")
    return f"true {true}\n{called}{' (wrong)' if true != predicted else ''}"


def _title_size(ax: Any) -> float:
    """Return the size in points at which the longest line of a title fits its panel."""
    width = 72 * ax.get_window_extent().width / ax.figure.dpi
    longest = max(map(len, ax.get_title().split("\n")))
    return float(np.clip(width / (0.65 * longest), 4.5, 8))


def _kind_error(kind: Any) -> ValueError:
    """Return the error for a view that there is not."""
    return ValueError(
        f"The 'kind' parameter of {OWNER} must be one of {list(KINDS)}. Got {kind!r} instead."
    )
