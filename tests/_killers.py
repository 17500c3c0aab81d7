"""Steps of a pipeline that kill the process they run in, for tests of workers that die."""

import os
import signal
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

MARK = 50.0  # a value that no signal and no row has, except the one that is to kill


class Killer(TransformerMixin, BaseEstimator):
    """Kill the process when rows have the mark, a number of times; files count them.

    ``folder`` is an empty folder. The process ``spares`` is never killed, nor may it be asked to.
    ``how`` is "kill", "exit", "local" (an error that cannot be pickled) or "wait" (and live).
    """

    def __init__(self, folder, times=1, how="kill", spares=0):
        self.folder = folder
        self.times = times
        self.how = how
        self.spares = spares

    def fit(self, X, y=None):
        self._meet(X)
        return self

    def transform(self, X):
        self._meet(X)
        return X

    def __sklearn_is_fitted__(self):
        return True

    def _meet(self, X):
        if self.how == "wait":
            time.sleep(2)
            return
        folder = Path(self.folder)
        if np.max(X) < MARK or len(list(folder.iterdir())) >= self.times:
            return
        assert os.getpid() != self.spares, "the process of the test was to be killed"
        (folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        time.sleep(0.5)  # Dask gives a worker up that dies while it starts
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise {"local": _local_error(ValueError), "exit": SystemExit(3)}[self.how]


def _local_error(base):
    """Return an error that cannot be pickled: its class and its arguments are no module's."""

    class LocalError(base):
        def __init__(self, text, more):
            super().__init__(text)
            self.more = more

    return LocalError("not to be pickled", lambda: 0)
