"""Noise stress test: compare the beats of a model with the reference as noise grows."""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from ..beats import BeatExtractor
from ..datasets import add_noise
from ..datasets._nst import noisy_samples
from ..detection._detectors import DetectorLike
from ..ec57 import BeatComparison, compare_annotations
from ..ec57._records_comparison import summarize
from ..persistence import ModelInfo, load
from ..persistence._pretrained import pretrained_names, pretrained_path
from ..records import Annotations, ECGRecord, find_records, read_record
from ..records.formats import locate
from ..utils import (
    Classifier,
    LostTask,
    Rule,
    check_value,
    count,
    is_number,
    listed,
    parallel_results,
    warn,
)
from ._annotate_record import annotate_record
from ._model import Resolved, resolve_model
from ._stress_result import CLEAN, Condition, StressTest

__all__ = ["SNR", "stress_test"]

OWNER = "stress_test"
#: Signal-to-noise ratios in dB of the MIT-BIH Noise Stress Test Database.
SNR = (24.0, 18.0, 12.0, 6.0, 0.0, -6.0)

PathLike: TypeAlias = str | os.PathLike[str]
Noise: TypeAlias = ECGRecord | str
Records: TypeAlias = ECGRecord | PathLike | Iterable[ECGRecord | PathLike]

_RATIO = Rule(lambda v: is_number(v) and -100 <= v < 200, "from -100 to 200 dB")


