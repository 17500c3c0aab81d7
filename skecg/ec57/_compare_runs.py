"""Compare the runs of ectopic beats of two annotators, as ANSI/AAMI EC57 prescribes."""

import math

import numpy as np
from numpy.typing import NDArray

from ..utils import SWITCH, check_value, warn
from ._compare import StreamPair, read_pair
from ._period import Times, check_times, ends_too_early
from ._recording import check_period
from ._run_comparison import RunComparison
from ._run_marks import read_marks
from ._run_matrices import RunMatrices, make_matrices
from ._runs import SVE, VE, Ectopy, Runs, find_runs, longest_runs
from ._streams import FOREVER, AnnotationsLike, Stream, about, to_samples

__all__ = ["SVE_REFUSED", "compare_run_streams", "compare_runs"]

OWNER = "compare_runs"
SVE_REFUSED = (
    "runs of SVE are not compared, as an annotator has no annotation in the test period. Were "
    "these annotations made to the end of the recording?"
)


def compare_runs(
    reference: AnnotationsLike,
    test: AnnotationsLike,
    *,
    fs: float | None = None,
    n_samples: int | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
    reference_faults: bool = True,
) -> RunComparison:
    """Compare the runs of ectopic beats of two annotators, as ANSI/AAMI EC57 prescribes.

    Couplets, short runs (3 to 5 beats) and long runs of ventricular (VE) and supraventricular
    ectopic beats (SVE) are compared by their length. With the defaults the result is that of
    rxr [2]_, the reference program of EC57 [1]_, number for number.

    Parameters
    ----------
    reference, test : ECGRecord, wfdb.Annotation or tuple
        All annotations of each, beats and others. A tuple is ``(sample, symbol)``, ``(sample,
        symbol, subtype)`` or ``(sample, symbol, subtype, aux_note)``: positions in samples,
        never decreasing, WFDB symbols, numbers, and texts such as ``"(AFIB"``.
    fs : float, default=None
        Sampling frequency of the positions in Hz. None is that of the records or annotations.
    n_samples : int, default=None
        Length of the recording in samples. None is that of the records; where it is unknown,
        both annotators are compared to their last annotation.
    start, stop : float, default=300.0 and None
        The test period in seconds, both ends included. ``stop=None`` is the end of the recording,
        ``math.inf`` or 0 that of the annotations. Other values than the defaults are for
        development, not for results by EC57.
    window : float, default=0.15
        Tolerance in seconds: the window of a run extends from so long before its first beat to
        so long after its last.
    reference_faults : bool, default=True
        True counts exactly as rxr does, with the annotation that it carries from one search to
        the next; see Notes. False is without it.

    Returns
    -------
    RunComparison
        For VE and SVE two 7 x 7 matrices, the statistics, and every discrepancy.

    Raises
    ------
    ValueError
        If the recording ends before the test period starts, an annotator has nothing in it, the
        sampling frequency is unknown, reference and test differ in it or in length, or positions
        are out of order.
    TypeError
        If the annotations are of another type.

    Warns
    -----
    UserWarning
        If runs of supraventricular beats cannot be compared, and ``sve`` is None.

    See Also
    --------
    compare_annotations : Compare the beats of the same annotators.

    Notes
    -----
    The rules are those of [1]_ and [2]_ as rxr of WFDB 10.7.0 applies them:

    - Beats are not matched. Each run of the reference is looked for in the test: the longest run
      in its window counts (sensitivity), and each run of the test in the reference (positive
      predictivity). The four searches are independent.
    - VE members are the beats ``V r E F``, SVE members ``A a J S e j n``, and N beats while atrial
      fibrillation or flutter is open in that file (a rhythm change to ``(AF...``). Lengths are 1
      to 5 beats, and more than 5. Only what lies in the window counts.
    - Beats that are not members end a run, and so does the start of a shutdown (``~`` with bits 4
      and 5 of its subtype set), not the time between beats. The start of the other kind of
      fibrillation ends it only in the file that is searched. Other annotations are ignored.
    - The start of ventricular fibrillation or flutter (``[``, or a rhythm change to ``(VF...``)
      where no run is open is a VE run of more than 5 beats, the start of atrial fibrillation an
      SVE run. In an open run the beats are counted. Fibrillation that is open at the start of the
      test period is such a run.
    - A window that meets fibrillation in the file that is searched, or lies before its end, meets
      a run of more than 5. Fibrillation without end meets every later window.
    - The file that is searched is read forward only: an annotation in two windows counts in the
      first. Windows may extend beyond the test period.
    - Fibrillation sets the begin of a window, its end mark or a beat the end. Where a run is
      closed before either, the end is that of the window before.
    - A run that is open at the end of the test period is counted if the file has no annotation
      beyond it, and is not counted otherwise.
    - An annotator without annotations in the test period is refused, unless fibrillation of the
      kind started or any fibrillation ended before: then its last annotation is read again. So
      rxr may stop after the report of VE, and ``sve`` is None.

    rxr has one fault that `reference_faults` includes: each search but the first starts with a
    copy, at sample 0, of the annotation at which the file was left when its own runs were last
    looked for, unless it ended in a run. It has an effect where it opens fibrillation or a
    shutdown.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.
    .. [2] Moody GB. WFDB Applications Guide, rxr(1).
       https://physionet.org/physiotools/wag/rxr-1.htm

    Examples
    --------
    The test finds two of three ventricular beats in a row, a run of 3 as a couplet:

    >>> from skecg import compare_runs
    >>> sample = [108400, 108700, 109000, 109300, 109600]
    >>> reference, test = (sample, list("NVVVN")), (sample, list("NVVNN"))
    >>> comparison = compare_runs(reference, test, fs=360)
    >>> comparison.ve.statistics["denominator"].tolist()
    [0, 1, 1, 0, 0, 0]
    >>> comparison.ve.sensitivity.loc[3].tolist()
    [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    no_end = check_period(start, stop, OWNER).stop == math.inf
    times = check_times(start, None if no_end else stop, window, OWNER)
    check_value(reference_faults, SWITCH, "reference_faults", OWNER)
    pair = read_pair(reference, test, fs=fs, n_samples=n_samples, owner=OWNER)
    found = compare_run_streams(pair, times, no_end=no_end, reference_faults=reference_faults)
    if found.sve is None:
        warn(about(pair.name, SVE_REFUSED))
    return found


def compare_run_streams(
    pair: StreamPair, times: Times, *, no_end: bool = False, reference_faults: bool = True
) -> RunComparison:
    """Compare the runs of two annotators whose annotations have been read.

    Parameters
    ----------
    pair : StreamPair
        The annotations, with rate, length and name.
    times : Times
        Test period and window.
    no_end : bool, default=False
        True compares to the end of the annotations.
    reference_faults : bool, default=True
        As in `compare_runs`.
    """
    period = _period(pair, times, no_end)
    searches = _Searches(pair, times, period, reference_faults)
    ve = searches.of(VE)
    try:
        sve = searches.of(SVE)
    except _NothingInPeriodError:
        sve = None
    last = None if period[1] == FOREVER else period[1]
    return RunComparison(
        ve=ve,
        sve=sve,
        name=pair.name,
        fs=pair.fs,
        period=(period[0], last),
        window=searches.window,
        reference_faults=reference_faults,
        standard=times.standard and not no_end,
    )


class _NothingInPeriodError(ValueError):
    """An annotator has nothing in the test period, from which its runs could begin."""


class _Searches:
    """The searches of one comparison, which depend on each other by the fault of rxr."""

    def __init__(
        self, pair: StreamPair, times: Times, period: tuple[int, int], reference_faults: bool
    ) -> None:
        self.pair = pair
        self.start = times.start
        self.period = period
        self.window = to_samples(times.window, pair.fs)
        self.reference_faults = reference_faults
        self.marks = {
            role: read_marks(stream)
            for role, stream in (("reference", pair.reference), ("test", pair.test))
        }
        self.left_at: dict[str, int | None] = {"reference": None, "test": None}

    def of(self, kind: Ectopy) -> RunMatrices:
        """Search the runs of a kind in both directions."""
        found, in_test = self._search("reference", "test", kind)
        made, in_reference = self._search("test", "reference", kind)
        return make_matrices(
            {"reference": found.length, "test": in_test, "low": found.low, "high": found.high},
            {"reference": in_reference, "test": made.length, "low": made.low, "high": made.high},
        )

    def _search(
        self, defining: str, searched: str, kind: Ectopy
    ) -> tuple[Runs, NDArray[np.int64]]:
        """Find the runs of one annotator, and the longest of the other in their windows."""
        runs = find_runs(self.marks[defining], kind, self.period, self.window)
        if runs is None:
            raise _NothingInPeriodError(
                about(self.pair.name, f"the {defining} has no annotation in the test period, ")
                + f"which starts at {self.start:g} s: its runs cannot be compared. Were these "
                "annotations made to the end of the recording?"
            )
        marks = self.marks[searched]
        if (left_at := self.left_at[searched]) is not None:
            stream: Stream = getattr(self.pair, searched)
            marks = read_marks(stream, before=left_at)
        if self.reference_faults:
            self.left_at[defining] = runs.last_read
        return runs, longest_runs(marks, kind, runs.low, runs.high)


def _period(pair: StreamPair, times: Times, no_end: bool) -> tuple[int, int]:
    """Return the first and last sample of the test period, or raise if it is empty."""
    first = to_samples(times.start, pair.fs)
    length = FOREVER if pair.n_samples is None else pair.n_samples
    if length < first:
        end_of_recording = f"the recording ends at {length / pair.fs:.1f} s"
        raise ends_too_early(end_of_recording, times.start, pair.name)
    if no_end:
        return first, FOREVER
    stop = FOREVER if times.stop is None else to_samples(times.stop, pair.fs)
    return first, min(length, stop)
