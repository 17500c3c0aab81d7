"""Targets that are model files: whole, and with networks."""

import io
import json
import random
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.preprocessing import StandardScaler

import skecg
from skecg.persistence._model import n_columns

from ._mutations import mutate_bytes, mutate_json, mutate_text
from ._target import NAME, Files, Target

__all__ = ["MODELS"]

_FILE = f"{NAME}.skecg"
_FEW = 2000  # columns of the rows that an accepted model is tried with


@lru_cache(maxsize=1)
def _record() -> skecg.ECGRecord:
    return skecg.simulate_record(10, random_state=0)


def _beats(preprocessing: Any = None) -> skecg.Beats:
    extractor = skecg.BeatExtractor((0.02, 0.04), fs=250.0, preprocessing=preprocessing)
    return extractor.extract(_record())


def _save(folder: Path, model: Any, beats: skecg.Beats | None = None) -> Files:
    skecg.save(model, folder / _FILE, beats=beats)
    return {_FILE: (folder / _FILE).read_bytes()}


def _make_models(folder: Path) -> list[Files]:
    from sklearn.model_selection import GridSearchCV

    filters = Pipeline([("w", skecg.WaveletDenoiser(highpass=1.0)), ("n", skecg.BeatNormalizer())])
    beats = _beats(filters)
    X, y = beats.data, np.where(np.arange(len(beats)) % 3, "N", "V")
    scaling = Pipeline([("n", skecg.BeatNormalizer()), ("s", StandardScaler())]).fit(X)
    resampling = [
        ("a", skecg.BeatAugmenter(skecg.double_minority, random_state=0)),
        ("u", RandomUnderSampler(random_state=0)),
        ("w", skecg.WaveletDenoiser(layout=beats.layout)),
        ("s", StandardScaler(with_mean=False)),
    ]
    search = GridSearchCV(scaling, {"n": ["passthrough"], "s__with_std": [True, False]})
    search.best_estimator_, search.multimetric_, search.n_splits_ = scaling, False, 5
    search.best_params_, search.best_index_ = {"n": "passthrough"}, 0
    search.scoring = "accuracy"
    return [
        _save(folder, scaling, beats),
        _save(folder, Pipeline(resampling).fit(X, y), beats),
        _save(folder, search, _beats()),
        _save(folder, skecg.WaveletDenoiser("haar", level=1, threshold=0.1).fit(X)),
    ]


def _make_networks(folder: Path) -> list[Files]:
    beats = _beats()
    y = np.where(np.arange(len(beats)) % 3, "N", "V")
    made = []
    for cls in (skecg.RNNClassifier, skecg.LSTMClassifier):
        network = cls((2,), samples_per_step=5, epochs=1, batch_size=64, random_state=0)
        model = Pipeline([("s", StandardScaler()), ("net", network)]).fit(beats.data, y)
        made.append(_save(folder, model, beats))
    return made


def _parts(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Take a file apart: its text, and the bytes of its arrays."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        text = file.read("model.json")
        with zipfile.ZipFile(io.BytesIO(file.read("arrays.npz"))) as arrays:
            return text, {name: arrays.read(name) for name in arrays.namelist()}


def _whole(text: bytes, arrays: dict[str, bytes]) -> bytes:
    """Put a file together, with checksums that are right."""
    packed, whole = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, data in arrays.items():
            file.writestr(zipfile.ZipInfo(name), data)
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr(zipfile.ZipInfo("model.json"), text)
        file.writestr(zipfile.ZipInfo("arrays.npz"), packed.getvalue())
    return whole.getvalue()


@lru_cache(maxsize=16)
def _taken_apart(content: bytes) -> tuple[bytes, dict[str, bytes], Any]:
    text, arrays = _parts(content)
    return text, arrays, json.loads(text)


@lru_cache(maxsize=16)
def _values(content: bytes) -> list[Any]:
    """Return the values in a file, at any depth, for use in other places."""
    waiting, found = [_taken_apart(content)[2]], []
    while waiting:
        value = waiting.pop()
        found.append(value)
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found


def _change(rng: random.Random, files: Files, others: list[Files]) -> Files:
    content = files[_FILE]
    kind = rng.random()
    if kind < 0.15:
        return {_FILE: mutate_bytes(rng, content, [one[_FILE] for one in others])}
    text, arrays, data = _taken_apart(content)
    if kind < 0.25:
        return {_FILE: _whole(mutate_text(rng, text), arrays)}
    if kind < 0.45 and arrays:
        name = rng.choice(list(arrays))
        return {_FILE: _whole(text, {**arrays, name: _change_array(rng, arrays[name])})}
    others_values = _values(rng.choice(others)[_FILE])
    # half of the changes in the part that few bytes of the file are about
    if data["beats"] and rng.random() < 0.5:
        data = {**data, "beats": mutate_json(rng, data["beats"], others_values)}
    else:
        data = mutate_json(rng, data, others_values)
    return {_FILE: _whole(json.dumps(data).encode(), arrays)}


def _change_array(rng: random.Random, content: bytes) -> bytes:
    if rng.random() < 0.4:
        return mutate_bytes(rng, content)
    array = np.load(io.BytesIO(content))
    if array.dtype.kind == "f" and array.size and rng.random() < 0.7:
        array = array.astype(np.float64)
        array.flat[rng.randrange(array.size)] = rng.choice(
            (0, -1, np.nan, np.inf, 1e300, 5e-324, 3)
        )
    else:
        array = _of_another_kind(rng, array)
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array, order="C"), version=(1, 0))
    return stream.getvalue()


def _of_another_kind(rng: random.Random, array: np.ndarray) -> np.ndarray:
    kind = rng.randrange(3)
    if kind == 0 or array.dtype.kind not in "fiub":
        return array[:-1] if array.ndim else array
    if kind == 1:
        return array[None]
    with np.errstate(all="ignore"):
        return array.astype(rng.choice(("<f4", ">f8", "<f2", "<i8", "|b1", "<U3")))


def _read(folder: Path, files: Files) -> object:
    """Load a file, and use what it holds: a model that is loaded must work."""
    model, info = skecg.load(folder / _FILE, return_info=True)
    _use_model(model)
    if info.extractor is not None:
        try:
            info.extractor.extract(_record())
        except ValueError as error:  # RecordError among them: of leads that the record lacks
            if type(error) not in (ValueError, skecg.RecordError):
                raise
    return None


def _use_model(model: Any) -> None:
    n = n_columns(model)
    if n is None or n > _FEW:
        return
    rows = np.random.default_rng(0).normal(size=(3, n)).astype(np.float32)
    for method in ("transform", "predict_proba"):
        if hasattr(model, method):
            results = getattr(model, method)(rows)
            if not np.isfinite(results).all():
                raise ArithmeticError(f"{method} of finite rows is not finite")


MODELS = (
    Target("models", 0.07, (skecg.ModelFileError,), _make_models, _change, _read),
    Target("networks", 0.0005, (skecg.ModelFileError,), _make_networks, _change, _read),
)
