"""Judge by its amplitude whether a signal is in mV."""

import weakref
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["amplitude_fault", "judge_once"]

_WINDOW = 2.0  # seconds, with a beat in nearly all
_SHORTEST = 1.0  # seconds; less need not have a beat
_MOST_WINDOWS = 60
# Median of the range in a window, in mV. Leads of the MIT-BIH, European ST-T and supraventricular
# databases have 0.2 to 7; in V that is 0.0002 to 0.007, in steps of a converter 40 or more.
_LEAST_VOLTS, _MOST_VOLTS = 1e-5, 0.012
_LARGE = 20.0
_MICROVOLTS = 100.0
_NANOVOLTS = 1e5

_judged: "weakref.WeakValueDictionary[int, NDArray[np.float32]]" = weakref.WeakValueDictionary()


def amplitude_fault(
    signal: NDArray[np.floating], fs: float, lead_names: Sequence[str]
) -> str | None:
    """Return the text about a signal that is not in mV, or None if it may be.

    The range in windows of two seconds is compared with that of ECGs, so that neither drift nor
    artifacts in some of the windows matter. Flat leads have no range and are passed over.

    Parameters
    ----------
    signal : ndarray of shape (n_samples, n_leads)
        The signal, NaN in gaps.
    fs : float
        Sampling frequency in Hz.
    lead_names : sequence of str of length n_leads
        Names of the leads.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.records._amplitude import amplitude_fault
    >>> wave = np.sin(np.arange(1000) / 20)[:, np.newaxis]
    >>> amplitude_fault(wave, 250, ["II"])
    >>> print(amplitude_fault(wave * 1000, 250, ["II"]))
    lead 'II' has a range of 2000 within 2 s, and an ECG in mV one of 0.1 to 20: it is likely in
    uV (multiply it by 0.001) or in steps of a converter (divide it by its steps per mV)
    """
    if len(signal) < _SHORTEST * fs:
        return None
    ranges = _ranges(signal, fs)
    large = int(np.argmax(np.nan_to_num(ranges)))
    height = float(ranges[large])
    facts = (
        f"lead '{lead_names[large]}' has a range of {height:.4g} within {_WINDOW:g} s, and an ECG "
        "in mV one of 0.1 to 20: it is likely in "
    )
    if _LEAST_VOLTS < height < _MOST_VOLTS:
        return f"{facts}V (multiply it by 1000)"
    if not height > _LARGE:
        return None
    steps = "steps of a converter (divide it by its steps per mV)"
    if height < _MICROVOLTS:
        return f"{facts}{steps}"
    if height < _NANOVOLTS:
        return f"{facts}uV (multiply it by 0.001) or in {steps}"
    return f"{facts}nV (multiply it by 0.000001) or in {steps}"


def judge_once(signal: NDArray[np.float32], fs: float, lead_names: Sequence[str]) -> str | None:
    """Return the same text for the first record that has a signal; copies of a record share it."""
    if _judged.get(id(signal)) is signal:
        return None
    _judged[id(signal)] = signal
    return amplitude_fault(signal, fs, lead_names)


def _ranges(signal: NDArray[np.floating], fs: float) -> NDArray[np.floating]:
    """Return the median range of each lead in windows, NaN if there is none."""
    width = max(min(round(_WINDOW * fs), len(signal)), 1)
    n_windows = len(signal) // width
    chosen = np.unique(np.linspace(0, n_windows - 1, min(n_windows, _MOST_WINDOWS)).astype(int))
    windows = signal[: n_windows * width].reshape(n_windows, width, -1)[chosen]
    return np.array([_median_range(windows[:, :, lead]) for lead in range(windows.shape[2])])


def _median_range(windows: NDArray[np.floating]) -> float:
    """Return the median of the ranges of windows without gaps, or else of all; NaN if none."""
    rows = np.ascontiguousarray(windows)  # of which extremes are found much faster
    ranges = rows.max(axis=1) - rows.min(axis=1)
    if np.isnan(ranges).all():
        ranges = np.fmax.reduce(rows, axis=1) - np.fmin.reduce(rows, axis=1)
    known = ranges[~np.isnan(ranges)]
    return float(np.median(known)) if len(known) else np.nan
