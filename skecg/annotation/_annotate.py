"""Annotate recordings: find their beats and classify them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..annotated import AnnotatedRecord
from ..beats import BeatExtractor
from ..detection._detectors import DetectorLike
from ..records import ECGRecord
from ..tables import BEAT_SYMBOLS
from ..utils import Classifier
from ._annotate_record import annotate_record
from ._model import Resolved, resolve_model

__all__ = ["annotate"]


def annotate(
    model: Classifier | str | os.PathLike[str],
    record: ECGRecord | str | os.PathLike[str],
    *,
    extractor: BeatExtractor | None = None,
    detector: DetectorLike = "sleepecg",
    leads: Sequence[str] | None = None,
) -> AnnotatedRecord:
    """x"""
    resolved = resolve_model(model, extractor)
    _check_record(record)
    return annotate_record(
        resolved.model,
        record,
        resolved.extractor,
        detector,
        leads=leads,
        about=resolved.about | {"detector": _name_of(detector)},
    )


def _name_of(detector: DetectorLike) -> str:
    """Return the name of a detector."""
    return detector if isinstance(detector, str) else getattr(detector, "__name__", "callable")


def _check_record(record: object) -> None:
    """Raise unless there is a record to annotate."""
    if not isinstance(record, ECGRecord | str | os.PathLike):
        raise TypeError(
            "The 'record' parameter of annotate must be an ECGRecord or the path of a recording. "
            f"Got {type(record).__name__} instead. ECGRecord(signal, fs) makes one of an array."
        )
