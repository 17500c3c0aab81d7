"""A recording as a strip of ECG paper, its beats marked by class."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MultipleLocator
from sklearn.utils import check_consistent_length

from ..ec57._matching import match_beats
from ..predictions import Predictions, as_predictions
from ..tables import CLASS_MEANINGS, SYMBOL_MEANINGS, class_map, ordered_labels
from ._style import WRONG, class_markers, given_axes, legend, merged

OWNER = "RhythmStripDisplay"
PAPER = "#d9534f"  # the red of ECG paper, thinned by alpha
INK = "#1f2933"
HALF_BAND = 0.13  # seconds before and behind a beat that is marked
NO_BEAT = "\N{EN DASH}"
USUAL = ("N", "")  # classes that need not catch the eye
# seconds and mV between thick lines of the paper; the thin ones divide them by five
BIG_SECONDS, BIG_MV = 0.2, 0.5


class RhythmStripDisplay:
    """One lead of a recording on ECG paper, each beat marked with its class.

    The lead runs over rows of equal length, as a printed strip does. Each beat has the letter of
    its class above it and a marker on its sample, both in the colour of the class, so that no
    colour need be told apart. All beats but the normal ones have a band of that colour, too.

    With predicted beats, the letters of the reference stand above and those of the prediction
    below. Where they disagree there is a frame instead of a band, and both letters are bold; a
    dash stands for a beat that one of them does not have.

    Parameters
    ----------
    signal : array-like of shape (n_samples,)
        One lead, in mV. NaN marks gaps.
    fs : float
        Sampling frequency in Hz.
    sample : array-like of int of shape (n_beats,), default=()
        Positions of the beats in samples.
    labels : array-like of str of shape (n_beats,), default=None
        Class of each beat. None: beats are marked without a class.
    lead_name : str, default=None
        Name of the lead, for the axis.
    unit : str or None, default="mV"
        Unit of the signal; None where it has none.
    predicted_sample : array-like of int of shape (n_predicted,), default=None
        Positions of the predicted beats in samples. None: those of the reference beats.
    predicted : array-like of str of shape (n_predicted,), default=None
        Class of each predicted beat. None: the reference alone is drawn.
    window : float, default=0.15
        How far a predicted beat may be from its reference beat, in seconds.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The signal, one a row.
    markers_ : dict of str to list of matplotlib Line2D
        The markers of each class, one a row that has beats of it.
    text_ : list of matplotlib Text
        The letters above the beats, in the order of the beats.
    predicted_text_ : list of matplotlib Text
        The letters below them, of the predicted beats.
    disagreements_ : list of matplotlib Rectangle
        Frames around the beats on which reference and prediction disagree.
    legend_ : matplotlib Legend or None
        What the letters mean, with the number of beats drawn. None without beats.
    ax_ : ndarray of matplotlib Axes
        One a row.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    skecg.annotate : Find and classify the beats of a recording.
    BeatDisplay : Beats one by one.

    Notes
    -----
    Thick lines are 0.2 s and 0.5 mV apart, thin ones 0.04 s and 0.1 mV, as on paper at 25 mm/s
    and 10 mm/mV. All rows have one amplitude scale, each around its own median, so that a
    drifting baseline does not make the beats small. The few samples beyond it are cut off.

    Predicted beats belong to reference beats by the rule of `skecg.compare_annotations`.

    Examples
    --------
    >>> from skecg import RhythmStripDisplay, simulate_record
    >>> record = simulate_record(25, random_state=0)
    >>> display = RhythmStripDisplay.from_record(record, lead="MLII").plot(seconds=10)
    >>> len(display.ax_), display.ax_[-1].get_xlabel()
    (3, 'Time (s)')
    """

    def __init__(
        self,
        signal: Any,
        fs: float,
        sample: Any = (),
        labels: Any = None,
        *,
        lead_name: str | None = None,
        unit: str | None = "mV",
        predicted_sample: Any = None,
        predicted: Any = None,
        window: float = 0.15,
    ):
        self.signal = signal
        self.fs = fs
        self.sample = sample
        self.labels = labels
        self.lead_name = lead_name
        self.unit = unit
        self.predicted_sample = predicted_sample
        self.predicted = predicted
        self.window = window

    @classmethod
    def from_record(
        cls,
        record: Any,
        *,
        lead: int | str = 0,
        predicted: Any = None,
        classes: str | Mapping[str, str] | None = None,
    ) -> "RhythmStripDisplay":
        """Take one lead of a record and its beats; `plot` draws them.

        Parameters
        ----------
        record : ECGRecord
            The recording, with reference beats or as `skecg.annotate` returns it.
        lead : int or str, default=0
            Number or name of the lead.
        predicted : ECGRecord, default=None
            The same recording with predicted beats, as `skecg.annotate` returns it.
        classes : {"ec57", "dechazal", "symbols"} or mapping, default=None
            Classes in place of the symbols, of both; beats of no class are left out. None: the
            symbols as they are.

        Returns
        -------
        RhythmStripDisplay
            The display, not drawn yet.

        Raises
        ------
        ValueError
            If the record has no such lead.
        """
        names = list(record.lead_names)
        if lead not in names and lead not in range(len(names)):
            raise ValueError(
                f"The 'lead' parameter of {OWNER}.from_record must be one of {names} or a number "
                f"from 0 to {len(names) - 1}. Got {lead!r} instead."
            )
        column = names.index(lead) if lead in names else lead
        beats = {}
        if predicted is not None:
            at, labels = _labelled(predicted, classes)
            beats = {"predicted_sample": at, "predicted": labels}
        return cls(
            record.signal[:, column],
            record.fs,
            *_labelled(record, classes),
            lead_name=names[column],
            **beats,
        )

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, record: Any, *, lead: int | str = 0
    ) -> "RhythmStripDisplay":
        """Take one lead of a record and its beats of a prediction table; `plot` draws them.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        record : ECGRecord
            The recording.
        lead : int or str, default=0
            Number or name of the lead.

        Returns
        -------
        RhythmStripDisplay
            The display, not drawn yet.

        Raises
        ------
        ValueError
            If the table has no beats of the record, or the record has no such lead.
        """
        table = as_predictions(table, OWNER).table
        names = table["record"].astype(str)  # from CSV 100 is a number
        rows = table[names == record.name]
        if not len(rows):
            names = names.unique().tolist()
            raise ValueError(
                f"The 'table' parameter of {OWNER}.from_table must have beats of the record "
                f"{record.name!r}. Got beats of {names[:5]} and so on."
            )
        display = cls.from_record(record, lead=lead)
        display.sample = rows["sample"].to_numpy()
        display.labels = rows["y_true"].to_numpy()
        display.predicted = rows["y_pred"].to_numpy()
        return display

    def plot(
        self,
        *,
        start: float = 0.0,
        stop: float | None = None,
        seconds: float = 10.0,
        ax: Any = None,
        line_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> "RhythmStripDisplay":
        """Draw the strip.

        Parameters
        ----------
        start, stop : float, default=0.0 and None
            The stretch to draw, in seconds. ``stop=None``: to the end, but not more than 20
            rows.
        seconds : float, default=10.0
            Length of a row.
        ax : matplotlib Axes or sequence of them, default=None
            One for each row. None: a new figure.
        line_kw, text_kw : dict, default=None
            Keywords for the signal and for the letters.

        Returns
        -------
        RhythmStripDisplay
            The display itself.
        """
        signal, beats = self._checked()
        first, last, length = self._stretch(len(signal), start, stop, seconds)
        rows = [slice(i, min(i + length, last)) for i in range(first, last, length)]
        height, middle = _scale(signal, rows, below=self.predicted is not None)
        own = ax is None
        axes = self._axes(ax, len(rows), height)
        self.ax_, self.figure_ = axes, axes[0].figure
        beats = beats[(beats["at"] >= first) & (beats["at"] < last)]
        labels = [*beats["label"].dropna(), *beats["predicted"].dropna()]
        classes = ordered_labels(labels)
        styles = dict(zip(classes, _styles(classes), strict=True))
        self.lines_, self.text_, self.predicted_text_, self.disagreements_ = [], [], [], []
        self.markers_ = {label: [] for label in classes}
        for axis, row, centre in zip(axes, rows, middle, strict=True):
            self._paper(axis, row, length, centre, height)
            # a row begins where the one before ended, and the line with it
            piece = np.arange(row.start, min(row.stop + 1, len(signal)))
            style = {"color": INK, "linewidth": 0.9, "zorder": 3, "clip_on": True}
            self.lines_ += axis.plot(
                piece / self.fs, signal[piece], **merged(style, line_kw, Line2D)
            )
            here = beats[(beats["at"] >= row.start) & (beats["at"] < row.stop)]
            # bands at the ends of a row must not move them
            axis.autoscale(False)
            self._mark(axis, signal, here, styles, centre, height)
            self._write(axis, here, styles, centre, height, text_kw)
        self._label(axes, own)
        self.legend_ = self._legend(beats, styles, own)
        return self

    def frame(self, kind: str = "beats") -> pd.DataFrame:
        """Return the data behind the picture, of the whole recording.

        Parameters
        ----------
        kind : {"beats", "signal"}, default="beats"
            What to return.

        Returns
        -------
        DataFrame
            One row a beat: sample, time in s, label, amplitude, and with predictions
            predicted_sample, predicted and agrees; what one of them does not have is missing. Or
            one row a sample: time in s and amplitude.

        Raises
        ------
        ValueError
            If `kind` is neither of these, or signal and beats do not fit each other.
        """
        signal, beats = self._checked()
        if kind == "signal":
            return pd.DataFrame({"time": np.arange(len(signal)) / self.fs, "amplitude": signal})
        if kind != "beats":
            raise ValueError(
                f"The 'kind' parameter of {OWNER}.frame must be 'beats' or 'signal'. "
                f"Got {kind!r} instead."
            )
        frame = pd.DataFrame(
            {
                "sample": beats["sample"],
                "time": beats["at"] / self.fs,
                "label": beats["label"],
                "amplitude": signal[beats["at"]],
            }
        )
        if self.predicted is None:
            return frame
        frame["predicted_sample"] = beats["predicted_sample"]
        frame["predicted"], frame["agrees"] = beats["predicted"], beats["agrees"]
        return frame

    def _axes(self, ax: Any, n_rows: int, height: float) -> np.ndarray:
        """One axes a row, made or given."""
        if ax is not None:
            return given_axes(ax, n_rows, OWNER)
        # a row is as high as on paper of 10 mm/mV, within what fits a page
        inches = float(np.clip(0.62 * height, 1.0, 1.9))
        _, axes = plt.subplots(
            n_rows,
            1,
            figsize=(10.5, 0.9 + n_rows * inches),
            layout="constrained",
            squeeze=False,
        )
        axes[0, 0].figure.get_layout_engine().set(hspace=0.02, h_pad=0.02)
        return axes[:, 0]

    def _paper(self, ax: Any, row: slice, length: int, centre: float, height: float) -> None:
        """Draw the lines of ECG paper under a row."""
        begin = row.start / self.fs
        ax.set_xlim(begin, begin + length / self.fs)
        ax.set_ylim(centre - height / 2, centre + height / 2)
        ax.set_axisbelow(True)
        seconds = length / self.fs
        if seconds <= 15:
            ax.xaxis.set_major_locator(_anchored(begin, seconds, 1.0))
            ax.xaxis.set_minor_locator(MultipleLocator(BIG_SECONDS))
            _thin_lines(ax, begin, seconds, centre, height)
        if self.unit == "mV":
            ax.yaxis.set_major_locator(MultipleLocator(1.0 if height > 1.2 else BIG_MV))
            ax.yaxis.set_minor_locator(MultipleLocator(BIG_MV))
        ax.grid(which="both", color=PAPER, alpha=0.35, linewidth=0.6)
        ax.tick_params(which="both", length=0, labelsize=8)
        ax.spines[:].set(color=PAPER, alpha=0.45, linewidth=0.8)

    def _mark(
        self,
        ax: Any,
        signal: np.ndarray,
        beats: pd.DataFrame,
        styles: dict[Any, dict[str, Any]],
        centre: float,
        height: float,
    ) -> None:
        """Mark the beats of one row on the signal, and what must catch the eye."""
        known = beats.dropna(subset="label")
        for label in dict.fromkeys(known["label"]):
            of_class = known["at"][known["label"] == label].to_numpy()
            # a peak beyond the scale is marked at the edge, not outside of the row
            at = np.clip(signal[of_class], centre - 0.48 * height, centre + 0.36 * height)
            style = styles[label] | {"linestyle": "none", "zorder": 4}
            self.markers_[label] += ax.plot(of_class / self.fs, at, **style)
        if self.predicted is None:
            for position, label in zip(known["at"], known["label"], strict=True):
                if label not in USUAL:
                    style = {"color": styles[label]["color"], "alpha": 0.13, "zorder": 0.6}
                    time = position / self.fs
                    ax.axvspan(time - HALF_BAND, time + HALF_BAND, lw=0, **style)
            return
        for position in beats["at"][~beats["agrees"]]:
            frame = Rectangle(
                (position / self.fs - HALF_BAND, centre - 0.485 * height),
                2 * HALF_BAND,
                0.97 * height,
                facecolor=to_rgba(WRONG, 0.1),
                edgecolor=WRONG,
                linewidth=1.2,
                zorder=2.5,
            )
            self.disagreements_.append(ax.add_patch(frame))

    def _write(
        self,
        ax: Any,
        beats: pd.DataFrame,
        styles: dict[Any, dict[str, Any]],
        centre: float,
        height: float,
        text_kw: dict[str, Any] | None,
    ) -> None:
        """Write the letters of one row, of the reference above and of the prediction below."""

        def write(position: int, label: Any, agrees: bool, y: float, va: str) -> Text:
            shout = not agrees or (self.predicted is None and label not in USUAL)
            style = {
                "color": INK if pd.isna(label) else styles[label]["color"],
                "alpha": 0.75 if label in USUAL and not shout else 1.0,
                "fontsize": 9 if shout else 8,
                "fontweight": "bold" if shout else "normal",
                "ha": "center",
                "va": va,
                "zorder": 5,
            }
            text = NO_BEAT if pd.isna(label) else str(label)
            return ax.text(position / self.fs, y, text, **merged(style, text_kw, Text))

        edges = centre + 0.47 * height, centre - 0.47 * height
        for beat in beats.itertuples():
            self.text_.append(write(beat.at, beat.label, beat.agrees, edges[0], "top"))
            if self.predicted is not None:
                place = beat.at if pd.isna(beat.predicted) else beat.predicted_sample
                self.predicted_text_.append(
                    write(place, beat.predicted, beat.agrees, edges[1], "bottom")
                )
        if self.predicted is not None:
            for y, va, words in zip(edges, ("top", "bottom"), ("ref.", "pred."), strict=True):
                where = {"transform": ax.get_yaxis_transform(), "ha": "left", "va": va}
                ax.text(1.004, y, words, fontsize=7, color=INK, **where)

    def _label(self, axes: np.ndarray, own: bool) -> None:
        """Name the axes with their units."""
        ylabel = f"Amplitude of {self.lead_name}" if self.lead_name else "Amplitude"
        ylabel += f" ({self.unit})" if self.unit else ""
        if own and len(axes) > 1:
            self.figure_.supylabel(ylabel, fontsize=10)
            axes[-1].set_xlabel("Time (s)")
        else:
            for axis in axes:
                height = axis.get_window_extent().height / axis.figure.dpi
                axis.set_ylabel(ylabel, fontsize=np.clip(95 * height / len(ylabel), 6, 10))
            axes[-1].set_xlabel("Time (s)")

    def _legend(self, beats: pd.DataFrame, styles: dict[Any, dict[str, Any]], own: bool) -> Any:
        """Say what the letters mean, and how many beats have each."""
        count = beats["label"].value_counts()
        handles = [
            Line2D([], [], linestyle="none", label=_entry(label, count.get(label, 0)), **style)
            for label, style in styles.items()
        ]
        if self.predicted is not None:
            n_wrong = int((~beats["agrees"]).sum())
            style = {"facecolor": to_rgba(WRONG, 0.1), "edgecolor": WRONG, "linewidth": 1.2}
            handles.append(Patch(label=f"disagreement ({n_wrong:,})", **style))
        if not handles:
            return None
        options = {"handles": handles, "handletextpad": 0.3, "columnspacing": 1.2}
        if own:
            options |= {"loc": "outside lower center", "frameon": False, "fontsize": 9}
            return self.figure_.legend(ncols=len(handles), **options)
        return legend(self.ax_[-1], ncols=min(len(handles), 3), handlelength=1.6, **options)

    def _stretch(
        self, n_samples: int, start: Any, stop: Any, seconds: Any
    ) -> tuple[int, int, int]:
        """First sample, the one after the last, and samples a row."""
        if not seconds > 0:
            raise ValueError(
                f"The 'seconds' parameter of {OWNER}.plot must be positive. "
                f"Got {seconds!r} instead."
            )
        length = max(2, round(seconds * self.fs))
        first = round(start * self.fs)
        if stop is None:
            last = min(n_samples, first + 20 * length)
        else:
            last = min(n_samples, math.ceil(stop * self.fs))
        if not 0 <= first < last:
            raise ValueError(
                f"The 'start' and 'stop' parameters of {OWNER}.plot must be a stretch of the "
                f"{n_samples / self.fs:g} s of the signal. Got {start!r} and {stop!r} instead."
            )
        return first, last, length

    def _checked(self) -> tuple[np.ndarray, pd.DataFrame]:
        """Signal and beats: at, sample, label, predicted_sample, predicted, agrees."""
        signal = np.asarray(self.signal, dtype=float)
        if signal.ndim != 1 or not signal.size:
            raise ValueError(
                f"The 'signal' parameter of {OWNER} must be one lead of shape (n_samples,). "
                f"Got shape {signal.shape} instead."
            )
        if not (np.isscalar(self.fs) and np.isreal(self.fs) and self.fs > 0):
            raise ValueError(
                f"The 'fs' parameter of {OWNER} must be a positive number. "
                f"Got {self.fs!r} instead."
            )
        sample = self._positions("sample", self.sample, signal.size)
        labels = np.full(len(sample), "") if self.labels is None else np.asarray(self.labels)
        check_consistent_length(sample, labels)
        beats = pd.DataFrame({"at": sample, "sample": sample, "label": labels.astype(object)})
        if self.predicted is None:
            return signal, beats.assign(predicted_sample=sample, predicted=None, agrees=True)
        if self.labels is None:
            raise ValueError(
                f"The 'labels' parameter of {OWNER} must be given beside 'predicted'. Got None; "
                "predicted beats alone are drawn as 'sample' and 'labels'."
            )
        at = self.sample if self.predicted_sample is None else self.predicted_sample
        at = self._positions("predicted_sample", at, signal.size)
        predicted = np.asarray(self.predicted)
        check_consistent_length(at, predicted)
        return signal, _paired(sample, labels, at, predicted, round(self.window * self.fs))

    def _positions(self, name: str, sample: Any, n_samples: int) -> np.ndarray:
        """Return positions as integers within the signal."""
        sample = np.asarray(sample)
        sample = sample.astype(np.int64) if sample.size else np.empty(0, dtype=np.int64)
        if sample.size and not 0 <= sample.min() <= sample.max() < n_samples:
            raise ValueError(
                f"The '{name}' parameter of {OWNER} must hold positions within the "
                f"{n_samples} samples of the signal. Got {sample.min()} to {sample.max()}."
            )
        return sample


def _labelled(record: Any, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Positions and classes of the beats of a record, its symbols if no classes are asked for."""
    if classes is None:
        return record.sample, record.symbol
    labels = pd.Series(record.symbol).map(class_map(classes)).to_numpy(dtype=object)
    has_class = ~pd.isna(labels)
    return record.sample[has_class], labels[has_class]


