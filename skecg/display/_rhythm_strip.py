"""A recording as a rhythm strip on ECG paper, its beats marked by class."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from ..ec57._pairs import pair_beats
from ..predictions import Predictions, as_predictions
from ..tables import CLASS_MEANINGS, SYMBOL_MEANINGS, class_map, ordered_labels
from ..utils import POSITIVE, Label, check_value
from ._ecg_paper import PaperRow, draw_paper, paper_rows
from ._style import WRONG, AxesLike, Kw, class_markers, given_axes, legend, merged

OWNER = "RhythmStripDisplay"
INK = "#1f2933"
HALF_BAND = 0.13  # seconds before and after a beat that is marked
NO_BEAT = "\N{EN DASH}"
USUAL = ("N", "")  # classes without a band
MOST_ROWS = 20
HALO = [withStroke(linewidth=1.5, foreground="white")]  # around letters on the signal
FRAME: dict[str, Any] = {
    "facecolor": to_rgba(WRONG, 0.1),
    "edgecolor": WRONG,
    "linewidth": 1.2,
}


class Recording(Protocol):
    """The parts of an `ECGRecord` that are drawn."""

    @property
    def name(self) -> str:
        """Name of the recording."""

    @property
    def signal(self) -> NDArray:
        """Signal in mV, (n_samples, n_leads)."""

    @property
    def fs(self) -> float:
        """Sampling frequency in Hz."""

    @property
    def lead_names(self) -> Sequence[str]:
        """Names of the leads."""

    @property
    def sample(self) -> NDArray:
        """Positions of the beats."""

    @property
    def symbol(self) -> NDArray:
        """Symbols of the beats."""


class RhythmStripDisplay:
    """One lead of a recording on ECG paper, each beat marked with its class.

    The lead runs over rows of equal length, as a printed strip does. Each beat has the letter of
    its class above it and a marker on its sample, both in the colour of the class; classes also
    differ in the shape of the marker. All beats except normal ones have a band of that colour.

    With predicted beats, the letters of the reference are above and those of the prediction
    below. Where they disagree there is a frame instead of a band, and both letters are bold; a
    dash means that one of them has no such beat.

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
        Class of each predicted beat. None: only the reference is drawn.
    window : float, default=0.15
        Largest distance between a predicted beat and its reference beat, in seconds.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The signal, one line per row.
    markers_ : dict of str to list of matplotlib Line2D
        The markers of each class, one line for each row that has beats of it.
    text_ : list of matplotlib Text
        The letters above the beats, in the order of the beats.
    predicted_text_ : list of matplotlib Text
        The letters below them, of the predicted beats.
    disagreements_ : list of matplotlib Rectangle
        Frames around the beats on which reference and prediction disagree.
    legend_ : matplotlib Legend or None
        The meaning of the letters, with the number of beats drawn. None without beats.
    ax_ : ndarray of matplotlib Axes
        One per row.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    skecg.annotate : Find and classify the beats of a recording.
    BeatDisplay : Single beats.

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
        signal: ArrayLike,
        fs: float,
        sample: ArrayLike = (),
        labels: ArrayLike | None = None,
        *,
        lead_name: str | None = None,
        unit: str | None = "mV",
        predicted_sample: ArrayLike | None = None,
        predicted: ArrayLike | None = None,
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
        record: Recording,
        *,
        lead: int | str = 0,
        predicted: Recording | None = None,
        classes: str | Mapping[str, str | None] | None = None,
    ) -> Self:
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
            Classes to draw instead of the symbols, of both; beats without a class are excluded.
            None: the symbols.

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
        column = names.index(lead) if isinstance(lead, str) else lead
        at, labels = (None, None) if predicted is None else _labelled(predicted, classes)
        return cls(
            record.signal[:, column],
            record.fs,
            *_labelled(record, classes),
            lead_name=names[column],
            predicted_sample=at,
            predicted=labels,
        )

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, record: Recording, *, lead: int | str = 0
    ) -> Self:
        """Take one lead of a record and its beats of predictions; `plot` draws them.

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
        found = as_predictions(table, OWNER).table
        names = found["record"].astype(str)  # from CSV 100 is a number
        rows = found[names == record.name]
        if not len(rows):
            raise ValueError(
                f"The 'table' parameter of {OWNER}.from_table must have beats of the record "
                f"{record.name!r}. Got beats of {names.unique().tolist()[:5]} and so on."
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
        ax: AxesLike | None = None,
        line_kw: Kw | None = None,
        text_kw: Kw | None = None,
    ) -> Self:
        """Draw the strip.

        Parameters
        ----------
        start, stop : float, default=0.0 and None
            The part to draw, in seconds. ``stop=None``: to the end, at most 20 rows.
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
        first, last, length = self._part(len(signal), start, stop, seconds)
        rows = paper_rows(signal, first, last, length, self.fs, below=self.predicted is not None)
        own = ax is None
        axes = self._axes(ax, len(rows), rows[0].height)
        self.ax_, self.figure_ = axes, axes[0].figure
        beats = beats[(beats["at"] >= first) & (beats["at"] < last)]
        classes = ordered_labels([*beats["label"].dropna(), *beats["predicted"].dropna()])
        styles = dict(zip(classes, _styles(classes), strict=True))
        self.lines_: list[Line2D] = []
        self.text_: list[Text] = []
        self.predicted_text_: list[Text] = []
        self.disagreements_: list[Rectangle] = []
        self.markers_: dict[Label, list[Line2D]] = {label: [] for label in classes}
        for axis, row in zip(axes, rows, strict=True):
            draw_paper(axis, row, in_mv=self.unit == "mV")
            # up to the first sample of the next row, so that the line has no break
            piece = np.arange(row.start, min(row.stop + 1, len(signal)))
            style = {"color": INK, "linewidth": 0.9, "zorder": 3, "clip_on": True}
            self.lines_ += axis.plot(
                piece / self.fs, signal[piece], **merged(style, line_kw, Line2D)
            )
            here = beats[(beats["at"] >= row.start) & (beats["at"] < row.stop)]
            # bands at the ends of a row must not move its limits
            axis.autoscale(False)
            self._mark(axis, row, signal, here, styles)
            self._write(axis, row, here, styles, text_kw)
        self._label(axes, own)
        self.legend_ = self._legend(beats, styles, own)
        return self

    def frame(self, kind: str = "beats") -> pd.DataFrame:
        """Return the data of the figure, of the whole recording.

        Parameters
        ----------
        kind : {"beats", "signal"}, default="beats"
            The data.

        Returns
        -------
        DataFrame
            One row per beat: sample, time in s, label, amplitude, and with predictions
            predicted_sample, predicted and agrees, with missing values where one of them has no
            such beat. Or one row per sample: time in s and amplitude.

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

    def _axes(self, ax: AxesLike | None, n_rows: int, height: float) -> NDArray[np.object_]:
        """Return axes for each row, made or given."""
        if ax is not None:
            return given_axes(ax, n_rows, OWNER)
        # a row is as high as on paper of 10 mm/mV, within limits that fit a page
        inches = float(np.clip(0.62 * height, 1.0, 1.9))
        _, axes = plt.subplots(
            n_rows,
            1,
            figsize=(10.5, 0.9 + n_rows * inches),
            layout=ConstrainedLayoutEngine(hspace=0.02, h_pad=0.02),
            squeeze=False,
        )
        return axes[:, 0]

    def _mark(
        self,
        ax: Axes,
        row: PaperRow,
        signal: NDArray[np.float64],
        beats: pd.DataFrame,
        styles: Mapping[Label, dict[str, Any]],
    ) -> None:
        """Mark the beats of one row on the signal; emphasize unusual ones and disagreements."""
        known = beats.dropna(subset="label")
        lowest = -0.46 if self.predicted is None else -0.36
        for label in dict.fromkeys(known["label"]):
            of_class = known["at"][known["label"] == label].to_numpy()
            # a peak beyond the scale is marked at the edge, or next to the letters
            at = np.clip(signal[of_class], row.at(lowest), row.at(0.36))
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
            corner = (position / self.fs - HALF_BAND, row.at(-0.485))
            frame = Rectangle(corner, 2 * HALF_BAND, 0.97 * row.height, zorder=2.5, **FRAME)
            ax.add_patch(frame)
            self.disagreements_.append(frame)

    def _write(
        self,
        ax: Axes,
        row: PaperRow,
        beats: pd.DataFrame,
        styles: Mapping[Label, dict[str, Any]],
        text_kw: Kw | None,
    ) -> None:
        """Write the letters of one row, of the reference above and of the prediction below."""

        def write(position: int, label: Any, agrees: bool, y: float, va: str) -> Text:
            emphasized = not agrees or (self.predicted is None and label not in USUAL)
            style = {
                "color": INK if pd.isna(label) else styles[label]["color"],
                "alpha": 0.75 if label in USUAL and not emphasized else 1.0,
                "fontsize": 9 if emphasized else 8,
                "fontweight": "bold" if emphasized else "normal",
                "ha": "center",
                "va": va,
                "zorder": 5,
                "path_effects": HALO,
            }
            text = NO_BEAT if pd.isna(label) else str(label)
            return ax.text(position / self.fs, y, text, **merged(style, text_kw, Text))

        top, bottom = row.at(0.47), row.at(-0.47)
        for at, label, agrees in zip(beats["at"], beats["label"], beats["agrees"], strict=True):
            self.text_.append(write(at, label, agrees, top, "top"))
        if self.predicted is None:
            return
        places = beats["predicted_sample"].where(beats["predicted"].notna(), beats["at"])
        for at, label, agrees in zip(places, beats["predicted"], beats["agrees"], strict=True):
            self.predicted_text_.append(write(at, label, agrees, bottom, "bottom"))
        where: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "left"}
        ax.text(1.004, top, "ref.", fontsize=7, color=INK, va="top", **where)
        ax.text(1.004, bottom, "pred.", fontsize=7, color=INK, va="bottom", **where)

    def _label(self, axes: NDArray[np.object_], own: bool) -> None:
        """Label the axes with their units."""
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

    def _legend(
        self, beats: pd.DataFrame, styles: Mapping[Label, dict[str, Any]], own: bool
    ) -> Legend | None:
        """Draw the legend: the meaning of the letters, and the number of beats of each."""
        count = beats["label"].value_counts()
        handles: list[Line2D | Patch] = [
            Line2D([], [], linestyle="none", label=_entry(label, count.get(label, 0)), **style)
            for label, style in styles.items()
        ]
        if self.predicted is not None:
            n_wrong = int((~beats["agrees"]).sum())
            handles.append(Patch(label=f"disagreement ({n_wrong:,})", **FRAME))
        if not handles:
            return None
        options: dict[str, Any] = {"handles": handles, "handletextpad": 0.3}
        options |= {"columnspacing": 1.2}
        if own:
            options |= {"loc": "outside lower center", "frameon": False, "fontsize": 9}
            return self.figure_.legend(ncols=len(handles), **options)
        return legend(self.ax_[-1], ncols=min(len(handles), 3), handlelength=1.6, **options)

    def _part(
        self, n_samples: int, start: float, stop: float | None, seconds: float
    ) -> tuple[int, int, int]:
        """Return the first sample, the one after the last, and the samples of a row."""
        check_value(seconds, POSITIVE, "seconds", f"{OWNER}.plot")
        length = max(2, round(seconds * self.fs))
        first = round(start * self.fs)
        if stop is None:
            last = min(n_samples, first + MOST_ROWS * length)
        else:
            last = min(n_samples, math.ceil(stop * self.fs))
        if not 0 <= first < last:
            raise ValueError(
                f"The 'start' and 'stop' parameters of {OWNER}.plot must be a part of the "
                f"{n_samples / self.fs:g} s of the signal. Got {start!r} and {stop!r} instead."
            )
        return first, last, length

    def _checked(self) -> tuple[NDArray[np.float64], pd.DataFrame]:
        """Return the signal and the beats, with the columns of `pair_beats`."""
        signal = np.asarray(self.signal, dtype=float)
        if signal.ndim != 1 or not signal.size:
            raise ValueError(
                f"The 'signal' parameter of {OWNER} must be one lead of shape (n_samples,). "
                f"Got shape {signal.shape} instead."
            )
        check_value(self.fs, POSITIVE, "fs", OWNER)
        sample = self._positions("sample", self.sample, signal.size)
        labels = np.full(len(sample), "") if self.labels is None else np.asarray(self.labels)
        check_consistent_length(sample, labels)
        beats = pd.DataFrame({"at": sample, "sample": sample, "label": labels.astype(object)})
        if self.predicted is None:
            return signal, beats.assign(predicted_sample=sample, predicted=None, agrees=True)
        if self.labels is None:
            raise ValueError(
                f"The 'labels' parameter of {OWNER} must be given together with 'predicted'. Got "
                "None. To draw only predicted beats, pass them as 'sample' and 'labels'."
            )
        at = self.sample if self.predicted_sample is None else self.predicted_sample
        positions = self._positions("predicted_sample", at, signal.size)
        predicted = np.asarray(self.predicted)
        check_consistent_length(positions, predicted)
        window = round(self.window * self.fs)
        return signal, pair_beats(sample, labels, positions, predicted, window)

    def _positions(self, name: str, given: ArrayLike, n_samples: int) -> NDArray[np.int64]:
        """Return positions as integers within the signal."""
        sample = np.asarray(given).astype(np.int64)
        if sample.size and not 0 <= sample.min() <= sample.max() < n_samples:
            raise ValueError(
                f"The '{name}' parameter of {OWNER} must hold positions within the "
                f"{n_samples} samples of the signal. Got {sample.min()} to {sample.max()}."
            )
        return sample


def _labelled(
    record: Recording, classes: str | Mapping[str, str | None] | None
) -> tuple[NDArray, NDArray]:
    """Return positions and classes of the beats of a record, by default its symbols."""
    if classes is None:
        return record.sample, record.symbol
    labels = pd.Series(record.symbol).map(class_map(classes)).to_numpy(dtype=object)
    has_class = ~pd.isna(labels)
    return record.sample[has_class], labels[has_class]


def _styles(classes: Sequence[Label]) -> list[dict[str, Any]]:
    """Return colour and marker of each class."""
    edge = {"markeredgecolor": "white", "markeredgewidth": 0.6}
    return [
        # the edge covers most of a small triangle
        style | edge | {"markersize": 6.5 if style["marker"] in "^v" else 5}
        for style in class_markers(classes)
    ]


def _entry(label: Label, n_beats: int) -> str:
    """Return an entry of the legend."""
    if label == "":
        return f"beats ({n_beats:,})"
    name = str(label)
    meaning = CLASS_MEANINGS.get(name) or SYMBOL_MEANINGS.get(name, "").removesuffix(" beat")
    return f"{label} {meaning} ({n_beats:,})" if meaning else f"{label} ({n_beats:,})"
