"""Arguments of a noise stress test: noises, ratios, and recordings."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ..datasets._mix import check_noise
from ..ec57._records_comparison import AVERAGE, GROSS
from ..persistence import ModelInfo, load
from ..persistence._pretrained import pretrained_names, pretrained_path
from ..records import ECGRecord, find_records
from ..records.formats import locate
from ..utils import Classifier, Rule, check_value, count, is_number, listed, warn
from ._stress_result import CLEAN

__all__ = [
    "OWNER",
    "Noise",
    "PathLike",
    "Records",
    "check_names",
    "check_noises",
    "check_ratios",
    "choose_records",
    "name_of",
    "warn_of_training",
]

OWNER = "stress_test"

PathLike: TypeAlias = str | os.PathLike[str]
Noise: TypeAlias = ECGRecord | str
Records: TypeAlias = ECGRecord | PathLike | Iterable[ECGRecord | PathLike]

_RATIO = Rule(lambda v: is_number(v) and -100 <= v < 200, "from -100 to 200 dB")


def name_of(one: ECGRecord | PathLike) -> str:
    """Return the name of a noise or a recording, the latter as far as it is known unread."""
    return one.name if isinstance(one, ECGRecord) else locate(one).path.name


def check_noises(noise: Noise | Mapping[str, Noise]) -> dict[str, Noise]:
    """Return noises by their names, or raise."""
    if isinstance(noise, ECGRecord | str):
        noise = {noise.name if isinstance(noise, ECGRecord) else noise: noise}
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
    if not all(isinstance(name, str) for name in noise):
        raise TypeError(
            f"The 'noise' parameter of {OWNER} must have names that are texts. Got {list(noise)}."
        )
    for one in noise.values():  # before hours of work
        check_noise(one, OWNER)
    return dict(noise)


def check_ratios(snr: float | Sequence[float]) -> list[float]:
    """Return the ratios, each once, from the least noise on, or raise."""
    ratios: list[Any] = list(snr) if isinstance(snr, Iterable) and not _is_one(snr) else [snr]
    if not ratios:
        raise ValueError(f"The 'snr' parameter of {OWNER} must have at least one ratio. Got none.")
    for ratio in ratios:
        check_value(ratio, _RATIO, "snr", OWNER)
    return sorted({float(ratio) + 0.0 for ratio in ratios}, reverse=True)  # -0.0 is 0


def _is_one(value: object) -> bool:
    """Tell whether an iterable is one invalid ratio: a text, or an array without a dimension."""
    return isinstance(value, str) or getattr(value, "ndim", 1) == 0


def choose_records(records: Records, annotator: str) -> list[ECGRecord | Path]:
    """Return records and paths of recordings, those of folders included, or raise."""
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
    check_names([name_of(one) for one in chosen])
    return chosen


def check_names(names: Sequence[str]) -> None:
    """Raise if two records have one name, or one that of a row of the tables."""
    if repeated := sorted(name for name, n in Counter(names).items() if n > 1):
        raise ValueError(
            f"The 'records' parameter of {OWNER} has several records of one name: "
            f"{listed(repeated)}. Rename them: dataclasses.replace(record, name='...')."
        )
    if taken := [name for name in names if name in (GROSS, AVERAGE)]:
        raise ValueError(
            f"The 'records' parameter of {OWNER} must have names other than {GROSS} and "
            f"{AVERAGE}, which are rows of the tables. Got {taken[0]!r}."
        )


def warn_of_training(model: Classifier | PathLike, subjects: set[str]) -> None:
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
