"""Compare the episodes of two annotators of one recording, as ANSI/AAMI EC57 prescribes."""

import math
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd

from ..utils import SWITCH, check_value, one_of, ratio, warn
from ._compare import StreamPair, read_pair
from ._episode_comparison import EpisodeComparison
from ._episodes import Counted, Rules, count_episodes, overlap_pairs
from ._marks import EpisodeKind, MarkedEpisodes, find_episodes
from ._measurements import compare_measurements
from ._period import SECONDS
from ._recording import Period, Recording, check_period, last_of, period_of_pair
from ._streams import AnnotationsLike, about, to_samples

__all__ = [
    "NOTHING_COMPARED",
    "NUMBERED",
    "RENUMBER",
    "EpisodeOptions",
    "check_options",
    "compare_episode_streams",
    "compare_episodes",
    "compares_nothing",
    "numbers_from_one",
]

OWNER = "compare_episodes"
NOTHING_COMPARED = (
    "the length of the recording is unknown, and the reference program then compares no episode. "
    "Give 'n_samples', or reference_faults=False."
)
NUMBERED = "signals of ST episodes are numbered 1 and 2, as in the QT Database."
RENUMBER = "ST0 and ST1 are signals 0 and 1: renumber the marks of both annotators alike before."


def compare_episodes(
    reference: AnnotationsLike,
    test: AnnotationsLike,
    *,
    kind: EpisodeKind = "AF",
    fs: float | None = None,
    n_samples: int | None = None,
    start: float = 300.0,
    stop: float | None = None,
    min_duration: float = 0.0,
    min_overlap_duration: float = 0.0,
    exclude_flutter: bool = False,
    reference_faults: bool = True,
) -> EpisodeComparison:
    """Compare the episodes of two annotators of one recording, as ANSI/AAMI EC57 prescribes.

    Episodes and their durations are compared in two passes: the episodes of the reference are
    looked for in the test (sensitivity), then those of the test in the reference (positive
    predictivity). With the defaults the result is that of epicmp [2]_, the reference program of
    EC57 [1]_, number for number.

    Parameters
    ----------
    reference, test : ECGRecord, Annotations, wfdb.Annotation or tuple
        All annotations of each, as in `compare_annotations`. A tuple is ``(sample, symbol,
        subtype, aux_note)``: the texts hold the marks of atrial fibrillation and ST episodes.
    kind : {"AF", "VF", "ST", "ST0", "ST1"}, default="AF"
        Atrial fibrillation, ventricular flutter or fibrillation, or ischemic ST episodes: of
        both signals together, of signal 0 or of signal 1.
    fs : float, default=None
        Sampling frequency of the positions in Hz. None is that of the records or annotations.
    n_samples : int, default=None
        Length of the recording in samples. None is that of the records; where it is unknown,
        the reference program compares nothing.
    start, stop : float, default=300.0 and None
        The test period in seconds. ``stop=None`` is the end of the recording,
        ``math.inf`` or 0 that of the annotations.
    min_duration : float, default=0.0
        Shorter episodes, after cutting to the test period, are not counted, in seconds.
    min_overlap_duration : float, default=0.0
        Episodes shorter than this, in seconds, are also ignored where others are compared with
        them. A nonstandard comparison, as ``min_duration``.
    exclude_flutter : bool, default=False
        True excludes the reference's atrial flutter from the positive predictivity of atrial
        fibrillation, as the edition of 1998 does.
    reference_faults : bool, default=True
        True reproduces the faults of the program, see Notes. False applies the rules.

    Returns
    -------
    EpisodeComparison
        The statistics, every episode, every overlap, and the measurements of ST deviation.

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
        If nothing is compared because the length of the recording is unknown, or signals of ST
        episodes are numbered 1 and 2.

    See Also
    --------
    mark_episodes : Turn a table of episodes into annotations.
    compare_predicted_episodes : Compare labels of rhythms in a table of predictions.
    compare_annotations : Compare beat by beat.
    compare_heart_rate : Compare measurements of the heart rate.

    Notes
    -----
    The rules are those of [1]_ and [2]_ as epicmp of WFDB 10.7.0 applies them:

    - AF opens at a rhythm mark ``(AFIB`` and closes at the next other rhythm mark; ``(AFL`` and
      ``(AF`` do not open it. VF opens at ``[`` and closes at ``]``.
    - ST episodes of signal 0 are from ``(ST0`` to ``ST0``, with the last ``AST0`` between them
      as extremum; signal 1 likewise. Those of both signals last from the first ``(ST`` until as
      many ``ST`` have come as ``(ST``. Signals that are numbered 1 and 2, as in the QT Database,
      must be renumbered before.
    - An episode that nothing closes ends with the recording. Episodes are cut to the test
      period; one that ends exactly at its start is an episode without duration.
    - An episode of AF or VF is matched if it overlaps with any episode of the other annotator.
      An ST episode is matched if half of it overlaps, or if its extremum is in an overlap.
    - ST deviation is compared at each extremum mark of the reference with the numbers in the
      text of the nearest test beat; differences of more than 100 are flagged.

    The faults of epicmp, with ``reference_faults=True``:

    - Without a length of the recording nothing is compared; False compares to the last
      annotation. With ``stop=math.inf`` no extremum counts.
    - ``exclude_flutter`` adds an excluded part to the duration of an episode where the part is
      its begin; False subtracts it.
    - Measurements include those of the learning period. A beat that was read for one extremum
      is not looked at again for the next; False takes the nearest beat.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.
    .. [2] Moody GB. WFDB Applications Guide, epicmp(1).
       https://physionet.org/physiotools/wag/epicmp-1.htm

    Examples
    --------
    Of two episodes of atrial fibrillation, 110 s, one is found for 20 s:

    >>> from skecg.ec57 import compare_episodes
    >>> def marks(*seconds):
    ...     texts = ["(AFIB", "(N"] * (len(seconds) // 2)
    ...     return [360 * s for s in seconds], ["+"] * len(seconds), [0] * len(seconds), texts
    >>> reference, test = marks(400, 500, 600, 610), marks(480, 520)
    >>> comparison = compare_episodes(reference, test, fs=360, n_samples=324000)
    >>> comparison.statistics["value"].round(3).tolist()
    [0.5, 1.0, 0.182, 0.5]
    """
    options = EpisodeOptions(
        kind, min_duration, min_overlap_duration, exclude_flutter, reference_faults
    )
    check_options(options)
    period = check_period(start, stop, OWNER)
    pair = read_pair(reference, test, fs=fs, n_samples=n_samples, owner=OWNER)
    if compares_nothing(pair, period, options):
        warn(about(pair.name, NOTHING_COMPARED))
    if kind in ("ST0", "ST1") and numbers_from_one(pair):
        warn(about(pair.name, f"{NUMBERED} {RENUMBER}"))
    return compare_episode_streams(pair, period, options)