def _paired(
    sample: np.ndarray, labels: np.ndarray, at: np.ndarray, predicted: np.ndarray, window: int
) -> pd.DataFrame:
    """One row a beat of the reference, the prediction or both, in the order of time."""
    order, order_at = np.argsort(sample, kind="stable"), np.argsort(at, kind="stable")
    sample, at = sample[order], at[order_at]
    last = max([0, *sample[-1:].tolist(), *at[-1:].tolist()])
    events = match_beats(sample, at, window=window, start=0, end=last)
    in_reference, in_prediction = ~events.is_extra, ~events.is_missed
    beats = pd.DataFrame(index=range(len(events.reference)))
    for name, values, has, of in (
        ("sample", sample, in_reference, events.reference),
        ("label", labels[order], in_reference, events.reference),
        ("predicted_sample", at, in_prediction, events.test),
        ("predicted", predicted[order_at], in_prediction, events.test),
    ):
        column = np.full(len(has), None, dtype=object)
        column[has] = values[of[has]]
        beats[name] = column if values.dtype.kind not in "iu" else pd.array(column, dtype="Int64")
    beats.insert(0, "at", beats["sample"].fillna(beats["predicted_sample"]).astype(np.int64))
    beats["agrees"] = events.is_pair & (beats["label"] == beats["predicted"]).to_numpy()
    return beats.sort_values("at", kind="stable", ignore_index=True)


