"""Fingerprints of recordings, models and options, by which a rerun finds complete results."""

import hashlib
import json
from collections.abc import Callable
from types import CodeType
from typing import Any
from uuid import uuid4

import joblib
import numpy as np
from numpy.typing import NDArray

from ..beats import BeatExtractor
from ..records import ECGRecord
from ..records.formats import locate

__all__ = ["extractor_facts", "fingerprint_of", "function_facts", "model_hash"]


def model_hash(model: Any) -> str:
    """Return the SHA-256 of a fitted estimator."""
    from ..persistence._model import describe

    arrays: dict[str, NDArray[Any]] = {}
    try:
        content = describe(model, arrays)
    except (TypeError, ValueError):  # one that no file of skecg holds
        return _hash(model)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=repr).encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}{values.dtype.str}{values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def extractor_facts(extractor: BeatExtractor) -> Any:
    """Return the settings of an extractor as data."""
    from ..persistence._spec import to_spec

    try:
        return to_spec(extractor)
    except (TypeError, ValueError):  # with a step of the user
        params = extractor.get_params(deep=False)
        step = params.pop("preprocessing", None)
        return [repr(sorted(params.items())), _hash(step)]


def function_facts(detector: str | Callable[..., Any]) -> Any:
    """Return the name of a detector, with the code of one that is a function."""
    if isinstance(detector, str):
        return detector
    name = f"{getattr(detector, '__module__', '')}.{getattr(detector, '__qualname__', '')}"
    code = getattr(detector, "__code__", None)
    if code is None:
        return [name, _hash(detector)]
    cells = [cell.cell_contents for cell in detector.__closure__ or ()]
    facts = [_code_facts(code), _hash([cells, detector.__defaults__])]
    return [name, hashlib.sha256(repr(facts).encode()).hexdigest()]


def _code_facts(code: CodeType) -> list[Any]:
    """Return the code of a function, and of those within, without their places in memory."""
    constants = [_code_facts(one) if isinstance(one, CodeType) else one for one in code.co_consts]
    return [code.co_code, code.co_names, constants]


def _hash(values: object) -> str:
    """Return a hash of objects; another one each time if they cannot be pickled."""
    try:
        return str(joblib.hash(values))
    except Exception:
        return f"unknown {uuid4()}"


def fingerprint_of(source: str | ECGRecord, options: str) -> str:
    """Return the SHA-256 of a recording and of options.

    Files are known by size and time of change, a recording in memory by its signal and the facts
    that results have of it.
    """
    facts: list[Any] = [options]
    if isinstance(source, ECGRecord):
        names = "fs lead_names name subject start_date start_time comments".split()
        facts += [str(getattr(source, name)) for name in names]
        facts.append(joblib.hash(source.signal))
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    location = locate(source)
    if location.format is not None:
        for file in location.format.files_of(location.path):
            found = file.stat()
            facts.append([file.name, found.st_size, found.st_mtime_ns])
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
