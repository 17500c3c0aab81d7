"""Compare the heart rate measurements of two annotators, as ANSI/AAMI EC57 prescribes."""

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..utils import SWITCH, Rule, check_value, is_int
from ._compare import StreamPair, read_pair
from ._heart_rate_comparison import HeartRateComparison
from ._recording import Period, Recording, check_period, last_of, period_of_pair, texts_at
from ._streams import AnnotationsLike, Stream, about

__all__ = ["compare_heart_rate", "compare_heart_rate_streams", "has_measurements"]

OWNER = "compare_heart_rate"
_WHOLE = Rule(is_int, "a whole number, the subtype of the measurements")
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")


class _Measurements(NamedTuple):
    """Measurements of one annotator, in order."""

    sample: NDArray[np.int64]
    value: NDArray[np.float64]


class _Pairs(NamedTuple):
    """Paired measurements, by their number; -1 is the value 0 before the first reference.

    ``n`` is the number by which the sums are divided.
    """

    reference: NDArray[np.int64]
    test: NDArray[np.int64]
    n: int


def compare_heart_rate(
    reference: AnnotationsLike,
    test: AnnotationsLike,
    *,
    fs: float | None = None,
    n_samples: int | None = None,
    start: float = 300.0,
    stop: float | None = None,
    measurement: int = 0,
    reference_faults: bool = True,
) -> HeartRateComparison:
    """Compare the heart rate measurements of two annotators, as ANSI/AAMI EC57 prescribes.

    Each measurement of the test is compared with the nearest one of the reference. With the
    defaults the result is that of mxm [2]_, the reference program of EC57 [1]_, number for
    number, including its faults, see Notes.

    Parameters
    ----------
    reference, test : ECGRecord, wfdb.Annotation or tuple
        All annotations of each, as in `compare_annotations`. A tuple is ``(sample, symbol,
        subtype, aux_note)``. Measurements have the symbol ``=``, and their value as text.
    fs : float, default=None
        Sampling frequency of the positions in Hz. None is that of the records or annotations.
    n_samples : int, default=None
        Length of the recording in samples. None is that of the records; where it is unknown,
        the last reference measurement is the end.
    start, stop : float, default=300.0 and None
        The test period in seconds. ``stop=None`` is the end of the recording,
        ``math.inf`` or 0 that of the annotations.
    measurement : int, default=0
        Subtype of the measurements to compare.
    reference_faults : bool, default=True
        True reproduces the faults of the program. False compares the measurements of the test
        period, and divides by their number.

    Returns
    -------
    HeartRateComparison
        The RMS error, normalized and in the unit of the measurements, and every pair.

    Raises
    ------
    ValueError
        If reference or test has no measurement, the recording ends before the test period
        starts, the sampling frequency is unknown, reference and test differ in it or in length,
        or positions are out of order.
    TypeError
        If the annotations are of another type.

    See Also
    --------
    compare_annotations : Compare beat by beat.
    compare_episodes : Compare episodes of fibrillation and ischemia.

    Notes
    -----
    The value of a measurement is the number that its text begins with, 0 where it begins with
    none, and that of the measurement before where it has no text. Of two equally near reference
    measurements the later one is taken, and after the last one that one.

    The faults of mxm [2]_, with ``reference_faults=True``:

    - The sums over the pairs are divided by the number of test measurements that were read,
      those of the learning period and one beyond the end included.
    - Before the first reference measurement there is one of value 0 at sample -1.
    - The first test measurement behind the end is compared, too, if the reference has not come
      to its end. If the test ends first, the last value of the reference is compared with the
      last one of the test once more.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.
    .. [2] Moody GB. WFDB Applications Guide, mxm(1).
       https://physionet.org/physiotools/wag/mxm-1.htm

    Examples
    --------
    >>> from skecg.ec57 import compare_heart_rate
    >>> def rates(*values):
    ...     at = [110000 + 20000 * i for i in range(len(values))]
    ...     return at, ["="] * len(at), [0] * len(at), [str(value) for value in values]
    >>> reference, test = rates(60, 80, 100), rates(60, 83, 100)
    >>> found = compare_heart_rate(
    ...     reference, test, fs=360, n_samples=180000, reference_faults=False
    ... )
    >>> round(found.rms_error, 3), found.mean_reference
    (1.732, 80.0)
    """
    check_value(measurement, _WHOLE, "measurement", OWNER)
    check_value(reference_faults, SWITCH, "reference_faults", OWNER)
    period = check_period(start, stop, OWNER)
    pair = read_pair(reference, test, fs=fs, n_samples=n_samples, owner=OWNER)
    return compare_heart_rate_streams(
        pair, period, measurement=measurement, reference_faults=reference_faults
    )


