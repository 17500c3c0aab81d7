"""Check an extractor from a file before it meets a recording.

A few bytes can ask for rows of any length, signals of any rate and steps without end, of which
all memory or hours are used up when the first recording is read. Files of models and of beats
share this check.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..beats import BeatExtractor
from ..beats._context import CHANNELS, scalar_names
from ..beats._leads import lead_entries
from ..beats._settings import window_samples
from ._known import class_name

if TYPE_CHECKING:
    from ..preprocessing import BeatNormalizer, WaveletDenoiser

__all__ = ["check_extractor"]

_MOST_FS = 5_000.0  # Hz; recordings of high-frequency components have 1,000 to 2,000
_MOST_LEADS = 256  # of body surface maps
_MOST_NAMES = 64  # of a lead, in order of preference
_MOST_COLUMNS = 30_000  # of a row; 12 leads of 0.8 s at 1,000 Hz with context have 20,000
_MOST_CONTEXT = 4 * 3600.0  # seconds; the time for a recording is proportional to it
_MOST_STEPS = 20  # of preprocessing
_LONG = 10**9  # samples: longer than any lead, so that only levels that no lead has are refused
_PIPELINES = ("sklearn.Pipeline", "imblearn.Pipeline")


def check_extractor(extractor: object, n_features: int | None = None) -> None:
    """Raise ValueError or TypeError unless an extractor of a file can cut recordings.

    Parameters
    ----------
    extractor : object
        The object that a file describes.
    n_features : int, default=None
        Number of columns that the rows must have. None is not known.
    """
    if type(extractor) is not BeatExtractor:
        raise ValueError(f"the extractor of the beats is a {type(extractor).__name__}")
    extractor._check()
    if extractor.fs is None:
        raise ValueError("the extractor of the beats has no 'fs'")
    _at_most("fs", extractor.fs, _MOST_FS, "Hz")
    if extractor.context is not None:
        _at_most("context", extractor.context, _MOST_CONTEXT, "seconds")
    entries = lead_entries(extractor.leads)
    _at_most("leads", len(entries), _MOST_LEADS, "leads")
    for entry in entries:
        if isinstance(entry, tuple):
            _at_most("leads", len(entry), _MOST_NAMES, "names of a lead")
    # counted before any names are made
    n_columns = _count_columns(extractor, len(entries))
    _at_most("window", n_columns, _MOST_COLUMNS, "columns of a row")
    if n_features is not None and n_columns != n_features:
        raise ValueError(
            f"the extractor of the beats makes rows of {n_columns} columns, and the model takes "
            f"{n_features}"
        )
    _check_preprocessing(extractor.preprocessing, float(extractor.fs))


def _at_most(name: str, value: float, most: float, unit: str) -> None:
    if value > most:
        raise ValueError(
            f"the parameter '{name}' of the extractor asks for {value:g} {unit}, more than the "
            f"{most:g} of any file"
        )


def _count_columns(extractor: BeatExtractor, n_leads: int) -> int:
    """Count the columns of a row without making a layout of them."""
    assert extractor.fs is not None
    n_samples = sum(window_samples(extractor.window, extractor.fs))
    if extractor.context is None:
        return n_leads * n_samples
    # their number is linear in that of the leads (of two, each has scalars of its own)
    how = int(extractor.neighbors), extractor.scalars
    two, three = (len(scalar_names(n, *how)) for n in (2, 3))
    return n_leads * len(CHANNELS) * n_samples + two + (n_leads - 2) * (three - two)


def _check_preprocessing(step: object, fs: float) -> None:
    """Refuse preprocessing other than steps of the kinds that keep the shape of signals."""
    waiting, n_steps = [step], 0
    while waiting:
        one = waiting.pop()
        n_steps += 1
        if n_steps > _MOST_STEPS:
            raise ValueError(
                f"the preprocessing of the extractor has more than {_MOST_STEPS} steps"
            )
        if one is None or (isinstance(one, str) and one == "passthrough"):
            continue
        if class_name(one) in _PIPELINES:
            pipeline: Any = one
            pipeline._validate_params()
            pipeline._validate_steps()
            waiting += [inner for _, inner in pipeline.steps]
        elif class_name(one) in ("WaveletDenoiser", "BeatNormalizer"):
            _check_transformer(one, fs)  # type: ignore[arg-type]
        elif class_name(one) == "sklearn.StandardScaler":
            one._validate_params()  # type: ignore[attr-defined]
        else:
            raise ValueError(
                f"the preprocessing of the extractor has a step of the type {type(one).__name__}. "
                "Files have WaveletDenoiser, BeatNormalizer, StandardScaler and pipelines of them"
            )


def _check_transformer(transformer: "WaveletDenoiser | BeatNormalizer", fs: float) -> None:
    """Refuse parameters that no lead, however long, can be transformed with."""
    if transformer.layout is not None:
        raise ValueError(
            f"the {type(transformer).__name__} in the preprocessing of the extractor has a "
            "'layout', but recordings have no columns"
        )
    parameters: Mapping[str, Any] = transformer.get_params()
    filled_in = type(transformer)(**parameters)
    if parameters.get("fs", fs) is None:
        filled_in.set_params(fs=fs)
    filled_in._check(_LONG)
