"""Rows of ECG paper: scale, lines and ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MultipleLocator
from numpy.typing import NDArray

PAPER = "#d9534f"  # the red of ECG paper, thinned by alpha
# seconds and mV between thick lines of the paper; the thin ones divide them by five
BIG_SECONDS, BIG_MV = 0.2, 0.5
THIN: dict[str, Any] = {"color": PAPER, "alpha": 0.13, "linewidth": 0.4, "zorder": 0.5}


@dataclass(frozen=True)
class PaperRow:
    """A row of paper.

    Attributes
    ----------
    start, stop : int
        First sample of the signal in it, and the one after its last.
    length : int
        Number of samples of a full row.
    fs : float
        Sampling frequency in Hz.
    centre, height : float
        Middle and height in the unit of the signal.
    """

    start: int
    stop: int
    length: int
    fs: float
    centre: float
    height: float

    @property
    def begin(self) -> float:
        """Start in seconds."""
        return self.start / self.fs

    @property
    def seconds(self) -> float:
        """Duration of a full row in seconds."""
        return self.length / self.fs

    def at(self, share: float) -> float:
        """Return an amplitude by its distance from the centre as a share of the height."""
        return self.centre + share * self.height


def paper_rows(
    signal: NDArray, first: int, last: int, length: int, fs: float, *, below: bool
) -> list[PaperRow]:
    """Cut a signal into rows of equal height, with space above, and if wanted below, for letters.

    Each row is around its own median, so that a drifting baseline does not make beats small. The
    height fits all but extreme samples, so that an artefact does not either.
    """
    starts = range(first, last, length)
    pieces = [signal[i : min(i + length, last)] for i in starts]
    height, centres = _scale(pieces, below=below)
    return [
        PaperRow(i, min(i + length, last), length, fs, centre, height)
        for i, centre in zip(starts, centres, strict=True)
    ]


def draw_paper(ax: Axes, row: PaperRow, *, in_mv: bool) -> None:
    """Draw the lines of ECG paper."""
    ax.set_xlim(row.begin, row.begin + row.seconds)
    ax.set_ylim(row.at(-0.5), row.at(0.5))
    ax.set_axisbelow(True)
    if row.seconds <= 15:
        ticks = np.arange(math.ceil(row.begin - 1e-9), row.begin + row.seconds + 1e-9)
        ax.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
        ax.xaxis.set_minor_locator(MultipleLocator(BIG_SECONDS))
        _draw_small_squares(ax, row)
    if in_mv:
        ax.yaxis.set_major_locator(MultipleLocator(1.0 if row.height > 1.2 else BIG_MV))
        ax.yaxis.set_minor_locator(MultipleLocator(BIG_MV))
    ax.grid(which="both", color=PAPER, alpha=0.35, linewidth=0.6)
    ax.tick_params(which="both", length=0, labelsize=8)
    ax.spines[:].set(color=PAPER, alpha=0.45, linewidth=0.8)


def _draw_small_squares(ax: Axes, row: PaperRow) -> None:
    """Draw the thin lines; no locator draws a third kind."""
    end = row.begin + row.seconds
    step = BIG_SECONDS / 5
    first, last = math.ceil(row.begin / step - 1e-9), math.floor(end / step + 1e-9)
    ax.vlines(np.arange(first, last + 1) * step, *ax.get_ylim(), **THIN)
    if row.height < 8:
        step = BIG_MV / 5
        lines = np.arange(math.ceil(row.at(-0.5) / step), row.at(0.5) / step) * step
        ax.hlines(lines, row.begin, end, **THIN)


def _scale(pieces: Sequence[NDArray], *, below: bool) -> tuple[float, list[float]]:
    """Return the height of all rows in the unit of the signal, and the centre of each."""
    medians, low, high = [], [], []
    for piece in pieces:
        known = piece[~np.isnan(piece)]
        medians.append(float(np.median(known)) if known.size else np.nan)
        if known.size:
            around = known - medians[-1]
            low.append(np.percentile(around, 0.1))
            high.append(np.percentile(around, 99.9))
    if not low:
        return 1.0, [0.0] * len(pieces)
    bottom = float(np.quantile(low, 0.25, method="higher"))
    top = float(np.quantile(high, 0.75, method="lower"))
    # and for the letters above, and those below
    height = max(top - bottom, 1e-9) * (1.9 if below else 1.45)
    shift = (bottom + top) / 2 + (0 if below else 0.09 * height)
    mean = float(np.nanmean(medians))
    return height, [(mean if np.isnan(m) else m) + shift for m in medians]
