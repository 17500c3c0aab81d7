"""Worker processes that are killed: joblib's own (loky), and those of a Dask cluster."""

import contextlib
import os
import sys
import threading
import warnings
from concurrent.futures.process import BrokenProcessPool

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skecg import (
    ECGRecord,
    RecordError,
    RNNClassifier,
    cross_val_beats,
    find_records,
    load_beats,
    load_simulated,
    make_beat_pipeline,
    parallel_on_dask,
    write_record,
)
from skecg.beats._workers import ProcessId, error_for, lost_record
from skecg.utils import LostTask, parallel_results, portable, suggestions
from skecg.utils._workers import WorkersDiedError

from ._estimators import TINY
from ._killers import MARK, Killer, _local_error

LIMIT = 600  # s; far more than any of these takes, so that only a wait without end fails
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*")


@contextlib.contextmanager
def loky():
    with joblib.parallel_config("loky", n_jobs=2):
        yield


@contextlib.contextmanager
def dask():
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    settings = {
        "distributed.scheduler.allowed-failures": 1,  # two workers die, and not four
        "distributed.deploy.lost-worker-timeout": "10 minutes",  # dead ones do come back
    }
    kind = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with sys.modules["dask"].config.set(settings):
        with distributed.LocalCluster(**kind, dashboard_address=None) as cluster:
            with distributed.Client(cluster), joblib.parallel_config("dask"):
                yield


TINIER = {**TINY, "epochs": 1}
GRID = {"pipeline__classifier__learning_rate": [0.01, 0.03]}
BACKENDS = [loky, dask]


@pytest.fixture(autouse=True)
def never_hangs():
    """Interrupt a test that waits for ever."""
    import _thread

    timer = threading.Timer(LIMIT, _thread.interrupt_main)
    timer.start()
    yield
    timer.cancel()


@pytest.fixture
def records(tmp_path):
    """Six records; r3 has a peak that the killer knows."""
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(6):
        signal = np.random.default_rng(number).normal(0, 0.1, 3000)
        signal[500] = 1.2 * MARK if number == 3 else 1.0
        record = ECGRecord(
            signal, 250, sample=[500, 1500, 2500], symbol=list("NVN"), name=f"r{number}"
        )
        write_record(record, folder)
    return find_records(folder)


@pytest.fixture
def kills(tmp_path):
    """Folder that counts how often a process was killed."""
    folder = tmp_path / "kills"
    folder.mkdir()
    return folder


def load(records, kills, times, how="kill", **params):
    killer = Killer(str(kills), times, how, spares=os.getpid())
    return load_beats(records, window=(0.2, 0.3), preprocessing=killer, **params)


def assert_same(beats, expected):
    np.testing.assert_array_equal(beats.data, expected.data)
    np.testing.assert_array_equal(beats.target, expected.target)
    assert beats.meta.equals(expected.meta)
    assert beats.skipped.equals(expected.skipped)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_reads_all_records_though_a_worker_is_killed_once(records, kills, backend):
    serial = load(records, kills, times=0)
    with backend(), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        beats = load(records, kills, times=1)
    assert len(list(kills.iterdir())) == 1
    assert_same(beats, serial)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_load_beats_names_the_record_that_kills_every_worker(records, kills, backend):
    with backend(), pytest.raises(RecordError, match="'r3' was not read") as caught:
        load(records, kills, times=99)
    assert "memory" in str(caught.value)
    assert suggestions(caught.value) == ("on_error",)
    assert "r3" in caught.value.__notes__[-1]
    assert caught.value.__cause__ is not None


@pytest.mark.slow
def test_load_beats_excludes_the_record_that_kills_every_worker(records, kills):
    others = [record for record in records if record.name != "r3"]
    expected = load(others, kills, times=0)
    with loky(), pytest.warns(UserWarning, match="1 of 6 records was excluded") as caught:
        beats = load(records, kills, times=99, on_error="warn")
    assert len(caught) == 1
    np.testing.assert_array_equal(beats.data, expected.data)
    assert beats.skipped["record"].tolist() == ["r3"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "how", "error"),
    [
        (loky, "local", RecordError),
        (loky, "exit", RuntimeError),
        (dask, "exit", RuntimeError),
    ],
)
def test_load_beats_passes_on_errors_that_cannot_be_pickled(records, kills, backend, how, error):
    words = "'r3': not to be pickled" if how == "local" else "SystemExit.*3"
    with backend(), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # joblib's of cancelled tasks
        with pytest.raises(error, match=words):
            load(records, kills, times=99, how=how)


@pytest.fixture(scope="module")
def beats():
    """Beats of six subjects; one row has the mark of the killer."""
    beats = load_simulated(6, duration=20.0, random_state=0, window=(0.1, 0.1))
    beats["data"][-1, 0] = MARK
    return beats


