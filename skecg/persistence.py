"""Models as files that hold data only: parameters as JSON, arrays as npz, no pickle.

A file is a zip with two members. ``model.json`` holds the format version, the versions of the
packages, the constructor parameters of each estimator (see ``skecg._spec``), its fitted
attributes and, where they were given, how the rows were made. ``arrays.npz`` holds the arrays
that the JSON refers to. Networks are rebuilt by their builder functions and take the stored
weights; nothing in a file is ever run or imported.
"""

import hashlib
import io
import json
import os
import platform
import re
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch
from sklearn.utils.validation import check_is_fitted

from ._files import replacing
from ._spec import class_name, from_spec, to_spec

__all__ = ["load", "save"]

FORMAT = "skecg-model"
FORMAT_VERSION = 1
_LARGEST = {"model.json": 64 * 2**20, "arrays.npz": 2**30}  # bytes of each member
_SEARCHES = ("sklearn.GridSearchCV", "sklearn.RandomizedSearchCV")
_SEARCH_ATTRIBUTES = (
    "best_index_",
    "best_params_",
    "best_score_",
    "cv_results_",
    "multimetric_",
    "n_splits_",
    "refit_time_",
)
_PACKAGES = ("skecg", "scikit-learn", "imbalanced-learn", "keras", "scikeras", "numpy")
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,  # by zipfile, for compressions and encryptions that it does not know
    RecursionError,  # by json, for deep nesting
    RuntimeError,  # by zipfile, for encrypted members
)
_FITTED_NAME = re.compile(r"[a-z][a-z0-9_]*_")


def save(model: Any, path: str | os.PathLike[str], *, beats: Mapping | None = None) -> None:
    """Write a fitted model to one file that holds data only.

    Parameters
    ----------
    model : estimator
        A fitted skecg estimator, a pipeline of such (imbalanced-learn's random samplers and
        StandardScaler may stand in it), or a search over one, which is kept with
        ``best_estimator_``, ``best_params_`` and ``cv_results_``.
    path : path-like
        The file, by custom ``NAME.skecg``. It is written beside and renamed, so an existing file
        is replaced as a whole or not at all.
    beats : Bunch, default=None
        The beats that the model was trained on. Their extractor goes into the file, so that
        rows of other recordings can be made the same way, and so do the classes, the subjects
        and a fingerprint of the rows.

    Raises
    ------
    TypeError
        If a parameter is an object that cannot be kept as data (a callback, an optimizer, a
        function). The error names it; ``joblib.dump`` keeps such models, for trusted use.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.

    Warns
    -----
    UserWarning
        If a search has a splitter or scorer that cannot be kept.

    See Also
    --------
    load : Read the file.

    Notes
    -----
    Not kept are the cache folder of a pipeline (``memory``), the state of an optimizer (training
    that goes on after loading starts with a fresh one) and, of a search, splitters and scorers
    that are objects of other classes.

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
    arrays: dict[str, np.ndarray] = {}
    content = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "versions": _versions(),
        "model": _describe(model, arrays),
        "beats": None if beats is None else _describe_beats(beats),
    }
    text = json.dumps(content, indent=1, allow_nan=False)
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    with replacing(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as file:
        # fixed times make equal models equal files
        file.writestr(_member("model.json"), text)
        file.writestr(_member("arrays.npz"), packed.getvalue())


def load(path: str | os.PathLike[str], *, return_info: bool = False) -> Any:
    """Read a model that `save` wrote; nothing in the file is run.

    Parameters
    ----------
    path : path-like
        The file.
    return_info : bool, default=False
        Whether to return what the file says of the model's beats as well.

    Returns
    -------
    model : estimator
        Fitted. It predicts what the saved one predicts.
    info : Bunch
        ``extractor`` (a BeatExtractor that makes rows as the training rows were made, or None),
        ``classes``, ``subjects``, ``n_beats``, ``fingerprint`` of the training beats, and
        ``versions`` of the packages that wrote the file. Only if ``return_info`` is True.

    Raises
    ------
    ValueError
        If the file is no model file, damaged, of a later format version, or holds what a model
        file cannot hold. The error says which.

    See Also
    --------
    save : Write such a file, with an example.
    """
    path = Path(path)
    content, arrays = _read(path)
    try:
        model = _rebuild(content["model"], arrays)
        info = _rebuild_info(content)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ValueError(f"The model file '{path}' cannot be used: {error}") from error
    return (model, info) if return_info else model


def _describe(model: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Parameters and fitted state of an estimator, and of those inside it."""
    if class_name(model) in _SEARCHES:
        return _describe_search(model, arrays)
    described = {"spec": to_spec(model)}
    steps = getattr(model, "steps", None)
    if steps is not None:
        described["steps"] = [_describe_fitted(step, arrays) for _, step in steps]
    else:
        described["fitted"] = _describe_fitted(model, arrays)
    return described


