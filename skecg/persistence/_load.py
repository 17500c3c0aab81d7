"""Reading a model file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import Bunch

from ._archive import read_archive
from ._errors import ModelFileError, Refused, printable
from ._model import WRONG, build_networks, rebuild
from ._spec import class_name, from_spec

if TYPE_CHECKING:
    from ..beats import BeatExtractor

__all__ = ["ModelInfo", "load"]

_BEATS_KEYS = {"extractor", "classes", "subjects", "n_beats", "fingerprint"}


class ModelInfo(Bunch):
    """What a model file says of its training beats and of the packages that wrote it.

    Attributes
    ----------
    extractor : BeatExtractor or None
        Makes rows as the training rows were made. None, like all of the following but the
        versions, where the model was saved without its beats.
    classes, subjects : list of str or None
        Classes and subjects of the training beats.
    n_beats : int or None
        Number of training beats.
    fingerprint : str or None
        SHA-256 over the training rows and labels.
    versions : dict of str to str
        Versions of the packages that wrote the file.

    See Also
    --------
    load : Returns it with ``return_info=True``.
    """

    extractor: "BeatExtractor | None"
    classes: list[str] | None
    subjects: list[str] | None
    n_beats: int | None
    fingerprint: str | None
    versions: dict[str, str]


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
    info : ModelInfo
        What the file says of the training beats: extractor, classes, subjects. Only if
        ``return_info`` is True.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is no model file, damaged, of another format version, or holds what a model
        file cannot hold. The error, a ValueError, says which, and what to do.

    See Also
    --------
    save : Write such a file, with an example.
    load_pretrained : A trained model that comes with skecg.
    """
    path = Path(path)
    content, arrays = _read(path)
    with _naming(path, content):
        info = _rebuild_info(content)
        model = rebuild(content["model"], arrays)
        build_networks(model)
    return (model, info) if return_info else model


def read_info(path: Path) -> ModelInfo:
    """What a file says of the model's beats, as `load` returns it; no model is made."""
    content, _ = _read(path)
    with _naming(path, content):
        return _rebuild_info(content)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Text and arrays of a file."""
    if not path.exists():
        raise FileNotFoundError(
            f"There is no model file '{path}'. The folder from which relative paths count is "
            f"'{Path.cwd()}'. A model that comes with skecg goes by its name, such as 'lstm': "
            "skecg.load_pretrained."
        )
    try:
        return read_archive(path)
    except Refused as error:
        raise ModelFileError(
            f"'{path}' is not a usable skecg model file: {printable(str(error))}."
        ) from error


@contextmanager
def _naming(path: Path, content: dict[str, Any]) -> Iterator[None]:
    """Name the file, and who wrote it, in what is raised while it becomes a model."""
    try:
        yield
    except WRONG as error:
        raise ModelFileError(
            f"'{path}' is not a usable skecg model file: "
            f"{printable(str(error)[:1000]).rstrip('.')}. It was written by skecg "
            f"{printable(_writer(content))}, if it says the truth: a file of a later "
            "skecg needs an update (pip install -U skecg); one that was changed by hand or on its "
            "way is refused for good."
        ) from error


def _rebuild_info(content: dict[str, Any]) -> ModelInfo:
    """What the file says of packages and beats, if it is of the kinds that save writes."""
    versions, beats = content["versions"], content["beats"]
    if not _is_dict_of_str(versions):
        raise ValueError(f"'versions' must be names and versions, and is {str(versions)[:80]}")
    if beats is None:
        return ModelInfo(**dict.fromkeys(_BEATS_KEYS), versions=versions)
    if type(beats) is not dict or beats.keys() != _BEATS_KEYS:
        raise ValueError(f"'beats' must have {', '.join(sorted(_BEATS_KEYS))}")
    extractor = from_spec(beats["extractor"], path="beats.extractor")
    if class_name(extractor) != "BeatExtractor":
        raise ValueError(f"the extractor of the beats is a {type(extractor).__name__}")
    for name, valid in (("classes", _is_list_of_str), ("subjects", _is_list_of_str)):
        if not valid(beats[name]):
            raise ValueError(
                f"'{name}' of the beats must be names, and is {str(beats[name])[:80]}"
            )
    if type(beats["n_beats"]) is not int or type(beats["fingerprint"]) is not str:
        raise ValueError("number and fingerprint of the beats are no number and no text")
    return ModelInfo(**beats | {"extractor": extractor}, versions=versions)


def _writer(content: dict[str, Any]) -> str:
    """The version of skecg that a file names, for errors."""
    versions = content.get("versions")
    known = isinstance(versions, dict) and "skecg" in versions
    return str(versions["skecg"])[:20] if known else "of no known version"


def _is_dict_of_str(value: Any) -> bool:
    return type(value) is dict and all(type(v) is str for v in value.values())


def _is_list_of_str(value: Any) -> bool:
    return type(value) is list and all(type(v) is str for v in value)