def pipeline(kills, times):
    """A killer before a tiny network."""
    killer = Killer(str(kills), times, spares=os.getpid())
    return make_pipeline(killer, make_beat_pipeline(RNNClassifier(**TINIER)))


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_cross_val_beats_fits_a_fold_again_whose_worker_is_killed(beats, kills, backend):
    killer = Killer(str(kills), 0, spares=os.getpid())
    model = make_pipeline(killer, LogisticRegression())
    serial = cross_val_beats(model, beats, cv=3)
    with backend():
        found = cross_val_beats(model.set_params(killer__times=1), beats, cv=3)
    assert len(list(kills.iterdir())) == 1
    pd.testing.assert_frame_equal(found.table, serial.table, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_cross_val_beats_names_the_folds_that_were_not_done(beats, kills, backend):
    killer = make_pipeline(Killer(str(kills), 99, spares=os.getpid()), LogisticRegression())
    with backend(), pytest.raises(RuntimeError, match="cross_val_beats did not finish fold 0"):
        cross_val_beats(killer, beats, cv=2)


@pytest.mark.slow
def test_search_on_dask_is_complete_though_a_worker_is_killed(beats, kills):
    def scores(times):
        search = GridSearchCV(pipeline(kills, times), GRID, cv=2, error_score="raise")
        search.fit(beats.data, beats.target)
        splits = [v for k, v in search.cv_results_.items() if k.startswith("split")]
        return np.array(splits), search.predict_proba(beats.data)

    serial = scores(times=0)
    with dask(), parallel_on_dask():
        # the last fit, on all rows, is in this process, where the killer has no more to do
        found = scores(times=1)
    assert len(list(kills.iterdir())) == 1
    for mine, other in zip(found, serial, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.slow
def test_search_on_dask_ends_where_a_fit_kills_every_worker(beats, kills):
    killer = make_pipeline(Killer(str(kills), 99, spares=os.getpid()), LogisticRegression())
    search = GridSearchCV(killer, {"logisticregression__C": [1, 2]}, cv=2)
    with dask(), parallel_on_dask():
        died = (sys.modules["distributed"].KilledWorker, WorkersDiedError)
        with pytest.raises(died) as caught:
            search.fit(beats.data, beats.target)
    assert "Not done: the fits with {'logisticregression__C':" in "".join(caught.value.__notes__)


@pytest.mark.slow
def test_search_in_loky_raises_when_a_worker_is_killed(beats, kills):
    search = GridSearchCV(pipeline(kills, 1), GRID, cv=2, error_score="raise")
    with loky(), pytest.raises(BrokenProcessPool, match="unexpectedly terminated"):
        search.fit(beats.data, beats.target)


@pytest.mark.slow
def test_dask_cluster_without_workers_is_an_error(records, kills):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        killer = threading.Timer(0.2, lambda: cluster.scale(0))
        config = joblib.parallel_config("dask", wait_for_workers_timeout=1)
        with config, pytest.raises(RuntimeError, match="Not read: r0, r1") as caught:
            killer.start()
            load(records, kills, times=0, how="wait")
        assert client.status == "running"
    assert "outside of joblib.parallel_config" in str(caught.value)


def test_threads_are_as_they_were(records, kills):
    beats = load(records, kills, times=0, n_jobs=2)
    assert_same(beats, load(records, kills, times=0))


def test_results_are_in_order():
    numbers = [(number, 2) for number in range(20)]
    squares = list(parallel_results(pow, numbers, n_jobs=2, prefer="threads"))
    assert squares == [number**2 for number in range(20)]


@pytest.mark.parametrize("kind", [KeyError, ValueError, RuntimeError])
def test_portable_keeps_errors_that_can_be_pickled(kind):
    error = kind("text")
    assert portable(error) is error


@pytest.mark.parametrize("kind", [KeyError, ValueError, OSError])
def test_portable_writes_the_others_as_text(kind):
    error = portable(_local_error(kind))
    assert type(error) is RuntimeError
    assert "LocalError in a worker process" in str(error)
    assert "not to be pickled" in "".join(error.__notes__)


def test_missing_file_on_another_host_names_the_host():
    caller, worker = ProcessId("here", 1), ProcessId("node7", 1)
    error = error_for(caller, FileNotFoundError("There is no file '/data/100.hea'."), worker)
    assert isinstance(error, FileNotFoundError)
    assert "'/data/100.hea'" in str(error)
    assert "'node7'" in str(error)
    same = FileNotFoundError("There is no file.")
    assert error_for(caller, same, ProcessId("here", 2)) is same


def test_lost_record_names_the_records_that_are_not_read():
    cause = RuntimeError("killed")
    error = lost_record(LostTask(cause, (1, 2)), ["a", "b", "c"])
    assert isinstance(error, RecordError)
    assert error.__cause__ is cause
    assert error.__notes__ == ["Not read yet: c"]
    with pytest.raises(RuntimeError, match="Not read: b, c"):
        lost_record(LostTask(cause, (1, 2), no_workers=True), ["a", "b", "c"])


def fragile_pool(kills):
    """A stand-in for joblib.Parallel that breaks at tasks, each a number of times."""

    class Pool:
        def __init__(self, n_jobs, return_as):
            assert (n_jobs, return_as) == (2, "generator_unordered")

        def __call__(self, tasks):
            for function, args, _ in list(tasks)[::-1]:  # not in order
                if kills.get(args[0], 0):
                    kills[args[0]] -= 1
                    raise BrokenProcessPool("a worker was killed")
                yield function(*args)

    return Pool


@pytest.mark.parametrize("kills", [{}, {0: 1}, {2: 2}, {1: 1, 4: 1}])
def test_tasks_whose_worker_is_killed_once_are_run_again(kills):
    with joblib.parallel_config("loky"):
        found = parallel_results(pow, [(n, 2) for n in range(5)], 2, parallel=fragile_pool(kills))
        assert list(found) == [0, 1, 4, 9, 16]


def test_a_task_that_kills_each_worker_is_lost_and_the_others_are_done():
    with joblib.parallel_config("loky"):
        pool = fragile_pool({2: 3})
        *found, last = parallel_results(pow, [(n, 2) for n in range(5)], 2, parallel=pool)
    lost = found.pop(2)
    assert [*found, last] == [0, 1, 9, 16]
    assert isinstance(lost, LostTask)
    assert isinstance(lost.cause, BrokenProcessPool)
    assert lost.not_done == (2,)
