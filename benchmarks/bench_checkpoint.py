"""Time of a checkpoint after each epoch, and size of its file, for each network.

Run by hand: ``python benchmarks/bench_checkpoint.py``. Times are those of this machine and of
what else it does; the rows are noise, since only time matters.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

import skecg
from skecg.classifiers._checkpoint import Checkpoint
from skecg.classifiers._fingerprint import fingerprint
from skecg.classifiers._training import TrainingData

EPOCHS = 4


def main():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(512, 50)).astype(np.float32)
    y = np.tile(["N", "V"], 256)
    for cls in (skecg.RNNClassifier, skecg.LSTMClassifier, skecg.ContextLSTMClassifier):
        seconds = []
        write = Checkpoint.write

        def timed(self, state, write=write, seconds=seconds):
            start = time.perf_counter()
            write(self, state)
            seconds.append(time.perf_counter() - start)

        with tempfile.TemporaryDirectory() as folder:
            clf = cls(epochs=EPOCHS, batch_size=256, random_state=0, checkpoint=folder)
            Checkpoint.write = timed
            try:
                clf.fit(X, y)
            finally:
                Checkpoint.write = write
            (path,) = Path(folder).iterdir()
            size = path.stat().st_size
        epoch = clf.fit_time_ / EPOCHS
        print(
            f"{cls.__name__}: {1e3 * np.median(seconds):.1f} ms per epoch of {epoch:.2f} s "
            f"({clf.model_.count_params():,} weights, file of {size / 1e6:.2f} MB)"
        )
    rows = rng.normal(size=(100_000, 500)).astype(np.float32)
    data = TrainingData(rows, np.zeros(len(rows), np.int32))
    start = time.perf_counter()
    fingerprint(clf, data, 0)
    rate = rows.nbytes / (time.perf_counter() - start) / 1e6
    print(f"name of the file: {rate:,.0f} MB of rows per second, once per fit")


if __name__ == "__main__":
    main()
