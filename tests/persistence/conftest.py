"""Small fitted models, and model files taken apart and put together as no save would."""

import copy
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from imblearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import skecg

from ..beats.conftest import spikes

__all__ = ["spikes"]  # a fixture


@pytest.fixture(scope="session")
def rows():
    """Sixty rows of 12 columns and their labels, N and V."""
    rng = np.random.default_rng(0)
    y = np.where(np.arange(60) % 3 == 0, "V", "N")
    X = rng.normal(size=(60, 12)) + 3 * (y == "V")[:, None] * np.hanning(12)
    return X.astype(np.float32), y


@pytest.fixture(scope="session")
def _fitted_pipe(rows):
    network = skecg.RNNClassifier((3,), epochs=1, random_state=0)
    return skecg.make_beat_pipeline(network).fit(*rows)


@pytest.fixture
def pipe(_fitted_pipe):
    """A fitted pipeline whose parameters a test may change."""
    return copy.deepcopy(_fitted_pipe)


@pytest.fixture
def saved(_fitted_pipe, tmp_path):
    """Its file."""
    skecg.save(_fitted_pipe, tmp_path / "model.skecg")
    return tmp_path / "model.skecg"


@pytest.fixture(scope="session")
def scaler(rows):
    """A pipeline that is quick to load: no network."""
    steps = [("normalizer", skecg.BeatNormalizer()), ("scaler", StandardScaler())]
    return Pipeline(steps).fit(rows[0])


@pytest.fixture
def scaler_file(scaler, tmp_path):
    """Its file."""
    skecg.save(scaler, tmp_path / "scaler.skecg")
    return tmp_path / "scaler.skecg"


class Files:
    """Functions that take files apart and put them together."""

    @staticmethod
    def parts(path):
        """What a model file says, and the bytes of each array."""
        with zipfile.ZipFile(path) as file:
            content = json.loads(file.read("model.json"))
            with zipfile.ZipFile(io.BytesIO(file.read("arrays.npz"))) as arrays:
                return content, {n: arrays.read(n) for n in arrays.namelist()}

    @staticmethod
    def npz(members, compression=zipfile.ZIP_STORED):
        """Bytes of a zip."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", compression) as file:
            for name, data in members.items():
                file.writestr(name, data)
        return packed.getvalue()

    @staticmethod
    def npy(array):
        """Bytes that np.save writes, pickles and all."""
        stream = io.BytesIO()
        np.save(stream, array, allow_pickle=True)
        return stream.getvalue()

    @staticmethod
    def write(path, text, arrays, more=()):
        """A model file with checksums that agree; `more` are further members."""
        if isinstance(text, dict):
            text = json.dumps(text)
        if isinstance(arrays, dict):
            arrays = Files.npz(arrays)
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("model.json", text, zipfile.ZIP_DEFLATED)
            file.writestr("arrays.npz", arrays)
            for name, data in more:
                file.writestr(name, data)


@pytest.fixture(scope="session")
def files():
    """The functions of `Files`."""
    return Files


@pytest.fixture
def bomb(tmp_path):
    """A pickle that makes a file when it is read; the test fails if anything read it."""
    made = tmp_path / "it-ran"

    class Bomb:
        def __reduce__(self):
            return (open, (str(made), "w"))

    yield pickle.dumps(Bomb()), Bomb()
    assert not made.exists()
