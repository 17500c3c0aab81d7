"""Compare two annotators of one recording beat by beat, as ANSI/AAMI EC57 prescribes."""

from collections.abc import Mapping
from typing import NamedTuple

from ..records.formats import at_rate
from ..utils import POSITIVE, Rule, check_value, is_number, suggest
from ._comparison import BeatComparison
from ._count import count_pairs
from ._period import Times, check_times, period_of
from ._statistics import statistics_of
from ._streams import AnnotationsLike, Stream, about, agreed, to_beats, to_samples, to_stream

__all__ = ["StreamPair", "compare_annotations", "compare_streams", "read_pair"]

OWNER = "compare_annotations"
_LENGTH = Rule(
    lambda v: is_number(v) and v >= 1, "the length of the recording in samples, or None"
)


class StreamPair(NamedTuple):
    """The annotations of two annotators at one rate, with length and name of the record."""

    reference: Stream
    test: Stream
    fs: float
    n_samples: int | None
    name: str | None


def compare_annotations(
    reference: AnnotationsLike,
    test: AnnotationsLike,
    *,
    fs: float | None = None,
    n_samples: int | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
) -> BeatComparison:
    """Compare the beats of two annotators of one recording, as ANSI/AAMI EC57 prescribes.

    Detection and classification are evaluated together: a beat that was not found counts as
    missed, a found beat without a reference beat as extra. With the defaults the result is that
    of bxb [2]_, the reference program of EC57 [1]_, number for number, except for rare marks of
    fibrillation and shutdown that Notes lists.

    Parameters
    ----------
    reference, test : ECGRecord, wfdb.Annotation or tuple
        All annotations of each, beats and others. A tuple is ``(sample, symbol)`` or
        ``(sample, symbol, subtype)``: positions in samples, never decreasing, and WFDB symbols.
        Positions before the signal are negative.
        Annotations that are compared with an ECGRecord are brought to its sampling frequency
        where their file counts time in another unit.
    fs : float, default=None
        Sampling frequency of the positions in Hz. None is that of the records or annotations.
    n_samples : int, default=None
        Length of the recording in samples. None is that of the records; where it is unknown,
        the last reference beat is the end.
    start, stop : float, default=300.0 and None
        The test period in seconds, both ends included. The first five minutes are for an
        algorithm to learn; ``stop=None`` is the end of the recording. Other values are for
        development, not for results by EC57.
    window : float, default=0.15
        Largest distance of matching beats in seconds.

    Returns
    -------
    BeatComparison
        The 7 x 7 matrix, every mismatch, and the statistics.

    Raises
    ------
    ValueError
        If the recording ends before the test period starts, the sampling frequency is unknown,
        reference and test differ in it or in length, or positions are out of order.
    TypeError
        If the annotations are of another type.

    Warns
    -----
    UserWarning
        If there are symbols that WFDB does not define; they are not compared.

    See Also
    --------
    compare_records : Compare many recordings, gross and average.
    compare_folders : Compare annotation files.
    beat_report : Evaluate labels of the same beats, without positions; not EC57.

    Notes
    -----
    The rules are those of [1]_ and [2]_ as bxb of WFDB 10.7.0 applies them:

    - Beats are the symbols ``N L R B A a J S V r F e j n E / f Q ?`` in the classes of
      ``skecg.tables.CLASS_MAPS["ec57"]``, and the flutter wave ``!``, a QRS complex without
      class in row and column O. Times are rounded to samples, halves up: 150 ms are 38 samples
      at 250 Hz.
    - The code of an annotation decides its class, not a mnemonic that its file defines for it.
      Annotations of undefined codes are not beats.
    - Both sequences are swept in order. The earlier of the two next beats is paired with the
      other one within the window, unless the one after it is nearer, and that one's own next
      beat is not nearer still. This is neither the nearest pair nor the largest matching.
    - A test beat shortly before the start may belong to the first reference beat after it, and
      one shortly after it to a beat before it, in which case it is not counted. Pairs may extend
      beyond the end.
    - From ``[`` to ``]`` (ventricular flutter or fibrillation) there are no beats. Extra test
      beats in the reference's fibrillation are not counted. The test's own excuses no error.
      One without end lasts to the end of the recording; but where another one ended before it,
      extra beats in it are counted, as the program keeps that end.
    - ``~`` with bits 4 and 5 of its subtype set begins a shutdown, and the next ``~`` ends it.
      Where another annotation follows, the shutdown lasts from the beat before to that
      annotation, a window less at each end (AHA database). Beats that are missed in a shutdown
      of the test, or extra in one of the reference, go to X. The shutdown time is that of all
      shutdowns of the test up to the end, the learning period included.
    - False VEBs are N, S, O and X of the reference found as V: fusion and unclassifiable beats
      found as V are ignored. False SVEBs are all but Q found as S. The program sumstats counts
      Ss/(Ns+Ss+Vs+Os), which excludes fusion beats: "SVEB +P (sumstats)".
    - The RR error compares, at each step of the sweep, the intervals that end in the next
      reference beat and in the next test beat, matched or not, unless one of them meets a
      shutdown or fibrillation. EC57 does not require it.

    The numbers are known to differ from those of bxb where three or more fibrillations, or
    shutdowns, of one annotator are between two of its beats. Here the rules above hold for each
    of them. No case with a fibrillation without end after one that ended was available to check
    the count of its extra beats.

    The test annotations must be those of the test only: `annotate` keeps the other annotations
    of the record that it is given, so pass it one read with ``annotator=None``.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.
    .. [2] Moody GB. WFDB Applications Guide, bxb(1) and sumstats(1).
       https://physionet.org/physiotools/wag/bxb-1.htm

    Examples
    --------
    Of four beats one is found as V, one is missed, and one more is extra:

    >>> from skecg import compare_annotations
    >>> reference = [108400, 108700, 109000, 109300], ["N", "N", "V", "N"]
    >>> test = [108410, 108702, 109150, 109299], ["N", "V", "N", "N"]
    >>> comparison = compare_annotations(reference, test, fs=360)
    >>> comparison.statistics[["numerator", "denominator"]].loc["QRS Se"].tolist()
    [3, 4]
    >>> comparison.pairs[["reference", "test", "reference_symbol", "test_symbol"]].to_numpy()
    array([['N', 'V', 'N', 'V'],
           ['V', 'O', 'V', ''],
           ['O', 'N', '', 'N']], dtype=object)
    """
    times = check_times(start, stop, window, OWNER)
    return compare_streams(read_pair(reference, test, fs=fs, n_samples=n_samples), times)