def _describe_search(search: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """A search with its best estimator; splitters and scorers of unknown kinds are left out."""
    check_is_fitted(search, "best_estimator_")
    params = search.get_params(deep=False)
    spec: dict[str, Any] = {"class": class_name(search), "params": {}}
    for name, value in params.items():
        try:
            spec["params"][name] = to_spec(value, path=name)
        except TypeError:
            if name not in ("cv", "scoring", "refit", "error_score"):
                raise
            # what picked the best estimator is not needed to use it
            warnings.warn(
                f"The '{name}' parameter of the search is an object that cannot be kept as data: "
                "the saved search predicts as this one, but its score and fit will use the "
                "default. Give it by name, where it has one, to keep it.",
                UserWarning,
                stacklevel=4,
            )
    fitted = {name: getattr(search, name) for name in _SEARCH_ATTRIBUTES if hasattr(search, name)}
    return {
        "spec": spec,
        "fitted": _encode(fitted, arrays),
        "best_estimator": _describe(search.best_estimator_, arrays),
    }


def _describe_fitted(estimator: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Fitted attributes of one estimator; networks add their weights."""
    if estimator is None or isinstance(estimator, str):
        return None
    state = estimator.__getstate__()
    fitted = {
        name: value
        for name, value in state.items()
        if _FITTED_NAME.fullmatch(name) and name not in estimator.get_params(deep=False)
    }
    if state.get("_weights") is not None:
        fitted["_weights"] = list(state["_weights"])
    return _encode(fitted, arrays)


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A fitted attribute as JSON, with its arrays put aside."""
    if isinstance(value, np.ma.MaskedArray):
        items = [None if masked else v for v, masked in zip(value, _mask(value), strict=True)]
        return {"masked": _encode(items, arrays), "mask": _mask(value)}
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            return {"objects": [_encode(v, arrays) for v in value.tolist()]}
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Mapping):
        return {"map": [[to_spec(_plain(k)), _encode(v, arrays)] for k, v in value.items()]}
    if isinstance(value, list):
        return [_encode(v, arrays) for v in value]
    return {"value": to_spec(_plain(value))}


def _mask(array: np.ma.MaskedArray) -> list[bool]:
    return np.ma.getmaskarray(array).tolist()


def _plain(value: Any) -> Any:
    """A zero-dimensional NumPy value as a Python one."""
    return value.item() if isinstance(value, np.generic) else value


def _decode(data: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """What `_encode` described."""
    if isinstance(data, list):
        return [_decode(v, arrays) for v in data]
    if not isinstance(data, dict):
        raise ValueError(f"a fitted attribute is described by {str(data)[:80]!r}")
    kinds = set(data)
    if kinds == {"array"}:
        if data["array"] not in arrays:
            raise ValueError(f"the array {str(data['array'])[:80]!r} is missing")
        return arrays[data["array"]]
    if kinds == {"value"}:
        return from_spec(data["value"])
    if kinds == {"map"}:
        return {from_spec(k): _decode(v, arrays) for k, v in data["map"]}
    if kinds == {"objects"}:
        return _object_array([_decode(v, arrays) for v in data["objects"]])
    if kinds == {"masked", "mask"}:
        values = _object_array(_decode(data["masked"], arrays))
        return np.ma.MaskedArray(values, mask=[bool(m) for m in data["mask"]])
    raise ValueError(f"a fitted attribute is described by {sorted(kinds)}")


def _object_array(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _rebuild(described: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    """The fitted estimator that `_describe` described."""
    model = _without_caches(from_spec(described["spec"]))
    if "best_estimator" in described:
        if class_name(model) not in _SEARCHES:
            raise ValueError(f"{type(model).__name__} has no best estimator")
        return _rebuild_search(model, described, arrays)
    if "steps" in described:
        if len(model.steps) != len(described["steps"]):
            raise ValueError("the pipeline and its fitted steps differ in number")
        for (_, step), fitted in zip(model.steps, described["steps"], strict=True):
            if fitted is not None:
                _restore(step, _decode(fitted, arrays))
    else:
        _restore(model, _decode(described["fitted"], arrays))
    return model


def _without_caches(model: Any) -> Any:
    """Drop cache folders: a later fit unpickles what lies there, so no file may name one."""
    caches = [name for name in model.get_params() if name.split("__")[-1] == "memory"]
    return model.set_params(**dict.fromkeys(caches))


def _rebuild_search(search: Any, described: dict[str, Any], arrays: Mapping) -> Any:
    fitted = _decode(described["fitted"], arrays)
    for name, value in fitted.items():
        if name not in _SEARCH_ATTRIBUTES:
            raise ValueError(f"a search has no attribute {str(name)[:80]!r} in a model file")
        setattr(search, name, value)
    search.best_estimator_ = _rebuild(described["best_estimator"], arrays)
    search.scorer_ = check_scoring(search.best_estimator_, scoring=search.scoring)
    return search


def _restore(estimator: Any, fitted: dict[str, Any]) -> None:
    """Set fitted attributes, and let a network take its weights."""
    parameters = estimator.get_params(deep=False)
    for name, value in fitted.items():
        is_weights = name == "_weights" and hasattr(estimator, "_network")
        fits = isinstance(name, str) and _FITTED_NAME.fullmatch(name) and name not in parameters
        if not is_weights and (not fits or hasattr(type(estimator), name)):
            raise ValueError(
                f"{type(estimator).__name__} has no fitted attribute {str(name)[:80]!r}"
            )
        setattr(estimator, name, value)
    if "_weights" in fitted:
        estimator._network()


def _describe_beats(beats: Mapping) -> dict[str, Any]:
    """How the rows of a model were made, and from whom."""
    missing = [key for key in ("extractor", "data", "target", "groups") if key not in beats]
    if missing:
        raise TypeError(
            "The 'beats' parameter of save must be a Bunch as skecg.load_beats returns it. "
            f"Got {type(beats).__name__} without {', '.join(missing)}."
        )
    target = np.asarray(beats["target"])
    return {
        "extractor": to_spec(beats["extractor"], path="beats.extractor"),
        "classes": [str(c) for c in beats["target_names"]],
        "subjects": sorted({str(g) for g in np.unique(beats["groups"])}),
        "n_beats": len(target),
        "fingerprint": _fingerprint(np.asarray(beats["data"]), target),
    }


def _fingerprint(data: np.ndarray, target: np.ndarray) -> str:
    """SHA-256 over the rows and labels, to tell whether two models saw the same beats."""
    digest = hashlib.sha256(np.ascontiguousarray(data, dtype="<f4"))
    digest.update("\n".join(target.astype(str)).encode())
    return digest.hexdigest()


def _rebuild_info(content: dict[str, Any]) -> Bunch:
    beats = content.get("beats") or {}
    extractor = beats.get("extractor")
    return Bunch(
        extractor=None if extractor is None else from_spec(extractor),
        classes=beats.get("classes"),
        subjects=beats.get("subjects"),
        n_beats=beats.get("n_beats"),
        fingerprint=beats.get("fingerprint"),
        versions=content.get("versions", {}),
    )


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}}


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The two members of a model file, checked before anything is made of them."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no model file '{path}'.")
    try:
        with zipfile.ZipFile(path) as file:
            names = sorted(file.namelist())
            if names != ["arrays.npz", "model.json"]:
                raise ValueError(
                    "it must hold the members arrays.npz and model.json, and holds "
                    f"{', '.join(names[:5]) or 'none'}"
                )
            members = {name: _read_member(file, name, _LARGEST[name]) for name in names}
        content = json.loads(members["model.json"])
        _check_header(content)
        return content, _read_arrays(members["arrays.npz"])
    except _UNREADABLE as error:
        raise ValueError(f"'{path}' is not a usable skecg model file: {error}.") from error


def _read_member(file: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """One member, unless it is (or says it is) larger than any model."""
    if file.getinfo(name).file_size > largest:
        raise ValueError(f"{name} is larger than {largest // 2**20} MiB")
    with file.open(name) as member:
        data = member.read(largest + 1)
    if len(data) > largest:
        raise ValueError(f"{name} is larger than {largest // 2**20} MiB")
    return data


def _check_header(content: Any) -> None:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError("model.json does not describe a skecg model")
    if content.get("version") != FORMAT_VERSION:
        raise ValueError(
            f"it is of format version {str(content.get('version'))[:20]}, and this version of "
            f"skecg reads version {FORMAT_VERSION}. Update skecg (pip install -U skecg)"
        )


def _read_arrays(data: bytes) -> dict[str, np.ndarray]:
    """All arrays, each checked against the bytes that are there before memory is taken."""
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for info in file.infolist():
            if info.compress_type != zipfile.ZIP_STORED or not info.filename.endswith(".npy"):
                raise ValueError(
                    f"arrays.npz holds {info.filename[:80]!r}, which is no plain array"
                )
            arrays[info.filename.removesuffix(".npy")] = _read_array(
                info.filename, _read_member(file, info.filename, len(data))
            )
    return arrays


def _read_array(name: str, data: bytes) -> np.ndarray:
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError(f"the array {name[:80]!r} is of another npy version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.hasobject:
        raise ValueError(f"the array {name[:80]!r} holds Python objects")
    body = memoryview(data)[stream.tell() :]
    expected = dtype.itemsize
    for length in shape:
        expected *= int(length)
    if expected != len(body):
        raise ValueError(
            f"the array {name[:80]!r} should have {expected} bytes for shape {shape}, "
            f"and has {len(body)}"
        )
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C").copy()