def stress_test(
    model: Classifier | PathLike,
    records: Records,
    *,
    noise: Noise | Mapping[str, Noise],
    snr: Sequence[float] = SNR,
    extractor: BeatExtractor | None = None,
    detector: DetectorLike = "auto",
    annotator: str = "atr",
    random_state: int = 0,
    n_jobs: int | None = None,
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
    snr : sequence of float, default=(24, 18, 12, 6, 0, -6)
        Signal-to-noise ratios in dB, of the stretches with noise.
    extractor : BeatExtractor, default=None
        As in `annotate`.
    detector : str or callable, default="auto"
        As in `annotate`.
    annotator : str, default="atr"
        Ending of the reference annotation files, for recordings in files.
    random_state : int, default=0
        Seed of simulated noise. Recorded noise starts at its beginning.
    n_jobs : int, default=None
        Recordings tested at the same time; as in joblib.

    Returns
    -------
    StressTest
        The comparisons by noise and ratio, with tables and curves.

    Raises
    ------
    RecordError
        If a recording has five minutes or less, or no reference beats.
    ValueError
        If two recordings have one name, or a parameter is out of range.
    FileNotFoundError
        If there is no such recording or model.

    Warns
    -----
    UserWarning
        If the model was trained on people of the recordings: its results are too good.

    See Also
    --------
    add_noise : Add noise to one recording.
    annotate : Find and classify beats.
    compare_records : The comparison, its rules and statistics.

    Notes
    -----
    The whole test period from 5:00 on is compared, clean stretches included, as EC57 does with
    the records of the database; so at any ratio half of the beats have no noise. The annotations
    of the reference, marks of fibrillation and unreadable signal included, are kept from the
    model.

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
    ratios = _check_ratios(snr)
    noises = _check_noises(noise)
    chosen = _choose(records, annotator)
    resolved = resolve_model(model, extractor)
    conditions = [CLEAN, *((name, ratio) for name in noises for ratio in ratios)]
    settings = {"detector": detector, "annotator": annotator, "random_state": random_state}
    tasks = [(resolved, one, noises, conditions, settings) for one in chosen]
    tested = []
    for one, found in zip(chosen, parallel_results(_test_one, tasks, n_jobs), strict=True):
        if isinstance(found, LostTask):
            raise RuntimeError(
                f"The worker process that tested '{_name(one)}' was killed, as when there is too "
                "little memory. Pass a smaller n_jobs."
            )
        tested.append(found)
    _check_names([name for name, _, _ in tested])
    _warn_of_training(model, {subject for _, subject, _ in tested})
    no_skipped = pd.DataFrame(columns=["record", "reason"])
    return StressTest(
        {
            condition: summarize({name: found[condition] for name, _, found in tested}, no_skipped)
            for condition in conditions
        }
    )


def _test_one(
    resolved: Resolved,
    source: ECGRecord | Path,
    noises: Mapping[str, Noise],
    conditions: Sequence[Condition],
    settings: Mapping,
) -> tuple[str, str, dict[Condition, BeatComparison]]:
    """Compare one recording under all conditions; also its name and subject."""
    record = source
    if not isinstance(record, ECGRecord):
        record = read_record(record, annotator=settings["annotator"])
    noisy_samples(record)  # raises for records that are too short, before anything is computed
    found = {}
    for name, ratio in conditions:
        noisy = record
        if (name, ratio) != CLEAN:
            noisy = add_noise(
                record,
                noises[name],
                ratio,
                schedule="nst",
                random_state=settings["random_state"],
            )
        # without the reference, of which the model must not know
        unmarked = replace(
            noisy, sample=record.sample[:0], symbol=record.symbol[:0], other=Annotations()
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of bad signal, which is intended
            test = annotate_record(
                resolved.model, unmarked, resolved.extractor, settings["detector"]
            ).record
        found[name, ratio] = compare_annotations(record, test)
    return record.name, record.subject, found


def _name(one: ECGRecord | PathLike) -> str:
    """Return the name of a noise or a recording."""
    return one.name if isinstance(one, ECGRecord) else str(one)


def _check_noises(noise: Noise | Mapping[str, Noise]) -> dict[str, Noise]:
    """Return noises by their names, or raise."""
    if isinstance(noise, ECGRecord | str):
        noise = {_name(noise): noise}
    if not isinstance(noise, Mapping):
        raise TypeError(
            f"The 'noise' parameter of {OWNER} must be an ECGRecord of noise, the name of a "
            f"simulated one, or a dict of these. Got {type(noise).__name__} instead."
        )
    if not noise or CLEAN[0] in noise:
        raise ValueError(
            f"The 'noise' parameter of {OWNER} must have at least one noise, none of them named "
            f"'{CLEAN[0]}'. Got {list(noise)}."
        )
    return dict(noise)


def _check_ratios(snr: Sequence[float]) -> list[float]:
    """Return the ratios, each once, from the least noise on, or raise."""
    ratios = [snr] if is_number(snr) else list(snr)
    if not ratios:
        raise ValueError(f"The 'snr' parameter of {OWNER} must have at least one ratio. Got none.")
    for ratio in ratios:
        check_value(ratio, _RATIO, "snr", OWNER)
    return sorted({float(ratio) for ratio in ratios}, reverse=True)


def _choose(records: Records, annotator: str) -> list[ECGRecord | Path]:
    """Return records and paths of recordings, those of folders included."""
    if isinstance(records, ECGRecord | str | os.PathLike):
        records = [records]
    chosen: list[ECGRecord | Path] = []
    for one in records:
        if isinstance(one, ECGRecord):
            chosen.append(one)
        elif locate(one).format is None and os.path.isdir(one):
            chosen += find_records(one, annotator)
        else:
            chosen.append(Path(one))
    if not chosen:
        raise ValueError(f"The 'records' parameter of {OWNER} must have at least one recording.")
    return chosen


def _check_names(names: Sequence[str]) -> None:
    """Raise if two records have one name."""
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(
            f"The 'records' parameter of {OWNER} has several records of one name: "
            f"{listed(repeated)}. Rename them: dataclasses.replace(record, name='...')."
        )


def _warn_of_training(model: Classifier | PathLike, subjects: set[str]) -> None:
    """Warn if a model file was trained on people of the recordings."""
    if not isinstance(model, str | os.PathLike):
        return
    path = pretrained_path(str(model)) if model in pretrained_names() else Path(model)
    info: ModelInfo = load(path, return_info=True)[1]
    known = set(info.subjects or ())
    if seen := sorted(subject for subject in subjects if subject in known):
        warn(
            f"The model was trained on {count(len(seen), 'person', 'people')} of these "
            f"{len(subjects)}: {listed(seen)}. Its results are too good."
        )
