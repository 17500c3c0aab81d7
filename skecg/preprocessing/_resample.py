"""Change the sampling frequency of a signal."""

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import resample_poly

from ..utils import POSITIVE, check_value, lane_medians
from ._gaps import bridge_gaps

__all__ = [
    "lead_medians",
    "longest_bridge",
    "resample_leads",
    "resample_signal",
    "simple_ratio",
]

_OWNER = "resample_signal"
_MOST = 100  # times as many samples; no ECG has a lower rate
_LONGEST_BRIDGE = 2.0  # seconds
_DRIFT = 0.05  # samples by which the last position may be off


def resample_signal(signal: ArrayLike, fs_in: float, fs_out: float) -> NDArray[np.float32]:
    """Resample a signal to another sampling frequency.

    Parameters
    ----------
    signal : array-like of shape (n_samples,) or (n_samples, n_leads)
        One or more leads, in any unit. Gaps (NaN) stay gaps.
    fs_in : float
        Sampling frequency of the signal in Hz.
    fs_out : float
        New sampling frequency in Hz.

    Returns
    -------
    ndarray of float32 of shape (n_out,) or (n_out, n_leads)
        The signal at the new rate, ``n_out = round(n_samples * fs_out / fs_in)``. Sample k of
        the result is at position ``k * fs_in / fs_out`` of the input. With equal rates the signal
        itself, not a copy, if it is float32.

    Raises
    ------
    ValueError
        If a frequency or the shape of the signal is invalid.

    Notes
    -----
    Polyphase filtering by `scipy.signal.resample_poly` with an anti-aliasing filter of zero
    phase. Two departures keep signals clean that have a large offset: the median of each lead is
    subtracted before and added after, since the filter does not pass a constant exactly,
    and the ends are continued by their point reflection and not by zeros.

    Rates whose ratio is not a simple fraction (such as 62.4725 Hz) get the simplest fraction
    that keeps the last sample within 0.05 samples of its position; denominators end at a
    million.

    Gaps are bridged for the filter, by straight lines up to 2 s, and a new sample between two old
    ones is NaN if either of these is.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.preprocessing import resample_signal
    >>> resample_signal(np.ones((360, 2)), 360, 250).shape
    (250, 2)
    """
    check_value(fs_in, POSITIVE, "fs_in", _OWNER)
    check_value(fs_out, POSITIVE, "fs_out", _OWNER)
    leads = np.asarray(signal).astype(np.float32, copy=False)
    if leads.ndim not in (1, 2):
        raise ValueError(
            f"The 'signal' parameter of {_OWNER} must have shape (n_samples,) or "
            f"(n_samples, n_leads). Got shape {leads.shape} instead."
        )
    if fs_in == fs_out:
        return leads
    if float(fs_out) > _MOST * float(fs_in):  # before it asks for all memory
        raise ValueError(
            f"The 'fs_out' parameter of {_OWNER} must be at most {_MOST} times 'fs_in'. Got "
            f"{fs_out:g} Hz from {fs_in:g} Hz instead. Is the sampling frequency of the record "
            "right?"
        )
    return resample_leads(leads, float(fs_in), float(fs_out))


def resample_leads(
    leads: NDArray[np.float32],
    fs_in: float,
    fs_out: float,
    *,
    offset: NDArray[np.float32] | None = None,
    ratio: Fraction | None = None,
) -> NDArray[np.float32]:
    """Resample leads as `resample_signal`.

    A stretch of a recording that begins at a multiple of ``ratio.denominator`` gives the samples
    of the whole recording, but for its ends, with the median and the ratio of the whole one.

    Parameters
    ----------
    leads : ndarray of float32 of shape (n_samples,) or (n_samples, n_leads)
        The leads.
    fs_in, fs_out : float
        Sampling frequency of the leads, and the new one, in Hz.
    offset : ndarray of shape (n_leads,) or None, default=None
        Median of each lead; None is that of these samples.
    ratio : Fraction or None, default=None
        New rate divided by the old one; None is a simple fraction near it.
    """
    n_in = len(leads)
    n_out = round(n_in * fs_out / fs_in)
    if n_out == 0 or leads.size == 0:
        return np.empty((n_out,) + leads.shape[1:], dtype=np.float32)

    filled, missing = bridge_gaps(leads, longest_bridge(fs_in))
    if offset is None:
        offset = lead_medians(leads, missing)
    ratio = ratio or simple_ratio(fs_in, fs_out, n_in)
    # scipy divides by zero (and ends the process) where it reflects a single sample
    ends = "antireflect" if n_in > 1 else "edge"
    out = resample_poly(filled - offset, ratio.numerator, ratio.denominator, axis=0, padtype=ends)
    if len(out) < n_out:  # the simple fraction is slightly less than the true ratio
        out = np.concatenate((out, np.repeat(out[-1:], n_out - len(out), axis=0)))
    out = out[:n_out] + offset
    if missing is not None:
        # a new sample between old ones, of which one is missing:
        #   old     0     1     2 (gap)     3
        #   new     0        1        2             new 1 and 2 are NaN
        position = np.arange(n_out) * (fs_in / fs_out)
        before = np.minimum(np.floor(position + 1e-6).astype(np.int64), n_in - 1)
        after = np.minimum(np.ceil(position - 1e-6).astype(np.int64), n_in - 1)
        out[missing[before] | missing[after]] = np.nan
    return out


def lead_medians(
    leads: NDArray[np.float32], missing: NDArray[np.bool_] | None
) -> NDArray[np.float32]:
    """Return the median of each lead without its gaps; 0 for one of only gaps."""
    if missing is None:
        medians_of_all = lane_medians(leads.reshape(len(leads), -1).T.copy())
        return medians_of_all.reshape(leads.shape[1:])
    columns, gaps = leads.reshape(len(leads), -1), missing.reshape(len(leads), -1)
    known = [column[~gap] for column, gap in zip(columns.T, gaps.T, strict=True)]
    medians = [lane_medians(values[None])[0] if values.size else 0 for values in known]
    return np.array(medians, dtype=np.float32).reshape(leads.shape[1:])


def longest_bridge(fs: float) -> int:
    """Return the longest gap, in samples, that is bridged by a straight line."""
    return round(_LONGEST_BRIDGE * fs)


def simple_ratio(fs_in: float, fs_out: float, n_samples: int) -> Fraction:
    """Find the simplest fraction near fs_out / fs_in that does not drift over the signal."""
    exact = Fraction(float(fs_out)) / Fraction(float(fs_in))
    for largest in (10**3, 10**4, 10**5, 10**6):
        ratio = exact.limit_denominator(largest)
        if abs(ratio - exact) * n_samples <= _DRIFT:
            break
    if ratio == 0:
        raise ValueError(
            f"The 'fs_out' parameter of {_OWNER} must be at least a millionth of 'fs_in'. "
            f"Got {fs_out} Hz from {fs_in} Hz instead."
        )
    return ratio
