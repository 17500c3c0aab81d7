"""The model that annotates: an estimator, the name of one that comes with skecg, or a file."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import NotFittedError

from ..beats import BeatExtractor
from ..persistence import load
from ..persistence._pretrained import pretrained_names, pretrained_path
from ..records.formats import locate
from ..tables import BEAT_SYMBOLS
from ..utils import Classifier, file_hash, own_versions

__all__ = ["Resolved", "resolve_model"]


class Resolved(NamedTuple):
    """A model with the extractor of its rows."""

    model: Classifier
    extractor: BeatExtractor
    about: dict[str, Any]  # as RECORD.json has it


def resolve_model(
    model: Classifier | str | os.PathLike[str], extractor: BeatExtractor | None
) -> Resolved:
    """Return a model and the extractor of its rows, or raise.

    Parameters
    ----------
    model : estimator, str or path-like
        A fitted classifier, the name of a model that comes with skecg, or a model file.
    extractor : BeatExtractor or None
        The extractor; None is that of the model file.
    """
    about: dict[str, Any] = {"model": type(model).__name__, "fingerprint": None}
    if not isinstance(model, str | os.PathLike):
        fitted = model
    else:
        path = pretrained_path(str(model)) if model in pretrained_names() else Path(model)
        _check_file(path)
        fitted, info = load(path, return_info=True)
        about = {"model": path.stem, "fingerprint": file_hash(path)}
        extractor = extractor or info.extractor
        if extractor is None:
            raise ValueError(
                f"The model file '{path}' has no extractor of its rows. Pass that of its training "
                "beats, extractor=beats.extractor, or save the model again with beats=beats."
            )
    if extractor is None:
        raise TypeError(
            "annotate needs the extractor of the model's training rows, such as "
            "extractor=beats.extractor, unless 'model' is a model file or a name such as 'lstm'."
        )
    if not isinstance(extractor, BeatExtractor):
        raise TypeError(
            "The 'extractor' parameter of annotate must be the BeatExtractor that made the "
            f"training rows, such as beats.extractor. Got {type(extractor).__name__} instead."
        )
    if isinstance(fitted, type) or not hasattr(fitted, "classes_"):
        raise NotFittedError(
            "The 'model' parameter of annotate must be a fitted classifier. Got "
            f"{fitted!r}, which has no classes. Fit it first."
        )
    classes = np.asarray(fitted.classes_).tolist()
    if others := [label for label in classes if label not in BEAT_SYMBOLS]:
        raise ValueError(
            f"The 'model' parameter of annotate has classes that are not beat symbols: {others}. "
            "Train one with classes='ec57', 'dechazal' or 'symbols'."
        )
    return Resolved(fitted, extractor, about | {"versions": own_versions()})


def _check_file(path: Path) -> None:
    """Raise if there is no model of a name or path, or a recording in its place."""
    names = " or ".join(pretrained_names())
    place = locate(path)
    is_recording = place.format is not None and (place.path != path or not path.exists())
    if not path.exists() and not is_recording:
        raise FileNotFoundError(
            f"There is no model '{path}'. Name one that comes with skecg ({names}), or a model "
            f"file. Relative paths start at '{Path.cwd()}'."
        )
    if path.is_dir() or is_recording:
        what = "a folder" if path.is_dir() else "a recording"
        raise ValueError(
            f"'{path}' is in the place of the model, but is {what}. The model comes first, then "
            f"the recordings: a model file, or {names}."
        )