def _scale(signal: np.ndarray, rows: Sequence[slice], *, below: bool) -> tuple[float, list[float]]:
    """Height of all rows in the signal's unit, and the middle of each."""
    middles, low, high = [], [], []
    for row in rows:
        there = signal[row][~np.isnan(signal[row])]
        middles.append(float(np.median(there)) if there.size else np.nan)
        if there.size:
            # room for all but the wildest samples: an artefact must not make the beats small
            around = there - middles[-1]
            low.append(np.percentile(around, 0.1))
            high.append(np.percentile(around, 99.9))
    if not low:
        return 1.0, [0.0] * len(rows)
    bottom = float(np.quantile(low, 0.25, method="higher"))
    top = float(np.quantile(high, 0.75, method="lower"))
    # and for the letters above, and those below
    height = max(top - bottom, 1e-9) * (1.9 if below else 1.45)
    shift = (bottom + top) / 2 + (0 if below else 0.09 * height)
    known = np.nanmean(middles)
    return height, [(known if np.isnan(m) else m) + shift for m in middles]


def _anchored(begin: float, seconds: float, step: float) -> FixedLocator:
    """Ticks at whole seconds, from the beginning of the row."""
    return FixedLocator(np.arange(math.ceil(begin - 1e-9), begin + seconds + 1e-9, step))


