"""Tasks on a Dask cluster in this process: results, errors, lost arguments."""

import asyncio
import threading
import time
import types
from concurrent.futures import CancelledError, Future

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

import skecg
from skecg.utils import parallel_results
from skecg.utils._dask import ReportingDaskBackend, _Failure
from skecg.utils._workers import WorkersDiedError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*")


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    kind = {"n_workers": 1, "threads_per_worker": 1, "processes": False}
    with distributed.LocalCluster(**kind, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            yield client


def thread(number):
    return threading.current_thread() is threading.main_thread()


def refuse(number):
    if number == 2:
        raise LookupError(f"not {number}")
    return number


def test_tasks_of_a_cluster_of_one_core_run_there(client):
    with joblib.parallel_config("dask"):
        assert all(joblib.Parallel()(joblib.delayed(thread)(i) for i in range(3)))  # joblib's own
    with skecg.parallel_on_dask(client):
        assert not any(joblib.Parallel()(joblib.delayed(thread)(i) for i in range(3)))


def test_an_error_of_a_task_is_raised(client):
    with skecg.parallel_on_dask(client):
        with pytest.raises(LookupError, match="not 2"):
            joblib.Parallel()(joblib.delayed(refuse)(i) for i in range(4))
        assert list(parallel_results(refuse, [(0,), (1,)])) == [0, 1]


def test_a_search_has_the_scores_of_one_process(client):
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = np.repeat(["N", "V"], 30)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3)
    expected = search.fit(X, y).cv_results_["mean_test_score"]
    with skecg.parallel_on_dask(client):
        np.testing.assert_array_equal(search.fit(X, y).cv_results_["mean_test_score"], expected)


def test_load_beats_uses_the_cluster_of_a_context(client):
    records = [skecg.simulate_record(10, name=f"r{i}", random_state=i) for i in range(3)]
    expected = skecg.load_beats(records)
    with joblib.parallel_config("dask"):
        np.testing.assert_array_equal(skecg.load_beats(records).data, expected.data)


# a task whose arguments are lost with their worker


@pytest.fixture
def backend(client, monkeypatch):
    """A backend whose tasks are futures that the test ends."""
    backend = ReportingDaskBackend(client=client)
    backend._continue = True
    backend.call_data_futures = types.SimpleNamespace(_data={})
    sent = []

    def submit(self, func, callback=None):
        sent.append((Future(), callback))
        return sent[-1][0]

    monkeypatch.setattr("joblib._dask.DaskDistributedBackend.submit", submit, raising=False)
    return types.SimpleNamespace(backend=backend, sent=sent)


def task(**kwargs):
    return types.SimpleNamespace(items=[(refuse, (0,), kwargs)])


def test_arguments_that_are_lost_are_sent_three_times(backend):
    found = []
    backend.backend.submit(task(parameters={"C": 1}), found.append)
    for attempt in (1, 2, 3):
        assert len(backend.sent) == attempt and not found
        backend.sent[-1][1](CancelledError())
    (failure,) = found
    assert isinstance(failure, _Failure) and isinstance(failure.error, WorkersDiedError)
    assert failure.error.__notes__ == ["Not done: the fits with {'C': 1}"]
    with pytest.raises(WorkersDiedError, match="tried 3 times"):
        backend.backend.retrieve_result_callback(failure)


def test_a_task_that_dask_gives_up_is_an_error(backend):
    found = []
    backend.backend.submit(task(), found.append)
    backend.sent[0][0].set_exception(LookupError("given up"))
    with pytest.raises(LookupError, match="given up"):
        backend.backend.retrieve_result_callback(found[0])


def test_lost_arguments_are_forgotten(backend):
    def data(status):
        return types.SimpleNamespace(status=status)

    def done(value):
        future = Future()
        future.set_result(value)
        return future

    own = backend.backend
    own.data_futures = {"a": data("lost"), "b": data("finished")}
    own.call_data_futures._data = {
        "a": (None, done(data("cancelled"))),
        "b": (None, done(data("finished"))),
        "c": (None, Future()),
    }
    own._forget_lost_arguments()
    assert list(own.data_futures) == ["b"]
    assert list(own.call_data_futures._data) == ["b", "c"]


# tasks that joblib would wait for without end


class Task:
    """A stand-in for a future of Dask."""

    def __init__(self, status):
        self.status = status


class Answers:
    """A stand-in for the client of a cluster."""

    status = "running"

    def __init__(self, cores=None, gather=None):
        async def ncores():
            if cores is None:
                raise OSError("the connection is lost")
            return cores

        self.scheduler = types.SimpleNamespace(ncores=ncores)
        self._gather = gather

    async def gather(self, tasks, **settings):
        if self._gather is not None:
            raise self._gather


def watched(backend, monkeypatch, client, status="pending"):
    """The future of one task, after its backend has watched until the future was done."""
    own, future = backend.backend, Future()
    own.client, own._results = client, {Task(status): future}
    own.wait_for_workers_timeout = 0.001
    monkeypatch.setattr("skecg.utils._dask.TRANSFER", -1.0)

    left = iter(range(3))

    async def sleep(seconds):
        own._continue = next(left, None) is not None
        time.sleep(0.005)

    monkeypatch.setattr("skecg.utils._dask.asyncio", types.SimpleNamespace(sleep=sleep))
    asyncio.run(own._watch())
    return future


@pytest.mark.parametrize("cores", [None, {}])
def test_a_cluster_without_workers_ends_the_wait(backend, monkeypatch, cores):
    future = watched(backend, monkeypatch, Answers(cores))
    assert "no workers for" in str(future.exception())


def test_a_result_that_cannot_be_read_ends_the_wait(backend, monkeypatch):
    client = Answers({"tcp://a": 1}, gather=ModuleNotFoundError("No module named 'theirs'"))
    future = watched(backend, monkeypatch, client, "finished")
    assert "No module named 'theirs'" in str(future.exception())
    assert "versions the same" in str(future.exception())


def test_tasks_of_a_cluster_that_works_are_left_alone(backend, monkeypatch):
    assert not watched(backend, monkeypatch, Answers({"tcp://a": 1})).done()