def numbers_from_one(pair: StreamPair) -> bool:
    """Tell whether an annotator marks ST episodes of a signal 2, as the QT Database does."""
    texts = [one.aux_note for one in (pair.reference, pair.test) if one.aux_note is not None]
    return any(str(text).startswith("(ST2") for of_one in texts for text in of_one if text)


def compares_nothing(pair: StreamPair, period: Period, options: "EpisodeOptions") -> bool:
    """Tell whether a fault of the reference program leaves no episode to compare."""
    return options.reference_faults and pair.n_samples is None and period.stop is None


class EpisodeOptions(NamedTuple):
    """Options of a comparison of episodes, as in `compare_episodes`."""

    kind: EpisodeKind = "AF"
    min_duration: float = 0.0
    min_overlap_duration: float = 0.0
    exclude_flutter: bool = False
    reference_faults: bool = True


def check_options(options: EpisodeOptions, owner: str = OWNER) -> None:
    """Raise if an option is invalid."""
    check_value(options.kind, one_of(*get_args(EpisodeKind)), "kind", owner)
    for name in ("min_duration", "min_overlap_duration"):
        check_value(getattr(options, name), SECONDS, name, owner)
    for name in ("exclude_flutter", "reference_faults"):
        check_value(getattr(options, name), SWITCH, name, owner)