def _thin_lines(ax: Any, begin: float, seconds: float, centre: float, height: float) -> None:
    """Draw the small squares, which no locator draws beside the large ones."""
    step = BIG_SECONDS / 5
    first = math.ceil(begin / step - 1e-9)
    at = np.arange(first, math.floor((begin + seconds) / step + 1e-9) + 1) * step
    style = {"color": PAPER, "alpha": 0.13, "linewidth": 0.4, "zorder": 0.5}
    ax.vlines(at, *ax.get_ylim(), **style)
    low, high = centre - height / 2, centre + height / 2
    if height < 8:
        lines = np.arange(math.ceil(low / (BIG_MV / 5)), high / (BIG_MV / 5)) * (BIG_MV / 5)
        ax.hlines(lines, begin, begin + seconds, **style)


def _styles(classes: Sequence[Any]) -> list[dict[str, Any]]:
    """Colour and marker of each class."""
    edge = {"markeredgecolor": "white", "markeredgewidth": 0.6}
    return [
        # the edge takes most from a triangle
        style | edge | {"markersize": 6.5 if style["marker"] in "^v" else 5}
        for style in class_markers(classes)
    ]


def _entry(label: Any, n_beats: int) -> str:
    """Return a line of the legend."""
    if label == "":
        return f"beats ({n_beats:,})"
    meaning = CLASS_MEANINGS.get(label) or SYMBOL_MEANINGS.get(label, "").removesuffix(" beat")
    return f"{label} {meaning} ({n_beats:,})" if meaning else f"{label} ({n_beats:,})"
