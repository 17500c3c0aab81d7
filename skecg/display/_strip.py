"""A recording as a strip of ECG paper, its beats marked by class."""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MultipleLocator
from sklearn.utils import check_consistent_length

from ..tables import AAMI_ORDER, SYMBOL_MEANINGS, ordered_labels
from ._style import MARKERS, class_styles, given_axes, merged

OWNER = "RecordDisplay"
PAPER = "#d9534f"  # the red of ECG paper, thinned by alpha
INK = "#1f2933"
MEANINGS = {  # of the AAMI classes, which are wider than the symbols of the same letter
    "N": "normal",
    "S": "supraventricular",
    "V": "ventricular",
    "F": "fusion",
    "Q": "unclassifiable",
}
USUAL = ("N", "")  # classes that need not catch the eye
# seconds and mV between thick lines of the paper; the thin ones divide them by five
BIG_SECONDS, BIG_MV = 0.2, 0.5


class RecordDisplay:
    """One lead of a recording on ECG paper, each beat marked with its class.

    The lead runs over rows of equal length, as a printed strip does. Each beat has the letter of
    its class above it and a marker on its sample, both in the colour of the class, so that no
    colour need be told apart. All beats but the normal ones have a band of that colour, too.

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

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The signal, one a row.
    markers_ : dict of str to list of matplotlib Line2D
        The markers of each class, one a row that has beats of it.
    text_ : list of matplotlib Text
        The letters above the beats, in the order of the beats.
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

    Examples
    --------
    >>> from skecg import RecordDisplay, simulate_record
    >>> record = simulate_record(25, random_state=0)
    >>> display = RecordDisplay.from_record(record, lead="MLII").plot(seconds=10)
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
    ):
        self.signal = signal
        self.fs = fs
        self.sample = sample
        self.labels = labels
        self.lead_name = lead_name
        self.unit = unit

    @classmethod
    def from_record(cls, record: Any, *, lead: int | str = 0) -> "RecordDisplay":
        """Take one lead of a record and its beats; `plot` draws them.

        Parameters
        ----------
        record : ECGRecord
            The recording, with reference beats or as `skecg.annotate` returns it.
        lead : int or str, default=0
            Number or name of the lead.

        Returns
        -------
        RecordDisplay
            The display, not drawn yet.
        """
        names = list(record.lead_names)
        if lead not in names and lead not in range(len(names)):
            raise ValueError(
                f"The 'lead' parameter of {OWNER}.from_record must be one of {names} or a number "
                f"from 0 to {len(names) - 1}. Got {lead!r} instead."
            )
        column = names.index(lead) if lead in names else lead
        return cls(
            record.signal[:, column],
            record.fs,
            record.sample,
            record.symbol,
            lead_name=names[column],
        )

    def plot(
        self,
        *,
        start: float = 0.0,
        stop: float | None = None,
        seconds: float = 10.0,
        ax: Any = None,
        line_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> "RecordDisplay":
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
        RecordDisplay
            The display itself.
        """
        signal, sample, labels = self._checked()
        first, last, length = self._stretch(len(signal), start, stop, seconds)
        rows = [slice(i, min(i + length, last)) for i in range(first, last, length)]
        height, middle = _scale(signal, rows)
        own = ax is None
        axes = self._axes(ax, len(rows), height)
        shown = np.flatnonzero((sample >= first) & (sample < last))
        classes = ordered_labels(labels[shown])
        styles = dict(zip(classes, _styles(classes), strict=True))
        self.lines_, self.text_ = [], []
        self.markers_ = {label: [] for label in classes}
        for axis, row, centre in zip(axes, rows, middle, strict=True):
            self._paper(axis, row, length, centre, height)
            # a row begins where the one before ended, and the line with it
            piece = np.arange(row.start, min(row.stop + 1, len(signal)))
            style = {"color": INK, "linewidth": 0.9, "zorder": 3, "clip_on": True}
            self.lines_ += axis.plot(
                piece / self.fs, signal[piece], **merged(style, line_kw, Line2D)
            )
            here = shown[(sample[shown] >= row.start) & (sample[shown] < row.stop)]
            self._mark(axis, signal, sample[here], labels[here], styles, centre, height, text_kw)
        self.ax_, self.figure_ = axes, axes[0].figure
        self._label(axes, own)
        self.legend_ = self._legend(labels[shown], styles, own)
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
            One row a beat: sample, time in s, label, amplitude; or one row a sample: time in s
            and amplitude.
        """
        signal, sample, labels = self._checked()
        if kind == "signal":
            return pd.DataFrame({"time": np.arange(len(signal)) / self.fs, "amplitude": signal})
        if kind != "beats":
            raise ValueError(
                f"The 'kind' parameter of {OWNER}.frame must be 'beats' or 'signal'. "
                f"Got {kind!r} instead."
            )
        return pd.DataFrame(
            {
                "sample": sample,
                "time": sample / self.fs,
                "label": labels,
                "amplitude": signal[sample],
            }
        )

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
        sample: np.ndarray,
        labels: np.ndarray,
        styles: dict[Any, dict[str, Any]],
        centre: float,
        height: float,
        text_kw: dict[str, Any] | None,
    ) -> None:
        """Mark the beats of one row by colour, marker and letter."""
        top = centre + 0.5 * height
        # bands at the ends of a row must not move them
        ax.autoscale(False)
        for label in dict.fromkeys(labels.tolist()):
            of_class = sample[labels == label]
            # a peak beyond the scale is marked at the edge, not outside of the row
            at = np.clip(signal[of_class], centre - 0.48 * height, centre + 0.36 * height)
            style = styles[label] | {"linestyle": "none", "zorder": 4}
            self.markers_[label] += ax.plot(of_class / self.fs, at, **style)
        for position, label in zip(sample, labels.tolist(), strict=True):
            color, time = styles[label]["color"], position / self.fs
            usual = label in USUAL
            if not usual:
                ax.axvspan(time - 0.13, time + 0.13, color=color, alpha=0.13, lw=0, zorder=0.6)
            style = {
                "color": color,
                "alpha": 0.75 if usual else 1.0,
                "fontsize": 8 if usual else 9,
                "fontweight": "normal" if usual else "bold",
                "ha": "center",
                "va": "top",
                "zorder": 5,
            }
            place = (time, top - 0.03 * height)
            self.text_.append(ax.text(*place, str(label), **merged(style, text_kw, Text)))

    def _label(self, axes: np.ndarray, own: bool) -> None:
        """Name the axes with their units."""
        ylabel = f"Amplitude of {self.lead_name}" if self.lead_name else "Amplitude"
        ylabel += f" ({self.unit})" if self.unit else ""
        if own and len(axes) > 1:
            self.figure_.supylabel(ylabel, fontsize=10)
            axes[-1].set_xlabel("Time (s)")
        else:
            for axis in axes:
                axis.set_ylabel(ylabel)
            axes[-1].set_xlabel("Time (s)")

    def _legend(self, labels: np.ndarray, styles: dict[Any, dict[str, Any]], own: bool) -> Any:
        """Say what the letters mean, and how many beats have each."""
        names, counts = np.unique(labels.astype(str), return_counts=True)
        count = dict(zip(names.tolist(), counts.tolist(), strict=True))
        handles = [
            Line2D([], [], linestyle="none", label=_entry(label, count[str(label)]), **style)
            for label, style in styles.items()
        ]
        if not handles:
            return None
        options = {"handles": handles, "frameon": False, "fontsize": 9, "handletextpad": 0.1}
        if own:
            return self.figure_.legend(
                loc="outside lower center", ncols=len(handles), columnspacing=1.2, **options
            )
        return self.ax_[0].legend(loc="lower right", ncols=len(handles), **options)

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

    def _checked(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signal, positions and labels as arrays that fit each other."""
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
        sample = np.asarray(self.sample)
        sample = sample.astype(np.int64) if sample.size else np.empty(0, dtype=np.int64)
        if sample.size and not 0 <= sample.min() <= sample.max() < signal.size:
            raise ValueError(
                f"The 'sample' parameter of {OWNER} must hold positions within the "
                f"{signal.size} samples of the signal. Got {sample.min()} to {sample.max()}."
            )
        labels = np.full(len(sample), "") if self.labels is None else np.asarray(self.labels)
        check_consistent_length(sample, labels)
        return signal, sample, labels


def _scale(signal: np.ndarray, rows: Sequence[slice]) -> tuple[float, list[float]]:
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
    height = max(top - bottom, 1e-9) * 1.45  # and for the letters above
    shift = (bottom + top) / 2 + 0.09 * height
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
    return [
        {
            "color": style["color"],
            "marker": MARKERS[_place(label, i) % len(MARKERS)],
            "markersize": 5,
            "markeredgecolor": "white",
            "markeredgewidth": 0.6,
        }
        for i, (label, style) in enumerate(zip(classes, class_styles(classes), strict=True))
    ]


def _place(label: Any, i: int) -> int:
    """Return the place of an AAMI class in their order, of another class after them."""
    return AAMI_ORDER.index(label) if label in AAMI_ORDER else len(AAMI_ORDER) + i


def _entry(label: Any, n_beats: int) -> str:
    """Return a line of the legend."""
    if label == "":
        return f"beats ({n_beats:,})"
    meaning = MEANINGS.get(label) or SYMBOL_MEANINGS.get(label, "").removesuffix(" beat")
    return f"{label} {meaning} ({n_beats:,})" if meaning else f"{label} ({n_beats:,})"