def compare_episode_streams(
    pair: StreamPair, period: Period, options: EpisodeOptions
) -> EpisodeComparison:
    """Compare the episodes of two annotators whose annotations have been read."""
    recording = period_of_pair(pair, period)
    rules = _rules(recording, options)
    counted = _count_both(recording, options, rules)
    return EpisodeComparison(
        kind=options.kind,
        statistics=_statistics(*counted),
        episodes=_episode_table(*counted, recording.fs),
        overlaps=_overlap_table(*counted, recording.fs),
        measurements=compare_measurements(
            recording, options.kind, reference_faults=options.reference_faults
        ),
        name=recording.name,
        fs=recording.fs,
        period=(recording.start, last_of(recording.end)),
        min_duration=float(options.min_duration),
        min_overlap_duration=float(options.min_overlap_duration),
        exclude_flutter=options.exclude_flutter,
        reference_faults=options.reference_faults,
        standard=period.standard and options.min_duration == options.min_overlap_duration == 0,
    )


def _rules(recording: Recording, options: EpisodeOptions) -> Rules:
    """Return the options in samples."""
    end = math.inf if recording.end is None else recording.end
    faults = options.reference_faults
    searched = to_samples(options.min_overlap_duration, recording.fs)
    return Rules(
        start=recording.start,
        # without a length epicmp compares nothing
        end=-math.inf if faults and recording.end is None else end,
        extremum_end=-math.inf if faults and end == math.inf else end,
        minimum=max(to_samples(options.min_duration, recording.fs), searched),
        minimum_searched=searched,
        is_st=options.kind.startswith("ST"),
        reference_faults=faults,
    )


def _count_both(
    recording: Recording, options: EpisodeOptions, rules: Rules
) -> tuple[Counted, Counted]:
    """Count the episodes of the reference and of the test."""
    reference, test = (
        find_episodes(stream, options.kind, recording.end)
        for stream in (recording.reference, recording.test)
    )
    exclusions: MarkedEpisodes | None = None
    if options.exclude_flutter and options.kind == "AF":
        exclusions = find_episodes(recording.reference, "AFL", recording.end)
        exclusions = exclusions.keep(exclusions.off >= rules.start)
    return (
        count_episodes(reference, test, rules),
        count_episodes(test, reference, rules, exclusions),
    )


def _statistics(reference: Counted, test: Counted) -> pd.DataFrame:
    """Compute Se and +P of episodes and durations."""
    shares = {}
    for unit in ("episode", "duration"):
        for share, one in (("Se", reference), ("+P", test)):
            shares[f"{unit} {share}"] = (
                (int(one.matched.sum()), len(one.on))
                if unit == "episode"
                else (int(one.overlap.sum()), int(one.duration.sum()))
            )
    numerator, denominator = np.array(list(shares.values()), dtype=np.int64).T
    return pd.DataFrame(
        {
            "value": ratio(numerator, denominator),
            "numerator": numerator,
            "denominator": denominator,
            "unit": ["episodes", "episodes", "samples", "samples"],
        },
        index=pd.Index(list(shares), name="statistic"),
    )


def _episode_table(reference: Counted, test: Counted, fs: float) -> pd.DataFrame:
    """Make the table of the counted episodes."""
    tables = [
        pd.DataFrame(
            {
                "annotator": name,
                "start": one.on / fs,
                "end": one.off / fs,
                "duration": one.duration / fs,
                "overlap": one.overlap / fs,
                "matched": one.matched,
            }
        )
        for name, one in (("reference", reference), ("test", test))
    ]
    return pd.concat(tables, ignore_index=True)


def _overlap_table(reference: Counted, test: Counted, fs: float) -> pd.DataFrame:
    """Make the table of the overlaps."""
    i, j, length = overlap_pairs(reference, test)
    return pd.DataFrame(
        {
            "reference_start": reference.on[i] / fs,
            "reference_end": reference.off[i] / fs,
            "test_start": test.on[j] / fs,
            "test_end": test.off[j] / fs,
            "overlap": length / fs,
        }
    )