def compare_streams(pair: StreamPair, times: Times) -> BeatComparison:
    """Compare the beats of two annotators whose annotations have been read."""
    rate, length, name = pair.fs, pair.n_samples, pair.name
    window = to_samples(times.window, rate)
    beats, found = (to_beats(stream, window) for stream in (pair.reference, pair.test))
    period = period_of(beats, rate, length, times, name)
    counts = count_pairs(beats, found, rate, period, window)
    return BeatComparison(
        matrix=counts.matrix,
        pairs=counts.pairs,
        statistics=statistics_of(counts.matrix.to_numpy()),
        rr_error=1000 * counts.rr_error / rate,
        n_intervals=counts.n_intervals,
        shutdown=counts.shutdown / rate,
        name=name,
        fs=rate,
        period=period,
        window=window,
        standard=times.standard,
    )


def read_pair(
    reference: AnnotationsLike,
    test: AnnotationsLike,
    *,
    fs: float | None,
    n_samples: int | None,
    name: str | None = None,
    owner: str = OWNER,
) -> StreamPair:
    """Read the annotations of both annotators, and the rate and length that they agree on.

    Messages name the record and the function in use.
    """
    pair = {
        "reference": to_stream(reference, "reference", owner, name),
        "test": to_stream(test, "test", owner, name),
    }
    name = name or pair["reference"].name or pair["test"].name
    pair = _at_rate_of_record(pair)
    rate = _rate(fs, pair, name, owner)
    length = _length(n_samples, pair, name, owner)
    return StreamPair(pair["reference"], pair["test"], rate, length, name)


def _at_rate_of_record(pair: Mapping[str, Stream]) -> dict[str, Stream]:
    """Bring annotations to the rate of the record that they are compared with.

    An annotation file may count time in another unit than samples. The length tells a record,
    whose positions are samples, from annotations.
    """
    rates = [one.fs for one in pair.values() if one.n_samples is not None and one.fs]
    if len(rates) != 1:
        return dict(pair)
    return {
        role: one
        if one.fs is None or one.n_samples is not None
        else one._replace(sample=at_rate(one.sample, one.fs, rates[0]), fs=rates[0])
        for role, one in pair.items()
    }


def _rate(fs: float | None, pair: Mapping[str, Stream], name: str | None, owner: str) -> float:
    """Return the one sampling frequency."""
    if fs is not None:
        check_value(fs, POSITIVE, "fs", owner)
    rates = {"fs": fs} | {role: stream.fs for role, stream in pair.items()}
    rate = agreed(rates, "sampling frequency in Hz", name)
    if rate is None:
        error = ValueError(
            about(name, f"the 'fs' parameter of {owner} must be given: neither the ")
            + "reference nor the test has the sampling frequency of its positions."
        )
        raise suggest(error, "fs")
    return float(rate)


def _length(
    n_samples: int | None, pair: Mapping[str, Stream], name: str | None, owner: str
) -> int | None:
    """Return the one length of the recording in samples, or None."""
    if n_samples is not None:
        check_value(n_samples, _LENGTH, "n_samples", owner)
    lengths = {"n_samples": n_samples} | {role: one.n_samples for role, one in pair.items()}
    length = agreed(lengths, "length in samples", name)
    return None if length is None else int(length)
