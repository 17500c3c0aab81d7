"""Read a model file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeGuard, overload

from numpy.typing import NDArray
from sklearn.utils import Bunch

from ..utils import printable
from ._archive import read_archive
from ._errors import ModelFileError, Refused
from ._extractor import check_extractor
from ._model import build_networks, n_columns, rebuild
from ._spec import Spec, from_spec

if TYPE_CHECKING:
    from ..beats import BeatExtractor

__all__ = ["ModelInfo", "load"]

_BEATS_KEYS = {"extractor", "classes", "subjects", "n_beats", "fingerprint"}


class ModelInfo(Bunch):
    """Information in a model file on the training beats and on the packages that wrote it.

    Attributes
    ----------
    extractor : BeatExtractor or None
        Makes rows as the training rows were made. None, like all of the following except the
        versions, if the model was saved without its beats.
    classes, subjects : list of str or None
        Classes and subjects of the training beats.
    n_beats : int or None
        Number of training beats.
    fingerprint : str or None
        SHA-256 of the training rows and labels.
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


@overload
def load(path: str | os.PathLike[str], *, return_info: Literal[False] = False) -> Any: ...


@overload
def load(path: str | os.PathLike[str], *, return_info: Literal[True]) -> tuple[Any, ModelInfo]: ...


@overload
def load(
    path: str | os.PathLike[str], *, return_info: bool = False
) -> Any | tuple[Any, ModelInfo]: ...


def load(
    path: str | os.PathLike[str], *, return_info: bool = False
) -> Any | tuple[Any, ModelInfo]:
    """Read a model that `save` wrote; nothing in the file is run.

    Parameters
    ----------
    path : path-like
        The file.
    return_info : bool, default=False
        Whether to return information on the training beats as well.

    Returns
    -------
    model : estimator
        Fitted. Its predictions are those of the saved one.
    info : ModelInfo
        Extractor, classes and subjects of the training beats. Only if ``return_info`` is True.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is not a model file, damaged, of another format version, or holds other data
        than a model file: parameters or statistics with which it could not predict, an extractor
        of rows that the model does not take or no memory holds, names with characters that
        control a terminal. The error, a ValueError, names the problem and a way out.

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
        if info.extractor is not None:
            check_extractor(info.extractor, n_columns(model))
        build_networks(model)
    return (model, info) if return_info else model


def read_info(path: Path) -> ModelInfo:
    """Read the information on the training beats only, as `load` returns it."""
    content, _ = _read(path)
    with _naming(path, content):
        return _rebuild_info(content)


def _read(path: Path) -> tuple[dict[str, Spec], dict[str, NDArray[Any]]]:
    """Read text and arrays of a file."""
    if not path.exists():
        raise FileNotFoundError(
            f"There is no model file '{path}'. Relative paths start at '{Path.cwd()}'. A model "
            "that comes with skecg is loaded by its name, such as 'lstm', with "
            "skecg.load_pretrained; commands take that name in place of a file."
        )
    try:
        return read_archive(path)
    except Refused as error:
        raise ModelFileError(
            f"'{path}' is not a usable skecg model file: {printable(str(error))}."
        ) from error


@contextmanager
def _naming(path: Path, content: dict[str, Spec]) -> Iterator[None]:
    """Name the file, and the version that wrote it, in errors of rebuilding the model.

    A lack of the machine (memory, a file, Keras) is not a fault of the data.
    """
    try:
        yield
    except (ImportError, MemoryError, OSError):
        raise
    except Exception as error:
        raise ModelFileError(
            f"'{path}' is not a usable skecg model file: "
            f"{printable(str(error)[:1000]).rstrip('.')}. According to the file, it was written "
            f"by skecg {printable(_writer(content))}. A file of a later version needs an update "
            "(pip install -U skecg); a file that was edited or damaged cannot be read."
        ) from error


def _rebuild_info(content: dict[str, Spec]) -> ModelInfo:
    """Return the information on packages and beats, if it is of the kinds that save writes."""
    versions, beats = content["versions"], content["beats"]
    if not _is_dict_of_str(versions):
        raise ValueError(f"'versions' must be names and versions, and is {str(versions)[:80]}")
    if beats is None:
        return ModelInfo(**dict.fromkeys(_BEATS_KEYS), versions=versions)
    if type(beats) is not dict or beats.keys() != _BEATS_KEYS:
        raise ValueError(f"'beats' must have {', '.join(sorted(_BEATS_KEYS))}")
    extractor = from_spec(beats["extractor"], path="beats.extractor")
    check_extractor(extractor)
    for name, valid in (("classes", _is_list_of_str), ("subjects", _is_list_of_str)):
        if not valid(beats[name]):
            raise ValueError(
                f"'{name}' of the beats must be a list of names, and is {str(beats[name])[:80]}"
            )
    if type(beats["n_beats"]) is not int or type(beats["fingerprint"]) is not str:
        raise ValueError("'n_beats' of the beats must be an int, and 'fingerprint' a text")
    if beats["n_beats"] < 0:
        raise ValueError(f"'n_beats' of the beats is {beats['n_beats']}")
    return ModelInfo(**beats | {"extractor": extractor}, versions=versions)


def _writer(content: dict[str, Spec]) -> str:
    """Return the version of skecg that a file names, for errors."""
    versions = content.get("versions")
    if isinstance(versions, dict) and "skecg" in versions:
        return str(versions["skecg"])[:20]
    return "of an unknown version"


def _is_dict_of_str(value: object) -> TypeGuard[dict[str, str]]:
    return type(value) is dict and all(type(v) is str for v in value.values())


def _is_list_of_str(value: object) -> TypeGuard[list[str]]:
    return type(value) is list and all(type(v) is str for v in value)
