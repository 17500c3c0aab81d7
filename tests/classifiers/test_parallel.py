"""Searches in worker processes: joblib's own (loky) and those of a Dask cluster.

What comes out is the same to the bit as in one process.
"""

import os

import joblib
import numpy as np
import pytest
import sklearn
from scipy.stats import uniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedGroupKFold,
    cross_val_predict,
)

from skecg import LSTMClassifier, RNNClassifier, make_beat_pipeline

from .._estimators import TINY

TINIER = {**TINY, "epochs": 1}
GRID = {"learning_rate": [0.01, 0.03]}  # served by one compiled network, unlike dropout
SEARCHES = {
    "GridSearchCV": lambda model: GridSearchCV(model, GRID, cv=2),
    "RandomizedSearchCV": lambda model: RandomizedSearchCV(
        model, {"learning_rate": uniform(0.01, 0.1)}, n_iter=2, cv=2, random_state=0
    ),
    "HalvingGridSearchCV": lambda model: HalvingGridSearchCV(model, GRID, cv=2, random_state=0),
    "HalvingRandomSearchCV": lambda model: HalvingRandomSearchCV(
        model, GRID, n_candidates=2, cv=2, random_state=0
    ),
}


def scores(search, X, y, n_jobs, **params):
    """All scores of a search, fold by fold, and what it predicts in the end."""
    search.set_params(n_jobs=n_jobs, error_score="raise").fit(X, y, **params)
    folds = [v for k, v in search.cv_results_.items() if k.startswith("split")]
    return np.array(folds), search.predict_proba(X)


def assert_same(found, expected):
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, other)


def threads_in_worker():
    """What a worker lets TensorFlow take."""
    from skecg.classifiers._keras import import_keras

    import_keras()
    return [os.environ.get(f"TF_NUM_{kind}OP_THREADS") for kind in ("INTRA", "INTER")]


def test_functions_of_a_user_that_use_skecg_reach_the_workers():
    import skecg

    def name():  # as in a notebook: neither the function nor its globals can be imported
        return skecg.RNNClassifier.__name__

    assert joblib.Parallel(2)(joblib.delayed(name)() for _ in range(2)) == ["RNNClassifier"] * 2


def _fit_and_predict(X, y, seed):
    return RNNClassifier(**{**TINIER, "random_state": seed}).fit(X, y).predict_proba(X)


def test_threads_that_fit_at_once_learn_what_each_would_alone(beats_2):
    serial = [_fit_and_predict(*beats_2, seed) for seed in range(2)]
    for _ in range(2):  # the second time with the compiled networks of the first
        threads = joblib.Parallel(2, prefer="threads")(
            joblib.delayed(_fit_and_predict)(*beats_2, seed) for seed in range(2)
        )
        assert_same(threads, serial)


def test_threads_that_predict_one_row_each_share_a_classifier(beats_2):
    fitted = RNNClassifier(**TINIER).fit(*beats_2)
    X = np.tile(beats_2[0], (2, 1))
    rows = joblib.Parallel(4, prefer="threads")(
        joblib.delayed(fitted.predict_proba)(X[i : i + 1]) for i in range(len(X))
    )
    np.testing.assert_array_equal(np.concatenate(rows), fitted.predict_proba(X))


def test_search_in_two_threads_gives_the_scores_of_one(beats_2):
    search = SEARCHES["GridSearchCV"](RNNClassifier(**TINIER))
    serial = scores(search, *beats_2, n_jobs=1)
    with joblib.parallel_config("threading"):
        assert_same(scores(search, *beats_2, n_jobs=2), serial)


@pytest.mark.slow
@pytest.mark.parametrize("name", SEARCHES)
def test_search_in_two_workers_gives_the_scores_of_one_process(beats_2, name):
    model = RNNClassifier(**TINIER)
    serial, parallel = (scores(SEARCHES[name](model), *beats_2, n_jobs) for n_jobs in (1, 2))
    assert_same(parallel, serial)


@pytest.mark.slow
def test_lstm_of_full_size_predicts_the_same_in_workers(beats_2):
    model = LSTMClassifier(epochs=1, random_state=0)
    serial, parallel = (
        cross_val_predict(model, *beats_2, cv=2, n_jobs=n_jobs, method="predict_proba")
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(parallel, serial)


@pytest.mark.slow
def test_groups_and_validation_rows_reach_the_workers(beats_2):
    X, y = beats_2
    groups = np.tile(np.repeat(list("abcd"), 15), 2)
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_beat_pipeline(RNNClassifier(**TINIER), transform_input=["X_val"])
        search = GridSearchCV(pipe, {"classifier__learning_rate": [0.01, 0.03]})
        search.set_params(cv=StratifiedGroupKFold(2))
        params = {"groups": groups, "X_val": (X,), "y_val": (y,)}
        serial, parallel = (scores(search, X, y, n_jobs, **params) for n_jobs in (1, 2))
    assert_same(parallel, serial)


@pytest.mark.slow
def test_workers_share_the_cores(monkeypatch):
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.delenv(name, raising=False)  # else workers have what this process was given
    found = joblib.Parallel(2)(joblib.delayed(threads_in_worker)() for _ in range(2))
    share = str(max(joblib.cpu_count() // 2, 1))
    assert found == [[share, share]] * 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*")
def test_search_in_a_dask_cluster_gives_the_scores_of_one_process(beats_2):
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    model = RNNClassifier(**TINIER)
    serial = scores(GridSearchCV(model, GRID, cv=2), *beats_2, n_jobs=1)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        clustered = scores(GridSearchCV(model, GRID, cv=2), *beats_2, n_jobs=-1)
        pipe = make_beat_pipeline(LogisticRegression()).fit(*beats_2)
    assert_same(clustered, serial)
    assert pipe.score(*beats_2) > 0.5
