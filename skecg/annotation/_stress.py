"""Noise stress test: compare the beats of a model with the reference as noise grows."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..beats import BeatExtractor
from ..datasets import add_noise
from ..datasets._nst import noisy_samples
from ..detection._detectors import DetectorLike
from ..ec57 import BeatComparison, compare_annotations
from ..ec57._compare_all import OnError, check_on_error
from ..ec57._records_comparison import pool_beats
from ..records import Annotations, ECGRecord, RecordError, read_record
from ..records._errors import naming_recording
from ..utils import (
    Classifier,
    LostTask,
    count,
    parallel_results,
    portable,
    progress,
    suggest,
    warn,
)
from ._annotate_record import NoBeatError, annotate_record
from ._model import Resolved, resolve_model
from ._stress_arguments import (
    OWNER,
    Noise,
    PathLike,
    Records,
    check_names,
    check_noises,
    check_ratios,
    choose_records,
    name_of,
    warn_of_training,
)
from ._stress_result import CLEAN, Condition, StressTest

__all__ = ["SNR", "stress_test"]

#: Signal-to-noise ratios in dB of the MIT-BIH Noise Stress Test Database.
SNR = (24.0, 18.0, 12.0, 6.0, 0.0, -6.0)


def stress_test(
    model: Classifier | PathLike,
    records: Records,
    *,
    noise: Noise | Mapping[str, Noise],
    snr: float | Sequence[float] = SNR,
    extractor: BeatExtractor | None = None,
    detector: DetectorLike = "auto",
    annotator: str = "atr",
    random_state: int = 0,
    on_error: OnError = "raise",
    n_jobs: int | None = None,
    verbose: int = 0,
) -> StressTest:
    """Test a model on recordings with growing noise, compared beat by beat as EC57 prescribes.

    Noise is added by the schedule of the program `nst` [1]_, as in the MIT-BIH Noise Stress Test
    Database: five minutes without, then two minutes with noise and two without in turn. Beats are
    found and classified anew at each signal-to-noise ratio, and once without noise.

    Parameters
    ----------
    model : estimator, str or path-like
        As in `annotate`: a fitted classifier, the name of a model that comes with skecg, or a
        model file.
    records : ECGRecord, path-like or iterable of them
        Recordings with reference beats, longer than five minutes: records, paths of recordings,
        or folders.
    noise : ECGRecord, str, or mapping of str to these
        Recording of noise, such as ``read_record("nstdb/em", annotator=None)``, or a simulated
        one: "baseline", "muscle" or "motion", as in `add_noise`. Several by their names.
    snr : float or sequence of float, default=(24, 18, 12, 6, 0, -6)
        Signal-to-noise ratios in dB, of the stretches with noise.
    extractor : BeatExtractor, default=None
        As in `annotate`.
    detector : str or callable, default="auto"
        As in `annotate`.
    annotator : str, default="atr"
        Ending of the reference annotation files, for recordings in files.
    random_state : int, default=0
        Seed of simulated noise. Recorded noise is as it is.
    on_error : {"raise", "warn"}, default="raise"
        For a recording that cannot be tested, such as one of five minutes or less: raise the
        error, or exclude the recording from all comparisons and list it in ``skipped``.
    n_jobs : int, default=None
        Recordings tested at the same time; as in joblib.
    verbose : int, default=0
        1 shows a progress bar on standard error.

    Returns
    -------
    StressTest
        The comparisons by noise and ratio, with tables and curves.

    Raises
    ------
    RecordError
        If a recording has five minutes or less, or no reference beats.
    ValueError
        If two recordings have one name, a parameter is out of range, or no recording is left.
    FileNotFoundError
        If there is no such recording or model.

    Warns
    -----
    UserWarning
        If the model was trained on people of the recordings: its results are too good. If a
        recording is excluded.

    See Also
    --------
    add_noise : Add noise to one recording.
    annotate : Find and classify beats.
    compare_records : The comparison, its rules and statistics.

    Notes
    -----
    The whole test period from 5:00 on is compared, clean stretches included, as EC57 does with
    the records of the database; so at any ratio about half of the beats have no noise. The
    annotations of the reference, marks of fibrillation and unreadable signal included, are kept
    from the model. If no beat is found in a recording with noise, all its beats are missed.

    Ratios hold for labels on the QRS complexes, whose amplitude is measured within 50 ms.

    References
    ----------
    .. [1] WFDB Applications Guide, nst(1). https://physionet.org/physiotools/wag/nst-1.htm
    .. [2] Moody GB, Muldrow WK, Mark RG. A noise stress test for arrhythmia detectors.
       Computers in Cardiology 11:381-384 (1984).

    Examples
    --------
    >>> from skecg import simulate_record, stress_test
    >>> record = simulate_record(420, random_state=1)
    >>> result = stress_test("lstm", record, noise="muscle", snr=[12, -6])
    >>> result.table["beats"].nunique()  # the same beats at each ratio
    1
    >>> bool(result.table["QRS +P"].iloc[0] >= result.table["QRS +P"].iloc[-1])
    True
    """
    check_on_error(on_error, OWNER)
    ratios = check_ratios(snr)
    noises = check_noises(noise)
    chosen = choose_records(records, annotator)
    resolved = resolve_model(model, extractor)
    plan = _Plan(
        resolved,
        noises,
        [CLEAN, *((name, ratio) for name in noises for ratio in ratios)],
        {"detector": detector, "annotator": annotator, "random_state": random_state},
        on_error,
    )
    tested, skipped = _test_all(plan, chosen, n_jobs, verbose)
    check_names([one.name for one in tested])
    warn_of_training(model, {one.subject for one in tested})
    return StressTest(
        {
            condition: pool_beats({one.name: one.found[condition] for one in tested}, skipped)
            for condition in plan.conditions
        }
    )


@dataclass(frozen=True)
class _Plan:
    """The model, the noises, and how each recording is tested."""

    resolved: Resolved
    noises: Mapping[str, Noise]
    conditions: Sequence[Condition]
    settings: Mapping[str, Any]
    on_error: OnError


@dataclass(frozen=True)
class _Tested:
    """The comparisons of one recording by condition."""

    name: str
    subject: str
    found: dict[Condition, BeatComparison]


def _test_all(
    plan: _Plan, chosen: Sequence[ECGRecord | Path], n_jobs: int | None, verbose: int
) -> tuple[list[_Tested], pd.DataFrame]:
    """Test all recordings; return the results and the table of those that are excluded."""
    results = parallel_results(_test_one, [(plan, one) for one in chosen], n_jobs)
    tested, skipped = [], []
    for one in progress(chosen, "Testing recordings", verbose=verbose):
        found = next(results)
        if isinstance(found, LostTask):
            found = RuntimeError(
                f"The worker process that tested '{name_of(one)}' was killed, as when there is "
                "too little memory. Pass a smaller n_jobs."
            )
        if isinstance(found, _Tested):
            tested.append(found)
            continue
        if plan.on_error == "raise":
            raise suggest(found, "on_error") if len(chosen) > 1 else found
        warn(f"Excluded: {found}")
        skipped.append({"record": name_of(one), "reason": str(found)})
    if not tested:
        raise ValueError(
            f"{OWNER} found no recording that it can test. The first of "
            f"{count(len(skipped), 'recording')}: {skipped[0]['reason']}"
        )
    return tested, pd.DataFrame(skipped, columns=["record", "reason"])


def _test_one(plan: _Plan, source: ECGRecord | Path) -> _Tested | BaseException:
    """Compare one recording under all conditions; or return why it cannot be tested."""
    try:
        record = source
        if not isinstance(record, ECGRecord):
            record = read_record(record, annotator=plan.settings["annotator"])
        noisy_samples(record)  # raises for records that are too short, before all else
        found = {condition: _compare(plan, record, condition) for condition in plan.conditions}
    except (RecordError, OSError) as error:
        return portable(error)
    return _Tested(record.name, record.subject, found)


def _compare(plan: _Plan, record: ECGRecord, condition: Condition) -> BeatComparison:
    """Add noise to a recording, find and classify its beats, and compare them."""
    noisy = record
    if condition != CLEAN:
        name, ratio = condition
        seed = plan.settings["random_state"]
        noisy = add_noise(record, plan.noises[name], ratio, schedule="nst", random_state=seed)
    # without the reference, of which the model must not know
    unmarked = replace(
        noisy,
        sample=record.sample[:0],
        symbol=record.symbol[:0],
        other=Annotations(),
        excluded={},
    )
    resolved, detector = plan.resolved, plan.settings["detector"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of bad signal, which is intended
        try:
            test = annotate_record(resolved.model, unmarked, resolved.extractor, detector).record
        except NoBeatError:
            if condition == CLEAN:
                raise
            test = unmarked  # a result: all beats are missed
    with naming_recording(record.name):
        return compare_annotations(record, test)