def compare_heart_rate_streams(
    pair: StreamPair, period: Period, *, measurement: int = 0, reference_faults: bool = True
) -> HeartRateComparison:
    """Compare the measurements of two annotators whose annotations have been read."""
    recording = period_of_pair(pair, period)
    expected, found = (
        _measurements_of(stream, measurement) for stream in (recording.reference, recording.test)
    )
    for role, one in (("reference", expected), ("test", found)):
        if not len(one.sample):
            raise ValueError(
                about(recording.name, f"the {role} annotations must have measurements of type ")
                + f"{measurement}: symbol '=', subtype {measurement}. Got none."
            )
    pairs = (_pair_as_mxm if reference_faults else _pair_in_period)(expected, found, recording)
    if not len(pairs.test):
        raise ValueError(
            about(recording.name, "the test annotations have no measurement of type ")
            + f"{measurement} in the test period, which starts at {period.start:g} s."
        )
    return HeartRateComparison(
        pairs=_pair_table(expected, found, pairs, recording.fs),
        n=pairs.n,
        measurement=int(measurement),
        name=recording.name,
        fs=recording.fs,
        period=(recording.start, last_of(recording.end)),
        reference_faults=reference_faults,
        standard=period.standard,
    )


def has_measurements(stream: Stream, measurement: int = 0) -> bool:
    """Tell whether there are measurements of a type."""
    return bool(((stream.symbol == "=") & (stream.subtype == measurement)).any())


def _measurements_of(stream: Stream, measurement: int) -> _Measurements:
    """Find the measurements of a type and their values."""
    index = np.flatnonzero((stream.symbol == "=") & (stream.subtype == measurement))
    texts = texts_at(stream, index)
    values = {text: _number(text) for text in set(texts)}
    column = np.array([values[text] for text in texts], dtype=float)
    # without a text the value before stays; -1 finds the 0 that is appended
    known = np.maximum.accumulate(np.where(np.isnan(column), -1, np.arange(len(index))))
    return _Measurements(stream.sample[index], np.append(column, 0.0)[known])


def _number(text: str) -> float:
    """Return the number that a text begins with, 0 if with none, or NaN without a text."""
    if not text:
        return np.nan
    match = _NUMBER.match(text)
    return float(match[1]) if match else 0.0


def _pair_as_mxm(reference: _Measurements, test: _Measurements, recording: Recording) -> _Pairs:
    """Pair the measurements as mxm does.

    One round for each test measurement from the start on, and one behind them, at infinity, in
    which the last values are paired once more::

        test        t0     t1      t2     inf
        next            r0     r1     r2       the first of the reference not before it
        round        0      1      2     3

    A round takes place while the test measurement, or the next reference of the round before,
    is in the period.
    """
    first = int(np.searchsorted(test.sample, recording.start, side="left"))
    at = np.append(test.sample[first:].astype(float), np.inf)
    times = reference.sample.astype(float)
    following = np.searchsorted(times, at, side="left")
    # the next reference of the round before; there is none before the first round
    seen = np.concatenate([[-np.inf], np.append(times, np.inf)[following[:-1]]])
    if recording.end is None:
        goes_on = seen < np.inf  # until the reference is used up
    elif recording.end == math.inf:
        goes_on = (seen < np.inf) & (at < np.inf)  # until either is used up
    else:
        goes_on = (seen <= recording.end) | (at <= recording.end)
    rounds = len(at) if goes_on.all() else int(np.argmin(goes_on))
    n = min(first + rounds + 1, len(test.sample))  # one more is read than paired
    at, later = at[:rounds], following[:rounds]
    numbers = _nearer(np.concatenate([[-1.0], times]), at, later + 1) - 1
    tests = np.minimum(first + np.arange(rounds), len(test.sample) - 1)
    return _Pairs(numbers, tests, n)


def _pair_in_period(reference: _Measurements, test: _Measurements, recording: Recording) -> _Pairs:
    """Pair each test measurement of the period with the nearest one of the reference."""
    end = float(reference.sample[-1]) if recording.end is None else recording.end
    tests = np.flatnonzero((test.sample >= recording.start) & (test.sample <= end))
    at, times = test.sample[tests].astype(float), reference.sample.astype(float)
    numbers = _nearer(times, at, np.searchsorted(times, at, side="left"))
    return _Pairs(numbers, tests, len(tests))


def _nearer(
    times: NDArray[np.float64], at: NDArray[np.float64], later: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Return the nearer one of the reference before and the later one, the later if equal."""
    low, high = np.maximum(later - 1, 0), np.minimum(later, len(times) - 1)
    is_later = (later < len(times)) & (np.abs(times[high] - at) <= np.abs(at - times[low]))
    return np.where(is_later, high, low)


def _pair_table(
    reference: _Measurements, test: _Measurements, pairs: _Pairs, fs: float
) -> pd.DataFrame:
    """Make the table of the pairs."""
    # number -1 finds what is appended: the value 0 at sample -1
    times, values = np.append(reference.sample, -1), np.append(reference.value, 0.0)
    return pd.DataFrame(
        {
            "reference_time": times[pairs.reference] / fs,
            "test_time": test.sample[pairs.test] / fs,
            "reference": values[pairs.reference],
            "test": test.value[pairs.test],
        }
    )
