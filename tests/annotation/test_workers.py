"""Recordings annotated by several workers, of which some die."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.annotation._folder import Options, annotate_all
from skecg.annotation._jobs import loaded_model
from skecg.annotation._model import resolve_model

from .test_folder import contents

MARK = 50.0  # mV
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*")


class Killer:
    """A detector that kills its process on a recording with a mark, a number of times."""

    __qualname__ = "Killer"

    def __init__(self, folder, times):
        self.folder, self.times, self.spares = folder, times, os.getpid()

    def __call__(self, signal_, fs):
        """Find beats, or kill."""
        folder = Path(self.folder)
        if np.nanmax(signal_) > MARK and len(list(folder.iterdir())) < self.times:
            assert os.getpid() != self.spares
            (folder / f"{time.monotonic_ns()}").touch()
            time.sleep(0.5)  # Dask gives a worker up that dies while it starts
            os.kill(os.getpid(), signal.SIGKILL)
        return skecg.detect_beats(np.minimum(signal_, 2), fs, detector="sleepecg")


@pytest.fixture(scope="module")
def model():
    beats = skecg.load_simulated(4, duration=30, random_state=0)
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    return resolve_model(tree, beats.extractor)


@pytest.fixture
def data(tmp_path):
    """Five recordings, of which sim002 has the mark."""
    for number, record in enumerate(skecg.simulate_records(5, duration=20, random_state=1)):
        values = record.signal.copy()
        values[100] = 1.2 * MARK if number == 2 else values[100]
        marked = skecg.ECGRecord(values, record.fs, record.lead_names, name=record.name)
        skecg.write_record(marked, tmp_path / "data")
    (tmp_path / "kills").mkdir()
    return tmp_path / "data"


@contextlib.contextmanager
def loky():
    yield {"n_jobs": 2}


@contextlib.contextmanager
def dask():
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    settings = {"distributed.deploy.lost-worker-timeout": "10 minutes"}
    settings |= {"distributed.scheduler.allowed-failures": 1}
    kind = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with sys.modules["dask"].config.set(settings):
        with distributed.LocalCluster(**kind, dashboard_address=None) as cluster:
            yield {"dask": cluster.scheduler_address}


@pytest.mark.filterwarnings("ignore:Record 'sim002'.*mV")
@pytest.mark.slow
@pytest.mark.parametrize("backend", [loky, dask])
def test_results_are_complete_though_a_worker_is_killed(model, data, tmp_path, backend):
    def run(out, times, **options):
        options |= {"detector": Killer(str(tmp_path / "kills"), times)}
        return annotate_all(model, data, tmp_path / out, Options(**options))

    serial = run("serial", 0)
    with backend() as options:
        found = run("out", 1, **options)
    assert len(list((tmp_path / "kills").iterdir())) == 1
    assert [one.error for one in found] == [one.error for one in serial] == [None] * 5
    one, other = contents(tmp_path / "out"), contents(tmp_path / "serial")
    assert one.keys() == other.keys()
    same = {name for name in one if name.endswith((".beats", ".csv", ".html"))}
    assert {name: one[name] for name in same} == {name: other[name] for name in same}


@pytest.mark.filterwarnings("ignore:Record 'sim002'.*mV")
@pytest.mark.slow
def test_a_recording_that_kills_every_worker_fails_alone(model, data, tmp_path):
    options = Options(detector=Killer(str(tmp_path / "kills"), 99), n_jobs=2)
    found = annotate_all(model, data, tmp_path / "out", options)
    states = [one.row["status"] for one in found]
    assert states == ["ok", "ok", "failed", "ok", "ok"]
    assert "its worker process was killed" in found[2].row["reason"]


def test_a_worker_loads_a_model_again_once_its_file_has_changed(model, tmp_path):
    file = str(tmp_path / "model.skecg")
    assert loaded_model(file, "a", model.model) is loaded_model(file, "a") is model.model
    with pytest.raises(FileNotFoundError):  # the other model is read
        loaded_model(file, "b")


def test_recordings_are_annotated_on_a_dask_cluster(model, data, tmp_path):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    kind = {"n_workers": 1, "threads_per_worker": 2, "processes": False}
    data = [data / "sim000", data / "sim001"]
    serial = annotate_all(model, data, tmp_path / "serial", Options(detector="sleepecg"))
    with distributed.LocalCluster(**kind, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            options = Options(detector="sleepecg", dask=client)
            found = annotate_all(model, data, tmp_path / "out", options)
    assert [one.row["beats"] for one in found] == [one.row["beats"] for one in serial]
    assert contents(tmp_path / "out") == contents(tmp_path / "serial")
