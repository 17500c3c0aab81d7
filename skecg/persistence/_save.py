"""Writing a model file."""

import hashlib
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..utils import Estimator, blocks_of, printable, replacing
from ._archive import read_archive, write_archive
from ._errors import Refused
from ._extractor import check_extractor
from ._model import WRONG, describe, rebuild
from ._spec import JOBLIB, Spec, to_spec

if TYPE_CHECKING:
    from ..beats import Beats

__all__ = ["save"]

_PACKAGES = ("skecg", "scikit-learn", "imbalanced-learn", "keras", "scikeras", "numpy")
_BEATS_KEYS = ("extractor", "data", "target", "target_names", "groups")


def save(
    model: Estimator,
    path: str | os.PathLike[str],
    *,
    beats: "Beats | Mapping[str, Any] | None" = None,
) -> None:
    """Write a fitted model to one file that holds data only.

    Parameters
    ----------
    model : estimator
        A fitted skecg estimator, a pipeline of such (which may contain imbalanced-learn's random
        samplers and StandardScaler), or a search over one, which is saved with
        ``best_estimator_``, ``best_params_`` and ``cv_results_``.
    path : path-like
        The file, by convention ``NAME.skecg``. It is written under a temporary name and renamed,
        so an existing file is replaced as a whole or not at all.
    beats : Beats, default=None
        The beats that the model was trained on. Their extractor goes into the file, so that
        rows of other recordings can be made the same way, and so do the classes, the subjects
        and a fingerprint of the rows.

    Raises
    ------
    TypeError
        If a parameter is an object that cannot be saved as data (a callback, an optimizer, a
        function). The error names it; ``joblib.dump`` saves such models, for trusted use.
    ValueError
        If a network's weights are not finite, the model is larger than any model file, the
        beats have other columns than the model, or `load` would refuse a parameter, a name or
        the extractor. After any error nothing is written.
    sklearn.exceptions.NotFittedError
        If the model or one of its steps is not fitted.

    Warns
    -----
    UserWarning
        If a search has a splitter or scorer that cannot be saved.

    See Also
    --------
    load : Read the file.

    Notes
    -----
    Not saved are the cache folder of a pipeline (``memory``), the folder of a network's
    checkpoints, the state of an optimizer (training after loading starts with a fresh one), the
    ``sample_indices_`` of samplers, containers configured by ``set_output`` and, of a search,
    splitters and scorers that are objects of other classes. The file is read back before it
    replaces an existing one.

    Examples
    --------
    >>> import tempfile
    >>> import skecg
    >>> denoiser = skecg.WaveletDenoiser().fit([[0.0, 0.1, 1.0, 0.1]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     skecg.save(denoiser, f"{folder}/denoiser.skecg")
    ...     skecg.load(f"{folder}/denoiser.skecg")
    WaveletDenoiser()
    """
    check_is_fitted(model)
    arrays: dict[str, NDArray[Any]] = {}
    content = {
        "versions": _versions(),
        "model": describe(model, arrays),
        "beats": None if beats is None else _describe_beats(beats, model),
    }
    with replacing(path) as temporary:
        write_archive(temporary, content, arrays)
        try:  # write nothing that load would refuse
            content, arrays = read_archive(temporary)
            rebuild(content["model"], arrays)
        except (Refused, *WRONG) as error:
            reason = str(error).partition(". ")[0]
            raise ValueError(
                f"The model cannot be saved in a model file: {reason}. Save a smaller or another "
                f"one, {JOBLIB}"
            ) from error


def _describe_beats(beats: "Beats | Mapping[str, Any]", model: Any) -> dict[str, Spec]:
    """Describe how the rows of a model were made, and their subjects."""
    missing = [key for key in _BEATS_KEYS if key not in beats]
    if missing:
        raise TypeError(
            "The 'beats' parameter of save must be Beats, as skecg.load_beats returns them. "
            f"Got {type(beats).__name__} without {', '.join(missing)}."
        )
    n_features = np.shape(beats["data"])[1]
    if n_features != getattr(model, "n_features_in_", n_features):
        raise ValueError(
            f"The 'beats' parameter of save has rows of {n_features} columns, and the model takes "
            f"{model.n_features_in_}. Pass the beats that it was trained on."
        )
    extractor = to_spec(beats["extractor"], path="beats.extractor")
    try:
        check_extractor(beats["extractor"], n_features)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The 'beats' parameter of save cannot be saved in a model file: {error}. Save the "
            "model without its beats, or with those that its rows are of."
        ) from error
    target = np.asarray(beats["target"])
    return {
        "extractor": extractor,
        "classes": [printable(str(c)) for c in beats["target_names"]],
        "subjects": sorted({printable(str(g)) for g in np.unique(beats["groups"])}),
        "n_beats": len(target),
        "fingerprint": _fingerprint(np.asarray(beats["data"]), target),
    }


def _fingerprint(data: NDArray[Any], target: NDArray[Any]) -> str:
    """Return the SHA-256 of rows and labels, equal for models trained on the same beats."""
    digest = hashlib.sha256()
    for block in blocks_of(data):
        digest.update(np.ascontiguousarray(data[block], dtype="<f4").data)
    digest.update("\n".join(target.astype(str)).encode())
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}}
